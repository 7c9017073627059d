"""`antiphon setup` in a pseudo-terminal, at a local Discord: what is on the screen is read, what is typed is typed."""

import asyncio
import fcntl
import os
import pty
import re
import struct
import sys
import termios
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import ClientSession

from antiphon.agent.process import exec_wrapper
from antiphon.standin import Limits, StandIn
from antiphon.standin.person import Person

from environment import from_nothing

_ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\r")
# A program whose terminal is standard input, so that Ctrl-C reaches it.
_OWN_TERMINAL = (
    "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execv(sys.argv[1], sys.argv[1:])"
)
CTRL_C = "\x03"


@dataclass
class Screen:
    """A program in a terminal of its own. `text`: all that was on it."""

    process: asyncio.subprocess.Process
    terminal: int
    text: str = ""
    read_until: int = 0  # what was expected before is not found again
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    async def expect(self, text: str, limit: float = 20) -> None:
        """Wait until the text comes, after what came before."""
        try:
            async with asyncio.timeout(limit):
                while text not in self.text[self.read_until :]:
                    self.changed.clear()
                    await self.changed.wait()
        except TimeoutError:
            raise AssertionError(f"no {text!r} on the screen:\n{self.text}") from None
        self.read_until = self.text.index(text, self.read_until) + len(text)

    def type(self, text: str, end: str = "\n") -> None:
        os.write(self.terminal, f"{text}{end}".encode())

    async def answer(self, question: str, text: str = "") -> None:
        await self.expect(question)
        self.type(text)

    async def interrupt(self) -> None:
        """Press Ctrl-C, again where the program was just about to read: that one waits for the next key."""
        while self.process.returncode is None:
            self.type(CTRL_C, end="")
            with suppress(TimeoutError):
                await self.ended(1.0)

    async def ended(self, limit: float = 20) -> int:
        async with asyncio.timeout(limit):
            return await self.process.wait()

    def read(self) -> None:
        with suppress(OSError):  # the program has ended
            self.text += _ANSI.sub("", os.read(self.terminal, 65536).decode("utf-8", "replace"))
        self.changed.set()


@dataclass
class NewMachine:
    """Somebody who has nothing yet but a server of their own and a bot."""

    root: Path
    standin: StandIn
    ada: Person
    env: dict[str, str]

    @property
    def about(self) -> Mapping[str, Any]:
        return self.standin.describe()

    @property
    def token(self) -> str:
        return self.about["bot_token"]

    @property
    def bot(self) -> str:
        return self.about["application_id"]

    @property
    def general(self) -> str:
        return self.about["channels"]["general"]

    @property
    def config(self) -> Path:
        return self.root / "home" / ".config" / "antiphon" / "antiphon.toml"

    @property
    def project(self) -> Path:
        return self.root / "code"

    async def not_invited(self) -> None:
        """The bot is in no server."""
        await self.ada.request("DELETE", f"/guilds/{self.about['guild_id']}/members/{self.bot}")

    async def no_intent(self) -> None:
        await self.ada.request("PATCH", f"/applications/{self.bot}", {"flags": 0})

    async def fault(self, plan: dict[str, Any]) -> None:
        """Let something go wrong at the local Discord (POST /standin/faults)."""
        await self._ask("POST", plan)

    async def mend(self) -> None:
        """No fault any more."""
        await self._ask("DELETE", None)

    async def _ask(self, method: str, body: dict[str, Any] | None) -> None:
        url = self.about["api"].removesuffix("/api/v10")
        async with ClientSession() as http, http.request(method, f"{url}/standin/faults", json=body) as response:
            assert response.status < 300

    async def overwrite(self, deny: int) -> None:
        body = {"type": 1, "allow": "0", "deny": str(deny)}
        await self.ada.request("PUT", f"/channels/{self.general}/permissions/{self.bot}", body)

    @asynccontextmanager
    async def screen(self, *words: str) -> AsyncGenerator[Screen]:
        """`antiphon setup`, or another command, on a screen of 100 columns."""
        ours, its = pty.openpty()
        fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 100, 0, 0))
        wrapper = (sys.executable, "-I", "-S", exec_wrapper.__file__, str(os.getpid()), "*")
        command = (*wrapper, sys.executable, "-m", "antiphon", *(words or ("setup",)))
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-c", _OWN_TERMINAL),
            *command,
            stdin=its,
            stdout=its,
            stderr=its,
            env=self.env | {"TERM": "xterm"},
            cwd=self.project,
            start_new_session=True,
        )
        os.close(its)
        shown = Screen(process, ours)
        asyncio.get_running_loop().add_reader(ours, shown.read)
        try:
            yield shown
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
            asyncio.get_running_loop().remove_reader(ours)
            os.close(ours)

    async def lines(self, *words: str) -> tuple[int, str]:
        """A command without a terminal: its exit code, and what it prints."""
        asked = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "antiphon", *words),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=self.env,
            cwd=self.project,
        )
        told, errors = await asked.communicate()
        return asked.returncode or 0, (told + errors).decode()


@asynccontextmanager
async def new_machine(root: Path) -> AsyncGenerator[NewMachine]:
    async with StandIn(limits=Limits.unlimited()) as standin:
        about = standin.describe()
        env = from_nothing(root / "home", standin.model.url)
        env |= {"ANTIPHON_DISCORD_API": about["api"], "XDG_RUNTIME_DIR": str(root / "run")}
        (root / "home").mkdir()
        (root / "code").mkdir()
        (root / "run").mkdir(mode=0o700)
        async with Person(about["api"], about["gateway"], about["people"][0]["token"]) as ada:
            yield NewMachine(root, standin, ada, env)
