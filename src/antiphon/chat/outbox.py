"""The outbox: one writer a place brings what is posted towards the newest view, and keeps at it.

A failed call leaves "posted" unchanged, so the next round repairs it; text is never lost to a failed send. Turns of a
place are shown one after the other, oldest first. Every request waits for its turn at the scheduler first and is made
from the view that is the newest then. What is about to be shown is saved before, so that a restarted bridge never
shows less than the dead one did.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass

from antiphon.chat.look.lines import made_at
from antiphon.chat.look.marks import mark, mark_taken_in
from antiphon.chat.look.render import next_change, nonce, render
from antiphon.chat.look.spec import DIRECT, Rank, Spec
from antiphon.chat.page import GONE, MARK, Delete, Edit, Send, Step, first, forms, not_before, replaced, steps
from antiphon.chat.poster import MessageGone, PlaceGone, Poster, Unpostable
from antiphon.chat.scheduler import Route, Scheduler, route
from antiphon.chat.signs import ACCEPTED, Mark, Signs
from antiphon.core.blocks import SteerBlock
from antiphon.core.codec import assemble, tail_body
from antiphon.core.ports import Bus, Clock
from antiphon.core.rows import Lease, Post
from antiphon.core.values import Display, MessageId, PersonId, PlaceId, Project, Session, TurnId
from antiphon.core.view import TurnView, settled_prefix
from antiphon.errors import ChatError, StoreError

log = logging.getLogger(__name__)

_GATHER = 0.1  # seconds in which what Claude writes is gathered before the page is looked at again
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 30.0  # seconds after a failed call; doubled each time
_ACCEPTING = 1.0  # seconds after which a message has its 👀: a mark that came before would get company
_LOOK = 0.02  # seconds between two looks whether everything is posted
_NEVER = float("inf")
_NOWHERE = MessageId(0)  # in place of a message that Discord took in no form
_DOUBTFUL = ""  # the digest of a message that may show the words of an earlier try


@dataclass(frozen=True, slots=True)
class Means:
    """What every writer works with. `owners`: of the bot's application."""

    bus: Bus
    hub: Lease
    poster: Poster
    scheduler: Scheduler
    clock: Clock
    owners: Callable[[], frozenset[PersonId]]


class Outbox:
    """Implements the core's Screen: a writer for each place in which there is something to say."""

    def __init__(self, means: Means, projects: Mapping[str, Project]) -> None:
        self._means = means
        self._projects = projects
        self._writers: dict[PlaceId, tuple[_Writer, asyncio.Task[None]]] = {}
        self._given_up: set[TurnId] = set()  # turns at work whose place is gone

    def show(self, session: Session, view: TurnView) -> None:
        """See core.ports.Screen."""
        place = session.place
        if view.turn in self._given_up and view.end is None:
            return  # asking anew at each event would flood Discord with requests that it must refuse
        if place not in self._writers or self._writers[place][1].done():  # one that has left writes no more
            project = self._projects.get(session.project)
            display = project.display if project is not None else Display()
            writer = _Writer(session, display, self._means, self._given_up)
            task = asyncio.create_task(writer.run(), name=f"outbox {place}")
            task.add_done_callback(lambda done: self._left(writer, done))
            self._writers[place] = (writer, task)
        self._writers[place][0].show(view)

    async def recover(self) -> int:
        """Show every turn that an earlier bridge left half posted; returns how many."""
        stories = await self._means.bus.pending(self._means.hub)
        for story in stories:
            self.show(story.session, assemble(story))
            self._writers[story.session.place][0].doubt()  # the bridge may have been killed between post and ledger
        return len(stories)

    async def settle(self, limit: float) -> None:
        """Wait until everything that has ended is posted, at most `limit` seconds; then stop writing. A turn that waits
        for a person has no end to be posted."""
        with suppress(TimeoutError):
            async with asyncio.timeout(limit):
                while any(view.end for writer, _ in self._writers.values() for view in writer.pages.values()):  # noqa: ASYNC110
                    await asyncio.sleep(_LOOK)
        if tasks := [task for _, task in self._writers.values()]:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)

    def _left(self, writer: "_Writer", task: asyncio.Task[None]) -> None:
        place = writer.session.place
        if self._writers[place][1] is task:
            del self._writers[place]
        if task.cancelled() or (error := task.exception()) is None:
            return
        log.error("a turn in place %s cannot be shown; its rows stay for the next start", place, exc_info=error)
        failed, *others = writer.pages.values()
        if failed.end is None:
            self._given_up.add(failed.turn)  # until its end: that may be shown
        for view in others:
            self.show(writer.session, view)


class _Writer:
    """The only one who posts in its place. Runs until every page is complete."""

    def __init__(self, session: Session, display: Display, means: Means, given_up: set[TurnId]) -> None:
        self.session = session
        self.pages: dict[TurnId, TurnView] = {}  # in the order of their turns
        self._display = display
        self._means = means
        self._posts: dict[str, Post] = {}  # of the page that is being written
        self._edited: dict[str, float] = {}  # slot → when it was edited last
        self._writing: TurnId | None = None
        self._given_up = given_up
        self._unwritten: dict[str, Post] = {}  # slot → what is posted, but not yet in the ledger
        self._saved: TurnView | None = None
        self._opened = False
        self._doubt = False  # whether what is sent next may have been posted before, with other words
        self._struck: dict[str, str] = {}  # slot → how the message was called that was deleted from it
        self._pause = _FIRST_PAUSE
        self._news = asyncio.Event()
        self._urgent = asyncio.Event()
        self._signs = Signs(means.poster, means.scheduler, means.clock, self._news)

    def show(self, view: TurnView) -> None:
        """Take the newest view of a turn."""
        before = self.pages.get(view.turn)
        self.pages[view.turn] = view
        self._news.set()
        if view.end is not None or before is None or len(view.needs) != len(before.needs):
            self._urgent.set()

    def doubt(self) -> None:
        """What is sent next may have been posted before: Discord keeps the first words of a nonce."""
        self._doubt = True

    async def run(self) -> None:
        """Write until there is nothing left to say."""
        try:
            while self.pages:
                turn = next(iter(self.pages))
                self._news.clear()
                self._urgent.clear()
                try:
                    due = await self._round(turn)
                except (ChatError, StoreError) as error:
                    log.warning("place %s is behind, next try in %.1f s: %s", self.session.place, self._pause, error)
                    await asyncio.sleep(self._pause)
                    self._pause = min(2 * self._pause, _LONGEST_PAUSE)
                    continue
                self._pause = _FIRST_PAUSE
                if due is not None:
                    await self._wait(due)
                elif not self.pages:
                    await self._signs.stop()  # here, because a new view may come meanwhile
        finally:
            await self._signs.stop()

    async def _wait(self, due: float) -> None:
        """Until there is something new to say, what is said in quick succession gathered; `due` at the latest."""
        with suppress(TimeoutError):
            async with asyncio.timeout(max(0.0, due - self._means.clock())):
                await self._news.wait()
                with suppress(TimeoutError):
                    async with asyncio.timeout(_GATHER):
                        await self._urgent.wait()

    async def _round(self, turn: TurnId) -> float | None:
        """Take every step that is due now. Returns when to look again at the latest, None for at once."""
        try:
            return await self._write(turn)
        except PlaceGone as error:
            log.warning("place %s is gone, its posts are given up: %s", self.session.place, error)
            view = self.pages[turn]
            if view.end is None:
                self._given_up.add(turn)
            else:
                self._given_up.discard(turn)
            await self._complete(turn, view)
        return None

    async def _write(self, turn: TurnId) -> float | None:
        await self._write_down()
        if self._writing != turn:
            await self._signs.stop()
            posts = await self._means.bus.posts(self.session.id, turn)
            self._posts = {post.slot: post for post in posts}
            self._writing, self._saved, self._edited = turn, None, {}
            self._struck = {}
        if not self._opened and not self._means.poster.is_open(self.session):
            place = self.session.origin.channel or self.session.place
            async with self._means.scheduler.turn(route("POST", f"/channels/{place}/messages/0/threads"), Rank.ANSWER):
                await self._means.poster.open(self.session)
        self._opened = True
        while True:
            view = self.pages[turn]
            ready, later = self._todo(turn)
            if not ready:
                break
            step: Step | None = first(ready, self._edited, self._means.clock())
            rank = Rank.PROGRESS if isinstance(step, Delete) else step.spec.rank
            async with self._means.scheduler.turn(self._route(step), rank):
                if self.pages[turn] is not view:  # while this waited, the page went on: ask for what it wants now
                    view = self.pages[turn]
                    step = next((one for one in self._todo(turn)[0] if _same(one, step)), None)
                if step is not None:
                    await self._save(view)
                    await self._take(turn, step)
        marking = await self._mark(turn, view)
        if view.end is not None and later == _NEVER and marking is None and self.pages[turn] is view:
            await self._complete(turn, view)
            return None
        if view.end is not None and later == _NEVER and self._signs.away:
            self.pages[turn] = self.pages.pop(turn)  # the next turn does not wait until the mark can be made
        return self._look_again(view, later if marking is None else min(later, marking))

    def _todo(self, turn: TurnId) -> tuple[list[Step], float]:
        """The steps that may be taken now, and when the first of the others may be."""
        now, place = self._means.clock(), self.session.place
        page = render(self.pages[turn], self._display, self._means.owners(), now)
        pace = self._means.scheduler.pace(route("PATCH", f"/channels/{place}/messages/0"))
        ready: list[Step] = []
        later = _NEVER
        for step in steps(page, self._posts, now):
            due = not_before(step, self._edited, pace)
            if due <= now:
                ready.append(step)
            else:
                later = min(later, due)
        return ready, later

    def _route(self, step: Step) -> Route:
        path = f"/channels/{self.session.place}/messages"
        match step:
            case Send(spec) if spec.direct is not None:
                return route("POST", f"/channels/{spec.direct}/messages")
            case Send():
                return route("POST", path)
            case Edit(post):
                return route("PATCH", f"{path}/{post.message}")
            case Delete(post):
                return route("DELETE", f"{path}/{post.message}")

    async def _mark(self, turn: TurnId, view: TurnView) -> float | None:
        """Bring the reactions about. None: they are as they should be; else when to look again at the latest."""
        if made := self._signs.made():
            done, shown = made
            await self._note(turn, done.slot, done.message, shown)
        later: float | None = None
        for wanted in self._marks(view):
            there = self._posts.get(wanted.slot)
            shown = ACCEPTED if there is None else there.digest
            if shown in (GONE, wanted.emoji):
                continue
            if wanted.not_before > self._means.clock():
                later = min(later or _NEVER, wanted.not_before)
                continue
            if self._signs.may_begin(wanted):
                both = " ".join(dict.fromkeys((*shown.split(), wanted.emoji)))
                await self._note(turn, wanted.slot, wanted.message, both)  # before: whoever comes after us takes all
                self._signs.begin(wanted, shown.split())  # but one away
            later = min(later or _NEVER, self._signs.due)
        return later

    def _marks(self, view: TurnView) -> list[Mark]:
        """What people said, and how it should be marked; the prompt last, because its final mark says that all is
        done."""
        place, origin = self.session.place, self.session.origin
        fate = mark_taken_in(view)
        taken = [block.message for block in view.blocks if isinstance(block, SteerBlock) and block.message is not None]
        marks = [
            Mark(f"{MARK}:{message}", place, message, fate, final=True, not_before=made_at(message) + _ACCEPTING)
            for message in taken
        ]
        if view.prompt is not None:
            where = origin.channel if origin.channel is not None and view.prompt == origin.message else place
            emoji = mark(view, self._means.clock())
            marks.append(Mark(MARK, where, view.prompt, emoji, final=view.end is not None))
        return marks

    def _look_again(self, view: TurnView, later: float) -> float:
        """Keep the typing mark up; when the next step, sign or change by the clock alone is due."""
        now = self._means.clock()
        if view.end is None and not view.needs:
            later = min(later, self._signs.typing(self.session.place))
        changes = next_change(view, self._display, now)
        return later if changes is None else min(later, max(changes, now + _GATHER))

    async def _save(self, view: TurnView) -> None:
        """Write down what will be visible in a moment. The rows have every settled block before it is shown to us."""
        if view.end is None and view is not self._saved:
            means = self._means
            await means.bus.preview(means.hub, self.session.id, view.turn, tail_body(view, settled_prefix(view)))
            self._saved = view

    async def _complete(self, turn: TurnId, view: TurnView) -> None:
        await self._means.bus.posted(self._means.hub, self.session.id, turn)
        if self.pages[turn] is view:  # else something new came meanwhile
            del self.pages[turn]

    async def _take(self, turn: TurnId, step: Step) -> None:
        """One request, and its note in the ledger."""
        place, poster = self.session.place, self._means.poster
        match step:
            case Send(spec, old):
                called = self._struck.get(spec.slot, spec.slot)
                if old is not None:
                    gone = replaced(old)
                    called = gone.slot
                    await self._note(turn, gone.slot, gone.message, gone.digest)
                await self._send(turn, spec, nonce(turn, called))
            case Edit(post, spec):
                await self._edit(turn, post, spec)
            case Delete(post):
                person = _person(post)
                with suppress(MessageGone, Unpostable):
                    await (
                        poster.delete(place, post.message) if person is None else poster.retract(person, post.message)
                    )
                self._posts.pop(post.slot)
                self._struck[post.slot] = replaced(post).slot  # what is posted there next is another message
                await self._means.bus.forget(self._means.hub, self.session.id, post)

    async def _send(self, turn: TurnId, spec: Spec, mark: str) -> None:
        async def send(form: Spec) -> MessageId:
            poster, place = self._means.poster, self.session.place
            if form.direct is not None:
                return await poster.direct(form.direct, form, mark)
            return await poster.send(place, form, mark)

        doubtful, self._doubt = self._doubt, True  # until Discord has answered
        message = await self._say(spec, send)
        self._doubt = False
        digest = _DOUBTFUL if doubtful and spec.direct is None else spec.digest
        if spec.live:
            self._edited[spec.slot] = self._means.clock()
        await self._note(turn, spec.slot, message or _NOWHERE, digest if message else GONE)

    async def _edit(self, turn: TurnId, post: Post, spec: Spec) -> None:
        async def edit(form: Spec) -> MessageId:
            await self._means.poster.edit(self.session.place, post.message, form)
            return post.message

        digest = spec.digest
        try:
            await self._say(spec, edit)
        except MessageGone:
            digest = GONE
        self._edited[spec.slot] = self._means.clock()
        await self._note(turn, spec.slot, post.message, digest)

    async def _say(self, spec: Spec, request: Callable[[Spec], Awaitable[MessageId]]) -> MessageId | None:
        """Make a message show `spec` in the best form that Discord takes; None: it takes none."""
        place = self.session.place
        for form in forms(spec):
            try:
                return await request(form)
            except Unpostable as error:
                log.warning("Discord refuses a message in place %s: %s", place, error)
            except PlaceGone as error:
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
            await self._means.bus.record(self._means.hub, self.session.id, post)
            del self._unwritten[slot]


def _person(post: Post) -> PersonId | None:
    """Whose direct message a post is, if it is one."""
    person = post.slot.partition(DIRECT)[2]
    return PersonId(int(person)) if person else None


def _same(one: Step, other: Step) -> bool:
    """Whether both do the same kind of thing to the same message."""
    return type(one) is type(other) and _slot(one) == _slot(other)


def _slot(step: Step) -> str:
    return step.post.slot if isinstance(step, Delete) else step.spec.slot
