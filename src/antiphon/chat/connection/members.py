"""Who somebody is in a project's server: in direct messages Discord tells no roles, it has to be asked."""

import asyncio
import logging

import discord

from antiphon.chat.connection.endpoint import FAILURES
from antiphon.core.values import Access, Project

log = logging.getLogger(__name__)

_LIMIT = 2.0  # seconds: a click is to be answered within three


def roles_decide(access: Access) -> bool:
    """Whether somebody's roles may say what they may do."""
    groups = (access.approvers, access.admins)
    return bool(access.roles) or any(group is not None and group.roles for group in groups)


async def member_of(
    client: discord.Client, project: Project, user: discord.User | discord.Member
) -> discord.User | discord.Member:
    """Somebody with the roles that they have in the project's server, where roles decide; themselves where they do not,
    have left, or Discord does not tell it within two seconds."""
    if isinstance(user, discord.Member) or not roles_decide(project.access):
        return user
    channels = map(client.get_channel, sorted(project.channels))
    guild = next((one.guild for one in channels if isinstance(one, discord.abc.GuildChannel)), None)
    if guild is None:
        return user
    try:
        async with asyncio.timeout(_LIMIT):
            return await guild.fetch_member(user.id)
    except discord.NotFound:
        return user
    except FAILURES as error:
        log.warning("the roles of %s could not be asked for: %s", user.id, error)
        return user
