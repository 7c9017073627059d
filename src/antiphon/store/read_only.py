"""A look at a database that another process may be using: nothing is changed, nothing is made, nobody waits."""

import sqlite3
from pathlib import Path

from sqlalchemy import StaticPool, create_engine

from antiphon.core.records import Overview
from antiphon.store.errors import translated
from antiphon.store.tables import sessions
from antiphon.store.transaction import Transaction


def read_overview(path: Path) -> Overview:
    """What the database holds. StoreError: there is none, or it cannot be read."""
    path = path.resolve()
    # SQLite makes a -shm file even for a reader, unless it is told that nobody writes. Where there is one, there may
    # be a writer, or what a killed one left in its log.
    how = "mode=ro" if Path(f"{path}-shm").exists() else "mode=ro&immutable=1"
    with translated(path):
        engine = create_engine(
            "sqlite://", creator=lambda: sqlite3.connect(f"{path.as_uri()}?{how}", uri=True), poolclass=StaticPool
        )
        try:
            with engine.connect() as connection:
                return sessions.overview(Transaction(connection))
        finally:
            engine.dispose()
