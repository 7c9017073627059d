"""Turns that go on by themselves after a usage limit: which do, and when. Pure.

Times are epoch seconds. May not know: who may stop one, and how it is kept (core/schedules/store.py).
"""

from dataclasses import replace

from antiphon.core import wording
from antiphon.core.blocks import End
from antiphon.core.permission_requests import was_heard
from antiphon.core.values import Project, Prompt
from antiphon.core.view import TurnView

# Seconds after the reset: it is told in whole seconds, rounded, and by Anthropic's clock; nobody waits for that long
# who has waited for hours, and a try that comes too early costs another one.
MARGIN = 30.0
MOST_FOR_NOTHING = 5  # turns in a row that go on by themselves and meet the limit at once; as failures of a schedule


def known_reset(view: TurnView) -> float | None:
    """When the limit is reset that has ended the turn; None: none has, or nobody knows."""
    end = view.end
    return None if end is None or end.reason != "limited" else end.time


def due_after(reset: float, now: float) -> float:
    """When a turn goes on whose limit is reset then."""
    return reset + MARGIN if reset + MARGIN > now else now + MARGIN


def limits_met(end: End, view: TurnView, prompt: Prompt | None) -> int:
    """How many turns in a row have met a usage limit for nothing, with this one: Claude had not come to do anything,
    or the limit was reset long before."""
    nothing = not was_heard(view) or (end.time is not None and end.time + MARGIN <= end.at)
    return (0 if prompt is None else prompt.limits_met) + 1 if nothing else 0


def with_plan(view: TurnView, prompt: Prompt | None, project: Project) -> TurnView:
    """A turn that has just ended, with when it goes on by itself: where a usage limit has ended it, its project wants
    that, the reset is known, and it was not tried for nothing too often, which it says. `prompt`: its own."""
    end, reset = view.end, known_reset(view)
    if end is None or not end.usage_limit or project.after_limit != "continue":
        return view
    if reset is None:
        return _told(view, end, wording.NOT_BY_ITSELF)
    if limits_met(end, view, prompt) > MOST_FOR_NOTHING:
        return _told(view, end, wording.goes_on_no_more(MOST_FOR_NOTHING))
    return replace(view, end=replace(end, goes_on=due_after(reset, end.at)))


def _told(view: TurnView, end: End, why: str) -> TurnView:
    return replace(view, end=replace(end, error=f"{end.error or ''} {why}".strip()))
