"""A pane of tmux's, read and written by its user's own tmux."""

import asyncio
import os
import secrets
import stat
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from antiphon.agent.terminal.description import environment_of, tty_of

_ANSWERS = 2.0  # seconds for one call of tmux
_FACTS = "#{pane_tty} #{pane_in_mode} #{cursor_y} #{pane_dead}"


class TmuxError(Exception):
    """tmux does not do what it is asked."""


@dataclass(frozen=True, slots=True)
class Screen:
    """What a pane shows. `cursor`: its line; `touched`: when somebody has last pressed a key in one of its windows
    (epoch seconds; 0.0: nobody looks)."""

    lines: Sequence[str]
    cursor: int
    touched: float


@dataclass(frozen=True, slots=True)
class Pane:
    """Where a process runs. `tty`: its terminal device."""

    socket: Path
    id: str
    pid: int
    tty: str

    async def screen(self) -> Screen | None:
        """None: keys would go to something else (another program is in front, somebody scrolls, it has changed)."""
        if not await asyncio.to_thread(_in_front, self.pid):
            return None
        target = ("-t", self.id)
        told = await self._tmux(
            *("display-message", "-p", *target, _FACTS, ";"),
            *("list-clients", *target, "-F", "#{client_activity}", ";"),
            *("display-message", "-p", "", ";", "capture-pane", "-p", *target),
        )
        facts, *rest = told.split("\n")
        clients = rest[: rest.index("")] if "" in rest else []
        match facts.split(" "):
            case [self.tty, "0", cursor, "0"]:
                touched = max((float(one) for one in clients if one.isdigit()), default=0.0)
                return Screen(rest[len(clients) + 1 :], int(cursor), touched)
            case _:
                return None

    async def load(self, text: str) -> str:
        """Make a text ready to be typed, which nobody else of the machine sees; the name under which it is."""
        buffer = f"antiphon-{secrets.token_hex(8)}"  # other panes of the same tmux are typed into meanwhile
        await self._tmux("load-buffer", "-b", buffer, "-", given=text)
        return buffer

    async def type(self, buffer: str) -> None:
        """Type it, as if its user had."""
        await self._tmux("paste-buffer", "-d", "-r", "-b", buffer, "-t", self.id)

    async def enter(self) -> None:
        """Press that key."""
        await self._tmux("send-keys", "-t", self.id, "Enter")

    async def _tmux(self, *arguments: str, given: str = "") -> str:
        """TmuxError."""
        piped, quiet = asyncio.subprocess.PIPE, asyncio.subprocess.DEVNULL
        try:
            tmux = await asyncio.create_subprocess_exec(
                *("tmux", "-S", str(self.socket), *arguments), stdin=piped, stdout=piped, stderr=quiet
            )
        except OSError as error:
            raise TmuxError(str(error)) from error
        try:
            async with asyncio.timeout(_ANSWERS):
                said, _ = await tmux.communicate(given.encode())
        except TimeoutError:
            raise TmuxError("it does not answer") from None
        finally:
            with suppress(ProcessLookupError):
                tmux.kill()
        if tmux.returncode:
            raise TmuxError(f"{arguments[0]} failed")
        return said.decode("utf-8", "replace")


def pane_of(pid: int) -> Pane | None:
    """The pane that a process runs in, where the system tells; None: in none. Reads files: not for the event loop."""
    environment = environment_of(pid)
    socket, pane = Path(environment.get("TMUX", "").split(",")[0]), environment.get("TMUX_PANE", "")
    tty = tty_of(pid)
    with suppress(OSError):
        found = socket.stat()
        if pane and tty and stat.S_ISSOCK(found.st_mode) and found.st_uid == os.getuid():
            return Pane(socket, pane, pid, tty)
    return None


def _in_front(pid: int) -> bool:
    """Whether a process gets what is typed at its terminal."""
    with suppress(OSError, ValueError, IndexError):
        after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        group, front = int(after_name[2]), int(after_name[5])  # proc_pid_stat(5): pgrp and tpgid
        return group == front
    return False
