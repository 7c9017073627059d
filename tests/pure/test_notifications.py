"""Who is called, and when nobody is."""

from dataclasses import replace

import pytest
from render_samples import (
    ADA,
    ASKED,
    FRESH,
    OWNER,
    OWNERS,
    PROMPT,
    SAID,
    SESSION,
    START,
    TEN,
    WAITING,
    after,
)

from antiphon.chat.render.message import MessageSpec, Priority
from antiphon.chat.render.page import next_change, render
from antiphon.core.blocks import EndReason, Outcome
from antiphon.core.events import PermissionSettled, TurnEnded
from antiphon.core.values import Display, Pinged, ToolUseId
from antiphon.core.view import TurnView, fold


def over(view: TurnView, seconds: float, reason: EndReason = "done") -> TurnView:
    return fold(view, TurnEnded(reason), view.started + seconds)


def rung(view: TurnView, now: float = START + 10**4, **display: object) -> list[tuple[str, object]]:
    """Slot and person of every message that rings."""
    specs = render(view, replace(Display(), **display), OWNERS, now)  # type: ignore[arg-type]
    return [(spec.slot, spec.ping or spec.direct) for spec in specs if spec.ping or spec.direct]


@pytest.mark.parametrize(("ping", "person"), [("asker", ADA), ("owner", OWNER)])
def test_a_long_turn_calls_whom_the_project_says(ping: Pinged, person: object) -> None:
    assert rung(over(after(SAID), 61), ping=ping) == [("end", person)]


def test_a_project_may_call_nobody() -> None:
    assert rung(over(after(SAID), 10_000), ping="nobody") == []
    assert rung(after(*WAITING), ping="nobody") == []
    assert next_change(after(*WAITING), Display(ping="nobody"), START) is None


def test_a_short_turn_calls_nobody_while_the_asker_is_there() -> None:
    assert rung(over(after(SAID), 59)) == []
    assert rung(over(after(SAID), 59), short_turn=10.0) == [("end", ADA)]


def test_a_short_turn_that_had_to_wait_its_time_calls() -> None:
    waited = replace(FRESH, started=START + 600, prompt=PROMPT)
    assert rung(over(after(SAID, view=waited), 610)) == [("end", ADA)]
    assert rung(over(replace(waited, started=START + 100), 5)) == []
    assert rung(over(replace(waited, started=START + 118), 5)) == [("end", ADA)]


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("done", "✅ <@11> Claude is done"),
        ("failed", "❌ <@11> Claude could not finish"),
        ("timed_out", "⌛ <@11> Claude took too long"),
        ("limited", "🚦 <@11> Claude had to stop at a limit"),
        ("interrupted", "⚠️ <@11> Claude was cut off"),
    ],
)
def test_the_call_says_how_it_ended(reason: EndReason, words: str) -> None:
    last = render(over(after(SAID), 180, reason), Display(), OWNERS, START)[-1]
    assert (last.slot, last.content, last.priority) == ("end", words, Priority.ANSWER)


def test_who_pressed_stop_is_not_told_that_it_stopped() -> None:
    assert rung(over(after(SAID), 10_000, "stopped")) == []


def test_a_turn_that_nobody_asked_for_ends_in_silence_but_its_needs_reach_an_owner() -> None:
    itself = replace(FRESH, prompt=None, asker=None)
    assert rung(over(after(SAID, view=itself), 10_000, "failed")) == []
    assert rung(after(ASKED, view=itself), START + 10) == [("0", OWNER)]


def test_without_asker_and_owner_nobody_is_called_and_the_request_stands_there() -> None:
    specs = render(after(ASKED, view=replace(FRESH, asker=None)), Display(), frozenset(), START + 10**4)
    assert [spec.slot for spec in specs] == ["card", "0"]
    assert specs[1].content.startswith("✋ **Claude wants to run a command**")


def slots(view: TurnView, now: float) -> list[str]:
    return [spec.slot for spec in render(view, Display(), OWNERS, now) if spec.priority == Priority.REQUEST]


def test_an_unanswered_need_is_told_again_and_then_directly() -> None:
    view = after(ASKED, step=0)
    assert slots(view, START + 299) == ["0"]
    assert slots(view, START + 300) == ["0", "0.reminder"]
    assert slots(view, START + 599) == ["0", "0.reminder"]
    assert slots(view, START + 600) == ["0", "0.reminder", "0.direct.11"]
    assert next_change(view, Display(), START) == START + 300
    assert next_change(view, Display(), START + 300) == START + 600
    assert next_change(view, Display(), START + 600) is None


@pytest.mark.parametrize("outcome", ["allowed", "denied", "withdrawn"])
def test_nobody_is_reminded_of_what_is_settled(outcome: Outcome) -> None:
    view = after(ASKED, PermissionSettled(ASKED.id, outcome, "ben"), step=0)
    assert slots(view, START + 10**6) == ["0"]
    assert rung(view) == []


def test_the_end_of_a_turn_takes_its_reminders_away() -> None:
    view = fold(after(*WAITING), TurnEnded("stopped"), START + 1000)
    assert slots(view, START + 10**6) == ["2"]


def test_each_of_two_needs_is_told_by_itself() -> None:
    second = replace(ASKED, id=ToolUseId("toolu_2"))
    view = after(ASKED, second, step=0)
    assert slots(view, START + 300) == ["0", "1", "0.reminder", "1.reminder"]


def test_reminders_can_be_switched_off() -> None:
    specs = render(after(ASKED), Display(remind_after=0.0), OWNERS, START + 10**6)
    assert [spec.slot for spec in specs] == ["card", "0"]


def test_a_need_and_an_end_read_differently_at_first_sight() -> None:
    def call(view: TurnView) -> MessageSpec:
        return next(spec for spec in render(view, Display(), OWNERS, START) if spec.ping is not None)

    need, end = call(after(SESSION, ASKED)), call(over(after(*TEN), 300))
    assert need.content.startswith("✋ <@11> **Claude wants to run a command**")
    assert end.content.startswith("✅ <@11> Claude is done")
