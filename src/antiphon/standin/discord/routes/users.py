"""Routes of accounts and the application: login, direct messages, the developer portal's switches."""

from __future__ import annotations

import secrets

from antiphon.standin.discord import permissions
from antiphon.standin.discord.backend import Backend
from antiphon.standin.discord.errors import Form, Json, refusal
from antiphon.standin.discord.payloads.channels import channel_json
from antiphon.standin.discord.payloads.guilds import guild_json
from antiphon.standin.discord.payloads.users import application_json, own_user_json, user_json
from antiphon.standin.discord.permissions import guild_permissions, require_in_guild
from antiphon.standin.discord.router import BOT, PERSON, TOKEN, Route
from antiphon.standin.discord.routes.guilds import join
from antiphon.standin.discord.rules.threads import rights_change
from antiphon.standin.discord.state import DM, Channel, Role
from antiphon.standin.discord.wire import Call, Fields, as_id, as_object, ids

# Switches that a bot may turn itself: GATEWAY_PRESENCE_LIMITED, GUILD_MEMBERS_LIMITED, MESSAGE_CONTENT_LIMITED.
_LIMITED_INTENTS = 1 << 13 | 1 << 15 | 1 << 19


def get_me(backend: Backend, call: Call) -> Json:
    return own_user_json(call.actor)


def modify_me(backend: Backend, call: Call) -> Json:
    form = Form()
    name = Fields(call.form(), form).text("username", 32, shortest=2)
    form.finish()
    call.actor.name = name or call.actor.name
    backend.gateway.to_user(call.actor.id, "USER_UPDATE", own_user_json(call.actor))
    return own_user_json(call.actor)


def get_user(backend: Backend, call: Call) -> Json:
    return user_json(backend.world.user(call.args["user"]))


def my_guilds(backend: Backend, call: Call) -> list[Json]:
    found = [g for g in backend.world.guilds.values() if call.actor.id in g.members]
    kept = ("id", "name", "icon", "banner", "features")
    return [
        {key: guild_json(guild)[key] for key in kept}
        | {
            "owner": guild.owner_id == call.actor.id,
            "permissions": str(guild_permissions(guild, call.actor.id)),
        }
        for guild in found
    ]


def open_dm(backend: Backend, call: Call) -> Json:
    """The direct channel with somebody; asking again gives the same one."""
    world, me = backend.world, call.actor
    body = call.form()
    wanted = (
        [as_id(body["recipient_id"], "recipient_id")]
        if "recipient_id" in body
        else ids(body.get("recipients"), "recipients")
    )
    if len(wanted) != 1 or wanted[0] == me.id:
        raise refusal(50033)
    other = world.user(wanted[0])
    if other.bot and me.bot:
        raise refusal(50007)
    pair = {me.id, other.id}
    found = next((c for c in world.channels.values() if c.type == DM and set(c.recipients) == pair), None)
    if found is None:
        found = Channel(backend.snowflakes.next(), DM, recipients=(me.id, other.id))
        world.channels[found.id] = found
        for user_id in found.recipients:
            if not world.users[user_id].bot:
                backend.gateway.to_user(user_id, "CHANNEL_CREATE", channel_json(world, found, user_id))
    return channel_json(world, found, me.id)


def my_dms(backend: Backend, call: Call) -> list[Json]:
    found = [c for c in backend.world.channels.values() if call.actor.id in c.recipients]
    return [channel_json(backend.world, c, call.actor.id) for c in found]


def modify_settings(backend: Backend, call: Call) -> Json:
    """A person's privacy settings: `restricted_guilds` may not write to them directly."""
    wanted = ids(call.form().get("restricted_guilds"), "restricted_guilds")
    call.actor.closed_to = {backend.world.guild(guild_id).id for guild_id in wanted}
    return {"restricted_guilds": wanted}


def _application(backend: Backend) -> Json:
    bot = backend.world.application.bot_id
    joined = sum(1 for g in backend.world.guilds.values() if bot in g.members)
    return application_json(backend.world, backend.world.application, guild_count=joined)


def get_application(backend: Backend, call: Call) -> Json:
    return _application(backend)


def get_application_as_owner(backend: Backend, call: Call) -> Json:
    _require_owner(backend, call)
    return _application(backend)


def _require_owner(backend: Backend, call: Call) -> None:
    application = backend.world.application
    if call.args["application"] != application.id:
        raise refusal(10002)
    if call.actor.id not in (application.owner_id, application.bot_id):
        raise refusal(50001)


def modify_application(backend: Backend, call: Call) -> Json:
    """The developer portal: its owner switches privileged intents on and off (`flags`)."""
    _require_owner(backend, call)
    form = Form()
    flags = Fields(call.form(), form).number("flags", 0, 1 << 25)
    form.finish()
    if flags is not None:
        backend.world.application.flags = flags
    return _application(backend)


def modify_own_application(backend: Backend, call: Call) -> Json:
    """What a bot may change of its application: the switches of privileged intents as small apps have them, and what
    its plain invitation asks for (D resources/application, "Edit Current Application")."""
    body, form, application = call.form(), Form(), backend.world.application
    flags = Fields(body, form).number("flags", 0, 1 << 30)
    params = as_object(body["install_params"], "install_params") if body.get("install_params") is not None else None
    if params is not None:
        scopes, bits = params.get("scopes"), params.get("permissions")
        if not isinstance(scopes, list) or not isinstance(bits, str) or not bits.isdigit():
            form.add("install_params", "BASE_TYPE_REQUIRED", "This field is required")
    if flags is not None and (flags ^ application.flags) & ~_LIMITED_INTENTS:
        form.add("flags", "BASE_TYPE_CHOICES", "Only limited intent flags can be changed.")  # U: in which words
    form.finish()
    application.flags = application.flags if flags is None else flags
    application.install_params = params or application.install_params
    return _application(backend)


def authorize(backend: Backend, call: Call) -> Json:
    """Somebody takes an invitation: the bot joins a server of theirs, with a role of its own that has what the link
    asks for (and what they have left in it). U: the answer; Discord's client follows its `location`."""
    application, query, body = backend.world.application, call.query, call.form()
    scopes = query.get("scope", "").split()
    if query.get("client_id") != application.id or "bot" not in scopes:
        raise refusal(10002)
    guild = backend.world.guild(as_id(body.get("guild_id"), "guild_id"))
    require_in_guild(guild, call.actor, permissions.MANAGE_GUILD)
    form = Form()
    bits = Fields(body, form).number("permissions", 0, permissions.ALL)
    form.finish()
    asked = int(query.get("permissions", "0")) if bits is None else bits
    bot = application.bot_id
    role = next((one for one in guild.roles.values() if one.managed_by == bot), None)
    if role is None:
        role = Role(backend.snowflakes.next(), application.name, 0, 1, managed_by=bot)
        guild.roles[role.id] = role
    with rights_change(backend, backend.world.guild_channels(guild.id)):
        role.permissions = asked
    if bot not in guild.members:
        join(backend, guild, backend.world.users[bot])
    return {"location": "https://discord.com/oauth2/authorized"}


def reset_token(backend: Backend, call: Call) -> Json:
    """The developer portal's "Reset Token": the old one is worthless from now on."""
    _require_owner(backend, call)
    backend.world.bot.token = f"standin.reset.{secrets.token_hex(8)}"
    return {"token": backend.world.bot.token}


def get_gateway(backend: Backend, call: Call) -> Json:
    return {"url": backend.gateway.url}


def get_gateway_bot(backend: Backend, call: Call) -> Json:
    gateway, limits = backend.gateway, backend.limits
    return {
        "url": gateway.url,
        "shards": 1,
        "session_start_limit": {
            "total": limits.identifies_per_day,
            "remaining": gateway.identifies_left(),
            "reset_after": gateway.identifies_reset_after(),
            "max_concurrency": limits.max_concurrency,
        },
    }


ROUTES = (
    Route("GET", "/users/@me", get_me),
    Route("PATCH", "/users/@me", modify_me),
    Route("GET", "/users/:user", get_user),
    Route("GET", "/users/@me/guilds", my_guilds),
    Route("POST", "/users/@me/channels", open_dm),
    Route("GET", "/users/@me/channels", my_dms, who=PERSON),
    Route("PATCH", "/users/@me/settings", modify_settings, who=PERSON),
    Route("GET", "/oauth2/applications/@me", get_application, who=BOT),
    Route("GET", "/applications/@me", get_application, who=BOT),
    Route("PATCH", "/applications/@me", modify_own_application, who=BOT),
    Route("POST", "/oauth2/authorize", authorize, who=PERSON),
    Route("GET", "/applications/:application", get_application_as_owner),
    Route("PATCH", "/applications/:application", modify_application, who=PERSON),
    Route("POST", "/applications/:application/bot/reset", reset_token, who=PERSON),
    Route("GET", "/gateway", get_gateway, who=TOKEN),
    Route("GET", "/gateway/bot", get_gateway_bot, who=BOT),
)
