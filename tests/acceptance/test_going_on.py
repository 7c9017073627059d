"""A turn that ended too early offers to go on: pressed once or twice, one new turn in the same session."""

import asyncio
import time
from typing import Any

import pytest

from acceptance.steps import newest_button, not_allowed, press_newest
from antiphon.actions.reasons import Condition
from antiphon.chat.wording import refusal
from antiphon.core.wording import silent, too_long
from antiphon.demo.show import marked
from antiphon.standin.client_shapes import words_of

from chain import Chain

_LINE = "told Claude to continue"
_GO_ON = "Go on where you stopped."


async def goes_on(chain: Chain, place: str, turns: int = 2) -> None:
    """Press, and see one more turn end, the last of so many, in the same session."""
    await press_newest(chain, place, "continue")
    assert "Done" in await chain.ended(place, turns=turns)
    await chain.ada.until(lambda _: "Go on where you stopped" in chain.answer(place))
    last = chain.model_requests()[-1]
    assert last.prompt == _GO_ON
    assert "remember apple" in str(last.messages)  # it is the same conversation
    (line,) = [one for one in chain.ada.messages(place) if _LINE in words_of(one)]
    assert "ada" in words_of(line).lower()
    await chain.ada.until(lambda _: marked(chain.ada.message(line)), 10)


@pytest.mark.slow
async def test_a_stopped_turn(chain: Chain) -> None:
    place = await chain.ask("remember apple\nsleep 60")
    await chain.ada.until(lambda _: "slept 60" in "".join(chain.statuses(place)), 20)
    await chain.ada.command(place, "stop")
    assert "Stopped" in await chain.ended(place)
    await goes_on(chain, place)


@pytest.mark.slow
async def test_a_turn_that_a_killed_bridge_left(chain: Chain) -> None:
    place = await chain.ask("remember apple\nsleep 60")
    await chain.ada.until(lambda _: "slept 60" in "".join(chain.statuses(place)), 20)
    await chain.restart()
    assert "Interrupted" in await chain.ended(place)
    await goes_on(chain, place)


async def limited(unstarted: Chain, name: str, **project: Any) -> tuple[Chain, str, int]:
    """A session that has had a turn, and then a bridge with this limit: more seconds than twice what that turn took
    from a cold start, however slow this machine is. The chain, the place, the seconds."""
    chain = await unstarted.start_configured(**project)
    began = time.monotonic()
    place = await chain.ask("remember apple")
    assert "Done" in await chain.ended(place, limit=60)
    seconds = 2 * int(time.monotonic() - began) + 5  # odd: told in seconds, never in minutes
    chain.world.configure({"limits": {name: seconds, "stop": 3}}, **project)
    await chain.restart()
    return chain, place, seconds


@pytest.mark.parametrize("style", ["card", "compact", "legacy"])
@pytest.mark.slow
@pytest.mark.timeout(240)
async def test_a_turn_that_said_nothing_for_too_long(unstarted: Chain, style: str) -> None:
    chain, place, seconds = await limited(unstarted, "turn_silence", progress_style=style)
    await chain.ask("bash: date\nhang", place)
    assert "Timed out" in await chain.ended(place, turns=2, limit=90)
    assert "tool_result" in str(
        chain.model_requests()[-1].messages[-1]
    )  # the model hangs; Claude Code is not still on its way
    assert silent(seconds) in "\n".join(map(words_of, chain.ada.messages(place)))
    await goes_on(chain, place, turns=3)


@pytest.mark.slow
@pytest.mark.timeout(240)
async def test_a_turn_that_took_too_long_altogether(unstarted: Chain) -> None:
    chain, place, seconds = await limited(unstarted, "turn")
    await chain.ask("stream 200000 100", place)
    assert too_long(seconds) in await chain.ended(place, turns=2, limit=90)
    await goes_on(chain, place, turns=3)


@pytest.mark.slow
async def test_a_turn_with_too_many_steps(unstarted: Chain) -> None:
    chain = await unstarted.start_configured(max_turns=2)
    place = await chain.ask("remember apple\ntools 5")
    assert "Limit" in await chain.ended(place)
    await goes_on(chain, place)


@pytest.mark.slow
async def test_two_clicks_make_one_turn(chain: Chain) -> None:
    place = await chain.at_work("sleep 65")
    await chain.ada.command(place, "stop")
    await chain.ended(place)
    message, custom_id = newest_button(chain, place, "continue")
    await asyncio.gather(*(person.click(dict(message), custom_id) for person in (chain.ada, chain.ada)))
    assert "Done" in await chain.ended(place, turns=2)
    await chain.ada.until(lambda _: chain.private(place))
    assert len([one for one in chain.ada.messages(place) if _LINE in words_of(one)]) == 1
    assert len(chain.ends(place)) == 2
    assert sum(one.prompt == _GO_ON for one in chain.model_requests()) == 1


@pytest.mark.slow
async def test_an_older_turns_button_says_that_there_was_another_one(chain: Chain) -> None:
    place = await chain.at_work("sleep 66")
    await chain.ada.command(place, "stop")
    await chain.ended(place)
    old = newest_button(chain, place, "continue")
    await chain.ask("say: something else", place)
    await chain.ended(place, turns=2)
    await chain.ada.click(dict(old[0]), old[1])
    await chain.told(place, refusal(Condition.NEWER_TURN))
    assert len(chain.ends(place)) == 2


@pytest.mark.slow
async def test_a_stranger_cannot_press_it(chain: Chain) -> None:
    place = await chain.at_work("sleep 67")
    await chain.ada.command(place, "stop")
    await chain.ended(place)
    message, custom_id = newest_button(chain, place, "continue")
    await chain.mallory.click(dict(message), custom_id)
    await chain.told(place, not_allowed("prompt"), chain.mallory)
    assert len(chain.statuses(place)) == 1
