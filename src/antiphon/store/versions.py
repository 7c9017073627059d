"""Which revision a database is at, and the way to ours: known and older is upgraded, unknown is left alone.

Alembic is loaded only for an upgrade: it takes a seventh of a bridge's start, and hardly ever has anything to do.
"""

import os
import re
import sqlite3
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import Connection

from antiphon.errors import StoreError
from antiphon.store.errors import translated

MIGRATIONS = Path(__file__).parent / "migrations"
_REVISION = re.compile(r'^(down_)?revision = "(\w+)"', re.MULTILINE)


def known(migrations: Path = MIGRATIONS) -> tuple[str, ...]:
    """The revisions that these scripts make, the newest last."""
    before: dict[str, str] = {}
    for script in (migrations / "versions").glob("*.py"):
        told: dict[str, str] = dict(_REVISION.findall(script.read_text()))
        before[told.get("down_", "")] = told[""]
    chain = [before[""]]
    while chain[-1] in before:
        chain.append(before[chain[-1]])
    return tuple(chain)


def is_behind(path: Path, migrations: Path = MIGRATIONS) -> bool:
    """True: `upgrade` has something to do. Looks without changing a byte; StoreError: this database is not ours to
    change, because it belongs to a newer Antiphon or to another program."""
    revisions = known(migrations)
    newest, revision = revisions[-1], _stored(path)
    if revision is not None and revision not in revisions:
        raise StoreError(
            f"{path} is at revision {revision}, and this Antiphon knows revisions up to {newest}: "
            "start the newer Antiphon that wrote it, or name another file; it was left unchanged"
        )
    return revision != newest


def looked_at(path: Path) -> closing[sqlite3.Connection]:
    """A connection that changes nothing: an ordinary one would move a waiting write-ahead log into the file when it
    closes."""
    return closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True))


def _stored(path: Path) -> str | None:
    with looked_at(path) as connection:
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if not tables:
            return None
        if "alembic_version" not in tables:
            raise StoreError(f"{path} is a database of another program; it was left unchanged")
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        return None if row is None else row[0]


def back_up(path: Path, migrations: Path = MIGRATIONS) -> Path | None:
    """Copy the database to `<path>.before-<newest revision>`, as one consistent whole. None: there is nothing in it.

    StoreError: there is no room for it, or no permission; nothing of it is left.
    """
    if _stored(path) is None:
        return None
    copy = Path(f"{path}.before-{known(migrations)[-1]}")
    part = Path(f"{copy}.part")
    part.unlink(missing_ok=True)
    with translated(copy), _struck_unless_whole(part):
        part.touch(mode=0o600)  # VACUUM INTO takes an empty file as it is
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("VACUUM INTO ?", (str(part),))
        with part.open("rb") as written:
            os.fsync(written.fileno())  # VACUUM INTO leaves that to us
        return part.replace(copy)


@contextmanager
def _struck_unless_whole(part: Path) -> Generator[None]:
    """A piece of a copy takes the room that whoever mends the disk needs."""
    try:
        yield
    except (sqlite3.Error, OSError):
        part.unlink(missing_ok=True)
        raise


def upgrade(connection: Connection, migrations: Path = MIGRATIONS, revision: str = "head") -> None:
    """Bring the database to the newest revision (or to another one), inside the connection's transaction: all of it or
    nothing. StoreError: a script of ours is not what alembic expects."""
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(migrations).replace("%", "%%"))
    try:
        command.upgrade(config, revision)
    except CommandError as error:
        raise StoreError(f"The database cannot be upgraded: {error}") from error
