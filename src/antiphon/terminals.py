"""Terminal sessions, put together: the endpoint, who knows what hooks mean, and where sessions belong."""

import logging
import os
import pwd
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from antiphon.actions.callers import MachineUser
from antiphon.actions.context import ActionContext
from antiphon.actions.reasons import Refused
from antiphon.actions.terminals.attach import attach, leave_out
from antiphon.agent.process.installation import Installation
from antiphon.agent.terminal.lazy import LazyTerminals
from antiphon.agent.terminal.ports import TerminalPorts
from antiphon.agent.terminal.sighting import Sighting
from antiphon.attach import state as attach_state
from antiphon.attach.endpoint import serving
from antiphon.attach.shell import Shell
from antiphon.attach.unanswered import UnansweredHooks
from antiphon.config.settings import AttachSection
from antiphon.core.records import Lease
from antiphon.core.runtime.switchboard import Switchboard
from antiphon.core.values import ClaudeSessionId
from antiphon.store import Store

log = logging.getLogger(__name__)

_PID = "bridge.pid"  # where the script at a session's start looks whether a bridge runs


class AttachedTerminals:
    """The terminals of this machine, where `antiphon attach` has switched that on."""

    def __init__(
        self,
        state: Path,
        settings: AttachSection,
        actions: ActionContext,
        worker: tuple[Installation, Store, Lease],
        switchboard: Callable[[], Switchboard],
        *,
        answered: bool,
    ) -> None:
        """`state`: the bridge's directory; `actions`: of whoever acts outside Discord; `answered`: whether somebody
        outside a terminal can say something to its session, or answer what it asks."""
        launch, self._store, lease = worker
        self._attached = attach_state.read(state)
        self._bells = state / attach_state.BELLS
        self._elsewhere = settings.elsewhere
        self._actions = actions
        self._switchboard = switchboard
        self._answered = answered
        self.agent = None
        if self._attached is not None:
            asked = self._sight, self._leave_out
            ports = TerminalPorts(self._store, lease, launch, self._bells, settings.type_into_tmux)
            self.agent = LazyTerminals(ports, asked)

    @property
    def are_attached(self) -> bool:
        """Whether that is so."""
        return self._attached is not None

    async def hear(self) -> None:
        """Answer hooks, and find out what sessions have done while nobody listened. Without an end, unless nothing is
        attached."""
        if self._attached is None or self.agent is None:
            return
        with suppress(OSError):
            (self._bells / _PID).write_text(f"{os.getpid()}\n")
        unanswered = UnansweredHooks(self.agent)
        hooks, shell = (self.agent, Shell(self._actions, _user())) if self._answered else (unanswered, None)
        try:
            async with serving(self._attached, hooks, shell):
                for session in await self._store.sessions():
                    if session.terminal is not None and session.terminal.open:
                        await self._switchboard().attend(session)
                await (await self.agent.terminals()).watch()
        finally:
            await unanswered.close()
            (self._bells / _PID).unlink(missing_ok=True)

    async def _sight(self, seen: Sighting) -> bool:
        found = await attach(self._actions, seen.claude, seen.terminal, seen.directories, self._elsewhere)
        if found is not None:
            await self._switchboard().attend(found)
        return found is not None and not found.left_out

    async def _leave_out(self, claude: ClaudeSessionId, out: bool) -> bool:
        known = next((one.id for one in await self._store.sessions() if one.claude == claude), None)
        if known is None:
            return False
        try:
            await leave_out(self._actions, MachineUser(_user()), known, out=out)
        except Refused as refused:
            log.warning("session %s of a terminal is not switched: %s", claude, refused)
            return False
        return True


def _user() -> str:
    """The name of the user that we run as; who has none is named by the number."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())
