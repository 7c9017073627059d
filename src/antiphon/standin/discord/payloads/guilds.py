"""The guild as it goes over the wire."""

from __future__ import annotations

from antiphon.standin.discord.errors import Json
from antiphon.standin.discord.ids import timestamp
from antiphon.standin.discord.payloads.channels import channel_json, thread_json
from antiphon.standin.discord.payloads.stickers import sticker_json
from antiphon.standin.discord.payloads.users import member_json, role_json
from antiphon.standin.discord.permissions import permissions_in
from antiphon.standin.discord.state import (
    Guild,
    User,
    World,
)


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
        "stickers": [sticker_json(sticker) for sticker in guild.stickers.values()],
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
