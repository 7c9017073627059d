"""Who may do what, and why: pure functions. Closed by default."""

from dataclasses import dataclass
from typing import Literal

from antiphon.core.values import Access, Group, PermissionMode, Person, RoleId

Action = Literal["prompt", "answer", "stop", "configure", "administer"]
Ground = Literal["owner", "admins", "people", "approvers", "guest"]

FOR_GUESTS: tuple[Action, ...] = ("prompt", "stop", "answer")  # the last where the invitation says so


@dataclass(frozen=True, slots=True)
class Grant:
    """Why somebody may do something: they own the bot's application, or belong to a group of the project's. `role`: by
    which role of theirs; None: they are named themselves. A guest has it in one session alone, invited `by`
    somebody."""

    ground: Ground
    role: RoleId | None = None
    by: str = ""


def may(access: Access, person: Person, action: Action) -> bool:
    """Whether `person` may do it."""
    return grant(access, person, action) is not None


def grant(access: Access, person: Person, action: Action) -> Grant | None:
    """Why `person` may do it; None: they may not.

    The owner of the bot's application and the project's admins may do everything. Prompting, stopping and configuring
    is for the project's people and roles; answering too, unless approvers are named: then it is for those alone. A
    session's guests may prompt and stop, and answer only where the invitation says so.
    """
    if person.owns_application:
        return Grant("owner")
    people: tuple[Ground, Group] = ("people", Group(access.people, access.roles))
    approvers = people if access.approvers is None else ("approvers", access.approvers)
    groups: dict[Action, tuple[tuple[Ground, Group], ...]] = {
        "prompt": (people,),
        "answer": (approvers,),
        "stop": (people, approvers),
        "configure": (people,),
        "administer": (),
    }
    admins: tuple[Ground, Group] = ("admins", access.admins)
    found = (_grant(person, ground, group) for ground, group in (admins, *groups[action]))
    return next((one for one in found if one is not None), None) or _as_guest(access, person, action)


def asks_less(mode: str, usual: PermissionMode) -> bool:
    """Whether Claude asks less in this mode than in the project's own (`usual`) or by default: whoever chooses it
    answers beforehand. A mode that nobody knows does."""
    return mode not in ("", usual, "default", "plan")


def _as_guest(access: Access, person: Person, action: Action) -> Grant | None:
    guest = next((one for one in access.guests if one.person == person.id), None)
    if guest is None or action not in FOR_GUESTS or (action == "answer" and not guest.answers):
        return None
    return Grant("guest", by=guest.by)


def _grant(person: Person, ground: Ground, group: Group) -> Grant | None:
    if person.id in group.people:
        return Grant(ground)
    role = min(person.roles & group.roles, default=None)
    return None if role is None else Grant(ground, role)
