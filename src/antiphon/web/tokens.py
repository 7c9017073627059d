"""The tokens of programs: what each is good for, in a file of the state directory that only its user may read.

A token is shown once, when it is made; of it a digest is kept (it is random, so that no slower one is needed). The file
is written by the `antiphon token` command and read by the bridge, which sees a change at the next request.
"""

import fcntl
import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from antiphon.actions.callers import Program
from antiphon.core.programs.scopes import actions_of
from antiphon.core.values import TokenScope
from antiphon.errors import AntiphonError

FILE = "api-tokens.json"
PREFIX = "antiphon_"  # of all that we give out, so that it is recognized where it should not be
_ID, _SECRET = 6, 32  # random bytes
_NOBODY = "0" * 64  # a digest of nothing: who has no token waits as long as who has one


@dataclass(frozen=True, slots=True)
class Token:
    """`projects` None: all of them. Times in epoch seconds; `expires` None: never."""

    name: str
    id: str
    digest: str  # SHA-256 of the whole token, in hex
    scopes: frozenset[TokenScope]
    projects: frozenset[str] | None
    created: float
    expires: float | None = None

    def is_over(self, now: float) -> bool:
        """Whether it is good for nothing any more."""
        return self.expires is not None and now >= self.expires


_ADAPTER = TypeAdapter(list[Token])


class TokenError(AntiphonError):
    """The file of tokens cannot be used."""

    hint = "See the message; nothing was changed."
    exit_code = 74


class NameTaken(TokenError):
    """There is a token of this name."""

    hint = "Choose another name, or revoke that one first: antiphon token revoke NAME"


class NoSuchToken(TokenError):
    """There is none of this name."""

    hint = "antiphon token list shows those that there are."


class Tokens:
    """The file as it is now."""

    def __init__(self, state: Path, all_projects: Callable[[], Iterable[str]]) -> None:
        """`all_projects`: the names of those that there are now."""
        self._path = state / FILE
        self._all = all_projects
        self._read: tuple[int, int, int] | None = None
        self._by_id: Mapping[str, Token] = {}

    def find(self, presented: str, now: float) -> Token | None:
        """The token that somebody presents; takes as long for a wrong one as for a right one. Raises TokenError."""
        self._look()
        token = self._by_id.get(_id_of(presented))
        same = hmac.compare_digest(_digest(presented), _NOBODY if token is None else token.digest)
        return token if token is not None and same and not token.is_over(now) else None

    def program(self, token: Token) -> Program:
        """Its holder, as whom it acts."""
        projects = frozenset(self._all()) if token.projects is None else token.projects
        return Program(token.name, actions_of(token.scopes), projects, token.id, everywhere=token.projects is None)

    def holder(self, id_: str, now: float) -> Program | None:
        """The holder of a token by its id; None: there is none (any more). Raises TokenError."""
        self._look()
        found = self._by_id.get(id_)
        return None if found is None or found.is_over(now) else self.program(found)

    def _look(self) -> None:
        try:
            found = os.stat(self._path)
        except FileNotFoundError:
            self._read, self._by_id = None, {}
            return
        version = (found.st_ino, found.st_mtime_ns, found.st_size)
        if version != self._read:
            self._by_id = {one.id: one for one in read(self._path.parent)}
            self._read = version


def read(state: Path) -> list[Token]:
    """All tokens. TokenError: the file cannot be used."""
    try:
        return _ADAPTER.validate_json((state / FILE).read_bytes())
    except FileNotFoundError:
        return []
    except OSError as error:
        raise TokenError(f"{state / FILE}: {error.strerror}") from error
    except ValidationError as error:
        raise TokenError(f"{state / FILE}: it is no list of tokens") from error


def create(
    state: Path, name: str, scopes: frozenset[TokenScope], projects: frozenset[str] | None, created: float, *,
    expires: float | None = None,
) -> str:  # fmt: skip
    """Make one; what it returns is shown to nobody again. TokenError: the name is taken, or it cannot be kept."""
    id_, secret = secrets.token_hex(_ID), secrets.token_urlsafe(_SECRET)
    token = f"{PREFIX}{id_}_{secret}"
    with _changing(state) as tokens:
        if any(one.name == name for one in tokens):
            raise NameTaken(f"there is a token named {name}")
        tokens.append(Token(name, id_, _digest(token), scopes, projects, created, expires))
    return token


def revoke(state: Path, name: str) -> None:
    """From the next request on it is refused, and what it has scheduled does not run. TokenError: there is none."""
    with _changing(state) as tokens:
        left = [one for one in tokens if one.name != name]
        if len(left) == len(tokens):
            raise NoSuchToken(f"there is no token named {name}")
        tokens[:] = left


@contextmanager
def _changing(state: Path) -> Generator[list[Token]]:
    """The tokens, for us alone; what the list is in the end replaces the file, all of it or nothing."""
    path = state / FILE
    part = state / f".{FILE}.part"
    try:
        state.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = os.open(state / f".{FILE}.lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise TokenError(f"{error.filename}: {error.strerror}") from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        tokens = read(state)
        yield tokens
        with suppress(FileNotFoundError):
            part.unlink()
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(json.dumps(_ADAPTER.dump_python(tokens, mode="json"), indent=1).encode())
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as error:
        raise TokenError(f"{error.filename}: {error.strerror}") from error
    finally:
        os.close(lock)


def _id_of(presented: str) -> str:
    return presented.removeprefix(PREFIX).partition("_")[0] if presented.startswith(PREFIX) else ""


def _digest(presented: str) -> str:
    return hashlib.sha256(presented.encode("utf-8", "surrogateescape")).hexdigest()
