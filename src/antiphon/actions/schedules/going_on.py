"""Turns that a usage limit has ended, and that go on by themselves once it is reset.

Going on leads to the one turn to which Continue leads. What the project wants is planned where the turn ends
(core/schedules/continuations.py); here people let one go on, stop it, or switch it off for everything.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from antiphon.actions.callers import Caller, allowed, asker_of, authorize, name_of
from antiphon.actions.context import ActionContext, Target, find, record
from antiphon.actions.reasons import Condition, Refused
from antiphon.actions.resume import GO_ON, continue_turn, last_turn
from antiphon.core.permission_requests import was_heard
from antiphon.core.projects import Projects
from antiphon.core.records import InboxEntry
from antiphon.core.schedules.continuations import MARGIN, due_after, known_reset, limits_met
from antiphon.core.schedules.values import CONTINUES, Continuation, GoingOn
from antiphon.core.values import Asker, Prompt, Session, TurnId, turn_for
from antiphon.core.view import TurnView
from antiphon.core.wording import AFTER_LIMIT


@dataclass(frozen=True, slots=True)
class GoingOnStatus:
    """Whether turns go on by themselves, which do next, and whether the caller may switch that."""

    switch: GoingOn = field(default_factory=GoingOn)
    planned: Sequence[Continuation] = ()
    may_switch: bool = False


async def go_on_later(context: ActionContext, caller: Caller, at: Target, turn: TurnId, now: float) -> None:
    """Let a turn go on by itself, in the caller's name, once the limit is reset that has ended it; at once where it
    is."""
    found = await find(context, caller, at, "prompt")
    view = await last_turn(context, found, turn)
    reset = known_reset(view)
    if reset is None:
        raise Refused(Condition.NOTHING_TO_CONTINUE)
    if reset + MARGIN <= now:
        await continue_turn(context, caller, at, turn)
        return
    if not (await context.bus.going_on()).on:
        raise Refused(Condition.GOING_ON_SWITCHED_OFF)
    wanted = Continuation(found.session.id, turn, due_after(reset, now), "planned", asker_of(caller))
    if not await context.bus.plan_continuation(wanted):
        raise Refused(Condition.CONTINUED_ALREADY)
    await record(context, caller, "schedule", found.session, {"what": "goes on", "turn": turn})


async def stay(context: ActionContext, caller: Caller, at: Target, turn: TurnId) -> None:
    """The turn does not go on by itself. Raises Refused where it would not."""
    found = await find(context, caller, at, "stop")
    if not await stop_going_on(context, caller, found.session, turn):
        raise Refused(Condition.NOT_GOING_ON)


async def stop_going_on(context: ActionContext, caller: Caller, session: Session, turn: TurnId | None) -> bool:
    """The same for a caller who may; `turn` None: whichever of the session's would. False: none does."""
    stopped = await context.bus.stop_continuation(session.id, turn, asker_of(caller))
    if stopped:
        await record(context, caller, "stop", session, {"what": "goes on"} | ({"turn": turn} if turn else {}))
    return stopped


async def switch(context: ActionContext, caller: Caller, *, on: bool) -> None:
    """Switch for everything whether turns go on by themselves; off stops those that are planned. It is for those who
    administer every project."""
    for project in context.projects.all:
        authorize(project, caller, "administer")
    stopped = await context.bus.set_going_on(GoingOn(on, name_of(caller)))
    await record(context, caller, "schedule", None, {"what": "going on", "on": on, "stopped": stopped})


async def going_on(context: ActionContext, caller: Caller) -> GoingOnStatus:
    """How that is now."""
    may_switch = all(allowed(one, caller, "administer") for one in context.projects.all)
    planned = [one for _, one in await context.bus.continuations()]
    return GoingOnStatus(await context.bus.going_on(), planned, may_switch)


async def planned_in(context: ActionContext, project: str) -> Sequence[Continuation]:
    """Those of a project that are to go on; what is due next first."""
    return [one for session, one in await context.bus.continuations() if session.project == project]


def entry(
    projects: Projects, session: Session, view: TurnView, own: Prompt | None, one: Continuation
) -> InboxEntry | None:
    """The prompt with which the turn goes on, as Continue would: its own (`own`) where Claude has not heard it. None:
    there is nothing to go on with."""
    if view.end is None or projects.named(session.project) is None:
        return None
    key = f"{CONTINUES}{one.turn}"
    before = Asker("", view.asker) if own is None else own.asker
    prompt = Prompt(TurnId(""), GO_ON, before, None, limit=None if own is None else own.limit)
    if own is not None and not was_heard(view):
        prompt = own
    prompt = replace(
        prompt,
        turn=turn_for(key),
        asker=one.by or before,
        message=None,
        inbox=0,
        may_answer=False,
        note=AFTER_LIMIT,
        limits_met=0 if one.by is not None else limits_met(view.end, view, own),
    )
    return InboxEntry(key, projects.worker_of(session.project), session, prompt)
