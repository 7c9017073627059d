"""The live join of one session: a mailbox, a task, and the order in which things happen.

Everything that happens is a value in the mailbox; `run` takes one at a time. Only that task touches its fields, so
there are no locks. What is durable goes out before it is shown: begin before Claude hears the prompt (so a turn
without a begin row has certainly not reached Claude), settled blocks and the end before the screen shows them.

May not know: Discord, the SDK, SQL. A failure here ends the turn visibly and never the bridge.
"""

import asyncio
import logging
from collections import deque
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace

from antiphon.core.events import AgentEvent, EndReason, SessionLost, SessionStarted, TurnEnded, Unknown, Usage
from antiphon.core.journal import FIRST_PAUSE, LONGEST_PAUSE, Journal
from antiphon.core.ports import Agent, AgentLink, Bus, Clock, Closing, Lease, Screen
from antiphon.core.trouble import with_id
from antiphon.core.values import Answer, Close, Interrupt, Project, Prompt, Session, TurnId, turn_after
from antiphon.core.view import AskBlock, End, NoteBlock, TurnView, begins, carried, ended, fold, works
from antiphon.errors import AgentError

log = logging.getLogger(__name__)

Inbound = Prompt | Interrupt | Answer | Close | AgentEvent


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a conversation waits, in seconds."""

    inactivity: float  # a running turn without any event from Claude Code
    unanswered: float  # the same, while it waits for a person
    idle: float  # no turn: then the process is closed, and the next prompt resumes the session
    stop: float  # after an interrupt: then the process is ended instead


@dataclass(frozen=True, slots=True)
class Ports:
    """What a conversation works with."""

    agent: Agent
    bus: Bus
    lease: Lease
    screen: Screen
    clock: Clock


class Conversation:
    """One session while it is live. Made by the Switchboard, which runs it in a task of its own."""

    def __init__(self, session: Session, project: Project, ports: Ports, limits: Limits, next_seq: int) -> None:
        """`next_seq`: the first unused outbox number of the session."""
        self.session = session
        self.turns: set[int] = set()  # inbox rows in our hands: prompts
        self.errands: set[int] = set()  # and what overtakes them: stops, answers
        self._project = project
        self._ports = ports
        self._limits = limits
        self._journal = Journal(ports.bus, ports.lease, session, next_seq)
        self._mailbox: asyncio.Queue[Inbound] = asyncio.Queue()
        self._waiting: deque[Prompt] = deque()
        self._link: AgentLink | None = None
        self._process = AsyncExitStack()
        self._view: TurnView | None = None  # the running turn
        self._aside = False  # Claude itself does nothing in it: sub-agents ask, or something is told
        self._between = TurnView(TurnId(""), None, 0.0)  # what outlives a turn: tasks, jobs, the last asker
        self._prompt: Prompt | None = None
        self._last_turn = TurnId("")
        self._ending: EndReason | None = None  # why we asked the turn to end
        self._give_up = 0.0  # when the process is ended because it did not obey

    def post(self, value: Inbound) -> None:
        """Put a value into the mailbox; returns at once."""
        if isinstance(value, Prompt):
            self.turns.add(value.inbox)
        elif isinstance(value, Interrupt | Answer):
            self.errands.add(value.inbox)
        self._mailbox.put_nowait(value)

    async def run(self) -> None:
        """Live until closed, or idle with an empty mailbox. Cancelling it ends the process and leaves the turn open
        (the store shows it as interrupted to whoever comes next)."""
        async with self._process:
            while True:
                value = await self._next()
                try:
                    if isinstance(value, Close):
                        await self._leave(value)
                        return
                    if value is not None:
                        await self._take(value)
                    elif self._view is not None:
                        await self._overdue()
                    else:
                        await self._hang_up()
                        if self._mailbox.empty():
                            return
                except Exception as error:  # noqa: BLE001 - the conversation loop: one of the three places
                    await self._broken(error)

    async def _next(self) -> Inbound | None:
        """The next value; None when the wait that applies now is over."""
        if self._view is None and self._waiting and self._mailbox.empty():
            return self._waiting.popleft()
        now = self._ports.clock()
        if self._view is None:
            at_work = any(job.state == "running" for job in self._between.jobs)  # they would end with the process
            patience = self._limits.unanswered if at_work else self._limits.idle
            patience = patience if self._link is not None else 0.0
        elif self._ending is not None:
            patience = max(0.0, self._give_up - now)
        else:
            patience = self._limits.unanswered if self._view.needs else self._limits.inactivity
        if not self._mailbox.empty():
            return self._mailbox.get_nowait()
        try:
            async with asyncio.timeout(patience):
                return await self._mailbox.get()
        except TimeoutError:
            return None

    async def _take(self, value: Inbound) -> None:
        match value:
            case Prompt() if self._view is not None and not self._aside:
                self._waiting.append(value)  # a turn that Claude began by itself is at work
            case Prompt():
                await self._begin(value)
            case Interrupt() | Answer():
                await self._run_errand(value)
            case SessionStarted(claude):
                if claude != self.session.claude:
                    self.session = replace(self.session, claude=claude)
                    await self._journal.started(self.session)
            case Unknown(kind):
                log.warning("unknown message from Claude Code: %s", kind, extra={"session": self.session.id})
            case Close():
                pass  # run leaves by itself
            case _:
                await self._hear(value)

    # A turn's life

    async def _begin(self, prompt: Prompt) -> None:
        asks: tuple[AskBlock, ...] = ()
        if self._view is not None:  # what is asked aside goes on in the prompt's turn
            asks, self._view = self._view.needs, ended(self._view, End("done", self._ports.clock()))
            await self._show()
        self._prompt = prompt
        self._open_view(prompt.turn, prompt, asks)
        await self._show()
        try:
            if self._link is None:
                opening = self._ports.agent.open(self.session, self._project, self.post)
                self._link = await self._process.enter_async_context(opening)
            await self._link.send(prompt)
        except AgentError as error:
            await self._end_process(f"{error} {error.hint}")

    def _open_view(self, turn: TurnId, prompt: Prompt | None, asks: tuple[AskBlock, ...] = ()) -> None:
        """`asks`: what sub-agents have asked in the turn before and still wait for."""
        now = self._ports.clock()
        tasks, jobs = carried(self._between)
        view = TurnView(turn, None, now, asks, self._between.asker, tasks=tasks, jobs=jobs)
        if prompt is not None:
            notes = (NoteBlock(words) for words in prompt.enclosed.notes)
            view = replace(view, prompt=prompt.message, asker=prompt.asker.id, blocks=(*notes, *asks))
        self._aside = prompt is None
        self._view, self._ending, self._last_turn = view, None, turn
        self._journal.begin()

    async def _run_errand(self, errand: Interrupt | Answer) -> None:
        """What a person wants of the turn that runs; once it is over, nothing."""
        if isinstance(errand, Answer):
            if self._link is not None:
                self._link.answer(errand)
        elif self._view is not None and errand.turn in (None, self._view.turn):
            await self._stop("stopped")
        await self._journal.close(Closing(errand.inbox, "done"))
        self.errands.discard(errand.inbox)

    async def _hear(self, event: AgentEvent) -> None:
        """Take an event of the turn into the view, and end the turn when it is the last one."""
        if self._view is None:
            if isinstance(event, SessionLost):
                await self._hang_up()
                return
            if isinstance(event, TurnEnded) or self._link is None:
                return  # of a turn that has ended here already, or a process's words while it was closed
            if not begins(event):  # a job at work behind a turn that is over
                self._between = replace(fold(self._between, event, self._ports.clock()), blocks=())
                return
            self._open_view(turn_after(self._last_turn), None)
        view = self._view
        assert view is not None
        asks = tuple(ask for ask in view.needs if ask.by_agent)
        if isinstance(event, TurnEnded):
            if not event.answers(self._prompt.turn if self._prompt is not None else None):
                return
            event = replace(event, usage=event.usage.after(self.session.cost))
            if self._prompt is not None:  # what a self-started turn cost comes with the next prompt's turn
                self.session = replace(self.session, cost=self.session.cost + (event.usage.cost or 0.0))
        if isinstance(event, TurnEnded | SessionLost) and self._ending is not None:
            usage = event.usage if isinstance(event, TurnEnded) else Usage()
            self._view = ended(view, End(self._ending, self._ports.clock(), None, usage))
        else:
            if isinstance(event, SessionLost):
                event = SessionLost(with_id(event.error, session=self.session.id))
            self._view = fold(view, event, self._ports.clock())
            self._aside = self._aside and not works(event)
            if self._aside and self._view.end is None and not self._view.needs:
                self._view = ended(self._view, End(self._ending or "done", self._ports.clock()))
        if isinstance(event, SessionLost):
            await self._hang_up()
        await self._show()
        if asks and isinstance(event, TurnEnded):  # sub-agents wait for their answers all the same
            self._open_view(turn_after(self._last_turn), None, asks)
            await self._show()

    async def _show(self) -> None:
        """Make durable what is new and settled, then show the view; when it has ended, the turn is over."""
        view = self._view
        assert view is not None
        await self._journal.write(view, self._prompt.inbox if self._prompt is not None else None)
        self._ports.screen.show(self.session, view)
        if view.end is not None:
            if self._prompt is not None:
                self.turns.discard(self._prompt.inbox)
            self._between = replace(self._between, tasks=view.tasks, jobs=view.jobs, asker=view.asker)
            self._view = self._prompt = self._ending = None

    # Ends that are not Claude's own

    async def _stop(self, reason: EndReason) -> None:
        """Ask the running turn to end; a second request, or a process that does not answer, ends the process."""
        if self._view is None:
            return
        again = self._ending is not None
        self._ending = reason
        self._give_up = self._ports.clock() + self._limits.stop
        try:
            if self._link is not None and not again:
                await self._link.interrupt()
                return
        except AgentError as error:
            log.info("%s", error, extra={"session": self.session.id})
        await self._end_process("ended on request")

    async def _overdue(self) -> None:
        if self._ending is None:
            await self._stop("timed_out")
        else:
            await self._end_process("did not end when asked")

    async def _end_process(self, why: str) -> None:
        """What the process has said already is heard first: the turn ends when the mailbox comes to it."""
        await self._hang_up()
        self.post(SessionLost(why))

    async def _hang_up(self) -> None:
        self._link = None
        self._between = replace(self._between, jobs=())
        await self._process.aclose()

    async def _leave(self, close: Close) -> None:
        if self._view is not None:
            self._ending = "interrupted"
            await self._hear(SessionLost(close.reason))

    async def _broken(self, error: Exception) -> None:
        """A defect of ours, or the database gone for good: say so where people look, and be ready for the next."""
        words = with_id("Something broke inside the bridge.", error, self.session.id)
        await self._hang_up()
        view, self._view, self._ending = self._view, None, None
        if view is None:
            return
        end = End("failed", self._ports.clock(), words)
        last, pause = ended(view, end), FIRST_PAUSE
        while True:  # until it is written, the session's next turn cannot run either
            self._view = last
            try:
                await self._show()
            except Exception:
                log.exception("that could not be written down: %s", words, extra={"session": self.session.id})
                self._ports.screen.show(self.session, last)
                await asyncio.sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE)
            else:
                return
