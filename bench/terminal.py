"""The real interactive Claude Code in a terminal of tmux's, with an environment built from nothing."""

import asyncio
import json
import shutil
import subprocess
import sys
import time
import uuid
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

from antiphon.agent.process.installation import bundled
from antiphon.demo.world import World

T = TypeVar("T")
Json = dict[str, Any]

TMUX = shutil.which("tmux")
_KEY = "sk-ant-scripted-model"
_SIZE = ("100", "30")
_LOOK = 0.05  # seconds between two looks at a screen
_TYPED = 0.3  # seconds between a text and its Enter: sooner, it is taken for a part of something pasted
_LIMIT = 60.0  # seconds until a screen or a transcript shows what it should


class Home:
    """A person's home directory, with Claude Code's configuration in it."""

    def __init__(self, world: World, name: str = "home") -> None:
        self._world = world
        self._directory = world.root / name

    @property
    def claude(self) -> Path:
        """Claude Code's configuration directory."""
        return self._directory / ".claude"

    def create(self, hooks: Mapping[str, Any] = MappingProxyType({}), allowed: Sequence[str] = ()) -> "Home":
        """What a person has answered at Claude Code's first start, and hooks and rules of their own settings."""
        self.claude.mkdir(parents=True, exist_ok=True)
        told = {"hasTrustDialogAccepted": True, "hasCompletedProjectOnboarding": True}
        known = {
            "hasCompletedOnboarding": True,
            "hasSeenAutoDefaultNudge": True,
            "theme": "dark",
            "customApiKeyResponses": {"approved": [_KEY[-20:]], "rejected": []},
            "projects": {str(self._world.project): told},
        }
        (self.claude / ".claude.json").write_text(json.dumps(known))
        permissions = {"defaultMode": "default", "allow": list(allowed)}
        settings = {"permissions": permissions, **({"hooks": hooks} if hooks else {})}
        (self.claude / "settings.json").write_text(json.dumps(settings))
        return self

    def environment(self) -> dict[str, str]:
        """The whole environment of a shell there: no token, and none of the bridge's variables."""
        bridges = self._world.environment()
        own = {name: value for name, value in bridges.items() if not name.startswith(("DISCORD", "ANTIPHON"))}
        where = {"HOME": str(self._directory), "CLAUDE_CONFIG_DIR": str(self.claude)}
        return {**own, **where, "ANTHROPIC_API_KEY": _KEY, "TERM": "xterm-256color", "IS_SANDBOX": "1"}


class Transcript:
    """What Claude Code has written of a session."""

    def __init__(self, home: Home, session: str) -> None:
        self._home, self._name = home, f"{session}.jsonl"
        self._path: Path | None = None
        self._offset = 0
        self.lines: list[Json] = []

    def look(self) -> list[Json]:
        """All whole lines, oldest first."""
        if self._path is None:
            self._path = next((self._home.claude / "projects").glob(f"*/{self._name}"), None)
        if self._path is not None and self._path.stat().st_size > self._offset:
            with self._path.open("rb") as file:
                file.seek(self._offset)
                new = file.read()
            whole = new[: new.rfind(b"\n") + 1]
            self._offset += len(whole)
            self.lines += map(json.loads, whole.splitlines())
        return self.lines

    async def until(self, found: Callable[[list[Json]], T], every: float = _LOOK, limit: float = _LIMIT) -> T:
        """Wait until it shows that."""
        ends = time.monotonic() + limit
        while not (value := found(self.look())):
            if time.monotonic() > ends:
                raise TimeoutError(f"not in the transcript within {limit:.0f} s; its last line: {self.lines[-1:]}")
            await asyncio.sleep(every)
        return value


class Terminal:
    """A terminal with Claude Code in it."""

    def __init__(self, world: World, home: Home) -> None:
        self._world, self._home = world, home
        self.session = str(uuid.uuid4())
        self.transcript = Transcript(home, self.session)
        self._socket = str(world.root / f"{self.session}.tmux")

    async def resume(self) -> None:
        """Claude Code at its prompt once more, in the same session, after it was ended."""
        await self.start(resumed=True)

    async def start(self, *arguments: str, resumed: bool = False) -> None:
        """Claude Code at its prompt."""
        which = "--resume" if resumed else "--session-id"
        variables = [part for pair in self._home.environment().items() for part in ("-e", "=".join(pair))]
        window = ("new-session", "-d", "-x", _SIZE[0], "-y", _SIZE[1], "-c", str(self._world.project))
        await self._tmux(*window, *variables, str(bundled()), which, self.session, *arguments)
        await self.until(lambda screen: "mode on" in screen)

    async def type(self, text: str) -> None:
        """Text and Enter."""
        await self._tmux("send-keys", "-l", text)
        await self.until(lambda screen: text.splitlines()[-1][-20:] in screen)
        await asyncio.sleep(_TYPED)
        await self._tmux("send-keys", "Enter")

    async def until(self, found: Callable[[str], object], limit: float = _LIMIT) -> None:
        """Wait until the screen shows that."""
        ends = time.monotonic() + limit
        while not found(screen := await self._tmux("capture-pane", "-p")):
            if time.monotonic() > ends:
                raise TimeoutError(f"not seen within {limit:.0f} s:\n{screen}")
            await asyncio.sleep(_LOOK)

    async def close(self) -> None:
        """End the terminal, and whatever runs in it."""
        with suppress(RuntimeError):  # it is over already
            await self._tmux("kill-server")

    async def _tmux(self, *arguments: str) -> str:
        assert TMUX is not None
        command = [TMUX, "-f", "/dev/null", "-S", self._socket, *arguments]
        env = self._home.environment()
        done = await asyncio.to_thread(subprocess.run, command, env=env, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"tmux {arguments[0]}: {done.stderr.strip()}")
        return done.stdout


@asynccontextmanager
async def terminal(world: World, home: Home, *arguments: str) -> AsyncGenerator[Terminal]:
    """A terminal with Claude Code at its prompt, started with these arguments; it is gone afterwards."""
    found = Terminal(world, home)
    try:
        await found.start(*arguments)
        yield found
    finally:
        await found.close()


async def attach(world: World) -> None:
    """`antiphon attach`, as the bridge's own user. The bridge hears of it at its next start."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", "antiphon", "attach", "--yes", "-c", str(world.config)),
        env={**world.environment(), "CLAUDE_COMMAND": str(bundled())},
        cwd=world.project,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    if process.returncode:
        raise RuntimeError(f"antiphon attach: {said.decode()}")


def written(line: Json) -> float:
    """When Claude Code wrote a line, in epoch seconds."""
    return datetime.fromisoformat(line["timestamp"]).timestamp()
