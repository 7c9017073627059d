"""The live join of one session: a mailbox, a task, and the loop that carries out what the turn machine wants.

Everything that happens is a value in the mailbox; `run` takes one at a time. Only that task touches the state, so there
are no locks. What is durable goes out before it is shown: begin before Claude hears the prompt (so a turn without a
begin row has certainly not reached Claude), settled blocks and the end before the screen shows them.

May not know: Discord, the SDK, SQL. A failure here ends the turn visibly and never the bridge.
"""

import asyncio
import logging
from collections import deque
from contextlib import aclosing
from dataclasses import dataclass, replace

from antiphon.core import wording
from antiphon.core.bus import WorkerStore
from antiphon.core.events import SessionLost
from antiphon.core.machine import effects
from antiphon.core.machine.limits import Limits
from antiphon.core.machine.state import State
from antiphon.core.ports import Agent, Clock, Screen
from antiphon.core.records import Lease
from antiphon.core.runtime.agent_process import AgentProcess
from antiphon.core.runtime.capacity import Load, Use
from antiphon.core.runtime.journal import Journal
from antiphon.core.turn import step
from antiphon.core.values import Answer, Change, Interrupt, PersonId, Project, Prompt, Session, Steer, turn_before
from antiphon.errors import with_id

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Ports:
    """What a conversation works with."""

    agent: Agent
    bus: WorkerStore
    lease: Lease
    screen: Screen
    clock: Clock


class Conversation:
    """One session while it is live. Made by the Switchboard, which runs it in a task of its own."""

    def __init__(
        self,
        session: Session,
        project: Project,
        ports: Ports,
        limits: Limits,
        next_seq: int,
        place_left: asyncio.Event | None = None,
    ) -> None:
        """`next_seq`: the first unused outbox number of the session. `place_left`: is set when its turn takes no place
        any more."""
        # The inbox rows in its hands, which must not be claimed again; True: it is a turn's, or will be.
        self.rows: dict[int, bool] = {}
        self._place_left = place_left or asyncio.Event()
        self._touched = ports.clock()  # when something happened last
        self._ports = ports
        self._askers: dict[int, PersonId | None] = {}
        self.state = State(project, limits, session, last=turn_before(next_seq))
        self._mailbox: asyncio.Queue[effects.Inbound] = asyncio.Queue()
        self._results: deque[effects.Result | effects.Broken] = deque()
        self._todo: deque[effects.Effect] = deque()
        self._process = AgentProcess(ports.agent, self.post)
        self._journal = Journal(ports.bus, ports.lease, session.id, next_seq)
        self._left = False

    def post(self, value: effects.Inbound) -> None:
        """Put a value into the mailbox; returns at once."""
        match value:
            case Prompt(inbox=n) as prompt:
                self.rows[n], self._askers[n] = True, prompt.asker.id
            case effects.Suspended(prompt, view) if prompt is not None:
                self.rows[prompt.inbox], self._askers[prompt.inbox] = not view.needs, prompt.asker.id
            case Steer(prompt=Prompt(inbox=n) as prompt):
                self.rows[n], self._askers[n] = False, prompt.asker.id
            case Interrupt(inbox=n) | Answer(inbox=n) | Change(inbox=n):
                self.rows[n] = False
            case _:
                pass
        self._mailbox.put_nowait(value)
        if isinstance(value, Interrupt) and self.state.means(value.turn):
            self._process.abort_opening()  # a stop does not wait until the process has started

    @property
    def load(self) -> Load:
        """What it takes of the machine by now."""
        turns = (
            ()
            if self.state.waits or self.state.in_terminal
            else tuple(self._askers.get(n) for n, turn in self.rows.items() if turn)
        )
        use: Use = "busy" if turns else "none"
        if self.state.in_terminal:
            return Load((), "none", self._touched)
        if self.state.process != "none" and not turns and not self._left:  # else it is being closed
            parkable: Use = "idle" if self.state.turn is None else "waiting"
            use = parkable if self.state.may_be_parked else "busy"
        return Load(turns, use, self._touched)

    async def run(self) -> None:
        """Live until closed, or idle with an empty mailbox. Cancelling it ends the process and leaves the turn open
        (the store shows it as interrupted to whoever comes next)."""
        async with aclosing(self._process):
            while not self._left:
                value = await self._next()
                before, self._touched = self.state.at_work, self._ports.clock()
                try:
                    self.state, todo = step(self.state, value, self._ports.clock())
                    self._todo.extend(todo)
                    await self._carry_out()
                except Exception as error:
                    if isinstance(value, effects.Broken) and not self._todo:
                        raise  # the machine itself is: whoever comes next finds everything in the rows
                    self._results.append(self._broken(error))
                if before and not self.state.at_work:
                    self._place_left.set()

    async def _next(self) -> effects.Input:
        """The next input; what a step has asked for comes before anything else."""
        if self._results:
            return self._results.popleft()
        try:
            async with asyncio.timeout(max(0.0, self.state.seconds_left(self._ports.clock()))):
                value = await self._mailbox.get()
        except TimeoutError:
            return effects.Elapsed()
        if isinstance(value, effects.Suspended) and self.state.turn is None:
            self._journal.resume(value.view.turn, value.rows)
        if isinstance(value, SessionLost) and not value.gone and self.state.fails_if_lost:
            return replace(value, error=with_id(value.error, session=self.state.session.id))
        return value

    async def _carry_out(self) -> None:
        """Do what the step wants, in order; an effect stays in the list until it is done."""
        while self._todo:
            result = await self._do(self._todo[0])
            self._todo.popleft()
            if result is not None:
                self._results.append(result)

    def _broken(self, error: Exception) -> effects.Broken:
        text = wording.NOT_WRITTEN  # and has its id already
        if self.state.pause:
            log.error(text, exc_info=error, extra={"session": self.state.session.id})
        else:
            text = with_id(wording.BROKEN, error, self.state.session.id)
        undone = tuple(self._todo)
        self._todo.clear()
        return effects.Broken(text, undone)

    async def _do(self, effect: effects.Effect) -> effects.Result | None:
        """Carry out one effect; a question's result."""
        if isinstance(effect, effects.Durable):
            result = await self._journal.carry_out(effect)
            self._written(effect)
            return result
        match effect:
            case effects.CloseProcess():
                await self._process.aclose()
            case effects.Post(value):
                self.post(value)
            case effects.ShowUnsaved(view):
                self._ports.screen.show(self.state.session, view)
            case effects.ShowAgain(turn):
                self._ports.screen.refresh(self.state.session, turn)
            case effects.Pause(seconds):
                await asyncio.sleep(seconds)
            case effects.Leave(if_idle):
                self._left = not if_idle or self._mailbox.empty()
            case _:
                return await self._process.answer(effect, self.state.project, self.state.session)
        return None

    def _written(self, effect: effects.Durable) -> None:
        match effect:
            case effects.Write(view, inbox):
                if inbox is not None and view.end is None:
                    self.rows[inbox] = True
                elif inbox is not None:
                    self._forget(inbox)
                self._ports.screen.show(self.state.session, view)
            case effects.CloseRow(inbox):
                self._forget(inbox)
            case _:
                pass

    def _forget(self, inbox: int) -> None:
        self.rows.pop(inbox, None)
        self._askers.pop(inbox, None)
