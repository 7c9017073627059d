"""Loads Claude Code's SDK in the background: the bridge takes messages before it is there.

It is most of what a start takes (0.7 s of CPU), and nothing needs it before the first session.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from antiphon.agent.process.installation import Installation
from antiphon.core.events import AgentEvent
from antiphon.core.ports import AgentLink
from antiphon.core.requests import ReplyT, Request
from antiphon.core.values import Project, Session

if TYPE_CHECKING:
    from antiphon.agent.process.claude import ClaudeAgent


class LazyAgent:
    """Implements the core's Agent port: a ClaudeAgent, once it is loaded."""

    def __init__(self, installation: Installation) -> None:
        self._installation = installation
        self._loading: asyncio.Future[ClaudeAgent] | None = None

    def load(self) -> None:
        """Begin to load, in a thread; returns at once."""
        if self._loading is None:
            self._loading = asyncio.get_running_loop().run_in_executor(None, _loaded, self._installation)

    @asynccontextmanager
    async def open(
        self, session: Session, project: Project, post: Callable[[AgentEvent], None]
    ) -> AsyncGenerator[AgentLink]:
        """See core.ports.Agent."""
        agent = await self._agent()
        async with agent.open(session, project, post) as link:
            yield link

    async def look(self, project: Project, session: Session | None, request: Request[ReplyT]) -> ReplyT:
        """See core.ports.Agent."""
        agent = await self._agent()
        return await agent.look(project, session, request)

    async def _agent(self) -> "ClaudeAgent":
        self.load()
        assert self._loading is not None
        return await asyncio.shield(self._loading)  # whoever waits may be cancelled: others wait too


def _loaded(installation: Installation) -> "ClaudeAgent":
    from antiphon.agent.process.claude import ClaudeAgent

    return ClaudeAgent(installation)
