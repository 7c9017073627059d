"""Who may do what: one pure function. Closed by default."""

from typing import Literal

from antiphon.core.values import Access, Group, PermissionMode, Person

Action = Literal["prompt", "answer", "stop", "configure", "administer"]


def may(access: Access, person: Person, action: Action) -> bool:
    """Whether `person` may do it.

    The owner of the bot's application and the project's admins may do everything. Prompting, stopping and configuring
    is for the project's people and roles; answering too, unless approvers are named: then it is for those alone.
    """
    asked = Group(access.people, access.roles)
    groups = {
        "prompt": (asked,),
        "answer": (asked if access.approvers is None else access.approvers,),
        "stop": (asked,) if access.approvers is None else (asked, access.approvers),
        "configure": (asked,),
        "administer": (),
    }[action]
    return person.owns_application or any(_belongs(person, group) for group in (access.admins, *groups))


def asks_less(mode: str, usual: PermissionMode) -> bool:
    """Whether Claude asks less in this mode than in the project's own (`usual`) or by default: whoever chooses it
    answers beforehand. A mode that nobody knows does."""
    return mode not in ("", usual, "default", "plan")


def _belongs(person: Person, group: Group) -> bool:
    return person.id in group.people or bool(person.roles & group.roles)
