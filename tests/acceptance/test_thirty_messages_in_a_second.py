"""Thirty messages to one thread in a second arrive in order, once each: as turns of their own where messages wait in
line, as words for the turn at work where they do not."""

import json
import re
from collections.abc import Mapping
from typing import Any

import pytest

from antiphon.standin import Limits

from chain import Chain


@pytest.fixture
def limits() -> Limits:
    """No rate limits: at Discord's pace the sixty posts of the answers alone would take a minute."""
    return Limits.unlimited()


@pytest.mark.slow
async def test_thirty_messages_in_line_are_turns_in_order_once_each(unstarted: Chain) -> None:
    chain = unstarted
    chain.world.configure({}, while_working="queue")
    await chain.bridge.start()
    place = await chain.ask("say: start")
    await chain.ended(place)
    said = [f"say: message number {n}" for n in range(30)]
    for words in said:
        await chain.ada.say(place, words)
    await chain.ended(place, turns=31, limit=55)
    assert chain.prompts() == ["say: start", *said]
    await chain.ada.until(lambda _: len(chain.chunks(place)) == 31)  # the last turn's card comes before its words
    assert chain.chunks(place) == [words.removeprefix("say: ") for words in ["say: start", *said]]


@pytest.mark.slow
async def test_thirty_messages_to_a_turn_at_work_are_taken_in_in_order_once_each(chain: Chain) -> None:
    place = await chain.at_work("sleep 6\nsay: the end")
    messages = [await chain.ada.say(place, f"message number {n};") for n in range(30)]
    await chain.ended(place, limit=55)
    await chain.ada.until(lambda ada: all(_marks(ada.message(one)) == ["📥"] for one in messages), 30)
    assert len(chain.ends(place)) == 1
    last = [one for one in chain.standin.model.requests if one.kind == "main"][-1]
    numbers = re.findall(r"message number (\d+);", json.dumps(last.messages))
    assert numbers == [str(n) for n in range(30)]


def _marks(message: Mapping[str, Any] | None) -> list[str]:
    return [one["emoji"]["name"] for one in (message or {}).get("reactions", [])]
