"""Reading a request's body: JSON, or multipart with payload_json and files (D reference, "Uploading Files")."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from typing import Any, cast

from aiohttp import BodyPartReader, web
from aiohttp.http_exceptions import HttpProcessingError

from antiphon.standin.discord.errors import form_error, refusal
from antiphon.standin.discord.gateway import encode
from antiphon.standin.discord.wire import Upload

DEEPEST = 100  # U: lists and objects within each other; nothing that Discord has comes near
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
        try:
            return dict(await request.post()), ()
        except (ValueError, LookupError):  # bytes that are no text, or of an encoding that nobody knows
            raise refusal(50109) from None
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
        return parse_json(raw)
    except ValueError:
        raise refusal(50109) from None


def parse_json(raw: bytes | str) -> Any:
    """JSON as RFC 8259 has it, in UTF-8 and fit to be passed on; ValueError for anything else.

    Python's own reader also takes NaN, numbers beyond all bounds and halves of surrogate pairs, none of which
    could be sent to anybody again.
    """
    text = raw if isinstance(raw, str) else raw.decode()
    try:
        found = json.loads(text, parse_constant=_finite, parse_float=_finite)
    except RecursionError:
        raise ValueError("too deep") from None
    if text.count("[") + text.count("{") > DEEPEST and _is_deeper(found, DEEPEST):
        raise ValueError("too deep")
    if "\\u" in text:
        encode(found).encode()  # a UnicodeEncodeError is a ValueError
    return found


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text} is no number of JSON")
    return number


def _is_deeper(value: Any, levels: int) -> bool:
    level = [value]
    for _ in range(levels):
        level = [inner for outer in level for inner in _inside(outer)]
        if not level:
            return False
    return True


def _inside(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return cast(dict[str, Any], value).values()
    return cast(list[Any], value) if isinstance(value, list) else ()


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
    except (ValueError, AssertionError, HttpProcessingError):
        raise form_error("", "MULTIPART_INVALID", "The multipart body cannot be read.") from None
    return body, tuple(uploads)
