"""Which conversations are live: the only creator of them, and the loop that feeds them from the bus.

A session has at most one conversation, so at most one Claude Code process.
"""

import asyncio
import logging
from dataclasses import replace

from antiphon.core import wording
from antiphon.core.blocks import End, NoteBlock
from antiphon.core.machine.effects import Attended, Inbound, Park, ProjectChanged, RulesRemoved, Suspended
from antiphon.core.machine.limits import Limits
from antiphon.core.permission_requests import without_process
from antiphon.core.projects import Projects, in_session
from antiphon.core.records import ClaimedEntry, ClaimedRequest, Closing, Room, StoredTurn, prompt_in
from antiphon.core.requests import RemoveRules, Reply, RequestFailed, SessionRequest
from antiphon.core.runtime import capacity
from antiphon.core.runtime.capacity import Capacity
from antiphon.core.runtime.conversation import Conversation, Ports
from antiphon.core.stored_turn import assemble, rows_of, written
from antiphon.core.values import (
    Close,
    Project,
    Prompt,
    Session,
    SessionId,
)
from antiphon.core.view import TurnView, fold
from antiphon.errors import AgentError, with_id

log = logging.getLogger(__name__)

_LOOK_AGAIN = 5.0  # seconds between looks at the inbox when no bell rings
_LOOK_IF_DONE = 0.05  # seconds between two looks whether a turn is still at work


class Switchboard:
    """Turns inbox rows, and requests, into values in mailboxes."""

    def __init__(self, projects: Projects, ports: Ports, limits: Limits, most: Capacity) -> None:
        """`most`: what goes on at once; further prompts wait in the inbox, in order."""
        self._projects = projects
        self._ports = ports
        self._limits = limits
        self._most = most
        self._place_left = asyncio.Event()
        self._attending = asyncio.Lock()
        self._attended: set[SessionId] = set()  # of those that live, whose terminals are heard
        self._live: dict[SessionId, tuple[Conversation, asyncio.Task[None]]] = {}
        self._looking: set[asyncio.Task[None]] = set()
        self._draining = False
        projects.watch(self._projects_changed)

    async def serve(self) -> None:
        """Claim and deliver until cancelled. Cancelling ends every conversation: running turns are shown as
        interrupted and no process is left behind (at most `limits.stop` and the process's own time to close)."""
        try:
            while True:
                await self._claim()
                await self._news()
        finally:
            await self.close()

    def _projects_changed(self) -> None:
        """Sessions have their project as it is now."""
        for live, _ in self._live.values():
            project = self._projects.named(live.state.session.project)
            if project != live.state.project:
                live.post(ProjectChanged(project))

    async def attend(self, session: Session) -> None:
        """Hear what Claude does in the terminal in which a person has the session open. Called again, it changes
        nothing but what is known of that terminal."""
        project, terminal = self._projects.named(session.project), session.terminal
        if project is None or terminal is None:
            return
        async with self._attending:
            if session.id not in self._attended:
                left = await self._ports.bus.unfinished(self._ports.lease, session.id)
                live = self._conversation(left.session, project, left.next_seq)
                self._attended.add(session.id)
                if left.turn is not None:
                    live.post(_suspended(None, left.turn, self._ports.clock()))
            else:
                live = self._live[session.id][0]
            live.post(Attended(terminal))

    @property
    def at_work(self) -> int:
        """In how many sessions of ours a turn runs that does not wait for a person, or something in the background."""
        states = [one.state for one, _ in self._live.values()]
        return sum(one.at_work or one.jobs_at_work for one in states if not one.in_terminal)

    async def drain(self) -> None:
        """Begin no turn any more, and return when none runs. What is said meanwhile waits for the next start, but for
        what belongs to the turns that run."""
        self._draining = True
        while self.at_work:  # noqa: ASYNC110 - a turn ends once, and has many ways to
            await asyncio.sleep(_LOOK_IF_DONE)

    async def _news(self) -> None:
        """Wait until there is something in the inbox, or a place for what waits there."""
        bell = asyncio.create_task(self._ports.bus.wait("inbox", _LOOK_AGAIN), name="inbox bell")
        place = asyncio.create_task(self._place_left.wait(), name="place left")
        try:
            await asyncio.wait({bell, place}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            bell.cancel()
            place.cancel()
            await asyncio.wait({bell, place})
        self._place_left.clear()

    async def _claim(self) -> None:
        live = [conversation for conversation, _ in self._live.values()]
        known = frozenset(n for one in live for n in one.rows)
        room = Room(0) if self._draining else capacity.room(self._most, [one.load for one in live])
        try:
            for item in await self._ports.bus.claim(self._ports.lease, known, room):
                project = self._projects.named(item.session.project)
                if project is None:
                    await self._refuse(item)
                else:
                    self._conversation(item.session, project, item.next_seq).post(_value(item, self._ports.clock()))
            for asked in await self._ports.bus.asked(self._ports.lease):
                self._look(asked)
        except self._ports.bus.transient as error:  # what is in nobody's hands yet is claimed again
            log.debug("the inbox waits for the database: %s", error)
        live = [conversation for conversation, _ in self._live.values()]
        for n in capacity.to_park(self._most, [one.load for one in live]):
            live[n].post(Park())

    def _look(self, asked: ClaimedRequest) -> None:
        """Answer a request: a live one in its session's conversation, every other one beside."""
        project = self._projects.named(asked.project)
        if project is not None and asked.session is not None and asked.request.live:
            live = self._conversation(asked.session, project, asked.next_seq)
            live.post(SessionRequest(asked.n, asked.request))
            return
        task = asyncio.create_task(self._look_up(asked, project), name=f"request {asked.n}")
        self._looking.add(task)
        task.add_done_callback(self._looking.discard)

    async def _look_up(self, asked: ClaimedRequest, project: Project | None) -> None:
        reply: Reply = RequestFailed(wording.no_project(asked.project))
        if project is not None:
            looked = self._ports.agent.look(in_session(project, asked.session), asked.request)
            (found,) = await asyncio.gather(looked, return_exceptions=True)  # whatever it is, whoever asked waits
            match found:
                case AgentError():
                    reply = RequestFailed(f"{found} {found.hint}")
                case BaseException():
                    reply = RequestFailed(with_id(wording.NOT_LOOKED_UP, found))
                case _:
                    reply = found
        if isinstance(asked.request, RemoveRules):  # also of other projects, which may share those settings
            for live, _ in self._live.values():
                live.post(RulesRemoved(asked.request.texts))
        try:
            await self._ports.bus.reply(self._ports.lease, asked.n, reply)
        except self._ports.bus.transient as error:
            log.warning("nobody hears the answer to %s: %s", asked.request, error)

    def _conversation(self, session: Session, project: Project, next_seq: int) -> Conversation:
        id_ = session.id
        if id_ not in self._live or self._live[id_][1].done():  # one that has left reads no more
            live = Conversation(session, project, self._ports, self._limits, next_seq, self._place_left)
            task = asyncio.create_task(live.run(), name=f"conversation {id_}")
            task.add_done_callback(lambda done: self._left(id_, done))
            self._live[id_] = (live, task)
        return self._live[id_][0]

    def _left(self, id_: SessionId, task: asyncio.Task[None]) -> None:
        if self._live[id_][1] is task:
            del self._live[id_]
            self._attended.discard(id_)
        self._place_left.set()  # what was put into a mailbox that nobody reads any more is claimed again
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("a conversation failed", exc_info=error, extra={"session": id_})

    async def _refuse(self, item: ClaimedEntry) -> None:
        """The session's project is no longer configured: the turn ends at once, and says so."""
        session, now = item.session, self._ports.clock()
        prompt = prompt_in(item.content)
        if prompt is None:
            await self._ports.bus.emit(self._ports.lease, (), (Closing(item.n, "done"),))
            return
        view = TurnView(prompt.turn, prompt.message, now, end=End("failed", now, wording.no_project(session.project)))
        rows = rows_of(session.id, view, item.next_seq, None)
        await self._ports.bus.emit(self._ports.lease, rows, (Closing(item.n, "failed"),))
        self._ports.screen.show(session, view)

    async def close(self) -> None:
        """End every conversation, as `serve` does at its end."""
        for looking in self._looking:
            looking.cancel()
        tasks = [task for _, task in self._live.values()]
        for conversation, _ in list(self._live.values()):
            conversation.post(Close())
        if not tasks:
            return
        _, late = await asyncio.wait(tasks, timeout=self._limits.stop)
        for task in late:
            task.cancel()
        if late:
            await asyncio.wait(late)  # each ends its process, which has a limit of its own


def _value(item: ClaimedEntry, now: float) -> Inbound:
    prompt = prompt_in(item.content)
    if item.story is not None and prompt is not None:
        return _suspended(prompt, item.story, now)
    return item.content


def _suspended(prompt: Prompt | None, story: StoredTurn, now: float) -> Suspended:
    """In a terminal the turn went on: what is no row yet stands in the transcript, but for what was asked here."""
    if story.session.terminal is None:
        return Suspended(prompt, without_process(assemble(story), now), written(story))
    view, asked = assemble(replace(story, tail=None)), assemble(story).requests
    if any(not one.asked_again for one in asked):
        view = fold(view, NoteBlock(wording.ASKED_IN_TERMINAL), now)
    return Suspended(prompt, view, written(story))
