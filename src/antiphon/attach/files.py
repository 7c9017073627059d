"""Files of somebody else's: copied before they are changed, and put back. Each change is all of it or nothing.

What is not what it should be, or cannot be changed, is a ConfigError that names the file.
"""

import base64
import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NoReturn, cast

from antiphon.attach import wording
from antiphon.attach.state import save
from antiphon.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Copy:
    """A file before it was changed. `content`: base64, so that it can stand in JSON; None where there was no file.
    `after`: the digest of what was made of it, None until that is known."""

    content: str | None
    mode: int | None
    after: str | None = None

    @property
    def object(self) -> dict[str, Any]:
        """What it said."""
        return {} if self.content is None else _object(base64.b64decode(self.content))


def copy(path: Path) -> Copy:
    """A file as it is now."""
    content = _bytes(path)
    return Copy(*(None, None) if content is None else (base64.b64encode(content).decode(), path.stat().st_mode & 0o777))


def digest(path: Path) -> str:
    """Tells a file from what it was at another time."""
    content = _bytes(path)
    return "" if content is None else hashlib.sha256(content).hexdigest()


def read_object(path: Path) -> dict[str, Any]:
    """What a file says; {} where there is none, or nothing in it (so does Claude Code take it)."""
    try:
        return _object(_bytes(path) or b"")
    except (ValueError, RecursionError) as error:
        raise ConfigError((wording.no_json(path, str(error)),)) from error


def check_writable(path: Path) -> None:
    """Also of a file that is still to come."""
    there = path.resolve()
    while not there.exists():
        there = there.parent
    if not os.access(there, os.W_OK) or (there.is_file() and not os.access(there.parent, os.W_OK)):
        raise ConfigError((wording.read_only(path),))
    if there.is_file() and not there.stat().st_mode & 0o200:  # root may all the same, and is not meant to
        raise ConfigError((wording.read_only(path),))


def put_back(path: Path, was: Copy) -> None:
    """Make it what it was."""
    if was.content is None:
        path.resolve().unlink(missing_ok=True)  # a link that led nowhere leads there again
    elif copy(path) != replace(was, after=None):
        _write(path, base64.b64decode(was.content), was.mode)


def write_object(path: Path, said: Mapping[str, Any], mode: int | None) -> None:
    """`mode` None: for this user alone."""
    text = json.dumps(said, indent=2, ensure_ascii=False) + "\n"
    try:
        content = text.encode()
    except UnicodeEncodeError:  # half a character, which can only be escaped
        content = (json.dumps(said, indent=2) + "\n").encode()
    _write(path, content, mode)


def missing_directories(directories: Iterable[Path]) -> list[Path]:
    """Of these, and those above them, the ones that are not there."""
    return list({one: None for path in directories for one in (path, *path.parents) if not one.exists()})


def remove_empty(directories: Iterable[Path]) -> None:
    """Remove those of them in which nothing is left."""
    for directory in sorted(directories, key=lambda one: len(one.parts), reverse=True):
        with suppress(OSError):
            directory.rmdir()


def refuse_unwritable(path: Path, error: OSError) -> NoReturn:
    """Say what the disk has refused."""
    raise ConfigError((wording.unwritable(path, error.strerror or str(error)),)) from error


def _bytes(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ConfigError((wording.unreadable(path, error.strerror or str(error)),)) from error


def _object(content: bytes) -> dict[str, Any]:
    text = content.decode("utf-8")
    found: object = json.loads(text, parse_constant=_no_constant) if text.strip() else {}
    if not isinstance(found, dict):
        raise ValueError(wording.NO_OBJECT)  # noqa: TRY004 - said as the other ways in which it is not what it should be
    return cast("dict[str, Any]", found)


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)  # NaN and the like: Python's alone


def _write(path: Path, content: bytes, mode: int | None) -> None:
    """Through a link to where it leads."""
    there = path.resolve()
    try:
        there.parent.mkdir(parents=True, exist_ok=True)
        save(there, content, 0o600 if mode is None else mode)
    except OSError as error:
        refuse_unwritable(path, error)
