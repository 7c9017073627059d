"""The activity card and its lines."""

from dataclasses import replace

import pytest
from render_samples import FRESH, OWNERS, PROMPT, SESSION, START, TASKS_AND_JOBS, TEN, USAGE, after, done, ended, tool

from antiphon.agent.events.tool_traits import traits_of
from antiphon.chat.render.card import card_spec, end_buttons, task_lines
from antiphon.chat.render.format import cost, failure, seconds, tokens, tool_name
from antiphon.chat.render.message import Card, text_of
from antiphon.chat.render.page import render
from antiphon.core.blocks import TIME, AskBlock, End, EndReason, FileChange, Job, NoteBlock, Task, ToolBlock, Usage
from antiphon.core.events import Delayed, JobChanged, PermissionSettled, TaskChanged, TextDelta, TurnEnded
from antiphon.core.values import Display, MessageId, ToolUseId
from antiphon.core.view import TurnView, fold


def card(view: TurnView, now: float = START + 40) -> Card:
    found = card_spec(view, now).card
    assert found is not None
    return found


def words(view: TurnView, now: float = START + 40) -> str:
    return "\n".join(card(view, now).texts)


def test_the_last_four_finished_tools_and_what_is_at_work_are_shown() -> None:
    lines = card(after(*TEN)).texts[1].split("\n")
    assert lines[0] == "-# 5 earlier steps"
    assert [line[:4] for line in lines[1:6]] == ["-# ✓", "-# ✗", "-# ✓", "-# ✓", "▸ Ba"]


def test_a_tool_at_work_shows_its_own_time_and_no_edit_is_needed_for_it() -> None:
    view = after(tool(1, "Bash", "make"), step=7)
    assert f"▸ Bash `make` · <t:{int(START) + 7}:R>" in words(view)
    assert card(view, START + 20) == card(view, START + 21)


@pytest.mark.parametrize(
    ("event", "head"),
    [
        (TextDelta("x"), "✍️ **Writing**"),
        (TextDelta("x", thinking=True), "🧠 **Thinking**"),
        (tool(1, "Bash", "x"), "⏳ **Working**"),
        (AskBlock(ToolUseId("a"), "Bash", "x"), "✋ **Waiting for you**"),
    ],
)
def test_the_head_says_what_happens(event: TextDelta, head: str) -> None:
    assert words(after(event)).startswith(f"{head}, started <t:{int(START)}:R>")


def test_stop_is_there_while_it_runs_and_details_when_there_are_any() -> None:
    def labels(view: TurnView) -> list[str]:
        return [button.label for button in card(view).controls]

    assert labels(FRESH) == ["Stop"]
    assert labels(after(*TEN)) == ["Stop", "Details"]
    assert labels(ended(TEN, "done")) == ["Details"]
    assert labels(ended((SESSION,), "done")) == []
    assert labels(ended((tool(1, "TaskCreate", "x"), done(1)), "done")) == []


def test_the_end_is_one_line_with_details_beside_it() -> None:
    view = after(*TEN, done(10, change=FileChange("b.py", 5, 0)))
    assert card(fold(view, TurnEnded("done", None, USAGE), START + 75)).texts == (
        "-# ✅ **Done** in 1 min 15 s · 10 tools (1 failed) · 2 files +17 −3 · $0.04",
    )
    assert card(ended(TEN, "done")).beside


def test_an_error_stands_below_at_most_500_characters_long() -> None:
    texts = card(ended(TEN, "failed", "first\nsecond\n" + "x" * 9000)).texts
    assert texts[1].startswith("> first\n> second\n> xxx")
    assert len(texts[1]) <= 500


def test_sub_agents_tools_are_told_by_the_sub_agents_line() -> None:
    shown = words(after(*TASKS_AND_JOBS))
    assert "Grep" not in shown
    assert "▸ 🤖 Explore the tests · Running grep" in shown


def test_sub_agents_tools_stand_indented_where_no_line_tells_of_the_sub_agent() -> None:
    view = after(ToolBlock(ToolUseId("a"), "Grep", "x", parent=ToolUseId("b")))
    assert "↳ ▸ Grep `x`" in words(view)


def test_trouble_is_shown_while_it_lasts() -> None:
    view = after(Delayed("the API answered 529"))
    assert "⚠️ the API answered 529" in words(view)
    assert "529" not in words(fold(view, TextDelta("x"), START + 3))


def test_silence_is_told_with_its_beginning() -> None:
    assert "sign of life" not in words(after(SESSION), START + 61)
    assert f"🥱 Last sign of life <t:{int(START + 1)}:R>" in words(after(SESSION), START + 62)
    assert f"😨 Last sign of life <t:{int(START + 1)}:R>" in words(after(SESSION), START + 302)


def test_a_task_list_shows_where_the_work_is() -> None:
    tasks = tuple(Task(str(n), f"t{n}", "completed" if n < 15 else "pending") for n in range(20))
    lines = task_lines((*tasks[:15], replace(tasks[15], state="in_progress"), *tasks[16:]))
    assert lines[0] == "**Tasks** 15/20"
    assert "▶ t15" in lines
    assert len(lines) == 10


def test_a_task_list_that_is_done_is_one_line() -> None:
    assert task_lines((Task("1", "a", "completed"),)) == ["**Tasks** 1/1"]
    assert task_lines(()) == []


def test_the_fullest_card_stays_within_discords_limits() -> None:
    loud = "*" * 100_000
    events = [
        *(TaskChanged(str(n), loud, "pending") for n in range(50)),
        *(Job(str(n), "command", loud) for n in range(50)),
        *(JobChanged(str(n), loud) for n in range(50)),
        *(event for n in range(20) for event in (tool(n, loud, loud), done(n, f"Exit code 127\n{loud}", ok=False))),
        *(tool(n, f"mcp__{loud}__{loud}", loud) for n in range(20, 40)),
        Delayed(loud),
    ]
    view = after(*events)
    assert sum(map(len, card(view, START + 10**4).texts)) <= 4000


@pytest.mark.parametrize(
    ("text", "facts"),
    [
        ("Exit code 3\nls: cannot access x\nmore", ["exit code 3", "ls: cannot access x"]),
        ("Exit code 1", ["exit code 1"]),
        ("\n\n  boom\n", ["boom"]),
        ("<tool_use_error>File has not been read</tool_use_error>", ["File has not been read"]),
        ("", []),
    ],
)
def test_a_failure_tells_its_exit_code_and_its_first_line(text: str, facts: list[str]) -> None:
    assert failure(text) == facts


def test_figures_are_short() -> None:
    assert [seconds(at) for at in (-1, 0.44, 9.96, 59.4, 60, 75, 3600, 7500)] == [
        "0.0 s", "0.4 s", "10 s", "59 s", "1 min", "1 min 15 s", "1 h", "2 h 5 min",
    ]  # fmt: skip
    assert [tokens(n) for n in (0, 999, 1000, 12_345, 999_949, 999_950)] == [
        "0",
        "999",
        "1.0k",
        "12.3k",
        "999.9k",
        "1.0M",
    ]
    assert [cost(at) for at in (0.0001, 0.0421, 12.3)] == ["under $0.01", "$0.04", "$12.30"]


def called(name: str) -> str:
    return tool_name(ToolBlock(ToolUseId("t"), name, "", START, traits=traits_of(name)))


def test_tools_of_servers_are_told_by_server_and_tool() -> None:
    assert called("mcp__github__list__issues") == "github: list\\_\\_issues"
    assert called("mcp__x") == "mcp\\_\\_x"
    assert called("") == "tool"


def test_a_moment_in_an_error_or_a_note_is_a_time_that_discord_shows_and_nothing_else_is() -> None:
    error = f"It is reset {TIME}; send again. Claude Code says: {TIME} <t:5:R>"
    view = fold(after(NoteBlock(f"Reset {TIME}, <t:5:R>", 17.0)), TurnEnded("limited", error, time=17.0), START + 9)
    said = "It is reset <t:17:R>; send again. Claude Code says: {time} \\<t:5:R>"
    assert f"> {said}" in card(view).texts
    assert "-# ℹ️ Reset <t:17:R>, \\<t:5:R>" in [spec.content for spec in render(view, Display(), OWNERS, START + 9)]


@pytest.mark.parametrize("reason", ["failed", "timed_out", "limited", "interrupted", "lost", "stopped"])
@pytest.mark.parametrize("prompt", [PROMPT, None], ids=["somebody's", "Claude's own"])
def test_every_turn_that_was_not_done_has_a_way_on(reason: EndReason, prompt: MessageId | None) -> None:
    view = fold(replace(FRESH, prompt=prompt), TurnEnded(reason, None), START + 5)
    labels = {button.label for button in end_buttons(view)}
    assert labels & {"Try again", "Continue", "Run again", "Start again"}


def test_the_context_is_told_from_sixty_percent_on_and_a_subscriptions_dollars_never() -> None:
    def line(context: int, billed: bool = True) -> str:
        usage = Usage(0.1, window=100_000, billed=billed)
        view = replace(FRESH, end=End("done", START + 2, usage=usage, context=context))
        return card(view).texts[0]

    assert line(59_000) == "-# ✅ **Done** in 2.0 s · $0.10"
    assert line(60_000) == "-# ✅ **Done** in 2.0 s · $0.10 · context 60 % full"
    assert line(1000, billed=False) == "-# ✅ **Done** in 2.0 s"


def test_a_call_that_somebody_was_asked_about_has_its_line_in_the_request_alone() -> None:
    call = tool(1, "Bash", "make")
    ask, settled = AskBlock(call.id, "Bash", "make"), PermissionSettled(call.id, "allowed", "Ada")
    for display in (Display(), Display(progress="compact"), Display(progress="legacy")):
        view = after(call, ask, settled, done(1), tool(2, "Bash", "ls"))
        texts = "\n".join(text_of(spec) for spec in render(view, display, frozenset(), START + 9))
        assert texts.count("`make`") == 1
        assert "✅ Allowed by Ada · Bash `make` · ✓" in texts
        assert texts.count("`ls`") == 1
