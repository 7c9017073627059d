"""Routes of accounts and the application: login, direct messages, the developer portal's switches."""

from __future__ import annotations

import secrets

from antiphon.standin.discord.backend import Backend
from antiphon.standin.discord.errors import Form, Json, refusal
from antiphon.standin.discord.payloads.channels import channel_json
from antiphon.standin.discord.payloads.guilds import guild_json
from antiphon.standin.discord.payloads.users import application_json, own_user_json, user_json
from antiphon.standin.discord.permissions import guild_permissions
from antiphon.standin.discord.router import BOT, PERSON, TOKEN, Route
from antiphon.standin.discord.state import DM, Channel
from antiphon.standin.discord.wire import Call, Fields, as_id, ids


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
    Route("GET", "/applications/:application", get_application_as_owner),
    Route("PATCH", "/applications/:application", modify_application, who=PERSON),
    Route("POST", "/applications/:application/bot/reset", reset_token, who=PERSON),
    Route("GET", "/gateway", get_gateway, who=TOKEN),
    Route("GET", "/gateway/bot", get_gateway_bot, who=BOT),
)
