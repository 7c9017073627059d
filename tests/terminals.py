"""The real interactive Claude Code in a terminal of tmux's (bench/terminal.py), attached to a chain."""

import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from bench.terminal import TMUX, Home, Terminal, attach, prompts_in, thread_of

from chain import Chain

needs_tmux = pytest.mark.skipif(TMUX is None, reason="tmux is not installed")


@asynccontextmanager
async def terminal(chain: Chain, *size: int) -> AsyncGenerator[Terminal]:
    """A terminal, of so many columns and lines; it is gone afterwards."""
    home = Home(chain.world)
    columns, lines = size or (100, 30)
    found = Terminal(chain.world, home, (columns, lines))
    try:
        yield found
    finally:
        await found.close()


async def attached(chain: Chain, *, asks: bool = False, **project: Any) -> Chain:
    """The chain with terminals attached, and the bridge connected. `asks`: Claude asks about each tool there."""
    Home(chain.world).create(allowed=() if asks else ("Bash(python3:*)", "Bash(echo:*)"))
    await attach(chain.world)
    return await chain.start_configured({}, **project)


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
