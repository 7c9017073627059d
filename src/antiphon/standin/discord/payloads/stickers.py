"""Stickers as they go over the wire: whole, and as messages have them."""

from __future__ import annotations

from antiphon.standin.discord.errors import Json
from antiphon.standin.discord.payloads.users import user_json
from antiphon.standin.discord.state import Sticker, StickerPack, World

_STANDARD, _GUILD = 1, 2


def sticker_json(sticker: Sticker, world: World | None = None) -> Json:
    """A sticker; with the `world`, also who made it."""
    body: Json = {
        "id": sticker.id,
        "name": sticker.name,
        "description": sticker.description,
        "tags": sticker.tags,
        "format_type": sticker.format_type,
    }
    if sticker.guild_id is None:
        return body | {"type": _STANDARD, "pack_id": sticker.pack_id, "sort_value": sticker.sort_value}
    body |= {"type": _GUILD, "guild_id": sticker.guild_id, "available": True}
    if world is not None and sticker.user_id is not None:
        body["user"] = user_json(world.users[sticker.user_id])
    return body


def sticker_item_json(sticker: Sticker) -> Json:
    return {"id": sticker.id, "name": sticker.name, "format_type": sticker.format_type}


def pack_json(world: World, pack: StickerPack) -> Json:
    stickers = [one for one in world.standard_stickers.values() if one.pack_id == pack.id]
    return {
        "id": pack.id,
        "sku_id": pack.sku_id,
        "name": pack.name,
        "description": pack.description,
        "cover_sticker_id": stickers[0].id,
        "stickers": [sticker_json(one) for one in stickers],
    }
