"""An SQLite file, opened for us alone: locked, looked at, upgraded, with one connection that is as safe as it can be.

One connection in one thread (measured on two shared cores: three times the transactions of an asynchronous driver).
"""

import os
import sqlite3
from collections.abc import Generator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from sqlalchemy import Connection, Engine, StaticPool, create_engine, event

from antiphon.store import versions
from antiphon.store.errors import Damaged, translated
from antiphon.store.lock import sole_use
from antiphon.store.tables import leases
from antiphon.store.transaction import Transaction

_LONGEST_LOG = 8_000_000  # bytes; the write-ahead log keeps to 4 MB while nobody else reads for long
READING = {"reading": True}  # execution options of transactions that write nothing


@contextmanager
def opened(path: Path, busy: float, migrations: Path = versions.MIGRATIONS) -> Generator[Engine]:
    """The database in `path`, created or upgraded if it must be, until the context is left (in the same thread).

    `busy`: seconds to wait for a program that holds SQLite's own lock. StoreError: it cannot be used as it is.
    """
    path = path.resolve()  # two names of one file are one lock
    with translated(path):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with sole_use(path):
            # The system's own words when we may not write it; a new one is nobody else's business.
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
            _require_whole(path)
            if versions.is_behind(path, migrations):
                versions.back_up(path, migrations)
                with _engine(path, busy, foreign_keys=False) as engine, engine.begin() as connection:
                    versions.upgrade(connection, migrations)
            with _engine(path, busy, foreign_keys=True) as engine:
                with engine.begin() as connection:
                    leases.expire_all(Transaction(connection))  # the lock says that every earlier holder is gone
                yield engine


def _require_whole(path: Path) -> None:
    """Raises Damaged. Reads the whole file: 0.12 s for 100 MB (5,000 turns); comparing all indexes takes 0.33 s."""
    with versions.looked_at(path) as connection:
        (first,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if first != "ok":
        raise Damaged(f"{path}: it is damaged ({' '.join(first.split())})")


@contextmanager
def _engine(path: Path, busy: float, *, foreign_keys: bool) -> Generator[Engine]:
    engine = create_engine(
        "sqlite://", creator=partial(_connect, path, busy, foreign_keys=foreign_keys), poolclass=StaticPool
    )
    event.listen(engine, "begin", _begin)
    try:
        yield engine
    finally:
        engine.dispose()


def _connect(path: Path, busy: float, *, foreign_keys: bool) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=busy, isolation_level=None)  # None: BEGIN is ours to say
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")  # what was committed outlives a power cut
        connection.execute(f"PRAGMA journal_size_limit = {_LONGEST_LOG}")  # what it is cut to after somebody did
        connection.execute(f"PRAGMA foreign_keys = {int(foreign_keys)}")  # off where tables are rebuilt
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _begin(connection: Connection) -> None:
    # IMMEDIATE: a write waits for its lock at the start, where waiting is safe, and never fails half-way for one.
    reading = connection.get_execution_options().get("reading", False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")
