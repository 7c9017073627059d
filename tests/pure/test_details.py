"""The whole tool log, as Markdown that nothing inside breaks."""

import re

from hypothesis import given, settings
from render_samples import ASKED, EDITED, FRESH, TEN, after, done, tool, views

from antiphon.chat.render.details import details, details_spec
from antiphon.chat.render.message import TextUpload
from antiphon.core.blocks import ToolBlock
from antiphon.core.events import PermissionSettled, ToolFinished
from antiphon.core.values import ToolUseId
from antiphon.core.view import TurnView


def test_each_tool_is_told_with_its_input_its_output_and_its_change() -> None:
    view = after(
        tool(1, "Bash", "ls", "ls -la\nls"), done(1, "README.md\n"), tool(2, "Edit", "view.py"), done(2, change=EDITED)
    )
    assert details(view) == (
        "### 1. ✓ Bash · 1.5 s\n```bash\nls -la\nls\n```\noutput\n```\nREADME.md\n```\n\n"
        "### 2. ✓ Edit · 1.5 s\n```\nview.py\n```\noutput\n```\nok\n```\n"
        "`src/antiphon/core/view.py` +12 −3\n```diff\n@@ -1 +1 @@\n-a\n+b\n```"
    )


def test_who_decided_is_told_and_why_it_was_denied() -> None:
    view = after(tool(1, "Bash", "rm x"), ASKED, PermissionSettled(ASKED.id, "denied", "ben", "not that one"))
    assert details(view).startswith("### 1. 🚫 Bash · denied by ben\n")
    assert "reason\n```\nnot that one\n```" in details(view)


def test_a_fence_inside_ends_no_block() -> None:
    view = after(tool(1, "Bash", "x"), done(1, "a\n```\nb\n`````\nc"))
    assert "``````\na\n```\nb\n`````\nc\n``````" in details(view)


def test_secrets_stay_out_of_it() -> None:
    view = after(tool(1, "Bash", "x", "export PASSWORD=hunter2"), done(1, "DB_TOKEN=abcdef"))
    assert "hunter2" not in details(view)
    assert "abcdef" not in details(view)


def test_a_sub_agents_tools_say_so() -> None:
    view = after(ToolBlock(ToolUseId("a"), "Read", "a", parent=ToolUseId("b")), ToolFinished(ToolUseId("a"), True, ""))
    assert "by a sub-agent" in details(view)


def test_a_turn_without_tools_says_so() -> None:
    assert details(FRESH) == "Claude used no tools in this turn."


def test_a_short_log_is_a_message_and_a_long_one_or_one_with_long_fences_a_file() -> None:
    assert details_spec(after(*TEN[:4])).uploads == ()
    for text in ("x" * 3000, "```"):
        spec = details_spec(after(tool(1, "Bash", "x"), done(1, text)))
        assert [upload.name for upload in spec.uploads if isinstance(upload, TextUpload)] == ["details.md"]


def in_blocks(text: str) -> tuple[int, bool]:
    """The headings outside code blocks, read as CommonMark has it, and whether a block stays open."""
    fence, headings = "", 0
    for line in text.split("\n"):
        if fence:
            fence = "" if re.fullmatch(rf"`{{{len(fence)},}}", line.strip()) else fence
        elif opened := re.match(r"`{3,}", line):
            fence = opened[0]
        else:
            headings += line.startswith("### ")
    return headings, bool(fence)


@settings(max_examples=60, deadline=None)
@given(views())
def test_nothing_inside_breaks_it(view: TurnView) -> None:
    text = details(view)
    found = sum(type(block).__name__ == "ToolBlock" for block in view.blocks)
    assert in_blocks(text) == (found, False)
    assert len(details_spec(view).content) <= 2000


def test_a_log_that_is_too_long_for_a_file_says_what_is_missing() -> None:
    events = [event for n in range(400) for event in (tool(n, "Bash", "ls"), done(n, "word " * 6000))]
    text = details(after(*events))
    assert len(text.encode()) < 9 * 1024 * 1024
    assert text.endswith("more calls that did not fit into this file")
