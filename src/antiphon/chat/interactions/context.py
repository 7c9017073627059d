"""Commands and clicks as discord.py brings them: who asks, where, and how they get their answer."""

import asyncio
import logging
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import replace
from typing import Any

import discord
from discord import ui

from antiphon.actions.callers import Interface, Member
from antiphon.actions.context import ActionContext, InPlace, as_shown, require_here, require_place, shown_in
from antiphon.actions.reasons import NotAllowed, Refused
from antiphon.chat import wording
from antiphon.chat.channels import sharing_of
from antiphon.chat.connection.endpoint import FAILURES
from antiphon.chat.connection.members import member_of
from antiphon.chat.delivery.components import view_of
from antiphon.chat.inbound.converters import is_refused, owners_of, parent_of, person
from antiphon.chat.places import DiscordPlaces
from antiphon.chat.render.message import MessageSpec
from antiphon.core.access import Action
from antiphon.core.projects import Projects
from antiphon.core.values import MessageId, PersonId, PlaceId, TurnId
from antiphon.errors import AntiphonError, ChatError, with_id

log = logging.getLogger(__name__)

Interaction = discord.Interaction[discord.Client]

_ACKNOWLEDGED = 40060  # Discord's code: the interaction has its answer already
_LOST = (10062, 10015, 50027)  # Discord's codes for an interaction that it does not know (any more)
_PATIENCE = 5.0  # seconds for Discord to take the first answer
_ELSEWHERE, _MEMBER = "place", "member"  # of what an interaction carries along
_LOOK = 1.5  # seconds for the database to tell whether a place has a session
_SOON = 1.5  # seconds, of Discord's 3, after which a click is answered although it is not on disk yet


class Unusable(ChatError):
    """What was pressed or typed cannot be used here. Its text is for the one who did it."""


def origin(context: ActionContext, interaction: Interaction) -> tuple[ActionContext, Member, InPlace]:
    """What an action wants to know first: what it works with, who asks, and where."""
    user = interaction.extras.get(_MEMBER, interaction.user)
    caller = Member(person(user, owners_of(interaction.client.application)), _interface(interaction))
    channel, places = interaction.channel, context.places
    if isinstance(places, DiscordPlaces):
        places = places.answering(interaction)
    at = in_place(context.projects, channel, PlaceId(interaction.channel_id or 0), caller.person.id)
    if is_refused(channel):
        at = InPlace(PlaceId(0))  # no project's place, also where its id is configured
    at = interaction.extras.get(_ELSEWHERE, at)
    return replace(context, places=places), caller, at


def in_place(projects: Projects, channel: object, place: PlaceId, person: PersonId) -> InPlace:
    """What somebody means by a place: its session, or theirs there."""
    parent = parent_of(channel)
    project = projects.at(place, parent)
    sharing = None if project is None else sharing_of(channel, project)
    return InPlace(place, parent, sharing, person if sharing == "person" else None)


async def know_member(context: ActionContext, interaction: Interaction) -> None:
    """In direct messages Discord does not tell the roles that somebody has in the project's server: ask for them."""
    project = context.projects.at(PlaceId(interaction.channel_id or 0))
    if interaction.guild is None and project is not None:
        interaction.extras[_MEMBER] = await member_of(interaction.client, project, interaction.user)


async def address(context: ActionContext, interaction: Interaction, place: PlaceId | None, turn: TurnId | None) -> None:
    """Find out which session is meant by what is pressed; `origin` gives that from now on. `place`: where that is
    shown, if elsewhere. In a channel where each person has one it is the one that has the turn that it is about, or on
    whose page it stands: perhaps another person's. Where the database does not tell in time, it is one's own."""
    at = origin(context, interaction)[2]
    if place is not None:
        channel = interaction.client.get_channel(place)
        at = in_place(context.projects, channel, place, PersonId(interaction.user.id))
        at = at if channel is not None else await shown_in(context, place, None)
    message = None if interaction.message is None else MessageId(interaction.message.id)
    if at.person is not None and (which := turn or message) is not None:
        with suppress(TimeoutError):
            async with asyncio.timeout(_LOOK):
                at = await as_shown(context, at, which)
    interaction.extras[_ELSEWHERE] = at


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
    command's answer will be, where Discord tells it.

    It reached us, so it counts, whatever Discord says about our answer: it may have come too late, or have been heard
    although Discord answered with an error. Waits 5 s at most."""
    try:
        async with asyncio.timeout(_PATIENCE):
            response = await interaction.response.defer(ephemeral=private, thinking=private)
    except FAILURES as error:
        log.warning("interaction %s counts, but Discord did not take its acknowledgement: %r", interaction.id, error)
        return None
    return None if response is None or response.message_id is None else MessageId(response.message_id)


async def require_session(context: ActionContext, at: InPlace, *, begins: bool = False) -> None:
    """Before an answer that everybody sees: raises Refused where the place has no session, and none can begin in it
    (`begins`: the command would let one). Where the database takes too long to tell, the action does."""
    with suppress(TimeoutError):
        async with asyncio.timeout(_LOOK):
            await require_place(context, at, begins=begins)


async def require_in_time(context: ActionContext, caller: Member, at: InPlace, action: Action) -> None:
    """Before the first answer to an interaction: raises Refused unless somebody may do this in the session here, its
    guests included. Unusable: the database takes too long to tell who these are."""
    try:
        async with asyncio.timeout(_LOOK):
            await require_here(context, caller, at, action)
    except TimeoutError:
        raise Unusable(wording.BUSY) from None


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
        await acknowledge(interaction, private=False)


async def reply_privately(
    interaction: Interaction, text: str, *files: discord.File, view: ui.LayoutView | ui.View | None = None
) -> None:
    """Say something to this person alone, whatever was answered before. Raises what Discord says, where it does not
    take it: then nothing was shown."""
    buttons: dict[str, Any] = {} if view is None else {"view": view}
    if not interaction.response.is_done():
        try:
            async with asyncio.timeout(_PATIENCE):
                await interaction.response.send_message(text, ephemeral=True, files=files, **buttons)
        except discord.HTTPException as error:
            if error.code != _ACKNOWLEDGED:
                raise
        else:
            return
    await interaction.followup.send(text, ephemeral=True, files=files, **buttons)


async def confirm(interaction: Interaction, text: str) -> None:
    """Say to this person alone what was done; where Discord does not take that, in the place itself."""
    try:
        await reply_privately(interaction, text)
    except FAILURES as error:
        await _say_in_place(interaction, f"{interaction.user.mention} {text}", error)


async def reply_spec(interaction: Interaction, spec: MessageSpec) -> None:
    """A message with its buttons, to this person alone."""
    buttons: dict[str, Any] = {"view": view_of(spec)} if spec.buttons or spec.rows else {}
    await interaction.followup.send(spec.content, ephemeral=True, **buttons)


async def reply_card(interaction: Interaction, spec: MessageSpec) -> None:
    """A card, to this person alone."""
    view = view_of(spec)
    assert isinstance(view, ui.LayoutView)
    await interaction.followup.send(view=view, ephemeral=True, allowed_mentions=discord.AllowedMentions.none())


async def reply(interaction: Interaction, text: str) -> None:
    """The answer to a command that was acknowledged, for everybody; it calls nobody."""
    try:
        await interaction.followup.send(text, allowed_mentions=discord.AllowedMentions.none())
    except FAILURES as error:
        await _say_in_place(interaction, text, error)


async def reply_error(interaction: Interaction, cause: BaseException, what: str) -> None:
    """An error to the person who asked: a reason for what is theirs, an id found in the log for the rest."""
    match cause:
        case Refused(reason=NotAllowed()):
            await _try_privately(interaction, wording.refusal(cause.reason), what)  # nothing for everybody's eyes
            return
        case Refused():
            text = wording.refusal(cause.reason)
        case Unusable():
            text = str(cause)
        case discord.HTTPException(code=code) if code in _LOST:
            log.warning("the answer to %s was not taken: %s", what, cause)
            text = wording.ANSWER_LOST.format(what=what)
        case _:
            hint = cause.hint if isinstance(cause, AntiphonError) else wording.ASK_OPERATOR
            text = with_id(wording.failed(what, hint), cause)
    await confirm(interaction, text)


async def _try_privately(interaction: Interaction, text: str, what: str) -> None:
    try:
        await reply_privately(interaction, text)
    except FAILURES as error:
        log.warning("the answer to %s could not be delivered: %s", what, error)


async def _say_in_place(interaction: Interaction, text: str, why: Exception) -> None:
    """Post as a message what Discord does not take as an answer; it calls nobody."""
    log.warning(
        "interaction %s is answered in its place, for Discord does not take the answer: %s", interaction.id, why
    )
    try:
        place = interaction.client.get_partial_messageable(interaction.channel_id or 0)
        await place.send(text, silent=True, suppress_embeds=True, allowed_mentions=discord.AllowedMentions.none())
    except FAILURES as error:
        log.warning("interaction %s could not be answered in its place: %s", interaction.id, error)
