"""A bridge is killed between a post and its note, and Discord has forgotten the nonce: no post comes twice.

The local Discord keeps no nonce at all here: as if the next bridge came hours later.
"""

from pathlib import Path

import pytest
import steps
from bench.shown import open_buttons

from antiphon.demo.process import BridgeProcess
from antiphon.standin import Limits

from chain import Chain

ROOT = Path(__file__).parents[2]


@pytest.fixture
def limits() -> Limits:
    return Limits(identify_window=0.0, nonce_seconds=0.0)


async def killed_after_its_post(chain: Chain, nth: int, prompt: str, place: str | None = None) -> str:
    """Let a bridge take a prompt, and die right after its `nth` post; the place of it."""
    env = {**chain.world.environment(), "PYTHONPATH": str(ROOT)}
    doomed = BridgeProcess(chain.world.config, env, ("-m", "chaos.doomed", f"POSTED:{nth}"))
    await doomed.start()
    try:
        place = await chain.ask(prompt, place)
        assert await doomed.ended() == -9, doomed.lines
    finally:
        await doomed.kill()
    return place


@pytest.mark.slow
@pytest.mark.timeout(180)
@pytest.mark.parametrize("nth", [1, 2, 3], ids=["the card", "words", "more words"])
async def test_what_a_killed_bridge_had_posted_is_there_once(unstarted: Chain, nth: int) -> None:
    chain = unstarted
    chain.world.configure(while_working="queue")
    await chain.bridge.start()
    place = await chain.ask("say: before")
    await chain.ended(place)
    await chain.bridge.stop()
    await killed_after_its_post(chain, nth, "long 5000", place)
    await chain.ada.say(place, "say: said meanwhile")
    await chain.bridge.start()
    await chain.ended(place, turns=3, limit=60)
    assert len(chain.statuses(place)) == 3
    assert not [one for one in chain.statuses(place) if one not in chain.ends(place)]
    assert len(chain.chunks(place)) == len(set(chain.chunks(place)))
    assert len([line for line in chain.bridge.lines if "was posted, but not noted" in line]) == 1


@pytest.mark.slow
@pytest.mark.timeout(180)
@pytest.mark.parametrize("waits_on", [False, True], ids=["nothing waits any more", "it waits on"])
async def test_a_line_that_a_killed_bridge_had_posted_is_there_once_and_then_gone(
    unstarted: Chain, waits_on: bool
) -> None:
    chain = unstarted
    busy = "remember antiphony\nsleep 4"
    alone = {"limits": {"sessions_at_work": 1}, "coordination": {"board": "off"}}  # the third post is the line
    chain.world.configure(alone, after_restart="continue" if waits_on else "ask")
    env = {**chain.world.environment(), "PYTHONPATH": str(ROOT)}
    doomed = BridgeProcess(chain.world.config, env, ("-m", "chaos.doomed", "POSTED:3"))
    await doomed.start()
    await chain.at_work(busy)
    place = await chain.ask("say: waited")
    assert await doomed.ended() == -9, doomed.lines
    lines = {one["id"] for one in chain.ada.messages(place) if one["content"].startswith("-# 🕐")}
    assert len(lines) == 1
    await chain.bridge.start()
    await chain.ended(place, limit=60)
    await chain.ada.until(lambda ada: not [one for one in ada.messages(place) if one["id"] in lines], 20)
    assert chain.answer(place) == "waited"
    assert not [one for one in chain.ada.messages(place) if "🕐" in one["content"]]


@pytest.mark.slow
@pytest.mark.timeout(180)
async def test_a_request_that_a_killed_bridge_had_posted_is_there_once_and_can_be_answered(unstarted: Chain) -> None:
    chain = unstarted
    chain.world.configure(permission_mode="default", allowed_tools=[])
    place = await killed_after_its_post(chain, 2, "bash: echo hello > here.txt")
    await chain.bridge.start()
    await chain.bridge_prints("was posted, but not noted", 20)
    (request,) = [one for one in chain.ada.messages(place) if "Claude wants to run a command" in one["content"]]
    allow = next(custom_id for custom_id in open_buttons(request) if ":allow:" in custom_id)
    assert (await chain.ada.click(request, allow)).kind == "success"
    assert "Done" in await chain.ended(place)
    assert (chain.project / "here.txt").read_text() == "hello\n"
    assert len([one for one in chain.ada.messages(place) if "Allowed" in one["content"]]) == 1


@pytest.mark.slow
@pytest.mark.timeout(180)
async def test_a_card_that_a_killed_bridge_had_posted_ends_when_its_prompt_is_deleted_meanwhile(
    unstarted: Chain,
) -> None:
    chain = unstarted
    await chain.bridge.start()
    place = await chain.ask("say: before")
    await chain.ended(place)
    await chain.bridge.stop()
    await killed_after_its_post(chain, 1, "say: never", place)
    assert "Working" in chain.statuses(place)[-1]
    (said,) = [one for one in chain.ada.messages(place) if one["content"] == "say: never"]
    await chain.ada.delete(said)
    await chain.bridge.start()
    assert "Not run" in await chain.ended(place, turns=2)
    assert "Its message was deleted" in chain.statuses(place)[-1]
    assert chain.prompts() == ["say: before"]
    await steps.one_more_turn(chain, place, 3)
