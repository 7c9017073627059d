"""A turn that ended too early offers to go on: pressed once or twice, one new turn in the same session."""

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest
from bench import shown as turns

from acceptance.test_final_states import started, working
from antiphon.demo.show import marked
from antiphon.standin.client_shapes import words_of
from antiphon.standin.model.server import Seen

from chain import Chain

_LINE = "lets Claude go on"
_GO_ON = "Go on where you stopped."


def button(chain: Chain, place: str, name: str) -> tuple[Mapping[str, Any], str]:
    """The newest button of a place whose id begins so, with its message."""
    found = [
        (one, id_)
        for one in chain.ada.messages(place)
        for id_ in turns.custom_ids(one)
        if id_.startswith(f"a1:{name}:")
    ]
    assert found, f"there is no {name} in {chain.statuses(place)}"
    return found[-1]


async def pressed(chain: Chain, place: str, name: str = "continue") -> None:
    message, custom_id = button(chain, place, name)
    assert (await chain.ada.click(dict(message), custom_id)).kind == "success"


def told(chain: Chain) -> list[Seen]:
    """What the model was asked; a turn that was cut off shares a message with the words after it."""
    return [one for one in chain.standin.model.requests if one.kind == "main"]


def whispers(chain: Chain, place: str) -> list[str]:
    """What only Ada sees."""
    return [words_of(one) for one in chain.ada.messages(place) if one.get("flags", 0) & 64]


async def goes_on(chain: Chain, place: str) -> None:
    """Press, and see the second turn end in the same session."""
    await pressed(chain, place)
    assert "done" in await chain.ended(place, turns=2)
    await chain.ada.until(lambda _: "Go on where you stopped" in chain.answer(place))
    last = told(chain)[-1]
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
    assert "stopped" in await chain.ended(place)
    await goes_on(chain, place)


async def test_a_turn_that_a_killed_bridge_left(chain: Chain) -> None:
    place = await chain.ask("remember apple\nsleep 60")
    await chain.ada.until(lambda _: "slept 60" in "".join(chain.statuses(place)), 20)
    await chain.restart()
    assert "interrupted" in await chain.ended(place)
    await goes_on(chain, place)


@pytest.mark.parametrize("style", ["card", "compact", "legacy"])
@pytest.mark.slow
async def test_a_turn_that_said_nothing_for_too_long(unstarted: Chain, style: str) -> None:
    chain = await started(unstarted, {"limits": {"turn_silence": 4, "stop": 3}}, progress_style=style)
    place = await chain.ask("remember apple\nbash: date\nhang")
    assert "timed out" in await chain.ended(place)
    assert "Nothing was heard from Claude Code for 4 s." in "\n".join(map(words_of, chain.ada.messages(place)))
    await goes_on(chain, place)


@pytest.mark.slow
async def test_a_turn_that_took_too_long_altogether(unstarted: Chain) -> None:
    chain = await started(unstarted, {"limits": {"turn": 5, "stop": 3}})
    place = await chain.ask("remember apple\nstream 20000 100")
    assert "The turn has taken 5 s, its limit." in await chain.ended(place)
    await goes_on(chain, place)


@pytest.mark.slow
async def test_a_turn_with_too_many_steps(unstarted: Chain) -> None:
    chain = await started(unstarted, max_turns=2)
    place = await chain.ask("remember apple\ntools 5")
    assert "limit" in await chain.ended(place)
    await goes_on(chain, place)


@pytest.mark.slow
async def test_two_clicks_make_one_turn(chain: Chain) -> None:
    place = await working(chain, 65)
    await chain.ada.command(place, "stop")
    await chain.ended(place)
    message, custom_id = button(chain, place, "continue")
    await asyncio.gather(*(person.click(dict(message), custom_id) for person in (chain.ada, chain.ada)))
    assert "done" in await chain.ended(place, turns=2)
    await chain.ada.until(lambda _: whispers(chain, place))
    assert len([one for one in chain.ada.messages(place) if _LINE in words_of(one)]) == 1
    assert len(chain.ends(place)) == 2
    assert sum(one.prompt == _GO_ON for one in told(chain)) == 1


@pytest.mark.slow
async def test_an_older_turns_button_says_that_there_was_another_one(chain: Chain) -> None:
    place = await working(chain, 66)
    await chain.ada.command(place, "stop")
    await chain.ended(place)
    old = button(chain, place, "continue")
    await chain.ask("say: something else", place)
    await chain.ended(place, turns=2)
    await chain.ada.click(dict(old[0]), old[1])
    await chain.ada.until(lambda _: any("another turn since" in words for words in whispers(chain, place)))
    assert len(chain.ends(place)) == 2


@pytest.mark.slow
async def test_a_stranger_cannot_press_it(chain: Chain) -> None:
    place = await working(chain, 67)
    await chain.ada.command(place, "stop")
    await chain.ended(place)
    message, custom_id = button(chain, place, "continue")
    await chain.mallory.click(dict(message), custom_id)
    await chain.mallory.until(
        lambda person: any("not among the people" in words_of(one) for one in person.messages(place))
    )
    assert len(chain.statuses(place)) == 1
