"""discord.py's people and messages to ours."""

from collections.abc import Sequence

import discord

from antiphon.chat.channels import Channel, first_of_post, sharing_of
from antiphon.chat.inbound import wording
from antiphon.chat.inbound.background import Said
from antiphon.chat.inbound.contents import files_in, said, text_of
from antiphon.chat.inbound.intake import DELETED, OURS, IncomingMessage, Quote, Where, with_quotes
from antiphon.chat.inbound.markup import Names, mentioned, plain
from antiphon.core.file_types import in_words
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
    if not isinstance(channel, Channel | discord.Thread | discord.DMChannel) or is_refused(channel):
        return None
    return projects.at(PlaceId(channel.id), parent_of(channel))


def parent_of(channel: object) -> PlaceId | None:
    """The channel above a thread."""
    return PlaceId(channel.parent_id) if isinstance(channel, discord.Thread) else None


def is_refused(channel: object) -> bool:
    """Whether it is a server's channel of a kind in which sessions cannot be opened, or a thread in one."""
    above = channel.parent if isinstance(channel, discord.Thread) else channel
    return isinstance(above, discord.abc.GuildChannel) and not isinstance(above, Channel)


def incoming_message(
    message: discord.Message,
    author: discord.User | discord.Member,
    owners: frozenset[PersonId],
    me: PersonId,
    project: Project,
) -> IncomingMessage:
    """A message as `intake` takes it, with what it quotes. `me`: the bot's own id. `author`: with roles, where Discord
    told them. `project`: the one of its place."""
    channel = message.channel
    written = message.type in _WRITTEN and not message.author.bot and message.webhook_id is None
    text = "\n".join(text for text in (message.content, *said(message)) if text)
    quoted = _quotes(message, me) if written else ()
    return IncomingMessage(
        MessageId(message.id),
        PlaceId(channel.id),
        parent_of(channel),
        person(author, owners),
        written,
        text,
        frozenset(PersonId(one.id) for one in message.mentions),
        files_in(message),
        quoted,
        message.edited_at.timestamp() if message.edited_at is not None else 0.0,
        ours=not isinstance(channel, discord.Thread) or channel.owner_id == me,
        answers=_answered(message) if written else None,
        where=_where(message, project),
        channel_name=getattr(channel, "name", ""),
        names=_names(message, author, me, [text, *(quote.text for quote in quoted)]) if written else Names(),
    )


def background_message(
    message: discord.Message, asked: discord.Message, me: int, *, begins: bool = False
) -> Said | None:
    """A message that was not for Claude, as somebody who calls Claude with `asked` sees it; None: it says nothing, or
    is ours. `begins`: see Said."""
    if message.author.id == me or (message.is_system() and message.type is not discord.MessageType.poll_result):
        return None
    quoted = _quotes(message, PersonId(me))
    names = _names(message, asked.author, PersonId(me), [text_of(message), *(quote.text for quote in quoted)])
    files = (wording.ATTACHED.format(name=one.name, size=in_words(one.size)) for one in files_in(message))
    text = plain("\n".join([with_quotes(quoted, text_of(message)), *files]), names)
    is_app = message.author.bot or message.webhook_id is not None
    return Said(message.author.display_name, message.created_at.timestamp(), text, is_app, begins)


def _where(message: discord.Message, project: Project) -> Where:
    if isinstance(message.channel, discord.Thread):
        return "post" if first_of_post(message) else "thread"
    match sharing_of(message.channel, project):
        case None:
            return "channel"
        case "direct":
            return "direct"
        case _:
            return "conversation"


def _quotes(message: discord.Message, me: PersonId) -> tuple[Quote, ...]:
    """What a message replies to, as far as Discord told it along with it, and what it forwards."""
    forwarded = tuple(Quote(None, text_of(one), files_in(one)) for one in message.message_snapshots)
    if message.type is not discord.MessageType.reply or message.reference is None:
        return forwarded
    original = message.reference.resolved
    if isinstance(original, discord.DeletedReferencedMessage):
        return (Quote(DELETED, ""), *forwarded)
    if not isinstance(original, discord.Message):
        return forwarded  # Discord did not tell
    if original.author.id == me:  # files of ours come from the worker's disk: Claude knows them
        return (Quote(OURS, text_of(original)), *forwarded)
    return (Quote(original.author.display_name, text_of(original), files_in(original)), *forwarded)


def _answered(message: discord.Message) -> PersonId | None:
    """Whose message it replies to, where a person has written that."""
    original = message.reference.resolved if message.reference is not None else None
    if message.type is not discord.MessageType.reply or not isinstance(original, discord.Message):
        return None
    is_app = original.author.bot or original.webhook_id is not None
    return None if is_app else PersonId(original.author.id)


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
