"""The CLI is killed in mid-turn: the turn ends visibly as failed, and the next message works."""

import asyncio
import os
import signal

import pytest
from bench.processes import claudes_of

from chain import Chain


async def test_a_killed_cli_ends_the_turn_as_failed_and_the_next_message_works(chain: Chain) -> None:
    place = await chain.at_work("remember antiphony\nsleep 60")
    (cli,) = claudes_of(chain.bridge.pid)
    os.kill(cli, signal.SIGKILL)
    status = await chain.ended(place)
    assert "❌ Failed" in status
    assert "Claude Code ended unexpectedly" in status
    await chain.ask("recall", place)
    assert "Done" in await chain.ended(place, turns=2)
    assert "antiphony" in chain.chunks(place)[-1]


@pytest.mark.slow
async def test_one_that_was_killed_before_it_wrote_anything_down_leaves_a_session_that_works(chain: Chain) -> None:
    place = await chain.ask("stream 20000 50")
    async with asyncio.timeout(20):
        while not any(one.kind == "main" for one in chain.standin.model.requests):  # noqa: ASYNC110 - to the millisecond
            await asyncio.sleep(0)
    for cli in claudes_of(chain.bridge.pid):
        os.kill(cli, signal.SIGKILL)
    assert "❌ Failed" in await chain.ended(place)
    for written in (chain.world.root / "home" / ".claude" / "projects").glob("*/*.jsonl"):
        written.unlink()  # in 0.1 s it writes its first lines: a test on a busy machine may come too late
    await chain.ask("say: hello", place)
    assert "Done" in await chain.ended(place, turns=2)


@pytest.mark.slow
async def test_an_api_error_is_shown_in_claude_codes_own_words(chain: Chain) -> None:
    place = await chain.ask("error 400")
    status = await chain.ended(place)
    assert "❌ Failed" in status
    assert "API Error: 400" in status
