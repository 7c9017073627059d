"""Boards of projects as a message, and what is answered to its buttons. Pure.

Elapsed times are Discord's own timestamps: a board is another one only when something has happened.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from antiphon.actions.coordination.board import Board, BoardLine, State
from antiphon.chat.render.coordination import wording
from antiphon.chat.render.custom_ids import OnTurn, button, elsewhere
from antiphon.chat.render.format import about, cost, counted, moment
from antiphon.chat.render.message import Button, Card, MessageSpec, Priority
from antiphon.chat.render.requests import request_specs
from antiphon.chat.render.text.escape import escaped, one_line
from antiphon.chat.render.text.splitter import fitting
from antiphon.chat.render.wording import (
    OR_WRITE_ANSWER,
    OR_WRITE_CHANGES,
    OR_WRITE_FIRST_ANSWER,
    OR_WRITE_INSTEAD,
    SOMEBODY,
    STOP,
)
from antiphon.core.blocks import AskBlock, Need
from antiphon.core.values import NOWHERE, PersonId, PlaceId, Session, ToolUseId
from antiphon.core.view import TurnView

_TITLE, _ABOUT = 60, 80  # characters
_IDLE, _NEXT = 5, 3  # idle sessions and schedules that are named
_PROJECTS = 8  # on one board
_COMPONENTS, _TEXT = 40, 3900  # of a card, and its characters (Discord takes 4,000)
_BOX = 0x5865F2
_MARKS: Mapping[State, str] = {"waiting": "✋", "working": "✍️", "queued": "🕐", "idle": "💤"}
_ONLY_THERE = (OR_WRITE_INSTEAD, OR_WRITE_CHANGES, OR_WRITE_ANSWER, OR_WRITE_FIRST_ANSWER)  # in the place itself
_Part = tuple[str, Button | None]


def board_spec(found: Sequence[Board], note: str = "") -> MessageSpec:
    """Who needs somebody first, then who works, then the rest: each of the first with a button, the rest below. `note`:
    its last line."""
    shown = ([one for one in found if one.lines or one.next] or list(found[:1]))[:_PROJECTS]
    room, left = (_COMPONENTS - 2 - 2 * len(shown)) // 3, _TEXT
    parts: list[_Part] = []
    for n, board in enumerate(shown):
        mine = _fitting(_parts(board, room), left // (len(shown) - n))
        room -= sum(control is not None for _, control in mine)
        left -= sum(len(text) + 1 for text, _ in mine)
        parts += mine
    parts += [(note, None)] if note else []
    texts, beside = tuple(text for text, _ in parts), tuple(control for _, control in parts)
    return MessageSpec("board", card=Card(texts, color=_BOX, beside=beside), priority=Priority.PROGRESS)


def answer_specs(view: TurnView, place: PlaceId) -> list[MessageSpec]:
    """The request that a turn waits with, for whoever answers it outside its place."""
    for index, block in enumerate(view.blocks):
        if isinstance(block, Need) and not block.settled:
            *before, last = request_specs(view, index, block, None)
            lines = (line for line in last.content.split("\n") if line not in _ONLY_THERE)
            content = "\n".join((wording.REQUEST_IN.format(where=f"<#{place}>"), *lines))
            there = elsewhere(replace(last, content=content), place)
            if len(there.buttons) < len(last.buttons) or len(there.rows) < len(last.rows):
                there = replace(there, content=f"{content}\n{wording.MORE_THERE.format(where=f'<#{place}>')}")
            return [*before, there]
    return [MessageSpec("answer", wording.NOTHING_TO_ANSWER.format(where=f"<#{place}>"))]


def answered_spec(view: TurnView, place: PlaceId, request: ToolUseId) -> MessageSpec:
    """What was answered outside its place, and what else waits there."""
    text = wording.ANSWERED.format(where=f"<#{place}>")
    if not any(need.id != request or _takes_more(need) for need in view.needs):
        return MessageSpec("answered", text)
    more = button(OnTurn("answer", view.turn), wording.ANSWER, "primary", place)
    return MessageSpec("answered", f"{text} {wording.MORE_TO_ANSWER}", buttons=more)


def _takes_more(need: Need) -> bool:
    """Whether one answer may not be all that it waits for."""
    return isinstance(need, AskBlock) and (len(need.questions) > 1 or need.voices > 1)


def where(session: Session) -> str:
    """A session by its place; by its title, where it has none, or is one of several in a channel."""
    alone = session.place != NOWHERE and session.sharing != "person"
    return f"<#{session.place}>" if alone else escaped(session.title, _TITLE)


def waiting_for(need: Need, person: PersonId | None) -> tuple[str, str]:
    """Whom a request waits for, and what it is about ("": nothing that can be told)."""
    who = f"<@{person}>" if person is not None else SOMEBODY.lower()
    if not isinstance(need, AskBlock):
        return who, escaped(need.text, _ABOUT)
    if need.questions:
        return who, f"“{escaped(one_line(need.questions[0].text, _ABOUT), 2 * _ABOUT)}”"
    return who, about(need)


def _parts(board: Board, room: int) -> Iterator[_Part]:
    """At most `room` of them with a button."""
    counts = [f"{count} {words}" for state, words in wording.BOARD_STATES.items() if (count := board.count(state))]
    today = [wording.BOARD_TODAY.format(cost=cost(board.today))] if board.today else []
    title = wording.BOARD_TITLE.format(project=escaped(board.project.name, _TITLE))
    yield " · ".join((title, *counts, *today)), None
    rest: list[str] = []
    for line in board.lines:
        if line.state == "idle":
            continue
        control = _button(line) if room > 0 else ()
        if control and not rest:
            room -= 1
            yield _line(line), control[0]
        else:
            rest.append(_line(line))
    rest += _below(board)
    if rest:
        yield "\n".join(rest), None


def _below(board: Board) -> list[str]:
    idle = [one for one in board.lines if one.state == "idle"]
    lines = [_line(one) for one in idle[:_IDLE]]
    if (more := len(idle) - _IDLE) > 0:
        lines.append(wording.BOARD_MORE.format(sessions=counted(more, "session"), are="is" if more == 1 else "are"))
    if not board.lines:
        lines.append(wording.BOARD_EMPTY)
    due = (one.schedule for one in board.next[:_NEXT])
    coming = [(one.name, one.next) for one in due if one.next is not None]
    return lines + [wording.BOARD_NEXT.format(name=escaped(name, _TITLE), at=moment(at)) for name, at in coming]


def _fitting(parts: Iterator[_Part], room: int) -> list[_Part]:
    """As many as have room; of the last, as many lines."""
    kept: list[_Part] = []
    for text, control in parts:
        lines = fitting(text.split("\n"), room)
        if lines:
            kept.append(("\n".join(lines), control))
        room -= sum(len(line) + 1 for line in lines)
    return kept


def _button(line: BoardLine) -> tuple[Button, ...]:
    """Answer where it waits, Stop where it works; none where it has no place."""
    if line.turn is None or line.session.place == NOWHERE:
        return ()
    if line.state == "waiting":
        return button(OnTurn("answer", line.turn), wording.ANSWER, "primary", line.session.place)
    return button(OnTurn("stop", line.turn), STOP, "secondary", line.session.place)


def _line(one: BoardLine) -> str:
    parts = [f"{_MARKS[one.state]} {where(one.session)}"]
    if one.need is not None:
        who, what = waiting_for(one.need, one.person)
        parts += [wording.BOARD_WAITS.format(who=who), *([what] if what else [])]
    parts.append(moment(one.since))
    if one.queued:
        parts.append(wording.BOARD_QUEUED.format(prompts=counted(one.queued, "prompt")))
    return " · ".join(parts)
