"""Permission requests, answered from Discord: what was decided reaches Claude, once, from whoever may."""

import asyncio
import json
import re
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from typing import Any

import pytest
from bench import shown as turns

from antiphon.standin.client_shapes import words_of
from antiphon.standin.person import Person

from chain import Chain

_TOLD = re.compile("has (allowed|denied) this already|has just answered this")
_ASKING = {"permission_mode": "default", "allowed_tools": []}


async def asking(chain: Chain, sections: Mapping[str, Mapping[str, Any]] | None = None, **project: Any) -> Chain:
    """The chain with a project in which everything is asked about."""
    chain.world.configure(sections or {}, **_ASKING, **project)
    await chain.bridge.start()
    return chain


async def requested(chain: Chain, place: str) -> Mapping[str, Any]:
    """Wait for the open request in a place; its message."""
    return (await chain.ada.until(lambda ada: [m for m in ada.messages(place) if turns.open_buttons(m)], 30))[0]


def control(message: Mapping[str, Any], name: str) -> str:
    """The custom_id of a request's button."""
    return next(one for one in turns.custom_ids(dict(message)) if one.startswith(f"a1:{name}:"))


def told(chain: Chain) -> str:
    """All that the model was told in its last request."""
    return str(chain.standin.model.requests[-1].messages)


async def told_to(person: Person, place: str, words: str, times: int = 1) -> None:
    """Wait until somebody was told that, for them alone, so often."""

    def heard(_: object) -> int:
        return sum(words in one["content"] for one in person.messages(place) if one.get("flags", 0) & 64)

    await person.until(lambda _: heard(_) >= times)


async def copied(chain: Chain, place: str, *custom_ids: str) -> dict[str, Any]:
    """A message of the bot's with such buttons, as one that it could not edit any more."""
    buttons = [{"type": 2, "style": 2, "label": "old", "custom_id": one} for one in custom_ids]
    body = {"content": "-# old", "components": [{"type": 1, "components": buttons}]}
    about = chain.world.about
    assert await chain.bot_request("POST", f"/channels/{place}/messages", body, about["bot_token"]) == 200

    def found(_: object) -> list[dict[str, Any]]:
        posted = [one for one in chain.ada.messages(place) if one["content"] == "-# old"]
        return [one for one in posted if turns.custom_ids(one) == list(custom_ids)]

    return (await chain.ada.until(found))[-1]


def audits(chain: Chain) -> list[dict[str, Any]]:
    """What people have decided, oldest first, as the bridge keeps it."""
    with closing(sqlite3.connect(chain.world.root / "state" / "antiphon.db")) as store:
        store.row_factory = sqlite3.Row
        rows = [dict(row) for row in store.execute("select * from audit order by n")]
    return [{**row, "what": json.loads(row["what"])} for row in rows]


@pytest.mark.slow
async def test_what_is_allowed_once_runs_and_is_asked_about_again(unstarted: Chain) -> None:
    chain = await asking(unstarted)
    place = await chain.ask("bash: touch made.txt && echo it ran")
    request = await requested(chain, place)
    assert "touch made.txt && echo it ran" in words_of(dict(request))
    await chain.ada.click(dict(request), control(request, "allow"))
    assert "done" in await chain.ended(place)
    assert "it ran" in told(chain)
    (audit,) = audits(chain)
    assert (audit["deed"], audit["name"], audit["person"], audit["door"]) == (
        "answer",
        "Ada",
        int(chain.ada.id),
        "button",
    )
    assert (audit["what"]["tool"], audit["what"]["allowed"]) == ("Bash", True)
    await chain.ask("bash: touch made.txt && echo it ran", place)
    again = await requested(chain, place)
    assert again["id"] != request["id"]
    await chain.ada.click(dict(again), control(again, "deny"))
    assert "done" in await chain.ended(place, turns=2)
    assert "The person denied this." in told(chain)


@pytest.mark.slow
async def test_a_rule_of_the_session_is_not_asked_again_also_after_a_restart(unstarted: Chain) -> None:
    chain = await asking(unstarted)
    outside = chain.world.root / "outside"
    outside.mkdir()
    (outside / "one.txt").write_text("first\n")
    (outside / "two.txt").write_text("second\n")
    place = await chain.ask(f'call Read {{"file_path": "{outside}/one.txt"}}')
    request = await requested(chain, place)
    assert "in this session" in words_of(dict(request))
    await chain.ada.click(dict(request), control(request, "always"))
    assert "done" in await chain.ended(place)
    await chain.restart()
    await chain.ask(f'call Read {{"file_path": "{outside}/two.txt"}}', place)
    assert "done" in await chain.ended(place, turns=2)
    assert "second" in told(chain)
    other = await chain.ask(f'call Read {{"file_path": "{outside}/two.txt"}}')
    again = await requested(chain, other)  # another session was allowed nothing
    await chain.ada.click(dict(again), control(again, "deny"))
    await chain.ended(other)


@pytest.mark.slow
async def test_edits_and_a_directory_that_a_session_was_allowed_are_not_asked_about_after_a_restart(
    unstarted: Chain,
) -> None:
    chain = await asking(unstarted)
    outside = chain.world.root / "outside"
    outside.mkdir()
    place = await chain.ask(f"write {outside}/one.txt: hello")
    request = await requested(chain, place)
    assert f"files in {outside}, in this session" in words_of(dict(request))
    directory = [one for one in turns.custom_ids(dict(request)) if one.startswith("a1:always:")][1]
    await chain.ada.click(dict(request), directory)
    assert "done" in await chain.ended(place)
    await chain.ask("write inside.txt: hello", place)
    edit = await requested(chain, place)
    assert "all edits of files, in this session" in words_of(dict(edit))
    await chain.ada.click(dict(edit), control(edit, "always"))
    assert "done" in await chain.ended(place, turns=2)
    await chain.restart()
    await chain.ask(f"write {outside}/two.txt: hello\nwrite more.txt: hello", place)
    assert "done" in await chain.ended(place, turns=3)
    assert (outside / "two.txt").exists()
    assert (chain.project / "more.txt").exists()


async def test_what_is_asked_about_an_edit_is_its_file_and_the_difference(unstarted: Chain) -> None:
    chain = await asking(unstarted)
    (chain.project / "notes.txt").write_text("one\ntwo\n")
    read = json.dumps({"file_path": f"{chain.project}/notes.txt"})
    place = await chain.ask(f"call Read {read}\nsay: Two becomes three.\nwrite notes.txt: one\\nthree")
    request = await requested(chain, place)
    shown = words_of(dict(request))
    assert "💬 Two becomes three." in shown
    assert "to allow Write" in shown
    assert "--- a/notes.txt\n+++ b/notes.txt\n@@ -1,2 +1,2 @@\n one\n-two\n+three" in shown
    await chain.ada.click(dict(request), control(request, "deny"))
    await chain.ended(place)


@pytest.mark.slow
async def test_tools_that_ask_at_once_are_answered_each_for_itself(unstarted: Chain) -> None:
    chain = unstarted
    settings = chain.project / ".claude" / "settings.json"
    settings.parent.mkdir(exist_ok=True)
    settings.write_text(json.dumps({"permissions": {"ask": ["Bash(echo *)"]}}))
    await asking(chain)
    place = await chain.ask("parallel 3")

    def open_ones(_: object) -> list[dict[str, Any]]:
        return [one for one in chain.ada.messages(place) if turns.open_buttons(one)]

    await chain.ada.until(lambda _: len(open_ones(_)) == 3, 30)
    third, second, first = sorted(open_ones(None), key=words_of, reverse=True)
    await chain.ada.click(second, control(second, "deny"))
    await chain.ada.click(third, control(third, "allow"))
    await chain.ada.until(lambda _: len(open_ones(_)) == 1)
    await chain.ada.click(first, control(first, "allow"))
    assert "done" in await chain.ended(place)
    said = chain.answer(place)
    assert "parallel 1" in said
    assert "parallel 2" not in said
    assert "parallel 3" in said
    settled = [words_of(chain.ada.message(one) or {}) for one in (first, second, third)]
    assert ["allowed" in one for one in settled] == [True, False, True]
    assert "denied by Ada" in settled[1]


async def test_a_stop_withdraws_the_request_and_a_late_click_is_told_so(unstarted: Chain) -> None:
    chain = await asking(unstarted)
    place = await chain.ask("bash: touch made.txt")
    request = await requested(chain, place)
    card = next(one for one in chain.ada.messages(place) if any(":stop:" in id_ for id_ in turns.custom_ids(one)))
    await chain.ada.click(card, next(one for one in turns.custom_ids(card) if ":stop:" in one))
    await chain.ended(place)
    await chain.ada.until(lambda ada: "withdrawn" in words_of(ada.message(dict(request)) or {}))
    assert not turns.custom_ids(chain.ada.message(dict(request)) or {})
    old = await copied(chain, place, control(request, "allow"))
    await chain.ada.click(old, control(request, "allow"))
    await told_to(chain.ada, place, "the request was withdrawn")
    assert not (chain.project / "made.txt").exists()
    assert [(one["deed"], one["door"]) for one in audits(chain)] == [("stop", "button")]
    assert "done" in await answered(chain, place, 2)


@pytest.mark.slow
async def test_a_request_that_nobody_answers_is_retired_and_the_turn_says_so_and_offers_to_go_on(
    unstarted: Chain,
) -> None:
    chain = await asking(unstarted, {"limits": {"unanswered": 3}})
    place = await chain.ask("bash: touch made.txt")
    request = await requested(chain, place)
    assert "timed out" in await chain.ended(place)
    await chain.ada.until(lambda ada: "expired" in words_of(ada.message(dict(request)) or {}))
    assert not turns.custom_ids(chain.ada.message(dict(request)) or {})
    last = next(one for one in chain.ada.messages(place) if "Nobody has answered for 3 s." in words_of(one))
    assert [one for one in turns.custom_ids(last) if one.startswith("a1:continue:")]
    old = await copied(chain, place, control(request, "allow"))
    await chain.ada.click(old, control(request, "allow"))
    await told_to(chain.ada, place, "Nobody gave this answer in time")
    assert not (chain.project / "made.txt").exists()
    assert "done" in await answered(chain, place, 2)


async def answered(chain: Chain, place: str, turn: int) -> str:
    """The session goes on: the status of one more turn."""
    await chain.ask("say: still here", place)
    return await chain.ended(place, turns=turn)


async def test_two_people_click_at_once_and_one_of_them_is_told_who_was_first(unstarted: Chain) -> None:
    chain = await asking(unstarted, people=[int(unstarted.ben.id)])
    place = await chain.ask("bash: touch made.txt")
    request = await requested(chain, place)
    await asyncio.gather(
        chain.ada.click(dict(request), control(request, "allow")),
        chain.ben.click(dict(request), control(request, "deny")),
    )
    await chain.ended(place)
    settled = words_of(chain.ada.message(dict(request)) or {})
    first, second = ("Ada", chain.ben) if "allowed by Ada" in settled else ("Ben", chain.ada)
    assert f"by {first}" in settled
    assert (chain.project / "made.txt").exists() == (first == "Ada")
    told_late = await second.until(lambda one: [m for m in one.messages(place) if _TOLD.search(m["content"])])
    assert told_late[0]["content"].startswith(f"{first} has ")
    old = await copied(chain, place, control(request, "allow"))
    await second.click(old, control(request, "allow"))
    await told_to(second, place, f"{first} has {'allowed' if first == 'Ada' else 'denied'} this already.")
    assert [one["name"] for one in audits(chain)] == [first]


async def test_always_is_spelt_out_and_not_asked_again_also_after_a_restart(unstarted: Chain) -> None:
    chain = await asking(unstarted)
    place = await chain.ask("bash: touch made.txt")
    request = await requested(chain, place)
    assert "Always: Bash(touch" in words_of(dict(request))
    await chain.ada.click(dict(request), control(request, "always"))
    assert "done" in await chain.ended(place)
    settled = chain.ada.message(dict(request))
    assert settled is not None
    assert "allowed by Ada" in words_of(settled)
    assert "always: Bash(touch" in words_of(settled)
    await chain.ask("bash: touch made.txt", place)
    assert "done" in await chain.ended(place, turns=2)
    await chain.restart()
    await chain.ask("bash: touch made.txt", place)
    assert "done" in await chain.ended(place, turns=3)
    assert not [one for one in chain.ada.messages(place) if turns.open_buttons(one)]


async def test_the_words_of_a_denial_reach_claude(unstarted: Chain) -> None:
    chain = await asking(unstarted)
    place = await chain.ask("bash: touch made.txt")
    request = await requested(chain, place)
    form = await chain.ada.click(dict(request), control(request, "words"))
    assert form.kind == "modal"
    assert (await chain.ada.submit_modal(form, {"words": "Use a temporary file."})).kind == "success"
    assert "done" in await chain.ended(place)
    assert "Use a temporary file." in told(chain)
    assert not (chain.project / "made.txt").exists()
    settled = chain.ada.message(dict(request))
    assert settled is not None
    assert "Use a temporary file." in words_of(settled)


@pytest.mark.slow
async def test_the_first_of_two_clicks_counts_and_the_second_is_told(unstarted: Chain) -> None:
    chain = await asking(unstarted)
    place = await chain.ask("bash: touch made.txt")
    request = await requested(chain, place)
    clicks = (chain.ada.click(dict(request), control(request, name)) for name in ("allow", "deny"))
    await asyncio.gather(*clicks)
    await chain.ended(place)
    told_late = await chain.ada.until(lambda ada: [m for m in ada.messages(place) if _TOLD.search(m["content"])])
    assert told_late[0]["content"].startswith("Ada has ")
    settled = words_of(chain.ada.message(dict(request)) or {})
    assert (chain.project / "made.txt").exists() == ("allowed" in settled)


async def test_a_stranger_cannot_answer(unstarted: Chain) -> None:
    chain = await asking(unstarted)
    place = await chain.ask("bash: touch made.txt")
    request = await requested(chain, place)
    for name in ("allow", "always", "deny", "words"):
        await chain.mallory.click(dict(request), control(request, name))

    def refusals(_: object) -> int:
        return sum("not among the people" in one["content"] for one in chain.mallory.messages(place))

    await chain.mallory.until(lambda _: refusals(_) == 4)
    assert turns.open_buttons(chain.ada.message(dict(request)) or {})
    await chain.ada.click(dict(request), control(request, "deny"))
    await chain.ended(place)
    assert not (chain.project / "made.txt").exists()
