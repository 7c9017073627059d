"""The lines of the coordination channel: each event is one, which is edited as it goes on. Pure."""

from pathlib import Path

from antiphon.chat.render.coordination import wording
from antiphon.chat.render.coordination.board import waiting_for, where
from antiphon.chat.render.format import moment, seconds, time_on_clock, with_time
from antiphon.chat.render.message import MessageSpec, Priority
from antiphon.chat.render.text.escape import escaped, inline_code
from antiphon.chat.render.wording import ENDS
from antiphon.core.coordination.board import CoordinationLine, TurnAtWork
from antiphon.core.coordination.claims import named
from antiphon.core.coordination.events import LONGEST_EVENT

_NAME, _RESOURCE, _NOTE = 60, 80, 120  # characters
MARKS = ("▶️", "✋", "🔒", "🔓", "🚧", "📣", *(end.mark for end in ENDS.values()))  # with which lines begin


def line_spec(line: CoordinationLine, turn: TurnAtWork | None) -> MessageSpec:
    """An event as a message. `turn`: as it is now, where the event is a turn that is not over."""
    return MessageSpec("line", _text(line, turn), priority=Priority.NOTICE)


def is_line(text: str, line: CoordinationLine) -> bool:
    """Whether a message of ours may show this event, as it was at some time."""
    return text.startswith(MARKS) and _who(line) in text


def _text(line: CoordinationLine, turn: TurnAtWork | None) -> str:
    event, who = line.event, _who(line)
    match event.kind:
        case "said":
            return wording.LINE_SAID.format(where=who, text=escaped(event.text, 2 * LONGEST_EVENT))
        case "claim":
            resource = inline_code(_resource(line), _RESOURCE, keep_end=True)
            if event.outcome:
                return wording.LINE_RELEASED.format(where=who, resource=resource)
            told = wording.LINE_CLAIMED.format(
                where=who, resource=resource, until=time_on_clock(event.moment or event.at)
            )
            return f"{told}: {escaped(event.note, _NOTE)}" if event.note else told
        case "held":
            text = with_time(escaped(event.note, 2 * _NOTE), event.moment)
            return wording.LINE_HELD.format(where=who, text=text) + (wording.LINE_LET if event.outcome else "")
        case "turn":
            return _turn(line, who, turn)


def _turn(line: CoordinationLine, who: str, turn: TurnAtWork | None) -> str:
    event = line.event
    if (end := ENDS.get(event.outcome)) is not None:  # pyright: ignore[reportArgumentType] - a newer one has none
        took = seconds(max(0.0, (event.moment or event.at) - event.at))
        return f"{end.mark} {who} · {end.line.format(took=took)}"
    if turn is None or not turn.needs:
        asker = "" if turn is None or turn.asker is None else wording.LINE_BY.format(who=f"<@{turn.asker}>")
        return f"{wording.LINE_STARTED.format(where=who)}{asker} · {moment(event.at)}"
    need = turn.needs[0]
    person, what = waiting_for(need, turn.asker)
    told = wording.LINE_WAITS.format(where=who, who=person)
    return " · ".join((told, *([what] if what else []), moment(need.asked)))


def _resource(line: CoordinationLine) -> str:
    """A claimed file by its path in the project, or by its name."""
    path = Path(named(line.event.text))
    if not path.is_absolute() or line.session is None:
        return named(line.event.text)
    own = line.session.worktree
    root = line.session.tree if own is None else own.source
    return f"{path.relative_to(root)}" if root is not None and path.is_relative_to(root) else path.name


def _who(line: CoordinationLine) -> str:
    return escaped(line.event.by, _NAME) if line.session is None else where(line.session)
