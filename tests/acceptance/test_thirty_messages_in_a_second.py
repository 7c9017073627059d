"""Thirty messages to one thread in a second arrive in order, once each."""

import pytest

from antiphon.standin import Limits

from chain import Chain


@pytest.fixture
def limits() -> Limits:
    """No rate limits: at Discord's pace the sixty posts of the answers alone would take a minute."""
    return Limits.unlimited()


async def test_thirty_messages_arrive_in_order_once_each(chain: Chain) -> None:
    place = await chain.ask("say: start")
    await chain.ended(place)
    said = [f"say: message number {n}" for n in range(30)]
    for words in said:
        await chain.ada.say(place, words)
    await chain.ended(place, turns=31, limit=55)
    assert chain.prompts() == ["say: start", *said]
    await chain.ada.until(lambda _: len(chain.chunks(place)) == 31)  # the last turn's card comes before its words
    assert chain.chunks(place) == [words.removeprefix("say: ") for words in ["say: start", *said]]
