"""How the tests, the demo and the bench tell a thread's messages apart (bench.shown)."""

from typing import Any

import pytest
from bench import shown as turns

from antiphon.standin.client_shapes import words_of

_BUTTON = {"type": 2, "style": 4, "label": "Stop", "custom_id": "a1:stop:1"}
_ALLOW = {"type": 1, "components": [{"type": 2, "label": "Allow once", "custom_id": "a1:allow:1:2"}]}


def said(content: str, *components: dict[str, Any], flags: int = 0) -> dict[str, Any]:
    return {"content": content, "components": list(components), "flags": flags, "author": {"bot": True}}


def card(*texts: str) -> dict[str, Any]:
    shown = [{"type": 10, "content": text} for text in texts]
    row = {"type": 1, "components": [_BUTTON]}
    return said("", {"type": 17, "components": [*shown, row]}, flags=1 << 15)


RUNNING = card("⏳ **Working** · <t:1:R>", "-# ✓ Bash `ls` · 0.1 s")
DONE = said(
    "", {"type": 9, "components": [{"type": 10, "content": "✅ done · 3 tools"}], "accessory": _BUTTON}, flags=1 << 15
)
REQUEST = said("✋ <@1> **Claude needs you**\n```\ntouch x\n```", _ALLOW)


def test_a_card_says_its_texts_line_by_line() -> None:
    assert words_of(RUNNING) == "⏳ **Working** · <t:1:R>\n-# ✓ Bash `ls` · 0.1 s"
    assert words_of(DONE) == "✅ done · 3 tools"


@pytest.mark.parametrize("status", [DONE, said("-# ✅ done · 3 tools"), said("❌ **Failed** · 2 s", _BUTTON)])
def test_an_ended_status_is_an_end_and_no_chunk(status: dict[str, Any]) -> None:
    assert turns.ends([RUNNING, status]) == [words_of(status).replace("**", "")]
    assert len(turns.statuses([RUNNING, status])) == 2
    assert turns.chunks([RUNNING, status]) == []


@pytest.mark.parametrize(
    "message",
    [
        REQUEST,
        said("✅ allowed by ben · `touch x`"),
        said("🚫 denied by ben · `touch x`"),
        said("✅ <@1> done in 3 min"),
        said("✋ <@1> Claude still waits"),
        said("✋ **Claude waits for you**, since then: Bash"),
        said("-# ⏹ withdrawn · Bash `touch x`"),
        said("-# ✋ Bash `touch x`"),
        said("-# 💭 ||hm||"),
        said("-# ℹ️ a note"),
        said("Stopping.", flags=1 << 6),
        said(""),
        {**said("hello"), "author": {}},
    ],
)
def test_what_claude_did_not_say_is_no_chunk_and_no_second_status(message: dict[str, Any]) -> None:
    assert turns.chunks([DONE, message, said("Claude's words")]) == ["Claude's words"]
    assert len(turns.statuses([DONE, message])) == 1


def test_where_no_card_stands_the_final_line_is_the_end_with_a_call_or_without() -> None:
    called, quiet = said("✅ <@1> done in 3 min\n-# ✅ **done** · 3 min"), said("-# ⏹️ **stopped** · 2 s")
    messages = [said("words"), said("-# ✋ Bash `ls`"), REQUEST, called, said("more"), quiet]
    finals = [words_of(one).replace("**", "") for one in (called, quiet)]
    assert turns.ends(messages) == turns.statuses(messages) == finals
    assert turns.chunks(messages) == ["words", "more"]


def test_an_open_request_has_its_buttons() -> None:
    assert turns.open_buttons(REQUEST) == ["a1:allow:1:2"]
    assert turns.open_buttons(RUNNING) == []
    assert turns.custom_ids(RUNNING) == ["a1:stop:1"]
