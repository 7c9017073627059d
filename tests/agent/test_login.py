"""Whether Claude Code is logged in is known before a member finds out, and a login that is refused is final."""

import asyncio
import time
from pathlib import Path

import pytest

from antiphon.agent import wording
from antiphon.agent.process.login import watch_login
from antiphon.chat.render.card import final_line
from antiphon.core.blocks import End
from antiphon.core.health import Health
from antiphon.core.values import TurnId
from antiphon.core.view import TurnView
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
    assert (end.reason, end.error) == ("failed", wording.LOGIN_REFUSED)
    assert tries <= 3


@pytest.mark.parametrize(
    ("variable", "charged"),
    [("ANTHROPIC_API_KEY", True), ("CLAUDE_CODE_OAUTH_TOKEN", False)],
    ids=["key", "subscription"],
)
async def test_dollars_are_shown_where_somebody_is_charged_for_them(
    studio: Studio, monkeypatch: pytest.MonkeyPatch, variable: str, charged: bool
) -> None:
    monkeypatch.delenv("ANTHROPIC_API_KEY")
    monkeypatch.setenv(variable, "no-real-one")
    async with studio.session() as (link, ear):
        await link.send(prompt(1, "say: hello"))
        end = await ear.turn()
    assert end.reason == "done"
    assert end.usage.cost is not None  # it counts for budgets all the same
    assert end.usage.billed == charged
    shown = final_line(TurnView(TurnId("t"), None, 0.0), End("done", 2.0, usage=end.usage))
    assert ("$" in shown) == charged
