"""The outbox: one writer a place brings what is posted towards the newest view, and keeps at it.

A failed call leaves "posted" unchanged, so the next round repairs it; text is never lost to a failed send. Turns of a
place are shown one after the other, oldest first. Every request waits for its turn at the scheduler first and is made
from the view that is the newest then. What is about to be shown is saved before, so that a restarted bridge never
shows less than the dead one did.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace

from antiphon.chat.look.chunks import LIMIT, split
from antiphon.chat.look.marks import mark
from antiphon.chat.look.render import next_change, nonce, render
from antiphon.chat.look.spec import DIRECT, Rank, Spec, TextUpload
from antiphon.chat.page import GONE, MARK, Delete, Edit, Send, Step, first, not_before, replaced, steps
from antiphon.chat.poster import MessageGone, PlaceGone, Poster, Unpostable
from antiphon.chat.scheduler import Route, Scheduler, route
from antiphon.chat.signs import ACCEPTED, Signs
from antiphon.core.codec import assemble, tail_body
from antiphon.core.ports import Bus, Clock, Lease, Post
from antiphon.core.values import Display, MessageId, PersonId, PlaceId, Project, Session, TurnId
from antiphon.core.view import TurnView, settled_prefix
from antiphon.errors import ChatError, StoreError

log = logging.getLogger(__name__)

_GATHER = 0.1  # seconds in which what Claude writes is gathered before the page is looked at again
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 30.0  # seconds after a failed call; doubled each time
_NEVER = float("inf")
_ROOM = 300  # characters of a message beside the beginning of a file
_NOWHERE = MessageId(0)  # in place of a message that Discord took in no form


@dataclass(frozen=True, slots=True)
class Desk:
    """What every writer works with. `owners`: of the bot's application."""

    bus: Bus
    hub: Lease
    poster: Poster
    scheduler: Scheduler
    clock: Clock
    owners: Callable[[], frozenset[PersonId]]


class Outbox:
    """Implements the core's Screen. `serve` runs as long as the bridge does."""

    def __init__(self, desk: Desk, projects: Mapping[str, Project]) -> None:
        self._desk = desk
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
            writer = _Writer(session, display, self._desk, self._given_up)
            task = asyncio.create_task(writer.run(), name=f"outbox {place}")
            task.add_done_callback(lambda done: self._left(place, done))
            self._writers[place] = (writer, task)
        self._writers[place][0].show(view)

    async def recover(self) -> int:
        """Show every turn that an earlier bridge left half posted; returns how many."""
        stories = await self._desk.bus.pending(self._desk.hub)
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

    def __init__(self, session: Session, display: Display, desk: Desk, given_up: set[TurnId]) -> None:
        self._session = session
        self._display = display
        self._desk = desk
        self._pages: dict[TurnId, TurnView] = {}  # in the order of their turns
        self._posts: dict[str, Post] = {}  # of the page that is being written
        self._edited: dict[str, float] = {}  # slot → when it was edited last
        self._writing: TurnId | None = None
        self._given_up = given_up
        self._unwritten: dict[str, Post] = {}  # slot → what is posted, but not yet in the ledger
        self._saved: TurnView | None = None
        self._opened = False
        self._pause = _FIRST_PAUSE
        self._news = asyncio.Event()
        self._urgent = asyncio.Event()
        self._signs = Signs(desk.poster, desk.scheduler, desk.clock, self._news)

    def show(self, view: TurnView) -> None:
        """Take the newest view of a turn."""
        before = self._pages.get(view.turn)
        self._pages[view.turn] = view
        self._news.set()
        if view.end is not None or before is None or len(view.needs) != len(before.needs):
            self._urgent.set()

    async def run(self) -> None:
        """Write until there is nothing left to say."""
        try:
            while self._pages:
                turn = next(iter(self._pages))
                self._news.clear()
                self._urgent.clear()
                try:
                    due = await self._round(turn)
                except (ChatError, StoreError) as error:
                    log.warning("place %s is behind, next try in %.1f s: %s", self._session.place, self._pause, error)
                    await asyncio.sleep(self._pause)
                    self._pause = min(2 * self._pause, _LONGEST_PAUSE)
                    continue
                self._pause = _FIRST_PAUSE
                if due is not None:
                    await self._wait(due)
        finally:
            await self._signs.stop()

    async def _wait(self, due: float) -> None:
        """Until there is something new to say, what is said in quick succession gathered; `due` at the latest."""
        with suppress(TimeoutError):
            async with asyncio.timeout(max(0.0, due - self._desk.clock())):
                await self._news.wait()
                with suppress(TimeoutError):
                    async with asyncio.timeout(_GATHER):
                        await self._urgent.wait()

    async def _round(self, turn: TurnId) -> float | None:
        """Take every step that is due now. Returns when to look again at the latest, None for at once."""
        try:
            return await self._write(turn)
        except PlaceGone as error:
            log.warning("place %s is gone, its posts are given up: %s", self._session.place, error)
            view = self._pages[turn]
            await self._complete(turn)
        if view.end is None:
            self._given_up.add(turn)
        else:
            self._given_up.discard(turn)
        return None

    async def _write(self, turn: TurnId) -> float | None:
        await self._write_down()
        if self._writing != turn:
            await self._signs.stop()
            posts = await self._desk.bus.posts(self._session.id, turn)
            self._posts = {post.slot: post for post in posts}
            self._writing, self._saved, self._edited = turn, None, {}
        if not self._opened:
            place = self._session.origin.channel or self._session.place
            async with self._desk.scheduler.turn(route("POST", f"/channels/{place}/messages/0/threads"), Rank.ANSWER):
                await self._desk.poster.open(self._session)
            self._opened = True
        while True:
            view = self._pages[turn]
            ready, later = self._todo(turn)
            if not ready:
                break
            step: Step | None = first(ready, self._edited, self._desk.clock())
            rank = Rank.PROGRESS if isinstance(step, Delete) else step.spec.rank
            async with self._desk.scheduler.turn(self._route(step), rank):
                if self._pages[turn] is not view:  # while this waited, the page went on: ask for what it wants now
                    view = self._pages[turn]
                    step = next((one for one in self._todo(turn)[0] if _same(one, step)), None)
                if step is not None:
                    await self._save(view)
                    await self._take(turn, step)
        marked = await self._mark(turn, view)
        if view.end is not None and later == _NEVER and marked and self._pages[turn] is view:
            await self._complete(turn)
            return None
        return self._look_again(view, later if marked else min(later, self._signs.due))

    def _todo(self, turn: TurnId) -> tuple[list[Step], float]:
        """The steps that may be taken now, and when the first of the others may be."""
        now, place = self._desk.clock(), self._session.place
        page = render(self._pages[turn], self._display, self._desk.owners(), now)
        pace = self._desk.scheduler.pace(route("PATCH", f"/channels/{place}/messages/0"))
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
        path = f"/channels/{self._session.place}/messages"
        match step:
            case Send(spec) if spec.direct is not None:
                return route("POST", f"/channels/{spec.direct}/messages")
            case Send():
                return route("POST", path)
            case Edit(post):
                return route("PATCH", f"{path}/{post.message}")
            case Delete(post):
                return route("DELETE", f"{path}/{post.message}")

    async def _mark(self, turn: TurnId, view: TurnView) -> bool:
        """Bring the reaction on the prompt about. True: it is as it should be."""
        if view.prompt is None:
            return True
        origin = self._session.origin
        where = origin.channel if origin.channel is not None and view.prompt == origin.message else self._session.place
        there = self._posts.get(MARK)
        shown = ACCEPTED if there is None else there.digest
        wanted = mark(view, self._desk.clock())
        if shown in (GONE, wanted):
            return True
        final = view.end is not None
        if now_shown := self._signs.bring(where, view.prompt, (shown, wanted), final):
            await self._note(turn, MARK, view.prompt, now_shown)
            if now_shown in (GONE, wanted):
                return True
            self._signs.bring(where, view.prompt, (now_shown, wanted), final)  # it was wanted while that was made
        return False

    def _look_again(self, view: TurnView, later: float) -> float:
        """Keep the typing mark up; when the next step, sign or change by the clock alone is due."""
        now = self._desk.clock()
        if view.end is None and not view.needs:
            later = min(later, self._signs.typing(self._session.place))
        changes = next_change(view, self._display, now)
        return later if changes is None else min(later, max(changes, now + _GATHER))

    async def _save(self, view: TurnView) -> None:
        """Write down what will be visible in a moment. The rows have every settled block before it is shown to us."""
        if view.end is None and view is not self._saved:
            desk = self._desk
            await desk.bus.preview(desk.hub, self._session.id, view.turn, tail_body(view, settled_prefix(view)))
            self._saved = view

    async def _complete(self, turn: TurnId) -> None:
        await self._desk.bus.posted(self._desk.hub, self._session.id, turn)
        self._pages.pop(turn, None)

    async def _take(self, turn: TurnId, step: Step) -> None:
        """One request, and its note in the ledger."""
        place, poster = self._session.place, self._desk.poster
        match step:
            case Send(spec, old):
                if old is not None:
                    gone = replaced(old)
                    await self._note(turn, gone.slot, gone.message, gone.digest)
                await self._send(turn, spec, nonce(turn, spec.slot if old is None else replaced(old).slot))
            case Edit(post, spec):
                digest = spec.digest
                try:
                    await poster.edit(place, post.message, spec)
                except MessageGone:
                    digest = GONE
                except Unpostable as error:
                    log.warning("Discord refuses an edit in place %s: %s", place, error)
                self._edited[spec.slot] = self._desk.clock()
                await self._note(turn, spec.slot, post.message, digest)
            case Delete(post):
                person = _person(post)
                with suppress(MessageGone):
                    await (
                        poster.delete(place, post.message) if person is None else poster.retract(person, post.message)
                    )
                self._posts.pop(post.slot)
                await self._desk.bus.forget(self._desk.hub, self._session.id, post)

    async def _send(self, turn: TurnId, spec: Spec, mark: str) -> None:
        """Post a message in the best form that Discord takes."""
        place, message, digest = self._session.place, _NOWHERE, GONE
        for form in _forms(spec):
            try:
                message, digest = await form(self._desk.poster, place, mark), spec.digest
                break
            except Unpostable as error:
                log.warning("Discord refuses a message in place %s: %s", place, error)
            except PlaceGone as error:
                if not spec.uploads and spec.direct is None:
                    raise
                log.warning("a message with files, or to a person, is refused in place %s: %s", place, error)
        if spec.live:
            self._edited[spec.slot] = self._desk.clock()
        await self._note(turn, spec.slot, message, digest)

    async def _note(self, turn: TurnId, slot: str, message: MessageId, digest: str) -> None:
        self._posts[slot] = self._unwritten[slot] = Post(turn, slot, message, digest)
        await self._write_down()

    async def _write_down(self) -> None:
        """Bring the ledger up to what is posted, also what it could not take before."""
        for slot, post in list(self._unwritten.items()):
            await self._desk.bus.record(self._desk.hub, self._session.id, post)
            del self._unwritten[slot]


Form = Callable[[Poster, PlaceId, str], Awaitable[MessageId]]


def _forms(spec: Spec) -> Iterator[Form]:
    """The ways to say it, best first."""
    if spec.direct is not None:
        person = spec.direct
        yield lambda poster, _, mark: poster.direct(person, spec, mark)
        return
    yield lambda poster, place, mark: poster.send(place, spec, mark)
    if spec.uploads:
        bare = _without_files(spec)
        yield lambda poster, place, mark: poster.send(place, bare, mark)
    yield lambda poster, place, mark: poster.attach(place, spec, mark)


def _without_files(spec: Spec) -> Spec:
    """What is left of a message in a place that takes no files: its words, and the beginning of those in its files."""
    names = ", ".join(upload.name for upload in spec.uploads)
    lines = [spec.content, f"-# ⚠️ Discord does not take {names} here."]
    texts = [upload.text for upload in spec.uploads if isinstance(upload, TextUpload)]
    if texts and len(spec.content) < _ROOM:
        lines.append(split(f"```\n{texts[0]}\n```", LIMIT - _ROOM)[0])
    return replace(spec, content="\n".join(line for line in lines if line)[:LIMIT], uploads=())


def _person(post: Post) -> PersonId | None:
    """Whose direct message a post is, if it is one."""
    person = post.slot.partition(DIRECT)[2]
    return PersonId(int(person)) if person else None


def _same(one: Step, other: Step) -> bool:
    """Whether both do the same kind of thing to the same message."""
    return type(one) is type(other) and _slot(one) == _slot(other)


def _slot(step: Step) -> str:
    return step.post.slot if isinstance(step, Delete) else step.spec.slot
