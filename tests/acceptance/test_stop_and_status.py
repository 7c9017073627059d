"""/stop ends the turn and keeps the session; /status says what the bridge is doing."""

import pytest

from chain import Chain

pytestmark = pytest.mark.slow


async def test_stop_ends_the_turn_and_keeps_the_session(chain: Chain) -> None:
    place = await chain.at_work("remember antiphony\nsleep 60")
    outcome = await chain.ada.command(place, "stop")
    assert outcome.kind == "success"
    assert "⏹️ Stopped" in await chain.ended(place)
    await chain.ask("recall", place)
    await chain.ended(place, turns=2)
    assert "antiphony" in chain.chunks(place)[-1]


async def test_stop_without_a_turn_says_so(chain: Chain) -> None:
    place = await chain.ask("say: hi")
    await chain.ended(place)
    await chain.ada.command(place, "stop")
    await chain.ada.until(lambda ada: any("Nothing is running" in one["content"] for one in ada.messages(place)))


async def test_status_counts_what_there_is(chain: Chain) -> None:
    place = await chain.ask("say: hi")
    await chain.ended(place)
    await chain.ada.command(place, "status")
    await chain.ada.until(lambda ada: any("1 session, 1 turn, " in one["content"] for one in ada.messages(place)))
