"""The live join of one session: a mailbox, a task, and the order in which things happen.

Everything that happens is a value in the mailbox; `run` takes one at a time. Only that task touches its fields, so
there are no locks. What is durable goes out before it is shown: begin before Claude hears the prompt (so a turn
without a begin row has certainly not reached Claude), settled blocks and the end before the screen shows them.

May not know: Discord, the SDK, SQL. A failure here ends the turn visibly and never the bridge.
"""

import asyncio
import logging
from dataclasses import replace

from antiphon.core import permission_requests
from antiphon.core.blocks import End
from antiphon.core.error_ids import with_id
from antiphon.core.events import AgentEvent, EndReason, SessionLost, SteerDelivered, TurnEnded, UnknownMessage
from antiphon.core.requests import InterruptFor, SessionRequest, StepInterrupted
from antiphon.core.runtime import session_requests
from antiphon.core.runtime.agent_process import AgentProcess
from antiphon.core.runtime.conversation_types import Inbound, Limits, Ports, Rows, Suspended
from antiphon.core.runtime.exchange import Exchange
from antiphon.core.runtime.journal import FIRST_PAUSE, LONGEST_PAUSE
from antiphon.core.runtime.turns import Turns, after
from antiphon.core.values import Answer, Change, Close, Interrupt, Project, Prompt, Session, Steer, TurnId
from antiphon.core.view import begins, ended, fold, works
from antiphon.errors import AgentError, SessionGone

log = logging.getLogger(__name__)


class Conversation:
    """One session while it is live. Made by the Switchboard, which runs it in a task of its own."""

    def __init__(self, session: Session, project: Project, ports: Ports, limits: Limits, next_seq: int) -> None:
        """`next_seq`: the first unused outbox number of the session."""
        self._ports = ports
        self._limits = limits
        self._mailbox: asyncio.Queue[Inbound] = asyncio.Queue()
        self._host = AgentProcess(ports.agent, project, self.post)
        self._turn = Turns(session, ports, next_seq)
        self._people = Exchange(self._turn, self._host, project, ports.clock)
        self._told_of_end = False  # the mailbox holds the word of it
        self._give_up = 0.0  # when the process is ended because it did not obey

    @property
    def session(self) -> Session:
        """The session as it is by now."""
        return self._turn.session

    @property
    def rows(self) -> Rows:
        """The inbox rows in our hands."""
        return self._turn.rows

    @property
    def held(self) -> bool:
        """Whether the turn waits for a person without a process."""
        return self._turn.view is not None and self._host.link is None and not self.at_work

    @property
    def at_work(self) -> bool:
        """Whether a turn runs, and does not wait for a person."""
        return self._turn.view is not None and not self._turn.view.needs

    def post(self, value: Inbound) -> None:
        """Put a value into the mailbox; returns at once."""
        self.rows.take(value)
        self._mailbox.put_nowait(value)
        if isinstance(value, Interrupt) and self._is_meant(value):
            self._host.give_up()  # a stop does not wait until the process has started

    async def run(self) -> None:
        """Live until closed, or idle with an empty mailbox. Cancelling it ends the process and leaves the turn open
        (the store shows it as interrupted to whoever comes next)."""
        async with self._host:
            while True:
                value = await self._next()
                try:
                    if isinstance(value, Close):
                        await self._leave(value)
                        return
                    if value is not None:
                        await self._take(value)
                    elif self._turn.view is not None:
                        await self._overdue()
                    else:
                        await self._hang_up()
                        if self._mailbox.empty():
                            return
                except AgentError as error:
                    await self._end_process(f"{error} {error.hint}", gone=isinstance(error, SessionGone))
                except Exception as error:  # noqa: BLE001 - the conversation loop: one of the three places
                    await self._broken(error)

    async def _next(self) -> Inbound | None:
        """The next value; None when the wait that applies now is over."""
        if not self._mailbox.empty():
            return self._mailbox.get_nowait()
        if not self._turn.busy and self._people.waiting:
            return self._people.waiting.popleft()
        try:
            async with asyncio.timeout(max(0.0, self._patience())):
                return await self._mailbox.get()
        except TimeoutError:
            return None

    def _patience(self) -> float:
        """Seconds until something has to be done although nothing happens."""
        now, view = self._ports.clock(), self._turn.view
        if view is None:
            at_work = any(job.state == "running" for job in self._turn.between.jobs)  # they end with the process
            idle = self._limits.unanswered if at_work else self._limits.idle
            return idle if self._host.link is not None else 0.0
        return self._limits.running(view, now) if self._turn.ending is None else self._give_up - now

    async def _take(self, value: Inbound) -> None:
        match value:
            case Prompt() if self._turn.busy:  # Claude began a turn by itself
                await self._people.meanwhile(value)
            case Prompt():
                await self._people.begin(value)
            case Steer(prompt, now):
                if await self._people.steer(prompt, at_once=now):
                    await self._stop("stopped")
            case Suspended():
                self._turn.resume(value)
                await self._turn.show()
                if not value.view.needs:
                    await self._people.come_back()
            case Interrupt() | Answer() | Change():
                try:
                    await self._run_errand(value)
                finally:
                    await self._turn.close(value.inbox)
            case SessionRequest(n, InterruptFor(prompt)):
                await self._turn.journal.reply(n, StepInterrupted(await self._make_way(prompt)))
            case SessionRequest(n, request):
                session, reply = await session_requests.run(request, self.session, self._host, self._turn.busy)
                await self._turn.keep(session)
                await self._turn.journal.reply(n, reply)
            case UnknownMessage():  # its room has counted it
                self._turn.alive()
            case Close():
                pass  # run leaves by itself
            case _:
                if isinstance(value, SessionLost):
                    self._told_of_end = False
                await self._turn.keep(after(self.session, value))
                await self._hear(value)

    async def _run_errand(self, errand: Interrupt | Answer | Change) -> None:
        """What a person wants of the turn that runs; once it is over, nothing."""
        match errand:
            case Answer():
                await self._people.answer(errand)
            case Change():
                await self._people.change(errand)
            case Interrupt():
                if self._is_meant(errand):
                    await self._stop("stopped")

    def _is_meant(self, stop: Interrupt) -> bool:
        view = self._turn.view
        return view is not None and stop.turn in (None, view.turn)

    async def _make_way(self, prompt: TurnId) -> bool:
        """Stop the running step for words that wait. False: they do not (any more), or it is being stopped already."""
        view = self._turn.view
        waits = view is not None and any(one.prompt == prompt for one in view.waiting)
        if waits and self._turn.ending is None:
            await self._stop("stopped")
        return waits

    # What Claude Code says

    async def _hear(self, event: AgentEvent) -> None:
        """Take an event of the turn into the view, and end the turn when it is the last one."""
        turn = self._turn
        if turn.view is None and not self._opens(event):
            if isinstance(event, SessionLost):
                await self._hang_up()
            return
        assert turn.view is not None
        if isinstance(event, SteerDelivered):
            await self._people.hear_taken(event.prompt)
            return
        open_asks = tuple(ask for ask in turn.view.needs if ask.by_agent)
        if isinstance(event, TurnEnded):
            if not event.answers(turn.ends_with):
                return
            for prompt in event.prompts:
                await self._people.hear_taken(prompt)
            event = await self._charged(event)
        if isinstance(event, SessionLost):
            await self._hang_up()
        self._fold(event)
        await turn.show()
        if not isinstance(event, TurnEnded):
            return
        if self._people.spent_up(event):
            await self._hang_up()
        elif not await self._people.take_up(open_asks) and open_asks:
            turn.open(None, turn.known_as, open_asks)  # sub-agents wait for their answers all the same
            await turn.show()

    def _opens(self, event: AgentEvent) -> bool:
        """Between turns: whether a turn begins with the event; what a job says is taken note of."""
        turn = self._turn
        if isinstance(event, TurnEnded | SessionLost | SteerDelivered) or self._host.link is None:
            return False  # of a turn that has ended here already, or a process's words while it was closed
        if begins(event):
            turn.open(None, turn.known_as)
            return True
        turn.between = replace(fold(turn.between, event, self._ports.clock()), blocks=())
        return False

    async def _charged(self, event: TurnEnded) -> TurnEnded:
        """The turn's end with what it cost alone."""
        told, event = event.usage.cost, replace(event, usage=event.usage.after(self.session.counted))
        if self._turn.prompt is not None and told is not None:  # a self-started turn's comes with the next prompt's
            cost = self.session.cost + (event.usage.cost or 0.0)
            await self._turn.keep(replace(self.session, cost=cost, counted=told))
        return event

    def _fold(self, event: AgentEvent) -> None:
        turn = self._turn
        if isinstance(event, TurnEnded | SessionLost) and turn.ending is not None:
            turn.end(turn.ending, turn.why, event.usage if isinstance(event, TurnEnded) else None)
            return
        if isinstance(event, SessionLost) and not event.gone:
            event = replace(event, error=with_id(event.error, session=self.session.id))
        turn.fold(event)
        turn.aside = turn.aside and not works(event)
        if turn.aside and turn.view is not None and turn.view.end is None and not turn.view.needs:
            turn.end(turn.ending or "done")

    # Ends that are not Claude's own

    async def _stop(self, reason: EndReason, why: str | None = None) -> None:
        """Ask the running turn to end; a second request, or a process that does not answer, ends the process."""
        turn = self._turn
        if turn.view is None:
            return
        if permission_requests.on_hold(turn.view):  # there is nothing in the process that an interrupt could end
            await self._people.let_go(reason, why)
            return
        again = turn.ending is not None
        turn.ending, turn.why = reason, why
        self._give_up = self._ports.clock() + self._limits.stop
        try:
            if self._host.link is not None and not again:
                await self._host.link.interrupt()
                return
        except AgentError as error:
            log.info("%s", error, extra={"session": self.session.id})
        await self._end_process("ended on request")

    async def _overdue(self) -> None:
        view = self._turn.view
        if self._turn.ending is None and view is not None:
            await self._stop("timed_out", self._limits.exceeded(view))
        else:
            await self._end_process("did not end when asked")

    async def _end_process(self, why: str, *, gone: bool = False) -> None:
        """What the process has said already is heard first: the turn ends when the mailbox comes to it."""
        await self._hang_up()
        if not self._told_of_end:  # twice would end the next turn
            self._told_of_end = True
            self.post(SessionLost(why, gone))

    async def _hang_up(self) -> None:
        self._turn.between = replace(self._turn.between, jobs=())
        self._people.give_back()
        await self._host.close()

    async def _leave(self, close: Close) -> None:
        if self._turn.view is not None and not await self._people.leave():
            self._turn.ending, self._turn.why = "interrupted", None
            await self._hear(SessionLost(close.reason))

    async def _broken(self, error: Exception) -> None:
        """A defect of ours, or the database gone for good: say so where people look, and be ready for the next."""
        words = with_id("Something broke inside the bridge.", error, self.session.id)
        await self._hang_up()
        view, self._turn.view, self._turn.ending = self._turn.view, None, None
        if view is None:
            return
        last, pause = ended(view, End("failed", self._ports.clock(), words)), FIRST_PAUSE
        while True:  # until it is written, the session's next turn cannot run either
            self._turn.view = last
            try:
                await self._turn.show()
            except Exception:
                log.exception("that could not be written down: %s", words, extra={"session": self.session.id})
                self._ports.screen.show(self.session, last)
                await asyncio.sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE)
            else:
                return
