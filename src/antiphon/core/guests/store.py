"""What the bus keeps of guests. They belong to a place, not to a row that others write: a reset or a later session of
the same thread keeps them, and the place's deletion takes them away."""

from collections.abc import Sequence
from typing import Protocol

from antiphon.core.records import Audit
from antiphon.core.values import Guest, PersonId, PlaceId


class GuestReader(Protocol):
    """Who is invited."""

    async def guests(self, place: PlaceId, /) -> Sequence[Guest]:
        """Those of a place, the one first invited first."""
        ...


class GuestStore(GuestReader, Protocol):
    """Inviting, and taking it back, each with its entry in the audit."""

    async def invite(self, place: PlaceId, guest: Guest, audit: Audit, /) -> bool:
        """Keep an invitation; one more that says `answers` adds that to an earlier one. False: nothing is new."""
        ...

    async def uninvite(self, place: PlaceId, person: PersonId, audit: Audit, /) -> bool:
        """Take it back. False: they are not invited (any more)."""
        ...
