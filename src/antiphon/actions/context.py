"""What actions work with, and how they find the project and the session that they are about."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace

from antiphon.actions.callers import Caller, Member, allowed, audit_entry, authorize, person_of
from antiphon.actions.message_port import Messages, NoMessages
from antiphon.actions.places import Places
from antiphon.actions.projects.catalogue import Catalogue
from antiphon.actions.reasons import Condition, NoSuchProject, Refused, WorkerRefused
from antiphon.core.access import FOR_GUESTS, Action, asks_less
from antiphon.core.bus import ActionStore
from antiphon.core.health import Finding, Problem
from antiphon.core.projects import Projects, session_id, with_guests
from antiphon.core.records import Audit, AuditKind, Body, InboxContent, InboxEntry, PastTurn
from antiphon.core.requests import ReplyT, Request, RequestFailed
from antiphon.core.stored_turn import assemble
from antiphon.core.values import (
    Choices,
    MessageId,
    Origin,
    PersonId,
    PlaceId,
    Project,
    Session,
    SessionId,
    Sharing,
    TurnId,
    first_claude_session,
)
from antiphon.core.view import TurnView

MOST_TURNS = 1000  # of a session that are looked through, the newest ones
_UNTITLED = "New session"
_REPLY_LIMIT = 20.0  # seconds for a worker's reply (ms are usual; a process that has to start takes a second)


@dataclass(frozen=True, slots=True)
class ActionContext:
    """What every action works with. `problems`: what is wrong with the bridge now; `examine`: looks at all around it,
    which takes some seconds. `importing`: held while a session
    of a terminal gets its place, so that two who want it at once get one. `catalogue`: where projects come from; None
    where nobody can change them."""

    projects: Projects
    bus: ActionStore
    places: Places
    problems: Callable[[], Sequence[Problem]] = tuple
    importing: asyncio.Lock = field(default_factory=asyncio.Lock)
    messages: Messages = field(default_factory=NoMessages)
    examine: Callable[[], Awaitable[Sequence[Finding]]] | None = None
    catalogue: Catalogue | None = None


@dataclass(frozen=True, slots=True)
class InPlace:
    """The session that is shown in a place. `parent`: the channel above a thread; `sharing`: whose it is, where the
    place is a channel that has one, and there `person`: whose of those that people have."""

    place: PlaceId
    parent: PlaceId | None = None
    sharing: Sharing | None = None
    person: PersonId | None = None


Target = InPlace | SessionId


@dataclass(frozen=True, slots=True)
class Found:
    """A session, and its project."""

    project: Project
    session: Session


def require(context: ActionContext, caller: Caller, at: InPlace, action: Action) -> Project:
    """The project of a place. Raises Refused unless the caller may do this there, being no guest. Waits for nothing."""
    project = _project_at(context, at)
    authorize(project, caller, action)
    return project


async def require_here(context: ActionContext, caller: Caller, at: InPlace, action: Action) -> None:
    """Raises Refused unless the caller may do this in the session of a place, its guests included. Only for these the
    database is asked."""
    project = _project_at(context, at)
    if not allowed(project, caller, action):
        authorize(await as_here(context, project, caller, at), caller, action)


async def as_here(context: ActionContext, project: Project, caller: Caller, at: InPlace) -> Project:
    """The project of a place as the session there has it: with its guests, where being one would let the caller do
    more."""
    may_all = not isinstance(caller, Member) or all(allowed(project, caller, one) for one in FOR_GUESTS)
    return project if may_all else with_guests(project, await context.bus.guests(at.place))


def _project_at(context: ActionContext, at: InPlace) -> Project:
    project = context.projects.at(at.place, at.parent)
    if project is None:
        raise Refused(Condition.NO_PROJECT)
    return project


def project_named(context: ActionContext, caller: Caller, name: str, action: Action) -> Project:
    """The project of this name. Raises Refused unless the caller may do this there."""
    project = context.projects.named(name)
    if project is None:
        raise Refused(NoSuchProject(name))
    authorize(project, caller, action)
    return project


def project_for(context: ActionContext, caller: Caller, name: str) -> Project:
    """The project of this name; "": the first one in which the caller may prompt. Raises Refused."""
    if name:
        return project_named(context, caller, name, "prompt")
    mine = open_projects(context, caller, "prompt")
    if not mine:
        raise Refused(Condition.PROJECT_UNCLEAR)
    return mine[0]


async def place_for(context: ActionContext, caller: Caller, project: str, thread: PlaceId | None) -> InPlace:
    """Where something is made that is said by no message: a thread, else the first channel of `project_for`. Raises
    Refused."""
    if thread is None:
        return InPlace(min(project_for(context, caller, project).channels))
    channel = await context.places.channel_of(thread)
    if channel is None:
        raise Refused(Condition.CHANNEL_OF_OTHERS)
    return InPlace(thread, channel)


def open_projects(context: ActionContext, caller: Caller, action: Action) -> list[Project]:
    """The projects in which the caller may do this."""
    return [one for one in context.projects.all if allowed(one, caller, action)]


def require_choices(project: Project, caller: Caller, choices: Choices) -> None:
    """Raises Refused where the caller may not choose that: whoever has Claude ask less answers beforehand."""
    if choices.mode is not None and asks_less(choices.mode, project.claude.permission_mode):
        authorize(project, caller, "answer")
        if choices.mode == "bypassPermissions" and not project.claude.allow_bypass:
            raise Refused(Condition.BYPASS_NOT_ALLOWED)
    if choices.rules:
        authorize(project, caller, "answer")


async def find(context: ActionContext, caller: Caller, at: Target, action: Action, *, guests: bool = False) -> Found:
    """A session, and its project. Raises Refused when there is none, or the caller may not do this. `guests`: those of
    the session may do it as well; the project is the one that they have then."""
    if isinstance(at, InPlace):
        project = _project_at(context, at)
        project = await as_here(context, project, caller, at) if guests else project
        authorize(project, caller, action)
        session = await context.bus.session(at.place, at.person)
    else:
        session = next((one for one in await context.bus.sessions() if one.id == at), None)
        project = None if session is None else project_named(context, caller, session.project, action)
    if project is None or session is None:
        raise Refused(Condition.NO_SESSION)
    return Found(project, session)


def may_begin(at: Target) -> bool:
    """Whether a session can begin in a place as it is: in a thread, and in a channel that has one. In others each has a
    thread of its own."""
    return isinstance(at, InPlace) and (at.parent is not None or at.sharing is not None)


async def find_or_begin(
    context: ActionContext, caller: Caller, at: Target, action: Action, *, guests: bool = False
) -> Found:
    """The same as `find`; in a thread without a session one begins, without a prompt."""
    try:
        return await find(context, caller, at, action, guests=guests)
    except Refused as refused:
        if refused.reason is not Condition.NO_SESSION or not isinstance(at, InPlace) or not may_begin(at):
            raise
    project = require(context, caller, at, action)
    id_ = session_id(project, at.place, at.sharing, at.person)
    claude, owner = first_claude_session(id_), at.person or person_of(caller)
    fresh = Session(id_, at.place, project.name, claude, _UNTITLED, Origin(), owner=owner, sharing=at.sharing)
    await context.bus.adopt(fresh, context.projects.worker_of(project.name))
    return await find(context, caller, at, action)


async def require_place(context: ActionContext, at: InPlace, *, begins: bool) -> None:
    """Raises Refused where a place has no session, and none can begin in it (`begins`: the action would let one)."""
    if await context.bus.session(at.place, at.person) is None and not (begins and may_begin(at)):
        raise Refused(Condition.NO_SESSION)


async def shown_in(context: ActionContext, place: PlaceId, parent: PlaceId | None) -> InPlace:
    """The session of a place that somebody asks for from elsewhere. `parent`: the channel above it, where that is known
    otherwise."""
    if parent is None and (session := await context.bus.session(place)) is not None:
        parent = session.origin.channel
    return InPlace(place, parent)


async def as_shown(context: ActionContext, at: InPlace, which: TurnId | MessageId) -> InPlace:
    """The session of a place that has this turn, or on whose pages this message of ours is: where each person has one,
    it may be another person's than who asks."""
    if at.person is None:
        return at
    session = await context.bus.shown_by(at.place, which)
    return at if session is None or session.sharing != "person" else replace(at, person=session.owner)


async def view_of(context: ActionContext, session: Session, turn: TurnId) -> TurnView:
    """A turn of the session as far as it is known. Raises Refused when there is no such turn."""
    story = await context.bus.story(session.id, turn)
    if story is None:
        raise Refused(Condition.NO_SUCH_TURN)
    return assemble(story)


async def past_turn(context: ActionContext, session: Session, which: TurnId | MessageId) -> PastTurn:
    """A turn of the session's history, by its id or by a message: its prompt, or a part of its answer. Raises Refused
    when there is none."""
    if isinstance(which, int):
        story = await context.bus.turn_at(session.id, which)
        if story is None:
            raise Refused(Condition.NO_TURN_AT_MESSAGE)
        which = story.turn
    for one in await context.bus.turns(session.id, MOST_TURNS):
        if one.turn == which:
            return one
    raise Refused(Condition.NOT_IN_HISTORY)


async def ask_worker(
    context: ActionContext,
    project: Project,
    session: Session | None,
    request: Request[ReplyT],
    limit: float = _REPLY_LIMIT,
) -> ReplyT:
    """What the project's worker replies. Raises Refused with its reason, or when there is no reply within `limit`
    seconds."""
    worker = context.projects.worker_of(project.name)
    reply = await context.bus.ask(worker, project.name, session, request, limit)
    if reply is None:
        raise Refused(Condition.WORKER_SILENT)
    if isinstance(reply, RequestFailed):
        raise Refused(WorkerRefused(reply.reason))
    return reply


async def put(
    context: ActionContext, found: Found, key: str, content: InboxContent, audit: Audit | None = None
) -> bool:
    """Put something into the session's inbox, and into the audit with it. False: that key was there already."""
    worker = context.projects.worker_of(found.project.name)
    return await context.bus.accept(InboxEntry(key, worker, found.session, content, audit=audit))


async def record(context: ActionContext, caller: Caller, kind: AuditKind, session: Session | None, what: Body) -> None:
    """Keep what somebody decided, where no inbox entry carries it."""
    await context.bus.note(audit_entry(caller, kind, session, what))
