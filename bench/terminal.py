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
import uuid
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

from antiphon.agent.process.installation import bundled
from antiphon.agent.process.orphans import descendants, end_processes
from antiphon.demo.world import World
from antiphon.standin.person import Person

T = TypeVar("T")
Json = dict[str, Any]

TMUX = shutil.which("tmux")
_PROMPT = re.compile(r"<user-message [^>]*>\\n(.*?)\\n</user-message>")
_NAME = 20  # characters of a thread's name that are enough to know it by
_KEY = "sk-ant-scripted-model"
_SIZE = (100, 30)  # columns and lines
_LOOK = 0.05  # seconds between two looks at a screen
_TYPED = 0.3  # seconds between a text and its Enter: sooner, it is taken for a part of something pasted
_LIMIT = 60.0  # seconds until a screen or a transcript shows what it should
_PRESSED = 0.3  # seconds between two keys for a dialog: it takes none in its first moment
_DIALOG = "Do you want"


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
        self.trust(self._world.project)
        permissions = {"defaultMode": "default", "allow": list(allowed)}
        self.settings(permissions=permissions, **({"hooks": hooks} if hooks else {}))
        return self

    def trust(self, directory: Path) -> None:
        """Have Claude Code's first questions answered, those about a directory too."""
        self.claude.mkdir(parents=True, exist_ok=True)
        file = self.claude / ".claude.json"
        known: Json = json.loads(file.read_text()) if file.exists() else {}
        known |= {"hasCompletedOnboarding": True, "hasSeenAutoDefaultNudge": True, "theme": "dark"}
        known["customApiKeyResponses"] = {"approved": [_KEY[-20:]], "rejected": []}
        projects = known.setdefault("projects", {})
        projects[str(directory)] = {"hasTrustDialogAccepted": True, "hasCompletedProjectOnboarding": True}
        file.write_text(json.dumps(known))

    def settings(self, **values: Any) -> None:
        """Write the user's own settings of Claude Code."""
        self.claude.mkdir(parents=True, exist_ok=True)
        (self.claude / "settings.json").write_text(json.dumps(values))

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

    def __init__(self, world: World, home: Home, size: tuple[int, int] = _SIZE) -> None:
        """`size`: columns and lines."""
        self._world, self._home, self._size = world, home, size
        self.session = str(uuid.uuid4())
        self.transcript = Transcript(home, self.session)
        self._socket = str(world.root / f"{self.session[:8]}.tmux")  # a socket's path is short

    async def start(self, *arguments: str) -> None:
        """Claude Code at its prompt, in this session."""
        await self.run("--session-id", self.session, *arguments)

    async def resume(self) -> None:
        """Claude Code at its prompt once more, in the same session, after it was ended."""
        await self.run("--resume", self.session)

    async def run(self, *arguments: str, directory: Path | None = None, **variables: str) -> None:
        """Claude Code at its prompt, started with these arguments and variables."""
        where = directory or self._world.project
        self._home.trust(where)
        environment = {**self._home.environment(), **variables}
        told = [part for pair in environment.items() for part in ("-e", "=".join(pair))]
        width, height = map(str, self._size)
        window = ("new-session", "-d", "-x", width, "-y", height, "-c", str(where))
        await self._tmux(*window, *told, str(bundled()), *arguments)
        await self.until(lambda screen: "mode on" in screen)

    async def type(self, text: str) -> None:
        """Text and Enter."""
        await self.enter_text(text)
        await asyncio.sleep(_TYPED)
        await self.press("Enter")

    async def enter_text(self, text: str) -> None:
        """Text, which then stands in the input."""
        await self._tmux("send-keys", "-l", text)
        end = "".join(text.split())[-20:]  # lines are broken anywhere
        await self.until(lambda screen: end in "".join(screen.split()))

    async def press(self, key: str) -> None:
        """One key, by tmux's name of it."""
        await self._tmux("send-keys", key)

    async def answer_dialog(self, key: str, dialog: str = _DIALOG) -> None:
        """Press a key until the dialog, in which that stands, is gone."""
        ends = time.monotonic() + _LIMIT
        while dialog in await self.screen():
            if time.monotonic() > ends:
                raise TimeoutError("the dialog stays")
            await self.press(key)
            await asyncio.sleep(_PRESSED)

    async def screen(self) -> str:
        """What it shows, as one line: where Claude Code breaks its lines depends on the size."""
        return " ".join((await self._tmux("capture-pane", "-p")).split())

    async def until(self, found: Callable[[str], object], limit: float = _LIMIT) -> None:
        """Wait until the screen shows that."""
        ends = time.monotonic() + limit
        while not found(screen := await self.screen()):
            if time.monotonic() > ends:
                raise TimeoutError(f"not seen within {limit:.0f} s:\n{screen}")
            await asyncio.sleep(_LOOK)

    async def kill(self) -> None:
        """SIGKILL to Claude Code; what it had started goes too, as with the terminal's window."""
        pid = int(await self._tmux("display-message", "-p", "#{pane_pid}"))
        below = await asyncio.to_thread(descendants, pid)
        os.kill(pid, signal.SIGKILL)
        await asyncio.to_thread(end_processes, below)

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


async def antiphon(world: World, *arguments: str, given: str = "") -> tuple[int, str]:
    """The command, as the bridge's own user: its exit code, and all that it printed. `given`: its standard input."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", "antiphon", *arguments),
        env={**world.environment(), "CLAUDE_COMMAND": str(bundled())},
        cwd=world.project,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate(given.encode())
    assert process.returncode is not None
    return process.returncode, said.decode()


async def attach(world: World) -> None:
    """`antiphon attach`. The bridge hears of it at its next start."""
    code, said = await antiphon(world, "attach", "--yes", "-c", str(world.config))
    if code:
        raise RuntimeError(f"antiphon attach: {said}")


async def thread_of(person: Person, text: str) -> str:
    """Wait for the thread of a session in a terminal, which is named by its first prompt."""
    name = " ".join(text.split())[:_NAME]

    def found(_: object) -> list[str]:
        return [id_ for id_, one in person.channels.items() if (one.get("name") or "").startswith(name)]

    try:
        return (await person.until(found, _LIMIT))[0]
    except TimeoutError:
        raise TimeoutError(f"the session of {text!r} has no thread: the bridge leaves it alone") from None


def prompts_in(line: Json) -> list[str]:
    """The prompts from Discord that Claude has got with a line of the transcript: in a user's message, or with a tool's
    result."""
    attached = line.get("attachment") or {}
    if line.get("type") == "user":
        text = json.dumps(line["message"]["content"])
    elif attached.get("type") in ("hook_additional_context", "queued_command"):
        text = json.dumps(attached)
    else:
        return []
    return [] if '"tool_result"' in text else _PROMPT.findall(text.replace('\\"', '"'))


def written(line: Json) -> float:
    """When Claude Code wrote a line, in epoch seconds."""
    return datetime.fromisoformat(line["timestamp"]).timestamp()
