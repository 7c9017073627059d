"""The judge of `make chaos` finds what is wrong, and nothing where nothing is; a seed makes the same round."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest
from chaos import plan, verdict
from chaos.plan import Message
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


def place(*texts: str) -> Mapping[str, Sequence[Json]]:
    return {"place": [discord_message(text) for text in texts]}


def test_nothing_is_wrong_where_nothing_is() -> None:
    assert verdict.judge(GOOD).wrong == {}


@pytest.mark.parametrize(
    ("records", "kind"),
    [
        (replace(GOOD, requests=[user_messages(FIRST.text)]), "lost"),
        (replace(GOOD, places=place(DONE, "w0x0;", DONE, "w1x0;")), "lost"),
        (replace(GOOD, requests=[user_messages(FIRST.text, SECOND.text, FIRST.text)]), "run twice"),
        (replace(GOOD, requests=[*GOOD.requests, user_messages(SECOND.text)]), "run twice"),
        (replace(GOOD, places=place(DONE, "w0x0; w0x1;", "w0x1;", DONE, "w1x0;")), "posted twice"),
        (replace(GOOD, places=place(DONE, "w0x1; w0x0;", DONE, "w1x0;")), "out of order"),
        (replace(GOOD, places=place(DONE, "w1x0;", DONE, "w0x0; w0x1;")), "out of order"),
        (replace(GOOD, said=[message_seen(FIRST), message_seen(SECOND, "👀")]), "without a final state"),
        (replace(GOOD, places=place("⏳ **Working**", "w0x0; w0x1;", DONE, "w1x0;")), "without a final state"),
        (replace(GOOD, orphans=["claude"]), "orphans"),
    ],
)
def test_each_broken_promise_is_found(records: Records, kind: str) -> None:
    assert kind in verdict.judge(records).wrong


def test_a_round_is_the_same_for_the_same_seed_and_another_for_another() -> None:
    assert plan.make(7, 50, 6, 10, 3) == plan.make(7, 50, 6, 10, 3)
    assert plan.make(7, 50, 6, 10, 3) != plan.make(8, 50, 6, 10, 3)
