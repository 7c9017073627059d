"""The board: those that need somebody first, and nothing of those that are left out."""

from dataclasses import replace

from antiphon.actions.coordination.board import Board, BoardLine
from antiphon.chat.render.coordination.board import answer_specs, answered_spec, board_spec
from antiphon.chat.render.custom_ids import Always, OnRequest, OnTurn, parse, place_of
from antiphon.chat.render.message import Card
from antiphon.core.blocks import AskBlock, BudgetBlock
from antiphon.core.rules import OfferedRule
from antiphon.core.values import NOWHERE, PersonId, PlaceId, SessionId, ToolUseId, TurnId
from antiphon.core.view import TurnView

from fakes import PROJECT, SESSION

TURN = TurnId("7d9a3c1e-0000-4000-8000-000000000001")


def line(n: int, state: str = "working", **more: object) -> BoardLine:
    session = replace(SESSION, id=SessionId(f"s{n}"), place=PlaceId(10**18 + n), title=f"Session {n}")
    return replace(BoardLine(session, "working", 1000.0, turn=TURN), state=state, **more)  # type: ignore[arg-type]


def card(*boards: Board, note: str = "") -> Card:
    found = board_spec(boards, note).card
    assert found is not None
    return found


def components(found: Card) -> int:
    """As Discord counts them."""
    return 1 + len(found.texts) + 2 * sum(one is not None for one in found.beside)


def where(n: int) -> str:
    return f"<#{10**18 + n}>"


def test_who_waits_for_whom_and_since_when_is_told_with_a_button() -> None:
    ask = AskBlock(ToolUseId("t"), "Bash", "make deploy", asked=900.0)
    waiting = line(1, "waiting", need=ask, person=PersonId(7), queued=2)
    waiting = replace(waiting, since=900.0)
    found = card(Board(PROJECT, (waiting, line(2), line(3, "queued", queued=1, turn=None)), today=1.5))
    assert found.texts == (
        "📋 **playground** · 1 waiting for somebody · 1 working · 1 queued · $1.50 today",
        f"✋ {where(1)} · waits for <@7> · Bash `make deploy` · <t:900:R> · 2 prompts queued",
        f"✍️ {where(2)} · <t:1000:R>",
        f"🕐 {where(3)} · <t:1000:R> · 1 prompt queued",
    )
    assert [None if one is None else one.label for one in found.beside] == [None, "Answer", "Stop", None]
    asked, stopped = found.controls
    assert parse(asked.custom_id) == OnTurn("answer", TURN)
    assert parse(stopped.custom_id) == OnTurn("stop", TURN)
    assert [place_of(one.custom_id) for one in (asked, stopped)] == [10**18 + 1, 10**18 + 2]


def test_a_budget_that_waits_and_a_session_without_a_place_are_told() -> None:
    budget = BudgetBlock(ToolUseId("b"), "This thread has spent $2.00 of $2.00", 1.0, asked=900.0)
    nowhere = line(1, "waiting", need=budget)
    nowhere = replace(nowhere, session=replace(nowhere.session, place=NOWHERE, title="*bold* <@1>"))
    found = card(Board(PROJECT, (nowhere,)))
    assert "waits for somebody · This thread has spent" in found.texts[1]
    assert "\\<@1>" in found.texts[1]
    assert found.controls == ()


def test_of_many_idle_sessions_a_few_are_named() -> None:
    found = card(Board(PROJECT, tuple(line(n, "idle", turn=None) for n in range(1, 60))))
    assert found.texts[1].count("💤") == 5
    assert found.texts[1].endswith("and 54 sessions more that are idle")
    one = card(Board(PROJECT, tuple(line(n, "idle", turn=None) for n in range(1, 7))))
    assert one.texts[1].endswith("and 1 session more that is idle")
    assert "No session has been used" in card(Board(PROJECT, ())).texts[1]


def test_a_board_of_any_size_fits_into_a_message() -> None:
    ask = AskBlock(ToolUseId("t"), "Bash", "x" * 500, asked=900.0)
    for sessions in (1, 12, 13, 50, 200):
        lines = tuple(line(n, "waiting", need=ask) for n in range(sessions))
        for projects in (1, 3, 8, 20):
            boards = [Board(replace(PROJECT, name="p" * 60), lines) for _ in range(projects)]
            found = card(*boards, note="-# Not pinned")
            assert components(found) <= 40
            assert sum(map(len, found.texts)) <= 4000
            assert found.texts[-1] == "-# Not pinned"
            assert found.controls


def test_a_request_is_shown_elsewhere_with_what_can_be_done_about_it_there() -> None:
    rule = OfferedRule("ls", ("Bash(ls)",), "project")
    ask = AskBlock(ToolUseId("toolu_01ABCDEFGHIJKLMNOPQRSTUV"), "Bash", "ls", detail="ls", rules=(rule,), asked=900.0)
    view = TurnView(TURN, None, 900.0, (ask,))
    place = PlaceId(10**18 + 1)
    *_, last = answer_specs(view, place)
    assert last.content.startswith(f"-# In {where(1)}\n")
    assert "write here" not in last.content  # it would be a prompt to another session
    found = {type(parse(one.custom_id)): place_of(one.custom_id) for one in last.buttons}
    assert found == {OnRequest: place, Always: place}
    assert answered_spec(view, place, ask.id).buttons == ()
    (more,) = answered_spec(view, place, ToolUseId("another")).buttons
    assert parse(more.custom_id) == OnTurn("answer", TURN)
    (nothing,) = answer_specs(replace(view, blocks=()), place)
    assert "waits for an answer" in nothing.content
