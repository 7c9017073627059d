"""Channels, threads and webhooks as they go over the wire."""

from __future__ import annotations

from antiphon.standin.discord.errors import Json
from antiphon.standin.discord.ids import timestamp
from antiphon.standin.discord.payloads.users import user_json
from antiphon.standin.discord.state import (
    CATEGORY,
    PRIVATE_THREAD,
    VOCAL,
    Channel,
    ThreadInfo,
    Webhook,
    World,
)

COUNT_STOPS_AT = 50  # D resources/channel: member_count of a thread stops counting at 50


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
        "default_thread_rate_limit_per_user": channel.default_thread_rate_limit_per_user,
    }
    if channel.last_pin_at is not None:
        body["last_pin_timestamp"] = timestamp(channel.last_pin_at)
    if channel.type in VOCAL:
        body |= {"bitrate": 64_000, "user_limit": 0, "rtc_region": None}
    if channel.forum is not None:
        body |= {
            "available_tags": list(channel.forum.tags),
            "default_reaction_emoji": channel.forum.default_reaction_emoji,
            "default_sort_order": channel.forum.default_sort_order,
            "default_forum_layout": channel.forum.default_forum_layout,
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
    if thread.applied_tags is not None:
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
