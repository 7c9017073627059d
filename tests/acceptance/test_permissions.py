"""Permission requests, answered from Discord: what was decided reaches Claude, once, from whoever may."""

import asyncio
import json
import re
from typing import Any

import pytest
from bench import shown as turns

from acceptance.steps import (
    audits,
    button_id,
    message_with_buttons,
    not_allowed,
    one_more_turn,
    open_request,
    start_asking,
)
from antiphon.actions.reasons import Condition
from antiphon.chat.render.wording import DENY_AND_TELL, OR_WRITE_INSTEAD
from antiphon.chat.wording import refusal
from antiphon.standin.client_shapes import words_of

from chain import Chain

_TOLD = re.compile("has already (allowed|denied) this|has just answered this")


@pytest.mark.slow
async def test_what_is_allowed_once_runs_and_is_asked_about_again(unstarted: Chain) -> None:
    chain = await start_asking(unstarted)
    place = await chain.ask("bash: touch made.txt && echo it ran")
    request = await open_request(chain, place)
    assert "touch made.txt && echo it ran" in words_of(dict(request))
    await chain.ada.click(dict(request), button_id(request, "allow"))
    assert "Done" in await chain.ended(place)
    assert "it ran" in chain.last_request()
    settled = words_of(chain.ada.message(dict(request)) or {})
    assert re.fullmatch(r"-# ✅ Allowed by Ada · Bash `touch made.txt && echo it ran` · ✓ \d+\.\d s", settled)
    assert "touch made.txt" not in "".join(chain.statuses(place))  # it is told in one place
    (audit,) = audits(chain)
    assert (audit["deed"], audit["name"], audit["person"], audit["door"]) == (
        "answer",
        "Ada",
        int(chain.ada.id),
        "button",
    )
    assert (audit["what"]["tool"], audit["what"]["allowed"]) == ("Bash", True)
    await chain.ask("bash: touch made.txt && echo it ran", place)
    again = await open_request(chain, place)
    assert again["id"] != request["id"]
    await chain.ada.click(dict(again), button_id(again, "deny"))
    assert "Done" in await chain.ended(place, turns=2)
    assert "The person denied this." in chain.last_request()
    assert "touch made.txt" not in "".join(chain.statuses(place))


@pytest.mark.slow
async def test_a_rule_of_the_session_is_not_asked_again_also_after_a_restart(unstarted: Chain) -> None:
    chain = await start_asking(unstarted)
    outside = chain.world.root / "outside"
    outside.mkdir()
    (outside / "one.txt").write_text("first\n")
    (outside / "two.txt").write_text("second\n")
    place = await chain.ask(f'call Read {{"file_path": "{outside}/one.txt"}}')
    request = await open_request(chain, place)
    assert "in this session" in words_of(dict(request))
    await chain.ada.click(dict(request), button_id(request, "always"))
    assert "Done" in await chain.ended(place)
    await chain.restart()
    await chain.ask(f'call Read {{"file_path": "{outside}/two.txt"}}', place)
    assert "Done" in await chain.ended(place, turns=2)
    assert "second" in chain.last_request()
    other = await chain.ask(f'call Read {{"file_path": "{outside}/two.txt"}}')
    again = await open_request(chain, other)  # another session was allowed nothing
    await chain.ada.click(dict(again), button_id(again, "deny"))
    await chain.ended(other)


@pytest.mark.slow
async def test_edits_and_a_directory_that_a_session_was_allowed_are_not_asked_about_after_a_restart(
    unstarted: Chain,
) -> None:
    chain = await start_asking(unstarted)
    outside = chain.world.root / "outside"
    outside.mkdir()
    place = await chain.ask(f"write {outside}/one.txt: hello")
    request = await open_request(chain, place)
    assert f"Always allow access to {outside}: in this session" in words_of(dict(request))
    directory = [one for one in turns.custom_ids(dict(request)) if one.startswith("a1:always:")][1]
    await chain.ada.click(dict(request), directory)
    assert "Done" in await chain.ended(place)
    await chain.ask("write inside.txt: hello", place)
    edit = await open_request(chain, place)
    assert "Always: in this session" in words_of(dict(edit))
    await chain.ada.click(dict(edit), button_id(edit, "always"))
    assert "Done" in await chain.ended(place, turns=2)
    await chain.restart()
    await chain.ask(f"write {outside}/two.txt: hello\nwrite more.txt: hello", place)
    assert "Done" in await chain.ended(place, turns=3)
    assert (outside / "two.txt").exists()
    assert (chain.project / "more.txt").exists()


@pytest.mark.slow
async def test_what_is_asked_about_an_edit_is_its_file_and_the_difference(unstarted: Chain) -> None:
    chain = await start_asking(unstarted)
    (chain.project / "notes.txt").write_text("one\ntwo\n")
    read = json.dumps({"file_path": f"{chain.project}/notes.txt"})
    place = await chain.ask(f"call Read {read}\nsay: Two becomes three.\nwrite notes.txt: one\\nthree")
    request = await open_request(chain, place)
    shown = words_of(dict(request))
    assert "Two becomes three." not in shown  # it stands right above
    assert "**Claude wants to change** `notes.txt`\n" in shown
    assert "\n@@ -1,2 +1,2 @@\n one\n-two\n+three\n" in shown
    await chain.ada.click(dict(request), button_id(request, "deny"))
    await chain.ended(place)


@pytest.mark.slow
async def test_tools_that_ask_at_once_are_answered_each_for_itself(unstarted: Chain) -> None:
    chain = unstarted
    settings = chain.project / ".claude" / "settings.json"
    settings.parent.mkdir(exist_ok=True)
    settings.write_text(json.dumps({"permissions": {"ask": ["Bash(echo *)"]}}))
    await start_asking(chain)
    place = await chain.ask("parallel 3")

    def open_ones(_: object) -> list[dict[str, Any]]:
        return [one for one in chain.ada.messages(place) if turns.open_buttons(one)]

    await chain.ada.until(lambda _: len(open_ones(_)) == 3, 30)
    third, second, first = sorted(open_ones(None), key=words_of, reverse=True)
    await chain.ada.click(second, button_id(second, "deny"))
    await chain.ada.click(third, button_id(third, "allow"))
    await chain.ada.until(lambda _: len(open_ones(_)) == 1)
    await chain.ada.click(first, button_id(first, "allow"))
    assert "Done" in await chain.ended(place)
    said = chain.answer(place)
    assert "parallel 1" in said
    assert "parallel 2" not in said
    assert "parallel 3" in said
    settled = [words_of(chain.ada.message(one) or {}) for one in (first, second, third)]
    assert ["Allowed by Ada" in one for one in settled] == [True, False, True]
    assert "Denied by Ada" in settled[1]


async def test_a_stop_withdraws_the_request_and_a_late_click_is_told_so(unstarted: Chain) -> None:
    chain = await start_asking(unstarted)
    place = await chain.ask("bash: touch made.txt")
    request = await open_request(chain, place)
    card = next(one for one in chain.ada.messages(place) if any(":stop:" in id_ for id_ in turns.custom_ids(one)))
    await chain.ada.click(card, next(one for one in turns.custom_ids(card) if ":stop:" in one))
    await chain.ended(place)
    await chain.ada.until(lambda ada: "Not needed any more" in words_of(ada.message(dict(request)) or {}))
    assert not turns.custom_ids(chain.ada.message(dict(request)) or {})
    old = await message_with_buttons(chain, place, button_id(request, "allow"))
    await chain.ada.click(old, button_id(request, "allow"))
    await chain.told(place, refusal(Condition.WITHDRAWN))
    assert not (chain.project / "made.txt").exists()
    assert [(one["deed"], one["door"]) for one in audits(chain)] == [("stop", "button")]
    assert "Done" in await one_more_turn(chain, place, 2)


@pytest.mark.slow
async def test_a_request_that_nobody_answers_is_retired_and_the_turn_says_so_and_offers_to_go_on(
    unstarted: Chain,
) -> None:
    chain = await start_asking(unstarted, {"limits": {"unanswered": 3}})
    place = await chain.ask("bash: touch made.txt")
    request = await open_request(chain, place)
    assert "Timed out" in await chain.ended(place)
    await chain.ada.until(lambda ada: "Expired" in words_of(ada.message(dict(request)) or {}))
    assert not turns.custom_ids(chain.ada.message(dict(request)) or {})
    last = next(one for one in chain.ada.messages(place) if "Nobody has answered for 3 s." in words_of(one))
    assert [one for one in turns.custom_ids(last) if one.startswith("a1:continue:")]
    old = await message_with_buttons(chain, place, button_id(request, "allow"))
    await chain.ada.click(old, button_id(request, "allow"))
    await chain.told(place, refusal(Condition.REQUEST_EXPIRED))
    assert not (chain.project / "made.txt").exists()
    assert "Done" in await one_more_turn(chain, place, 2)


@pytest.mark.slow
async def test_two_people_click_at_once_and_one_of_them_is_told_who_was_first(unstarted: Chain) -> None:
    chain = await start_asking(unstarted, people=[int(unstarted.ben.id)])
    place = await chain.ask("bash: touch made.txt")
    request = await open_request(chain, place)
    await asyncio.gather(
        chain.ada.click(dict(request), button_id(request, "allow")),
        chain.ben.click(dict(request), button_id(request, "deny")),
    )
    await chain.ended(place)
    settled = words_of(chain.ada.message(dict(request)) or {})
    first, second = ("Ada", chain.ben) if "Allowed by Ada" in settled else ("Ben", chain.ada)
    assert f"by {first}" in settled
    assert (chain.project / "made.txt").exists() == (first == "Ada")
    told_late = await second.until(lambda one: [m for m in one.messages(place) if _TOLD.search(m["content"])])
    assert told_late[0]["content"].startswith(f"{first} has ")
    old = await message_with_buttons(chain, place, button_id(request, "allow"))
    await second.click(old, button_id(request, "allow"))
    await chain.told(place, f"{first} has already {'allowed' if first == 'Ada' else 'denied'} this.", second)
    assert [one["name"] for one in audits(chain)] == [first]


@pytest.mark.slow
async def test_always_is_spelt_out_and_not_asked_again_also_after_a_restart(unstarted: Chain) -> None:
    chain = await start_asking(unstarted)
    place = await chain.ask("bash: touch made.txt")
    request = await open_request(chain, place)
    assert "Always allow “touch made.txt”: rule `Bash(touch made.txt)` in this project" in words_of(dict(request))
    await chain.ada.click(dict(request), button_id(request, "always"))
    assert "Done" in await chain.ended(place)
    settled = chain.ada.message(dict(request))
    assert settled is not None
    assert "Allowed by Ada" in words_of(settled)
    assert "always from now on" in words_of(settled)
    await chain.ask("bash: touch made.txt", place)
    assert "Done" in await chain.ended(place, turns=2)
    await chain.restart()
    await chain.ask("bash: touch made.txt", place)
    assert "Done" in await chain.ended(place, turns=3)
    assert not [one for one in chain.ada.messages(place) if turns.open_buttons(one)]


async def test_the_words_of_a_denial_reach_claude(unstarted: Chain) -> None:
    chain = await start_asking(unstarted)
    place = await chain.ask("bash: touch made.txt")
    request = await open_request(chain, place)
    form = await chain.ada.click(dict(request), button_id(request, "words"))
    assert form.kind == "modal"
    assert (await chain.ada.submit_modal(form, {"words": "Use a temporary file."})).kind == "success"
    assert "Done" in await chain.ended(place)
    assert "Use a temporary file." in chain.last_request()
    assert not (chain.project / "made.txt").exists()
    settled = chain.ada.message(dict(request))
    assert settled is not None
    assert "Use a temporary file." in words_of(settled)


@pytest.mark.slow
async def test_the_first_of_two_clicks_counts_and_the_second_is_told(unstarted: Chain) -> None:
    chain = await start_asking(unstarted)
    place = await chain.ask("bash: touch made.txt")
    request = await open_request(chain, place)
    clicks = (chain.ada.click(dict(request), button_id(request, name)) for name in ("allow", "deny"))
    await asyncio.gather(*clicks)
    await chain.ended(place)
    told_late = await chain.ada.until(lambda ada: [m for m in ada.messages(place) if _TOLD.search(m["content"])])
    assert told_late[0]["content"].startswith("Ada has ")
    settled = words_of(chain.ada.message(dict(request)) or {})
    assert (chain.project / "made.txt").exists() == ("Allowed" in settled)


@pytest.mark.slow
async def test_a_stranger_cannot_answer(unstarted: Chain) -> None:
    chain = await start_asking(unstarted)
    place = await chain.ask("bash: touch made.txt")
    request = await open_request(chain, place)
    for name in ("allow", "always", "deny", "words"):
        await chain.mallory.click(dict(request), button_id(request, name))

    def refusals(_: object) -> int:
        return sum(not_allowed("answer") in one["content"] for one in chain.mallory.messages(place))

    await chain.mallory.until(lambda _: refusals(_) == 4)
    assert turns.open_buttons(chain.ada.message(dict(request)) or {})
    await chain.ada.click(dict(request), button_id(request, "deny"))
    await chain.ended(place)
    assert not (chain.project / "made.txt").exists()


@pytest.mark.slow
async def test_what_is_typed_while_a_permission_is_asked_for_is_told_to_claude_by_one_button(unstarted: Chain) -> None:
    chain = await start_asking(unstarted)
    place = await chain.ask("bash: touch never.txt")
    request = await open_request(chain, place)
    assert OR_WRITE_INSTEAD in words_of(dict(request))
    await chain.ada.say(place, "say: something else")
    offered = await chain.ada.until(
        lambda ada: next((one for one in ada.messages(place) if DENY_AND_TELL in json.dumps(one)), None)
    )
    assert offered is not None
    assert "say: something else" in words_of(dict(offered))
    await chain.ada.click(dict(offered), button_id(offered, "tell"))
    await chain.ada.until(lambda _: "something else" in chain.answer(place), 20)
    assert not (chain.project / "never.txt").exists()
    assert "read the message that follows" in json.dumps([one.messages for one in chain.standin.model.requests])
