"""The next message in a thread continues its session: the model receives what was said before."""

import pytest
from bench import shown

from chain import Chain, Json

_REPLY = 19  # a message's type


async def test_the_model_receives_the_earlier_turn(chain: Chain) -> None:
    place = await chain.ask("remember antiphony")
    await chain.ended(place)
    await chain.ask("recall", place)
    assert "Done" in await chain.ended(place, turns=2)
    assert "antiphony" in chain.chunks(place)[-1]


def cards(chain: Chain, place: str) -> list[Json]:
    """The messages that show how turns stand, oldest first."""
    return [one for one in chain.ada.messages(place) if shown.statuses([one])]


@pytest.mark.slow
@pytest.mark.parametrize("style", ["card", "compact"])
async def test_where_other_messages_stand_between_the_turn_begins_as_a_reply_to_its_prompt(
    unstarted: Chain, style: str
) -> None:
    chain = await unstarted.start_configured(progress_style=style, while_working="queue")
    place = await chain.at_work("sleep 3\nsay: of the first")
    prompt = await chain.ada.say(place, "sleep 1\nsay: of the second")
    await chain.ended(place, turns=2)
    await chain.ask("sleep 1\nsay: of the third", place)  # with nothing below it
    await chain.ended(place, turns=3)
    first, second, third = cards(chain, place)
    assert second["type"] == _REPLY
    assert second["message_reference"]["message_id"] == prompt["id"]
    assert second["mentions"] == []
    for one in (first, third):
        assert one["type"] != _REPLY
    assert chain.chunks(place)[-1].endswith("of the third")


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
