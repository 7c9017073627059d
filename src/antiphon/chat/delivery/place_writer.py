"""One writer a place brings what is posted towards the newest view, and keeps at it.

A failed call leaves "posted" unchanged, so the next round repairs it; text is never lost to a failed send. Turns of a
place are shown one after the other, oldest first. Every request waits for its turn at the scheduler first and is made
from the view that is the newest then. What is about to be shown is saved before, so that a restarted bridge never
shows less than the dead one did.

A place that is closed is tried again after long pauses, and at once when something about it has changed. One that is
gone is given up.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress

from antiphon.chat.connection.rate_limiter import route
from antiphon.chat.delivery.backlog import Backlog
from antiphon.chat.delivery.context import DeliveryContext
from antiphon.chat.delivery.poster import ContentRefused, MessageGone, PlaceClosed, PlaceGone
from antiphon.chat.delivery.reactions import ACCEPTED, Reactions, marks
from antiphon.chat.delivery.reconcile import (
    DOUBTFUL,
    GONE,
    Delete,
    Edit,
    Send,
    Step,
    adopted,
    first,
    forms,
    not_before,
    reader,
    replaced,
    request,
    same,
    steps,
)
from antiphon.chat.delivery.undeliverable import forget_closed, tell_closed, tell_gone
from antiphon.chat.render.format import snowflake_time
from antiphon.chat.render.message import MessageSpec, Priority
from antiphon.chat.render.page import next_change, nonce, render
from antiphon.core.codec import tail_body
from antiphon.core.records import Post
from antiphon.core.values import Display, MessageId, Session, TurnId
from antiphon.core.view import TurnView, settled_prefix
from antiphon.errors import ChatError, StoreError

log = logging.getLogger(__name__)

_GATHER = 0.1  # seconds in which what Claude writes is gathered before the page is looked at again
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 30.0  # seconds after a failed call; doubled each time
# The same after a refusal for good: Discord counts those (10,000 in 10 min).
_FIRST_CLOSED, _LONGEST_CLOSED = 15.0, 900.0
_GLANCE = 1.0  # seconds between two looks at what is known of a closed place
_NONCE_HOLDS = 60.0  # seconds; Discord's documentation says "the past few minutes"
_LOOKS = 10  # requests for what may have been posted before
_NEVER = float("inf")
_LONG_AGO = (0.0, "")  # of a message that an earlier bridge may have posted
_NOWHERE = MessageId(0)  # in place of a message that Discord took in no form


class PlaceWriter:
    """The only one who posts in its place. Runs until every page is complete."""

    def __init__(
        self, session: Session, display: Display, context: DeliveryContext, given_up: set[TurnId], since: float
    ) -> None:
        """`given_up`: see Outbox. `since`: when this bridge began to post (epoch seconds)."""
        self.session = session
        self.backlog = Backlog(session.id, context.bus)
        self.closed = False  # the place is, for now
        self._display = display
        self._context = context
        self._posts: dict[str, Post] = {}  # of the page that is being written
        self._edited: dict[str, float] = {}  # slot → when it was edited last
        self._writing: TurnId | None = None
        self._given_up, self._since = given_up, since
        self._unwritten: dict[str, Post] = {}  # slot → what is posted, but not yet in the ledger
        self._saved: TurnView | None = None
        self._opened = False
        self._doubt: tuple[float, str] | None = None  # since when a message may be there unnoted, and its nonce
        self._homeless: TurnId | None = None  # the turn whose page has no place any more
        self._told = False  # it may have been said elsewhere that the place is closed
        self._knocked = asyncio.Event()
        self._struck: dict[str, str] = {}  # slot → how the message was called that was deleted from it
        self._pause, self._shut = _FIRST_PAUSE, _FIRST_CLOSED
        self._news = asyncio.Event()
        self._urgent = asyncio.Event()
        self._signs = Reactions(context.poster, context.rate_limiter, context.clock, self._news)

    def show(self, view: TurnView) -> None:
        """Take the newest view of a turn."""
        before = self.backlog.take(view)
        if before is None and view.prompt is not None and snowflake_time(view.prompt) < self._since:
            self._doubt = self._doubt or _LONG_AGO  # an earlier bridge may have begun to show it
        self._news.set()
        if view.end is not None or before is None or len(view.needs) != len(before.needs):
            self._urgent.set()

    def go_on(self, turn: TurnId) -> None:
        """Show a turn that an earlier bridge has left. What is sent next may be there already: it may have been killed
        between post and ledger, however long ago."""
        self.backlog.expect(turn)
        self._doubt, self._told = _LONG_AGO, True
        self._news.set()

    @property
    def owes(self) -> bool:
        """Whether something that is over could be shown now."""
        return self.backlog.has_ended and not self.closed

    def retry_closed(self) -> None:
        """A closed place may be open again."""
        self._knocked.set()

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
                    said = isinstance(error, self._context.bus.transient)  # by the store, once
                    level = logging.DEBUG if said else logging.WARNING
                    log.log(level, "place %s is behind, next try in %.1f s: %s", self.session.place, self._pause, error)
                    await asyncio.sleep(self._pause)
                    self._pause = min(2 * self._pause, _LONGEST_PAUSE)
                    if self._pause == _LONGEST_PAUSE:
                        self.backlog.put_away(turn)  # Discord may be away for hours
                    continue
                self._pause = _FIRST_PAUSE
                if due is not None:
                    await self._wait(due)
                elif not self.backlog:
                    await self._signs.stop()  # here, because a new view may come meanwhile
        finally:
            await self._signs.stop()

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
            if self.closed or self._told:
                await forget_closed(self._context, self.session)
                self.closed, self._told, self._shut = False, False, _FIRST_CLOSED
        except PlaceClosed as error:
            await self._wait_outside(turn, error)
        except PlaceGone as error:
            await self._give_up(turn, error)
        else:
            return due
        return None

    async def _wait_outside(self, turn: TurnId, error: PlaceClosed) -> None:
        """The place is closed: say so elsewhere, and come back when something is known to have changed, or later."""
        if not self.closed:
            log.warning("place %s is closed; what is to be posted there waits: %s", self.session.place, error)
        self.closed = self._told = True
        await self._signs.stop()
        await tell_closed(self._context, self.session, await self.backlog.whole(turn))
        self.backlog.put_away(turn)
        self._knocked.clear()
        known, until = self._context.poster.standing(self.session), self._context.clock() + self._shut
        self._shut = min(2 * self._shut, _LONGEST_CLOSED)
        while self._context.clock() < until and self._context.poster.standing(self.session) == known:
            with suppress(TimeoutError):
                async with asyncio.timeout(_GLANCE):
                    await self._knocked.wait()
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
            self._homeless = turn  # its prompt may be in another place, and gets its last mark

    async def _write(self, turn: TurnId) -> float | None:
        await self._write_down()
        if self._writing != turn:
            await self._signs.stop()
            posts = await self._context.bus.posts(self.session.id, turn)
            self._posts = {post.slot: post for post in posts}
            self._writing, self._saved, self._edited = turn, None, {}
            self._struck = {}
        await self.backlog.whole(turn)
        if turn != self._homeless:
            await self._open()
        while True:
            view = self.backlog[turn]
            ready, later = self._todo(turn)
            if not ready:
                break
            step: Step | None = first(ready, self._edited, self._context.clock())
            if isinstance(step, Send) and self._must_look(step):
                await self._look(turn, self._nonce(step))
                continue
            priority = Priority.PROGRESS if isinstance(step, Delete) else step.spec.priority
            async with self._context.rate_limiter.turn(request(step, self.session.place), priority):
                if self.backlog[turn] is not view:  # while this waited, the page went on: ask for what it wants now
                    view = self.backlog[turn]
                    step = next((one for one in self._todo(turn)[0] if same(one, step)), None)
                if step is not None:
                    await self._save(view)
                    await self._take(turn, step)
                    self._pause = _FIRST_PAUSE
        marking = await self._mark(turn, view)
        if view.end is not None and later == _NEVER and marking is None and self.backlog[turn] is view:
            await self._complete(turn, view)
            return None
        if view.end is not None and later == _NEVER and self._signs.away:
            self.backlog.postpone(turn)  # the next turn does not wait until the mark can be made
        return self._look_again(view, later if marking is None else min(later, marking))

    async def _open(self) -> None:
        """Make the thread, unless it is known to be there or something was posted in it: one that somebody has deleted
        is not made again."""
        context, session = self._context, self.session
        if not self._opened and not context.poster.is_open(session) and not await context.bus.last_post(session.id):
            place = session.origin.channel or session.place
            async with context.rate_limiter.turn(
                route("POST", f"/channels/{place}/messages/0/threads"), Priority.ANSWER
            ):
                await context.poster.open(session)
        self._opened = True

    def _must_look(self, step: Send) -> bool:
        """Whether a message may be there that the nonce of the next one does not bring to light."""
        if self._doubt is None or step.spec.direct is not None:
            return False
        since, mark = self._doubt
        return mark != self._nonce(step) or self._context.clock() - since > _NONCE_HOLDS

    def _nonce(self, step: Send) -> str:
        """The same for each try to send the same message."""
        slot = step.spec.slot
        called = self._struck.get(slot, slot) if step.old is None else replaced(step.old).slot
        return nonce(self._writing or "", called)

    async def _look(self, turn: TurnId, mark: str) -> None:
        """Find out whether what is to be sent is there already. After the last one that was noted there is at most one
        of the pages' messages; people may have written many."""
        context, session, view = self._context, self.session, self.backlog[turn]
        known = await context.bus.last_post(session.id)
        after: MessageId | None = MessageId(max(known or 0, view.prompt or 0, session.place))
        for _ in range(_LOOKS):
            async with context.rate_limiter.turn(route("GET", f"/channels/{session.place}/messages"), Priority.ANSWER):
                seen, after = await context.poster.look(session.place, after)
            if (there := adopted(seen, self._todo(turn)[0], turn)) is not None:
                log.info("message %s was posted, but not noted, in place %s", there.message, session.place)
                self._doubt = None
                await self._note(turn, there.slot, there.message, there.digest)
                return
            if after is None:
                break
        self._doubt = (context.clock(), mark)  # its nonce has the last word

    def _todo(self, turn: TurnId) -> tuple[list[Step], float]:
        """The steps that may be taken now, and when the first of the others may be."""
        now, place = self._context.clock(), self.session.place
        if turn == self._homeless:
            return [], _NEVER
        page = render(self.backlog[turn], self._display, self._context.owners(), now)
        pace = self._context.rate_limiter.pace(route("PATCH", f"/channels/{place}/messages/0"))
        ready: list[Step] = []
        later = _NEVER
        for step in steps(page, self._posts, now):
            due = not_before(step, self._edited, pace)
            if due <= now:
                ready.append(step)
            else:
                later = min(later, due)
        return ready, later

    async def _mark(self, turn: TurnId, view: TurnView) -> float | None:
        """Bring the reactions about. None: they are as they should be; else when to look again at the latest."""
        if made := self._signs.made():
            done, shown = made
            await self._note(turn, done.slot, done.message, shown)
        later: float | None = None
        for wanted in marks(self.session, view, self._context.clock()):
            there = self._posts.get(wanted.slot)
            shown = ACCEPTED if there is None else there.digest
            if shown in (GONE, wanted.emoji):
                continue
            if wanted.not_before > self._context.clock():
                later = min(later or _NEVER, wanted.not_before)
                continue
            if self._signs.may_begin(wanted):
                both = " ".join(dict.fromkeys((*shown.split(), wanted.emoji)))
                await self._note(turn, wanted.slot, wanted.message, both)  # before: whoever comes after us takes all
                self._signs.begin(wanted, shown.split())  # but one away
            later = min(later or _NEVER, self._signs.due)
        return later

    def _look_again(self, view: TurnView, later: float) -> float:
        """Keep the typing mark up; when the next step, sign or change by the clock alone is due."""
        now = self._context.clock()
        if view.end is None and not view.needs:
            later = min(later, self._signs.typing(self.session.place))
        changes = next_change(view, self._display, now)
        return later if changes is None else min(later, max(changes, now + _GATHER))

    async def _save(self, view: TurnView) -> None:
        """Write down what will be visible in a moment. The rows have every settled block before it is shown to us."""
        if view.end is None and view is not self._saved:
            context = self._context
            await context.bus.preview(context.hub, self.session.id, view.turn, tail_body(view, settled_prefix(view)))
            self._saved = view

    async def _complete(self, turn: TurnId, view: TurnView) -> None:
        await self._context.bus.posted(self._context.hub, self.session.id, turn)
        self.backlog.done(turn, view)

    async def _take(self, turn: TurnId, step: Step) -> None:
        """One request, and its note in the ledger."""
        place, poster = self.session.place, self._context.poster
        match step:
            case Send(spec, old):
                mark = self._nonce(step)
                if old is not None:
                    gone = replaced(old)
                    await self._note(turn, gone.slot, gone.message, gone.digest)
                await self._send(turn, spec, mark)
            case Edit(post, spec):
                await self._edit(turn, post, spec)
            case Delete(post):
                person = reader(post)
                with suppress(MessageGone, ContentRefused):
                    await (
                        poster.delete(place, post.message) if person is None else poster.retract(person, post.message)
                    )
                self._posts.pop(post.slot)
                self._struck[post.slot] = replaced(post).slot  # what is posted there next is another message
                await self._context.bus.forget(self._context.hub, self.session.id, post)

    async def _send(self, turn: TurnId, spec: MessageSpec, mark: str) -> None:
        async def send(form: MessageSpec) -> MessageId:
            poster, place = self._context.poster, self.session.place
            if form.direct is not None:
                return await poster.direct(form.direct, form, mark, self.session.id)
            return await poster.send(place, form, mark, self.session.id)

        doubtful = self._doubt is not None
        self._doubt = self._doubt or (self._context.clock(), mark)  # until Discord has answered
        message = await self._say(spec, send)
        self._doubt = None
        digest = DOUBTFUL if doubtful and spec.direct is None else spec.digest
        if spec.live:
            self._edited[spec.slot] = self._context.clock()
        await self._note(turn, spec.slot, message or _NOWHERE, digest if message else GONE)

    async def _edit(self, turn: TurnId, post: Post, spec: MessageSpec) -> None:
        async def edit(form: MessageSpec) -> MessageId:
            await self._context.poster.edit(self.session.place, post.message, form, self.session.id)
            return post.message

        digest = spec.digest
        try:
            await self._say(spec, edit)
        except MessageGone:
            digest = GONE
        self._edited[spec.slot] = self._context.clock()
        await self._note(turn, spec.slot, post.message, digest)

    async def _say(self, spec: MessageSpec, say: Callable[[MessageSpec], Awaitable[MessageId]]) -> MessageId | None:
        """Make a message show `spec` in the best form that Discord takes; None: it takes none."""
        place = self.session.place
        for form in forms(spec):
            try:
                return await say(form)
            except ContentRefused as error:
                log.warning("Discord refuses a message in place %s: %s", place, error)
            except PlaceClosed as error:
                if not form.uploads and form.direct is None:
                    raise
                log.warning("a message with files, or to a person, is refused in place %s: %s", place, error)
        return None

    async def _note(self, turn: TurnId, slot: str, message: MessageId, digest: str) -> None:
        self._posts[slot] = self._unwritten[slot] = Post(turn, slot, message, digest)
        await self._write_down()

    async def _write_down(self) -> None:
        """Bring the ledger up to what is posted, also what it could not take before."""
        for slot, post in list(self._unwritten.items()):
            await self._context.bus.record(self._context.hub, self.session.id, post)
            del self._unwritten[slot]
