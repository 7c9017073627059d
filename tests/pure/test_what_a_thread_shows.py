"""How the tests, the demo and the bench tell a thread's messages apart (bench.shown)."""

from typing import Any

import pytest
from bench import shown as turns

from antiphon.standin.client_shapes import words_of

_BUTTON = {"type": 2, "style": 4, "label": "Stop", "custom_id": "a1:stop:1"}
_ALLOW = {"type": 1, "components": [{"type": 2, "label": "Allow once", "custom_id": "a1:allow:1:2"}]}


def from_bot(content: str, *components: dict[str, Any], flags: int = 0) -> dict[str, Any]:
    return {"content": content, "components": list(components), "flags": flags, "author": {"bot": True}}


def card(*texts: str) -> dict[str, Any]:
    shown = [{"type": 10, "content": text} for text in texts]
    row = {"type": 1, "components": [_BUTTON]}
    return from_bot("", {"type": 17, "components": [*shown, row]}, flags=1 << 15)


RUNNING = card("⏳ **Working**, started <t:1:R>", "-# ✓ Bash `ls` · 0.1 s")
DONE = from_bot(
    "",
    {"type": 9, "components": [{"type": 10, "content": "✅ Done in 2 s · 3 tools"}], "accessory": _BUTTON},
    flags=1 << 15,
)
REQUEST = from_bot("✋ <@1> **Claude wants to run a command**\n```\ntouch x\n```", _ALLOW)


def test_a_card_says_its_texts_line_by_line() -> None:
    assert words_of(RUNNING) == "⏳ **Working**, started <t:1:R>\n-# ✓ Bash `ls` · 0.1 s"
    assert words_of(DONE) == "✅ Done in 2 s · 3 tools"


@pytest.mark.parametrize(
    "status", [DONE, from_bot("-# ✅ Done in 2 s · 3 tools"), from_bot("❌ **Failed** after 2 s", _BUTTON)]
)
def test_an_ended_status_is_an_end_and_no_chunk(status: dict[str, Any]) -> None:
    assert turns.ends([RUNNING, status]) == [words_of(status).replace("**", "")]
    assert len(turns.statuses([RUNNING, status])) == 2
    assert turns.chunks([RUNNING, status]) == []


@pytest.mark.parametrize(
    "message",
    [
        REQUEST,
        from_bot("✅ Allowed by ben · `touch x`"),
        from_bot("🚫 Denied by ben · `touch x`"),
        from_bot("✅ <@1> Claude is done"),
        from_bot("✋ <@1> **Claude is still waiting for you**"),
        from_bot("✋ **Claude is waiting for your answer**, asked then: Bash"),
        from_bot("-# ⏹ Not needed any more · Bash `touch x`"),
        from_bot("-# ✋ Bash `touch x`"),
        from_bot("-# 💭 ||hm||"),
        from_bot("-# ℹ️ a note"),
        from_bot("Stopping.", flags=1 << 6),
        from_bot(""),
        {**from_bot("hello"), "author": {}},
    ],
)
def test_what_claude_did_not_say_is_no_chunk_and_no_second_status(message: dict[str, Any]) -> None:
    assert turns.chunks([DONE, message, from_bot("Claude's words")]) == ["Claude's words"]
    assert len(turns.statuses([DONE, message])) == 1


def test_where_no_card_stands_the_final_line_is_the_end_with_a_call_or_without() -> None:
    called, quiet = from_bot("✅ <@1> Claude is done\n-# ✅ **Done** in 3 min"), from_bot("-# ⏹️ **Stopped** after 2 s")
    messages = [from_bot("words"), from_bot("-# ✋ Bash `ls`"), REQUEST, called, from_bot("more"), quiet]
    finals = [words_of(one).replace("**", "") for one in (called, quiet)]
    assert turns.ends(messages) == turns.statuses(messages) == finals
    assert turns.chunks(messages) == ["words", "more"]


def test_an_open_request_has_its_buttons() -> None:
    assert turns.open_buttons(REQUEST) == ["a1:allow:1:2"]
    assert turns.open_buttons(RUNNING) == []
    assert turns.custom_ids(RUNNING) == ["a1:stop:1"]
