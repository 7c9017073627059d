"""Routes of stickers: a guild's own, and the packs that Discord offers everybody (D resources/sticker)."""

from __future__ import annotations

from antiphon.standin.discord.backend import Backend
from antiphon.standin.discord.errors import Form, Json, refusal
from antiphon.standin.discord.payloads.stickers import pack_json, sticker_json
from antiphon.standin.discord.permissions import (
    CREATE_GUILD_EXPRESSIONS,
    MANAGE_GUILD_EXPRESSIONS,
    guild_permissions,
    require_in_guild,
)
from antiphon.standin.discord.router import Route
from antiphon.standin.discord.state import Guild, Sticker
from antiphon.standin.discord.wire import Call, Fields, Reply

_PNG, _APNG, _GIF = 1, 2, 4
_KINDS = {_PNG: ("png", "image/png"), _APNG: ("png", "image/apng"), _GIF: ("gif", "image/gif")}


def get_sticker(backend: Backend, call: Call) -> Json:
    return sticker_json(backend.world.sticker(call.args["sticker"]))


def list_packs(backend: Backend, call: Call) -> Json:
    return {"sticker_packs": [pack_json(backend.world, pack) for pack in backend.world.sticker_packs.values()]}


def get_pack(backend: Backend, call: Call) -> Json:
    pack = backend.world.sticker_packs.get(call.args["pack"])
    if pack is None:
        raise refusal(10061)
    return pack_json(backend.world, pack)


def _guild(backend: Backend, call: Call, needed: int = 0) -> Guild:
    guild = backend.world.guild(call.args["guild"])
    require_in_guild(guild, call.actor, needed)
    return guild


def _shown(backend: Backend, guild: Guild, call: Call, sticker: Sticker) -> Json:
    """Who made it is shown to those alone who may make some themselves."""
    creates = guild_permissions(guild, call.actor.id) & (CREATE_GUILD_EXPRESSIONS | MANAGE_GUILD_EXPRESSIONS)
    return sticker_json(sticker, backend.world if creates else None)


def list_stickers(backend: Backend, call: Call) -> list[Json]:
    guild = _guild(backend, call)
    return [_shown(backend, guild, call, sticker) for sticker in guild.stickers.values()]


def _find(guild: Guild, call: Call) -> Sticker:
    sticker = guild.stickers.get(call.args["sticker"])
    if sticker is None:
        raise refusal(10060)
    return sticker


def get_guild_sticker(backend: Backend, call: Call) -> Json:
    guild = _guild(backend, call)
    return _shown(backend, guild, call, _find(guild, call))


def _fill(sticker: Sticker, body: Json, *, required: bool) -> None:
    form = Form()
    fields = Fields(body, form)
    name = fields.text("name", 30, shortest=2, required=required)
    tags = fields.text("tags", 200, shortest=1, required=required)
    description = fields.text("description", 100)
    form.finish()
    sticker.name = name or sticker.name
    sticker.tags = tags or sticker.tags
    sticker.description = (description or None) if "description" in body else sticker.description


def _kind(data: bytes) -> int:
    """The format of a picture. Lottie is only for verified servers, which this one is not."""
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return _APNG if b"acTL" in data[:1024] else _PNG
    if data.startswith(b"GIF8"):
        return _GIF
    raise refusal(50046)


def create_sticker(backend: Backend, call: Call) -> Reply:
    guild = _guild(backend, call, CREATE_GUILD_EXPRESSIONS)
    if len(guild.stickers) >= backend.limits.stickers:
        raise refusal(30039)
    sticker = Sticker(backend.snowflakes.next(), "", None, "", _PNG, call.actor.id, guild.id)
    _fill(sticker, call.form(), required=True)
    if len(call.uploads) != 1:
        raise refusal(50046)
    data = call.uploads[0].data
    if len(data) > backend.limits.sticker_bytes:
        raise refusal(50045)
    sticker.format_type = _kind(data)
    backend.files.keep_sticker(sticker.id, *_KINDS[sticker.format_type], data)
    guild.stickers[sticker.id] = sticker
    _tell(backend, guild)
    return Reply(201, sticker_json(sticker, backend.world))


def _changeable(backend: Backend, call: Call) -> tuple[Guild, Sticker]:
    """One's own with either right, another's with the greater one."""
    guild = _guild(backend, call)
    sticker = _find(guild, call)
    bits = guild_permissions(guild, call.actor.id)
    own = sticker.user_id == call.actor.id
    if not bits & (MANAGE_GUILD_EXPRESSIONS | (CREATE_GUILD_EXPRESSIONS if own else 0)):
        raise refusal(50013)
    return guild, sticker


def modify_sticker(backend: Backend, call: Call) -> Json:
    guild, sticker = _changeable(backend, call)
    _fill(sticker, call.form(), required=False)
    _tell(backend, guild)
    return sticker_json(sticker, backend.world)


def delete_sticker(backend: Backend, call: Call) -> None:
    guild, sticker = _changeable(backend, call)
    del guild.stickers[sticker.id]
    _tell(backend, guild)


def _tell(backend: Backend, guild: Guild) -> None:
    body: Json = {"guild_id": guild.id, "stickers": [sticker_json(one) for one in guild.stickers.values()]}
    backend.gateway.to_guild(guild.id, "GUILD_STICKERS_UPDATE", body)


_GUILDS, _ONE = "/guilds/:guild/stickers", "/guilds/:guild/stickers/:sticker"
ROUTES = (
    Route("GET", "/stickers/:sticker", get_sticker),
    Route("GET", "/sticker-packs", list_packs),
    Route("GET", "/sticker-packs/:pack", get_pack),
    Route("GET", _GUILDS, list_stickers),
    Route("POST", _GUILDS, create_sticker),
    Route("GET", _ONE, get_guild_sticker),
    Route("PATCH", _ONE, modify_sticker),
    Route("DELETE", _ONE, delete_sticker),
)
