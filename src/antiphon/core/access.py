"""Who may do what: one pure function, asked by every door. Closed by default."""

from antiphon.core.values import Access, Person


def refusal(access: Access, person: Person) -> str | None:
    """None if `person` may use the project; otherwise the reason, in words for that person.

    With nobody configured, only the owner of the bot's application may. The owner always may.
    """
    if person.owns_application or person.id in access.people or person.roles & access.roles:
        return None
    return "You are not among the people who may use this project."
