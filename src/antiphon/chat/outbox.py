"""The outbox: one writer a place brings what is posted towards the newest view, and keeps at it.

A failed call leaves "posted" unchanged, so the next round repairs it; text is never lost to a failed send. Turns of a
place are shown one after the other, oldest first. What is about to be shown is saved first, so that a restarted bridge
never shows less than the dead one did.
"""

import asyncio
import logging
from contextlib import suppress

from antiphon.chat.look.render import Spec, nonce, render
from antiphon.chat.page import GONE, Delete, Edit, Send, Step, not_before, steps
from antiphon.chat.poster import MessageGone, PlaceGone, Poster, Unpostable
from antiphon.core.codec import assemble, tail_body
from antiphon.core.ports import Bus, Clock, Lease, Post
from antiphon.core.values import MessageId, PlaceId, Session, TurnId
from antiphon.core.view import TurnView, settled_prefix
from antiphon.errors import ChatError, StoreError

log = logging.getLogger(__name__)

_TYPING_EVERY = 8.0  # seconds; Discord shows the mark for 10
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 30.0  # seconds after a failed call; doubled each time
_NOWHERE = MessageId(0)  # in place of a message that Discord took in no form


class Outbox:
    """Implements the core's Screen. `serve` runs as long as the bridge does."""

    def __init__(self, bus: Bus, hub: Lease, poster: Poster, clock: Clock) -> None:
        self._bus = bus
        self._hub = hub
        self._poster = poster
        self._clock = clock
        self._writers: dict[PlaceId, tuple[_Writer, asyncio.Task[None]]] = {}
        self._given_up: set[TurnId] = set()  # turns at work whose place is gone

    def show(self, session: Session, view: TurnView) -> None:
        """See core.ports.Screen."""
        place = session.place
        if view.turn in self._given_up and view.end is None:
            return  # asking anew at each event would flood Discord with requests that it must refuse
        if place not in self._writers or self._writers[place][1].done():  # one that has left writes no more
            writer = _Writer(session, self._bus, self._hub, self._poster, self._clock, self._given_up)
            task = asyncio.create_task(writer.run(), name=f"outbox {place}")
            task.add_done_callback(lambda done: self._left(place, done))
            self._writers[place] = (writer, task)
        self._writers[place][0].show(view)

    async def recover(self) -> int:
        """Show every turn that an earlier bridge left half posted; returns how many."""
        stories = await self._bus.pending(self._hub)
        for story in stories:
            self.show(story.session, assemble(story))
        return len(stories)

    async def settle(self, limit: float) -> None:
        """Wait until everything that has ended is posted, at most `limit` seconds; then stop writing."""
        if tasks := [task for _, task in self._writers.values()]:
            await asyncio.wait(tasks, timeout=limit)
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)

    def _left(self, place: PlaceId, task: asyncio.Task[None]) -> None:
        if self._writers[place][1] is task:
            del self._writers[place]
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("the outbox of place %s failed; its rows stay for the next start", place, exc_info=error)


class _Writer:
    """The only one who posts in its place. Runs until every page is complete."""

    def __init__(
        self, session: Session, bus: Bus, hub: Lease, poster: Poster, clock: Clock, given_up: set[TurnId]
    ) -> None:
        self._session = session
        self._bus = bus
        self._hub = hub
        self._poster = poster
        self._clock = clock
        self._pages: dict[TurnId, TurnView] = {}  # in the order of their turns
        self._posts: dict[str, Post] = {}  # of the page that is being written
        self._edited: dict[str, float] = {}  # slot → when it was edited last
        self._writing: TurnId | None = None
        self._given_up = given_up
        self._unwritten: dict[str, Post] = {}  # slot → what is posted, but not yet in the ledger
        self._saved: TurnView | None = None
        self._opened = False
        self._typing_due = 0.0
        self._pause = _FIRST_PAUSE
        self._news = asyncio.Event()

    def show(self, view: TurnView) -> None:
        """Take the newest view of a turn."""
        self._pages[view.turn] = view
        self._news.set()

    async def run(self) -> None:
        """Write until there is nothing left to say."""
        while self._pages:
            turn = next(iter(self._pages))
            self._news.clear()
            try:
                due = await self._round(turn)
            except (ChatError, StoreError) as error:
                log.warning("place %s is behind, next try in %.1f s: %s", self._session.place, self._pause, error)
                await asyncio.sleep(self._pause)
                self._pause = min(2 * self._pause, _LONGEST_PAUSE)
                continue
            self._pause = _FIRST_PAUSE
            if due is not None:
                with suppress(TimeoutError):
                    async with asyncio.timeout(max(0.0, due - self._clock())):
                        await self._news.wait()

    async def _round(self, turn: TurnId) -> float | None:
        """Take every step that is due now. Returns when to look again at the latest, None for at once."""
        view = self._pages[turn]
        try:
            return await self._write(turn, view)
        except PlaceGone as error:
            log.warning("place %s is gone, its posts are given up: %s", self._session.place, error)
            await self._complete(turn)
        if view.end is None:
            self._given_up.add(turn)
        else:
            self._given_up.discard(turn)
        return None

    async def _write(self, turn: TurnId, view: TurnView) -> float | None:
        await self._write_down()
        if self._writing != turn:
            self._posts = {post.slot: post for post in await self._bus.posts(self._session.id, turn)}
            self._writing, self._saved, self._edited = turn, None, {}
        if not self._opened:
            await self._poster.open(self._session)
            self._opened = True
        now = self._clock()
        todo = steps(render(view), self._posts)
        ready = [step for step in todo if not_before(step, self._edited) <= now]
        if ready:
            await self._save(view)
        for step in ready:
            await self._take(turn, step)
        if view.end is not None and len(ready) == len(todo):
            if self._pages[turn] is view:
                await self._complete(turn)
            return None
        return await self._live(now, [step for step in todo if step not in ready])

    async def _live(self, now: float, later: list[Step]) -> float:
        """Keep the typing mark up; say when the next step or the next mark is due."""
        if now >= self._typing_due:
            await self._poster.typing(self._session.place)
            self._typing_due = now + _TYPING_EVERY
        return min([self._typing_due, *(not_before(step, self._edited) for step in later)])

    async def _save(self, view: TurnView) -> None:
        """Write down what will be visible in a moment. The rows have every settled block before it is shown to us."""
        if view.end is None and view is not self._saved:
            await self._bus.preview(self._hub, self._session.id, view.turn, tail_body(view, settled_prefix(view)))
            self._saved = view

    async def _complete(self, turn: TurnId) -> None:
        await self._bus.posted(self._hub, self._session.id, turn)
        self._pages.pop(turn, None)

    async def _take(self, turn: TurnId, step: Step) -> None:
        """One request, and its note in the ledger."""
        place = self._session.place
        match step:
            case Send(spec):
                try:
                    message, digest = await self._send(turn, spec), spec.digest
                except Unpostable as error:
                    log.warning("Discord takes a message in place %s in no form, it is left out: %s", place, error)
                    message, digest = _NOWHERE, GONE
                await self._note(turn, spec.slot, message, digest)
            case Edit(post, spec):
                digest = spec.digest
                try:
                    await self._poster.edit(place, post.message, spec.content)
                except MessageGone:
                    digest = GONE
                except Unpostable as error:
                    log.warning("Discord refuses an edit in place %s: %s", place, error)
                self._edited[spec.slot] = self._clock()
                await self._note(turn, spec.slot, post.message, digest)
            case Delete(post):
                with suppress(MessageGone):
                    await self._poster.delete(place, post.message)
                self._posts.pop(post.slot)
                await self._bus.forget(self._hub, self._session.id, post)

    async def _send(self, turn: TurnId, spec: Spec) -> MessageId:
        mark = nonce(turn, spec.slot)
        try:
            return await self._poster.send(self._session.place, spec.content, mark)
        except Unpostable as error:
            log.warning("Discord refuses a message in place %s, it goes as a file: %s", self._session.place, error)
            return await self._poster.attach(self._session.place, spec.content, mark)

    async def _note(self, turn: TurnId, slot: str, message: MessageId, digest: str) -> None:
        self._posts[slot] = self._unwritten[slot] = Post(turn, slot, message, digest)
        await self._write_down()

    async def _write_down(self) -> None:
        """Bring the ledger up to what is posted, also what it could not take before."""
        for slot, post in list(self._unwritten.items()):
            await self._bus.record(self._hub, self._session.id, post)
            del self._unwritten[slot]
