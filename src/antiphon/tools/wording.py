"""Every sentence that Claude reads of its tools' results. Pure."""

from collections.abc import Sequence
from datetime import UTC, datetime

from antiphon.actions.message_port import PlaceMessage
from antiphon.actions.messages import Reach
from antiphon.actions.reasons import (
    ChatRefused,
    Condition,
    NoSuchChannel,
    NotAllowed,
    NotATimeGiven,
    Reason,
    TooManySchedules,
)
from antiphon.actions.schedules.manage import Described
from antiphon.actions.schedules.recurrence import described
from antiphon.core.schedules.values import ScheduledPrompt

EDITED = "Edited."
REMOVED = "Removed."
NO_SCHEDULES = "You have no schedules in this session."
REACTED = "Done."
NOTHING_THERE = "There are no messages."
_CONDITIONS = {
    Condition.EMPTY_MESSAGE: "There is nothing to send: give a text, or files.",
    Condition.NO_PLACE_YET: "This session has no Discord thread yet. Try again in a minute.",
    Condition.NOT_SENT_BY_CLAUDE: "Only messages that this session has sent itself can be edited.",
    Condition.MARK_OF_OURS: "That emoji is one by which the bridge tells how things stand. Choose another one.",
    Condition.NO_SUCH_SCHEDULE: "There is no such schedule of yours.",
    Condition.SCHEDULE_OVER: "It has no next run. Give it another time first.",
    Condition.CLAUDE_SCHEDULES_HERE: "Your schedules run in this session, as it is.",
    Condition.EMPTY_PROMPT: "Give it a prompt.",
    Condition.NO_SESSION: "This session is not shown in Discord.",
}


def sent(message: int) -> str:
    return f"Sent. Its id is {message}."


def status(text: str) -> str:
    """As people see it."""
    return f"📌 {' '.join(text.split())}"


def refusal(reason: Reason) -> str:
    """Why a call was refused."""
    match reason:
        case Condition() if reason in _CONDITIONS:
            return f"Not done. {_CONDITIONS[reason]}"
        case NoSuchChannel(wanted, known):
            names = ", ".join(f"#{one}" for one in known) or "none"
            return f"Not done. The project has no channel “{wanted}”. Its channels: {names}."
        case ChatRefused(text):
            return f"Not done. Discord says: {text}"
        case NotATimeGiven(text):
            return f"Not done. {text}"
        case TooManySchedules(most):
            return f"Not done. You have {most} schedules already."
        case NotAllowed():
            return "Not done. This session may not do that."
        case _:
            return f"Not done ({reason.name if isinstance(reason, Condition) else reason})."


def read(messages: Sequence[PlaceMessage]) -> str:
    """What stands in a place: a line for each message, with its id."""
    return "\n".join(map(_line, messages)) or NOTHING_THERE


def where(reach: Reach, *, shown: bool) -> str:
    """What the status call tells. `shown`: a status was given."""
    names = ", ".join(f"#{one}" for one in reach.channels) or "none"
    group = reach.mentionable
    called = (*(f"<@{one}>" for one in sorted(group.people)), *(f"<@&{one}>" for one in sorted(group.roles)))
    calls = f"You may call: {', '.join(called)}." if called else "You may call nobody by a mention."
    return f"{'Shown. ' if shown else ''}Besides this session's thread you may write to: {names}. {calls}"


def _line(one: PlaceMessage) -> str:
    at = datetime.fromtimestamp(one.at, UTC).strftime("%Y-%m-%d %H:%M")
    who = f"{one.author} (this bridge)" if one.own else one.author
    files = f" [attached: {', '.join(one.files)}]" if one.files else ""
    return f"{one.id} {at} {who}: {one.text}{files}"


def scheduled(found: Described) -> str:
    """A schedule as it is by now."""
    one = found.schedule
    state = f"paused ({one.paused})" if one.paused else "on" if one.next is not None else "over"
    runs = ", ".join(map(_moment, found.next)) or "none"
    return f"Schedule {one.id} “{one.name}”: {state}, {described(one.when)}. Next runs: {runs}."


def schedules(found: Sequence[ScheduledPrompt]) -> str:
    """Those of a session, a line for each."""
    lines = (
        f"{one.id} “{one.name}”: {(one.paused and 'paused') or (one.next and f'next {_moment(one.next)}') or 'over'}, "
        f"{described(one.when)}: {one.prompt}"
        for one in found
    )
    return "\n".join(lines) or NO_SCHEDULES


def _moment(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M UTC")
