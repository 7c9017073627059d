"""Who may do what where: bits, overwrites and the two refusals (D topics/permissions)."""

from __future__ import annotations

from antiphon.standin.discord.errors import refusal
from antiphon.standin.discord.state import PRIVATE_THREAD, Channel, Guild, User, World

KICK_MEMBERS = 1 << 1
ADMINISTRATOR = 1 << 3
MANAGE_CHANNELS = 1 << 4
MANAGE_GUILD = 1 << 5
ADD_REACTIONS = 1 << 6
VIEW_CHANNEL = 1 << 10
SEND_MESSAGES = 1 << 11
MANAGE_MESSAGES = 1 << 13
EMBED_LINKS = 1 << 14
ATTACH_FILES = 1 << 15
READ_MESSAGE_HISTORY = 1 << 16
MENTION_EVERYONE = 1 << 17
USE_EXTERNAL_EMOJIS = 1 << 18
CHANGE_NICKNAME = 1 << 26
MANAGE_NICKNAMES = 1 << 27
MANAGE_ROLES = 1 << 28
MANAGE_WEBHOOKS = 1 << 29
MANAGE_GUILD_EXPRESSIONS = 1 << 30
USE_APPLICATION_COMMANDS = 1 << 31
MANAGE_THREADS = 1 << 34
CREATE_PUBLIC_THREADS = 1 << 35
CREATE_PRIVATE_THREADS = 1 << 36
USE_EXTERNAL_STICKERS = 1 << 37
SEND_MESSAGES_IN_THREADS = 1 << 38
MODERATE_MEMBERS = 1 << 40
CREATE_GUILD_EXPRESSIONS = 1 << 43
SEND_VOICE_MESSAGES = 1 << 46
SEND_POLLS = 1 << 49
PIN_MESSAGES = 1 << 51
BYPASS_SLOWMODE = 1 << 52
ALL = (1 << 53) - 1

EVERYONE_DEFAULT = (
    VIEW_CHANNEL
    | SEND_MESSAGES
    | SEND_MESSAGES_IN_THREADS
    | CREATE_PUBLIC_THREADS
    | CREATE_PRIVATE_THREADS
    | EMBED_LINKS
    | ATTACH_FILES
    | READ_MESSAGE_HISTORY
    | ADD_REACTIONS
    | USE_EXTERNAL_EMOJIS
    | USE_APPLICATION_COMMANDS
    | CHANGE_NICKNAME
    | SEND_VOICE_MESSAGES
    | SEND_POLLS
)
# What the README asks for in its invitation; tests/pure/test_channel_permissions.py holds it to that.
BOT_DEFAULT = (
    VIEW_CHANNEL
    | SEND_MESSAGES
    | SEND_MESSAGES_IN_THREADS
    | CREATE_PUBLIC_THREADS
    | READ_MESSAGE_HISTORY
    | ADD_REACTIONS
    | ATTACH_FILES
    | PIN_MESSAGES
)
# A bot that manages its server as well: what the rules here are tried with.
BOT_MANAGING = (
    EVERYONE_DEFAULT
    | MENTION_EVERYONE
    | MANAGE_CHANNELS
    | MANAGE_MESSAGES
    | MANAGE_ROLES
    | MANAGE_WEBHOOKS
    | MANAGE_THREADS
    | MODERATE_MEMBERS
    | PIN_MESSAGES
)
# D topics/permissions, "Permissions For Timed Out Members".
_TIMED_OUT = VIEW_CHANNEL | READ_MESSAGE_HISTORY
_IN_DM = (
    EVERYONE_DEFAULT & ~(CREATE_PUBLIC_THREADS | CREATE_PRIVATE_THREADS | SEND_MESSAGES_IN_THREADS)
) | PIN_MESSAGES


def guild_permissions(guild: Guild, user_id: str) -> int:
    """Bits of a member from roles alone; 0 for somebody who is not a member."""
    bits = _by_roles(guild, user_id)
    return bits & _TIMED_OUT if is_timed_out(guild, user_id) else bits


def _by_roles(guild: Guild, user_id: str) -> int:
    member = guild.members.get(user_id)
    if member is None:
        return 0
    if guild.owner_id == user_id:
        return ALL
    bits = guild.roles[guild.id].permissions
    for role_id in member.roles:
        bits |= guild.roles[role_id].permissions
    return ALL if bits & ADMINISTRATOR else bits


def is_timed_out(guild: Guild, user_id: str) -> bool:
    """Whether a member has to be silent for now; the owner and administrators never have."""
    member = guild.members.get(user_id)
    until = None if member is None else member.timed_out_until
    return until is not None and until > guild.clock() and _by_roles(guild, user_id) != ALL


def permissions_in(world: World, channel: Channel, user_id: str) -> int:
    """Bits in a channel: everyone's overwrite, then the roles', then the member's. Threads use their parent's."""
    if channel.guild_id is None:
        return _IN_DM if user_id in channel.recipients else 0
    guild = world.guilds[channel.guild_id]
    bits = guild_permissions(guild, user_id)
    if bits in (0, ALL):
        return bits
    thread = channel.thread
    place = channel if thread is None else world.channels[channel.parent_id or ""]
    overwrites = place.overwrites
    if overwrites:
        if everyone := overwrites.get(guild.id):
            bits = bits & ~everyone.deny | everyone.allow
        allow = deny = 0
        for role_id in guild.members[user_id].roles:
            if overwrite := overwrites.get(role_id):
                allow |= overwrite.allow
                deny |= overwrite.deny
        bits = bits & ~deny | allow
        if own := overwrites.get(user_id):
            bits = bits & ~own.deny | own.allow
        if is_timed_out(guild, user_id):
            bits &= _TIMED_OUT
    if (
        channel.type == PRIVATE_THREAD
        and thread is not None
        and user_id not in thread.members
        and not bits & MANAGE_THREADS
    ):
        return 0
    return bits if bits & VIEW_CHANNEL else 0


def require(world: World, channel: Channel, user: User, needed: int) -> int:
    """Returns the user's bits. Not seeing the channel is 403/50001, any other missing bit 403/50013."""
    bits = permissions_in(world, channel, user.id)
    if not bits & VIEW_CHANNEL:
        raise refusal(50001)
    if bits & needed != needed:
        raise refusal(50013)
    return bits


def require_not_timed_out(world: World, channel: Channel, user: User) -> None:
    """For what needs no right of its own, and yet is acting: reacting with what is there, voting."""
    guild = world.guilds.get(channel.guild_id or "")
    if guild is not None and is_timed_out(guild, user.id):
        raise refusal(50013)


def require_in_guild(guild: Guild, user: User, needed: int = 0) -> int:
    """The same for what belongs to the guild as a whole; somebody who is not in it gets 404/10004."""
    if user.id not in guild.members:
        raise refusal(10004)
    bits = guild_permissions(guild, user.id)
    if bits & needed != needed:
        raise refusal(50013)
    return bits
