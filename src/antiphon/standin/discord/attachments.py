"""Files: kept in memory, offered under addresses that look signed and expire, as Discord's CDN does."""

from __future__ import annotations

import hashlib
import mimetypes
import re
import struct
from urllib.parse import quote

from antiphon.standin.discord.errors import Json, form_error
from antiphon.standin.discord.forms.components import FILE, GALLERY, THUMBNAIL, walk
from antiphon.standin.discord.ids import Clock, Snowflakes
from antiphon.standin.discord.state import World
from antiphon.standin.discord.wire import Upload

LIFETIME = 24 * 3600  # D reference, "Signed Attachment CDN URLs": the example is good for a day
_UNSAFE = re.compile(r"[^\w.\-]+")
_FIELD = re.compile(r"files?\[(\d+)\]")


class Files:
    """The CDN of one local Discord; `base` is its address."""

    def __init__(self, world: World, snowflakes: Snowflakes, clock: Clock) -> None:
        self.base = ""
        self._world = world
        self._snowflakes = snowflakes
        self._clock = clock

    def keep(
        self, channel_id: str, uploads: tuple[Upload, ...], described: list[Json], *, ephemeral: bool
    ) -> list[Json]:
        """Stores uploads and returns their attachment objects, in the order of the request."""
        return [self._keep_one(channel_id, n, upload, described, ephemeral) for n, upload in enumerate(uploads)]

    def _keep_one(self, channel_id: str, n: int, upload: Upload, described: list[Json], ephemeral: bool) -> Json:
        matched = _FIELD.fullmatch(upload.field)
        index = matched[1] if matched else str(n)
        about: Json = next((item for item in described if str(item.get("id")) == index), Json())
        name = _UNSAFE.sub("_", str(about.get("filename") or upload.filename or "unknown"))[:1024] or "unknown"
        identity = self._snowflakes.next()
        folder = "ephemeral-attachments" if ephemeral else "attachments"
        path = f"{folder}/{channel_id}/{identity}/{name}"
        kind = mimetypes.guess_type(name)[0] or upload.content_type or "application/octet-stream"
        if kind.startswith("text/"):
            kind += "; charset=utf-8"
        self._world.files[path] = (kind, upload.data)
        url = self.signed(path)
        found: Json = {
            "id": identity,
            "filename": name,
            "size": len(upload.data),
            "url": url,
            "proxy_url": url,
            "content_type": kind,
            "content_scan_version": 0,
        }
        for name in ("description", "duration_secs", "waveform"):
            if about.get(name):
                found[name] = about[name]
        if ephemeral:
            found["ephemeral"] = True
        if size := _pixels(upload.data):
            found |= {"width": size[0], "height": size[1]}
        return found

    def signed(self, path: str) -> str:
        now = int(self._clock())
        expires = now + LIFETIME
        query = f"ex={expires:x}&is={now:x}&hm={self._signature(path, expires)}&"
        return f"{self.base}/{quote(path)}?{query}"

    def _signature(self, path: str, expires: int) -> str:
        return hashlib.sha256(f"{path} {expires}".encode()).hexdigest()

    def keep_sticker(self, sticker_id: str, ending: str, kind: str, data: bytes) -> None:
        """Stores a sticker's picture, which is no secret: its address has no signature."""
        self._world.files[f"stickers/{sticker_id}.{ending}"] = (kind, data)

    def sticker(self, path: str) -> tuple[str, bytes] | None:
        """Content type and bytes of a sticker's picture, by its path ("stickers/ID.png")."""
        return self._world.files.get(path) if path.startswith("stickers/") else None

    def fetch(self, path: str, expires: str, signature: str) -> tuple[str, bytes] | None:
        """Content type and bytes; None for what is unknown, unsigned or expired (Discord answers 404 to all)."""
        try:
            until = int(expires, 16)
        except ValueError:
            return None
        if until < self._clock() or signature != self._signature(path, until):
            return None
        return self._world.files.get(path)


def _pixels(data: bytes) -> tuple[int, int] | None:
    """Width and height of a PNG or GIF; the two formats whose header says so at a fixed place."""
    if data[:8] == b"\x89PNG\r\n\x1a\n" and len(data) >= 24:
        width, height = struct.unpack(">II", data[16:24])
        return width, height
    if data[:4] == b"GIF8" and len(data) >= 10:
        width, height = struct.unpack("<HH", data[6:10])
        return width, height
    return None


def point_at_attachments(
    embeds: list[Json], components: list[Json], attachments: list[Json], snowflakes: Snowflakes
) -> set[str]:
    """Turns attachment:// addresses into real ones; returns the ids of the attachments that are shown so.

    A component that names a file which is not there is 400/50035.
    """
    by_name = {a["filename"]: a for a in attachments}
    used: set[str] = set()
    for embed in embeds:
        for part in (embed.get("image"), embed.get("thumbnail")):
            if part and (found := _named(part["url"], by_name)):
                used.add(found["id"])
                part |= {"url": found["url"], "proxy_url": found["url"]}
                part |= {key: found[key] for key in ("width", "height") if key in found}
    for component in walk(components):
        for media in _media_of(component):
            if "id" in media:  # from before an edit that left the components as they were
                used.add(media.get("attachment_id", ""))
                continue
            media["id"] = snowflakes.next()
            if media["url"].startswith("attachment://"):
                found = _named(media["url"], by_name)
                if found is None:
                    message = "Referenced attachment does not exist."
                    raise form_error("components", "UNFURLED_MEDIA_ITEM_REFERENCED_ATTACHMENT_NOT_FOUND", message)
                used.add(found["id"])
                media |= {
                    "url": found["url"],
                    "proxy_url": found["url"],
                    "width": found.get("width"),
                    "height": found.get("height"),
                    "content_type": found["content_type"],
                    "attachment_id": found["id"],
                    "loading_state": 2,
                }
                if component["type"] == FILE:
                    component |= {"name": found["filename"], "size": found["size"]}
            else:
                media |= {"proxy_url": media["url"], "width": 0, "height": 0, "loading_state": 2}
    return used


def _named(url: str, by_name: dict[str, Json]) -> Json | None:
    return by_name.get(url.removeprefix("attachment://")) if url.startswith("attachment://") else None


def _media_of(component: Json) -> list[Json]:
    match component["type"]:
        case kind if kind == THUMBNAIL:
            return [component["media"]]
        case kind if kind == FILE:
            return [component["file"]]
        case kind if kind == GALLERY:
            return [item["media"] for item in component["items"]]
        case _:
            return []
