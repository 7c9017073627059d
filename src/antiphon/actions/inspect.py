"""Looks that change nothing: how the bridge is, what waits for Claude, what fills its context, what differs, what was
decided."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import get_args

from antiphon.actions.callers import Caller, Member, allowed
from antiphon.actions.context import (
    ActionContext,
    InPlace,
    Target,
    as_here,
    ask_worker,
    find,
    open_projects,
    require,
)
from antiphon.actions.reasons import Condition, Refused
from antiphon.actions.schedules.going_on import GoingOnStatus, going_on
from antiphon.core.access import Action, Grant, grant
from antiphon.core.health import Finding, Problem
from antiphon.core.records import Audit, Overview, QueuedPrompt
from antiphon.core.requests import ContextUsage, DiffText, ReadContext, ReadDiff
from antiphon.core.values import Project, Session


@dataclass(frozen=True, slots=True)
class SessionStatus:
    """A session, and what it does. `waiting`: its queue."""

    project: Project
    session: Session
    running: bool
    waiting: Sequence[QueuedPrompt]


@dataclass(frozen=True, slots=True)
class Status:
    """The bridge, the session of a place if it has one, and what goes on by itself."""

    problems: Sequence[Problem]
    overview: Overview
    here: SessionStatus | None
    going_on: GoingOnStatus = field(default_factory=GoingOnStatus)


@dataclass(frozen=True, slots=True)
class WhoAmI:
    """What somebody may do in a project, each with the reason; None: they may not."""

    project: Project
    grants: Mapping[Action, Grant | None]


async def doctor(context: ActionContext, caller: Caller, at: InPlace) -> Sequence[Finding]:
    """Look at all around the bridge: for admins. Takes some seconds."""
    require(context, caller, at, "administer")
    return () if context.examine is None else await context.examine()


@dataclass(frozen=True, slots=True)
class Rights:
    """What somebody may do. `as_guest`: they may prompt in one session alone."""

    actions: tuple[Action, ...]
    as_guest: bool = False


@dataclass(frozen=True, slots=True)
class SessionInbox:
    """What waits for a session. `waiting`: its queue, with what is held; `handed`: what Claude was given while it
    works, and has not read."""

    session: Session
    waiting: Sequence[QueuedPrompt]
    handed: Sequence[QueuedPrompt]


async def status(context: ActionContext, caller: Caller, at: InPlace) -> Status:
    """How the bridge is, and the session here."""
    project = require(context, caller, at, "prompt")
    overview, here = await context.bus.overview(), None
    session = await context.bus.session(at.place, at.person)
    if session is not None:
        running, waiting = await context.bus.running(session.id), await context.bus.line(session.id)
        here = SessionStatus(project, session, running, waiting)
    return Status(context.problems(), overview, here, await going_on(context, caller))


async def inbox(context: ActionContext, caller: Caller) -> list[SessionInbox]:
    """What waits, for each session of the caller's projects for which something does, or that is open in a terminal;
    the one last used first."""
    projects = {one.name for one in open_projects(context, caller, "prompt")}
    line = await context.bus.line(None, held=True)
    numbers = {one.n for one in line}
    handed = [one for one in await context.bus.changeable() if one.n not in numbers]
    found: list[SessionInbox] = []
    for session in await context.bus.sessions():
        own = SessionInbox(session, _of(session, line), _of(session, handed))
        is_open = session.terminal is not None and session.terminal.open
        if session.project in projects and (is_open or own.waiting or own.handed):
            found.append(own)
    return found


async def context_usage(context: ActionContext, caller: Caller, at: Target) -> ContextUsage:
    """What fills Claude's context."""
    found = await find(context, caller, at, "prompt")
    return await ask_worker(context, found.project, found.session, ReadContext())


async def diff(context: ActionContext, caller: Caller, at: InPlace) -> DiffText:
    """What differs from the last commit in the project's directory."""
    return await ask_worker(context, require(context, caller, at, "prompt"), None, ReadDiff())


async def audits(context: ActionContext, caller: Caller, at: Target, most: int) -> Sequence[Audit]:
    """The latest decisions about a session, oldest first."""
    found = await find(context, caller, at, "prompt")
    return await context.bus.audits(found.session.id, most)


async def whoami(context: ActionContext, caller: Member, at: InPlace) -> WhoAmI:
    """What somebody may do in a place, and why. Whoever may nothing is told that as well."""
    project = context.projects.at(at.place, at.parent)
    if project is None:
        raise Refused(Condition.NO_PROJECT)
    project = await as_here(context, project, caller, at)
    return WhoAmI(project, {one: grant(project.access, caller.person, one) for one in get_args(Action)})


async def rights(context: ActionContext, caller: Caller, at: InPlace) -> Rights:
    """What the caller may do in a place."""
    project = context.projects.at(at.place, at.parent)
    if project is None:
        return Rights(())
    own = [one for one in get_args(Action) if allowed(project, caller, one)]
    here = await as_here(context, project, caller, at)
    every = tuple(one for one in get_args(Action) if allowed(here, caller, one))
    return Rights(every, as_guest="prompt" in every and "prompt" not in own)


def _of(session: Session, prompts: Sequence[QueuedPrompt]) -> list[QueuedPrompt]:
    return [one for one in prompts if one.session.id == session.id]
