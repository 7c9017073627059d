"""Which Discord server discord.py talks to. Internals of discord.py 2.7, set here and nowhere else;
tests/chat/test_discord_internals.py fails first when they move."""

import asyncio
from dataclasses import dataclass

import aiohttp
import yarl
from discord.asset import Asset
from discord.gateway import DiscordWebSocket
from discord.http import Route

from antiphon.chat import wording
from antiphon.chat.connection.backoff import Unready, seconds
from antiphon.errors import ServerUnreachable

OFFICIAL = "https://discord.com/api/v10"
_ANSWER_LIMIT = 10.0  # seconds for the server's first answer


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
