"""The buttons, menus and forms on our messages. A click is known by its id alone, so each works after any restart, or
says why not.

Like the commands, a control is acknowledged within Discord's 3 s. Here is only which control asks for which action.
"""

import asyncio
import re

import aiohttp
import discord
from discord.ext import commands

from antiphon.actions import history, queue, resume, stop
from antiphon.actions.context import ActionContext, require
from antiphon.chat import wording
from antiphon.chat.delivery.components import files_of
from antiphon.chat.interactions import permission_answers, queue_controls
from antiphon.chat.interactions.commands import fork_rewind, sessions
from antiphon.chat.interactions.context import (
    Interaction,
    Unusable,
    acknowledge,
    acknowledge_once_stored,
    key_of,
    origin,
    reply_error,
    reply_privately,
)
from antiphon.chat.interactions.forms import chosen
from antiphon.chat.render.custom_ids import (
    ELSE,
    Ask,
    Control,
    OnQuestion,
    OnRequest,
    OnTurn,
    Page,
    Queued,
    RewindTo,
    parse,
)
from antiphon.chat.render.details import details_spec
from antiphon.errors import AntiphonError

_CLICKS = (discord.InteractionType.component, discord.InteractionType.modal_submit)
_OURS = re.compile(r"a\d+:")  # ids that some version of the bridge has made


class InteractionDispatcher:
    """Turns each click into one action."""

    def __init__(self, bot: commands.Bot, context: ActionContext) -> None:
        self._bot = bot
        self._context = context

    def attach(self) -> None:
        """Listen to the bot's clicks. Call before it connects."""
        self._bot.add_listener(self._on_interaction, "on_interaction")

    def detach(self) -> None:
        """Listen no more."""
        self._bot.remove_listener(self._on_interaction, "on_interaction")

    async def _on_interaction(self, interaction: Interaction) -> None:
        custom_id = str((interaction.data or {}).get("custom_id", ""))
        if interaction.type not in _CLICKS or not _OURS.match(custom_id):
            return
        try:
            await self._click(interaction, parse(custom_id))
        except (AntiphonError, discord.DiscordException, aiohttp.ClientError, OSError) as error:
            await reply_error(interaction, error, wording.BUTTON)

    async def _click(self, interaction: Interaction, control: Control | None) -> None:
        if await self._form(interaction, control):
            return
        what = control.what if isinstance(control, OnTurn) else ""
        if what == "stop" or isinstance(control, Ask):
            await acknowledge_once_stored(interaction, self._act(interaction, control))
            return
        await acknowledge(interaction, private=what == "details")
        await self._act(interaction, control)

    async def _form(self, interaction: Interaction, control: Control | None) -> bool:
        """Whether the control opens a form. That can only be the first answer to a click, so what the form is about is
        looked at when it comes back."""
        match control:
            case OnRequest("words" | "keep" | "decline") | OnQuestion("other"):
                form = permission_answers.form_of(control)
            case OnQuestion("choose", turn, request, question) if ELSE in chosen(interaction):
                form = permission_answers.form_of(OnQuestion("other", turn, request, question))
            case Queued(what="edit"):
                await queue_controls.open_form(self._context, interaction, control)
                return True
            case _:
                return False
        require(*origin(self._context, interaction), "answer")
        await interaction.response.send_modal(form)
        return True

    async def _act(self, interaction: Interaction, control: Control | None) -> None:
        context, by = self._context, origin(self._context, interaction)
        match control:
            case None:
                require(*by, "answer")
                raise Unusable(wording.ANOTHER_VERSION)
            case OnTurn("stop", turn):
                await stop.stop_turn(*by, turn, key_of(interaction))
            case OnTurn("details", turn):
                spec = await asyncio.to_thread(details_spec, await history.view(*by, turn))  # a long turn takes seconds
                await reply_privately(interaction, spec.content, *await files_of(spec.uploads))
            case OnTurn("continue", turn):
                await resume.continue_turn(*by, turn)
            case OnTurn("rerun", turn):
                await resume.run_again(*by, turn)
            case OnTurn("again", turn):
                await resume.start_again(*by, turn)
            case OnTurn(turn=turn):  # now
                await queue.interrupt_for_steered(*by, turn)
            case Queued():
                await queue_controls.change(context, interaction, control)
            case Page():
                await sessions.turn_page(context, interaction, control)
            case RewindTo():
                await fork_rewind.rewind_to(context, interaction, control)
            case _:
                await permission_answers.answer(context, interaction, control)
