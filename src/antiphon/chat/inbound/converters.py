"""discord.py's people and messages to ours."""

from collections.abc import Iterable, Iterator

import discord

from antiphon.chat.inbound.intake import OURS, Attachment, IncomingMessage, Quote
from antiphon.core.values import MessageId, Person, PersonId, PlaceId, RoleId

_WRITTEN = (discord.MessageType.default, discord.MessageType.reply)


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


def incoming_message(
    message: discord.Message, author: discord.User | discord.Member, owners: frozenset[PersonId], me: PersonId
) -> IncomingMessage:
    """A message as `intake` takes it, with what it quotes. `me`: the bot's own id."""
    channel = message.channel
    parent = PlaceId(channel.parent_id) if isinstance(channel, discord.Thread) else None
    written = message.type in _WRITTEN and not message.author.bot and message.webhook_id is None
    return IncomingMessage(
        MessageId(message.id),
        PlaceId(channel.id),
        parent,
        person(author, owners),
        written,
        message.content,
        frozenset(PersonId(one.id) for one in message.mentions),
        _files(message),
        _quotes(message, me) if written else (),
        message.edited_at.timestamp() if message.edited_at is not None else 0.0,
        ours=not isinstance(channel, discord.Thread) or channel.owner_id == me,
    )


def _quotes(message: discord.Message, me: PersonId) -> tuple[Quote, ...]:
    """What a message replies to, as far as Discord told it along with it, and what it forwards."""
    forwarded = tuple(Quote(None, _text_of(one), _files(one)) for one in message.message_snapshots)
    if message.type is not discord.MessageType.reply or message.reference is None:
        return forwarded
    original = message.reference.resolved
    if not isinstance(original, discord.Message):
        return forwarded  # it has been deleted
    if original.author.id == me:  # files of ours come from the worker's disk: Claude knows them
        return (Quote(OURS, _text_of(original)), *forwarded)
    return (Quote(original.author.display_name, _text_of(original), _files(original)), *forwarded)


def _files(message: discord.Message | discord.MessageSnapshot) -> tuple[Attachment, ...]:
    return tuple(Attachment(one.id, one.filename, one.size, one.url) for one in message.attachments)


def _text_of(message: discord.Message | discord.MessageSnapshot) -> str:
    """The text that a reader sees: content, texts of components (of a message without content), of embeds."""
    embeds = (text for embed in message.embeds for text in (embed.title, embed.description) if text)
    return "\n".join(text for text in (message.content, *_texts(message.components), *embeds) if text)


def _texts(components: Iterable[discord.Component]) -> Iterator[str]:
    for one in components:
        match one:
            case discord.TextDisplay():
                yield one.content
            case discord.Container() | discord.SectionComponent():
                yield from _texts(one.children)
            case _:
                pass
