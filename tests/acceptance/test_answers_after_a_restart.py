"""Somebody is asked, the bridge is killed: after its start the answer reaches the same session, in the same turn."""

import json
import re
import sqlite3
from collections.abc import Mapping
from typing import Any

import pytest
from bench import shown as turns

from acceptance.steps import button_id, open_request, press, start_asking, until_marked
from antiphon.standin.client_shapes import words_of

from chain import Chain

_COMMAND = "echo ran >> made.txt"
_CALL = re.compile(r"✋ <@\d+> \*\*(Claude|A sub-agent) (wants|has (?:a|\d+)) ")


def runs(chain: Chain) -> int:
    """How often the command was run."""
    made = chain.project / "made.txt"
    return made.read_text().count("ran") if made.exists() else 0


def calls_for(chain: Chain, place: str) -> int:
    """How many messages that call for a person were ever posted in a place."""
    posted = [data for name, data in chain.ada.events if name == "MESSAGE_CREATE" and data["channel_id"] == place]
    return sum(bool(_CALL.search(words_of(one))) for one in posted)


async def needed(chain: Chain, place: str) -> Mapping[str, Any]:
    """Wait until Claude asks something in a place, of whatever kind; the message."""
    await chain.ada.until(lambda _: chain.statuses(place)[-1:] and "Waiting" in chain.statuses(place)[-1], 30)
    found = await chain.ada.until(
        lambda ada: [one for one in ada.messages(place) if one["author"].get("bot") and "<@" in words_of(one)], 10
    )
    return found[-1]


async def settled(chain: Chain, place: str, request: Mapping[str, Any], end: str = "Done") -> str:
    """Wait for the end of a place's only turn: one card, one final state, one request that called once; its words."""
    assert end in await chain.ended(place)
    assert len(chain.statuses(place)) == 1
    assert calls_for(chain, place) == 1
    message = chain.ada.message(dict(request))
    assert message is not None
    assert not turns.open_buttons(message)
    return words_of(message)


def database(chain: Chain) -> sqlite3.Connection:
    """The bridge's database."""
    return sqlite3.connect(chain.world.root / "state" / "antiphon.db", isolation_level=None)


def sessions(chain: Chain) -> list[str]:
    """Claude Code's ids of the sessions that there are."""
    with database(chain) as store:
        return [str(one) for (one,) in store.execute("select claude_session_id from session")]


async def suspended(unstarted: Chain, prompt: str) -> tuple[Chain, str, Mapping[str, Any]]:
    """A turn that asks for the command, a bridge killed meanwhile, and one that has started since."""
    chain = await start_asking(unstarted)
    place = await chain.ask(prompt)
    request = await open_request(chain, place)
    await chain.restart()
    return chain, place, request


async def test_allowed_after_a_kill_the_command_runs_exactly_once(unstarted: Chain) -> None:
    chain, place, request = await suspended(unstarted, f"say: I begin.\nbash: {_COMMAND}\nsay: The end.")
    session = sessions(chain)
    await press(chain, request, "allow")
    assert "Allowed by Ada" in await settled(chain, place, request)
    assert runs(chain) == 1
    assert chain.answer(place).startswith("I begin.")
    assert chain.answer(place).endswith("The end.")
    assert sessions(chain) == session
    await until_marked(chain, place, "✅")


@pytest.mark.slow
async def test_always_after_a_kill_is_not_asked_again(unstarted: Chain) -> None:
    chain, place, request = await suspended(unstarted, "bash: touch made.txt")
    assert (await chain.ada.click(dict(request), button_id(request, "always"))).kind == "success"
    assert "always from now on" in await settled(chain, place, request)
    for turn in (2, 3):
        await chain.ask("bash: touch made.txt", place)
        assert "Done" in await chain.ended(place, turns=turn)
        await chain.restart()
    assert calls_for(chain, place) == 1


@pytest.mark.slow
async def test_denied_with_words_after_a_kill_claude_hears_them(unstarted: Chain) -> None:
    chain, place, request = await suspended(unstarted, f"bash: {_COMMAND}\nsay: The end.")
    form = await chain.ada.click(dict(request), button_id(request, "words"))
    assert (await chain.ada.submit_modal(form, {"words": "Use a temporary file."})).kind == "success"
    assert "Use a temporary file." in await settled(chain, place, request)
    assert "has denied Bash" in chain.last_request()
    assert "Use a temporary file." in chain.last_request()
    assert chain.answer(place).startswith("That was denied: ")
    assert chain.answer(place).endswith("\nThe end.")
    assert runs(chain) == 0


@pytest.mark.slow
async def test_a_question_of_two_parts_keeps_the_answer_from_before_the_kill(unstarted: Chain) -> None:
    chain = await start_asking(unstarted)
    place = await chain.ask("ask 2")
    request = await needed(chain, place)
    await chain.ask("MariaDB", place)
    await chain.ada.until(lambda ada: "MariaDB" in words_of(ada.message(dict(request)) or {}))
    await chain.restart()
    await chain.ask("Only the types", place)
    await settled(chain, place, request)
    assert "has answered: MariaDB" in chain.last_request()
    assert "has answered: Only the types" in chain.last_request()
    assert "has answered: MariaDB" in chain.answer(place)


@pytest.mark.slow
async def test_a_typed_answer_after_a_kill_is_an_answer_and_no_turn(unstarted: Chain) -> None:
    chain = await start_asking(unstarted)
    place = await chain.ask("ask\nsay: The end.")
    request = await needed(chain, place)
    await chain.restart()
    await chain.ask("PostgreSQL", place)
    await settled(chain, place, request)
    assert chain.answer(place).endswith("The end.")
    assert len(chain.prompts()) == 2  # the prompt, and what it goes on with


@pytest.mark.slow
async def test_a_plan_that_is_accepted_after_a_kill_is_carried_out_in_the_mode_that_was_chosen(
    unstarted: Chain,
) -> None:
    chain = await start_asking(unstarted)
    place = await chain.ask("plan\nwrite notes.txt: planned")
    request = await needed(chain, place)
    await chain.restart()
    (go,) = [one for one in turns.custom_ids(dict(request)) if one.startswith("a1:go:") and "acceptEdits" in one]
    assert (await chain.ada.click(dict(request), go)).kind == "success"
    await settled(chain, place, request)
    assert (chain.project / "notes.txt").read_text() == "planned\n"
    assert "approved your plan" in chain.last_request()


@pytest.mark.slow
async def test_stopped_while_it_waits_the_turn_is_over_and_the_session_goes_on(unstarted: Chain) -> None:
    chain, place, request = await suspended(unstarted, f"bash: {_COMMAND}")
    assert (await chain.ada.command(place, "stop")).kind == "success"
    assert "Not needed any more" in await settled(chain, place, request, "Stopped")
    await chain.ask("say: again", place)
    assert "Done" in await chain.ended(place, turns=2)
    assert chain.chunks(place)[-1] == "again"
    assert runs(chain) == 0


@pytest.mark.slow
async def test_a_message_while_it_waits_is_read_once_the_turn_goes_on_or_is_over(unstarted: Chain) -> None:
    chain, place, request = await suspended(unstarted, f"bash: {_COMMAND}\nsay: first")
    await chain.ask("say: second", place)
    await chain.ada.until(lambda _: "second" not in chain.answer(place))
    await press(chain, request, "allow")
    await chain.ada.until(lambda _: "second" in chain.answer(place), 30)
    # It is a turn of its own, or the turn that goes on takes it in: whichever is quicker.
    assert "Done" in await chain.ended(place, turns=len(chain.statuses(place)))
    assert chain.chunks(place)[-2:] == ["first", "second"] or chain.answer(place).endswith("first\nsecond")
    assert runs(chain) == 1


@pytest.mark.slow
async def test_a_second_kill_while_it_waits_changes_nothing(unstarted: Chain) -> None:
    chain, place, request = await suspended(unstarted, f"bash: {_COMMAND}")
    for _ in range(2):
        await chain.restart()
    await press(chain, request, "allow")
    await settled(chain, place, request)
    assert runs(chain) == 1


@pytest.mark.slow
async def test_a_request_that_is_made_after_the_first_restart_survives_the_second(unstarted: Chain) -> None:
    chain, place, request = await suspended(unstarted, f"bash: {_COMMAND}\nbash: {_COMMAND}")
    await press(chain, request, "allow")
    (second,) = await chain.ada.until(
        lambda ada: [one for one in ada.messages(place) if turns.open_buttons(one) and one["id"] != request["id"]], 30
    )
    await chain.restart()
    await press(chain, second, "allow")
    assert "Done" in await chain.ended(place)
    assert len(chain.statuses(place)) == 1
    assert calls_for(chain, place) == 2
    assert runs(chain) == 2


@pytest.mark.slow
async def test_a_stop_by_the_service_manager_leaves_the_request_open(unstarted: Chain) -> None:
    chain = await start_asking(unstarted)
    place = await chain.ask(f"bash: {_COMMAND}")
    request = await open_request(chain, place)
    before = len(chain.standin.model.requests)
    assert await chain.bridge.stop() == 0
    assert turns.open_buttons(chain.ada.message(dict(request)) or {})
    await chain.bridge.start()
    assert len(chain.standin.model.requests) == before
    await press(chain, request, "allow")
    await settled(chain, place, request)
    assert runs(chain) == 1


@pytest.mark.slow
async def test_a_click_that_was_accepted_right_before_the_kill_counts(unstarted: Chain) -> None:
    chain = await start_asking(unstarted)
    place = await chain.ask(f"bash: {_COMMAND}")
    request = await open_request(chain, place)
    await chain.bridge.kill()
    id_ = button_id(request, "allow").split(":")[3]
    body = {"request": id_, "allowed": True, "by": "Ada", "person": int(chain.ada.id)}
    with database(chain) as store:  # as it stands between the click and its effect
        store.execute(
            "insert into inbox (key, worker, session, kind, body, state, epoch, cost, created)"
            " select 'late click', worker, session, 'answer', ?, 'running', epoch, 0, created from inbox",
            (json.dumps(body),),
        )
    await chain.bridge.start()
    assert "Allowed by Ada" in await settled(chain, place, request)
    assert runs(chain) == 1


@pytest.mark.slow
async def test_what_sub_agents_ask_is_gone_with_their_process(unstarted: Chain) -> None:
    chain = await start_asking(unstarted)
    place = await chain.ask("agent: write one.txt: first\nagent: write two.txt: second\nhang")
    await chain.ada.until(lambda ada: sum(bool(turns.open_buttons(one)) for one in ada.messages(place)) == 2, 30)
    await chain.restart()
    assert "Interrupted" in await chain.ended(place)
    await chain.ada.until(lambda ada: not any(turns.open_buttons(one) for one in ada.messages(place)))
    await chain.ask("say: again", place)
    assert "Done" in await chain.ended(place, turns=len(chain.ends(place)) + 1)
