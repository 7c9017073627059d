"""discord.py's people and messages to ours."""

import discord

from antiphon.chat.intake import Arrival
from antiphon.core.values import MessageId, Person, PersonId, PlaceId, RoleId

_WORDS = (discord.MessageType.default, discord.MessageType.reply)


def person(user: discord.User | discord.Member, owners: frozenset[PersonId]) -> Person:
    """Who it is, with the roles that Discord told along with the message or click."""
    roles = (
        frozenset(RoleId(role.id) for role in user.roles) if isinstance(user, discord.Member) else frozenset[RoleId]()
    )
    return Person(PersonId(user.id), user.display_name, roles, user.id in owners)


def owners_of(application: discord.AppInfo | None) -> frozenset[PersonId]:
    """Who owns the bot's application: a person, or every member of the team that does."""
    if application is None:
        return frozenset()
    people = application.team.members if application.team is not None else [application.owner]
    return frozenset(PersonId(one.id) for one in people)


def arrival(message: discord.Message, author: discord.User | discord.Member, owners: frozenset[PersonId]) -> Arrival:
    """A message as intake wants it."""
    channel = message.channel
    parent = PlaceId(channel.parent_id) if isinstance(channel, discord.Thread) else None
    spoken = message.type in _WORDS and not message.author.bot and message.webhook_id is None
    return Arrival(
        MessageId(message.id),
        PlaceId(channel.id),
        parent,
        person(author, owners),
        spoken,
        message.content,
        frozenset(PersonId(one.id) for one in message.mentions),
        tuple(file.filename for file in message.attachments),
    )
