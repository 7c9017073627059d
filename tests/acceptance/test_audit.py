"""Every decision is on record: who, what, when, by which door."""

import time
from typing import Any

import pytest
from bench import shown as turns

from acceptance.steps import audits, open_request, press, start_asking
from acceptance.test_fork_and_rewind import going_back, rewind_button

from chain import Chain

pytestmark = pytest.mark.slow


async def kept(chain: Chain, count: int) -> dict[str, Any]:
    """The newest entry, once there are so many."""
    await chain.ada.until(lambda _: len(audits(chain)) >= count, 20)
    assert len(audits(chain)) == count
    return audits(chain)[-1]


async def test_what_people_decide_by_commands_and_buttons_is_on_record(unstarted: Chain) -> None:
    chain = unstarted
    chain.world.configure({"projects.playground.budgets": {"thread": 50.0}})
    await chain.bridge.start()
    began = time.time()
    place = await chain.ask("remember first")
    await chain.ended(place)
    for n, (name, value) in enumerate((("model", "haiku"), ("mode", "plan"), ("effort", "low")), start=1):
        await chain.ada.command(place, name, {name: value})
        entry = await kept(chain, n)
        assert (entry["deed"], entry["door"], entry["what"]) == ("choose", "command", {name: value})
    await chain.ada.command(place, "mode", {"mode": "acceptEdits"})
    await kept(chain, 4)
    await chain.ada.command(place, "budget", {"scope": "thread", "dollars": 2.5})
    entry = await kept(chain, 5)
    assert (entry["deed"], entry["what"]["dollars"]) == ("raise", 2.5)
    await chain.ask("sleep 60", place)
    await chain.ada.until(lambda _: "sleep(60)" in "".join(chain.statuses(place)), 20)
    await chain.ada.say(place, "sleep 61")
    card = (await chain.ada.until(lambda ada: [m for m in ada.messages(place) if now_of(m)], 20))[-1]
    await chain.ada.click(card, now_of(card)[0])
    assert "now" in (await kept(chain, 6))["what"]
    await chain.ada.until(lambda _: "sleep(61)" in "".join(chain.statuses(place)), 20)
    await chain.ada.command(place, "stop")
    assert (await kept(chain, 7))["deed"] == "stop"
    await chain.ended(place, turns=3)
    preview = await going_back(chain, place, "sleep 60")
    await chain.ada.click(preview, rewind_button(preview, "conversation"))
    await chain.shown(place, "⏪ Ada made Claude forget everything since ")
    entry = await kept(chain, 8)
    assert (entry["deed"], entry["door"], entry["what"]["what"]) == ("rewind", "button", "conversation")
    await chain.ada.command(place, "clear")
    assert (await kept(chain, 9))["what"]["how"] == "clear"
    await chain.ended(place, turns=4)
    await chain.ada.command(place, "reset")
    assert (await kept(chain, 10))["deed"] == "reset"
    for entry in audits(chain):
        assert (entry["name"], entry["person"]) == ("Ada", int(chain.ada.id))
        assert began <= entry["at"] <= time.time()
        assert entry["session"] is not None


def now_of(message: dict[str, Any]) -> list[str]:
    """The ids of a message's buttons to interrupt."""
    return [one for one in turns.custom_ids(message) if one.startswith("a1:now:")]


async def test_people_see_who_decided_what_and_what_they_may_do_themselves(unstarted: Chain) -> None:
    chain = await start_asking(unstarted)
    place = await chain.ask("bash: touch made.txt")
    await press(chain, await open_request(chain, place), "allow")
    await chain.ended(place)
    await chain.ada.command(place, "model", {"model": "opus"})
    await chain.ada.until(lambda _: len(audits(chain)) == 2)
    await chain.ada.command(place, "audit")
    await chain.told(place, "**Ada** allowed Bash `touch made.txt` · button")
    await chain.told(place, "**Ada** set model to `opus` · command")
    await chain.ada.command(place, "whoami")
    await chain.told(place, "You may raise budgets: you own the bot's application")
    await chain.mallory.command(place, "whoami")
    await chain.told(place, "You may not use Claude here", chain.mallory)
    await chain.mallory.command(place, "audit")
    await chain.told(place, "You may not", chain.mallory)
