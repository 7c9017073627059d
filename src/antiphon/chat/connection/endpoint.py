"""Which Discord server discord.py talks to, and how it is waited for: with pauses that honour its Retry-After, and one
line in the log when that begins and one when it is over. What an operator must mend is not waited for.

Internals of discord.py 2.7 are set here and nowhere else; tests/chat/test_discord_internals.py fails first when they
move.
"""

import asyncio
import math
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

import aiohttp
import discord
import yarl
from discord.asset import Asset
from discord.gateway import DiscordWebSocket
from discord.http import Route

from antiphon.chat.connection import wording
from antiphon.core.health import Health
from antiphon.core.retry import Backoff, retry
from antiphon.errors import ChatError, ServerUnreachable

T = TypeVar("T")

FAILURES = (discord.DiscordException, aiohttp.ClientError, OSError)  # of a request, as discord.py raises them
OFFICIAL = "https://discord.com/api/v10"
_ANSWER_LIMIT = 10.0  # seconds for the server's first answer
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0  # seconds; doubled each time
_TROUBLE = "start"


@dataclass(frozen=True, slots=True)
class Server:
    """`api`: the base address of the REST API, version included. `gateway`: None leaves discord.py's own."""

    api: str
    gateway: str | None = None


async def locate(api: str | None, token: str) -> Server:
    """The server behind `api` (None: Discord itself, and nothing is asked). Another one is asked for its gateway.

    Raises Unready when it does not answer within 10 s, or says that it cannot now; ServerUnreachable when it answers
    like no Discord server.
    """
    if api is None:
        return Server(OFFICIAL)
    api = api.rstrip("/")
    headers = {"Authorization": f"Bot {token}"}
    try:
        async with (
            asyncio.timeout(_ANSWER_LIMIT),
            aiohttp.ClientSession() as http,
            http.get(f"{api}/gateway/bot", headers=headers) as response,
        ):
            if response.status == 401:  # the login that follows says what is wrong with the token
                return Server(api)
            if response.status == 429 or response.status >= 500:
                raise Unready(f"{api} answers {response.status}", seconds(response.headers.get("Retry-After")))
            return Server(api, str((await response.json())["url"]))
    except (ValueError, KeyError, TypeError, aiohttp.ContentTypeError, aiohttp.InvalidURL) as error:
        raise ServerUnreachable(wording.NO_SERVER.format(api=api, error=type(error).__name__)) from error
    except (OSError, aiohttp.ClientError) as error:  # the former has TimeoutError
        raise Unready(f"nothing answers at {api} ({type(error).__name__})") from error


def point_at(server: Server) -> None:
    """Make every discord.py client of this process use `server`."""
    if server.api == OFFICIAL:
        return
    Route.BASE = server.api
    Asset.BASE = str(yarl.URL(server.api).origin())  # pyright: ignore[reportAttributeAccessIssue]
    if server.gateway is not None:
        DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(server.gateway)


class Unready(ChatError):
    """Discord does not answer as it will again. `after`: seconds that it asks to wait; 0: it does not say."""

    def __init__(self, text: str, after: float = 0.0) -> None:
        super().__init__(text)
        self.after = after


async def until_ready(ask: Callable[[], Awaitable[T]], health: Health) -> T:
    """Ask until Discord is ready; whatever is not Unready goes up at once."""

    def failed(error: Unready, _: float) -> float:
        health.begin(_TROUBLE, wording.NOT_READY.format(why=error))
        return error.after

    found = await retry(ask, Unready, Backoff(FIRST_PAUSE, LONGEST_PAUSE), failed)
    health.over(_TROUBLE, wording.READY)
    return found


def unready(error: Exception) -> Unready | None:
    """What a failed request says, if it may be asked again: no answer, a rate limit, a failing server."""
    if isinstance(error, discord.HTTPException):
        if error.status != 429 and error.status < 500:
            return None
        return Unready(f"status {error.status}", seconds(error.response.headers.get("Retry-After")))
    if isinstance(error, discord.RateLimited):
        return Unready("status 429", error.retry_after)
    if isinstance(error, aiohttp.ClientError | OSError):
        return Unready(str(error) or type(error).__name__)
    return None


def seconds(header: str | None) -> float:
    """A Retry-After, as Discord writes it; 0 where it says nothing that we understand."""
    try:
        asked = float(header or 0)
    except ValueError:
        return 0.0
    return max(0.0, asked) if math.isfinite(asked) else 0.0
