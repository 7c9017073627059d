"""Sessions that begin, and those that are there already, in Discord or in a terminal."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import UUID

from antiphon.actions.callers import Caller, allowed, authorize, name_of, person_of
from antiphon.actions.context import (
    ActionContext,
    InPlace,
    Target,
    ask_worker,
    find,
    open_projects,
    past_turn,
    project_named,
    record,
    require,
)
from antiphon.actions.open_session import NewSession, open_session
from antiphon.actions.places import (
    History,
    HistoryUnreadable,
    SessionBrought,
    SessionForked,
    SessionResumed,
    SessionStarted,
    Thread,
)
from antiphon.actions.reasons import Condition, NoSuchProject, Refused
from antiphon.core.access import asks_less
from antiphon.core.requests import DescribeSession, ForkSession, ListSessions, ReadTranscript, SessionInfo
from antiphon.core.values import (
    NOWHERE,
    Choices,
    ClaudeSessionId,
    MessageId,
    Origin,
    PlaceId,
    Project,
    Session,
    TurnId,
    terminal_session,
)

_MOST = 200  # sessions of a project that are looked through, the newest ones
_TITLE = 100  # characters
_LAST = 12  # messages of an imported session that are looked at for its thread


@dataclass(frozen=True, slots=True)
class ListedSession:
    """A session of Claude Code's. `place`: where it is hosted; None: nowhere. `modified`: epoch seconds. `live`: open
    in a terminal right now. `about`: what is searched besides the title; `cwd`: where it works, "" where that is not
    told."""

    claude: ClaudeSessionId
    title: str
    modified: float
    origin: str
    place: PlaceId | None = None
    live: bool = False
    about: str = ""
    cwd: str = ""


@dataclass(frozen=True, slots=True)
class Resumed:
    """Where a session goes on; NOWHERE: where its place will be. `known`: it was there already; `copied`: as a copy of
    one that is open in a terminal."""

    place: PlaceId
    known: bool = False
    copied: bool = False


@dataclass(frozen=True, slots=True)
class TerminalCommand:
    """What goes on with a session in a terminal of the worker's machine. `at_work`: a turn runs."""

    command: str
    at_work: bool


def choose_project(context: ActionContext, caller: Caller, at: InPlace | None, name: str) -> Project:
    """The project of this name, "" for the one of the place; where there is no place (a direct message), the only one
    in which the caller may prompt. Raises Refused unless the caller may prompt there."""
    if name:
        return project_named(context, caller, name, "prompt")
    if at is not None:
        return require(context, caller, at, "prompt")
    mine = open_projects(context, caller, "prompt")
    if len(mine) != 1:
        raise Refused(Condition.PROJECT_UNCLEAR)
    return mine[0]


def project_names(context: ActionContext, caller: Caller) -> list[str]:
    """The projects in which the caller may prompt."""
    return [one.name for one in open_projects(context, caller, "prompt")]


async def start(
    context: ActionContext, caller: Caller, at: InPlace | None, project: str, prompt: str, key: str
) -> Session:
    """Start a session in a new thread, near `at` where that is the project's. `project`: as in `choose_project`;
    `prompt`: the first one, "" for none."""
    wanted = choose_project(context, caller, at, project)
    new = NewSession(SessionStarted(name_of(caller), prompt), prompt or "New session", key, prompt)
    return await open_session(context, caller, wanted, at, new)


async def fork(
    context: ActionContext, caller: Caller, at: InPlace, before: TurnId | MessageId | None, prompt: str, key: str
) -> Session:
    """Open a thread with a copy of the session of a place, up to before a turn (or that of a message) or up
    to now."""
    found = await find(context, caller, at, "prompt")
    session = found.session
    turn = None if before is None else await past_turn(context, session, before)
    if session.left_out:
        raise Refused(Condition.LEFT_OUT)
    if not session.begun:
        raise Refused(Condition.NOTHING_TO_COPY)
    known_as = None if turn is None else turn.known_as
    copy = await ask_worker(context, found.project, session, ForkSession(session.claude, known_as))
    opening = SessionForked(name_of(caller), session.place, turn, prompt)
    name = prompt or f"Fork: {session.title}"
    choices = (
        session.choices if allowed(found.project, caller, "answer") else _unanswered(session.choices, found.project)
    )
    new = NewSession(opening, name, key, prompt, copy.claude, choices, session.directory)
    return await open_session(context, caller, found.project, at, new)


def _unanswered(choices: Choices, project: Project) -> Choices:
    """The same without what somebody who may answer has allowed beforehand: it was for that session."""
    loose = choices.mode is not None and asks_less(choices.mode, project.claude.permission_mode)
    return replace(choices, mode=None if loose else choices.mode, rules=())


async def resume(context: ActionContext, caller: Caller, at: InPlace, claude: str, key: str) -> Resumed:
    """Go on with a session of Claude Code's in a place of its own. What was said last in it is announced there."""
    project = require(context, caller, at, "prompt")
    async with context.importing:
        return await _resume(context, caller, project, at, (_spelt(claude), key))


async def list_sessions(context: ActionContext, caller: Caller, project: Project) -> list[ListedSession]:
    """The sessions of a project on disk beside those that we host, the newest first."""
    authorize(project, caller, "prompt")
    found = await ask_worker(context, project, None, ListSessions(_MOST))
    hosted = [session for session in await context.bus.sessions() if session.project == project.name]
    return listed(found.sessions, hosted, context.places.opened_at)


async def without_place(context: ActionContext, caller: Caller, project: Project) -> list[ListedSession]:
    """The sessions on disk that can be brought into places of their own (see `bring`), the newest first."""
    found = await list_sessions(context, caller, project)
    wanted = {one.claude for one in await _wanted(context, project)}
    return [one for one in found if one.place is None and one.claude not in wanted]


async def coming(context: ActionContext, caller: Caller, project: Project) -> int:
    """How many sessions of the project are about to get a place."""
    authorize(project, caller, "prompt")
    return len(await _wanted(context, project))


async def bring(context: ActionContext, caller: Caller, at: InPlace, project: Project, chosen: Collection[str]) -> int:
    """Have sessions on disk get places of their own near `at`, one after the other, also after a restart. One that has
    a place, or is about to get one, is not brought again; what is no session of the project's is passed over. Returns
    how many are new."""
    async with context.importing:
        return await _bring(context, caller, at, project, chosen)


async def place_of(context: ActionContext, session: Session) -> Thread:
    """Open a place for a session that is to have one, with its last messages. Again, soon after: the same place."""
    project = context.projects.named(session.project)
    if project is None:
        raise Refused(NoSuchProject(session.project))
    if session.left_out:  # since it was wanted
        raise Refused(Condition.LEFT_OUT)
    try:
        live = (await ask_worker(context, project, None, DescribeSession(session.claude))).live
    except Refused:  # its transcript is gone, as its history will say
        live = False
    history = await _history(context, project, session)
    opening = SessionBrought(session.title, live)
    thread = await context.places.open_thread(project, session.origin.channel, opening, session.title, session.id)
    await context.places.announce(thread.place, history)
    return thread


async def terminal_command(context: ActionContext, caller: Caller, at: Target) -> TerminalCommand:
    """How to go on with a session in a terminal."""
    found = await find(context, caller, at, "prompt")
    session = found.session
    if not session.begun:
        raise Refused(Condition.NOTHING_TO_RESUME)
    info = await ask_worker(context, found.project, session, DescribeSession(session.claude))
    return TerminalCommand(info.command, await context.bus.running(session.id))


def listed(
    found: Sequence[SessionInfo], hosted: Sequence[Session], opened_at: Callable[[PlaceId], float]
) -> list[ListedSession]:
    """What lies on disk beside what we host of the project, the newest first."""
    places = {session.claude: session for session in hosted}
    rows: list[ListedSession] = []
    for one in found:
        ours = places.pop(one.claude, None)
        if ours is not None and ours.left_out:
            continue
        place = (ours.place or None) if ours is not None else None
        title = ours.title if ours is not None and place else one.title or one.first or "Session"
        origin = "discord" if place else one.origin
        about = f"{one.first} {one.branch} {one.claude}"
        rows.append(ListedSession(one.claude, title, one.modified, origin, place, one.live, about, one.cwd))
    for session in places.values():  # nothing was said in these yet
        if session.left_out or session.place == NOWHERE:
            continue
        begun = opened_at(session.place)
        rows.append(ListedSession(session.claude, session.title, begun, "discord", session.place))
    return sorted(rows, key=lambda row: row.modified, reverse=True)


async def _bring(context: ActionContext, caller: Caller, at: InPlace, project: Project, chosen: Collection[str]) -> int:
    found = await without_place(context, caller, project)
    known = {one.claude: one for one in await context.bus.sessions()}  # those that are open in terminals are
    near = at.parent or at.place
    channel = near if near in project.channels else min(project.channels)
    new: list[str] = []
    for one in (one for one in found if one.claude in chosen):
        title = one.title[:_TITLE]
        fresh = Session(terminal_session(one.claude), NOWHERE, project.name, one.claude, title, begun=True)
        fresh = replace(fresh, directory=_directory(project, one.cwd))
        session = replace(known.get(one.claude, fresh), origin=Origin(channel), title=title, owner=person_of(caller))
        if await context.bus.want(session, context.projects.worker_of(project.name)):
            new.append(one.claude)
    if new:
        await record(context, caller, "change", None, {"brought": new})
    return len(new)


async def _wanted(context: ActionContext, project: Project) -> list[Session]:
    known = [one for one in await context.bus.sessions() if one.project == project.name]
    return [one for one in known if one.place == NOWHERE and one.origin.channel is not None and not one.left_out]


async def _resume(
    context: ActionContext, caller: Caller, project: Project, at: InPlace, wanted: tuple[str, str]
) -> Resumed:
    claude, key = wanted
    for session in await context.bus.sessions():
        if session.claude == claude:
            if session.left_out:
                raise Refused(Condition.LEFT_OUT)
            if session.place == NOWHERE:
                await _bring(context, caller, at, project, (claude,))
            return Resumed(session.place, known=True)
    info = await ask_worker(context, project, None, DescribeSession(claude))
    copied = info.live
    id_ = ClaudeSessionId(claude)
    if copied:
        id_ = (await ask_worker(context, project, None, ForkSession(claude))).claude
    name = info.title or info.first or "Session"
    where = _directory(project, info.cwd)
    new = NewSession(SessionResumed(name_of(caller), name, copied), name, key, claude=id_, directory=where)
    session = await open_session(context, caller, project, at, new)
    await context.places.announce(session.place, await _history(context, project, session))
    return Resumed(session.place, copied=copied)


async def _history(context: ActionContext, project: Project, session: Session) -> History | HistoryUnreadable:
    """The last messages of an imported session, for its thread. The session is there whatever becomes of them."""
    try:
        said = await ask_worker(context, project, None, ReadTranscript(session.claude, _LAST))
    except Refused as error:
        return HistoryUnreadable(error)
    return History(said.messages, said.total)


def _directory(project: Project, cwd: str) -> Path | None:
    """Where a session of the project works that comes from a terminal; None: in its directory."""
    return None if not cwd or Path(cwd) == project.directory else Path(cwd)


def _spelt(typed: str) -> str:
    """The id of a session as Claude Code spells it: in another spelling it would be taken for another session."""
    try:
        return str(UUID(typed))
    except ValueError:
        return typed
