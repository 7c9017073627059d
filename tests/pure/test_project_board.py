"""The board: those that need somebody first, and nothing of those that are left out."""

from dataclasses import replace

from antiphon.actions.coordination.board import Board, BoardLine
from antiphon.chat.render.coordination.board import board_spec
from antiphon.core.blocks import AskBlock, BudgetBlock
from antiphon.core.values import NOWHERE, PersonId, PlaceId, SessionId, ToolUseId

from fakes import PROJECT, SESSION


def line(n: int, state: str = "working", **more: object) -> BoardLine:
    session = replace(SESSION, id=SessionId(f"s{n}"), place=PlaceId(n), title=f"Session {n}")
    return replace(BoardLine(session, "working", 1000.0), state=state, **more)  # type: ignore[arg-type]


def test_who_waits_for_whom_and_since_when_is_told() -> None:
    ask = AskBlock(ToolUseId("t"), "Bash", "make deploy", asked=900.0)
    waiting = line(1, "waiting", need=ask, person=PersonId(7), since=900.0, queued=2)
    text = board_spec(Board(PROJECT, (waiting, line(2), line(3, "queued", queued=1)), today=1.5)).content
    assert text.splitlines() == [
        "**playground** · 1 waiting for somebody · 1 working · 1 queued · $1.50 today",
        "✋ <#1> · waits for <@7> · make deploy · <t:900:R> · 2 prompts queued",
        "✍️ <#2> · <t:1000:R>",
        "🕐 <#3> · <t:1000:R> · 1 prompt queued",
    ]


def test_a_budget_that_waits_and_a_session_without_a_place_are_told() -> None:
    budget = BudgetBlock(ToolUseId("b"), "This thread has spent $2.00 of $2.00", 1.0, asked=900.0)
    nowhere = line(1, "waiting", need=budget)
    nowhere = replace(nowhere, session=replace(nowhere.session, place=NOWHERE, title="*bold* <@1>"))
    text = board_spec(Board(PROJECT, (nowhere,))).content
    assert "waits for Somebody" in text
    assert "\\<@1>" in text


def test_of_many_idle_sessions_a_few_are_named_and_nothing_is_too_long() -> None:
    lines = tuple(line(n, "idle") for n in range(1, 60))
    text = board_spec(Board(PROJECT, lines)).content
    assert text.count("💤") == 5
    assert "and 54 sessions more" in text
    assert len(board_spec(Board(PROJECT, tuple(line(n) for n in range(1, 200)))).content) <= 2000
    assert "No session has been used" in board_spec(Board(PROJECT, ())).content
