"""What a turn looks like, as text."""

from dataclasses import replace

import pytest

from antiphon.chat.look.render import Spec, nonce, render
from antiphon.chat.page import GONE, Delete, Edit, Send, not_before, steps
from antiphon.core.events import EndReason, Usage
from antiphon.core.ports import Post
from antiphon.core.values import MessageId, ToolUseId, TurnId
from antiphon.core.view import End, NoteBlock, TextBlock, ToolBlock, TurnView, ended

TURN = TurnId("turn")
LS = ToolBlock(ToolUseId("1"), "Bash", "ls -la", 100.0, "ok", 100.5, "README.md")
BUSY = ToolBlock(ToolUseId("2"), "Bash", "npm test", 101.0)
DENIED = ToolBlock(ToolUseId("3"), "Write", "a.txt", 102.0, "denied", 102.0, "Not allowed here.")
WORKING = TurnView(TURN, MessageId(1), 100.0, (TextBlock("I look.", settled=True), LS, BUSY))


def contents(view: TurnView) -> list[str]:
    return [spec.content for spec in render(view)]


def test_a_running_turn_shows_what_is_at_work() -> None:
    assert contents(WORKING) == [
        "-# ⏳ working since <t:100:R>\n-# ✓ Bash `ls -la` · 0.5 s\n-# ▸ Bash `npm test`",
        "I look.",
    ]


def test_a_finished_turn_collapses_to_one_line() -> None:
    view = ended(replace(WORKING, blocks=(TextBlock("Done."), LS)), End("done", 175.0, None, Usage(0.0421)))
    assert contents(view) == ["-# ✅ done · 1 tool · 1 min 15 s · $0.04", "Done."]


def test_failed_tools_are_counted_at_the_end() -> None:
    view = ended(replace(WORKING, blocks=(LS, replace(LS, state="failed"))), End("done", 101.0))
    assert "2 tools, 1 failed" in contents(view)[0]


@pytest.mark.parametrize(
    ("reason", "mark"), [("done", "✅"), ("failed", "❌"), ("stopped", "⏹️"), ("timed_out", "⌛"), ("interrupted", "⚠️")]
)
def test_each_end_has_a_mark_of_its_own(reason: EndReason, mark: str) -> None:
    assert contents(ended(WORKING, End(reason, 110.0)))[0].startswith(f"-# {mark}")


def test_an_error_is_shown_in_claude_codes_own_words() -> None:
    view = ended(WORKING, End("failed", 110.0, "API Error: 529 Overloaded\ntry later"))
    assert "> API Error: 529 Overloaded\n> try later" in contents(view)[0]


def test_a_denied_tool_says_why_also_when_the_turn_is_over() -> None:
    view = ended(replace(WORKING, blocks=(DENIED,)), End("done", 110.0))
    assert "🚫 Write denied `a.txt`" in contents(view)[0]
    assert "> Not allowed here." in contents(view)[0]


def test_trouble_is_shown_while_it_lasts() -> None:
    assert "⚠️ the API answered 529" in contents(replace(WORKING, trouble="the API answered 529"))[0]


def test_nothing_inside_a_command_can_break_the_line() -> None:
    nasty = replace(BUSY, subject="echo `whoami` ```x```")
    status = contents(replace(WORKING, blocks=(nasty,)))[0]
    assert status.count("`") == 2


def test_a_status_line_never_exceeds_a_message() -> None:
    loud = replace(DENIED, subject="x" * 5000, text="line\n" * 2000)
    view = ended(replace(WORKING, blocks=(loud,) * 50), End("failed", 110.0, "e" * 9000))
    assert len(contents(view)[0]) <= 2000


def test_notes_stand_where_they_were_said() -> None:
    view = replace(WORKING, blocks=(TextBlock("a"), NoteBlock("compacted"), TextBlock("b")))
    assert contents(view)[1:] == ["a", "-# ℹ️ compacted", "b"]


def test_slots_stay_the_same_while_text_grows() -> None:
    short = replace(WORKING, blocks=(TextBlock("word " * 100),))
    long = replace(WORKING, blocks=(TextBlock("word " * 2000),))
    assert [spec.slot for spec in render(long)][:2] == [spec.slot for spec in render(short)]
    assert len({spec.slot for spec in render(long)}) == len(render(long))


def test_a_nonce_fits_discord_and_is_the_same_every_time() -> None:
    assert nonce("t", "0.1") == nonce("t", "0.1")
    assert nonce("t", "0.1") != nonce("t", "0.2")
    assert len(nonce("t" * 500, "x")) <= 25


A, B, STATUS = Spec("0.0", "a"), Spec("0.1", "b"), Spec("status", "s")


def post(spec: Spec, digest: str | None = None) -> Post:
    return Post(TURN, spec.slot, MessageId(1), digest or spec.digest)


def test_what_is_not_posted_is_sent_in_the_pages_order() -> None:
    assert steps((STATUS, A, B), {}) == (Send(STATUS), Send(A), Send(B))


def test_what_is_posted_and_right_is_left_alone() -> None:
    assert steps((STATUS, A), {"status": post(STATUS), "0.0": post(A)}) == ()


def test_text_is_brought_up_to_date_before_the_status_line() -> None:
    old = {"status": post(STATUS, "old"), "0.0": post(A, "old")}
    assert steps((STATUS, A, B), old) == (Edit(old["0.0"], A), Send(B), Edit(old["status"], STATUS))


def test_what_no_slot_wants_is_deleted_but_not_twice() -> None:
    assert steps((A,), {"0.0": post(A), "0.1": post(B)}) == (Delete(post(B)),)
    assert steps((A,), {"0.0": post(A), "0.1": post(B, GONE)}) == ()


def test_a_deleted_message_is_not_brought_back() -> None:
    assert steps((A,), {"0.0": post(A, GONE)}) == ()


def test_only_edits_of_live_messages_are_spaced_out() -> None:
    live = replace(A, live=True)
    edited = {"0.0": 50.0}
    assert not_before(Send(live), edited) == 0.0
    assert not_before(Edit(post(A), A), edited) == 0.0
    assert not_before(Edit(post(A), live), edited) > 50.0
