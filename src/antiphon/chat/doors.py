"""The doors at which people act besides messages: who may enter, and what they are told.

Every command and every control goes through `enter` before it does anything.
"""

import logging
from collections.abc import Sequence

import aiohttp
import discord

from antiphon.chat.intake import project_at
from antiphon.chat.people import owners_of, person
from antiphon.core.access import Action, refusal
from antiphon.core.ports import Bus
from antiphon.core.trouble import with_id
from antiphon.core.values import PlaceId, Project, Session
from antiphon.errors import AntiphonError, Refused

log = logging.getLogger(__name__)

Interaction = discord.Interaction[discord.Client]


def enter(interaction: Interaction, projects: Sequence[Project], action: Action) -> Project:
    """The project that this place belongs to. Raises Refused unless this person may do that here."""
    channel = interaction.channel
    parent = PlaceId(channel.parent_id) if isinstance(channel, discord.Thread) else None
    project = project_at(projects, PlaceId(interaction.channel_id or 0), parent)
    if project is None:
        raise Refused("No project belongs to this channel.")
    reason = refusal(project.access, person(interaction.user, owners_of(interaction.client.application)), action)
    if reason is not None:
        raise Refused(reason)
    return project


async def session_here(interaction: Interaction, bus: Bus) -> Session:
    """The session of this place. Raises Refused when there is none."""
    session = await bus.session(PlaceId(interaction.channel_id or 0))
    if session is None:
        raise Refused("There is no session here. Use this in a session's thread.")
    return session


async def tell(interaction: Interaction, words: str, file: discord.File | None = None) -> None:
    """Say something to this person alone, whatever was answered before."""
    files = [file] if file is not None else []
    if interaction.response.is_done():
        await interaction.followup.send(words, ephemeral=True, files=files)
    else:
        await interaction.response.send_message(words, ephemeral=True, files=files)


async def tell_error(interaction: Interaction, cause: BaseException, what: str) -> None:
    """An error to the person who asked: their own words for what is theirs, an id found in the log for the rest."""
    if isinstance(cause, Refused):
        words = str(cause)
    else:
        hint = cause.hint if isinstance(cause, AntiphonError) else "Whoever runs the bridge finds it in the log."
        words = with_id(f"{what} did not work. {hint}", cause)
    try:
        await tell(interaction, words)
    except (discord.DiscordException, aiohttp.ClientError, OSError) as lost:
        log.warning("the answer to %s could not be delivered: %s", what, lost)
