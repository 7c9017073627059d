"""A turn that failed can be tried again by one button: its prompt runs once more, as it was, in the same session."""

import os
import signal

import pytest
from bench.processes import claudes_of

from acceptance.steps import newest_button, not_allowed, press_newest, until_marked
from antiphon.actions.reasons import Condition
from antiphon.agent.wording import NO_CREDIT
from antiphon.chat.wording import refusal
from antiphon.standin.client_shapes import walk, words_of

from chain import Chain, Json

_LINE = "Ada sent the prompt again"


def labels(message: Json) -> list[str]:
    """What the buttons of a message say."""
    return [str(part["label"]) for part in walk(message.get("components", [])) if part.get("label")]


async def failed(chain: Chain, prompt: str) -> str:
    """A turn that has failed, because Anthropic said once that there is no credit; its place."""
    place = await chain.ask(f"error 400 1: Your credit balance is too low\n{prompt}")
    assert NO_CREDIT in await chain.ended(place)
    return place


async def test_a_failed_turn_is_tried_again_by_one_button(chain: Chain) -> None:
    place = await failed(chain, "say: now it works")
    old = newest_button(chain, place, "rerun")
    assert labels(old[0]) == ["Try again"]
    await press_newest(chain, place, "rerun")
    assert "Done" in await chain.ended(place, turns=2)
    # No message of a person began this turn, so there is no mark that tells when all of it is posted.
    await chain.ada.until(lambda _: chain.answer(place).endswith("now it works"))
    first, again = chain.prompts()
    assert first == again
    line = await chain.shown(place, _LINE)
    await chain.ada.until(lambda ada: (ada.message(line) or {}).get("reactions"))
    await chain.ada.click(*old)
    await chain.told(place, refusal(Condition.NEWER_TURN))
    assert len(chain.prompts()) == 2


@pytest.mark.slow
async def test_what_came_with_the_prompt_comes_along(chain: Chain) -> None:
    words = "error 400 1: Your credit balance is too low\nsay: read"
    place = (await chain.ada.say(chain.general, words, files=[("notes.txt", b"the first draft")]))["id"]
    assert "Failed" in await chain.ended(place)
    await chain.restart()
    await press_newest(chain, place, "rerun")
    assert "Done" in await chain.ended(place, turns=2)
    first, again = chain.prompts()
    assert first == again
    assert "the first draft" in again


@pytest.mark.slow
async def test_a_turn_whose_claude_code_died_is_tried_again(chain: Chain) -> None:
    once = "test -e begun && echo the second time || { touch begun; python3 -c 'import time; time.sleep(60)'; }"
    place = await chain.at_work(f"bash: {once}", sign="test -e begun")
    await chain.ada.until(lambda _: (chain.project / "begun").exists())
    (cli,) = claudes_of(chain.bridge.pid)
    os.kill(cli, signal.SIGKILL)
    assert "Failed" in await chain.ended(place)
    assert labels(newest_button(chain, place, "rerun")[0]) == ["Try again", "Details"]
    await press_newest(chain, place, "rerun")
    assert "Done" in await chain.ended(place, turns=2)
    await chain.ada.until(lambda _: "the second time" in chain.answer(place))
    await until_marked(chain, place, "❌")  # on the prompt stays what became of it; the second turn's mark is its own


@pytest.mark.slow
async def test_a_turn_that_took_too_long_offers_to_continue_and_to_run_it_again(unstarted: Chain) -> None:
    chain = await unstarted.start_configured({"limits": {"turn_silence": 4, "stop": 3}})
    place = await chain.ask("hang")
    assert "Timed out" in await chain.ended(place)
    assert labels(newest_button(chain, place, "rerun")[0]) == ["Continue", "Run again"]


@pytest.mark.slow
async def test_a_stranger_cannot_try_again_and_a_turn_that_is_done_has_nothing_to_try(chain: Chain) -> None:
    place = await failed(chain, "say: at last")
    message, custom_id = newest_button(chain, place, "rerun")
    await chain.mallory.click(dict(message), custom_id)
    await chain.told(place, not_allowed("prompt"), chain.mallory)
    assert len(chain.prompts()) == 1
    await press_newest(chain, place, "rerun")
    await chain.ended(place, turns=2)
    cards = [one for one in chain.ada.messages(place) if "Done" in words_of(one)]
    assert not [one for card in cards for one in labels(card) if "again" in one]
