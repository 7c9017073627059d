"""What sessions and scripts tell the others on their project, and read of it."""

from collections.abc import Sequence

from antiphon.actions.callers import Caller, ClaudeSession, SessionScript, authorize, name_of
from antiphon.actions.context import ActionContext, open_projects, project_for
from antiphon.actions.reasons import Condition, NoSuchProject, Refused
from antiphon.core.coordination.claims import named
from antiphon.core.coordination.events import LONGEST_EVENT, MOST_READ, CoordinationEvent
from antiphon.core.values import Project, Session


async def post(context: ActionContext, caller: Caller, project: str, text: str, key: str) -> CoordinationEvent:
    """Tell the others on a project something, once for each key. `project`: "" for the caller's own, or the first in
    which the caller may prompt."""
    if not text.strip():
        raise Refused(Condition.EMPTY_MESSAGE)
    session = await _session(context, caller)
    found = _project(context, caller, project, session)
    by = name_of(caller) if session is None else session.title
    said = " ".join(text.split())[:LONGEST_EVENT]
    event = CoordinationEvent(f"event:{key}", found.name, None if session is None else session.id, by, said)
    await context.bus.post_event(event)
    return event


async def read(
    context: ActionContext, caller: Caller, project: str, after: int, most: int
) -> Sequence[CoordinationEvent]:
    """What was told on a project, oldest first. `project`: "" for the caller's own, or all in which the caller may
    prompt."""
    session = await _session(context, caller)
    if project or session is not None:
        names = [_project(context, caller, project, session).name]
    else:
        names = [one.name for one in open_projects(context, caller, "prompt")]
    return await context.bus.events(names, after, min(most, MOST_READ))


def told(event: CoordinationEvent) -> str:
    """What an event says, after the name of whoever did it: plain text."""
    match event.kind:
        case "said":
            return f": {event.text}"
        case "turn":
            return f" ended its turn: {event.outcome}" if event.outcome else " works"
        case "claim":
            note = f": {event.note}" if event.note else ""
            return f" {'released' if event.outcome else 'claimed'} {named(event.text)}{note}"
        case "held":
            return f" {'may write' if event.outcome else 'was kept from writing'} {event.text}"


async def _session(context: ActionContext, caller: Caller) -> Session | None:
    """The session that the caller is, or whose script."""
    if not isinstance(caller, ClaudeSession | SessionScript):
        return None
    known = next((one for one in await context.bus.sessions() if one.id == caller.session), None)
    if known is None or known.left_out:
        raise Refused(Condition.NO_SESSION)
    return known


def _project(context: ActionContext, caller: Caller, name: str, session: Session | None) -> Project:
    if session is None:
        return project_for(context, caller, name)
    found = context.projects.named(name or session.project)
    if found is None:
        raise Refused(NoSuchProject(name or session.project))
    authorize(found, caller, "prompt")
    return found
