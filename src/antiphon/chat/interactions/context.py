"""Commands and clicks as discord.py brings them: who asks, where, and how they get their answer."""

import asyncio
import logging
from collections.abc import Coroutine
from dataclasses import replace
from typing import Any

import aiohttp
import discord

from antiphon.actions.callers import Interface, Member
from antiphon.actions.context import ActionContext, InPlace
from antiphon.actions.reasons import Refused
from antiphon.chat import wording
from antiphon.chat.delivery.components import view_of
from antiphon.chat.inbound.converters import owners_of, person
from antiphon.chat.places import DiscordPlaces
from antiphon.chat.render.message import MessageSpec
from antiphon.core.values import MessageId, PlaceId
from antiphon.errors import AntiphonError, ChatError, with_id

log = logging.getLogger(__name__)

Interaction = discord.Interaction[discord.Client]

_ACKNOWLEDGED = 40060  # Discord's code: the interaction has its answer already
_SOON = 1.5  # seconds, of Discord's 3, after which a click is answered although it is not on disk yet


class Unusable(ChatError):
    """What was pressed or typed cannot be used here. Its text is for the one who did it."""


def origin(context: ActionContext, interaction: Interaction) -> tuple[ActionContext, Member, InPlace]:
    """What an action wants to know first: what it works with, who asks, and where."""
    caller = Member(person(interaction.user, owners_of(interaction.client.application)), _interface(interaction))
    channel = interaction.channel
    parent = PlaceId(channel.parent_id) if isinstance(channel, discord.Thread) else None
    places = DiscordPlaces(interaction.client, interaction)
    return replace(context, places=places), caller, InPlace(PlaceId(interaction.channel_id or 0), parent)


def key_of(interaction: Interaction) -> str:
    """The key under which what it asks for happens once."""
    return str(interaction.id)


def _interface(interaction: Interaction) -> Interface:
    match interaction.type:
        case discord.InteractionType.modal_submit:
            return "form"
        case discord.InteractionType.component:
            return "menu" if "values" in (interaction.data or {}) else "button"
        case _:
            return "command"


async def acknowledge(interaction: Interaction, *, private: bool) -> MessageId | None:
    """Answer within Discord's 3 s that more will come. `private`: for this person alone. The id of the message that a
    command's answer will be, where Discord tells it. Discord may have heard us although it answered with an error: to
    the next try it says so, and the click counts."""
    try:
        response = await interaction.response.defer(ephemeral=private, thinking=private)
    except discord.HTTPException as error:
        if error.code != _ACKNOWLEDGED:
            raise
        return None
    return None if response is None or response.message_id is None else MessageId(response.message_id)


async def acknowledge_once_stored(interaction: Interaction, action: Coroutine[Any, Any, None]) -> None:
    """Do what a click asks for, and acknowledge it once that is on disk: whoever sees no failure can rely on it.
    Earlier only where the disk is slower than Discord's limit."""
    doing = asyncio.create_task(action, name=f"click {interaction.id}")
    try:
        await asyncio.wait({doing}, timeout=_SOON)
        if not doing.done():
            await acknowledge(interaction, private=False)
        await doing
    finally:
        doing.cancel()
    if not interaction.response.is_done():
        try:
            await acknowledge(interaction, private=False)
        except (discord.DiscordException, aiohttp.ClientError, OSError) as error:  # it counts all the same
            log.warning("a click counts, but Discord has not heard so: %s", error)


async def reply_privately(interaction: Interaction, text: str, *files: discord.File) -> None:
    """Say something to this person alone, whatever was answered before."""
    if not interaction.response.is_done():
        try:
            await interaction.response.send_message(text, ephemeral=True, files=files)
        except discord.HTTPException as error:
            if error.code != _ACKNOWLEDGED:
                raise
        else:
            return
    await interaction.followup.send(text, ephemeral=True, files=files)


async def reply_spec(interaction: Interaction, spec: MessageSpec) -> None:
    """A message with its buttons, to this person alone."""
    buttons: dict[str, Any] = {"view": view_of(spec)} if spec.buttons else {}
    await interaction.followup.send(spec.content, ephemeral=True, **buttons)


async def reply(interaction: Interaction, text: str) -> None:
    """The answer to a command that was acknowledged, for everybody; it calls nobody."""
    await interaction.followup.send(text, allowed_mentions=discord.AllowedMentions.none())


async def reply_error(interaction: Interaction, cause: BaseException, what: str) -> None:
    """An error to the person who asked: a reason for what is theirs, an id found in the log for the rest."""
    match cause:
        case Refused():
            text = wording.refusal(cause.reason)
        case Unusable():
            text = str(cause)
        case _:
            hint = cause.hint if isinstance(cause, AntiphonError) else wording.ASK_OPERATOR
            text = with_id(wording.failed(what, hint), cause)
    try:
        await reply_privately(interaction, text)
    except (discord.DiscordException, aiohttp.ClientError, OSError) as lost:
        log.warning("the answer to %s could not be delivered: %s", what, lost)
