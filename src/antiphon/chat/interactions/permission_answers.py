"""Buttons, menus and forms of Claude's requests as answers: permissions, questions, plans, budgets."""

from discord import ui

from antiphon.actions import answers
from antiphon.actions.context import ActionContext
from antiphon.chat.interactions.context import Interaction, origin
from antiphon.chat.interactions.forms import chosen, filled_in, form
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

_LONGEST = 1500  # characters of what Claude is told
_NO_OPTION = -1  # what a menu's value stands for that is no number


def form_of(control: Words | Keep | Decline | Other) -> ui.Modal:
    """The form that a control opens."""
    turn, request = control.turn, control.request
    match control:
        case Words():
            return _form(Say(turn, request), "words")
        case Keep():
            return _form(Say(turn, request), "keep")
        case Decline():
            return _form(Say(turn, request), "decline")
        case Other():
            return _form(Reply(turn, request, control.question), "other")


def _form(control: Say | Reply, kind: str) -> ui.Modal:
    return form(control_id(control) or "", kind, _LONGEST)


async def answer(context: ActionContext, interaction: Interaction, control: Ask) -> None:
    """Hand an answer to the session."""
    request = answers.Request(control.turn, control.request)
    await answers.answer(*origin(context, interaction), request, _reply(interaction, control))


def _reply(interaction: Interaction, control: Ask) -> answers.Reply:
    match control:
        case Allow():
            return answers.Allow()
        case Always(rule=rule):
            return answers.AllowAlways(rule)
        case Go(mode=mode):
            return answers.ApprovePlan(mode)
        case Pick(question=question, option=option):
            return answers.Choose(question, (option,))
        case Choose(question=question):
            options = (int(value) if value.isdecimal() else _NO_OPTION for value in chosen(interaction))
            return answers.Choose(question, tuple(options))
        case Reply(question=question) | Other(question=question):
            return answers.Write(question, filled_in(interaction))
        case Deny() | Say() | Words() | Keep() | Decline():
            return answers.Deny(filled_in(interaction))
