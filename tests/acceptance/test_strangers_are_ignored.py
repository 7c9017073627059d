"""Closed by default: what a stranger says leaves no trace in Claude, and in a channel none in Discord either."""

import pytest

from acceptance.steps import not_allowed

from chain import Chain


async def test_a_strangers_message_leaves_no_trace(chain: Chain) -> None:
    asked = await chain.mallory.say(chain.general, "say: let me in")
    place = await chain.ask("say: for me")
    await chain.ended(place)
    await chain.mallory.say(place, "say: and me")
    await chain.ask("say: again", place)
    await chain.ended(place, turns=2)
    assert chain.prompts() == ["say: for me", "say: again"]
    assert not (chain.ada.message(asked) or {}).get("reactions")
    assert asked["id"] not in chain.ada.channels
    transcripts = (chain.world.root / "home" / ".claude").rglob("*.jsonl")
    assert not any("let me in" in one.read_text() or "and me" in one.read_text() for one in transcripts)


@pytest.mark.slow
async def test_a_strangers_commands_are_refused_with_a_reason(chain: Chain) -> None:
    place = await chain.ask("sleep 2")
    await chain.ada.until(lambda _: chain.statuses(place), 20)
    await chain.mallory.command(place, "stop")
    await chain.told(place, not_allowed("stop"), chain.mallory)
    assert "Done" in await chain.ended(place)


@pytest.mark.slow
async def test_claude_does_not_see_the_bot_token(chain: Chain) -> None:
    token = chain.world.about["bot_token"]
    place = await chain.ask(f"bash: env | grep -c {token}; echo checked")
    await chain.ended(place)
    assert "The first line of the result: 0" in chain.answer(place)
