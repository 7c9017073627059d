"""Accounts, members, roles and the application as they go over the wire."""

from __future__ import annotations

from antiphon.standin.discord.errors import Json
from antiphon.standin.discord.ids import timestamp
from antiphon.standin.discord.state import (
    Application,
    Member,
    Role,
    User,
    World,
)


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
    until = member.timed_out_until
    body: Json = {
        "roles": list(member.roles),
        "nick": member.nick,
        "avatar": None,
        "banner": None,
        "joined_at": timestamp(member.joined_at),
        "premium_since": None,
        "communication_disabled_until": until and timestamp(until),
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
        **({} if application.install_params is None else {"install_params": application.install_params}),
    }
