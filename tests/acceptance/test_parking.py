"""A session without a turn gives its process back; the next message resumes it with all that people have chosen."""

import asyncio
from pathlib import Path

import pytest
from bench import shown as turns

from acceptance.steps import button_id, open_request
from antiphon.core.wording import BY_SCHEDULE

from chain import Chain


def processes(chain: Chain) -> int:
    """How many Claude Code processes of this chain there are."""
    found = 0
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                ours = str(chain.world.root).encode() in (entry / "environ").read_bytes()
                found += ours and b"--output-format" in (entry / "cmdline").read_bytes()
            except OSError:
                continue
    return found


async def parked(chain: Chain) -> None:
    """Wait until no process is left."""
    async with asyncio.timeout(20):
        while processes(chain):  # noqa: ASYNC110 - what the system says of other processes
            await asyncio.sleep(0.1)


async def chosen(chain: Chain, place: str, name: str, value: str) -> None:
    """Choose by the command of this name."""
    before = len(chain.ada.messages(place))
    assert (await chain.ada.command(place, name, {name: value})).kind == "success"
    await chain.ada.until(lambda ada: len(ada.messages(place)) > before)


@pytest.mark.slow
async def test_a_parked_session_comes_back_with_mode_model_and_effort(unstarted: Chain) -> None:
    chain = unstarted
    chain.world.configure({"limits": {"idle": 1}}, permission_mode="default", allowed_tools=[])
    await chain.bridge.start()
    place = await chain.ask("remember antiphony")
    await chain.ended(place)
    await chosen(chain, place, "mode", "acceptEdits")
    await chosen(chain, place, "model", "haiku")
    await chosen(chain, place, "effort", "low")
    await parked(chain)
    await chain.ask("recall\nwrite made.txt: not asked about", place)
    assert "Done" in await chain.ended(place, turns=2)
    assert "antiphony" in chain.answer(place)
    assert (chain.project / "made.txt").read_text().strip() == "not asked about"
    request = next(one for one in reversed(chain.standin.model.requests) if one.kind == "main")
    assert "haiku" in request.model
    assert request.effort == "low"


@pytest.mark.slow
async def test_a_rule_of_the_session_outlives_its_parking(unstarted: Chain) -> None:
    chain = unstarted
    chain.world.configure({"limits": {"idle": 1}}, permission_mode="default", allowed_tools=[])
    await chain.bridge.start()
    place = await chain.ask("write made.txt: one")
    request = await open_request(chain, place)
    await chain.ada.click(dict(request), button_id(request, "always"))
    assert "Done" in await chain.ended(place)
    await parked(chain)
    await chain.ask("write made.txt: two", place)
    assert "Done" in await chain.ended(place, turns=2)
    assert (chain.project / "made.txt").read_text().strip() == "two"
    assert not [one for one in chain.ada.messages(place) if turns.open_buttons(one)]


@pytest.mark.slow
async def test_a_session_at_work_is_not_parked(unstarted: Chain) -> None:
    chain = unstarted
    chain.world.configure({"limits": {"idle": 1}})
    await chain.bridge.start()
    place = await chain.ask("sleep 4\nsay: awake")
    assert "Done" in await chain.ended(place)
    assert "awake" in chain.answer(place)
    await parked(chain)


@pytest.mark.slow
@pytest.mark.timeout(150)  # the schedule's next minute
async def test_a_session_with_a_schedule_keeps_its_process_and_says_what_has_started_a_turn(unstarted: Chain) -> None:
    chain = unstarted
    chain.world.configure({"limits": {"idle": 1}}, allowed_tools=["CronCreate"])
    await chain.bridge.start()
    place = await chain.ask('call CronCreate {"cron": "* * * * *", "prompt": "say: tick", "recurring": true}')
    assert "1 schedule set" in await chain.ended(place)
    await chain.ada.until(lambda ada: "tick" in chain.answer(place).splitlines(), 90)  # the next minute, and a bit
    assert "Done" in await chain.ended(place, turns=2)
    assert any(BY_SCHEDULE in str(one) for one in chain.ada.messages(place))
    assert processes(chain) == 1
