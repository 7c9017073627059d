"""The buttons on our messages. A click is known by its id alone, so each works after any restart, or says why not.

Like the commands, a control answers within Discord's 3 s and does what lasts over the bus; a second click on the same
request finds the first one's answer there.
"""

import asyncio
import re
from collections.abc import Mapping
from typing import Any, cast

import aiohttp
import discord
from discord import ui
from discord.ext import commands

from antiphon.chat.build import files_of
from antiphon.chat.doors import Doors, Interaction, tell, tell_error
from antiphon.chat.look.controls import Allow, Always, Deny, Details, Say, Stop, Words, control_id, parse
from antiphon.chat.look.details import details_spec
from antiphon.core.access import Action
from antiphon.core.blocks import AskBlock
from antiphon.core.codec import assemble
from antiphon.core.ports import Body
from antiphon.core.values import Session, TurnId
from antiphon.core.view import TurnView
from antiphon.errors import AntiphonError, Refused

_CLICKS = (discord.InteractionType.component, discord.InteractionType.modal_submit)
_WORDS = 1500  # characters of what Claude is told with a denial
_ACTIONS: Mapping[type, Action] = {Stop: "stop", Details: "prompt"}  # what each control does; every other answers
_OURS = re.compile(r"a\d+:")  # ids that some version of the bridge has made


class Controls:
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
        if isinstance(control, Words):  # a form can only be the first answer; it is looked at when it comes back
            self._doors.enter(interaction, "answer")
            await interaction.response.send_modal(_form(control))
            return
        private = isinstance(control, Details)
        await interaction.response.defer(ephemeral=private, thinking=private)
        self._doors.enter(interaction, _ACTIONS.get(type(control), "answer"))
        if control is None:
            raise Refused("This button is of another version of the bridge, which this one cannot read.")
        session = await self._doors.session_here(interaction)
        view = await self._view(session, control.turn)
        match control:
            case Stop():
                await self._stop(interaction, session, view)
            case Details():
                await _show(interaction, view)
            case Allow(request=request):
                await self._answer(interaction, session, view, {"request": request, "allowed": True})
            case Always(request=request, rule=rule):
                await self._answer(interaction, session, view, {"request": request, "allowed": True, "rule": rule})
            case Deny(request=request):
                await self._answer(interaction, session, view, {"request": request, "allowed": False})
            case Say(request=request):
                said = {"request": request, "allowed": False, "words": _filled_in(interaction)}
                await self._answer(interaction, session, view, said)

    async def _view(self, session: Session, turn: TurnId) -> TurnView:
        story = await self._doors.bus.story(session.id, turn)
        if story is None:
            raise Refused("This thread has no such turn.")
        return assemble(story)

    async def _stop(self, interaction: Interaction, session: Session, view: TurnView) -> None:
        if view.end is not None:
            raise Refused("This turn is over already.")
        body = {"by": interaction.user.display_name, "turn": view.turn}
        await self._doors.call(interaction, session, "stop", body)

    async def _answer(self, interaction: Interaction, session: Session, view: TurnView, body: Body) -> None:
        asks = [block for block in view.blocks if isinstance(block, AskBlock) and block.id == body["request"]]
        if not asks:
            raise Refused("This turn asked nothing like that.")
        if view.end is not None or asks[-1].settled:
            raise Refused(_too_late(asks[-1]))
        if body.get("rule") is not None and body["rule"] >= len(asks[-1].rules):
            raise Refused("That request offered no such rule.")
        key = f"answer:{view.turn}:{body['request']}"  # the first click wins
        by = {"by": interaction.user.display_name, "person": interaction.user.id}
        if not await self._doors.call(interaction, session, "answer", {**body, **by}, key):
            raise Refused("Somebody has just answered this.")


def _form(control: Words) -> ui.Modal:
    """The form for the words of a denial. Stopped: its answer is known by its id, as every click is."""
    form = ui.Modal(title="Deny, and say why", custom_id=control_id(Say(control.turn, control.request)) or "")
    field = ui.TextInput[ui.Modal](
        label="What Claude is told", style=discord.TextStyle.paragraph, custom_id="words", max_length=_WORDS
    )
    form.add_item(field)
    form.stop()
    return form


def _filled_in(interaction: Interaction) -> str:
    """What was written into the form."""
    rows: list[Any] = list(cast(Mapping[str, Any], interaction.data or {}).get("components", ()))
    while rows:
        part = rows.pop()
        if part.get("custom_id") == "words":
            return str(part.get("value", "")).strip()
        rows += [*part.get("components", ()), *([part["component"]] if "component" in part else [])]
    return ""


def _too_late(ask: AskBlock) -> str:
    match ask.outcome:
        case "allowed" | "denied":
            return f"{ask.by or 'Somebody'} has {ask.outcome} this already."
        case _:
            return "Nobody needs this answer any more: the request was withdrawn."


async def _show(interaction: Interaction, view: TurnView) -> None:
    spec = await asyncio.to_thread(details_spec, view)  # of a long turn it takes seconds
    files = await files_of(spec.uploads)
    await tell(interaction, spec.content, files[0] if files else None)
