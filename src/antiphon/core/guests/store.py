"""What the bus keeps of guests. They belong to a place, not to a row that others write: a reset or a later session of
the same thread keeps them, and the place's deletion takes them away."""

from collections.abc import Sequence
from typing import Literal, Protocol

from antiphon.core.guests.admission import Choice, Kept, LetIn, MessageState, StrangerMessage, StrangerOffer
from antiphon.core.records import Audit, Lease
from antiphon.core.values import Guest, MessageId, PersonId, PlaceId


class GuestReader(Protocol):
    """Who is invited."""

    async def guests(self, place: PlaceId, /) -> Sequence[Guest]:
        """Those of a place, the one first invited first."""
        ...


class StrangerInbox(GuestReader, Protocol):
    """What strangers write, on its way to be a prompt or nothing."""

    async def keep_stranger(self, message: StrangerMessage, /) -> Kept:
        """Keep a message, in the open offer of its author or in a new one, within the limits."""
        ...

    async def stranger_gone(self, message: MessageId, /) -> None:
        """A message was deleted; an offer with none left is withdrawn."""
        ...

    async def strangers_let_in(self) -> Sequence[LetIn]:
        """What is to become a prompt, in the order in which it was let in and written."""
        ...

    async def note_stranger(self, message: MessageId, state: MessageState, /) -> None:
        """What has become of such a message."""
        ...

    async def wait(self, topic: Literal["guest", "notice"], timeout: float, /) -> bool:
        """Wait until somebody is let in, at most `timeout` seconds. False: nobody was."""
        ...


class OfferStore(Protocol):
    """What is shown of offers."""

    async def stranger_offers(self) -> Sequence[StrangerOffer]:
        """Those whose message does not say yet, for good, what has become of them."""
        ...

    async def close_offer(self, hub: Lease, n: int, /) -> None:
        """Its message says it."""
        ...


class GuestStore(GuestReader, Protocol):
    """Inviting, taking it back, and deciding about strangers, each with its entry in the audit."""

    async def stranger_offer(self, n: int, /) -> StrangerOffer | None:
        """An offer; None: there is none of this number (any more)."""
        ...

    async def decide_offer(self, n: int, choice: Choice, by: str, audit: Audit, /) -> bool:
        """Decide about an open one; "always" invites the stranger as well. False: it is not open."""
        ...

    async def invite(self, place: PlaceId, guest: Guest, audit: Audit, /) -> bool:
        """Keep an invitation; one more that says `answers` adds that to an earlier one. False: nothing is new."""
        ...

    async def uninvite(self, place: PlaceId, person: PersonId, audit: Audit, /) -> bool:
        """Take it back. False: they are not invited (any more)."""
        ...
