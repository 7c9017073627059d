"""Limits of embeds (D resources/message, "Embed Limits"), measured after trimming."""

from __future__ import annotations

from typing import Any

from antiphon.standin.discord.errors import Form, Json
from antiphon.standin.discord.wire import Fields, as_object

TOTAL = 6000  # over all embeds of one message
COUNT = 10


def read_embeds(raw: list[Any], form: Form) -> list[Json]:
    """Embeds as Discord stores them; what is wrong is noted in `form`."""
    found: list[Json] = []
    total = 0
    for n, item in enumerate(raw):
        embed, characters = _read_embed(as_object(item, f"embeds.{n}"), form, f"embeds.{n}")
        found.append(embed)
        total += characters
    if total > TOTAL:
        message = f"Embed size exceeds maximum size of {TOTAL}"
        form.add("embeds", "MAX_EMBED_SIZE_EXCEEDED", message)
    return found


def _read_embed(raw: Json, form: Form, path: str) -> tuple[Json, int]:
    fields = Fields(raw, form, path)
    embed: Json = {"type": "rich"}
    counted = [fields.text("title", 256), fields.text("description", 4096)]
    embed |= {name: text for name, text in zip(("title", "description"), counted, strict=True) if text}
    if url := _link(fields, "url"):
        embed["url"] = url
    color = fields.number("color", 0, 0xFFFFFF)
    if color is not None:
        embed["color"] = color
    if (when := fields.text("timestamp", 100)) is not None:
        embed["timestamp"] = when
    for name, text_name, longest in (("footer", "text", 2048), ("author", "name", 256)):
        if raw.get(name) is not None:
            part = Fields(as_object(raw[name], fields.path(name)), form, fields.path(name))
            text = part.text(text_name, longest, required=True)
            counted.append(text)
            embed[name] = {text_name: text} | {
                key: part.body[key] for key in ("url", "icon_url") if part.body.get(key) is not None
            }
    for name in ("image", "thumbnail"):
        if raw.get(name) is not None:
            part = Fields(as_object(raw[name], fields.path(name)), form, fields.path(name))
            if link := _link(part, "url", required=True):
                embed[name] = {"url": link, "proxy_url": link, "width": 0, "height": 0, "flags": 0}
    listed: list[Json] = []
    for n, item in enumerate(fields.items("fields", 25)):
        entry = Fields(as_object(item, f"{path}.fields.{n}"), form, f"{path}.fields.{n}")
        name, value = entry.text("name", 256, required=True), entry.text("value", 1024, required=True)
        counted += [name, value]
        listed.append({"name": name, "value": value, "inline": bool(entry.boolean("inline"))})
    if listed:
        embed["fields"] = listed
    return embed, sum(len(text) for text in counted if text)


def _link(fields: Fields, name: str, *, required: bool = False) -> str | None:
    url = fields.text(name, 2048, required=required)
    if url and not url.startswith(("http://", "https://", "attachment://")):
        message = f"Scheme \"{url.partition(':')[0]}\" is not supported. Scheme must be one of ('http', 'https')."
        fields.form.add(fields.path(name), "URL_TYPE_INVALID_SCHEME", message)
    return url


def is_empty(embed: Json) -> bool:
    """An embed in which nothing is to be seen; a message of such embeds alone is empty."""
    return not any(
        embed.get(key) for key in ("title", "description", "fields", "footer", "author", "image", "thumbnail")
    )
