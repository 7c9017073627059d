"""The judge of `make chaos` finds what is wrong, and nothing where nothing is; a seed makes the same round."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, get_args

import pytest
from chaos import plan, verdict
from chaos.plan import Act, Message
from chaos.verdict import Records, Said

Json = dict[str, Any]

FIRST = Message(0, 0, 0, 0.0, "say: w0x0; w0x1;", ("w0x0;", "w0x1;"))
SECOND = Message(1, 0, 0, 0.0, "say: w1x0;", ("w1x0;",))
DONE = "-# ✅ **done** · 1 s"


def discord_message(text: str, mark: str = "", *, bot: bool = True) -> Json:
    reactions = [{"emoji": {"name": mark}}] if mark else []
    return {"author": {"bot": bot, "username": "x"}, "content": text, "reactions": reactions}


def user_messages(*prompts: str) -> list[Mapping[str, Any]]:
    return [{"role": "user", "content": prompt} for prompt in prompts]


def message_seen(message: Message, mark: str = "✅") -> Said:
    return Said(message, "place", discord_message(message.text, mark, bot=False))


GOOD = Records(
    [message_seen(FIRST), message_seen(SECOND)],
    {"place": [discord_message(DONE), discord_message("w0x0; w0x1;"), discord_message(DONE), discord_message("w1x0;")]},
    [user_messages(FIRST.text), user_messages(FIRST.text, SECOND.text)],
    [],
)


GONE = Said(SECOND, "place", None)  # its author has deleted it
ANSWER = {"role": "assistant", "content": "w1x0;"}
ANSWERED = [*user_messages(FIRST.text, SECOND.text), ANSWER]
TWICE = user_messages(FIRST.text, SECOND.text, SECOND.text)


def place(*texts: str) -> Mapping[str, Sequence[Json]]:
    return {"place": [discord_message(text) for text in texts]}


def test_nothing_is_wrong_where_nothing_is() -> None:
    assert verdict.judge(GOOD).wrong == {}


@pytest.mark.parametrize(
    ("records", "kind"),
    [
        (replace(GOOD, requests=[user_messages(FIRST.text)]), "lost"),
        (replace(GOOD, places=place(DONE, "w0x0;", DONE, "w1x0;")), "done without its content"),
        (replace(GOOD, places=place(DONE, DONE, "w1x0;"), elsewhere=["w0x0; w1x0;"]), "done without its content"),
        (replace(GOOD, requests=[user_messages(FIRST.text, SECOND.text, FIRST.text)]), "run twice"),
        (replace(GOOD, requests=[ANSWERED, [*user_messages(SECOND.text), ANSWER]]), "run twice"),
        (replace(GOOD, places=place(DONE, "w0x0; w0x1;", "w0x1;", DONE, "w1x0;")), "posted twice"),
        (replace(GOOD, places=place(DONE, "w0x1; w0x0;", DONE, "w1x0;")), "out of order"),
        (replace(GOOD, places=place(DONE, "w1x0;", DONE, "w0x0; w0x1;")), "out of order"),
        (replace(GOOD, said=[message_seen(FIRST), message_seen(SECOND, "👀")]), "without a final state"),
        (replace(GOOD, places=place("⏳ **Working**", "w0x0; w0x1;", DONE, "w1x0;")), "without a final state"),
        (replace(GOOD, orphans=["claude"]), "orphans"),
        (replace(GOOD, left=["exit code 69"]), "the bridge left"),
        (replace(GOOD, said=[message_seen(FIRST), GONE], requests=[TWICE]), "run twice"),
    ],
)
def test_each_broken_promise_is_found(records: Records, kind: str) -> None:
    assert kind in verdict.judge(records).wrong


def test_what_was_deleted_needs_neither_an_end_nor_an_answer() -> None:
    records = replace(GOOD, said=[message_seen(FIRST), GONE], places=place(DONE, "w0x0; w0x1;"))
    assert verdict.judge(records).wrong == {}
    assert verdict.judge(replace(records, requests=[user_messages(FIRST.text)])).wrong == {}


def test_an_answer_that_came_as_a_file_or_directly_is_there() -> None:
    records = replace(GOOD, places=place(DONE, "w0x0;", DONE), elsewhere=["w0x0; w0x1;\n", "In #x: w1x0;"])
    assert verdict.judge(records).wrong == {}


def test_who_was_turned_away_has_been_told_so() -> None:
    posted = {"id": "7"}
    reply = {**discord_message("No thread"), "id": "9", "message_reference": {"message_id": "7"}}
    assert verdict.turned_away(posted, [reply])
    assert not verdict.turned_away({"id": "6"}, [reply])
    told = {**discord_message("No thread can be made.\nClaude was not asked."), "id": "8"}
    assert verdict.turned_away(posted, [], [told])
    assert not verdict.turned_away({"id": "8"}, [], [told])


def test_what_claude_has_to_say_again_after_a_restart_is_not_posted_twice() -> None:
    again = replace(GOOD, places=place(DONE, "w0x0; w0x1;", "w0x0; w0x1;", DONE, "w1x0;"))
    assert "posted twice" in verdict.judge(again).wrong
    went_on = user_messages(FIRST.text, "[Antiphon] The bridge between you and the person was restarted while …")
    assert verdict.judge(replace(again, requests=[went_on, user_messages(FIRST.text, SECOND.text)])).wrong == {}


def test_who_edits_a_message_may_be_answered_later() -> None:
    later = place(DONE, "w1x0;", DONE, "w0x0; w0x1;")
    assert "out of order" in verdict.judge(replace(GOOD, places=later)).wrong
    edited = message_seen(replace(FIRST, act=Act("edit", 0.0, 0)))
    assert verdict.judge(replace(GOOD, said=[edited, message_seen(SECOND)], places=later)).wrong == {}


def test_what_discord_took_in_no_form_may_come_later() -> None:
    later = place(DONE, "w1x0;", DONE, "w0x0; w0x1;")
    assert verdict.judge(replace(GOOD, places=later, told=["w0x0; w0x1;"])).wrong == {}


def test_a_request_that_died_with_its_claude_code_may_be_made_again() -> None:
    again = [user_messages(FIRST.text, SECOND.text), [*user_messages(SECOND.text), ANSWER]]
    assert verdict.judge(replace(GOOD, requests=again)).wrong == {}


def test_what_people_put_on_a_message_is_no_mark() -> None:
    liked = message_seen(FIRST)
    assert liked.message is not None
    liked.message["reactions"].append({"emoji": {"name": "👍"}})
    assert verdict.judge(replace(GOOD, said=[liked, message_seen(SECOND)])).wrong == {}


def test_in_twenty_rounds_everything_happens_that_can() -> None:
    rounds = [plan.make(seed, 50, 6, 20, 3) for seed in range(1, 21)]
    assert {one.deed for round_ in rounds for one in round_.faults} == set(get_args(plan.FaultKind))
    acts = {one.act.kind for round_ in rounds for one in round_.messages if one.act is not None}
    assert acts == set(get_args(plan.ActKind))
    texts = [one.text for round_ in rounds for one in round_.messages]
    assert any(plan.ASKS in text for text in texts)
    assert any("send_file" in text for text in texts)
    assert {one.button for round_ in rounds for one in round_.presses} == {"allow", "deny"}
    opening = [round_.threads()[n][0] for round_ in rounds for n in range(6)]
    assert not any(one.act is not None and one.act.kind == "delete" for one in opening)


def test_a_round_is_the_same_for_the_same_seed_and_another_for_another() -> None:
    assert plan.make(7, 50, 6, 10, 3) == plan.make(7, 50, 6, 10, 3)
    assert plan.make(7, 50, 6, 10, 3) != plan.make(8, 50, 6, 10, 3)
