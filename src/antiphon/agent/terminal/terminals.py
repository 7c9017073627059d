"""The terminals of this machine: which sessions are open in them, and what their hooks say to whom.

A session that is not known yet is asked about once (`sight`): whoever answers says in which project it belongs, if in
any. Those that belong nowhere are left alone.
"""

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from antiphon.agent import wording
from antiphon.agent.disk.cli_processes import process_of
from antiphon.agent.terminal.description import described, registered, registered_at, working_directories
from antiphon.agent.terminal.link import Reply, TerminalLink, TerminalPorts
from antiphon.agent.terminal.sighting import LeaveOut, Sight, Sighting
from antiphon.agent.terminal.switch import Wanted, blocked, wanted
from antiphon.core.events import AgentEvent
from antiphon.core.ports import AgentLink
from antiphon.core.projects import in_session
from antiphon.core.requests import ReplyT, Request
from antiphon.core.retry import Backoff
from antiphon.core.values import ClaudeSessionId, Project, Session, Terminal
from antiphon.errors import AgentError, NotDone
from antiphon.tools.definitions import ToolResult

log = logging.getLogger(__name__)

_OPENS = 0.8  # seconds for which a hook waits until its session is known; Claude Code itself waits for one
_LOOK = 0.5  # seconds between two looks for sessions that begin
_NAMED = 5.0  # seconds after a session's first word until its process is to be found (0.03 s were measured)
_NOT_SHOWN = ToolResult("Not done: this session is not shown in Discord.", failed=True)
_BEFORE = 2.0  # seconds before the first hook in which what it is about may have begun


class Terminals:
    """Implements the core's Agent port for sessions that people run in terminals, and answers hooks."""

    def __init__(self, ports: TerminalPorts, asked: tuple[Sight, LeaveOut]) -> None:
        """`asked`: whoever knows where sessions belong. Sight: False where one is to be left alone; else its
        conversation is opened."""
        self._installation = ports.installation
        self._ports = ports
        self._sight, self._leave_out = asked
        self._links: dict[ClaudeSessionId, TerminalLink] = {}
        self._looking: dict[ClaudeSessionId, asyncio.Task[None]] = {}
        self._left_alone: set[ClaudeSessionId] = set()
        self._changed = asyncio.Event()

    @asynccontextmanager
    async def open(
        self, session: Session, project: Project, post: Callable[[AgentEvent], None]
    ) -> AsyncGenerator[AgentLink]:
        """Hear what Claude does in the session's terminal while inside, also what it did before it was closed."""
        if session.terminal is None:
            raise AgentError(wording.NOT_IN_A_TERMINAL)
        claude, post = session.claude, self._installation.redaction.posting(post)
        session = await self._installation.workplaces.settle(session, project, post)
        project = in_session(project, session)
        find = partial(self._installation.transcript, claude)
        link = TerminalLink(session, project, self._ports, post, find)
        async with link.open():
            self._links[claude] = link
            self._left_alone.discard(claude)
            self._changed.set()
            try:
                yield link
            finally:
                del self._links[claude]

    async def look(self, project: Project, request: Request[ReplyT]) -> ReplyT:
        """Nothing is looked up here."""
        raise NotDone(wording.NOT_IN_A_TERMINAL)

    async def hook(self, name: str, given: Mapping[str, Any], environment: Mapping[str, str]) -> Reply:
        """What a hook of a terminal's Claude Code is answered. `environment`: what is known of that process's."""
        claude = ClaudeSessionId(str(given.get("session_id")))
        switch = wanted(given.get("prompt")) if name == "UserPromptSubmit" else None
        link = self._links.get(claude)
        if link is None and claude not in self._left_alone:
            if claude not in self._looking:
                self._look(claude, Path(str(given.get("cwd"))), time.time() - _BEFORE, environment)
            if switch is None:
                link = await self._awaited(claude)
        if switch is not None:
            return blocked(await self._switch(claude, switch))
        return {} if link is None else await link.hook(name, given)

    async def _switch(self, claude: ClaudeSessionId, switch: Wanted) -> str:
        """Leave a session out, or show it again; what whoever typed that reads."""
        if switch == "?":
            return wording.SWITCH_HOW
        if claude not in self._links and claude not in self._left_alone:
            await self._awaited(claude)
        if not await self._leave_out(claude, switch == "off"):
            return wording.SWITCH_NOT_OURS
        if switch == "off":  # its hooks are answered at once
            self._left_alone.add(claude)
            return wording.SWITCHED_OFF
        return wording.SWITCHED_ON

    async def wake(self, claude: ClaudeSessionId) -> str:
        """What a session that is being woken is told; "": nothing."""
        link = self._links.get(claude)
        return "" if link is None else await link.take("wake")

    async def tool(self, pid: int, name: str, given: Mapping[str, Any], key: str) -> ToolResult:
        """A call of one of Claude's own tools, in the process of this number."""
        link: TerminalLink | None = None
        with suppress(TimeoutError):
            async with asyncio.timeout(_NAMED):  # just after a restart of ours it may not be heard yet
                while (link := next((one for one in self._links.values() if one.pid == pid), None)) is None:
                    self._changed.clear()
                    await self._changed.wait()
        return _NOT_SHOWN if link is None else await link.tool(name, given, key)

    async def watch(self) -> None:
        """Look for sessions that begin, and for those that have begun while nobody listened, until cancelled."""
        known: dict[ClaudeSessionId, float] = {}
        while True:
            with suppress(OSError):
                bells = self._ports.bells
                for claude, directory, began in await self._installation.disk.run(bells, registered, bells):
                    if known.get(claude) != began and self._is_free(claude, began):
                        known[claude] = began
                        self._left_alone.discard(claude)
                        self._look(claude, directory, began, {})
            await asyncio.sleep(_LOOK)

    def _is_free(self, claude: ClaudeSessionId, began: float) -> bool:
        """Whether a session that has begun anew is in nobody's hands. The end of the process that had it before may not
        be noticed yet: it is looked at."""
        link = self._links.get(claude)
        if link is not None and link.began < began:
            link.ring()
        return link is None and claude not in self._looking

    def _look(self, claude: ClaudeSessionId, directory: Path, began: float, environment: Mapping[str, str]) -> None:
        looking = asyncio.create_task(self._see(claude, directory, began, environment), name=f"sight {claude}")
        self._looking[claude] = looking
        looking.add_done_callback(lambda _: self._looking.pop(claude, None))

    async def _see(
        self, claude: ClaudeSessionId, directory: Path, began: float, environment: Mapping[str, str]
    ) -> None:
        """Find out where a session belongs, and have it opened."""
        disk = self._installation.disk
        try:
            found = await self._terminal_of(claude)
            began = await disk.run(self._ports.bells, registered_at, claude, self._ports.bells) or began
            directories = await disk.run(directory, working_directories, directory)
            if found is not None:
                found = await disk.run(directory, described, found, environment, directory)
                found = replace(found, since=began)
                if await self._sight(Sighting(claude, directories, found)):
                    return
        except OSError as error:
            log.info("session %s of a terminal is not attached: %s", claude, error)
        self._left_alone.add(claude)
        self._changed.set()

    async def _terminal_of(self, claude: ClaudeSessionId) -> Terminal | None:
        """Where a session is open; None: in no terminal. Its process writes that down just after its first word."""
        config, backoff = self._installation.config_directory, Backoff(0.02, 0.5)
        with suppress(TimeoutError):
            async with asyncio.timeout(_NAMED):
                while (found := await self._installation.disk.run(config, process_of, claude, config)) is None:
                    await asyncio.sleep(backoff.pause)
                    backoff.grow()
                return Terminal(found.pid, found.began, since=found.since) if found.in_terminal else None
        return None

    async def _awaited(self, claude: ClaudeSessionId) -> TerminalLink | None:
        """The link of a session that is just being looked for; None: it is left alone, or it takes too long."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_OPENS):
                while claude not in self._links and claude not in self._left_alone:
                    self._changed.clear()
                    await self._changed.wait()
        return self._links.get(claude)
