"""What "Always" allows is seen and taken back, by Undo below the request and by /rules: Claude asks again."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from bench import shown as turns

from acceptance.steps import audits, button_id, open_request, press, start_asking
from antiphon.standin.client_shapes import walk, words_of
from antiphon.standin.person import Person

from chain import Chain, Json, button

TOUCH = "bash: touch made.txt"


def allowed(chain: Chain) -> list[str]:
    """What the project's own settings allow."""
    file = chain.project / ".claude" / "settings.local.json"
    return json.loads(file.read_text())["permissions"]["allow"]


async def allow_always(chain: Chain, text: str = TOUCH, place: str | None = None, turn: int = 1) -> tuple[str, Json]:
    """Somebody allows it for good: the place, and the request as it is then."""
    place = await chain.ask(text, place)
    request = await open_request(chain, place)
    await press(chain, request, "always")
    assert "Done" in await chain.ended(place, turns=turn)
    return place, await undoable(chain, request)


async def undoable(chain: Chain, request: Mapping[str, Any]) -> Json:
    """Wait until a request is settled with something to undo; its message then."""
    settled = await reads(dict(request), "now on", chain.ada)
    assert can_be_undone(settled)
    return settled


async def reads(message: Json, text: str, who: Person) -> Json:
    """Wait until a message says that; as it is then."""

    def found(_: object) -> list[Json]:
        now = who.message(message)
        return [now] if now is not None and text in words_of(now) else []

    return (await who.until(found, 20))[0]


def can_be_undone(message: Json) -> bool:
    return any(one.startswith("a1:undo:") for one in turns.custom_ids(message))


async def runs(chain: Chain, place: str, turn: int, text: str = TOUCH) -> None:
    """It is not asked about."""
    await chain.ask(text, place)
    assert "Done" in await chain.ended(place, turns=turn)
    assert not [one for one in chain.ada.messages(place) if turns.open_buttons(one)]


async def asked_again(chain: Chain, place: str, turn: int, text: str = TOUCH) -> Mapping[str, Any]:
    """It is asked about, and denied."""
    await chain.ask(text, place)
    request = await open_request(chain, place)
    await press(chain, request, "deny")
    assert "Done" in await chain.ended(place, turns=turn)
    return request


async def rules(chain: Chain, place: str, person: Person | None = None) -> Json:
    """What /rules shows to Ada, or to somebody else: the newest list."""
    who = person or chain.ada

    def lists(_: object) -> list[Json]:
        return [one for one in who.messages(place) if "may do here without asking" in words_of(one)]

    before = len(lists(None))
    assert (await who.command(place, "rules")).kind == "success"
    return (await who.until(lambda _: lists(_)[before:]))[-1]


def menu(message: Json) -> Json:
    """The menu of a list of rules."""
    return next(part for part in walk(message["components"]) if part.get("type") == 3)


async def remove(chain: Chain, message: Json, label: str) -> Json:
    """Ada removes the rule with this label; the list afterwards."""
    found = menu(message)
    value = next(option["value"] for option in found["options"] if label in option["label"])
    assert (await chain.ada.select(message, found["custom_id"], [value])).kind == "success"
    return await reads(message, "Removed", chain.ada)


@pytest.mark.slow
async def test_what_is_always_allowed_is_undone_on_its_line_and_asked_about_again(unstarted: Chain) -> None:
    chain = await start_asking(unstarted)
    place, settled = await allow_always(chain)
    assert "Allowed by Ada" in words_of(settled)
    assert "always from now on" in words_of(settled)
    await runs(chain, place, 2)
    await press(chain, settled, "undo")
    await chain.told(place, "Claude asks again: “touch made.txt”. Nothing else was undone.")
    undone = await reads(settled, "Ada took back", chain.ada)
    assert not turns.custom_ids(undone)
    assert allowed(chain) == []
    await asked_again(chain, place, 3)
    decided = [(one["deed"], one["name"], one["door"]) for one in audits(chain)]
    assert decided == [("answer", "Ada", "button"), ("rules", "Ada", "button"), ("answer", "Ada", "button")]
    assert audits(chain)[1]["what"]["taken_back"] == ["Bash(touch made.txt)"]


@pytest.mark.slow
async def test_undo_is_pressed_twice_and_counts_once_and_a_stranger_is_refused(unstarted: Chain) -> None:
    chain = await start_asking(unstarted)
    place, settled = await allow_always(chain)
    id_ = button_id(settled, "undo")
    await chain.mallory.click(settled, id_)
    await chain.told(place, "You may not", chain.mallory)
    assert allowed(chain) == ["Bash(touch made.txt)"]
    await chain.ada.click(settled, id_)
    await chain.told(place, "Nothing else was undone")
    await chain.ada.click(settled, id_)
    await chain.told(place, "Somebody has already taken this back.")
    assert [one["deed"] for one in audits(chain)] == ["answer", "rules"]


@pytest.mark.slow
async def test_undo_works_after_a_restart_of_the_bridge_and_of_a_turn_long_over(unstarted: Chain) -> None:
    chain = await start_asking(unstarted)
    place, settled = await allow_always(chain)
    await runs(chain, place, 2)
    await chain.restart()
    await runs(chain, place, 3)
    await press(chain, settled, "undo")
    await reads(settled, "took back", chain.ada)
    await chain.restart()
    await asked_again(chain, place, 4)
    assert not turns.custom_ids(chain.ada.message(settled) or {})


@pytest.mark.slow
async def test_a_rule_of_the_session_is_undone_while_its_turn_still_runs_from_the_next_one_on(
    unstarted: Chain,
) -> None:
    chain = await start_asking(unstarted)
    outside = chain.world.root / "outside"
    outside.mkdir()
    (outside / "one.txt").write_text("first\n")
    read = f'call Read {{"file_path": "{outside}/one.txt"}}'
    place = await chain.ask(f"{read}\nslow 5")
    request = await open_request(chain, place)
    labels = [part.get("label") for part in walk(dict(request)["components"])]
    assert [one for one in labels if one and f"Always allow reading in {outside}".startswith(one.rstrip("…"))]
    await press(chain, request, "always")
    settled = await undoable(chain, request)
    await press(chain, settled, "undo")
    await chain.told(place, "Claude asks again, from the next turn:")
    await reads(settled, "took back", chain.ada)
    assert "Done" in await chain.ended(place)
    await asked_again(chain, place, 2, read)


@pytest.mark.slow
async def test_edits_that_are_always_allowed_are_asked_about_again(unstarted: Chain) -> None:
    chain = await start_asking(unstarted)
    place, settled = await allow_always(chain, "write one.txt: hello")
    assert "from now on always: all edits of files" in words_of(settled)
    await runs(chain, place, 2, "write two.txt: hello")
    listed = await rules(chain, place)
    assert "all edits of files" in words_of(listed)
    await press(chain, settled, "undo")
    await chain.told(place, "Claude asks again")
    await asked_again(chain, place, 3, "write three.txt: hello")


@pytest.mark.slow
async def test_rules_shows_what_stands_and_removes_it_and_adds_it_again(unstarted: Chain) -> None:
    chain = await start_asking(unstarted, allowed_tools=["Grep"])
    settings = chain.project / ".claude" / "settings.local.json"
    settings.parent.mkdir(exist_ok=True)
    settings.write_text(
        json.dumps({"permissions": {"allow": ["WebFetch(domain:example.com)"], "deny": ["Read(.env)"]}})
    )
    place, _ = await allow_always(chain)
    listed = await rules(chain, place)
    for words in ("“touch made.txt”", "Bash(touch made.txt)", "example.com", "in Antiphon's configuration"):
        assert words in words_of(listed)
    after = await remove(chain, listed, "touch")
    assert "Removed: “touch made.txt”. Claude asks again." in words_of(after)
    assert json.loads(settings.read_text()) == {
        "permissions": {"allow": ["WebFetch(domain:example.com)"], "deny": ["Read(.env)"]}
    }
    await asked_again(chain, place, 2)
    assert (await chain.ada.click(after, button(after, "Undo"))).kind == "success"
    added = await reads(after, "Added again", chain.ada)
    assert not [one for one in turns.custom_ids(added) if one.startswith("a1:addrule:")]
    await chain.restart()
    await runs(chain, place, 3)
    after = await remove(chain, await rules(chain, place), "example.com")
    assert allowed(chain) == ["Bash(touch made.txt)"]
    assert [one["deed"] for one in audits(chain)] == ["answer", "rules", "answer", "rules", "rules"]


@pytest.mark.slow
async def test_a_rule_of_the_session_is_removed_by_rules(unstarted: Chain) -> None:
    chain = await start_asking(unstarted)
    outside = chain.world.root / "outside"
    outside.mkdir()
    (outside / "one.txt").write_text("first\n")
    read = f'call Read {{"file_path": "{outside}/one.txt"}}'
    place, settled = await allow_always(chain, read)
    await chain.restart()
    await runs(chain, place, 2, read)
    await remove(chain, await rules(chain, place), "reading in")
    await asked_again(chain, place, 3, read)
    await press(chain, settled, "undo")  # what it had added is gone already: then it is known to be
    await reads(settled, "took back", chain.ada)


@pytest.mark.slow
async def test_a_rule_that_is_removed_is_asked_about_at_once_in_another_session_too(unstarted: Chain) -> None:
    chain = await start_asking(unstarted)
    place, settled = await allow_always(chain)
    other = await chain.ask(TOUCH)
    assert "Done" in await chain.ended(other)
    await press(chain, settled, "undo")
    await chain.told(place, "Claude asks again")
    await asked_again(chain, other, 2)


@pytest.mark.slow
async def test_an_answer_that_claude_does_not_have_yet_adds_nothing_once_it_is_taken_back(unstarted: Chain) -> None:
    chain = await start_asking(unstarted)
    place = await chain.ask(TOUCH)
    request = await open_request(chain, place)
    await chain.restart()  # nobody waits for the answer any more: the turn goes on under a new process
    await press(chain, request, "always")
    settled = await undoable(chain, request)
    await press(chain, settled, "undo")
    await chain.told(place, "Nothing else was undone")
    assert "Done" in await chain.ended(place)
    await asked_again(chain, place, 2)


@pytest.mark.slow
async def test_who_may_only_prompt_sees_the_rules_and_a_stranger_does_not(unstarted: Chain) -> None:
    chain = unstarted
    approvers = {"projects.playground.approvers": {"people": [int(chain.mallory.id)]}}
    await start_asking(chain, approvers, people=[int(chain.ben.id)])
    place, settled = await allow_always(chain)
    await chain.mallory.command(place, "rules")
    await chain.told(place, "You may not use this project", chain.mallory)
    listed = await rules(chain, place, chain.ben)
    found = menu(listed)
    await chain.ben.select(listed, found["custom_id"], [found["options"][0]["value"]])  # he may configure
    after = await reads(listed, "Removed", chain.ben)
    assert not [one for one in turns.custom_ids(after) if one.startswith("a1:addrule:")]  # and may not answer
    assert allowed(chain) == []
    await chain.mallory.click(settled, button_id(settled, "undo"))  # an approver, who may not prompt
    await reads(settled, "Mallory took back", chain.ada)


@pytest.mark.slow
async def test_settings_that_are_no_json_are_left_alone_and_said_so(unstarted: Chain) -> None:
    chain = await start_asking(unstarted)
    place, settled = await allow_always(chain)
    settings = chain.project / ".claude" / "settings.local.json"
    settings.write_text("{ broken")
    await press(chain, settled, "undo")
    await chain.told(place, "settings.local.json is not valid JSON, or no settings: correct it in an editor first.")
    assert can_be_undone(chain.ada.message(settled) or {})
    assert settings.read_text() == "{ broken"
    assert "cannot be read" in words_of(await rules(chain, place))
