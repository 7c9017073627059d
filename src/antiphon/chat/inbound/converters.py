"""discord.py's people and messages to ours."""

from collections.abc import Iterable, Iterator, Sequence

import discord

from antiphon.chat.connection.sight import is_supported
from antiphon.chat.inbound import wording
from antiphon.chat.inbound.intake import OURS, Attachment, IncomingMessage, Quote
from antiphon.chat.inbound.markup import Names, mentioned
from antiphon.core.projects import Projects
from antiphon.core.values import MessageId, Person, PersonId, PlaceId, Project, RoleId

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


def project_of(projects: Projects, channel: object) -> Project | None:
    """The project of a channel or thread. None as well where sessions cannot be opened: a channel of another kind."""
    if not isinstance(channel, discord.TextChannel | discord.Thread) or is_refused(channel):
        return None
    return projects.at(PlaceId(channel.id), parent_of(channel))


def parent_of(channel: object) -> PlaceId | None:
    """The channel above a thread."""
    return PlaceId(channel.parent_id) if isinstance(channel, discord.Thread) else None


def is_refused(channel: object) -> bool:
    """Whether it is a server's channel of a kind in which sessions cannot be opened, or a thread in one."""
    above = channel.parent if isinstance(channel, discord.Thread) else channel
    return isinstance(above, discord.abc.GuildChannel) and not is_supported(above)


def incoming_message(
    message: discord.Message, author: discord.User | discord.Member, owners: frozenset[PersonId], me: PersonId
) -> IncomingMessage:
    """A message as `intake` takes it, with what it quotes. `me`: the bot's own id. `author`: with roles, where Discord
    told them."""
    channel = message.channel
    written = message.type in _WRITTEN and not message.author.bot and message.webhook_id is None
    text = "\n".join(text for text in (message.content, *_said(message)) if text)
    quoted = _quotes(message, me) if written else ()
    return IncomingMessage(
        MessageId(message.id),
        PlaceId(channel.id),
        parent_of(channel),
        person(author, owners),
        written,
        text,
        frozenset(PersonId(one.id) for one in message.mentions),
        _files(message),
        quoted,
        message.edited_at.timestamp() if message.edited_at is not None else 0.0,
        ours=not isinstance(channel, discord.Thread) or channel.owner_id == me,
        names=_names(message, author, me, [text, *(quote.text for quote in quoted)]) if written else Names(),
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


def _said(message: discord.Message | discord.MessageSnapshot) -> Iterator[str]:
    """What a message says without text, as words."""
    for sticker in message.stickers:
        yield wording.STICKER.format(name=sticker.name)
    if isinstance(message, discord.Message) and message.poll is not None:
        yield "\n".join([wording.POLL.format(question=message.poll.question), *map(_answer, message.poll.answers)])


def _answer(answer: discord.PollAnswer) -> str:
    return f"- {answer.text}"


def _text_of(message: discord.Message | discord.MessageSnapshot) -> str:
    """The text that a reader sees: content, texts of components (of a message without content), of embeds."""
    embeds = map(_embed, message.embeds)
    parts = (message.content, *_texts(message.components), *embeds, *_said(message))
    return "\n".join(text for text in parts if text)


def _embed(embed: discord.Embed) -> str:
    """An embed line by line, as it reads from top to bottom."""
    lines = [
        _linked(embed.author.name, embed.author.url),
        _linked(embed.title, embed.url),
        embed.description,
        *(f"{field.name}: {field.value}" for field in embed.fields),
        embed.footer.text,
    ]
    return "\n".join(line for line in lines if line)


def _linked(text: str | None, url: str | None) -> str:
    return f"{text} ({url})" if text and url else text or url or ""


def _texts(components: Iterable[discord.Component]) -> Iterator[str]:
    """What is to be read in components; of buttons those that are links."""
    for one in components:
        match one:
            case discord.TextDisplay():
                yield one.content
            case discord.Button(url=str(url)):
                yield _linked(one.label, url)
            case discord.SectionComponent():
                yield from _texts([*one.children, one.accessory])
            case discord.Container() | discord.ActionRow():
                yield from _texts(one.children)
            case _:
                pass


def _names(
    message: discord.Message, author: discord.User | discord.Member, me: PersonId, texts: Sequence[str]
) -> Names:
    """The names of who and what these texts mention, as far as their author sees it."""
    people = [message.author, *message.mentions]
    original = message.reference.resolved if message.reference is not None else None
    if isinstance(original, discord.Message):
        people += [original.author, *original.mentions]
    guild = message.guild
    if guild is None:
        return Names({one.id: one.display_name for one in people})
    roles = ((id_, guild.get_role(id_)) for id_ in mentioned(texts, "role"))
    channels = ((id_, guild.get_channel_or_thread(id_)) for id_ in mentioned(texts, "channel"))
    if (bot := guild.get_member(me)) is not None:
        people.append(bot)
    return Names(
        {one.id: one.display_name for one in people},
        {id_: role.name for id_, role in roles if role is not None},
        {id_: channel.name for id_, channel in channels if channel is not None and _sees(author, channel)},
    )


def _sees(person: discord.User | discord.Member, channel: discord.abc.GuildChannel | discord.Thread) -> bool:
    """Whether somebody may know of a channel. Of who has left nobody can say, and who is in a private thread Discord
    does not tell."""
    hidden = isinstance(channel, discord.Thread) and (channel.parent is None or channel.is_private())
    if hidden or not isinstance(person, discord.Member):
        return False
    return channel.permissions_for(person).view_channel
