"""The board of a project as a message. Pure."""

from collections.abc import Mapping

from antiphon.actions.coordination.board import Board, BoardLine, State
from antiphon.chat.render import wording
from antiphon.chat.render.format import cost, counted, moment
from antiphon.chat.render.message import MessageSpec
from antiphon.chat.render.replies import MOST
from antiphon.chat.render.text.escape import escaped
from antiphon.chat.render.text.splitter import fitting
from antiphon.core.blocks import AskBlock
from antiphon.core.values import NOWHERE, Session

_TITLE, _ABOUT = 60, 80  # characters
_IDLE = 5  # idle sessions that are named
_MARKS: Mapping[State, str] = {"waiting": "✋", "working": "✍️", "queued": "🕐", "idle": "💤"}


def board_spec(found: Board) -> MessageSpec:
    """Who needs somebody first, then who works, then the rest."""
    counts = [f"{found.count(state)} {wording.BOARD_STATES[state]}" for state in ("waiting", "working", "queued")]
    today = [wording.BOARD_TODAY.format(cost=cost(found.today))] if found.today else []
    lines = [" · ".join((f"**{escaped(found.project.name, _TITLE)}**", *counts, *today))]
    busy = [one for one in found.lines if one.state != "idle"]
    idle = [one for one in found.lines if one.state == "idle"]
    lines += map(_line, (*busy, *idle[:_IDLE]))
    if len(idle) > _IDLE:
        lines.append(wording.BOARD_MORE.format(sessions=counted(len(idle) - _IDLE, "session")))
    if not found.lines:
        lines.append(wording.BOARD_EMPTY)
    lines += [
        wording.BOARD_NEXT.format(name=escaped(one.name, _TITLE), at=moment(one.next))
        for one in found.next
        if one.next is not None
    ]
    return MessageSpec("board", "\n".join(fitting(lines, MOST)))


def _line(one: BoardLine) -> str:
    parts = [f"{_MARKS[one.state]} {_where(one.session)}"]
    if one.need is not None:
        who = f"<@{one.person}>" if one.person is not None else wording.SOMEBODY
        parts.append(wording.BOARD_WAITS.format(who=who))
        about = one.need.subject if isinstance(one.need, AskBlock) else one.need.text
        parts += [escaped(about, _ABOUT)] if about else []
    parts.append(moment(one.since))
    if one.queued:
        parts.append(wording.BOARD_QUEUED.format(prompts=counted(one.queued, "prompt")))
    return " · ".join(parts)


def _where(session: Session) -> str:
    return f"<#{session.place}>" if session.place != NOWHERE else escaped(session.title, _TITLE)
