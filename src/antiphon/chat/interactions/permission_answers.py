"""What people answer to Claude's requests by buttons, menus and forms: permissions, questions, plans, budgets.

The first answer counts; whoever comes later is told what became of the request. May not know: what the answer makes of
the request (core.asks).
"""

from collections.abc import Mapping
from typing import Any

from discord import ui

from antiphon.chat.interactions.context import Doors, Interaction
from antiphon.chat.interactions.forms import chosen, door, filled_in, form
from antiphon.chat.render.custom_ids import (
    Allow,
    Always,
    Ask,
    Choose,
    Decline,
    Deny,
    Go,
    Keep,
    Other,
    Pick,
    Reply,
    Say,
    Words,
    control_id,
)
from antiphon.chat.render.text.escape import plain
from antiphon.core.blocks import AskBlock
from antiphon.core.permission_requests import BUDGET, PLAN
from antiphon.core.values import Answer, PersonId, Session
from antiphon.core.view import TurnView
from antiphon.errors import Refused

_WORDS = 1500  # characters of what Claude is told with a denial
_SHOWN = 200  # characters of an answer that is told again
_LATEST = 20  # decisions of a session, one of this moment among them

_OLD = "That request has no such button."
_ANOTHER = "You have allowed this already. It needs somebody else, too."


def form_of(control: Words | Keep | Decline | Other) -> ui.Modal:
    """The form that a control opens."""
    turn, request = control.turn, control.request
    match control:
        case Words():
            return _form(Say(turn, request), "Deny, and say why", "What Claude is told")
        case Keep():
            return _form(Say(turn, request), "Keep planning", "What is to change in the plan")
        case Decline():
            return _form(Say(turn, request), "Do not answer", "What Claude is told instead")
        case Other():
            return _form(Reply(turn, request, control.question), "Something else", "Your answer")


def _form(control: Say | Reply, title: str, label: str) -> ui.Modal:
    return form(control_id(control) or "", title, label, _WORDS)


async def answer(doors: Doors, interaction: Interaction, session: Session, control: Ask) -> None:
    """Hand an answer to the session. Raises Refused where it does not count, with who has answered."""
    view = await doors.view(session, control.turn)
    ask = _ask(view, control)
    if ask.name == BUDGET:
        doors.enter(interaction, "administer")
    if (late := _late(view, ask, control)) is not None:
        raise Refused(late)
    said = _said(interaction, ask, control)
    person = PersonId(interaction.user.id)
    if said["allowed"] and person in ask.allowed_by:
        raise Refused(_ANOTHER)
    what = {"turn": view.turn, "tool": ask.name, "about": ask.subject, **said}
    if "rule" in said:
        what["rule"] = ask.rules[said["rule"]]
    audit = doors.audit(interaction, "answer", session, door(interaction), what)
    given = Answer(**said, by=interaction.user.display_name, person=person)
    if not await doors.call(interaction, session, given, _key(view, ask, said, person), audit):
        view = await doors.view(session, control.turn)
        if (late := _late(view, _ask(view, control), control)) is not None:
            raise Refused(late)
        if said["allowed"] and ask.voices > 1:
            raise Refused(_ANOTHER)
        raise Refused(f"{await _first(doors, session, what)} has just answered this.")


async def _first(doors: Doors, session: Session, what: Mapping[str, Any]) -> str:
    """Who has answered a moment ago, when the turn does not know it yet."""
    for one in reversed(await doors.bus.audits(session.id, _LATEST)):
        if all(one.what.get(key) == what.get(key) for key in ("turn", "request", "question")):
            return one.name
    return "Somebody"


def _ask(view: TurnView, control: Ask) -> AskBlock:
    asks = [block for block in view.blocks if isinstance(block, AskBlock) and block.id == control.request]
    if not asks:
        raise Refused("This turn asked nothing like that.")
    return asks[-1]


def _key(view: TurnView, ask: AskBlock, said: dict[str, Any], person: PersonId) -> str:
    """What may happen once: a denial or a permission, an answer to each question, a voice of each person."""
    key = f"answer:{view.turn}:{ask.id}"
    if said.get("question") is not None:
        return f"{key}:{said['question']}"
    return f"{key}:by:{person}" if said["allowed"] and ask.voices > 1 else key


def _said(interaction: Interaction, ask: AskBlock, control: Ask) -> dict[str, Any]:
    """What the control says to the request. Raises Refused where the request offers no such thing."""
    match control:
        case Deny():
            return {"request": ask.id, "allowed": False}
        case Say():
            return {"request": ask.id, "allowed": False, "words": filled_in(interaction)}
        case Allow() if not ask.questions and ask.name != PLAN:
            return {"request": ask.id, "allowed": True}
        case Always(rule=rule) if rule < len(ask.rules) and ask.voices == 1:
            return {"request": ask.id, "allowed": True, "rule": rule}
        case Go(mode=mode) if ask.name == PLAN:
            return {"request": ask.id, "allowed": True, "mode": mode}
        case Pick(question=question) | Choose(question=question) | Reply(question=question) if question < len(
            ask.questions
        ):
            words = _words(interaction, ask, control)
            return {"request": ask.id, "allowed": True, "question": question, "words": words}
        case _:
            raise Refused(_OLD)


def _words(interaction: Interaction, ask: AskBlock, control: Pick | Choose | Reply) -> str:
    """The answer to one question: labels joined by ", ", or the person's own words."""
    options = ask.questions[control.question].options
    match control:
        case Pick(option=option):
            numbers = [option]
        case Choose():
            numbers = [int(value) if value.isdecimal() else len(options) for value in chosen(interaction)]
        case Reply():
            if words := filled_in(interaction):
                return words
            raise Refused("That was no answer: the form was empty.")
    if not numbers or max(numbers) >= len(options):
        raise Refused(_OLD)
    return ", ".join(options[number].label for number in sorted(set(numbers)))


def _late(view: TurnView, ask: AskBlock, control: Ask) -> str | None:
    """Why an answer comes too late, in words; None: it does not."""
    who = ask.by or "Somebody"
    match ask.outcome:
        case "allowed" if ask.questions:
            return f"{who} has answered this already."
        case "allowed" | "denied":
            return f"{who} has {ask.outcome} this already."
        case "withdrawn":
            return "Nobody needs this answer any more: the request was withdrawn."
        case "expired":
            return "Nobody gave this answer in time: the request has expired, and its turn was stopped."
        case None if view.end is not None:
            return "Nobody needs this answer any more: the turn is over."
        case None:
            pass
    question = control.question if isinstance(control, Pick | Choose | Reply) else len(ask.chosen)
    if question < len(ask.chosen) and (words := ask.chosen[question]):
        return f"{ask.given_by[question] or 'Somebody'} has answered this already: “{plain(words, _SHOWN)}”."
    return None
