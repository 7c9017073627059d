"""A plan is shown whole, kept with words and accepted: what follows is as the person chose."""

from collections.abc import Mapping
from typing import Any

import pytest
from bench import shown as turns

from acceptance.steps import audits, button_id, open_request, start_asking
from acceptance.test_questions import words

from chain import Chain


def go(message: Mapping[str, Any], mode: str) -> str:
    """The custom_id of a way to go."""
    return next(one for one in turns.custom_ids(dict(message)) if one.startswith("a1:go:") and one.endswith(mode))


@pytest.mark.slow
async def test_a_plan_is_kept_with_words_and_then_accepted_and_edits_are_not_asked_about(unstarted: Chain) -> None:
    chain = await start_asking(unstarted)
    place = await chain.ask("plan")
    first = await open_request(chain, place)
    assert "1. Read the code\n2. Write a failing test" in chain.answer(place)
    form = await chain.ada.click(dict(first), button_id(first, "keep"))
    assert form.kind == "modal"
    assert (await chain.ada.submit_modal(form, {"words": "Smaller steps, please."})).kind == "success"
    assert "Done" in await chain.ended(place)
    assert "Smaller steps, please." in chain.last_request()
    assert words(chain, first).startswith("-# 🚫 Plan sent back by Ada · “Smaller steps, please.”")
    await chain.ask("plan\nwrite notes.txt: hello", place)
    second = await open_request(chain, place)
    await chain.ada.click(dict(second), go(second, "acceptEdits"))
    assert "Done" in await chain.ended(place, turns=2)
    assert "The plan is approved" in chain.answer(place)
    assert "· 1 tool ·" in chain.ends(place)[1]  # the file; what is shown as a plan is told by the plan itself
    assert not [one for one in chain.statuses(place) if "Plan" in one or "plans/" in one]
    assert words(chain, second) == "-# ✅ Plan approved by Ada · edits freely"
    assert (chain.project / "notes.txt").read_text() == "hello\n"
    await chain.restart()
    await chain.ask("write more.txt: hello", place)
    assert "Done" in await chain.ended(place, turns=3)
    assert (chain.project / "more.txt").exists()
    kept, approved = audits(chain)
    assert (kept["door"], kept["what"]["words"]) == ("form", "Smaller steps, please.")
    assert (approved["door"], approved["what"]["mode"]) == ("button", "acceptEdits")


@pytest.mark.slow
async def test_go_and_ask_me_asks_before_each_edit(unstarted: Chain) -> None:
    chain = await start_asking(unstarted)
    place = await chain.ask("plan\nwrite notes.txt: hello")
    plan = await open_request(chain, place)
    await chain.ada.click(dict(plan), go(plan, "default"))
    await chain.ada.until(lambda _: words(chain, plan) == "-# ✅ Plan approved by Ada · asks before edits")
    edit = await open_request(chain, place)
    assert "Claude wants to write notes.txt" in words(chain, edit).replace("`", "")
    await chain.ada.click(dict(edit), button_id(edit, "allow"))
    assert "Done" in await chain.ended(place)
    assert (chain.project / "notes.txt").exists()


@pytest.mark.slow
async def test_words_in_the_thread_keep_a_plan_too(unstarted: Chain) -> None:
    chain = await start_asking(unstarted)
    place = await chain.ask("plan")
    plan = await open_request(chain, place)
    await chain.ask("Not before the release.", place)
    assert "Done" in await chain.ended(place)
    assert "Not before the release." in chain.last_request()
    assert words(chain, plan).startswith("-# 🚫 Plan sent back by Ada")
    (audit,) = audits(chain)
    assert (audit["name"], audit["door"], audit["what"]["allowed"]) == ("Ada", "message", False)
    assert len(chain.ends(place)) == 1
