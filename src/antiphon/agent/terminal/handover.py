"""Gives a terminal's Claude Code what people have written to it: by hooks, by waking it, or by typing."""

import asyncio
import logging
import time
from collections.abc import Sequence
from pathlib import Path

from antiphon.agent.disk.cli_processes import status
from antiphon.agent.terminal.bell import Bell
from antiphon.agent.terminal.delivery import Delivery, Way
from antiphon.agent.terminal.input_line import digest, is_harmless
from antiphon.agent.terminal.ports import TerminalPorts
from antiphon.agent.terminal.prompts import framed, typed_by
from antiphon.agent.terminal.tmux import TmuxError, pane_of
from antiphon.agent.terminal.typist import NothingTyped, Typist
from antiphon.core.values import Prompt, Session, ToolUseId

log = logging.getLogger(__name__)


class Handover:
    """Of one session. Nothing goes before it is written down; see Delivery for what may go."""

    def __init__(self, session: Session, ports: TerminalPorts) -> None:
        assert session.terminal is not None
        self.delivery = Delivery()
        self._session, self._terminal = session, session.terminal
        self._ports = ports
        self._bell = Bell(ports.bells / f"{session.claude}.bell")
        self._typist: Typist | None = None
        self._offering = asyncio.Lock()  # one at a time

    async def restore(self) -> None:
        """What is on its way since before a restart. What another process of Claude Code's than this one has got
        stands in its transcript."""
        offers = await self._ports.bus.offers(self._ports.lease, self._session.id)
        self.delivery.note(one for one in offers if one.at > self._terminal.since)
        where = Path("/proc")
        if self._ports.types and (pane := await self._ports.installation.disk.run(where, pane_of, self._terminal.pid)):
            self._typist = Typist(pane)

    def hand(self, prompt: Prompt) -> bool:
        """Take one for the next way that opens. False: Claude has it already, since before a restart."""
        self._bell.answered()
        return self.delivery.hand(prompt)

    async def take(self, way: Way, after: ToolUseId | None = None) -> str:
        """What goes to Claude now, written down as offered; "": nothing."""
        if not self.delivery.pending:
            return ""
        async with self._offering:
            ready = self.delivery.ready()
            if not ready:
                return ""
            await self._offer(ready, way, after or "")
        self._bell.answered()
        return framed(ready)

    def note_of(self, text: str) -> str:
        """What Claude Code is told beside a prompt that is being submitted, so that it notes which one it is, where we
        have typed it; "": nothing."""
        prompt = self.delivery.typed(text)
        known = None if prompt is None else self.delivery.pending.get(prompt)
        return typed_by(known) if known is not None else ""

    async def begin_with(self) -> None:
        """Have an idle session begin with what waits."""
        if self.delivery.ready() and self._bell.is_due and not await self._type():
            self._bell.ring()

    def undecided(self) -> Sequence[Prompt]:
        """What an idle session was given, and nobody can tell whether it is there. It waits no longer."""
        pending = self.delivery.pending
        found = [pending[one] for one in self.delivery.undecided(time.time()) if one in pending]
        self.delivery.received(one.turn for one in found)
        return found

    async def _type(self) -> bool:
        """Type the first of what waits, if that is wanted, and safe. False: it goes another way."""
        if self._typist is None or not _is_typable(self.delivery.ready()):
            return False
        installation, claude = self._ports.installation, self._session.claude
        config = installation.config_directory
        if await installation.disk.run(config, status, claude, self._terminal.pid, config) != "idle":
            return False
        if not await self._typist.is_free():
            return False
        async with self._offering:
            ready = self.delivery.ready()[:1]
            if not _is_typable(ready):  # a hook was quicker
                return False
            await self._offer(ready, "typed", digest(ready[0].text))
        try:
            await self._typist.type(ready[0].text)
        except NothingTyped:
            self.delivery.kept_back(ready)
            return False
        except TmuxError as error:
            log.warning("a prompt was not seen to be typed: %s", error, extra={"session": self._session.id})
        return True

    async def _offer(self, ready: Sequence[Prompt], way: Way, after: str) -> None:
        """Write down that these go now."""
        offers = self.delivery.offered(ready, way, time.time(), after)
        written = False
        try:
            await self._ports.bus.offer(self._ports.lease, self._session.id, offers)
            written = True
        finally:
            if not written:  # or Claude Code waits for this answer no longer: it gets none
                self.delivery.kept_back(ready)


def _is_typable(ready: Sequence[Prompt]) -> bool:
    """Whether the first one is nothing but its user's words, which do nothing but say something."""
    if not ready:
        return False
    attached = ready[0].attachments.files or ready[0].attachments.notes
    return not (attached or ready[0].asker.is_claude) and ready[0].command == "none" and is_harmless(ready[0].text)
