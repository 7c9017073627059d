"""The board of a project: who works, who waits for whom and since when, what is scheduled next, what was spent."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from antiphon.actions.callers import Caller
from antiphon.actions.context import ActionContext, InPlace, require
from antiphon.core.blocks import Need
from antiphon.core.coordination.board import TurnAtWork
from antiphon.core.coordination.claims import LiveSession
from antiphon.core.schedules.values import ScheduledPrompt
from antiphon.core.values import PersonId, Project, Session, TurnId

_NEXT = 10  # schedules of a project that are looked at

State = Literal["waiting", "working", "queued", "idle"]
_ORDER: tuple[State, ...] = ("waiting", "working", "queued", "idle")


@dataclass(frozen=True, slots=True)
class BoardLine:
    """A session. `since`: when its turn began, or began to wait, or when it was used last (epoch seconds); `need`: what
    it waits for; `person`: whose prompt that turn answers; `queued`: prompts that wait for the session; `turn`: that is
    at work."""

    session: Session
    state: State
    since: float
    need: Need | None = None
    person: PersonId | None = None
    queued: int = 0
    turn: TurnId | None = None


@dataclass(frozen=True, slots=True)
class Due:
    """A schedule that is due next. `home`: the session of the place where it was made."""

    schedule: ScheduledPrompt
    home: Session | None = None


@dataclass(frozen=True, slots=True)
class Board:
    """`lines`: those that need somebody first, those that do nothing last; `next`: what is due next; `today`: dollars
    that the project's turns have cost."""

    project: Project
    lines: tuple[BoardLine, ...]
    next: tuple[Due, ...] = ()
    today: float = 0.0

    def seen(self, sees: Callable[[Session], bool | None]) -> "Board":
        """As somebody sees it who does not see all sessions: without the others, and what was made in them."""
        lines = tuple(line for line in self.lines if sees(line.session))
        return replace(self, lines=lines, next=tuple(one for one in self.next if one.home is None or sees(one.home)))

    def count(self, state: State) -> int:
        """How many sessions are in a state."""
        return sum(one.state == state for one in self.lines)


async def board(context: ActionContext, caller: Caller, at: InPlace) -> Board:
    """The board of a place's project."""
    (found,) = await boards_of(context, [require(context, caller, at, "prompt")])
    return found


async def boards_of(context: ActionContext, projects: Sequence[Project]) -> list[Board]:
    """The boards of projects, whoever looks at them."""
    bus = context.bus
    turns = {one.session: one for one in await bus.turns_at_work()}
    queued = [one.session.id for one in await bus.line()]
    live = await bus.on_boards()
    due = sorted((one for one in await bus.schedules() if one.next is not None), key=lambda one: one.next or 0.0)
    spent = await bus.spent_today()
    found: list[Board] = []
    for project in projects:
        lines = [
            _line(one, turns.get(one.session.id), queued.count(one.session.id))
            for one in live
            if one.session.project == project.name
        ]
        lines.sort(key=_place)
        coming = [one for one in due if one.project == project.name][:_NEXT]
        told = tuple([Due(one, await _home(context, one, live)) for one in coming])
        found.append(Board(project, tuple(lines), told, spent.get(project.name, 0.0)))
    return found


def _place(one: BoardLine) -> tuple[int, float]:
    """Where it stands on the board: who waits longest first; of those that do nothing the one used last."""
    return _ORDER.index(one.state), -one.since if one.state == "idle" else one.since


async def _home(context: ActionContext, one: ScheduledPrompt, live: Sequence[LiveSession]) -> Session | None:
    if one.home is None:
        return None
    known = next((it.session for it in live if it.session.id == one.home), None)
    return known if known is not None else await context.bus.known(one.home)


def _line(one: LiveSession, turn: TurnAtWork | None, queued: int) -> BoardLine:
    if turn is None:
        state = "queued" if queued else "working" if one.at_work else "idle"
        return BoardLine(one.session, state, one.touched, queued=queued)
    need = next(iter(turn.needs), None)
    state, since = ("working", turn.started) if need is None else ("waiting", need.asked)
    return BoardLine(one.session, state, since, need, turn.asker, queued, turn.turn)
