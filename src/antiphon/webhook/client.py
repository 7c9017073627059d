"""One webhook of Discord's, over HTTP: its messages are posted, edited and deleted.

One request at a time, never before Discord's limits allow it, and always with `wait`, without which Discord says
nothing of what it refuses. Its address is a secret: no redirect is followed, and no error tells it. A webhook has no
nonce: what was posted and not answered may be posted again.
"""

import asyncio
import hashlib
import json
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, cast

import aiohttp

from antiphon.core.values import MessageId, PersonId, PlaceId
from antiphon.errors import ChatError
from antiphon.webhook import wording

# Discord's codes of refusals (developer docs, topics/opcodes-and-status-codes).
NO_CHANNEL = 10003
NEEDS_THREAD, NO_THREADS = 220001, 220003
_NO_WEBHOOK, _BAD_TOKEN = 10015, 50027

_LIMIT = aiohttp.ClientTimeout(total=30.0)  # seconds for one request
_LARGEST = 256 * 1024  # bytes of an answer
_LONGEST_PAUSE = 3600.0  # seconds that Discord may have us wait
_CALM = 1 << 2  # message flag SUPPRESS_EMBEDS: links unfold nothing
_SILENT = 1 << 12  # message flag SUPPRESS_NOTIFICATIONS


class Unavailable(ChatError):
    """Discord does not take anything now. `pause`: the least seconds until it may be asked again."""

    def __init__(self, words: str, pause: float = 0.0) -> None:
        super().__init__(words)
        self.pause = pause


class RequestRefused(ChatError):
    """Discord refuses this request for good. `code`: its own, 0 for none."""

    def __init__(self, words: str, code: int) -> None:
        super().__init__(words)
        self.code = code


class WebhookDead(ChatError):
    """Discord does not know this webhook: it must not be used again."""


@dataclass(frozen=True, slots=True)
class Target:
    """`api`: the server's address."""

    api: str
    id: str
    token: str

    @property
    def digest(self) -> str:
        """Names this webhook with this token, and tells neither."""
        return hashlib.sha256(f"{self.api}\n{self.id}\n{self.token}".encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Content:
    """What a message says. `calls`: who may be mentioned in it; `silent`: it rings nowhere."""

    text: str
    calls: PersonId | None = None
    silent: bool = True


@dataclass(frozen=True, slots=True)
class Posted:
    """A message, and the channel or thread that it stands in."""

    message: MessageId
    place: PlaceId


class WebhookClient:
    """Every method raises Unavailable, RequestRefused or WebhookDead where it fails."""

    def __init__(self, target: Target, http: aiohttp.ClientSession) -> None:
        self._path = f"{target.api}/webhooks/{target.id}/{target.token}"
        self._http = http
        self._one = asyncio.Lock()
        self._dead: WebhookDead | None = None  # then nothing is asked any more
        self._free = 0.0  # when Discord may be asked again, monotonic

    async def look(self) -> None:
        """Find out whether it is there."""
        await self._ask("GET", "", {}, None)

    async def post(self, content: Content, thread: PlaceId | None, name: str | None = None) -> Posted:
        """Post it, in a thread if one is named. `name`: of a thread that is opened with it, in a forum."""
        query = {"wait": "true", **_in(thread)}
        flags = _CALM | (_SILENT if content.silent else 0)
        body = {**_said(content), "flags": flags, **({} if name is None else {"thread_name": name})}
        made = await self._ask("POST", "", query, body)
        with suppress(KeyError, ValueError, TypeError):
            return Posted(MessageId(int(made["id"])), PlaceId(int(made["channel_id"])))
        raise Unavailable(wording.UNREADABLE)

    async def edit(self, message: MessageId, content: Content, thread: PlaceId | None) -> None:
        """Let a message say something else. Calls nobody."""
        await self._ask("PATCH", f"/messages/{message}", _in(thread), _said(content))

    async def delete(self, message: MessageId, thread: PlaceId | None) -> None:
        """Take a message away."""
        await self._ask("DELETE", f"/messages/{message}", _in(thread), None)

    async def _ask(
        self, method: str, path: str, query: Mapping[str, str], body: Mapping[str, Any] | None
    ) -> Mapping[str, Any]:
        async with self._one:
            if self._dead is not None:
                raise self._dead
            await asyncio.sleep(max(0.0, self._free - time.monotonic()))
            try:
                async with self._http.request(
                    method, self._path + path, params=query, json=body, timeout=_LIMIT, allow_redirects=False
                ) as response:
                    said = await _read(response)
            except (aiohttp.ClientError, TimeoutError, OSError) as error:
                raise Unavailable(wording.no_answer(type(error).__name__)) from None  # its words have the address
            if response.status == 429:
                pause = _seconds(said.get("retry_after") or response.headers.get("Retry-After"))
                self._free = time.monotonic() + pause
                raise Unavailable(wording.TOO_MANY, pause)
            if response.headers.get("X-RateLimit-Remaining") == "0":
                self._free = time.monotonic() + _seconds(response.headers.get("X-RateLimit-Reset-After"))
            try:
                _check(response.status, said)
            except WebhookDead as error:
                self._dead = error
                raise
            return said


def _check(status: int, said: Mapping[str, Any]) -> None:
    """What a status, and Discord's code, mean for whoever asked."""
    if 200 <= status < 300:
        return
    code = said.get("code")
    code = code if isinstance(code, int) else 0
    words = wording.refused(status, code, str(said.get("message", "")))
    if status == 401 or code in (_NO_WEBHOOK, _BAD_TOKEN):
        raise WebhookDead(words)
    if 400 <= status < 500 and said:
        raise RequestRefused(words, code)
    raise Unavailable(words)  # also what some other program on the way has answered


def _in(thread: PlaceId | None) -> dict[str, str]:
    return {} if thread is None else {"thread_id": str(thread)}


def _said(content: Content) -> dict[str, Any]:
    users = {} if content.calls is None else {"users": [str(content.calls)]}
    return {"content": content.text, "allowed_mentions": {"parse": [], **users}}


def _seconds(told: object) -> float:
    with suppress(ValueError, TypeError):
        return min(max(float(cast("Any", told)), 0.0), _LONGEST_PAUSE)
    return 1.0


async def _read(response: aiohttp.ClientResponse) -> Mapping[str, Any]:
    """What an answer says; nothing where that is no JSON object, or too large."""
    body = b""
    async for part in response.content.iter_any():
        body += part
        if len(body) > _LARGEST:
            return {}
    with suppress(ValueError, RecursionError):
        found = json.loads(body)
        if isinstance(found, dict):
            return cast("dict[str, Any]", found)
    return {}
