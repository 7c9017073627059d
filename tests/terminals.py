"""The real interactive Claude Code in a terminal of tmux's (bench/terminal.py), attached to a chain."""

import asyncio
import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from bench import shown
from bench.processes import commands_with
from bench.terminal import TMUX, Home, Terminal, attach, prompts_in, thread_of
from chaos.points import Point

from antiphon.demo.process import BridgeProcess

from chain import Chain, Json

ROOT = Path(__file__).parents[1]
LIMIT = 20  # seconds; a terminal takes two for any of these turns, whether a bridge is there or not
_CLOSED = "Closed in its terminal"
NARROW, WIDE = (80, 24), (200, 50)  # terminals of so many columns and lines
both_sizes = pytest.mark.parametrize(
    "size", [pytest.param(NARROW, id="80x24"), pytest.param(WIDE, id="200x50", marks=pytest.mark.slow)]
)
needs_tmux = pytest.mark.skipif(TMUX is None, reason="tmux is not installed")


@asynccontextmanager
async def terminal(chain: Chain, *size: int) -> AsyncGenerator[Terminal]:
    """A terminal, of so many columns and lines; it is gone afterwards."""
    home = Home(chain.world)
    columns, lines = size or NARROW
    found = Terminal(chain.world, home, (columns, lines))
    try:
        yield found
    finally:
        await found.close()


async def attached(
    chain: Chain,
    *,
    asks: bool = False,
    sections: Mapping[str, Mapping[str, Any]] = MappingProxyType({}),
    **project: Any,
) -> Chain:
    """The chain with terminals attached, and the bridge connected. `asks`: Claude asks about each tool there."""
    Home(chain.world).create(allowed=() if asks else ("Bash(python3:*)", "Bash(echo:*)"))
    await attach(chain.world)
    return await chain.start_configured(sections, **project)


@asynccontextmanager
async def in_terminal(chain: Chain, text: str, *size: int, asks: bool = False) -> AsyncGenerator[tuple[Terminal, str]]:
    """A session in an attached terminal in which that was typed, and its thread."""
    await attached(chain, asks=asks)
    async with terminal(chain, *size) as claude:
        await claude.run()
        yield claude, await typed(chain, claude, text)


async def typed(chain: Chain, claude: Terminal, text: str) -> str:
    """Type the first prompt of a session; its thread, once it is there."""
    await claude.type(text)
    return await thread_of(chain.ada, text)


async def done(chain: Chain, place: str, turns: int = 1) -> None:
    """Wait until so many turns have ended well in a place."""
    await chain.ada.until(lambda _: sum("Done" in one for one in chain.ends(place)) >= turns, 30)


def received(chain: Chain) -> list[str]:
    """The texts of the prompts from Discord that Claude has, in order, as the transcripts tell."""
    transcripts = sorted((Home(chain.world).claude / "projects").glob("*/*.jsonl"))
    lines = (json.loads(line) for path in transcripts for line in path.read_text().splitlines())
    return [one for line in lines for one in prompts_in(line)]


def endpoint(chain: Chain) -> tuple[str, dict[str, str]]:
    """Where hooks and commands call: its address, and the header that opens it."""
    told = json.loads((chain.world.root / "state" / "attach.json").read_text())
    return f"http://127.0.0.1:{told['port']}", {"X-Antiphon-Secret": told["secret"]}


def refused_headers(secret: dict[str, str]) -> tuple[dict[str, str], ...]:
    """Those of somebody who does not know the secret, and of a web page that does."""
    web = ({**secret, "Origin": "http://example.com"}, {**secret, "Host": "evil.example"})
    return ({}, {"X-Antiphon-Secret": "x"}, *web)


@dataclass
class Session:
    """One session in a terminal, and what was said in it."""

    chain: Chain
    claude: Terminal
    place: str = ""
    asked: list[str] = field(default_factory=list[str])  # Ada's messages
    said: list[str] = field(default_factory=list[str])  # what Claude says, in order

    async def ask(self, text: str, *, accepted: bool = False) -> None:
        """Ada writes. `accepted`: a bridge is there, and has it."""
        self.asked.append(f"say: {text}")
        self.said.append(text)
        if accepted:
            await self.chain.accepted(self.place, self.asked[-1])
        else:
            await self.chain.ask(self.asked[-1], self.place)

    def forget(self, text: str) -> None:
        """Nobody knows whether Claude has this, so it is not to have it again."""
        self.asked.remove(f"say: {text}")
        self.said.remove(text)

    async def type(self, text: str, said: str) -> None:
        """Somebody types that at the terminal, and Claude says something to it."""
        self.said.append(said)
        await self.claude.type(text.format(said))

    @asynccontextmanager
    async def killed_at(self, point: Point, hook: str = "", nth: int = 1) -> AsyncGenerator[None]:
        """A bridge that has died at the point by the end of this, and no other."""
        async with self._doomed(point.name, hook, str(nth)) as doomed:
            yield
            assert await doomed.ended() == -9, doomed.lines

    @asynccontextmanager
    async def frozen_at(self, point: Point, hook: str) -> AsyncGenerator[BridgeProcess]:
        """The only bridge: it is frozen at the point, which `until_frozen` waits for."""
        async with self._doomed("FREEZE", point.name, hook) as doomed:
            yield doomed
            assert await doomed.stop() == 0

    @asynccontextmanager
    async def _doomed(self, *at: str) -> AsyncGenerator[BridgeProcess]:
        await self.chain.bridge.stop()
        with closing(self.chain.database()) as database:  # a bridge that starts for the seventh time waits before that
            database.execute("DELETE FROM identify")
        env = {**self.chain.world.environment(), "PYTHONPATH": str(ROOT)}
        doomed = BridgeProcess(self.chain.world.config, env, ("-m", "chaos.doomed", ":".join(filter(None, at))))
        await doomed.start()
        try:
            yield doomed
        finally:
            await doomed.kill()
            print("\n".join(["the doomed bridge said:", *doomed.lines]))

    async def works(self) -> None:
        """A turn is seen to run."""
        await self.chain.ada.until(lambda _: len(self._ends()) < len(self.chain.statuses(self.place)), LIMIT)

    async def goes_on(self, said: str) -> None:
        """Claude says that, and its turn ends, with no bridge there."""
        assert self.chain.bridge.returncode is not None
        await self.claude.transcript.until(lambda lines: has_ended(lines, said), limit=LIMIT)

    async def settled(self) -> None:
        """Everything stands in the thread and in the transcript, once and in order; each turn has ended well."""
        ada, place = self.chain.ada, self.place
        await ada.until(lambda _: self.heard() == self.said, LIMIT)
        await ada.until(lambda _: len(self._ends()) == len(self.chain.statuses(place)), LIMIT)
        assert received(self.chain) == self.asked, received(self.chain)
        other = [one for one in self._ends() if "Done" not in one and _CLOSED not in one]
        assert not other, other
        await ada.until(lambda _: not any(shown.open_buttons(one) for one in ada.messages(place)), LIMIT)

    def closed(self) -> int:
        """How often the thread tells that the terminal has closed the session."""
        return sum(_CLOSED in one for one in self._ends())

    def _ends(self) -> list[str]:
        return self.chain.ends(self.place)

    def heard(self) -> list[str]:
        """What Claude has said, of what it was to say."""
        return [one for one in self.chain.chunks(self.place) if one in self.said]


def has_ended(lines: list[Json], said: str) -> bool:
    """Whether the transcript has that of Claude, and the end of its turn."""
    at = [n for n, one in enumerate(lines) if one["type"] == "assistant" and said in str(one["message"]["content"])]
    return bool(at) and any(one.get("subtype") == "turn_duration" for one in lines[at[-1] :])


@asynccontextmanager
async def session(chain: Chain, *size: int, **options: Any) -> AsyncGenerator[Session]:
    """A session in an attached terminal, with its thread."""
    await attached(chain, **options)
    async with terminal(chain, *size) as claude:
        await claude.start()
        found = Session(chain, claude, said=["ready"])
        found.place = await typed(chain, claude, "say: ready")
        await found.settled()
        yield found


async def until_frozen(bridge: BridgeProcess) -> None:
    """Wait until SIGSTOP holds the process."""
    async with asyncio.timeout(LIMIT):
        status = Path(f"/proc/{bridge.pid}/status")
        while "State:\tT" not in await asyncio.to_thread(status.read_text):  # noqa: ASYNC110 - of another process
            await asyncio.sleep(0.05)


async def until_not_woken(chain: Chain) -> None:
    """Wait until no script tries to wake a session of the chain any more; it gives up by itself."""
    state = str(chain.world.root / "state")
    async with asyncio.timeout(LIMIT):
        while any("wake.py" in one for one in await asyncio.to_thread(commands_with, state)):  # noqa: ASYNC110 - of
            await asyncio.sleep(0.05)  # another process
