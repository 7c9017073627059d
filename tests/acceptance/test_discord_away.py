"""Discord is away while turns run: they go on, and everything arrives afterwards, in order, without a storm."""

import asyncio

import pytest

from chain import Chain

AWAY = 20.0  # seconds


@pytest.mark.slow
@pytest.mark.timeout(180)
async def test_three_turns_that_end_while_discord_is_away_arrive_afterwards_in_order(unstarted: Chain) -> None:
    chain = unstarted
    chain.world.configure(while_working="queue")
    await chain.bridge.start()
    first, second = await chain.ask("sleep 3"), await chain.ask("sleep 3")
    await chain.ada.until(lambda _: all("sleep" in "".join(chain.statuses(one)) for one in (first, second)), 20)
    for place, words in ((first, "one"), (first, "two"), (second, "three")):
        message = await chain.ask(f"say: {words}", place)
        assert message == place
    await chain.ada.until(lambda _: _accepted(chain, first, 2) and _accepted(chain, second, 1), 10)
    before = len(await chain.requests())
    await chain.fault({"match": "* /channels/**", "status": 503})
    await asyncio.sleep(AWAY)  # so long it is away
    assert {"say: one", "say: two", "say: three"} <= set(chain.prompts())
    assert chain.chunks(first) == chain.chunks(second) == []
    away = (await chain.requests())[before:]
    assert len([one for one in away if one["status"] == 503]) < 40
    await chain.mend()
    await chain.ended(first, turns=3, limit=60)
    await chain.ended(second, turns=2, limit=60)
    assert chain.chunks(first)[-2:] == ["one", "two"]
    assert chain.chunks(second)[-1] == "three"
    assert [len(chain.chunks(one)) for one in (first, second)] == [3, 2]
    assert not [one for one in await chain.requests() if one["status"] == 429]


def _accepted(chain: Chain, place: str, prompts: int) -> bool:
    said = [one for one in chain.ada.messages(place) if not one["author"].get("bot")]
    return sum(bool(one.get("reactions")) for one in said) >= prompts
