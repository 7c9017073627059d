"""What sessions have for themselves for a while, and who has changed a file: values, and the store of them.

A claim is held by one session, which is live: it ends with the session, and after its time.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from antiphon.core import values

FILE = "file:"  # begins the names of resources that are files
LIVE_FOR = 4 * 3600.0  # seconds after its last turn for which a hosted session counts as one that works in its tree
LONGEST_CLAIM = 24 * 3600.0  # seconds
MOST_CLAIMS = 50  # of a session
CALLED = 200  # characters of a resource's name, and of a note


def named(resource: str) -> str:
    """A resource by the name that people and Claude know it by."""
    return resource.removeprefix(FILE)


@dataclass(frozen=True, slots=True)
class Claim:
    """A resource that a session has for itself. `title`, `place`: of the session; `since`, `until`: epoch seconds."""

    resource: str
    session: values.SessionId
    title: str
    place: values.PlaceId
    since: float
    until: float
    note: str = ""


@dataclass(frozen=True, slots=True)
class Conflict:
    """Why a session should not write a file now: another one has claimed it, or changed it since this one read it.
    `title`, `place`: of that one; `since`: epoch seconds."""

    kind: Literal["claimed", "changed"]
    session: values.SessionId
    title: str
    place: values.PlaceId
    project: str
    since: float
    note: str = ""


@dataclass(frozen=True, slots=True)
class FileUse:
    """What a session does with a file: it has read it, or changed it, at that moment (epoch seconds; 0: not)."""

    path: Path
    read: float = 0.0
    changed: float = 0.0


@dataclass(frozen=True, slots=True)
class LiveSession:
    """A session that works, or did lately. `at_work`: a turn runs; `touched`: when it was used last (epoch seconds);
    `changed`: files that it has changed lately, the newest first."""

    session: values.Session
    at_work: bool
    touched: float
    changed: tuple[Path, ...] = ()


class ClaimStore(Protocol):
    """What is asked and changed of claims, by whoever acts for a session."""

    async def live(self) -> Sequence[LiveSession]:
        """The sessions that are live, the one last used first."""
        ...

    async def claims(self) -> Sequence[Claim]:
        """All that hold."""
        ...

    async def take_claim(self, wanted: Claim, /) -> Claim | None:
        """Give a session a resource until `wanted.until`, anew where it has it. The claim of another session that has
        it; None: it is given."""
        ...

    async def release_claims(self, session: values.SessionId, resources: Sequence[str] | None, /) -> Sequence[str]:
        """Take a session's claims back, None: all; those that it had."""
        ...

    async def let_write(self, session: values.SessionId, path: Path, until: float, /) -> None:
        """Let a session write a file until then, whoever has claimed or changed it."""
        ...


class FileUseStore(Protocol):
    """What whoever hosts a session, or hears its terminal, writes down and asks before it writes a file."""

    async def use(self, session: values.SessionId, uses: Sequence[FileUse], /) -> None:
        """Write down what a session did; a moment before the known one changes nothing."""
        ...

    async def conflict(self, session: values.SessionId, path: Path, resource: str, /) -> Conflict | None:
        """Why the session should not write a file now. `resource`: by which it may be claimed."""
        ...

    async def beside(self, session: values.SessionId, /) -> Sequence[LiveSession]:
        """The other live sessions in the session's tree."""
        ...

    async def changed_between(self, session: values.SessionId, begin: float, end: float, /) -> frozenset[Path]:
        """The files that other sessions have told to have changed in that time."""
        ...
