"""Which kinds of channels there are, and how people talk to Claude in each."""

from collections.abc import Mapping, Sequence
from typing import Literal

import discord

from antiphon.core.values import Project, Sharing

Channel = discord.TextChannel | discord.VoiceChannel | discord.StageChannel | discord.ForumChannel
"""Those in which sessions can be. An announcement channel is a TextChannel, a media channel a ForumChannel."""

MessageChannel = discord.TextChannel | discord.VoiceChannel | discord.StageChannel | discord.Thread
"""Those of a server that hold messages."""

ThreadedChannel = discord.TextChannel | discord.ForumChannel
"""Those that have threads below them."""

Style = Literal["threads", "posts", "conversation"]
"""How a channel is talked in. "threads": each message opens one; "posts": people open posts, each is a session, and the
channel itself has no messages; "conversation": all messages go to a session of the channel's own."""

PostState = Literal["running", "waiting", "done", "failed"]
"""How the session of a forum's post stands, and the name of the tag that says so."""

STATES: Mapping[PostState, str] = {"running": "⏳", "waiting": "✋", "done": "✅", "failed": "❌"}
"""With the emoji of tags that we make."""

MOST_TAGS = 20  # of a forum (Discord's API documentation, Channel Object)
MOST_APPLIED = 5  # of a post (the same)


def style_of(channel: object, project: Project) -> Style:
    """How people talk to Claude in a channel of a project. In voice and stage channels there are no threads (Discord's
    API documentation, Threads)."""
    match channel:
        case discord.ForumChannel():
            return "posts"
        case discord.VoiceChannel() | discord.StageChannel():
            return "conversation"
        case _:
            return "threads" if project.thread_isolation else "conversation"


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
    """Those of a forum's tags that say how a session stands, however their names are written."""
    named = {tag.name.strip().casefold(): tag for tag in reversed(forum.available_tags)}
    return {state: named[state] for state in STATES if state in named}
