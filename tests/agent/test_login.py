"""Whether Claude Code is logged in is known before a member finds out, and a login that is refused is final."""

import asyncio
import time
from pathlib import Path

import pytest

from antiphon.agent.process.login import watch_login
from antiphon.core.health import Health
from studio import Studio

from fakes import prompt

EXECUTABLE = Path("/opt/claude")


async def problems_of(watching: "asyncio.Task[None]", health: Health) -> list[str]:
    """What is wrong when the first answer is there."""
    news = asyncio.create_task(health.news.wait())
    await asyncio.wait({watching, news}, timeout=30, return_when=asyncio.FIRST_COMPLETED)
    news.cancel()
    watching.cancel()
    await asyncio.wait({watching})
    return [problem.words for problem in health.problems]


async def test_a_claude_code_that_is_not_logged_in_is_told_with_what_to_run(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ANTHROPIC_API_KEY")
    health = Health(time.time)
    (words,) = await problems_of(asyncio.create_task(watch_login(studio.launch, EXECUTABLE, health)), health)
    assert "/opt/claude auth login" in words
    assert not studio.model.requests  # to ask costs nothing


async def test_one_that_has_a_key_is_well(studio: Studio) -> None:
    health = Health(time.time)
    await watch_login(studio.launch, EXECUTABLE, health)
    assert not health.problems


@pytest.mark.parametrize("says", ["echo", "echo '{}'", "echo '[1]'", "exit 7", "kill -9 $$"])
async def test_one_that_does_not_tell_is_no_problem(studio: Studio, says: str) -> None:
    studio.launch.command.write_text(f"#!/bin/sh\n{says}\n")
    health = Health(time.time)
    await watch_login(studio.launch, EXECUTABLE, health)
    assert not health.problems


async def test_a_refused_login_is_final_and_says_who_can_help(studio: Studio) -> None:
    async with studio.session() as (link, ear):
        await link.send(prompt(1, "error 401"))
        end = await ear.turn()
        tries = sum(one.kind == "main" for one in studio.model.requests)
    assert end.reason == "failed"
    assert "does not accept Claude Code's login" in (end.error or "")
    assert tries <= 3
