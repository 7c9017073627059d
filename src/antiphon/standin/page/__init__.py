"""The page: a small Discord client in the browser, served by the local Discord at `/`.

It is only another client of the same protocol. All that it is told beyond that is who the people are (`people`),
since nobody has to log in here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from aiohttp import web

from antiphon.standin.guide import Guide

_ROOT = Path(__file__).parent
_TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_LOOPBACK = frozenset({"127.0.0.1", "localhost"})
# Nothing from outside, and nothing that a message brings along is ever run.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; media-src 'self'; "
    "connect-src 'self' ws://127.0.0.1:* ws://localhost:*; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_SHOWN = ("application_id", "guild_id", "channels", "people")


def is_local(request: web.Request) -> bool:
    """Whether the request names this machine as its host: a foreign site that resolves to 127.0.0.1 does not."""
    return (request.url.host or "") in _LOOPBACK


def owns(path: str) -> bool:
    """Whether a path is the page's."""
    return path == "/" or path.startswith("/page/")


def serve(path: str) -> web.Response:
    """The page itself or one of its files; 404 for anything else."""
    name = "index.html" if path == "/" else path.removeprefix("/page/")
    file = _ROOT / name
    if "/" in name or file.suffix not in _TYPES or not file.is_file():
        return web.Response(status=404, text="There is no such file.")
    headers = {
        "Content-Security-Policy": _POLICY,
        "Cache-Control": "no-cache",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }
    return web.Response(body=file.read_bytes(), content_type=_TYPES[file.suffix], charset="utf-8", headers=headers)


def people(about: Mapping[str, Any], guide: Guide) -> web.Response:
    """Who may be played, with their tokens, and what is said and suggested to whoever looks."""
    body = {**{name: about[name] for name in _SHOWN}, **guide.as_json()}
    return web.Response(body=json.dumps(body).encode(), content_type="application/json")
