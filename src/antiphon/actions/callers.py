"""Who asks for an action, and what each of them may do.

A member's rights come from the project (core.access); a program's from its token; a schedule acts as the person who
made it; a session of Claude's may prompt in its own project, and its scripts do there what that allows them; the
machine's user may prompt and stop in every one.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from antiphon.actions.reasons import NotAllowed, Refused
from antiphon.core.access import Action, may
from antiphon.core.records import Audit, AuditKind, Body
from antiphon.core.values import Asker, Person, PersonId, Project, Session, SessionId
from antiphon.errors import AntiphonError

Interface = Literal["command", "button", "form", "menu", "message"]


@dataclass(frozen=True, slots=True)
class Member:
    """A person in Discord, and by what they act there."""

    person: Person
    interface: Interface


@dataclass(frozen=True, slots=True)
class Program:
    """The holder of a token, which names the projects and the actions that it is good for. `id`: of the token; another
    one of the same name is another program. `everywhere`: it is good for the whole bridge, whatever projects it has."""

    name: str
    actions: frozenset[Action]
    projects: frozenset[str]
    id: str = ""
    everywhere: bool = False


@dataclass(frozen=True, slots=True)
class ClaudeSession:
    """Claude itself, in a session of a project."""

    session: SessionId
    project: str


@dataclass(frozen=True, slots=True)
class SessionScript:
    """A script that a session of Claude's runs, with the key that its project gives to sessions; it may do in the
    project what that says."""

    session: SessionId
    project: str
    actions: frozenset[Action]


@dataclass(frozen=True, slots=True)
class Schedule:
    """The clock, on behalf of whoever made the schedule."""

    name: str
    owner: Person


@dataclass(frozen=True, slots=True)
class MachineUser:
    """Whoever sits at the machine as the user that the bridge runs as, and acts in a shell."""

    name: str


Caller = Member | Program | ClaudeSession | SessionScript | Schedule | MachineUser
Programs = Callable[[str], Program | None]
"""Finds the holder of a token by its id; None: there is none (any more). Raises ProgramsUnknown."""


class ProgramsUnknown(AntiphonError):
    """Nobody can say at the moment which tokens there are."""


def no_programs(_: str) -> None:
    """Where no API says it: perhaps another start will."""
    raise ProgramsUnknown


def allowed(project: Project, caller: Caller, action: Action) -> bool:
    """Whether the caller may do this in the project."""
    match caller:
        case Member(person) | Schedule(owner=person):
            return may(project.access, person, action)
        case Program(actions=actions, projects=projects):
            return action in actions and project.name in projects
        case ClaudeSession(project=own):
            return action == "prompt" and project.name == own
        case SessionScript(project=own, actions=actions):
            return action in actions and project.name == own
        case MachineUser():
            return action in ("prompt", "stop")


def authorize(project: Project, caller: Caller, action: Action) -> None:
    """Raises Refused unless the caller may do this in the project."""
    if not allowed(project, caller, action):
        raise Refused(NotAllowed(action))


def name_of(caller: Caller) -> str:
    """The caller's name, for people."""
    match caller:
        case Member(person) | Schedule(owner=person):
            return person.name
        case Program(name) | MachineUser(name):
            return name
        case ClaudeSession() | SessionScript():
            return "Claude"


def person_of(caller: Caller) -> PersonId | None:
    """Who is charged and called; None: nobody in Discord."""
    match caller:
        case Member(person) | Schedule(owner=person):
            return person.id
        case Program() | ClaudeSession() | SessionScript() | MachineUser():
            return None


def maker_of(caller: Caller) -> str:
    """Whose something is that a program has made, for comparing; "" for people, and for the machine's user."""
    match caller:
        case Program(id=id_):
            return f"token {id_}"
        case SessionScript(session) | ClaudeSession(session):
            return f"session {session}"
        case Member() | Schedule() | MachineUser():
            return ""


def asker_of(caller: Caller) -> Asker:
    """The caller as the author of a prompt."""
    return Asker(name_of(caller), person_of(caller), isinstance(caller, ClaudeSession | SessionScript))


def audit_entry(caller: Caller, kind: AuditKind, session: Session | None, what: Body) -> Audit:
    """What the audit keeps of a decision of the caller's."""
    match caller:
        case Member(interface=interface):
            by: str = interface
        case Program():
            by = "token"
        case SessionScript():
            by = "session's key"
        case ClaudeSession():
            by = "tool"
        case Schedule(name):
            by = f"schedule {name}"
        case MachineUser():
            by = "shell"
    return Audit(kind, session.id if session else None, person_of(caller), name_of(caller), by, what)
