"""The real interactive Claude Code in a terminal of tmux's, with an environment built from nothing."""

import asyncio
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

import pytest

from antiphon.agent.process.installation import bundled
from antiphon.agent.process.orphans import descendants, end_processes

from chain import Chain

T = TypeVar("T")

TMUX = shutil.which("tmux")
needs_tmux = pytest.mark.skipif(TMUX is None, reason="tmux is not installed")
_LOOK = 0.05  # seconds
_DIALOG = 10.0  # seconds
_KEY = "sk-ant-scripted-model"


class Terminal:
    """A terminal with Claude Code in it."""

    def __init__(self, chain: Chain, size: tuple[int, int], name: str) -> None:
        self._chain = chain
        self._size = size
        self._socket = str(chain.world.root / "tmux.sock")
        self._name = name

    def environment(self, more: Mapping[str, str] = MappingProxyType({})) -> dict[str, str]:
        """Of a person's shell on this machine: no token, and none of the bridge's variables."""
        bridges = self._chain.world.environment()
        own = {name: value for name, value in bridges.items() if not name.startswith(("DISCORD", "ANTIPHON"))}
        return {**own, "ANTHROPIC_API_KEY": _KEY, "TERM": "xterm-256color", "IS_SANDBOX": "1", **more}

    async def start(self, *arguments: str, directory: Path | None = None, **more: str) -> None:
        """Claude Code at its prompt."""
        variables = [part for pair in self.environment(more).items() for part in ("-e", "=".join(pair))]
        where = directory or self._chain.project
        trust(self._chain, where)
        width, height = map(str, self._size)
        window = ("new-session", "-d", "-s", self._name, "-x", width, "-y", height, "-c", str(where))
        await self._tmux(*window, *variables, str(bundled()), *arguments)
        await self.until(lambda screen: "mode on" in screen)

    async def type(self, text: str) -> None:
        """Text and Enter."""
        await self._tmux("send-keys", "-t", self._name, "-l", text)
        await self.until(lambda screen: text.splitlines()[-1][-20:] in screen)
        await self.press("Enter")

    async def press(self, key: str) -> None:
        """One key, by tmux's name of it."""
        await self._tmux("send-keys", "-t", self._name, key)

    async def answer_dialog(self, key: str) -> None:
        """Press a key until the dialog is gone: it takes none in its first moment."""
        ends = time.monotonic() + _DIALOG
        while "Do you want" in await self.screen():
            assert time.monotonic() < ends, await self.screen()
            await self.press(key)
            await asyncio.sleep(0.3)

    async def screen(self) -> str:
        """What it shows."""
        return await self._tmux("capture-pane", "-p", "-t", self._name)

    async def until(self, found: Callable[[str], T], limit: float = 30) -> T:
        """Wait until the screen shows that."""
        ends = time.monotonic() + limit
        while not (value := found(screen := await self.screen())):
            if time.monotonic() > ends:
                raise TimeoutError(f"Not seen within {limit} s:\n{screen}\n{self._chain.ada.seen()}")
            await asyncio.sleep(_LOOK)
        return value

    async def pid(self) -> int:
        """Of Claude Code."""
        return int(await self._tmux("display-message", "-p", "-t", self._name, "#{pane_pid}"))

    async def kill(self) -> None:
        """SIGKILL to Claude Code; what it had started goes too, as with the terminal's window."""
        pid = await self.pid()
        below = await asyncio.to_thread(descendants, pid)
        os.kill(pid, signal.SIGKILL)
        await asyncio.to_thread(end_processes, below)

    async def close(self) -> None:
        """End the terminal, and whatever runs in it."""
        await self._tmux("kill-session", "-t", self._name)

    async def _tmux(self, *arguments: str) -> str:
        assert TMUX is not None
        done = await asyncio.to_thread(
            subprocess.run,
            [TMUX, "-S", self._socket, *arguments],
            env=self.environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        return done.stdout


@asynccontextmanager
async def terminal(chain: Chain, size: tuple[int, int] = (100, 30), name: str = "one") -> AsyncGenerator[Terminal]:
    """A terminal that is gone afterwards."""
    found = Terminal(chain, size, name)
    try:
        yield found
    finally:
        await found.close()


def trust(chain: Chain, directory: Path) -> None:
    """What a person has answered at Claude Code's first start, in that directory too."""
    file = chain.world.root / "home" / ".claude" / ".claude.json"
    known: dict[str, Any] = json.loads(file.read_text()) if file.exists() else {}
    known |= {"hasCompletedOnboarding": True, "theme": "dark", "hasSeenAutoDefaultNudge": True}
    known["customApiKeyResponses"] = {"approved": [_KEY[-20:]], "rejected": []}
    projects = known.setdefault("projects", {})
    projects[str(directory)] = {"hasTrustDialogAccepted": True, "hasCompletedProjectOnboarding": True}
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(known))


async def antiphon(chain: Chain, *arguments: str, directory: Path | None = None) -> tuple[int, str]:
    """Run the command as the machine's user: its exit code, and all that it printed."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", "antiphon", *arguments),
        env={**chain.world.environment(), "CLAUDE_COMMAND": str(bundled())},
        cwd=directory or chain.project,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, said.decode()


async def attached(chain: Chain, *, asks: bool = False, **project: Any) -> Chain:
    """The chain with terminals attached, and the bridge connected. `asks`: Claude asks about each tool there."""
    allowed = () if asks else ("Bash(python3:*)", "Bash(echo:*)")
    settings(chain, permissions={"defaultMode": "default", "allow": allowed})
    trust(chain, chain.project)
    code, said = await antiphon(chain, "attach", "--yes", "-c", str(chain.world.config))
    assert code == 0, said
    return await chain.start_configured({}, **project)


async def thread_of(chain: Chain, name: str) -> str:
    """Wait for the thread of a session in a terminal, by its name."""

    def found(_: object) -> list[str]:
        return [id_ for id_, one in chain.ada.channels.items() if one.get("name") == name]

    return (await chain.ada.until(found, 20))[0]


def settings(chain: Chain, **values: Any) -> None:
    """The user's own settings of Claude Code."""
    file = chain.world.root / "home" / ".claude" / "settings.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(values))


def transcripts(chain: Chain) -> Sequence[Path]:
    """Those of all sessions."""
    return sorted((chain.world.root / "home" / ".claude" / "projects").glob("*/*.jsonl"))


def received(chain: Chain) -> list[str]:
    """The texts of the prompts from Discord that Claude has, in order, as the transcripts tell: what stands in a user's
    message, or came with a tool's result."""
    found: list[str] = []
    for path in transcripts(chain):
        for line in map(json.loads, path.read_text().splitlines()):
            attached = line.get("attachment", {})
            if line["type"] == "user":
                text = json.dumps(line["message"]["content"])
            elif attached.get("type") in ("hook_additional_context", "queued_command"):
                text = json.dumps(attached)
            else:
                continue
            if "tool_result" not in text:
                found += re.findall(r"<user-message [^>]*>\\n(.*?)\\n</user-message>", text)
    return found
