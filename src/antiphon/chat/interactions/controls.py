"""The buttons, menus and forms of Claude's requests, and of prompts that wait: what a person has pressed, chosen or
written, handed to one action.

A form is stopped before it is sent: its answer is known by its id, as every click is.
"""

import asyncio
import time
from collections.abc import Mapping
from typing import Any, cast

import discord
from discord import ui

from antiphon.actions import answers, history, queue
from antiphon.actions.context import ActionContext
from antiphon.actions.coordination import claims
from antiphon.chat import wording
from antiphon.chat.delivery.components import files_of, view_of
from antiphon.chat.delivery.reconcile import forms
from antiphon.chat.interactions.context import Interaction, Unusable, confirm, origin, reply_privately, reply_spec
from antiphon.chat.render.coordination.board import answer_specs, answered_spec
from antiphon.chat.render.custom_ids import Always, Ask, Go, LetWrite, OnQuestion, OnRequest, Pick, Queued, control_id
from antiphon.chat.render.details import details_spec
from antiphon.chat.render.queue import prompt_spec
from antiphon.chat.render.text.splitter import LIMIT
from antiphon.core.values import PlaceId, TurnId
from antiphon.core.wording import READ_INSTEAD

_ANSWER = 1500  # characters of what Claude is told
_PROMPT = 4000  # characters of a form's field (Discord's API documentation, Components)
_NO_OPTION = -1  # what a menu's value stands for that is no number
_IN_TIME = 2.0  # seconds in which a form has to be there (Discord waits 3)
_FIELD = "words"  # the custom_id of a form's one field; forms of earlier versions come back with it too


def form_of(control: OnRequest | OnQuestion, place: PlaceId | None = None) -> ui.Modal:
    """The form that a control opens. `place`: see `control_id`."""
    if isinstance(control, OnRequest):
        filled: Ask = OnRequest("say", control.turn, control.request)
    else:
        filled = OnQuestion("reply", control.turn, control.request, control.question)
    return _form(control_id(filled, place) or "", control.what, _ANSWER)


async def answer(context: ActionContext, interaction: Interaction, control: Ask) -> None:
    """Hand an answer to the session."""
    request = answers.Request(control.turn, control.request)
    await answers.answer(*origin(context, interaction), request, _reply(interaction, control))


def _reply(interaction: Interaction, control: Ask) -> answers.Reply:
    match control:
        case OnRequest("allow"):
            return answers.Allow()
        case OnRequest("tell"):
            return answers.Deny(READ_INSTEAD)
        case OnRequest():
            return answers.Deny(_filled_in(interaction))
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
            return answers.Write(question, _filled_in(interaction))


async def show_request(context: ActionContext, interaction: Interaction, turn: TurnId) -> None:
    """The request that a turn waits with, to this person alone, wherever it is asked for."""
    by = origin(context, interaction)
    for spec in answer_specs(await history.view(*by, turn, "answer"), by[2].place):
        form = next(one for one in forms(spec) if len(one.content) <= LIMIT)
        await reply_privately(interaction, form.content, *await files_of(form.uploads), view=view_of(form))


async def show_details(context: ActionContext, interaction: Interaction, turn: TurnId) -> None:
    """The tool log of a turn, to this person alone."""
    view = await history.view(*origin(context, interaction), turn)
    spec = await asyncio.to_thread(details_spec, view)  # a long turn takes seconds
    await reply_privately(interaction, spec.content, *await files_of(spec.uploads))


async def let_write(context: ActionContext, interaction: Interaction, control: LetWrite) -> None:
    """Let a session write what was held."""
    name = await claims.let_write(*origin(context, interaction), control.turn, control.request, time.time())
    await confirm(interaction, wording.may_write(name))


async def show_answered(context: ActionContext, interaction: Interaction, control: Ask) -> None:
    """That it was answered, in place of the request that was shown elsewhere."""
    by = origin(context, interaction)
    spec = answered_spec(await history.view(*by, control.turn, "answer"), by[2].place, control.request)
    await interaction.edit_original_response(content=spec.content, view=view_of(spec), attachments=[])


async def edit_queued(context: ActionContext, interaction: Interaction, control: Queued) -> None:
    """Open the form for a prompt's text. The interaction has no answer yet."""
    try:
        async with asyncio.timeout(_IN_TIME):
            one = await queue.editable(*origin(context, interaction), control.n)
    except TimeoutError:
        raise Unusable(wording.BUSY) from None
    if len(one.prompt.text) > _PROMPT:
        raise Unusable(wording.TOO_LONG)
    custom_id = control_id(Queued(control.n, "edited")) or ""
    await interaction.response.send_modal(_form(custom_id, "edit", _PROMPT, one.prompt.text))


async def change_queued(context: ActionContext, interaction: Interaction, control: Queued) -> None:
    """Everything else about a prompt that waits."""
    by, n = origin(context, interaction), control.n
    match control.what:
        case "pick":
            numbers = chosen(interaction)
            picked = int(numbers[0]) if numbers and numbers[0].isdecimal() else n
            await reply_spec(interaction, prompt_spec(await queue.waiting(*by, picked)))
            return
        case "edit" | "edited":
            await queue.edit(*by, n, _filled_in(interaction))
            text = wording.CHANGED
        case "remove":
            await queue.remove(*by, n)
            text = wording.TAKEN_OUT
        case "run":
            await queue.release(*by, n)
            text = wording.RELEASED
        case "now":
            await queue.interrupt_for(*by, n)
            text = wording.INTERRUPTED
    await confirm(interaction, text)


def _form(custom_id: str, kind: str, longest: int, prefilled: str = "") -> ui.Modal:
    """A form with one field for text of at most `longest` characters. `kind`: of wording.FORMS."""
    title, label = wording.FORMS[kind]
    made = ui.Modal(title=title, custom_id=custom_id)
    field = ui.TextInput[ui.Modal](
        label=label,
        style=discord.TextStyle.paragraph,
        custom_id=_FIELD,
        max_length=longest,
        default=prefilled[:longest] or None,
    )
    made.add_item(field)
    made.stop()
    return made


def _filled_in(interaction: Interaction) -> str:
    """What was written into the form of one field."""
    return written(interaction).get(_FIELD, "")


def written(interaction: Interaction) -> Mapping[str, str]:
    """What was written into the fields of a form."""
    rows: list[Any] = list(cast(Mapping[str, Any], interaction.data or {}).get("components", ()))
    found: dict[str, str] = {}
    while rows:
        part = rows.pop()
        if "value" in part:
            found[str(part.get("custom_id"))] = str(part["value"] or "").strip()
        rows += [*part.get("components", ()), *([part["component"]] if "component" in part else [])]
    return found


def filled(interaction: Interaction) -> Mapping[str, list[str]]:
    """What was chosen in the menus of a form."""
    rows: list[Any] = list(cast(Mapping[str, Any], interaction.data or {}).get("components", ()))
    parts = [part.get("component", part) for part in rows]
    return {str(one.get("custom_id")): [str(value) for value in one["values"]] for one in parts if "values" in one}


def chosen(interaction: Interaction) -> list[str]:
    """What was chosen in the menu."""
    return [str(value) for value in cast(Mapping[str, Any], interaction.data or {}).get("values", ())]
