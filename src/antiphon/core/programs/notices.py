"""Notices: messages that programs post, at once or later; what they are, and what is kept of them. Pure.

Times are epoch seconds.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NewType, Protocol

from antiphon.core.records import Lease
from antiphon.core.values import MessageId, PersonId, PlaceId

NoticeId = NewType("NoticeId", str)
NoticeState = Literal["waiting", "sending", "sent", "failed", "cancelled"]
"""What has become of one: it waits for its time or its turn; it is on its way, so that it may have arrived; it is
there; the chat server has refused it for good; somebody has taken it back."""
Accepted = Literal["new", "known", "full"]


@dataclass(frozen=True, slots=True)
class NoticeFile:
    """A file that goes with one."""

    name: str  # a single path component
    content: bytes


@dataclass(frozen=True, slots=True)
class Notice:
    """Words for people. `by`: the program that posts it, `maker`: the same for comparing (actions.callers.maker_of).
    `place` None: it goes to `person`. `color`: 0xRRGGBB; `plain`: as mere text. `thread`: the name of a thread that
    is opened on it, "" for none. `due`: when; `later`: that was said, so that it tells where it comes late."""

    id: NoticeId
    project: str
    by: str
    text: str
    due: float
    place: PlaceId | None = None
    person: PersonId | None = None
    title: str = ""
    color: int | None = None
    link: str = ""
    plain: bool = False
    thread: str = ""
    file: NoticeFile | None = None
    later: bool = False
    maker: str = ""

    @property
    def target(self) -> str:
        """Where it goes: what goes to one target goes there in order."""
        return f"place:{self.place}" if self.place is not None else f"person:{self.person}"


@dataclass(frozen=True, slots=True)
class StoredNotice:
    """One, and what has become of it. `since`: when that was. `message`: where it is shown; `error`: why it is not, for
    people."""

    notice: Notice
    state: NoticeState
    made: float
    since: float
    message: MessageId | None = None
    error: str = ""


class NoticeStore(Protocol):
    """What actions ask of the bus, and change, about notices; see core/bus.py."""

    async def accept_notice(self, notice: Notice, most: int, /) -> Accepted:
        """Durable on return, unless "full": as many of its maker's wait as may (`most`; those for later and others
        count apart), or files as large as may together. "known": there is one with its id, which stays as it is."""
        ...

    async def notice(self, id_: NoticeId, /) -> StoredNotice | None:
        """One, without its file; None: there is none."""
        ...

    async def notices(self, maker: str | None, /, *, waiting: bool, most: int) -> Sequence[StoredNotice]:
        """Those that wait, the next one first; or the latest that do not any more; of one maker, or of all. Without
        their files."""
        ...

    async def cancel_notice(self, id_: NoticeId, /) -> bool:
        """Take back one that waits. False: it does not (any more)."""
        ...


class NoticeDeliveryStore(Protocol):
    """What delivers notices works with."""

    async def wait(self, topic: Literal["notice"], timeout: float, /) -> bool:
        """Wait for one that is new, at most `timeout` seconds. False: there was none."""
        ...

    async def notice_targets(self) -> Sequence[str]:
        """Where something is to go by now."""
        ...

    async def next_notice(self, target: str, /) -> StoredNotice | None:
        """The oldest that is to go there by now, with its file; None: nothing is."""
        ...

    async def is_known_post(self, message: MessageId, /) -> bool:
        """Whether a message is known to show a notice, or something of a turn's."""
        ...

    async def next_notice_due(self) -> float | None:
        """When the next one is due that is not yet; None: none is."""
        ...

    async def send_notice(self, hub: Lease, id_: NoticeId, /) -> bool:
        """Note that it is on its way from now on. False: it is not to go (any more)."""
        ...

    async def settle_notice(self, hub: Lease, id_: NoticeId, message: MessageId | None, error: str, /) -> None:
        """Note where it is shown (`error`: what is missing of it), or why it is not."""
        ...
