"""What the bot must be allowed in a project's channel, by Discord's own names: one table. Pure.

A feature that needs another permission adds a row; README's invitation and the local Discord's bot role are held to it
(tests/pure/test_channel_permissions.py). May not know discord.py: whoever asks Discord brings the bits.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from antiphon.core.values import PlaceId


@dataclass(frozen=True, slots=True)
class Permission:
    """`name`: as Discord's settings call it; `purpose`: what it is needed for; `required`: nothing works without it,
    else only that feature is missing."""

    name: str
    bit: int
    purpose: str
    required: bool = True


VIEW_CHANNELS = Permission("View Channels", 1 << 10, "to read messages")
READ_MESSAGE_HISTORY = Permission("Read Message History", 1 << 16, "to catch up on messages that it missed")
SEND_MESSAGES = Permission("Send Messages", 1 << 11, "to write in the channel")
SEND_MESSAGES_IN_THREADS = Permission("Send Messages in Threads", 1 << 38, "to answer")
CREATE_PUBLIC_THREADS = Permission("Create Public Threads", 1 << 35, "to open a thread for each session")
ADD_REACTIONS = Permission("Add Reactions", 1 << 6, "to mark messages with how they stand", required=False)
ATTACH_FILES = Permission("Attach Files", 1 << 15, "to post files, tables and long answers", required=False)

PIN_MESSAGES = Permission("Pin Messages", 1 << 51, "to pin the board", required=False)
# Not asked for by the invitation: it shows the bot all private threads. Without it a forum's posts keep their tags.
MANAGE_THREADS = Permission("Manage Threads", 1 << 34, "to keep the tags of posts", required=False)

PERMISSIONS = (
    *(VIEW_CHANNELS, READ_MESSAGE_HISTORY, SEND_MESSAGES, SEND_MESSAGES_IN_THREADS, CREATE_PUBLIC_THREADS),
    *(ADD_REACTIONS, ATTACH_FILES),
)
# What is not needed in a channel, by how people talk to Claude in it (chat/channels.py).
NEEDLESS: Mapping[str, Collection[Permission]] = {
    "threads": (),
    "posts": (CREATE_PUBLIC_THREADS,),
    "conversation": (CREATE_PUBLIC_THREADS, SEND_MESSAGES_IN_THREADS),
}
# Manage Channels, Manage Messages, Manage Threads, Bypass Slowmode: whoever has one of them waits for no slow mode.
SLOWMODE_EXEMPT = 1 << 4 | 1 << 13 | 1 << 34 | 1 << 52
# What the invitation asks for; that one is missed by the board alone, which says so itself.
INVITED_WITH = sum(one.bit for one in (*PERMISSIONS, PIN_MESSAGES))


@dataclass(frozen=True, slots=True)
class Missing:
    """Permissions that the bot does not have in a channel. `by_roles`: those that no role of its gives it;
    `by_channel`: those that a role gives, and the channel's own permissions deny. `role`: the bot's own one."""

    channel: PlaceId
    name: str
    server: str
    role: str
    by_roles: tuple[Permission, ...] = ()
    by_channel: tuple[Permission, ...] = ()

    @property
    def required(self) -> bool:
        """Whether the bridge cannot work there as it is."""
        return any(one.required for one in (*self.by_roles, *self.by_channel))


@dataclass(frozen=True, slots=True)
class Unseen:
    """A channel of a project that Discord does not tell the bot of."""

    channel: PlaceId
    project: str
    required = True


@dataclass(frozen=True, slots=True)
class Unsupported:
    """A channel of a project that is of a kind ("category") in which nobody can talk to Claude."""

    channel: PlaceId
    name: str
    project: str
    kind: str
    required = True


@dataclass(frozen=True, slots=True)
class Slowed:
    """A channel in which all talk with Claude is, and where the bot may write only every so many seconds."""

    channel: PlaceId
    name: str
    seconds: int
    required = False


@dataclass(frozen=True, slots=True)
class NoThread:
    """Why no thread can be made in a channel. `code`: Discord's error code (0: it answers with none); `lacking`: the
    permissions that the bot does not have there."""

    channel: PlaceId
    code: int = 0
    lacking: tuple[Permission, ...] = ()


SERVER_FULL = frozenset({160006, 160007})  # Discord's error codes: a server has as many active threads as it may have

Obstacle = Missing | Unseen | Unsupported | Slowed


def missing(granted: int, needless: Collection[Permission] = ()) -> tuple[Permission, ...]:
    """What is not among the bits of a channel, and is not `needless` there. What only follows from something else is
    left out: without sight there is nothing else, and features are told where all that is required is there."""
    if not granted & VIEW_CHANNELS.bit:
        return (VIEW_CHANNELS,)
    lacking = tuple(one for one in PERMISSIONS if not granted & one.bit and one not in needless)
    return tuple(one for one in lacking if one.required) or lacking


def readable(granted: int) -> bool:
    """Whether messages of a channel with these bits are told, and can be fetched. Discord answers a look at the history
    that is not allowed with no messages (Get Channel Messages), which says nothing."""
    both = VIEW_CHANNELS.bit | READ_MESSAGE_HISTORY.bit
    return granted & both == both
