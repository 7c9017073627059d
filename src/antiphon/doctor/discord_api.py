"""Discord's HTTP API as a bot, one request at a time: for what is looked at, or set up, before a bridge runs.

The token is a secret: no redirect is followed, and no error tells it. May not know what is asked.
"""

import asyncio
import json
import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager, suppress
from email.utils import parsedate_to_datetime
from typing import Any

import aiohttp

from antiphon.agent.json_values import mapping
from antiphon.errors import AntiphonError, BadToken, ServerUnreachable

OFFICIAL = "https://discord.com/api/v10"  # as in chat/connection/endpoint.py, which loads discord.py
_LIMIT = aiohttp.ClientTimeout(total=20.0)  # seconds for one request
_LARGEST = 8 << 20  # bytes of an answer: the channels of a large server
_TRIES = 3
_PAUSE = 1.0  # seconds before another try
_LONGEST_PAUSE = 30.0  # seconds that Discord may have us wait; more is told


class RequestRefused(AntiphonError):
    """Discord refuses a request for good. `status`, `code`: Discord's; `told`: its own sentence."""

    hint = "Give the bot what the line names, then try again."

    def __init__(self, status: int, code: int, told: str) -> None:
        super().__init__(f"Discord refuses it: {told or 'no reason given'} (status {status}, code {code})")
        self.status, self.code, self.told = status, code, told


class DiscordApi:
    """Every method raises ServerUnreachable, BadToken or RequestRefused where it fails. What fails for a moment is
    tried three times."""

    def __init__(self, http: aiohttp.ClientSession, api: str, token: str) -> None:
        self._http = http
        self._api = api.rstrip("/")
        self._token = token
        self.ahead = 0.0  # seconds that this machine's clock is ahead of Discord's, as its last answer says

    async def get(self, path: str, **query: str) -> Any:
        return await self._ask("GET", path, query, None)

    async def patch(self, path: str, body: Mapping[str, Any]) -> Any:
        return await self._ask("PATCH", path, {}, body)

    async def post(self, path: str, body: Mapping[str, Any]) -> Any:
        """Not asked again after an answer that may hide an effect."""
        return await self._ask("POST", path, {}, body)

    async def _ask(self, method: str, path: str, query: Mapping[str, str], body: Mapping[str, Any] | None) -> Any:
        for left in reversed(range(1 if method == "POST" else _TRIES)):
            try:
                return await self._once(method, path, query, body)
            except _Later as later:
                if not left or later.pause > _LONGEST_PAUSE:
                    raise ServerUnreachable(later.why) from None
                await asyncio.sleep(later.pause)
        raise AssertionError("a try either answers or raises")

    async def _once(self, method: str, path: str, query: Mapping[str, str], body: Mapping[str, Any] | None) -> Any:
        headers = {"Authorization": f"Bot {self._token}", "User-Agent": "DiscordBot (antiphon, 1)"}
        try:
            async with self._http.request(
                method,
                self._api + path,
                params=query,
                json=body,
                headers=headers,
                timeout=_LIMIT,
                allow_redirects=False,
            ) as response:
                said = await _read(response)
                self._compare(response.headers.get("Date"))
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise _Later(f"Nothing answers at {self._api} ({type(error).__name__})") from None
        status = response.status
        if status == 429:
            raise _Later(f"Discord limits us at {self._api}", _seconds(said, response.headers.get("Retry-After")))
        if status >= 500:
            raise _Later(f"Discord is failing at {self._api} (status {status})")
        if status == 401:
            raise BadToken
        if not 200 <= status < 300:
            told = mapping(said)
            code = told.get("code")
            raise RequestRefused(status, code if isinstance(code, int) else 0, str(told.get("message", ""))[:200])
        if said is None and status != 204:
            raise ServerUnreachable(f"No Discord answers at {self._api}: what it says is no JSON")
        return said

    def _compare(self, date: str | None) -> None:
        with suppress(ValueError, TypeError):  # no answer of Discord's
            self.ahead = time.time() - parsedate_to_datetime(date or "").timestamp()


@asynccontextmanager
async def discord_api(api: str | None, token: str) -> AsyncGenerator[DiscordApi]:
    """Discord itself, or another server that speaks like it."""
    async with aiohttp.ClientSession() as http:
        yield DiscordApi(http, api or OFFICIAL, token)


class _Later(Exception):
    """It may go another time, after `pause` seconds."""

    def __init__(self, why: str, pause: float = _PAUSE) -> None:
        super().__init__(why)
        self.why, self.pause = why, pause


def _seconds(said: Any, header: str | None) -> float:
    with suppress(ValueError, TypeError, AttributeError):
        return max(0.0, float(said.get("retry_after") or header or _PAUSE))
    return _PAUSE


async def _read(response: aiohttp.ClientResponse) -> Any:
    """What an answer says; None where that is no JSON, or too large."""
    body = b""
    async for part in response.content.iter_any():
        body += part
        if len(body) > _LARGEST:
            return None
    with suppress(ValueError, RecursionError):
        return json.loads(body)
    return None
