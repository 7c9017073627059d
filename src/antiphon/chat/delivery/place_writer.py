"""One writer a place decides which turn is shown now, and keeps at it until every page is complete.

Turns of a place are shown one after the other, oldest first; text is never lost to a failed send. A place that is
closed is tried again after long pauses, and at once when something about it has changed. One that is gone is given up.
"""

import asyncio
import logging
from contextlib import suppress

from antiphon.chat.delivery.backlog import Backlog
from antiphon.chat.delivery.context import DeliveryContext
from antiphon.chat.delivery.failures import NothingTaken, PlaceClosed, PlaceGone
from antiphon.chat.delivery.page_writer import PageWriter
from antiphon.chat.delivery.reactions import Reactions
from antiphon.chat.delivery.reconcile import NEVER
from antiphon.chat.delivery.retries import Retries
from antiphon.chat.delivery.undeliverable import forget_closed, tell_closed, tell_gone, tell_undelivered
from antiphon.chat.render.format import snowflake_time
from antiphon.chat.render.message import MessageSpec
from antiphon.chat.render.page import next_change
from antiphon.chat.render.phase import is_typing
from antiphon.core.retry import Backoff
from antiphon.core.values import Display, Session, TurnId
from antiphon.core.view import TurnView
from antiphon.errors import ChatError, StoreError

log = logging.getLogger(__name__)

_GATHER = 0.1  # seconds in which what Claude writes is gathered before the page is looked at again
_PAUSES = 0.5, 30.0  # seconds after a failed call: the first and the longest
_CLOSED_PAUSES = 15.0, 900.0  # the same after a refusal for good: Discord counts those (10,000 in 10 min)
_CLOSED_CHECK = 1.0  # seconds between two looks at what is known of a closed place


class PlaceWriter:
    """The only one who posts in its place. Runs until every page is complete."""

    def __init__(
        self,
        session: Session,
        display: Display,
        context: DeliveryContext,
        retries: Retries,
        given_up: set[TurnId],
        since: float,
    ) -> None:
        """`retries`, `given_up`: see Outbox. `since`: when this bridge began to post (epoch seconds)."""
        self.session = session
        self.backlog = Backlog(session.id, context.bus)
        self.closed = False  # the place is, for now
        self._display = display
        self._context = context
        self._page = PageWriter(session, display, context, self.backlog)
        self._retries, self._given_up, self._since = retries, given_up, since
        self._again: set[TurnId] = set()  # those of which only what was not taken is tried again
        self._opened = False
        self._without_place: TurnId | None = None  # the turn whose page has no place any more
        self._announced = False  # it may have been said elsewhere that the place is closed
        self._retried = asyncio.Event()
        self._backoff, self._closed_backoff = Backoff(*_PAUSES), Backoff(*_CLOSED_PAUSES)
        self._news = asyncio.Event()
        self._urgent = asyncio.Event()
        self._reactions = Reactions(context, session, self._page, self._news)

    def show(self, view: TurnView) -> None:
        """Take the newest view of a turn."""
        before = self.backlog.take(view)
        self._again.discard(view.turn)
        self._page.widen(view.turn)
        if before is None and view.prompt is not None and snowflake_time(view.prompt) < self._since:
            self._page.suspect()
        self._news.set()
        if view.end is not None or before is None or len(view.needs) != len(before.needs):
            self._urgent.set()

    def go_on(self, turn: TurnId, *, again: bool = False) -> None:
        """Show a turn that an earlier bridge has left. What is sent next may be there already: it may have been killed
        between post and ledger, however long ago. `again`: all of it was shown that Discord has taken."""
        if again and turn not in self.backlog.turns:
            self._again.add(turn)
        self.backlog.expect(turn)
        self._page.suspect(long_ago=True)
        self._announced = True
        self._news.set()

    def refresh(self, turn: TurnId) -> None:
        """Show what the rows of a turn that is over have new about it, as little of the page as that touches."""
        if turn in self.backlog.turns:
            self.backlog.put_away(turn)  # they are read again
        else:
            self._again.add(turn)
            self.backlog.expect(turn)
        self._page.widen(turn)
        self._news.set()

    def finish(self, view: TurnView) -> None:
        """Show the end of a turn that may be posted, as after `go_on`."""
        self._page.suspect(long_ago=True)
        self.show(view)

    @property
    def has_work(self) -> bool:
        """Whether something that has ended could be shown now."""
        return self.backlog.has_ended and not self.closed

    def retry_closed(self) -> None:
        """A closed place may be open again."""
        self._retried.set()

    async def run(self) -> None:
        """Write until there is nothing left to say."""
        try:
            while self.backlog:
                turn = self.backlog.turns[0]
                self._news.clear()
                self._urgent.clear()
                try:
                    due = await self._round(turn)
                except (ChatError, StoreError) as error:
                    backoff = self._closed_backoff if isinstance(error, NothingTaken) else self._backoff
                    level, place, pause = self._context.level(error), self.session.place, backoff.pause
                    log.log(level, "place %s is behind, next try in %.1f s: %s", place, pause, error)
                    await asyncio.sleep(pause)
                    backoff.grow()
                    if backoff.is_longest:
                        self.backlog.put_away(turn)  # Discord may be away for hours
                    continue
                self._backoff.reset()
                if due is not None:
                    await self._wait(due)
                elif not self.backlog:
                    await self._reactions.stop()  # here, because a new view may come meanwhile
        finally:
            await self._reactions.stop()

    async def _wait(self, due: float) -> None:
        """Until there is something new to say, what is said in quick succession gathered; `due` at the latest."""
        with suppress(TimeoutError):
            async with asyncio.timeout(max(0.0, due - self._context.clock())):
                await self._news.wait()
                with suppress(TimeoutError):
                    async with asyncio.timeout(_GATHER):
                        await self._urgent.wait()

    async def _round(self, turn: TurnId) -> float | None:
        """Take every step that is due now. Returns when to look again at the latest, None for at once."""
        try:
            due = await self._write(turn)
            if self.closed or self._announced:
                await forget_closed(self._context, self.session)
                self.closed = self._announced = False
                self._closed_backoff.reset()
        except PlaceClosed as error:
            await self._wait_until_open(turn, error)
        except PlaceGone as error:
            await self._give_up(turn, error)
        else:
            return due
        return None

    async def _wait_until_open(self, turn: TurnId, error: PlaceClosed) -> None:
        """The place is closed: say so elsewhere, and come back when something is known to have changed, or later."""
        if not self.closed:
            log.warning("place %s is closed; what is to be posted there waits: %s", self.session.place, error)
        self.closed = self._announced = True
        await self._reactions.stop()
        await tell_closed(self._context, self.session, await self.backlog.whole(turn), error)
        self.backlog.put_away(turn)
        self._retried.clear()
        known, until = self._context.poster.standing(self.session), self._context.clock() + self._closed_backoff.pause
        self._closed_backoff.grow()
        while self._context.clock() < until and self._context.poster.standing(self.session) == known:
            with suppress(TimeoutError):
                async with asyncio.timeout(_CLOSED_CHECK):
                    await self._retried.wait()
                    return

    async def _give_up(self, turn: TurnId, error: PlaceGone) -> None:
        """The place is not there any more: what works for it is stopped, what was said there goes elsewhere."""
        log.warning("place %s is gone, its posts are given up: %s", self.session.place, error)
        await self._context.bus.abandon(self.session.place)
        view = await self.backlog.whole(turn)
        if view.end is None:
            self._given_up.add(turn)
            await self._complete(turn, view)
        else:
            self._given_up.discard(turn)
            await tell_gone(self._context, self.session, view)
            self._without_place = turn  # its prompt may be in another place, and gets its last mark

    async def _write(self, turn: TurnId) -> float | None:
        """Bring the page about as far as it is due; see `_round`."""
        await self._page.store()
        if self._page.state.turn != turn:
            await self._reactions.stop()
            await self._page.begin(turn, again=turn in self._again)
        view, later = await self.backlog.whole(turn), NEVER
        lost: list[MessageSpec] = []
        if turn != self._without_place:
            await self._open()
            view, later = await self._page.write(turn, self._backoff.reset)
            lost = self._page.undelivered(view)
        if lost and view.end is not None:
            await tell_undelivered(self._context, self.session, view, lost)
        marking = await self._reactions.update(view, undelivered=bool(lost))
        if view.end is not None and later == NEVER and marking is None and self.backlog[turn] is view:
            missing = bool(lost) or self._reactions.refused
            await self._complete(turn, view, missing=missing)
            (self._retries.later if missing else self._retries.done)(self.session, turn)
            return None
        if view.end is not None and later == NEVER and self._reactions.away:
            self.backlog.postpone(turn)  # the next turn does not wait until the mark can be made
        return self._next_look(view, later if marking is None else min(later, marking))

    async def _open(self) -> None:
        """Make the thread, unless it is known to be there or something was posted in it: one that somebody has deleted
        is not made again."""
        if not self._opened and not await self._context.bus.last_post(self.session.id):
            await self._context.open(self.session)
        self._opened = True

    def _next_look(self, view: TurnView, later: float) -> float:
        """Keep the typing indicator up; when the next step, reaction or change by the clock alone is due."""
        now = self._context.clock()
        if is_typing(view, self._display.progress):
            later = min(later, self._reactions.typing())
        changes = next_change(view, self._display, now)
        return later if changes is None else min(later, max(changes, now + _GATHER))

    async def _complete(self, turn: TurnId, view: TurnView, *, missing: bool = False) -> None:
        """`missing`: Discord has not taken all of it. A withdrawn prompt is known to the store until it has."""
        if not missing or view.end is None or view.end.reason != "withdrawn":
            await self._context.bus.posted(self._context.hub, self.session.id, turn)
        self.backlog.done(turn, view)
        self._again.discard(turn)
