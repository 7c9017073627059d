"""Who is called, when, and with which words. Pure.

Two things ring: that somebody is needed, and that a turn is over; each reads differently from the other. An unanswered
need is told once more in the thread, then by a direct message. May not know: how a message rings.
"""

from antiphon.chat.render import wording
from antiphon.chat.render.format import about, moment, snowflake_time
from antiphon.chat.render.message import DIRECT, MessageSpec, Priority
from antiphon.chat.render.text.escape import escaped
from antiphon.core.blocks import BudgetBlock, Need, ScheduledBlock, TypedBlock
from antiphon.core.values import Display, PersonId
from antiphon.core.view import TurnView

_ASKED = 200  # characters of a question
_THERE = 60.0  # seconds beyond a short turn for which the one who wrote a prompt is taken to be still there


def needed(view: TurnView, display: Display, owners: frozenset[PersonId], need: Need) -> PersonId | None:
    """Who has to answer a request: an owner of the bot where nobody has ever asked for anything in
    the session, and where it is about money."""
    return called(None if isinstance(need, BudgetBlock) else view.asker, display, owners)


def called(asker: PersonId | None, display: Display, owners: frozenset[PersonId]) -> PersonId | None:
    """Who is called about something that `asker` (None: nobody) has asked for."""
    match display.ping:
        case "nobody":
            return None
        case "asker" if asker is not None:
            return asker
        case _:
            return min(owners, default=None)


def called_at_end(view: TurnView, display: Display, owners: frozenset[PersonId]) -> PersonId | None:
    """Whom the end of a turn calls: nobody for a turn that nobody asked for or that somebody stopped, for a prompt that
    did not run, nor for a short one whose asker is still there."""
    end, short = view.end, display.short_turn
    typed = any(isinstance(block, TypedBlock | ScheduledBlock) for block in view.blocks)
    if end is None or end.reason in ("stopped", "withdrawn") or (view.prompt is None and not typed):
        return None
    if view.prompt is None:  # whoever sat at the terminal may have left it meanwhile
        return called(view.asker, display, owners) if end.at - view.started >= short else None
    if end.at - view.started < short and end.at - snowflake_time(view.prompt) <= short + _THERE:
        return None
    return view.asker if display.ping == "asker" else called(None, display, owners)


def escalations(view: TurnView, display: Display, owners: frozenset[PersonId], now: float) -> list[MessageSpec]:
    """The reminders that are due: each need once in the thread, then once by direct message."""
    specs: list[MessageSpec] = []
    for index, need in enumerate(view.blocks if display.remind_after > 0 else ()):
        if not isinstance(need, Need) or need.settled:
            continue
        person = needed(view, display, owners, need)
        if person is None:
            continue
        asked, wanted = moment(need.asked), _wanted(need)
        reminder, direct = _due(need, display)
        if now >= reminder:
            text = wording.STILL_NEEDS.format(person=person, moment=asked, wanted=wanted)
            specs.append(MessageSpec(f"{index}.reminder", text, ping=person, priority=Priority.REQUEST))
        if now >= direct:
            text = wording.WAITS.format(moment=asked, wanted=wanted)
            specs.append(MessageSpec(f"{index}{DIRECT}{person}", text, direct=person, priority=Priority.REQUEST))
    return specs


def next_escalation(view: TurnView, display: Display, now: float) -> float | None:
    """When the next reminder falls due; None: never."""
    if display.ping == "nobody" or display.remind_after <= 0:
        return None
    return min((at for need in view.needs for at in _due(need, display) if at > now), default=None)


def _wanted(need: Need) -> str:
    """What a request is about, on one line."""
    if isinstance(need, BudgetBlock):
        return escaped(need.text, _ASKED)
    if need.questions:
        return f"“{escaped(need.questions[0].text, _ASKED)}”"
    return wording.THE_PLAN if need.kind == "plan" else about(need)


def _due(need: Need, display: Display) -> tuple[float, float]:
    return need.asked + display.remind_after, need.asked + 2 * display.remind_after
