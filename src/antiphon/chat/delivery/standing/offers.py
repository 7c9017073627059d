"""Shows the offers to let strangers in: one message in the thread for each, which says at last what has become of it.

Each is in the ledger before it is posted. Offers are polled, as the queue is.
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from antiphon.chat.delivery.context import DeliveryContext
from antiphon.chat.delivery.poster import OwnMessage
from antiphon.chat.delivery.standing.message import StandingMessage
from antiphon.chat.render.admission import SLOT, is_offer, offer_spec
from antiphon.chat.render.notifications import called
from antiphon.core.coordination.board import StandingPost, StandingStore
from antiphon.core.guests.admission import StrangerOffer
from antiphon.core.guests.store import OfferStore
from antiphon.core.projects import Projects
from antiphon.core.values import MessageId, PersonId
from antiphon.errors import StoreError

log = logging.getLogger(__name__)

_EVERY = 1.0  # seconds between two looks
_KEY = "offer:"


class _Store(StandingStore, OfferStore, Protocol):
    """What it works with."""


@dataclass(frozen=True, slots=True)
class _Ledger:
    """Which message shows an offer."""

    context: DeliveryContext
    bus: StandingStore
    offer: StrangerOffer

    async def note(self, message: MessageId, digest: str) -> None:
        """See Ledger."""
        await self.bus.stand(self.context.hub, StandingPost(_key(self.offer), self.offer.place, message, digest))

    async def forget(self, message: MessageId) -> None:
        """See Ledger."""
        await self.bus.fall(self.context.hub, _key(self.offer))


class Offers:
    """The messages of all offers."""

    def __init__(self, context: DeliveryContext, bus: _Store, projects: Projects) -> None:
        self._context, self._bus, self._projects = context, bus, projects
        self._shown: dict[int, StandingMessage] = {}
        self._showing: dict[int, asyncio.Task[bool]] = {}
        self._known: frozenset[MessageId] = frozenset()  # that show other offers

    async def run(self) -> None:
        """Show them until cancelled."""
        try:
            while True:
                try:
                    await self._look()
                except StoreError as error:
                    log.log(self._context.level(error), "offers are looked at later: %s", error)
                await asyncio.sleep(_EVERY)
        finally:
            for task in self._showing.values():
                task.cancel()
            if self._showing:
                await asyncio.wait(self._showing.values())

    async def _look(self) -> None:
        """Bring about what is not as it should be, each offer by itself."""
        offers, now = await self._bus.stranger_offers(), self._context.clock()
        if any(one.n not in self._shown for one in offers):
            await self._load(offers)
        for offer in offers:
            shown, spec = self._shown[offer.n], offer_spec(offer, self._person(offer))
            if (task := self._showing.get(offer.n)) is not None and not task.done():
                continue
            if not shown.shows(spec):
                if now >= shown.not_before:
                    showing = shown.show(spec, offer.first or MessageId(offer.place))
                    self._showing[offer.n] = asyncio.create_task(showing, name=f"offer {offer.n}")
            elif offer.state in ("declined", "withdrawn") or (offer.state != "open" and not offer.waiting):
                await self._bus.close_offer(self._context.hub, offer.n)
                await self._bus.fall(self._context.hub, _key(offer))
        there = {one.n for one in offers}
        self._shown = {n: one for n, one in self._shown.items() if n in there}
        self._showing = {n: one for n, one in self._showing.items() if n in there or not one.done()}

    async def _load(self, offers: Sequence[StrangerOffer]) -> None:
        """What an earlier bridge has posted."""
        posted = {one.key: one for one in await self._bus.all_standing(_KEY)}
        self._known = frozenset(one.message for one in posted.values())
        for offer in offers:
            if offer.n in self._shown:
                continue
            ledger = _Ledger(self._context, self._bus, offer)
            self._shown[offer.n] = StandingMessage(
                self._context, offer.place, SLOT, ledger, lambda one, offer=offer: self._is(one, offer), for_ever=True
            )
            if (there := posted.get(_key(offer))) is not None:
                self._shown[offer.n].known(there.message, there.digest)

    def _is(self, one: OwnMessage, offer: StrangerOffer) -> bool:
        return not one.is_card and one.message not in self._known and is_offer(one.text, offer)

    def _person(self, offer: StrangerOffer) -> PersonId | None:
        """Who is named: the session's owner, unless nobody is called in the project."""
        project = self._projects.named(offer.project)
        if project is None or offer.owner is None:
            return None
        return called(offer.owner, project.display, self._context.owners())


def _key(offer: StrangerOffer) -> str:
    return f"{_KEY}{offer.n}"
