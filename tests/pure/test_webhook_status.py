"""What a webhook tells of a session, from the views of its turns."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from render_samples import FRESH, START, TEXTS, after, done, tool, views

from antiphon.core.blocks import AskBlock, EndReason, FileChange, Question, RequestKind, TextBlock, TypedBlock
from antiphon.core.events import TextFinished, TurnEnded
from antiphon.core.values import NOWHERE, ClaudeSessionId, PersonId, Session, SessionId, Terminal, ToolUseId
from antiphon.core.view import TurnView
from antiphon.webhook.client import Content
from antiphon.webhook.status import Status, content, last_sentence, settled, status_of, title_of, waits

OWNER = PersonId(99)
SESSION = Session(
    SessionId("terminal-x"),
    NOWHERE,
    "terminals",
    ClaudeSessionId("8aa15615-831e-4559-8b47-94d4ffb78ad4"),
    "fix the flaky test",
    directory=Path("/home/ada/site"),
    terminal=Terminal(17, "", "tmux %3", "main"),
)


def told(view: TurnView, session: Session = SESSION, *, silent: bool = False) -> Content:
    return content(status_of(view), session, view, OWNER, silent=silent)


def asking(kind: RequestKind, **more: object) -> TurnView:
    ask = AskBlock(ToolUseId("a"), "Bash", "rm -rf build", kind=kind, **more)  # type: ignore[arg-type]
    return after(ask)


def test_a_turn_that_is_done_says_what_came_of_it_and_how_to_go_on() -> None:
    change = FileChange("a.py", 12, 3)
    said = TextFinished("Three tests fail.\n\nI fixed them. All are green now.")
    view = after(tool(1, "Edit", "a.py"), done(1, change=change), said, TurnEnded("done"))
    assert told(view).text.splitlines() == [
        "✅ **Done** in 6.0 s <@99>",
        "**fix the flaky test**",
        "> All are green now.",
        "-# 1 tool · 1 file +12 −3",
        f"-# `/home/ada/site` · main · tmux %3 · <t:{int(START + 6)}:R>",
        "-# Go on in tmux %3.",
    ]


def test_where_the_terminal_is_closed_a_command_goes_on() -> None:
    closed = replace(SESSION, terminal=Terminal(17, "", "tmux %3", "main", open=False))
    last = told(after(TurnEnded("failed", "no credit")), closed).text.splitlines()[-1]
    assert last == f"-# Its terminal is closed. Go on there with `claude --resume {SESSION.claude}`"


@pytest.mark.parametrize(
    ("view", "line"),
    [
        (asking("permission"), "It asks for permission: Bash `rm -rf build`"),
        (asking("permission", by_agent=True), "A sub-agent asks for permission: Bash `rm -rf build`"),
        (asking("questions", questions=(Question("Which *one*?"),)), r"It asks: Which \*one\*?"),
        (asking("plan", detail="# Plan\n1. Do it"), "It has a plan for you to approve: # Plan 1. Do it"),
    ],
)
def test_a_need_says_what_is_wanted(view: TurnView, line: str) -> None:
    lines = told(view).text.splitlines()
    assert lines[0] == "🔔 **Claude needs you** <@99>"
    assert lines[2] == line
    assert lines[-1] == "-# Answer in tmux %3."


@pytest.mark.parametrize(
    ("reason", "kind"),
    [("done", "done"), ("failed", "failed"), ("limited", "failed"), ("lost", "failed"), ("interrupted", "failed"),
     ("stopped", "settled"), ("closed", "settled")],
)  # fmt: skip
def test_each_end_is_news_or_none(reason: EndReason, kind: str) -> None:
    assert status_of(after(TurnEnded(reason))).kind == kind


def test_a_need_that_shrinks_calls_nobody_again() -> None:
    one, two = Status("needs", FRESH.turn, frozenset("a")), Status("needs", FRESH.turn, frozenset("ab"))
    assert one.adds_nothing(two.digest)
    assert not two.adds_nothing(one.digest)
    assert waits(two.digest)
    assert not Status("done", FRESH.turn).adds_nothing(two.digest)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("One. Two! Three?", "Three?"),
        ("It is so.\n```py\nx = 1. \n```", "It is so."),
        ("```\nall of it", ""),
        ("Version 1.2.3 is out", "Version 1.2.3 is out"),
        ("- a\n- last point", "- last point"),
        ("Here.\n```py\n" + "x = 1\n" * 800 + "```\nAll tests are green now.", "All tests are green now."),
        ("- It works:\n  ```\n  x = 1\n  ```", "- It works:"),
        ("It works.\n````\n```\nx = 1\n````", "It works."),
        ("", ""),
    ],
)
def test_the_last_sentence_is_the_answers_not_its_codes(text: str, sentence: str) -> None:
    assert last_sentence(replace(FRESH, blocks=(TextBlock(text, settled=True),))) == sentence


def test_a_session_is_named_by_its_first_prompt() -> None:
    view = replace(FRESH, blocks=(TypedBlock("  "), TypedBlock("fix **it**\nnow"), TypedBlock("more")))
    assert title_of(view) == "fix it now"
    assert title_of(FRESH) == ""


def mentions(text: str) -> list[str]:
    """Who is called by `text` as Discord reads it: neither an escaped character nor code calls anybody."""
    return re.findall(r"<@[!&]?\d+>", re.sub(r"\\.|`[^`\n]*`", "", text))


def test_an_escaped_backtick_opens_no_code() -> None:
    assert mentions(r"\` `0<@0>` <@99> \<@1> \\<@2>") == ["<@99>", "<@2>"]
    (ask,) = asking("permission").blocks
    view = replace(FRESH, blocks=(replace(ask, name="`", subject="0<@0>"),))
    assert mentions(told(view).text) == ["<@99>"]


@given(views(), TEXTS, TEXTS, st.booleans())
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_whatever_a_session_says_fits_and_calls_nobody_else(
    view: TurnView, title: str, name: str, silent: bool
) -> None:
    session = replace(SESSION, title=title[:100], terminal=Terminal(1, "", name, name))
    for said in (told(view, session, silent=silent), settled(session)):
        assert len(said.text) <= 2000
        assert said.text == said.text.encode("utf-8", "replace").decode()
        assert mentions(said.text) == (["<@99>"] if said.calls is not None else [])
        assert (said.calls is None) == (silent or said.silent)
