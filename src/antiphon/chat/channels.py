"""Which kinds of channels there are, and how people talk to Claude in each."""

from collections.abc import Sequence

import discord

from antiphon.chat.kinds import PostState, Style, state_of_tag, style
from antiphon.core.values import Project, Sharing

Channel = discord.TextChannel | discord.VoiceChannel | discord.StageChannel | discord.ForumChannel
"""Those in which sessions can be. An announcement channel is a TextChannel, a media channel a ForumChannel."""

MessageChannel = discord.TextChannel | discord.VoiceChannel | discord.StageChannel | discord.Thread
"""Those of a server that hold messages."""

ThreadedChannel = discord.TextChannel | discord.ForumChannel
"""Those that have threads below them."""


def style_of(channel: Channel, project: Project) -> Style:
    """How people talk to Claude in a channel of a project."""
    return style(channel.type.value, isolated=project.thread_isolation)


def sharing_of(channel: object, project: Project) -> Sharing | None:
    """Whose the session is to which all messages of a place go; None: there is none."""
    if isinstance(channel, discord.DMChannel):
        return "direct"
    is_one = isinstance(channel, Channel) and style_of(channel, project) == "conversation"
    return project.share if is_one else None


def threads_of(channel: object) -> Sequence[discord.Thread]:
    """The threads below a channel that the gateway has told of."""
    return channel.threads if isinstance(channel, ThreadedChannel) else ()


def first_of_post(message: discord.Message) -> bool:
    """Whether a forum's or media channel's post begins with a message: it has the post's id."""
    thread = message.channel
    is_post = isinstance(thread, discord.Thread) and isinstance(thread.parent, discord.ForumChannel)
    return is_post and message.id == thread.id


def state_tags(forum: discord.ForumChannel) -> dict[PostState, discord.ForumTag]:
    """Those of a forum's tags that say how a session stands; of two with one name the first."""
    found: dict[PostState, discord.ForumTag] = {}
    for tag in reversed(forum.available_tags):
        if (state := state_of_tag(tag.name)) is not None:
            found[state] = tag
    return found
