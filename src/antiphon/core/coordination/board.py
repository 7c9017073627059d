"""What the board and the coordination channel show: values, and the store of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from antiphon.core.blocks import Need
from antiphon.core.coordination.claims import LiveSession
from antiphon.core.coordination.events import CoordinationEvent
from antiphon.core.records import Lease
from antiphon.core.values import MessageId, PersonId, PlaceId, Session, SessionId, TurnId

BoardStyle = Literal["channels", "together", "off"]
"""Where boards are: one in each of a project's channels, one for all projects in the coordination channel, or none."""


@dataclass(frozen=True, slots=True)
class CoordinationSettings:
    """Where everybody sees what sessions do at once. `channel`: that tells it line by line, or its name
    (`channel_name`) where it is to be found, or made; None: none does."""

    channel: PlaceId | None = None
    channel_name: str | None = None
    board: BoardStyle = "channels"


@dataclass(frozen=True, slots=True)
class TurnAtWork:
    """A turn that is not over. `asker`: whose prompt it answers (None: nobody's); `needs`: what waits for a person."""

    session: SessionId
    turn: TurnId
    started: float
    asker: PersonId | None
    needs: tuple[Need, ...] = ()


@dataclass(frozen=True, slots=True)
class StandingPost:
    """A message of ours that belongs to no session, by the `key` of what it shows. `message`: 0 while it is being
    posted, and `digest` is what makes that happen once; else `digest` stands for what it shows."""

    key: str
    place: PlaceId
    message: MessageId
    digest: str


@dataclass(frozen=True, slots=True)
class CoordinationLine:
    """An event as the coordination channel shows it. `session`: whose it is, as it is now; `message`, `digest`: as in
    StandingPost (both empty: nothing of it is posted); `changed`: when the event has last; `is_news`: that is not shown
    yet."""

    event: CoordinationEvent
    session: Session | None
    message: MessageId
    digest: str
    changed: float
    is_news: bool = True


class BoardStore(Protocol):
    """What boards are made of."""

    async def known(self, session: SessionId, /) -> Session | None:
        """A session, as it is stored."""
        ...

    async def on_boards(self) -> Sequence[LiveSession]:
        """The live sessions but for those that are left out, those with something to do first; without what they have
        changed."""
        ...

    async def turns_at_work(self) -> Sequence[TurnAtWork]:
        """Those of live sessions, but for the sessions that are left out."""
        ...

    async def spent_today(self) -> Mapping[str, float]:
        """Dollars since the machine's midnight, by project."""
        ...


class StandingStore(BoardStore, Protocol):
    """Which messages of ours stand in channels."""

    async def standing(self, key: str, /) -> StandingPost | None:
        """The message that shows this; None: there is none."""
        ...

    async def all_standing(self, prefix: str, /) -> Sequence[StandingPost]:
        """Those whose keys begin so."""
        ...

    async def fall(self, hub: Lease, key: str, /) -> None:
        """There is none any more."""
        ...

    async def stand(self, hub: Lease, post: StandingPost, /) -> None:
        """Write down which message that is, and what it shows."""
        ...

    async def tell_from_now(self, hub: Lease, key: str, place: PlaceId, /) -> int:
        """The number of the last event that is not shown in a place, because it was there before the place was to show
        any (which is now, where `key` stands for another place or none)."""
        ...

    async def lines(self, after: int, most: int, /) -> Sequence[CoordinationLine]:
        """Events with numbers above `after` of which not all is shown, and turns that are not over, oldest first; what
        was a day ago is left alone."""
        ...

    async def line_messages(self, after: MessageId, /) -> frozenset[MessageId]:
        """Those after that one which show events."""
        ...

    async def note_line(self, hub: Lease, line: CoordinationLine, /) -> None:
        """Write down where an event is shown, and that it is shown as it was when it changed then."""
        ...
