"""The world as plain data: guild, members, channels, messages. No rules, no wire shapes, no I/O."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from antiphon.standin.discord.errors import Json, refusal
from antiphon.standin.discord.ids import Clock

TEXT, DM, VOICE, CATEGORY, ANNOUNCEMENT = 0, 1, 2, 4, 5
ANNOUNCEMENT_THREAD, PUBLIC_THREAD, PRIVATE_THREAD, STAGE, FORUM, MEDIA = 10, 11, 12, 13, 15, 16
THREAD_TYPES = frozenset({ANNOUNCEMENT_THREAD, PUBLIC_THREAD, PRIVATE_THREAD})
FORUMS = frozenset({FORUM, MEDIA})  # their messages are all in posts
PINNED = 1 << 1  # flag of a post: at the top of its forum
REQUIRE_TAG = 1 << 4  # flag of a forum: each post needs a tag
HIDE_DOWNLOADS = 1 << 15  # flag of a media channel, for clients
VOCAL = frozenset({VOICE, STAGE})
POSTABLE_TYPES = frozenset({TEXT, DM, ANNOUNCEMENT}) | VOCAL | THREAD_TYPES

CROSSPOSTED = 1 << 0
EPHEMERAL, SUPPRESS_EMBEDS, HAS_THREAD, LOADING = 1 << 6, 1 << 2, 1 << 5, 1 << 7
SUPPRESS_NOTIFICATIONS, VOICE_MESSAGE, HAS_SNAPSHOT, COMPONENTS_V2 = 1 << 12, 1 << 13, 1 << 14, 1 << 15


@dataclass(slots=True)
class User:
    id: str
    name: str
    token: str
    bot: bool = False
    display_name: str | None = None
    closed_to: set[str] = field(default_factory=set[str])
    """Guilds whose members may not write to this person directly."""


@dataclass(slots=True)
class Role:
    id: str
    name: str
    permissions: int
    position: int
    color: int = 0
    hoist: bool = False
    mentionable: bool = False
    managed_by: str | None = None


@dataclass(slots=True)
class Member:
    user_id: str
    joined_at: float
    roles: list[str] = field(default_factory=list[str])
    nick: str | None = None
    timed_out_until: float | None = None


@dataclass(slots=True)
class Overwrite:
    """Permissions of one role (type 0) or member (type 1) in one channel."""

    id: str
    type: int
    allow: int
    deny: int


@dataclass(slots=True)
class Reaction:
    emoji: Json
    users: list[str] = field(default_factory=list[str])


@dataclass(slots=True)
class Sticker:
    """One of a guild's, or (`pack_id`) one of those that Discord offers everybody. `format_type`: Discord's number."""

    id: str
    name: str
    description: str | None
    tags: str
    format_type: int
    user_id: str | None = None
    guild_id: str | None = None
    pack_id: str | None = None
    sort_value: int = 0


@dataclass(slots=True)
class StickerPack:
    id: str
    sku_id: str
    name: str
    description: str


@dataclass(slots=True)
class Poll:
    """`answers` are their `poll_media`, numbered from 1; `votes` has the ids of those who voted for each number."""

    question: str
    answers: list[Json]
    expires: float
    multiple: bool = False
    votes: dict[int, list[str]] = field(default_factory=dict[int, list[str]])
    ended: bool = False


@dataclass(slots=True)
class Message:
    """`author` is the user's id, or the webhook's id with `webhook_author` filled."""

    id: str
    channel_id: str
    author: str
    content: str = ""
    type: int = 0
    flags: int = 0
    embeds: list[Json] = field(default_factory=list[Json])
    components: list[Json] = field(default_factory=list[Json])
    attachments: list[Json] = field(default_factory=list[Json])
    stickers: list[Json] = field(default_factory=list[Json])
    poll: Poll | None = None
    mentions: list[str] = field(default_factory=list[str])
    mention_roles: list[str] = field(default_factory=list[str])
    mention_everyone: bool = False
    reactions: dict[str, Reaction] = field(default_factory=dict[str, Reaction])
    reference: Json | None = None
    snapshots: list[Json] = field(default_factory=list[Json])
    nonce: str | int | None = None
    tts: bool = False
    pinned_at: float | None = None
    edited_at: float | None = None
    webhook_author: Json | None = None
    application_id: str | None = None
    interaction: Json | None = None
    ephemeral_for: str | None = None
    old_edits: list[float] = field(default_factory=list[float])


@dataclass(slots=True)
class ThreadInfo:
    owner_id: str
    created_at: float
    archive_timestamp: float
    auto_archive_duration: int
    archived: bool = False
    locked: bool = False
    invitable: bool = True
    members: dict[str, float] = field(default_factory=dict[str, float])
    message_count: int = 0
    total_message_sent: int = 0
    applied_tags: list[str] | None = None
    """None where there are no tags: outside of forums."""


@dataclass(frozen=True, slots=True)
class ForumInfo:
    """What a forum has beyond other channels: its tags, and how its posts are shown unless somebody chooses."""

    tags: tuple[Json, ...] = ()
    default_reaction_emoji: Json | None = None
    default_sort_order: int | None = None
    default_forum_layout: int = 0


@dataclass(slots=True)
class Channel:
    id: str
    type: int
    name: str = ""
    guild_id: str | None = None
    position: int = 0
    parent_id: str | None = None
    topic: str | None = None
    nsfw: bool = False
    rate_limit_per_user: int = 0
    default_auto_archive_duration: int = 1440
    default_thread_rate_limit_per_user: int = 0
    overwrites: dict[str, Overwrite] = field(default_factory=dict[str, Overwrite])
    recipients: tuple[str, ...] = ()
    flags: int = 0
    forum: ForumInfo | None = None
    thread: ThreadInfo | None = None
    messages: dict[str, Message] = field(default_factory=dict[str, Message])
    last_message_id: str | None = None
    last_pin_at: float | None = None
    last_done: dict[str, float] = field(default_factory=dict[str, float])
    """When each person last did what slow mode spaces out."""
    nonces: dict[str, str] = field(default_factory=dict[str, str])

    @property
    def is_thread(self) -> bool:
        return self.thread is not None


@dataclass(slots=True)
class AutoModRule:
    """A keyword rule of automatic moderation. `actions` as they are shown."""

    id: str
    name: str
    creator_id: str
    enabled: bool = False
    keywords: tuple[str, ...] = ()
    allowed: tuple[str, ...] = ()
    actions: tuple[Json, ...] = ()
    exempt_roles: tuple[str, ...] = ()
    exempt_channels: tuple[str, ...] = ()


@dataclass(slots=True)
class Guild:
    """`clock` tells when a member's time-out is over."""

    id: str
    name: str
    owner_id: str
    clock: Clock = time.time
    roles: dict[str, Role] = field(default_factory=dict[str, Role])
    members: dict[str, Member] = field(default_factory=dict[str, Member])
    stickers: dict[str, Sticker] = field(default_factory=dict[str, Sticker])
    rules: dict[str, AutoModRule] = field(default_factory=dict[str, AutoModRule])


@dataclass(slots=True)
class Webhook:
    id: str
    token: str
    channel_id: str
    guild_id: str
    name: str
    user_id: str
    avatar: str | None = None
    application_id: str | None = None


@dataclass(slots=True)
class Interaction:
    """One press, command or submit, from the moment it is sent to the bot.

    `state` is the callback's type once answered. `original` is the message that the callback made or, for a
    component, the one it belongs to.
    """

    id: str
    token: str
    type: int
    user_id: str
    channel_id: str
    guild_id: str | None
    nonce: str
    data: Json
    created: float
    message: Message | None = None
    state: int | None = None
    failed: bool = False
    original: Message | None = None
    deferred: bool = False
    modal: Json | None = None
    own: set[str] = field(default_factory=set[str])


@dataclass(slots=True)
class Application:
    """`flags` hold the developer portal's switches for privileged intents; `install_params` what its plain invitation
    asks for."""

    id: str
    name: str
    owner_id: str
    bot_id: str
    flags: int
    install_params: Json | None = None


@dataclass(slots=True)
class World:
    """Everything that a local Discord knows. Looking something up by id raises Discord's own refusal.

    `harmful_hosts`: no message may link there.
    """

    application: Application
    users: dict[str, User] = field(default_factory=dict[str, User])
    guilds: dict[str, Guild] = field(default_factory=dict[str, Guild])
    channels: dict[str, Channel] = field(default_factory=dict[str, Channel])
    webhooks: dict[str, Webhook] = field(default_factory=dict[str, Webhook])
    commands: dict[str | None, dict[str, Json]] = field(default_factory=dict[str | None, dict[str, Json]])
    standard_stickers: dict[str, Sticker] = field(default_factory=dict[str, Sticker])
    sticker_packs: dict[str, StickerPack] = field(default_factory=dict[str, StickerPack])
    harmful_hosts: set[str] = field(default_factory=set[str])
    files: dict[str, tuple[str, bytes]] = field(default_factory=dict[str, tuple[str, bytes]])

    @property
    def bot(self) -> User:
        return self.users[self.application.bot_id]

    def channel(self, channel_id: str) -> Channel:
        channel = self.channels.get(channel_id)
        if channel is None:
            raise refusal(10003)
        return channel

    def guild(self, guild_id: str) -> Guild:
        guild = self.guilds.get(guild_id)
        if guild is None:
            raise refusal(10004)
        return guild

    def user(self, user_id: str) -> User:
        user = self.users.get(user_id)
        if user is None:
            raise refusal(10013)
        return user

    def member(self, guild: Guild, user_id: str) -> Member:
        member = guild.members.get(user_id)
        if member is None:
            raise refusal(10007 if user_id in self.users else 10013)
        return member

    def message(self, channel: Channel, message_id: str) -> Message:
        message = channel.messages.get(message_id)
        if message is None or message.ephemeral_for is not None:
            raise refusal(10008)
        return message

    def webhook(self, webhook_id: str) -> Webhook:
        webhook = self.webhooks.get(webhook_id)
        if webhook is None:
            raise refusal(10015)
        return webhook

    def sticker(self, sticker_id: str) -> Sticker:
        known = [self.standard_stickers, *(guild.stickers for guild in self.guilds.values())]
        found = next((stickers[sticker_id] for stickers in known if sticker_id in stickers), None)
        if found is None:
            raise refusal(10060)
        return found

    def guild_channels(self, guild_id: str) -> Iterator[Channel]:
        """Channels and categories, not threads."""
        return (c for c in self.channels.values() if c.guild_id == guild_id and c.thread is None)

    def threads(self, guild_id: str) -> Iterator[tuple[Channel, ThreadInfo]]:
        return ((c, c.thread) for c in self.channels.values() if c.guild_id == guild_id and c.thread is not None)

    def by_token(self, token: str) -> User | None:
        return next((user for user in self.users.values() if user.token == token), None)
