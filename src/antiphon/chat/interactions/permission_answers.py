"""Buttons, menus and forms of Claude's requests as answers: permissions, questions, plans, budgets."""

from discord import ui

from antiphon.actions import answers
from antiphon.actions.context import ActionContext
from antiphon.chat.interactions.context import Interaction, origin
from antiphon.chat.interactions.forms import chosen, filled_in, form
from antiphon.chat.render.custom_ids import Always, Ask, Go, OnQuestion, OnRequest, Pick, control_id

_LONGEST = 1500  # characters of what Claude is told
_NO_OPTION = -1  # what a menu's value stands for that is no number


def form_of(control: OnRequest | OnQuestion) -> ui.Modal:
    """The form that a control opens."""
    if isinstance(control, OnRequest):
        filled: Ask = OnRequest("say", control.turn, control.request)
    else:
        filled = OnQuestion("reply", control.turn, control.request, control.question)
    return form(control_id(filled) or "", control.what, _LONGEST)


async def answer(context: ActionContext, interaction: Interaction, control: Ask) -> None:
    """Hand an answer to the session."""
    request = answers.Request(control.turn, control.request)
    await answers.answer(*origin(context, interaction), request, _reply(interaction, control))


def _reply(interaction: Interaction, control: Ask) -> answers.Reply:
    match control:
        case OnRequest("allow"):
            return answers.Allow()
        case OnRequest():
            return answers.Deny(filled_in(interaction))
        case Always(rule=rule):
            return answers.AllowAlways(rule)
        case Go(mode=mode):
            return answers.ApprovePlan(mode)
        case Pick(question=question, option=option):
            return answers.Choose(question, (option,))
        case OnQuestion("choose", question=question):
            options = (int(value) if value.isdecimal() else _NO_OPTION for value in chosen(interaction))
            return answers.Choose(question, tuple(options))
        case OnQuestion(question=question):
            return answers.Write(question, filled_in(interaction))
