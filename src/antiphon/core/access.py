"""Who may do what: one pure function, asked by every door. Closed by default."""

from typing import Literal

from antiphon.core.values import Access, Group, Person

Action = Literal["prompt", "answer", "stop", "configure", "administer"]

_WORDS: dict[Action, str] = {
    "prompt": "use this project",
    "answer": "answer what Claude asks in this project",
    "stop": "stop Claude in this project",
    "configure": "change a session of this project",
    "administer": "decide that in this project",
}


def refusal(access: Access, person: Person, action: Action) -> str | None:
    """None if `person` may do it; otherwise the reason, in words for that person.

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
    if person.owns_application or any(_belongs(person, group) for group in (access.admins, *groups)):
        return None
    return f"You are not among the people who may {_WORDS[action]}."


def _belongs(person: Person, group: Group) -> bool:
    return person.id in group.people or bool(person.roles & group.roles)
