"""Terminals, and which agent a session has, without loading the SDK before anybody needs it."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from antiphon.agent import wording
from antiphon.agent.process.installation import LazyAgent
from antiphon.agent.terminal.ports import TerminalPorts
from antiphon.agent.terminal.sighting import LeaveOut, Sight
from antiphon.agent.terminal.switch import blocked, wanted
from antiphon.core.events import AgentEvent
from antiphon.core.ports import AgentLink
from antiphon.core.requests import ReplyT, Request
from antiphon.core.values import ClaudeSessionId, Project, Session
from antiphon.errors import AgentError

if TYPE_CHECKING:
    from antiphon.agent.terminal.terminals import Terminals

_SWITCHED = 0.7  # seconds for leaving a session out or showing it again; Claude Code waits for one


class LazyTerminals:
    """The terminals of this machine (see Terminals), which are loaded in the background."""

    def __init__(self, ports: TerminalPorts, asked: tuple[Sight, LeaveOut]) -> None:
        self._made = (ports, asked)
        self._switching: set[asyncio.Task[Mapping[str, Any]]] = set()
        self._loading: asyncio.Future[Terminals] | None = None

    async def terminals(self) -> "Terminals":
        """Load them, in a thread, if nobody has yet."""
        if self._loading is None:
            self._loading = asyncio.get_running_loop().run_in_executor(None, self._loaded)
        return await asyncio.shield(self._loading)

    async def hook(self, name: str, given: Mapping[str, Any], environment: Mapping[str, str]) -> Mapping[str, Any]:
        """See Terminals. A switch that takes too long is done all the same: whoever types it is not held up."""
        hook = self._hook(name, given, environment)
        if name != "UserPromptSubmit" or wanted(given.get("prompt")) is None:
            return await hook
        switching = asyncio.create_task(hook, name="switch")
        self._switching.add(switching)
        switching.add_done_callback(self._switching.discard)
        await asyncio.wait({switching}, timeout=_SWITCHED)
        return switching.result() if switching.done() else blocked(wording.SWITCH_LATE)

    async def _hook(self, name: str, given: Mapping[str, Any], environment: Mapping[str, str]) -> Mapping[str, Any]:
        return await (await self.terminals()).hook(name, given, environment)

    async def wake(self, claude: ClaudeSessionId) -> str:
        """See Terminals."""
        return await (await self.terminals()).wake(claude)

    async def tool(self, pid: int, name: str, given: Mapping[str, Any], key: str) -> Mapping[str, Any]:
        """See Terminals; as JSON."""
        done = await (await self.terminals()).tool(pid, name, given, key)
        return {"text": done.text, "failed": done.failed}

    def _loaded(self) -> "Terminals":
        from antiphon.agent.terminal.terminals import Terminals

        return Terminals(*self._made)


class Agents:
    """Implements the core's Agent port: sessions of terminals are heard there, all others are hosted."""

    def __init__(self, hosted: LazyAgent, terminals: LazyTerminals | None) -> None:
        self._hosted = hosted
        self._terminals = terminals

    @asynccontextmanager
    async def open(
        self, session: Session, project: Project, post: Callable[[AgentEvent], None]
    ) -> AsyncGenerator[AgentLink]:
        agent = self._hosted
        if session.terminal is not None:
            if self._terminals is None:
                raise AgentError(wording.NOT_ATTACHED)
            agent = await self._terminals.terminals()
        async with agent.open(session, project, post) as link:
            yield link

    async def look(self, project: Project, request: Request[ReplyT]) -> ReplyT:
        return await self._hosted.look(project, request)
