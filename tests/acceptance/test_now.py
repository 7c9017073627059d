"""Now: the running step is stopped and Claude goes on with what waits, in under two seconds."""

import json
import time
from typing import Any

import pytest

from antiphon.actions.reasons import Condition
from antiphon.chat.render.wording import READ_NOW
from antiphon.chat.wording import refusal
from antiphon.standin.client_shapes import walk

from chain import Chain

Json = dict[str, Any]

AT_ONCE = 2.0  # seconds until the model has the words


def reached(chain: Chain, words: str) -> bool:
    """Whether the model has the words."""
    return any(words in json.dumps(one.messages) for one in chain.standin.model.requests if one.kind == "main")


async def until_reached(chain: Chain, words: str, since: float) -> float:
    """Seconds since `since` (monotonic) until the model has the words."""
    await chain.ada.until(lambda _: reached(chain, words), 20)
    return time.monotonic() - since


def buttons(message: Json, label: str) -> list[str]:
    """The custom_ids of the buttons with a label."""
    return [str(part["custom_id"]) for part in walk(message.get("components", [])) if part.get("label") == label]


async def button_labelled(chain: Chain, place: str, label: str) -> tuple[Json, str]:
    """A button, once it is there, and its message."""
    found = await chain.ada.until(
        lambda ada: next(((one, id_) for one in ada.messages(place) for id_ in buttons(one, label)), None), 20
    )
    assert found is not None
    return found


@pytest.mark.slow
async def test_the_button_brings_waiting_words_to_the_model_during_a_long_command(
    chain: Chain, allowance: float
) -> None:
    place = await chain.at_work("sleep 30")
    await chain.ada.say(place, "say: hurry")
    card, now = await button_labelled(chain, place, READ_NOW)
    start = time.monotonic()
    await chain.ada.click(card, now)
    took = await until_reached(chain, "say: hurry", start)
    print(f"Now: {took:.2f} s")
    assert took < AT_ONCE * allowance
    assert "Done" in await chain.ended(place, turns=2)
    assert "Stopped" in chain.ends(place)[0]
    assert chain.chunks(place)[-1] == "hurry"
    old = {"type": 2, "style": 1, "label": "Old", "custom_id": now}  # as a client shows it that has missed an edit
    body: Json = {"content": "-# old", "components": [{"type": 1, "components": [old]}]}
    await chain.bot_request("POST", f"/channels/{place}/messages", body, chain.world.about["bot_token"])
    await chain.ada.click(*await button_labelled(chain, place, "Old"))
    await chain.told(place, refusal(Condition.NOT_PENDING))


@pytest.mark.slow
async def test_a_prompt_in_line_is_taken_up_at_once(unstarted: Chain, allowance: float) -> None:
    chain = unstarted
    chain.world.configure({}, while_working="queue")
    await chain.bridge.start()
    place = await chain.at_work("sleep 30")
    await chain.ada.say(place, "say: hurry")
    line, now = await button_labelled(chain, place, READ_NOW)
    start = time.monotonic()
    await chain.ada.click(line, now)
    took = await until_reached(chain, "say: hurry", start)
    print(f"Now in line: {took:.2f} s")
    assert took < AT_ONCE * allowance
    assert "Done" in await chain.ended(place, turns=2)


@pytest.mark.parametrize("work", ["sleep 30", "stream 20000 50"])
@pytest.mark.slow
async def test_a_project_can_have_every_message_interrupt(unstarted: Chain, work: str, allowance: float) -> None:
    chain = unstarted
    chain.world.configure({}, while_working="interrupt")
    await chain.bridge.start()
    place = await chain.ask(work)
    await chain.ada.until(lambda _: "sleep(" in "".join(chain.statuses(place)) or chain.chunks(place), 20)
    start = time.monotonic()
    await chain.ada.say(place, "say: instead")
    took = await until_reached(chain, "say: instead", start)
    print(f"interrupt: {took:.2f} s")
    assert took < AT_ONCE * allowance
    assert "Done" in await chain.ended(place, turns=2)
    assert "Stopped" in chain.ends(place)[0]
    assert chain.chunks(place)[-1] == "instead"
