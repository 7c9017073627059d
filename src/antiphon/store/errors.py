"""What a database says when it refuses, in words for the operator."""

import os
import sqlite3
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from antiphon.errors import StoreError


class Busy(StoreError):
    """Another program holds the database; the same call may be made again."""

    hint = "Nothing was changed. Try again in a moment."


class Unwritable(StoreError):
    """The disk does not take or give the data; once it is mended, the same call may be made again."""

    hint = "Nothing was changed. Try again when the disk has room and can be written."


class InUse(StoreError):
    """A bridge has the database already."""

    hint = "Antiphon runs already (`antiphon status`). Another bridge needs an ANTIPHON_STATE_DIR of its own."


class Damaged(StoreError):
    """The file is not a whole database (any more): whoever goes on writing may destroy what is left."""

    hint = (
        "Nothing was changed. Keep it and its -wal file to rescue what is in them (docs/database.md), "
        "and put a whole copy in its place, or none to begin anew."
    )


class Fenced(StoreError):
    """Somebody else has taken over; this one must leave and write nothing more."""

    hint = "Nothing to do: the one that took over goes on."


# SQLite's primary result codes (https://www.sqlite.org/rescode.html) that an operator can do something about.
_BUSY = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
_MENDABLE = {
    sqlite3.SQLITE_FULL: "the disk is full",
    sqlite3.SQLITE_IOERR: "the disk does not take or give the data",
    sqlite3.SQLITE_READONLY: "it can only be read, not written",
    sqlite3.SQLITE_CANTOPEN: "it cannot be opened",
}
_RUINED = {
    sqlite3.SQLITE_CORRUPT: "it is damaged",
    sqlite3.SQLITE_NOTADB: "this file is not a database",
}


@contextmanager
def translated(path: Path) -> Generator[None]:
    """Inside, the database's own exceptions become Busy or Unwritable (ask again), or Damaged or another StoreError
    (do not), naming the file."""
    try:
        yield
    except DBAPIError as error:
        raise _meaning(path, error.orig) from error
    except sqlite3.Error as error:
        raise _meaning(path, error) from error
    except SQLAlchemyError as error:
        raise StoreError(f"{path}: {error}") from error
    except OSError as error:
        raise StoreError(f"{error.filename or path}: {error.strerror}") from error


def _meaning(path: Path, error: BaseException | None) -> StoreError:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the low byte is the primary code
    if code in _BUSY:
        return Busy(f"{path}: {error}")
    if code == sqlite3.SQLITE_IOERR and _is_full(path.parent):
        code = sqlite3.SQLITE_FULL  # SQLite does not say why it could not make a file larger
    if code in _MENDABLE:
        return Unwritable(f"{path}: {_MENDABLE[code]} ({error})")
    if code in _RUINED:
        return Damaged(f"{path}: {_RUINED[code]} ({error})")
    return StoreError(f"{path}: {error}")


def _is_full(directory: Path) -> bool:
    try:
        return os.statvfs(directory).f_bavail == 0
    except OSError:
        return False
