"""Discord doubts that a command or a click was answered: what it asks for is done all the same, and said where it
matters."""

from pathlib import Path
from typing import Any

import pytest
from inbound_scene import inbound

from antiphon.standin.person import Person

TOO_LATE = {"status": 404, "code": 10062}
HEARD_BEFORE = {"status": 400, "code": 40060, "after_effect": True}
FAILING = {"status": 503}


def from_bot(person: Person, place: str) -> list[str]:
    return [one["content"] for one in person.messages(place) if one["author"].get("bot") and one["content"]]


@pytest.mark.parametrize(
    "doubt",
    [pytest.param(TOO_LATE, id="too late"), pytest.param(FAILING, id="failing", marks=pytest.mark.slow)],
)
async def test_a_stop_that_discord_doubts_stops_and_says_so_in_its_place(tmp_path: Path, doubt: dict[str, Any]) -> None:
    async with inbound(tmp_path, commands=True) as at:
        thread = await at.begun("fix the build")
        await at.discord.fault({"match": "POST /interactions/*/*/callback", **doubt})
        await at.ben.command(thread, "stop")
        (said,) = await at.ben.until(lambda ben: from_bot(ben, thread), 15)
        assert said.startswith(f"<@{at.ben.id}> ")
        assert "removed from the queue" in said
        assert await at.prompts() == []


async def test_a_stop_that_was_heard_before_is_answered_to_its_person_alone(tmp_path: Path) -> None:
    async with inbound(tmp_path, commands=True) as at:
        thread = await at.begun("fix the build")
        await at.discord.fault({"match": "POST /interactions/*/*/callback", **HEARD_BEFORE, "times": 1})
        await at.ben.command(thread, "stop")
        (said,) = await at.ben.until(lambda ben: from_bot(ben, thread))
        assert "removed from the queue" in said
        assert await at.prompts() == []
        assert from_bot(at.ada, thread) == []


async def test_a_look_that_discord_doubts_is_not_shown_to_everybody(tmp_path: Path) -> None:
    async with inbound(tmp_path, commands=True) as at:
        thread = await at.begun("fix the build")
        await at.discord.fault({"match": "POST /interactions/*/*/callback", **TOO_LATE})
        await at.ben.command(thread, "cost")
        (said,) = await at.ben.until(lambda ben: from_bot(ben, thread))
        assert said == f"<@{at.ben.id}> Discord did not deliver the answer to /cost. Please try again."


async def test_a_refusal_that_discord_doubts_is_said_to_nobody_else(tmp_path: Path) -> None:
    async with inbound(tmp_path, commands=True) as at:
        thread = await at.begun("fix the build")
        await at.discord.fault({"match": "POST /interactions/*/*/callback", **TOO_LATE})
        await at.mallory.command(thread, "stop")
        await at.ben.command(thread, "stop")
        (said,) = await at.ben.until(lambda ben: from_bot(ben, thread))
        assert said.startswith(f"<@{at.ben.id}> ")
