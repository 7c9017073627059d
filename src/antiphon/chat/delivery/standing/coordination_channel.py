"""Shows in one channel what the sessions of all projects do: a line for each event, edited as it goes on.

What an earlier bridge did not come to show is shown late, but for what is older than a day; what was there before the
channel was to show it is not.
"""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace

from antiphon.chat.delivery.context import DeliveryContext
from antiphon.chat.delivery.poster import OwnMessage, first_message
from antiphon.chat.delivery.reconcile import GONE, UNPOSTED
from antiphon.chat.delivery.standing.message import StandingMessage
from antiphon.chat.render.coordination.lines import is_line, line_spec
from antiphon.core.coordination.board import CoordinationLine, StandingStore, TurnAtWork
from antiphon.core.values import MessageId, PlaceId, SessionId
from antiphon.errors import StoreError

log = logging.getLogger(__name__)

_LOOKS = 1.0  # seconds between two looks
_EVERY = 5.0  # seconds at least between two edits of a line
_MOST = 100  # lines that are looked at together
_EARLIER = 60.0  # seconds before the event: the two clocks may differ
_KEY = "coordination"


@dataclass(slots=True)
class _Ledger:
    """Where the event of a line is shown. `line`: as it is now."""

    context: DeliveryContext
    bus: StandingStore
    line: CoordinationLine

    async def note(self, message: MessageId, digest: str) -> None:
        """See Ledger. What is being posted is not shown yet."""
        changed = 0.0 if message == UNPOSTED and digest != GONE else self.line.changed
        noted = replace(self.line, message=message, digest=digest, changed=changed)
        await self.bus.note_line(self.context.hub, noted)

    async def forget(self, message: MessageId) -> None:
        """A line stays."""


@dataclass(slots=True)
class _Shown:
    """What is known of a line. `next`: it is not edited before."""

    ledger: _Ledger
    message: StandingMessage
    next: float = 0.0


class CoordinationChannel:
    """Its lines, one after the other."""

    def __init__(self, context: DeliveryContext, bus: StandingStore, place: PlaceId) -> None:
        self._context = context
        self._bus = bus
        self._place = place
        self._shown: dict[int, _Shown] = {}  # by the event's number
        self._known: frozenset[MessageId] = frozenset()  # that show other events

    async def run(self) -> None:
        """Show them, until the channel is closed to us."""
        first: int | None = None
        while self._context.poster.may_write(self._place):
            asked = False
            try:
                if first is None:
                    first = await self._bus.tell_from_now(self._context.hub, _KEY, self._place)
                asked = await self._look(first)
            except StoreError as error:
                log.log(self._context.level(error), "the coordination channel is behind: %s", error)
            await asyncio.sleep(0.0 if asked else _LOOKS)

    async def _look(self, first: int) -> bool:
        """Bring about the first that is to be changed now; whether there was one: its request has taken its time, and
        all else may be another one by now."""
        lines = await self._bus.lines(first, _MOST)
        turns = {one.session: one for one in await self._bus.turns_at_work()} if lines else {}
        numbers = {line.event.n for line in lines}
        self._shown = {n: one for n, one in self._shown.items() if n in numbers}
        for line in sorted(lines, key=lambda one: self._of(one).next):
            if await self._show(line, turns):
                return True
        return False

    async def _show(self, line: CoordinationLine, turns: Mapping[SessionId, TurnAtWork]) -> bool:
        """Bring one about, if that is to be done now; whether Discord was asked."""
        now, shown = self._context.clock(), self._of(line)
        may = self._may_show(line)
        if line.digest == GONE or may is False:
            if line.is_news:
                await shown.ledger.note(line.message, GONE)
            return False
        turn = turns.get(SessionId(line.event.session or ""))
        spec = line_spec(line, turn if turn is not None and turn.turn == line.event.text else None)
        if shown.message.shows(spec):
            if line.is_news:
                await shown.message.note_again()
            return False
        if may is None or now < max(shown.next, shown.message.not_before):
            return False
        first = first_message(line.event.at - _EARLIER)
        if line.digest and line.message == UNPOSTED:
            self._known = await self._bus.line_messages(first)
        shown.next = now + _EVERY
        await shown.message.show(spec, first)
        return True

    def _of(self, line: CoordinationLine) -> _Shown:
        n = line.event.n
        if n not in self._shown:
            ledger = _Ledger(self._context, self._bus, line)
            message = StandingMessage(self._context, self._place, "line", ledger, lambda one: self._is(one, n))
            if line.digest:
                message.known(line.message, line.digest)
            self._shown[n] = _Shown(ledger, message)
        self._shown[n].ledger.line = line
        return self._shown[n]

    def _is(self, one: OwnMessage, n: int) -> bool:
        if one.is_card or one.message in self._known:
            return False
        return is_line(one.text, self._shown[n].ledger.line)

    def _may_show(self, line: CoordinationLine) -> bool | None:
        """None: nobody knows at the moment."""
        session = line.session
        if session is None or session.left_out:
            return session is None
        return self._context.poster.is_shown_to_all(session)
