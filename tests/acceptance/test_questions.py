"""Claude's questions, answered from Discord: by button, by menu, in a form and by typing; the answers reach Claude."""

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest
from bench import shown as turns

from acceptance.steps import audits, button_id, message_with_buttons, open_request, start_asking
from antiphon.actions.reasons import Condition
from antiphon.chat.wording import refusal
from antiphon.standin.client_shapes import walk, words_of

from chain import Chain


def words(chain: Chain, message: Mapping[str, Any]) -> str:
    """What a message says by now."""
    return words_of(chain.ada.message(dict(message)) or {}).replace("**", "")


def rows(chain: Chain, message: Mapping[str, Any]) -> list[list[str]]:
    """The names of a message's controls by now, row by row."""
    current = chain.ada.message(dict(message)) or {"components": []}
    return [
        [str(part["custom_id"]).split(":")[1] for part in walk([row]) if "custom_id" in part]
        for row in current["components"]
    ]


async def shows(chain: Chain, message: Mapping[str, Any], text: str) -> None:
    """Wait until a message says that."""
    await chain.ada.until(lambda _: text in words(chain, message))


@pytest.mark.slow
async def test_a_button_answers_a_question(unstarted: Chain) -> None:
    chain = await start_asking(unstarted)
    place = await chain.ask("ask")
    question = await open_request(chain, place)
    assert "Which database should the project use?" in words(chain, question)
    assert "PostgreSQL · A server, for several machines" in words(chain, question)
    assert rows(chain, question) == [["pick", "pick", "other"], ["decline"]]
    await chain.ada.click(dict(question), picks(question)[1])
    assert "Done" in await chain.ended(place)
    assert '"Which database should the project use?"="PostgreSQL"' in chain.last_request()
    assert words(chain, question).startswith("-# ✅ Answered by Ada")
    assert "Database: PostgreSQL" in words(chain, question)
    assert rows(chain, question) == []
    (audit,) = audits(chain)
    assert (audit["deed"], audit["name"], audit["door"]) == ("answer", "Ada", "button")
    assert audit["what"]["words"] == "PostgreSQL"


@pytest.mark.slow
async def test_three_questions_are_answered_by_a_button_a_menu_and_typing(unstarted: Chain) -> None:
    chain = await start_asking(unstarted)
    place = await chain.ask("ask 3\nsay: The end.")
    question = await open_request(chain, place)
    assert rows(chain, question) == [["pick", "pick", "other"], ["choose"], ["pick", "pick", "other"], ["decline"]]
    await chain.ada.select(dict(question), button_id(question, "choose"), ["0", "2"])
    await shows(chain, question, "→ Tests, Format · Ada")
    assert rows(chain, question) == [["pick", "pick", "other"], ["pick", "pick", "other"], ["decline"]]
    await chain.ada.click(dict(question), picks(question)[0])
    await shows(chain, question, "→ SQLite · Ada")
    assert rows(chain, question) == [["pick", "pick", "other"], ["decline"]]
    await chain.ada.say(place, "Call it cellar", reply_to=dict(question))  # as one answers on a phone
    assert "Done" in await chain.ended(place)
    heard = chain.last_request()
    assert '"Which database should the project use?"="SQLite"' in heard
    assert '"Which checks should run before a commit?"="Tests, Format"' in heard
    assert '"How should the module be named?"="Call it cellar"' in heard
    settled = words(chain, question)
    assert settled.startswith("-# ✅ Answered by Ada")
    assert [line for line in ("Database: SQLite", "Checks: Tests, Format", "Name: Call it cellar") if line in settled]
    assert len(chain.ends(place)) == 1  # what was typed was an answer, no turn
    kept = [(one["deed"], one["name"], one["door"], one["what"]["words"]) for one in audits(chain)]
    assert kept == [
        ("answer", "Ada", "menu", "Tests, Format"),
        ("answer", "Ada", "button", "SQLite"),
        ("answer", "Ada", "message", "Call it cellar"),
    ]


@pytest.mark.slow
async def test_something_else_is_a_form_from_a_button_and_from_a_menu(unstarted: Chain) -> None:
    chain = await start_asking(unstarted)
    place = await chain.ask("ask 2")
    question = await open_request(chain, place)
    form = await chain.ada.click(dict(question), button_id(question, "other"))
    assert form.kind == "modal"
    assert (await chain.ada.submit_modal(form, {"words": "DuckDB"})).kind == "success"
    await shows(chain, question, "→ DuckDB · Ada")
    form = await chain.ada.select(dict(question), button_id(question, "choose"), ["else"])
    assert form.kind == "modal"
    assert (await chain.ada.submit_modal(form, {"words": "Only *spelling*"})).kind == "success"
    assert "Done" in await chain.ended(place)
    assert '"Which database should the project use?"="DuckDB"' in chain.last_request()
    assert '"Which checks should run before a commit?"="Only *spelling*"' in chain.last_request()
    assert [one["door"] for one in audits(chain)] == ["form", "form"]


@pytest.mark.slow
async def test_a_question_can_be_left_unanswered_with_words(unstarted: Chain) -> None:
    chain = await start_asking(unstarted)
    place = await chain.ask("ask 4")
    question = await open_request(chain, place)
    assert [len(row) for row in rows(chain, question)] == [3, 1, 3, 3, 1]
    form = await chain.ada.click(dict(question), button_id(question, "decline"))
    assert (await chain.ada.submit_modal(form, {"words": "Decide for yourself."})).kind == "success"
    assert "Done" in await chain.ended(place)
    assert "Decide for yourself." in chain.last_request()
    assert words(chain, question).startswith("-# 🚫 Not answered by Ada")
    assert "Decide for yourself." in words(chain, question)


@pytest.mark.slow
async def test_each_question_takes_the_first_answer_and_tells_the_second_person_who_gave_it(unstarted: Chain) -> None:
    chain = await start_asking(unstarted, people=[int(unstarted.ben.id)])
    place = await chain.ask("ask 2")
    question = await open_request(chain, place)
    sqlite, postgres = picks(question)[:2]
    await asyncio.gather(chain.ada.click(dict(question), sqlite), chain.ben.click(dict(question), postgres))
    first, second = ("Ada", chain.ben) if "→ SQLite" in await decided(chain, question) else ("Ben", chain.ada)
    await chain.told(place, "answered this", second)
    old = await message_with_buttons(chain, place, postgres)
    await second.click(old, postgres)
    await chain.told(place, f"{first} has already answered this: “", second)
    await chain.ada.select(dict(question), button_id(question, "choose"), ["1"])
    assert "Done" in await chain.ended(place)
    await chain.ben.click(old, postgres)
    await chain.told(place, "has already answered this.", chain.ben)
    assert len(audits(chain)) == 2


@pytest.mark.slow
async def test_a_stop_withdraws_a_question_and_a_late_answer_is_told_so(unstarted: Chain) -> None:
    chain = await start_asking(unstarted)
    place = await chain.ask("ask")
    question = await open_request(chain, place)
    form = await chain.ada.click(dict(question), button_id(question, "other"))
    await chain.ada.command(place, "stop")
    await chain.ended(place)
    await shows(chain, question, "Not needed any more")
    assert not turns.custom_ids(chain.ada.message(dict(question)) or {})
    old = await message_with_buttons(chain, place, picks(question)[0])
    await chain.ada.click(old, picks(question)[0])
    await chain.told(place, refusal(Condition.WITHDRAWN))
    await chain.ada.submit_modal(form, {"words": "too late"})
    await chain.told(place, refusal(Condition.WITHDRAWN), chain.ada, times=2)


def picks(message: Mapping[str, Any]) -> list[str]:
    """The custom_ids of a message's choices, in their order."""
    return [one for one in turns.custom_ids(dict(message)) if one.startswith("a1:pick:")]


async def decided(chain: Chain, question: Mapping[str, Any]) -> str:
    """Wait until the first question of several has its answer; the message."""
    await shows(chain, question, "→ ")
    return words(chain, question)
