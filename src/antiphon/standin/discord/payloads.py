"""Objects as they go over the wire. Complete, since discord.py ends its client at the first missing field."""

from __future__ import annotations

from antiphon.standin.discord.errors import Json
from antiphon.standin.discord.ids import created_at, timestamp
from antiphon.standin.discord.permissions import permissions_in
from antiphon.standin.discord.state import (
    CATEGORY,
    FORUM,
    HAS_THREAD,
    PRIVATE_THREAD,
    SUPPRESS_EMBEDS,
    VOICE,
    Application,
    Channel,
    Guild,
    Member,
    Message,
    Role,
    ThreadInfo,
    User,
    Webhook,
    World,
)

COUNT_STOPS_AT = 50  # D resources/channel: member_count of a thread stops counting at 50


def user_json(user: User) -> Json:
    body: Json = {
        "id": user.id,
        "username": user.name,
        "discriminator": "0",
        "global_name": user.display_name,
        "avatar": None,
        "avatar_decoration_data": None,
        "collectibles": None,
        "primary_guild": None,
        "banner": None,
        "accent_color": None,
        "public_flags": 0,
        "flags": 0,
    }
    if user.bot:
        body["bot"] = True
    return body


def own_user_json(user: User) -> Json:
    return user_json(user) | {
        "mfa_enabled": False,
        "locale": "en-US",
        "verified": True,
        "email": None,
        "premium_type": 0,
    }


def member_json(member: Member, user: User | None = None) -> Json:
    """A member; inside a message it comes without `user`."""
    body: Json = {
        "roles": list(member.roles),
        "nick": member.nick,
        "avatar": None,
        "banner": None,
        "joined_at": timestamp(member.joined_at),
        "premium_since": None,
        "communication_disabled_until": None,
        "flags": 0,
        "pending": False,
        "deaf": False,
        "mute": False,
    }
    if user is not None:
        body["user"] = user_json(user)
    return body


def role_json(role: Role) -> Json:
    body: Json = {
        "id": role.id,
        "name": role.name,
        "description": None,
        "permissions": str(role.permissions),
        "position": role.position,
        "color": role.color,
        "colors": {"primary_color": role.color, "secondary_color": None, "tertiary_color": None},
        "hoist": role.hoist,
        "managed": role.managed_by is not None,
        "mentionable": role.mentionable,
        "icon": None,
        "unicode_emoji": None,
        "flags": 0,
    }
    if role.managed_by is not None:
        body["tags"] = {"bot_id": role.managed_by}
    return body


def channel_json(world: World, channel: Channel, viewer: str | None = None) -> Json:
    """Any channel. For a thread, `viewer` decides whether `member` (the viewer's own membership) is there."""
    if channel.thread is not None:
        return thread_json(channel, channel.thread, viewer)
    body: Json = {"id": channel.id, "type": channel.type, "flags": channel.flags}
    if channel.guild_id is None:
        others = [user_json(world.users[u]) for u in channel.recipients if u != viewer]
        return body | {"last_message_id": channel.last_message_id, "recipients": others}
    body |= {
        "name": channel.name,
        "guild_id": channel.guild_id,
        "position": channel.position,
        "parent_id": channel.parent_id,
        "permission_overwrites": [
            {"id": o.id, "type": o.type, "allow": str(o.allow), "deny": str(o.deny)}
            for o in channel.overwrites.values()
        ],
    }
    if channel.type == CATEGORY:
        return body
    body |= {
        "topic": channel.topic,
        "nsfw": channel.nsfw,
        "last_message_id": channel.last_message_id,
        "rate_limit_per_user": channel.rate_limit_per_user,
        "default_auto_archive_duration": channel.default_auto_archive_duration,
    }
    if channel.last_pin_at is not None:
        body["last_pin_timestamp"] = timestamp(channel.last_pin_at)
    if channel.type == VOICE:
        body |= {"bitrate": 64_000, "user_limit": 0, "rtc_region": None}
    if channel.type == FORUM:
        body |= {
            "available_tags": channel.tags,
            "default_reaction_emoji": None,
            "default_sort_order": None,
            "default_forum_layout": 0,
            "template": "",
        }
    return body


def thread_json(channel: Channel, thread: ThreadInfo, viewer: str | None = None) -> Json:
    body: Json = {
        "id": channel.id,
        "type": channel.type,
        "guild_id": channel.guild_id,
        "parent_id": channel.parent_id,
        "owner_id": thread.owner_id,
        "name": channel.name,
        "last_message_id": channel.last_message_id,
        "rate_limit_per_user": channel.rate_limit_per_user,
        "message_count": thread.message_count,
        "total_message_sent": thread.total_message_sent,
        "member_count": min(len(thread.members), COUNT_STOPS_AT),
        "flags": channel.flags,
        "thread_metadata": {
            "archived": thread.archived,
            "archive_timestamp": timestamp(thread.archive_timestamp),
            "auto_archive_duration": thread.auto_archive_duration,
            "locked": thread.locked,
            "create_timestamp": timestamp(thread.created_at),
        },
    }
    if channel.type == PRIVATE_THREAD:
        body["thread_metadata"]["invitable"] = thread.invitable
    if thread.applied_tags:
        body["applied_tags"] = list(thread.applied_tags)
    if viewer is not None and viewer in thread.members:
        body["member"] = thread_member_json(channel.id, viewer, thread)
    return body


def thread_member_json(thread_id: str, user_id: str, thread: ThreadInfo) -> Json:
    return {
        "id": thread_id,
        "user_id": user_id,
        "join_timestamp": timestamp(thread.members[user_id]),
        "flags": 0,
        "muted": False,
        "mute_config": None,
    }


def webhook_json(world: World, webhook: Webhook, *, with_user: bool = True) -> Json:
    body: Json = {
        "id": webhook.id,
        "type": 1,
        "guild_id": webhook.guild_id,
        "channel_id": webhook.channel_id,
        "name": webhook.name,
        "avatar": webhook.avatar,
        "application_id": webhook.application_id,
        "token": webhook.token,
    }
    if with_user:
        body["user"] = user_json(world.users[webhook.user_id])
    return body


def application_json(world: World, application: Application, *, guild_count: int) -> Json:
    owner = user_json(world.users[application.owner_id])
    return {
        "id": application.id,
        "name": application.name,
        "icon": None,
        "description": "",
        "type": None,
        "bot": user_json(world.bot),
        "bot_public": True,
        "bot_require_code_grant": False,
        "owner": owner,
        "team": None,
        "flags": application.flags,
        "flags_new": str(application.flags),
        "eligible_oauth2_scopes": [],
        "verify_key": "0" * 64,
        "summary": "",
        "hook": True,
        "tags": [],
        "redirect_uris": [],
        "rpc_origins": [],
        "interactions_endpoint_url": None,
        "role_connections_verification_url": None,
        "explicit_content_filter": 0,
        "approximate_guild_count": guild_count,
        "approximate_user_install_count": 0,
        "approximate_user_authorization_count": 0,
        "integration_types_config": {"0": {}},
    }


def emoji_user_ids(message: Message, key: str) -> list[str]:
    reaction = message.reactions.get(key)
    return [] if reaction is None else reaction.users


def _reactions(message: Message, viewer: str | None) -> list[Json]:
    return [
        {
            "emoji": reaction.emoji,
            "count": len(reaction.users),
            "count_details": {"burst": 0, "normal": len(reaction.users)},
            "burst_colors": [],
            "me": viewer in reaction.users,
            "me_burst": False,
            "burst_me": False,
            "burst_count": 0,
        }
        for reaction in message.reactions.values()
    ]


def author_json(world: World, message: Message) -> Json:
    return message.webhook_author or user_json(world.users[message.author])


def message_json(world: World, message: Message, viewer: str | None = None, *, depth: int = 0) -> Json:
    """A message as REST gives it. `viewer` decides `me` in reactions. A reply carries what it replies to."""
    body: Json = {
        "id": message.id,
        "channel_id": message.channel_id,
        "type": message.type,
        "content": message.content,
        "author": author_json(world, message),
        "timestamp": timestamp(created_at(message.id)),
        "edited_timestamp": None if message.edited_at is None else timestamp(message.edited_at),
        "tts": message.tts,
        "mention_everyone": message.mention_everyone,
        "mentions": [user_json(world.users[u]) for u in message.mentions],
        "mention_roles": list(message.mention_roles),
        "attachments": list(message.attachments),
        "embeds": [] if message.flags & SUPPRESS_EMBEDS else list(message.embeds),
        "components": list(message.components),
        "pinned": message.pinned_at is not None,
        "flags": message.flags,
    }
    if message.reactions:
        body["reactions"] = _reactions(message, viewer)
    if message.stickers:
        body["sticker_items"] = message.stickers
    if message.poll is not None:
        body["poll"] = message.poll
    if message.webhook_author is not None:
        body["webhook_id"] = message.author
    if message.application_id is not None:
        body["application_id"] = message.application_id
    if message.interaction is not None:
        body["interaction_metadata"] = message.interaction
    if message.reference is not None:
        body["message_reference"] = message.reference
        if message.snapshots:
            body["message_snapshots"] = message.snapshots
        elif message.type in (19, 21) and depth == 0:
            body["referenced_message"] = _referenced(world, message.reference, viewer)
    if message.flags & HAS_THREAD and (thread := world.channels.get(message.id)):
        body["thread"] = channel_json(world, thread, viewer)
    return body


def _referenced(world: World, reference: Json, viewer: str | None) -> Json | None:
    channel = world.channels.get(reference["channel_id"])
    target = None if channel is None else channel.messages.get(reference.get("message_id", ""))
    return None if target is None else message_json(world, target, viewer, depth=1)


def message_event(
    world: World, channel: Channel, message: Message, viewer: str | None = None, *, created: bool = False
) -> Json:
    """A message as the gateway gives it: with guild_id, the author's `member` and members of those mentioned.

    The nonce is shown only when the message is `created`, there and in the answer to the one who sent it.
    """
    body = message_json(world, message, viewer)
    body["channel_type"] = channel.type
    if created and message.nonce is not None:
        body["nonce"] = message.nonce
    if channel.guild_id is None:
        return body
    guild = world.guilds[channel.guild_id]
    body["guild_id"] = guild.id
    if message.webhook_author is None and (member := guild.members.get(message.author)):
        body["member"] = member_json(member)
    for mention in body["mentions"]:
        if member := guild.members.get(mention["id"]):
            mention["member"] = member_json(member)
    return body


def without_content(body: Json) -> Json:
    """What an app without the message content intent is shown (D events/gateway, "Message Content Intent")."""
    gated: Json = body | {"content": "", "embeds": [], "attachments": [], "components": []}
    gated.pop("poll", None)
    return gated


def guild_json(guild: Guild) -> Json:
    """The guild itself, as GET /guilds/:id gives it."""
    return {
        "id": guild.id,
        "name": guild.name,
        "icon": None,
        "description": None,
        "home_header": None,
        "splash": None,
        "discovery_splash": None,
        "features": [],
        "banner": None,
        "owner_id": guild.owner_id,
        "application_id": None,
        "region": "us-central",
        "afk_channel_id": None,
        "afk_timeout": 300,
        "system_channel_id": None,
        "system_channel_flags": 0,
        "widget_enabled": False,
        "widget_channel_id": None,
        "verification_level": 0,
        "default_message_notifications": 1,
        "mfa_level": 0,
        "explicit_content_filter": 0,
        "max_presences": None,
        "max_members": 500_000,
        "max_stage_video_channel_users": 50,
        "max_video_channel_users": 25,
        "vanity_url_code": None,
        "premium_tier": 0,
        "premium_subscription_count": 0,
        "preferred_locale": "en-US",
        "rules_channel_id": None,
        "safety_alerts_channel_id": None,
        "public_updates_channel_id": None,
        "premium_progress_bar_enabled": False,
        "nsfw": False,
        "nsfw_level": 0,
        "roles": [role_json(role) for role in guild.roles.values()],
        "emojis": [],
        "stickers": [],
        "incidents_data": None,
    }


def guild_create(world: World, guild: Guild, viewer: User, *, everyone: bool) -> Json:
    """GUILD_CREATE: with channels, the active threads that the viewer can see, and members.

    An app without the presences intent finds only itself among the members (D events/gateway-events,
    "Guild Create"); `everyone` says otherwise.
    """
    shown = guild.members.values() if everyone else (guild.members[viewer.id],)
    members = [member_json(m, world.users[m.user_id]) for m in shown]
    return guild_json(guild) | {
        "joined_at": timestamp(guild.members[viewer.id].joined_at),
        "large": False,
        "unavailable": False,
        "member_count": len(guild.members),
        "voice_states": [],
        "members": members,
        "channels": [channel_json(world, c) for c in world.guild_channels(guild.id)],
        "threads": [
            thread_json(c, t, viewer.id)
            for c, t in world.threads(guild.id)
            if not t.archived and permissions_in(world, c, viewer.id)
        ],
        "presences": [],
        "stage_instances": [],
        "guild_scheduled_events": [],
        "soundboard_sounds": [],
    }
