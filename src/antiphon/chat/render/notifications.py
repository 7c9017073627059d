"""Who is called, when, and with what words. Pure.

Two things ring: that somebody is needed, and that a turn is over; each reads differently from the other. An unanswered
need is told once more in the thread, then by a direct message. May not know: how a message rings.
"""

from antiphon.chat.render.format import about, moment, seconds, snowflake_time
from antiphon.chat.render.message import DIRECT, MessageSpec, Priority
from antiphon.chat.render.phase import END_MARKS
from antiphon.chat.render.text.escape import escaped
from antiphon.core.blocks import AskBlock, BudgetBlock, End, Need
from antiphon.core.values import Display, PersonId
from antiphon.core.view import TurnView

_ASKED = 200  # characters of a question
_THERE = 60.0  # seconds beyond a short turn for which the one who wrote a prompt is taken to be still there

_ENDED = {
    "done": "done in",
    "failed": "failed after",
    "timed_out": "timed out after",
    "limited": "stopped at a limit after",
    "lost": "could not go on, the session is lost, after",
    "interrupted": "interrupted after",
}


def needed(view: TurnView, display: Display, owners: frozenset[PersonId], need: Need | None = None) -> PersonId | None:
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


def told(view: TurnView, display: Display, owners: frozenset[PersonId]) -> PersonId | None:
    """Whom the end of a turn calls: nobody for a turn that nobody asked for or that somebody stopped, nor for a short
    one whose asker is still there."""
    end = view.end
    if end is None or end.reason == "stopped" or view.prompt is None:
        return None
    if (
        end.at - view.started < display.short_turn
        and end.at - snowflake_time(view.prompt) <= display.short_turn + _THERE
    ):
        return None
    match display.ping:
        case "asker":
            return view.asker
        case "owner":
            return min(owners, default=None)
        case "nobody":
            return None


def end_words(view: TurnView, end: End, person: PersonId) -> str:
    """What `person` is told at the end."""
    return (
        f"{END_MARKS[end.reason]} <@{person}> {_ENDED.get(end.reason, 'over after')} {seconds(end.at - view.started)}"
    )


def escalations(view: TurnView, display: Display, owners: frozenset[PersonId], now: float) -> list[MessageSpec]:
    """The reminders that are due: each need once in the thread, then once by direct message."""
    specs: list[MessageSpec] = []
    for index, block in enumerate(view.blocks if display.remind_after > 0 else ()):
        if not isinstance(block, AskBlock | BudgetBlock) or block.settled:
            continue
        person = needed(view, display, owners, block)
        if person is None:
            continue
        reminder, direct = _due(block, display)
        since = f"since {moment(block.asked)}: {_wanted(block)}"
        if now >= reminder:
            words = f"✋ <@{person}> **Claude still needs you**, {since}"
            specs.append(MessageSpec(f"{index}.reminder", words, ping=person, priority=Priority.REQUEST))
        if now >= direct:
            words = f"✋ **Claude waits for you**, {since}\n-# The buttons are below the request in its thread."
            specs.append(MessageSpec(f"{index}{DIRECT}{person}", words, direct=person, priority=Priority.REQUEST))
    return specs


def next_escalation(view: TurnView, display: Display, now: float) -> float | None:
    """When the next reminder falls due; None: never."""
    if display.ping == "nobody" or display.remind_after <= 0:
        return None
    return min((at for block in view.needs for at in _due(block, display) if at > now), default=None)


def _wanted(block: Need) -> str:
    """What a request is about, on one line."""
    if isinstance(block, BudgetBlock):
        return escaped(block.text, _ASKED)
    if block.questions:
        return f"“{escaped(block.questions[0].text, _ASKED)}”"
    if block.kind == "plan":
        return "its plan"
    return about(block)


def _due(block: Need, display: Display) -> tuple[float, float]:
    return block.asked + display.remind_after, block.asked + 2 * display.remind_after
