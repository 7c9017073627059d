"""Prompts that are run by the clock, through the whole chain: made in Discord and by Claude, run once whatever is
killed, late as their policy says."""

import asyncio
import json
import time
from contextlib import closing
from typing import Any

import pytest
from bench import shown

from antiphon.standin.client_shapes import words_of

from chain import Chain, Json

pytestmark = pytest.mark.timeout(120)


async def preview(chain: Chain, when: str, prompt: str, place: str | None = None, **options: Any) -> Json:
    """Ada schedules that; what she is shown."""
    told = {"when": when, "prompt": prompt, **options}
    outcome = await chain.ada.command(place or chain.general, "schedule", told)
    assert outcome.kind == "success", outcome
    return await private(chain, place or chain.general, "Press Start")


async def private(chain: Chain, place: str, text: str) -> Json:
    """The newest message for Ada alone that says that."""
    found = await chain.ada.until(
        lambda ada: [one for one in ada.messages(place) if one["flags"] & 64 and text in words_of(one)], 20
    )
    return found[-1]


async def press(chain: Chain, message: Json, what: str) -> None:
    id_ = next(one for one in shown.custom_ids(message) if one.startswith(f"a1:schedule:{what}:"))
    assert (await chain.ada.click(message, id_)).kind == "success"


async def scheduled(chain: Chain, when: str, prompt: str, place: str | None = None, **options: Any) -> None:
    await press(chain, await preview(chain, when, prompt, place, **options), "resume")


async def thread(chain: Chain, name: str) -> str:
    """Wait for a run's thread; its id."""
    found = await chain.ada.until(lambda ada: [id_ for id_, one in ada.channels.items() if one.get("name") == name], 30)
    return found[0]


def threads(chain: Chain, name: str) -> list[str]:
    return [id_ for id_, one in chain.ada.channels.items() if one.get("name") == name]


def runs(chain: Chain) -> list[tuple[str, str]]:
    """The state of each run, and how it has ended, oldest first."""
    with closing(chain.database()) as database:
        return database.execute("SELECT state, ended FROM schedule_run ORDER BY due").fetchall()


async def until_over(chain: Chain, many: int = 1) -> None:
    async with asyncio.timeout(30):
        while sum(state == "over" for state, _ in runs(chain)) < many:  # noqa: ASYNC110 - of another process
            await asyncio.sleep(0.05)


def set_due(chain: Chain, ago: float, every: float | None = None) -> None:
    """As if the machine had slept, or the bridge been away, since so many seconds before now."""
    with closing(chain.database()) as database, database:
        ((id_, body),) = database.execute("SELECT id, body FROM schedule").fetchall()
        told = json.loads(body)
        if every is not None:
            told["when"] = {"seconds": every, "start": time.time() - ago - every}
        database.execute(
            "UPDATE schedule SET next = ?, body = ? WHERE id = ?", (time.time() - ago, json.dumps(told), id_)
        )


async def test_a_schedule_is_previewed_started_and_runs_in_a_thread_of_its_own(chain: Chain) -> None:
    shown_to_ada = await preview(chain, "in 2s", "say: from the clock", name="Look again")
    text = words_of(shown_to_ada)
    assert "Look again" in text
    assert "say: from the clock" in text
    assert not threads(chain, "Look again")
    await press(chain, shown_to_ada, "resume")
    place = await thread(chain, "Look again")
    await chain.ended(place)
    assert "from the clock" in chain.answer(place)
    (prompt,) = [words_of(one) for one in chain.ada.messages(place) if "Scheduled: Look again" in words_of(one)]
    assert "say: from the clock" in prompt
    assert "[The scheduled prompt “Look again”]" in chain.last_request()
    await until_over(chain)
    await chain.ada.command(chain.general, "schedules")
    listed = await private(chain, chain.general, "Look again · over")
    menu = next(one for one in shown.custom_ids(listed) if one.startswith("a1:schedule:pick"))
    with closing(chain.database()) as database:
        ((id_,),) = database.execute("SELECT id FROM schedule").fetchall()
    await chain.ada.select(listed, menu, [id_])
    one = await private(chain, chain.general, "Last runs")
    assert "✅ done" in words_of(one)
    assert f"<#{place}>" in one["content"]
