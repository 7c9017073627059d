"""Prompts in line: they are listed in their place, can be edited, removed and taken up at once, and run in order."""

import json
import sqlite3
from collections.abc import Callable
from typing import Any

import pytest

from antiphon.actions.reasons import Condition, NotYours
from antiphon.chat.wording import refusal
from antiphon.standin.client_shapes import walk, words_of

from chain import Chain, button

Json = dict[str, Any]


@pytest.fixture
async def queueing(unstarted: Chain) -> Chain:
    """The chain, with a project in which a message during a turn waits in line."""
    unstarted.world.configure({}, while_working="queue")
    await unstarted.bridge.start()
    return unstarted


def line(chain: Chain, place: str) -> Json | None:
    """The message that lists what waits."""
    seen_by_all = (one for one in chain.ada.messages(place) if not one.get("flags", 0) & 64)
    found = [one for one in seen_by_all if "🕐" in one["content"] and one.get("components")]
    return found[-1] if found else None


def listed(chain: Chain, place: str) -> list[str]:
    """What waits, as it is shown."""
    shown = line(chain, place)
    return [] if shown is None else [row for row in shown["content"].splitlines() if row[:1].isdigit()]


async def until_listed(chain: Chain, place: str, wanted: Callable[[list[str]], object]) -> None:
    await chain.ada.until(lambda _: wanted(listed(chain, place)), 20)


async def pick(chain: Chain, place: str, number: int) -> Json:
    """Ada chooses a prompt of the line; what only she sees of it."""
    shown = line(chain, place)
    assert shown is not None
    menu = next(part for part in walk(shown["components"]) if part.get("type") == 3)
    before = {one["id"] for one in chain.ada.messages(place)}
    await chain.ada.select(shown, menu["custom_id"], [menu["options"][number - 1]["value"]])
    found = await chain.ada.until(
        lambda ada: next((one for one in ada.messages(place) if one["id"] not in before and one["components"]), None)
    )
    assert found is not None
    return found


def audited(chain: Chain, deed: str) -> list[Json]:
    with sqlite3.connect(f"file:{chain.world.root}/state/antiphon.db?mode=ro", uri=True) as db:
        return [json.loads(what) for (what,) in db.execute("SELECT what FROM audit WHERE deed = ? ORDER BY n", [deed])]


@pytest.mark.slow
async def test_of_five_in_line_one_is_edited_and_one_deleted(queueing: Chain) -> None:
    chain = queueing
    place = await chain.at_work("sleep 8")
    messages = [await chain.ada.say(place, f"say: number {n}") for n in range(1, 6)]
    await until_listed(chain, place, lambda rows: len(rows) == 5)
    assert "say: number 1 · ada" in listed(chain, place)[0].lower()
    await chain.ada.edit(messages[1], "say: number two")
    await chain.ada.delete(messages[3])
    await until_listed(chain, place, lambda rows: len(rows) == 4 and "number two" in rows[1])
    await chain.ended(place, turns=5, limit=50)
    assert chain.prompts() == ["sleep 8", "say: number 1", "say: number two", "say: number 3", "say: number 5"]
    await chain.ada.until(lambda _: line(chain, place) is None)


@pytest.mark.slow
async def test_the_line_is_edited_and_shortened_by_its_buttons(queueing: Chain) -> None:
    chain = queueing
    place = await chain.at_work("sleep 12")
    for words in ("say: one", "say: two"):
        await chain.ada.say(place, words)
    await until_listed(chain, place, lambda rows: len(rows) == 2)
    first = await pick(chain, place, 1)
    form = await chain.ada.click(first, button(first, "Edit"))
    assert form.kind == "modal"
    await chain.ada.submit_modal(form, {"words": "say: changed"})
    await until_listed(chain, place, lambda rows: "changed" in rows[0])
    second = await pick(chain, place, 2)
    await chain.ada.click(second, button(second, "Remove"))
    await until_listed(chain, place, lambda rows: len(rows) == 1)
    await chain.ended(place, turns=2, limit=40)
    assert chain.prompts() == ["sleep 12", "say: changed"]
    assert [sorted(what)[0] for what in audited(chain, "change")] == ["edited", "remove"]
    outcome = await chain.ada.click(second, button(second, "Remove"))
    assert outcome.kind == "success"
    await chain.told(place, refusal(Condition.NOT_QUEUED))


@pytest.mark.slow
async def test_nobody_edits_the_words_of_another_person(unstarted: Chain) -> None:
    chain = unstarted
    chain.world.configure({}, while_working="queue", people=[int(chain.ada.id), int(chain.ben.id)])
    await chain.bridge.start()
    place = await chain.at_work("sleep 8")
    await chain.ada.say(place, "say: mine")
    await until_listed(chain, place, lambda rows: len(rows) == 1)
    shown = line(chain, place)
    assert shown is not None
    assert (await chain.ben.click(shown, button(shown, "Edit"))).kind == "success"
    await chain.told(place, refusal(NotYours("Ada")), chain.ben)
    await chain.ben.click(shown, button(shown, "Remove"))
    await until_listed(chain, place, lambda rows: not rows)
    await chain.ended(place)
    assert chain.prompts() == ["sleep 8"]


@pytest.mark.slow
async def test_the_queue_command_waits_although_the_project_steers(chain: Chain) -> None:
    place = await chain.at_work("sleep 5\nsay: the end")
    outcome = await chain.ada.command(place, "queue", {"words": "say: later"})
    assert outcome.kind == "success"
    assert "> say: later" in (await chain.shown(place, "For when Claude is done:"))["content"]
    await until_listed(chain, place, lambda rows: len(rows) == 1)
    assert "🕐 Queued, next up" in str(line(chain, place))
    await chain.ended(place, turns=2)
    assert chain.prompts() == ["sleep 5\nsay: the end", "say: later"]
    await chain.ada.until(lambda _: chain.chunks(place)[-1:] == ["later"])


async def changed(chain: Chain, place: str, words: str) -> None:
    """Ada edits the only prompt of the line by its button."""
    await until_listed(chain, place, lambda rows: len(rows) == 1)
    shown = line(chain, place)
    assert shown is not None
    form = await chain.ada.click(shown, button(shown, "Edit"))
    assert (await chain.ada.submit_modal(form, {"words": words})).kind == "success"
    await until_listed(chain, place, lambda rows: rows and words in rows[0])


def queued_replies(chain: Chain, place: str) -> list[str]:
    """What the answers to /queue say by now."""
    return [one["content"] for one in chain.ada.messages(place) if "For when Claude is done:" in one["content"]]


def told_changed(chain: Chain, place: str) -> list[str]:
    """What is said below a prompt whose message says something else."""
    return [words for one in chain.ada.messages(place) if "Changed in the queue to: " in (words := words_of(one))]


@pytest.mark.slow
async def test_an_edit_of_what_a_command_has_queued_rewords_its_reply(chain: Chain) -> None:
    place = await chain.at_work("sleep 5")
    await chain.ada.command(place, "queue", {"words": "say: before"})
    await chain.shown(place, "> say: before")
    await changed(chain, place, "say: after")
    await chain.ada.until(lambda _: queued_replies(chain, place) == ["-# For when Claude is done:\n> say: after"])
    await chain.ended(place, turns=2)
    await chain.ada.until(lambda _: chain.chunks(place)[-1:] == ["after"])
    assert chain.prompts() == ["sleep 5", "say: after"]
    assert told_changed(chain, place) == []  # its message says it


@pytest.mark.slow
async def test_an_edit_of_a_persons_message_is_told_by_a_note(queueing: Chain) -> None:
    chain = queueing
    place = await chain.at_work("sleep 5")
    await chain.ada.say(place, "say: before")
    await changed(chain, place, "say: after")
    await chain.ended(place, turns=2)
    await chain.ada.until(lambda _: chain.chunks(place)[-1:] == ["after"])
    assert told_changed(chain, place) == ["-# ℹ️ Changed in the queue to: say: after"]
    assert chain.prompts() == ["sleep 5", "say: after"]


@pytest.mark.slow
async def test_an_edit_of_a_command_that_was_typed_is_told_by_a_note(chain: Chain) -> None:
    place = await chain.at_work("sleep 5")
    await chain.ada.say(place, "/queue say: before")
    await chain.shown(place, "> say: before")
    await changed(chain, place, "say: after")
    await chain.ended(place, turns=2)
    await chain.ada.until(lambda _: chain.chunks(place)[-1:] == ["after"])
    assert told_changed(chain, place) == ["-# ℹ️ Changed in the queue to: say: after"]
    assert chain.prompts() == ["sleep 5", "say: after"]


@pytest.mark.slow
async def test_who_waits_for_the_machine_is_told_why_and_where(unstarted: Chain) -> None:
    chain = unstarted
    chain.world.configure({"limits": {"sessions_at_work": 1}})
    await chain.bridge.start()
    first = await chain.at_work("sleep 6")
    second, third = await chain.ask("say: second"), await chain.ask("say: third")
    words = [f"Queued, {place} in line: 1 turn running on this machine" for place in ("1st", "2nd")]
    for place, where in zip((second, third), words, strict=True):
        await chain.ada.until(lambda _, place=place, where=where: where in str(line(chain, place)), 20)
    await chain.ended(first)
    for place in (second, third):
        await chain.ended(place)
        await chain.ada.until(lambda _, place=place: line(chain, place) is None)


@pytest.mark.slow
async def test_a_restarted_bridge_takes_an_old_line_away(queueing: Chain) -> None:
    chain = queueing
    place = await chain.at_work("sleep 60")
    await chain.ada.say(place, "say: next")
    await until_listed(chain, place, lambda rows: len(rows) == 1)
    await chain.restart()
    await chain.ended(place, turns=2)
    await chain.ada.until(lambda _: line(chain, place) is None)
    assert chain.prompts() == ["sleep 60", "say: next"]
