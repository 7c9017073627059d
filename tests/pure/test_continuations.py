"""Which turns go on by themselves after a usage limit, when, and what people see of it."""

from dataclasses import replace
from typing import Any

import pytest
from render_samples import FRESH, START, TURN
from turn_world import World

from antiphon.chat.render.card import card_spec, end_buttons
from antiphon.chat.render.page import changed_later, render
from antiphon.core.blocks import TIME, End, NoteBlock, ScheduledBlock, ToolBlock
from antiphon.core.events import ReplyStarted, TextFinished, TurnEnded
from antiphon.core.schedules.continuations import MARGIN, MOST_FOR_NOTHING, due_after, limits_met, with_plan
from antiphon.core.schedules.values import Continuation, ContinuationState
from antiphon.core.values import Asker, Display, Prompt, ToolUseId
from antiphon.core.view import TurnView

from fakes import PROJECT, SESSION, prompt

GOES_ON = replace(PROJECT, after_limit="continue")
AT, RESET = 1000.0, 5000.0
LIMIT = TurnEnded("limited", f"It resets {TIME}.", time=RESET, usage_limit=True)
TOOL = ToolBlock(ToolUseId("t"), "Bash", "ls")


def over(*blocks: Any, **end: Any) -> TurnView:
    """A turn that a usage limit has ended."""
    told = {"error": "Limit.", "time": RESET, "usage_limit": True, **end}
    return replace(FRESH, started=AT - 5, blocks=blocks, end=End("limited", AT, **told))


def planned_at(view: TurnView, own: Prompt | None = None) -> float | None:
    planned = with_plan(view, own or prompt(), GOES_ON)
    assert planned.end is not None
    return planned.end.goes_on


def test_it_goes_on_a_little_after_the_reset_where_its_project_wants_that() -> None:
    assert planned_at(over(TOOL)) == RESET + MARGIN
    view = over(TOOL)
    assert with_plan(view, prompt(), PROJECT) == view


def test_a_reset_that_is_past_is_followed_by_a_pause_all_the_same() -> None:
    assert due_after(900.0, AT) == AT + MARGIN
    assert due_after(AT - 1, AT) == AT - 1 + MARGIN


def test_no_other_limit_and_no_other_end_goes_on_by_itself() -> None:
    for end in (End("limited", AT, "Too many steps."), End("failed", AT, "no"), End("done", AT)):
        view = replace(FRESH, end=end)
        assert with_plan(view, prompt(), GOES_ON) == view


def test_where_nobody_knows_the_reset_it_says_that_it_does_not_go_on_by_itself() -> None:
    view = with_plan(over(TOOL, time=None), prompt(), GOES_ON)
    assert view.end is not None
    assert view.end.goes_on is None
    assert "does not go on by itself" in (view.end.error or "")


@pytest.mark.parametrize("reset", [RESET, 900.0], ids=["met at once", "reset long before"])
def test_what_is_in_vain_ends_after_five_times_and_says_so(reset: float) -> None:
    blocks = () if reset == RESET else (TOOL,)
    own, times = prompt(), 0
    while planned_at(view := over(*blocks, time=reset), own) is not None:
        assert view.end is not None
        own, times = replace(own, limits_met=limits_met(view.end, view, own)), times + 1
    assert times == MOST_FOR_NOTHING
    last = with_plan(over(*blocks, time=reset), own, GOES_ON)
    assert last.end is not None
    assert "5 times in a row" in (last.end.error or "")


def test_work_that_was_done_between_two_limits_lets_it_go_on_for_ever() -> None:
    often = replace(prompt(), limits_met=MOST_FOR_NOTHING)
    view = over(TOOL)
    assert view.end is not None
    assert limits_met(view.end, view, often) == 0
    assert planned_at(view, often) == RESET + MARGIN


def test_the_words_of_a_schedule_are_not_claudes() -> None:
    view = over(ScheduledBlock("Nightly", "check"), NoteBlock("late"))
    assert view.end is not None
    assert limits_met(view.end, view, None) == 1


def test_the_turn_machine_plans_it_with_the_end() -> None:
    world = World(GOES_ON)
    world.give(prompt(1), ReplyStarted(), TextFinished("I begin."), LIMIT)
    (view,) = world.views.values()
    assert view.end is not None
    assert view.end.goes_on == RESET + MARGIN
    assert view.end.usage_limit


def test_a_turn_that_goes_on_by_itself_says_why() -> None:
    world = World(GOES_ON)
    world.give(replace(prompt(1), message=None, note="The limit is reset."), ReplyStarted(), TextFinished("done"))
    (view,) = world.views.values()
    assert view.blocks[0] == NoteBlock("The limit is reset.")


# What people see


def shown(state: ContinuationState | None, by: Asker | None = None) -> TurnView:
    plan = None if state is None else Continuation(SESSION.id, TURN, RESET + MARGIN, state, by)
    return replace(over(), started=START, continuation=plan)


@pytest.mark.parametrize(
    ("view", "labels", "said"),
    [
        (shown(None), ["Continue", "Continue then"], "**Continue then** lets Claude Code go on"),
        (shown("planned"), ["Stop it", "Go on now"], "**Claude Code goes on** at <t:5030:t>"),
        (shown("stopped", Asker("Ada_")), ["Continue", "Continue then"], "by itself: Ada\\_ stopped it"),
        (shown("off", Asker("Root")), ["Continue", "Continue then"], "switched off by Root"),
        (shown("begun"), [], "has gone on"),
        (shown("dropped"), ["Continue"], ""),
    ],
    ids=["asked", "planned", "stopped", "off", "begun", "dropped"],
)
def test_each_state_has_its_words_and_buttons(view: TurnView, labels: list[str], said: str) -> None:
    assert [one.label for one in end_buttons(view)] == labels
    card = card_spec(view, START).card
    assert card is not None
    assert said in "\n".join(card.texts)
    for style in ("compact", "legacy"):
        page = render(view, Display(progress=style), frozenset(), START)
        assert any(said in one.content and [two.label for two in one.buttons] == labels for one in page)


def test_a_reset_on_another_day_is_told_with_its_date() -> None:
    view = shown("planned")
    assert view.continuation is not None
    view = replace(view, continuation=replace(view.continuation, due=AT + 86400))
    card = card_spec(view, START).card
    assert card is not None
    assert f"<t:{int(AT) + 86400}:f>" in "\n".join(card.texts)


def test_a_limit_whose_reset_nobody_knows_only_offers_to_continue() -> None:
    assert [one.label for one in end_buttons(over(time=None))] == ["Continue"]


def test_only_what_may_have_changed_is_written_again() -> None:
    assert changed_later(shown("planned")) == {"card", "end"}
    assert changed_later(shown(None)) == frozenset()
