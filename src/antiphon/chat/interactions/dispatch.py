"""The buttons, menus and forms on our messages. A click is known by its id alone, so each works after any restart, or
says why not.

Like the commands, a control answers within Discord's 3 s and does what lasts over the bus. Here is only which control
does what; what it does is in the modules.
"""

import asyncio
import re
from collections.abc import Mapping

import aiohttp
import discord
from discord.ext import commands

from antiphon.chat.delivery.components import files_of
from antiphon.chat.interactions import permission_answers, queue_controls, resume_controls
from antiphon.chat.interactions.commands import fork_rewind, sessions
from antiphon.chat.interactions.context import Doors, Interaction, take, take_once_kept, tell, tell_error
from antiphon.chat.interactions.forms import chosen
from antiphon.chat.render.custom_ids import (
    ELSE,
    Again,
    Ask,
    Choose,
    Continue,
    Control,
    Decline,
    Details,
    Keep,
    Now,
    Other,
    Page,
    Queued,
    Rerun,
    RewindTo,
    Stop,
    Words,
    parse,
)
from antiphon.chat.render.details import details_spec
from antiphon.core.access import Action
from antiphon.core.values import Interrupt, Session
from antiphon.core.view import TurnView
from antiphon.errors import AntiphonError, Refused

_CLICKS = (discord.InteractionType.component, discord.InteractionType.modal_submit)
_ACTIONS: Mapping[type, Action] = {  # what each control does; every other answers a request
    Stop: "stop",
    Details: "prompt",
    Continue: "prompt",
    Rerun: "prompt",
    Again: "prompt",
    Now: "stop",
    Queued: "prompt",
    RewindTo: "configure",
}
_OURS = re.compile(r"a\d+:")  # ids that some version of the bridge has made


class InteractionDispatcher:
    """What happens on a click."""

    def __init__(self, bot: commands.Bot, doors: Doors) -> None:
        self._bot = bot
        self._doors = doors

    def attach(self) -> None:
        """Listen to the bot's clicks. Call before it connects."""
        self._bot.add_listener(self._on_interaction, "on_interaction")

    async def _on_interaction(self, interaction: Interaction) -> None:
        custom_id = str((interaction.data or {}).get("custom_id", ""))
        if interaction.type not in _CLICKS or not _OURS.match(custom_id):
            return
        try:
            await self._click(interaction, custom_id)
        except (AntiphonError, discord.DiscordException, aiohttp.ClientError, OSError) as error:
            await tell_error(interaction, error, "That button")

    async def _click(self, interaction: Interaction, custom_id: str) -> None:
        control = parse(custom_id)
        if await self._form(interaction, control):
            return
        if isinstance(control, Stop | Ask):
            await take_once_kept(interaction, self._at_session(interaction, control))
            return
        await take(interaction, private=isinstance(control, Details))
        if isinstance(control, Page):  # a list may stand anywhere: whose it is, is asked for its own project
            await sessions.turn_page(self._doors, interaction, control)
        else:
            await self._at_session(interaction, control)

    async def _at_session(self, interaction: Interaction, control: Control | None) -> None:
        self._doors.enter(interaction, _action(control))
        if control is None:
            raise Refused("This button is of another version of the bridge, which this one cannot read.")
        session = await self._doors.session_here(interaction)
        await self._act(interaction, session, control)

    async def _form(self, interaction: Interaction, control: Control | None) -> bool:
        """Whether the control opens a form. That can only be the first answer to a click, so what the form is about is
        looked at when it comes back."""
        match control:
            case Words() | Keep() | Decline() | Other():
                form = permission_answers.form_of(control)
            case Choose(turn, request, question) if ELSE in chosen(interaction):
                form = permission_answers.form_of(Other(turn, request, question))
            case Queued(what="edit"):
                self._doors.enter(interaction, "prompt")
                await queue_controls.edit(self._doors, interaction, control)
                return True
            case _:
                return False
        self._doors.enter(interaction, "answer")
        await interaction.response.send_modal(form)
        return True

    async def _act(self, interaction: Interaction, session: Session, control: Control) -> None:
        doors = self._doors
        match control:
            case Stop(turn):
                await self._stop(interaction, session, await doors.view(session, turn))
            case Details(turn):
                await _show(interaction, await doors.view(session, turn))
            case Continue():
                await resume_controls.go_on(doors, interaction, session, control)
            case Rerun():
                await resume_controls.run_again(doors, interaction, session, control)
            case Again():
                await resume_controls.start_again(doors, interaction, session, control)
            case Now():
                await queue_controls.at_once(doors, interaction, session, control)
            case Queued():
                await queue_controls.queued(doors, interaction, session, control)
            case Page():
                pass  # is no session's
            case RewindTo():
                await fork_rewind.rewind_to(doors, interaction, session, control)
            case _:
                await permission_answers.answer(doors, interaction, session, control)

    async def _stop(self, interaction: Interaction, session: Session, view: TurnView) -> None:
        if view.end is not None:
            raise Refused("This turn is over already.")
        audit = self._doors.audit(interaction, "stop", session, "button", {"turn": view.turn})
        stop = Interrupt(interaction.user.display_name, turn=view.turn)
        await self._doors.call(interaction, session, stop, audit=audit)


def _action(control: Control | None) -> Action:
    """What pressing it does."""
    stops = isinstance(control, Queued) and control.what == "now"
    return "stop" if stops else _ACTIONS.get(type(control), "answer")


async def _show(interaction: Interaction, view: TurnView) -> None:
    spec = await asyncio.to_thread(details_spec, view)  # of a long turn it takes seconds
    await tell(interaction, spec.content, *await files_of(spec.uploads))
