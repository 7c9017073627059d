"""Reading a request's body: JSON, or multipart with payload_json and files (D reference, "Uploading Files")."""

from __future__ import annotations

import json
from typing import Any, cast

from aiohttp import BodyPartReader, web

from antiphon.standin.discord.errors import form_error, refusal
from antiphon.standin.discord.wire import Upload

_TYPES = "{'application/x-www-form-urlencoded', 'application/json', 'multipart/form-data'}"


async def read_body(request: web.Request, most_bytes: int) -> tuple[Any, tuple[Upload, ...]]:
    """The JSON of a request (None: no body) and its files.

    Raises 413/40005 beyond `most_bytes`, 400/50109 for JSON that is none, 400/50035 for another content type.
    """
    if (request.content_length or 0) > most_bytes:
        raise refusal(40005)
    if request.content_type == "multipart/form-data":
        return await _read_multipart(request, most_bytes)
    raw = await _read_bytes(request, most_bytes)
    if not raw:
        return None, ()
    if request.content_type == "application/x-www-form-urlencoded":
        return dict(await request.post()), ()
    if request.content_type != "application/json":
        message = f'Expected "Content-Type" header to be one of {_TYPES}.'
        raise form_error("", "CONTENT_TYPE_INVALID", message)
    return _parse(raw), ()


async def _read_bytes(request: web.Request, most_bytes: int) -> bytes:
    if not request.can_read_body:
        return b""
    try:
        raw = await request.read()
    except web.HTTPRequestEntityTooLarge:
        raise refusal(40005) from None
    if len(raw) > most_bytes:
        raise refusal(40005)
    return raw


def _parse(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        raise refusal(50109) from None


async def _read_multipart(request: web.Request, most_bytes: int) -> tuple[Any, tuple[Upload, ...]]:
    body: dict[str, Any] = {}
    uploads: list[Upload] = []
    total = 0
    try:
        reader = await request.multipart()
        while (part := await reader.next()) is not None:
            if not isinstance(part, BodyPartReader):
                raise form_error("", "MULTIPART_NESTED", "Nested multipart is not supported.")
            data = bytes(await part.read())
            total += len(data)
            if total > most_bytes:
                raise refusal(40005)
            if part.filename is not None:
                kind = part.headers.get("Content-Type", "application/octet-stream")
                uploads.append(Upload(part.name or "", part.filename, kind, data))
            elif part.name == "payload_json":
                parsed = _parse(data)
                if not isinstance(parsed, dict):
                    raise form_error("", "MODEL_TYPE_CONVERT", "Only dictionaries may be used in a ModelType")
                body |= cast(dict[str, Any], parsed)
            elif part.name:
                body[part.name] = data.decode(errors="replace")
    except web.HTTPRequestEntityTooLarge:
        raise refusal(40005) from None
    except (ValueError, AssertionError):
        raise form_error("", "MULTIPART_INVALID", "The multipart body cannot be read.") from None
    return body, tuple(uploads)
