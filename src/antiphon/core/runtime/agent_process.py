"""A session's Claude Code process, from the first question that needs it until it is closed.

It answers the turn machine's questions. May not know: turns.
"""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack

from antiphon.core import wording
from antiphon.core.events import AgentEvent
from antiphon.core.machine import effects
from antiphon.core.ports import Agent, AgentLink
from antiphon.core.requests import Rewind
from antiphon.core.values import Project, Session
from antiphon.errors import AgentError, SessionGone


class AgentProcess:
    """Used by one conversation, in its task."""

    def __init__(self, agent: Agent, post: Callable[[AgentEvent], None]) -> None:
        self._link: AgentLink | None = None
        self._agent = agent
        self._post = post
        self._stack = AsyncExitStack()
        self._opening: asyncio.Task[AgentLink] | None = None

    async def answer(self, question: effects.ProcessQuestion, project: Project, session: Session) -> effects.Result:
        """What the process makes of it; it is started, for this session, if there is none."""
        try:
            return await self._answer(question, await self._opened(project, session))
        except AgentError as error:
            return effects.Failed(f"{error} {error.hint}", isinstance(error, SessionGone), self._link is not None)

    async def _answer(self, question: effects.ProcessQuestion, link: AgentLink) -> effects.Result:
        match question:
            case effects.OpenProcess():
                return effects.Done()
            case effects.Send(prompt, _, expected):
                for call, answer in expected.items():
                    link.expect(call, answer)
                await link.send(prompt)
                return effects.Done()
            case effects.InterruptTurn():
                await link.interrupt()
                return effects.Done()
            case effects.Withdraw(uuid):
                return effects.Done(await link.withdraw(uuid))
            case effects.DeliverAnswer(_, answer):
                return effects.Done(link.answer(answer))
            case effects.ApplyChoices(_, choices):
                return effects.Done(await link.choose(choices))
            case effects.Withhold(_, _, call):
                link.withhold(call)
                return effects.Done()
            case effects.CheckRules(_, texts):
                return effects.Done(await link.has_forgotten(texts))
            case effects.Control(_, request) if isinstance(request, Rewind):
                return effects.ControlReplied(await link.rewind(request))
            case effects.Control():
                return effects.ControlReplied(await link.context())

    async def _opened(self, project: Project, session: Session) -> AgentLink:
        if self._link is None:
            entering = self._stack.enter_async_context(self._agent.open(session, project, self._post))
            opening = self._opening = asyncio.create_task(entering, name=f"open {session.id}")
            try:
                await asyncio.wait({opening})
            finally:
                self._opening = None
                if not opening.done():  # we are cancelled ourselves
                    opening.cancel()
                    await asyncio.wait({opening})
            if opening.cancelled():
                raise AgentError(wording.NOT_STARTED)
            self._link = opening.result()
        return self._link

    def abort_opening(self) -> None:
        """Do not wait for a process that is just being started: whoever wants it gets an AgentError."""
        if self._opening is not None:
            self._opening.cancel()

    async def aclose(self) -> None:
        """No process is left afterwards."""
        self._link = None
        await self._stack.aclose()
