"""A turn outlives its bridge: it ends before a bridge that is stopped, it goes on by itself, or it is run again."""

import asyncio
import signal

import pytest

from acceptance.steps import press_newest
from antiphon.actions.reasons import Condition
from antiphon.chat.wording import refusal
from antiphon.core.wording import GOES_ON, LEAVES, jobs_ended
from antiphon.standin.client_shapes import words_of

from chain import Chain

GOING_ON = "say: I begin.\nsleep 3\nsay: I end."


def notes(chain: Chain, place: str) -> str:
    return "\n".join(words_of(one) for one in chain.ada.messages(place))


@pytest.mark.slow
async def test_a_bridge_that_is_stopped_lets_its_turns_end_and_begins_no_others(unstarted: Chain) -> None:
    chain = unstarted
    chain.world.configure({"limits": {"drain": 30}}, while_working="queue")
    await chain.bridge.start()
    place = await chain.at_work(GOING_ON, sign="sleep(3)")
    chain.bridge.signal(signal.SIGTERM)
    await chain.ask("say: next", place)
    assert await chain.bridge.ended() == 0
    assert "Done" in chain.statuses(place)[0]
    assert chain.chunks(place) == ["I begin.", "The first line of the result: slept 3", "I end."]
    await chain.bridge.start()
    assert "Done" in await chain.ended(place, turns=2)
    assert chain.prompts() == [GOING_ON, "say: next"]


@pytest.mark.slow
@pytest.mark.parametrize("again", [False, True], ids=["its time is over", "somebody asks again"])
async def test_a_turn_that_does_not_end_in_time_is_interrupted_and_says_so(unstarted: Chain, again: bool) -> None:
    chain = unstarted
    chain.world.configure({"limits": {"drain": 30 if again else 1}})
    await chain.bridge.start()
    place = await chain.at_work("sleep 60", sign="sleep(60)")
    chain.bridge.signal(signal.SIGTERM)
    await chain.bridge_prints("turns are at work", 15)
    if again:
        chain.bridge.signal(signal.SIGTERM)
    async with asyncio.timeout(15):
        assert await chain.bridge.ended() == 0
    assert "Interrupted" in chain.statuses(place)[0]


@pytest.mark.slow
@pytest.mark.parametrize("politely", [False, True], ids=["killed", "stopped"])
async def test_where_the_project_says_so_a_turn_goes_on_by_itself(unstarted: Chain, politely: bool) -> None:
    chain = unstarted
    chain.world.configure({}, after_restart="continue")
    await chain.bridge.start()
    place = await chain.at_work("remember antiphony\nsay: I begin.\nsleep 3", sign="sleep(3)")
    if politely:
        assert await chain.bridge.stop() == 0
        assert LEAVES in notes(chain, place)
        await chain.bridge.start()
    else:
        await chain.restart()
    assert "Done" in await chain.ended(place)
    assert len(chain.statuses(place)) == 1
    assert GOES_ON in notes(chain, place)
    assert chain.chunks(place)[:2] == ["I will remember antiphony.", "I begin."]
    last = [one for one in chain.standin.model.requests if one.kind == "main"][-1]
    assert str(last.messages).count("restarted while you worked") == 1
    await chain.ask("recall", place)
    assert "Done" in await chain.ended(place, turns=2)
    assert "antiphony" in chain.chunks(place)[-1]


@pytest.mark.slow
async def test_an_interrupted_turn_can_be_run_again_once(chain: Chain) -> None:
    place = await chain.at_work("say: I begin.\nsleep 2", sign="sleep(2)")
    await chain.restart()
    assert "Interrupted" in await chain.ended(place)
    await press_newest(chain, place, "rerun")
    assert "Done" in await chain.ended(place, turns=2)
    assert chain.prompts() == ["say: I begin.\nsleep 2"] * 2
    await press_newest(chain, place, "continue")
    await chain.ada.until(lambda _: refusal(Condition.NEWER_TURN) in notes(chain, place))
    assert len(chain.prompts()) == 2


@pytest.mark.slow
async def test_background_work_that_dies_with_a_killed_bridge_is_told(chain: Chain) -> None:
    place = await chain.ask('call Bash {"command": "sleep 300", "run_in_background": true, "description": "Wait"}')
    await chain.ended(place)
    await chain.restart()
    await chain.ada.until(lambda _: jobs_ended(["Wait"]) in notes(chain, place), 30)
    assert "Done" in await chain.ended(place, turns=2)
