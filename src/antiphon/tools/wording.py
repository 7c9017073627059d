"""Every sentence that Claude reads of its tools' results. Pure."""

from collections.abc import Sequence
from datetime import UTC, datetime

from antiphon.actions.coordination.claims import Claimed, Others
from antiphon.actions.coordination.events import told
from antiphon.actions.message_port import PlaceMessage
from antiphon.actions.messages import Reach
from antiphon.actions.reasons import (
    ChatRefused,
    Condition,
    NoSuchChannel,
    NotAllowed,
    NotATimeGiven,
    Reason,
    SessionUnclear,
    TooManySchedules,
)
from antiphon.actions.schedules.manage import Described
from antiphon.actions.schedules.recurrence import described
from antiphon.actions.terminals.say import Handed
from antiphon.core.coordination.claims import LiveSession, named
from antiphon.core.coordination.events import CoordinationEvent
from antiphon.core.schedules.values import ScheduledPrompt

POSTED = "Told."
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
    Condition.NOTHING_NAMED: "Name files or resources.",
    Condition.TOO_MANY_CLAIMS: "You have claimed as much as you may. Release what you need no more.",
}


def sent(message: int) -> str:
    return f"Sent. Its id is {message}."


def status(text: str) -> str:
    """As people see it."""
    return f"📌 {' '.join(text.split())}"


def claimed(done: Claimed) -> str:
    """What a session has now, and what it could not get."""
    lines = [f"Claimed: {', '.join(map(named, done.given))}."] if done.given else []
    for one in done.taken:
        note = f" ({one.note})" if one.note else ""
        lines.append(
            f"Not claimed: {named(one.resource)}: {_title(one.title)} has it until {_moment(one.until)}{note}."
        )
    return "\n".join(lines)


def events(found: Sequence[CoordinationEvent]) -> str:
    """A line for each."""
    lines = (f"{one.n} {_moment(one.at)} {_title(one.by)}{told(one)}" for one in found)
    return "\n".join(lines) or "Nothing was told."


def released(had: Sequence[str]) -> str:
    return f"Released: {', '.join(map(named, had))}." if had else "You had not claimed that."


def messaged(done: Handed) -> str:
    return f"{_title(done.session.title)} reads it at its next step." if not done.again else "It has that already."


def others(found: Others, now: float) -> str:
    """Who else works on the project, a line for each session and each claim."""
    lines = [_session(one, now) for one in found.sessions] or ["No other session works on this project now."]
    for one in found.claims:
        note = f" ({one.note})" if one.note else ""
        lines.append(f"claimed: {named(one.resource)} by {_title(one.title)} until {_moment(one.until)}{note}")
    return "\n".join(lines)


def _session(one: LiveSession, now: float) -> str:
    own = one.session
    state = "at work" if one.at_work else f"idle for {max(0, now - one.touched) / 60:.0f} min"
    parts = [f"{own.id} {_title(own.title)}", state, *([f"in {own.tree}"] if own.tree is not None else [])]
    parts += [f"branch {own.worktree.branch}"] if own.worktree is not None else []
    parts += ["in a terminal"] if own.terminal is not None else []
    parts += [f"has changed {', '.join(map(str, one.changed))}"] if one.changed else []
    return ", ".join(parts)


def _title(title: str) -> str:
    return f"“{title}”" if title else "another session"


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
        case SessionUnclear(wanted, candidates=candidates):
            known = "; ".join(f"{one.id} “{one.title}”" for one in candidates[:10]) or "none"
            return f"Not done. Which session is “{wanted}”? Those that there are: {known}."
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
