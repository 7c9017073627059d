"""Two threads work at the same time, and neither hears of the other."""

import pytest

from antiphon.core.values import MessageId, turn_of

from chain import Chain

pytestmark = pytest.mark.slow


async def test_two_threads_do_not_mix(chain: Chain) -> None:
    first = await chain.ask("remember alpha\nsleep 1")
    second = await chain.ask("remember beta\nsleep 1")
    await chain.ada.until(lambda _: len(chain.statuses(first)) == len(chain.statuses(second)) == 1, 20)
    assert not chain.ends(first)
    assert not chain.ends(second)
    await chain.ended(first)
    await chain.ended(second)
    await chain.ask("recall", first)
    await chain.ask("recall", second)
    await chain.ended(first, turns=2)
    await chain.ended(second, turns=2)
    assert "alpha" in chain.answer(first)
    assert "beta" not in chain.answer(first)
    assert "beta" in chain.answer(second)
    assert "alpha" not in chain.answer(second)


async def test_the_same_words_in_two_messages_are_two_prompts(chain: Chain) -> None:
    first, second = await chain.ask("say: same"), await chain.ask("say: same")
    assert turn_of(MessageId(int(first))) != turn_of(MessageId(int(second)))
    await chain.ended(first)
    await chain.ended(second)
    assert chain.prompts() == ["say: same", "say: same"]
