"""The board of a project: who works, who waits for whom and since when, what is scheduled next, what was spent."""

from dataclasses import dataclass
from typing import Literal

from antiphon.actions.callers import Caller
from antiphon.actions.context import ActionContext, InPlace, require
from antiphon.core.blocks import Need
from antiphon.core.coordination.claims import LiveSession
from antiphon.core.schedules.values import ScheduledPrompt
from antiphon.core.stored_turn import assemble
from antiphon.core.values import PersonId, Project, Session, SessionId
from antiphon.core.view import TurnView

_NEXT = 3  # schedules that are told
_OF_NOBODY = SessionId("")  # where figures are of no session

State = Literal["waiting", "working", "queued", "idle"]
_ORDER: tuple[State, ...] = ("waiting", "working", "queued", "idle")


@dataclass(frozen=True, slots=True)
class BoardLine:
    """A session. `since`: when its turn began, or began to wait, or when it was used last (epoch seconds); `need`: what
    it waits for; `person`: whose prompt that turn answers; `queued`: prompts that wait for the session."""

    session: Session
    state: State
    since: float
    need: Need | None = None
    person: PersonId | None = None
    queued: int = 0


@dataclass(frozen=True, slots=True)
class Board:
    """`lines`: those that need somebody first; `next`: what is due next; `today`: dollars that all have spent."""

    project: Project
    lines: tuple[BoardLine, ...]
    next: tuple[ScheduledPrompt, ...] = ()
    today: float = 0.0

    def count(self, state: State) -> int:
        """How many sessions are in a state."""
        return sum(one.state == state for one in self.lines)


async def board(context: ActionContext, caller: Caller, at: InPlace) -> Board:
    """The board of a place's project."""
    return await board_of(context, require(context, caller, at, "prompt"))


async def board_of(context: ActionContext, project: Project) -> Board:
    """The board of a project, whoever looks at it."""
    live = [one for one in await context.bus.live() if one.session.project == project.name]
    at_work, line = await context.bus.at_work(), await context.bus.line()
    queued = [one.session.id for one in line]
    lines = [
        await _line(context, one, one.session.id in at_work, queued.count(one.session.id))
        for one in live
        if not one.session.left_out
    ]
    due = [one for one in await context.bus.schedules() if one.project == project.name and one.next is not None]
    spent = await context.bus.spent(_OF_NOBODY, None)
    return Board(
        project,
        tuple(sorted(lines, key=lambda one: (_ORDER.index(one.state), one.since))),
        tuple(sorted(due, key=lambda one: one.next or 0.0)[:_NEXT]),
        spent.day,
    )


async def _line(context: ActionContext, one: LiveSession, at_work: bool, queued: int) -> BoardLine:
    if not at_work:
        return BoardLine(one.session, "queued" if queued else "idle", one.touched, queued=queued)
    view = await _view(context, one.session)
    if view is None:
        return BoardLine(one.session, "working", one.touched, queued=queued)
    need = next(iter(view.needs), None)
    if need is None:
        return BoardLine(one.session, "working", view.started, person=view.asker, queued=queued)
    return BoardLine(one.session, "waiting", need.asked, need, view.asker, queued)


async def _view(context: ActionContext, session: Session) -> TurnView | None:
    """The turn at work, as far as it is written down."""
    for turn in await context.bus.turns(session.id, 1):
        story = await context.bus.story(session.id, turn.turn)
        return None if story is None else assemble(story)
    return None
