"""A session's Claude Code process, from the first prompt that needs it until it is closed.

What the person has chosen, and what was answered while no process lived, is told to a process before its first prompt.
May not know: turns.
"""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack

from antiphon.core.events import AgentEvent
from antiphon.core.ports import Agent, AgentLink
from antiphon.core.values import Answer, Project, Prompt, Session
from antiphon.errors import AgentError


class AgentProcess:
    """Used by one conversation, in its task; leaving the context closes the process."""

    def __init__(self, agent: Agent, project: Project, post: Callable[[AgentEvent], None]) -> None:
        self.link: AgentLink | None = None
        self._agent = agent
        self._project = project
        self._post = post
        self._stack = AsyncExitStack()
        self._outdated = False
        self._opening: asyncio.Task[AgentLink] | None = None

    async def __aenter__(self) -> "AgentProcess":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def opened(self, session: Session) -> AgentLink:
        """The live process; it is started if there is none. AgentError when it cannot be."""
        if self._outdated:
            await self.close()
        if self.link is None:
            await self._open(session)
        assert self.link is not None
        return self.link

    async def _open(self, session: Session) -> None:
        entering = self._stack.enter_async_context(self._agent.open(session, self._project, self._post))
        opening = self._opening = asyncio.create_task(entering, name=f"open {session.id}")
        try:
            await asyncio.wait({opening})
        finally:
            self._opening = None
            if not opening.done():  # we are cancelled ourselves
                opening.cancel()
                await asyncio.wait({opening})
        if opening.cancelled():
            raise AgentError("Claude Code was not started: somebody has stopped the turn.")
        self.link = opening.result()

    def give_up(self) -> None:
        """Do not wait for a process that is just being started: whoever wants it gets an AgentError."""
        if self._opening is not None:
            self._opening.cancel()

    async def send(self, session: Session, prompt: Prompt, expected: dict[str, Answer] | None = None) -> None:
        """Hand a prompt to the process. `expected`: answers to requests that it will make again, by their digests."""
        link = await self.opened(session)
        for call, answer in (expected or {}).items():
            link.expect(call, answer)
        await link.send(prompt)

    async def renew(self, *, at_once: bool) -> None:
        """The next prompt gets a new process; `at_once`: the old one is closed now."""
        self._outdated = True
        if at_once:
            await self.close()

    async def close(self) -> None:
        """No process is left afterwards."""
        self.link, self._outdated = None, False
        await self._stack.aclose()
