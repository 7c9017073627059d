"""Sessions that programs start, and what they see of all that there are.

One that is started is durable at once, with its first prompt; its thread is opened by whoever shows it, as soon as
there is a way.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from antiphon.actions.callers import Caller, Program, asker_of, audit_entry, name_of, person_of
from antiphon.actions.context import ActionContext, find, open_projects, project_for, project_named, require_choices
from antiphon.actions.reasons import Condition, Refused, TooManyPrompts
from antiphon.actions.terminals.say import MOST_PROMPTS
from antiphon.core.records import InboxEntry, Overview, QueuedPrompt, Spent
from antiphon.core.stored_turn import assemble
from antiphon.core.values import (
    NOWHERE,
    Choices,
    Origin,
    PlaceId,
    Prompt,
    Session,
    SessionId,
    first_claude_session,
    turn_for,
)
from antiphon.core.view import TurnView

_TITLE = 100  # characters
_NO_SESSION = SessionId("")  # where figures are of no session
_PREFIX = "api:"  # of the ids of sessions that programs start


@dataclass(frozen=True, slots=True)
class Beginning:
    """What is to be started. `project`: "" for the only one, or the first, in which the caller may prompt; `title`: ""
    for the prompt's own words; `channel`: one of the project's, None for its first."""

    prompt: str
    project: str = ""
    title: str = ""
    channel: PlaceId | None = None
    choices: Choices = field(default_factory=Choices)


@dataclass(frozen=True, slots=True)
class Standing:
    """A session, and whether it has a turn at work, or prompts that wait."""

    session: Session
    working: bool
    waiting: bool


@dataclass(frozen=True, slots=True)
class Details:
    """One session, what waits for it, and its newest turn, if that is at work."""

    standing: Standing
    queue: Sequence[QueuedPrompt]
    turn: TurnView | None


async def begin(context: ActionContext, caller: Caller, wanted: Beginning, key: str) -> Session:
    """Start a session; once for each key."""
    prompt = wanted.prompt.strip()
    if not prompt:
        raise Refused(Condition.EMPTY_PROMPT)
    project = project_for(context, caller, wanted.project)
    require_choices(project, caller, wanted.choices)
    channel = wanted.channel or min(project.channels)
    if channel not in project.channels:
        raise Refused(Condition.CHANNEL_OF_OTHERS)
    turn = turn_for(f"{_PREFIX}{key}")
    id_ = SessionId(f"{_PREFIX}{turn}")
    if (known := await _known(context, id_)) is not None:
        return known
    if len(await context.bus.line()) >= MOST_PROMPTS:
        raise Refused(TooManyPrompts(MOST_PROMPTS))
    session = Session(
        id_,
        NOWHERE,
        project.name,
        first_claude_session(id_),
        " ".join((wanted.title or prompt).split())[:_TITLE],
        Origin(channel),
        choices=wanted.choices,
        owner=person_of(caller),
        program=name_of(caller),
    )
    first = Prompt(turn, prompt, asker_of(caller), None, scheduled=name_of(caller), source="program")
    audit = audit_entry(caller, "message", session, {"started": id_, "text": prompt})
    await context.bus.accept(InboxEntry(id_, context.projects.worker_of(project.name), session, first, audit=audit))
    return session


async def _known(context: ActionContext, id_: SessionId) -> Session | None:
    return next((one for one in await context.bus.sessions() if one.id == id_), None)


async def standing(context: ActionContext, caller: Caller, project: str = "") -> Sequence[Standing]:
    """The sessions of one project, or of all in which the caller may prompt; the one last used first."""
    if project:
        project_named(context, caller, project, "prompt")
    mine = {one.name for one in open_projects(context, caller, "prompt") if project in ("", one.name)}
    at_work = await context.bus.at_work()
    waiting = {one.session.id for one in await context.bus.line()}
    sessions = [one for one in await context.bus.sessions() if one.project in mine and not one.left_out]
    return [Standing(one, one.id in at_work, one.id in waiting) for one in sessions]


async def queue(context: ActionContext, caller: Caller) -> Sequence[QueuedPrompt]:
    """What waits in the projects in which the caller may prompt, in the order in which it will run."""
    mine = {one.name for one in open_projects(context, caller, "prompt")}
    return [one for one in await context.bus.line() if one.session.project in mine and not one.session.left_out]


async def usage(context: ActionContext, caller: Caller) -> tuple[Overview, Spent]:
    """Counts and cost of the whole bridge, and what was spent today: for a program that is good for all of it."""
    if not (isinstance(caller, Program) and caller.everywhere):
        raise Refused(Condition.WHOLE_BRIDGE)
    return await context.bus.overview(), await context.bus.spent(_NO_SESSION, None)


async def details(context: ActionContext, caller: Caller, id_: SessionId) -> Details:
    """One session, and what it waits for."""
    found = await find(context, caller, id_, "prompt")
    session = found.session
    if session.left_out:
        raise Refused(Condition.LEFT_OUT)
    queue = await context.bus.line(session.id)
    working = await context.bus.running(session.id)
    turn = await _newest(context, session) if working else None
    return Details(Standing(session, working, bool(queue)), queue, turn)


async def _newest(context: ActionContext, session: Session) -> TurnView | None:
    turns = await context.bus.turns(session.id, 1)
    story = await context.bus.story(session.id, turns[0].turn) if turns else None
    return None if story is None else assemble(story)
