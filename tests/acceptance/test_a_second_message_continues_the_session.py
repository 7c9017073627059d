"""The next message in a thread continues its session: the model receives what was said before."""

import pytest

from chain import Chain


async def test_the_model_receives_the_earlier_turn(chain: Chain) -> None:
    place = await chain.ask("remember antiphony")
    await chain.ended(place)
    await chain.ask("recall", place)
    assert "Done" in await chain.ended(place, turns=2)
    assert "antiphony" in chain.chunks(place)[-1]


@pytest.mark.slow
async def test_both_turns_are_in_one_transcript(chain: Chain) -> None:
    place = await chain.ask("say: one")
    await chain.ended(place)
    await chain.ask("say: two", place)
    await chain.ended(place, turns=2)
    transcripts = list((chain.world.root / "home" / ".claude" / "projects").glob("*/*.jsonl"))
    assert len(transcripts) == 1
    words = transcripts[0].read_text()
    assert "say: one" in words
    assert "say: two" in words
