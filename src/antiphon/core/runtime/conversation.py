"""The live join of one session: a mailbox, a task, and the loop that carries out what the turn machine wants.

Everything that happens is a value in the mailbox; `run` takes one at a time. Only that task touches the state, so there
are no locks. What is durable goes out before it is shown: begin before Claude hears the prompt (so a turn without a
begin row has certainly not reached Claude), settled blocks and the end before the screen shows them.

May not know: Discord, the SDK, SQL. A failure here ends the turn visibly and never the bridge.
"""

import asyncio
import logging
from collections import deque
from dataclasses import replace

from antiphon.core.error_ids import with_id
from antiphon.core.events import SessionLost
from antiphon.core.machine import effects
from antiphon.core.machine.limits import Limits
from antiphon.core.machine.state import State, rules_of
from antiphon.core.runtime.agent_process import AgentProcess
from antiphon.core.runtime.conversation_types import Ports, Rows
from antiphon.core.runtime.journal import Journal
from antiphon.core.turn import step
from antiphon.core.values import Interrupt, Project, Session

log = logging.getLogger(__name__)


class Conversation:
    """One session while it is live. Made by the Switchboard, which runs it in a task of its own."""

    def __init__(self, session: Session, project: Project, ports: Ports, limits: Limits, next_seq: int) -> None:
        """`next_seq`: the first unused outbox number of the session."""
        self.rows = Rows()
        self._ports = ports
        self._state = State(rules_of(project, limits), session)
        self._mailbox: asyncio.Queue[effects.Inbound] = asyncio.Queue()
        self._results: deque[effects.Result | effects.Broken] = deque()
        self._todo: deque[effects.Effect] = deque()
        self._process = AgentProcess(ports.agent, project, self.post)
        self._journal = Journal(ports.bus, ports.lease, session, next_seq)
        self._left = False

    @property
    def session(self) -> Session:
        """The session as it is by now."""
        return self._state.session

    @property
    def held(self) -> bool:
        """Whether the turn waits for a person without a process."""
        return self._state.held

    @property
    def at_work(self) -> bool:
        """Whether a turn runs, and does not wait for a person."""
        return self._state.at_work

    def post(self, value: effects.Inbound) -> None:
        """Put a value into the mailbox; returns at once."""
        self.rows.take(value)
        self._mailbox.put_nowait(value)
        if isinstance(value, Interrupt) and self._state.means(value.turn):
            self._process.abort_opening()  # a stop does not wait until the process has started

    async def run(self) -> None:
        """Live until closed, or idle with an empty mailbox. Cancelling it ends the process and leaves the turn open
        (the store shows it as interrupted to whoever comes next)."""
        async with self._process:
            while not self._left:
                value = await self._next()
                try:
                    self._state, todo = step(self._state, value, self._ports.clock())
                    self._todo.extend(todo)
                    await self._carry_out()
                except Exception as error:
                    if isinstance(value, effects.Broken) and not self._todo:
                        raise  # the machine itself is: whoever comes next finds everything in the rows
                    self._results.append(self._broken(error))

    async def _next(self) -> effects.Input:
        """The next input; what a step has asked for comes before anything else."""
        if self._results:
            return self._results.popleft()
        if self._mailbox.empty() and self._state.runs_next:
            return effects.RunNext()
        try:
            async with asyncio.timeout(max(0.0, self._state.seconds_left(self._ports.clock()))):
                value = await self._mailbox.get()
        except TimeoutError:
            return effects.Elapsed()
        if isinstance(value, SessionLost | effects.ProcessEnded) and not value.gone and self._state.fails_if_lost:
            return replace(value, error=with_id(value.error, session=self.session.id))
        return value

    async def _carry_out(self) -> None:
        """Do what the step wants, in order; an effect stays in the list until it is done."""
        while self._todo:
            result = await self._do(self._todo[0])
            self._todo.popleft()
            if result is not None:
                self._results.append(result)

    def _broken(self, error: Exception) -> effects.Broken:
        text = "that could not be written down"  # and has its id already
        if self._state.pause:
            log.error(text, exc_info=error, extra={"session": self.session.id})
        else:
            text = with_id("Something broke inside the bridge.", error, self.session.id)
        undone = tuple(self._todo)
        self._todo.clear()
        return effects.Broken(text, undone)

    async def _do(self, effect: effects.Effect) -> effects.Result | None:
        """Carry out one effect; a question's result."""
        journal = self._journal
        match effect:
            case effects.Write(view, inbox):
                await journal.write(view, inbox)
                if inbox is not None:
                    self.rows.begun(inbox, over=view.end is not None)
                self._ports.screen.show(self.session, view)
            case effects.ContinueRows(turn, rows):
                journal.resume(turn, rows)
            case effects.SaveTail(view):
                await journal.save(view)
            case effects.CloseRow(inbox):
                await journal.close(inbox)
                self.rows.drop(inbox)
            case effects.KeepSession(session):
                await journal.keep(session)
            case effects.KeepAudit(audit):
                await journal.note(audit)
            case effects.RaiseBudget(scope, person, by):
                await journal.raise_budget(scope, person, by)
            case effects.SendReply(n, reply):
                await journal.reply(n, reply)
            case effects.LookUpSpending(prompt):
                return effects.SpendingKnown(await journal.spent(prompt.asker.id))
            case effects.CloseProcess():
                await self._process.close()
            case effects.Post(value):
                self.post(value)
            case effects.ShowUnsaved(view):
                self._ports.screen.show(self.session, view)
            case effects.Pause(seconds):
                await asyncio.sleep(seconds)
            case effects.Leave(if_idle):
                self._left = not if_idle or self._mailbox.empty()
            case _:
                return await self._process.answer(effect, self.session)
        return None
