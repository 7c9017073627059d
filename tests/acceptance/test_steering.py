"""A message while Claude works is handed over at once: the running turn takes it in at its next step, or it is the next
turn. While it waits, an edit changes it and a deletion takes it back."""

import json
from collections.abc import Sequence
from typing import Any

import pytest

from antiphon.chat.render.wording import MESSAGE_WAITS, MESSAGES_WAIT

from chain import Chain

Json = dict[str, Any]
Files = Sequence[tuple[str, bytes]]

PICTURE = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63f8cfc00000"
    "03010100c9fe92ef0000000049454e44ae426082"
)


def marks(chain: Chain, message: Json) -> list[str]:
    """The marks on a message."""
    return [one["emoji"]["name"] for one in (chain.ada.message(message) or {}).get("reactions", [])]


def requests_with(chain: Chain, words: str) -> list[int]:
    """Which of the model's requests hold some words."""
    main = [one for one in chain.standin.model.requests if one.kind == "main"]
    return [n for n, one in enumerate(main) if words in json.dumps(one.messages, ensure_ascii=False)]


async def test_words_are_taken_in_by_the_running_turn_and_marked(chain: Chain) -> None:
    place = await chain.at_work("sleep 6\nsay: the end")
    message = await chain.accepted(place, "mind the gap")
    await chain.ada.until(lambda _: MESSAGE_WAITS in "".join(chain.statuses(place)))
    assert not requests_with(chain, "mind the gap")
    await chain.ada.until(lambda _: marks(chain, message) == ["📥"], 20)
    assert "Done" in await chain.ended(place)
    assert requests_with(chain, "mind the gap")[0] == 1  # the request that brings the command's result
    assert len(chain.ends(place)) == 1
    assert marks(chain, message) == ["📥"]


@pytest.mark.slow
async def test_two_messages_are_taken_in_by_one_turn(chain: Chain) -> None:
    place = await chain.at_work("sleep 6\nsay: the end")
    messages = [await chain.accepted(place, words) for words in ("first word", "second word")]
    await chain.ada.until(lambda _: MESSAGES_WAIT.format(count=2) in "".join(chain.statuses(place)))
    await chain.ended(place)
    await chain.ada.until(lambda _: all(marks(chain, one) == ["📥"] for one in messages))
    assert len(chain.ends(place)) == 1
    assert requests_with(chain, "first word") == requests_with(chain, "second word")


@pytest.mark.slow
async def test_what_comes_during_the_last_words_is_the_next_turn_with_a_card_of_its_own(chain: Chain) -> None:
    place = await chain.ask("stream 1500 100")
    await chain.ada.until(lambda _: chain.chunks(place), 20)
    message = await chain.accepted(place, "say: afterwards")
    assert "Done" in await chain.ended(place, turns=2)
    await chain.ada.until(lambda _: marks(chain, message) == ["✅"])
    await chain.ada.until(lambda _: chain.chunks(place)[-1] == "afterwards")
    assert len(requests_with(chain, "say: afterwards")) == 1


@pytest.mark.slow
async def test_two_that_come_during_the_last_words_are_one_turn(chain: Chain) -> None:
    place = await chain.ask("stream 1500 100")
    await chain.ada.until(lambda _: chain.chunks(place), 20)
    first, second = [await chain.accepted(place, words) for words in ("say: one", "say: two")]
    assert "Done" in await chain.ended(place, turns=2)
    await chain.ada.until(lambda _: (marks(chain, first), marks(chain, second)) == (["✅"], ["📥"]))
    assert len(chain.ends(place)) == 2
    assert len(requests_with(chain, "say: one")) == 1


@pytest.mark.slow
async def test_a_picture_comes_along(chain: Chain) -> None:
    place = await chain.at_work("sleep 6\nsay: the end")
    message = await chain.accepted(place, "look at this", [("dot.png", PICTURE)])
    await chain.ended(place)
    await chain.ada.until(lambda _: marks(chain, message) == ["📥"])
    taken = [one for one in chain.standin.model.requests if one.kind == "main"][requests_with(chain, "look at this")[0]]
    assert '"type": "image"' in json.dumps(taken.messages)


@pytest.mark.slow
async def test_an_edit_changes_and_a_deletion_takes_back_what_is_not_taken_in(chain: Chain) -> None:
    place = await chain.at_work("sleep 7\nsay: the end")
    edited = await chain.accepted(place, "before the edit")
    deleted = await chain.accepted(place, "to be deleted")
    await chain.ada.edit(edited, "after the edit")
    await chain.ada.delete(deleted)
    await chain.ada.until(lambda _: MESSAGE_WAITS in "".join(chain.statuses(place)))
    await chain.ended(place)
    await chain.ada.until(lambda _: marks(chain, edited) == ["📥"])
    assert requests_with(chain, "after the edit")[0] == 1
    assert not requests_with(chain, "before the edit")
    assert not requests_with(chain, "to be deleted")
    await chain.ada.edit(edited, "far too late")
    await chain.ask("say: next", place)
    await chain.ended(place, turns=2)
    assert not requests_with(chain, "far too late")


@pytest.mark.slow
async def test_after_a_kill_what_was_taken_in_does_not_run_and_what_was_not_does(chain: Chain) -> None:
    place = await chain.at_work("sleep 3\nsay: on we go\nsleep 60")
    taken = await chain.accepted(place, "say: taken in")
    await chain.ada.until(lambda _: marks(chain, taken) == ["📥"], 20)
    await chain.ada.until(lambda _: "sleep(60)" in "".join(chain.statuses(place)), 20)
    waits = await chain.accepted(place, "say: not taken in")
    await chain.restart()
    await chain.ended(place, turns=2)
    await chain.ada.until(lambda _: chain.chunks(place)[-1] == "not taken in")
    await chain.ada.until(lambda _: marks(chain, waits) == ["✅"])
    assert marks(chain, taken) == ["⚠️"]  # it shares the end of the turn that took it in
    await chain.ask("say: over", place)
    await chain.ended(place, turns=3)
    assert len(chain.ends(place)) == 3


@pytest.mark.slow
async def test_a_kill_before_the_mark_is_made_leaves_it_to_the_next_bridge(chain: Chain) -> None:
    place = await chain.at_work("sleep 2\nsay: on we go\nsleep 60")
    message = await chain.ada.say(place, "mind the gap")
    await chain.ada.until(lambda _: requests_with(chain, "mind the gap"), 20)
    await chain.restart()
    await chain.ended(place)
    await chain.ada.until(lambda _: marks(chain, message) == ["⚠️"])
    assert chain.prompts().count("mind the gap") == 0
