"""Internals of discord.py that we set or rely on. When its pinned version moves, this fails first."""

import discord
import pytest
import yarl
from discord.asset import Asset
from discord.gateway import DiscordWebSocket
from discord.http import Route, handle_message_parameters

from antiphon.chat.server import OFFICIAL, Server, locate, point_at
from antiphon.errors import ServerUnreachable
from antiphon.standin import StandIn


def test_the_version_is_the_one_that_was_read() -> None:
    assert discord.__version__.startswith("2.7.")


def test_the_official_server_is_where_we_think_it_is() -> None:
    assert Route.BASE == OFFICIAL


async def test_every_address_moves_to_another_server() -> None:
    before = Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY, Asset.BASE
    try:
        point_at(Server("http://127.0.0.1:1/api/v10", "ws://127.0.0.1:1/gateway"))
        assert Route("GET", "/users/@me").url == "http://127.0.0.1:1/api/v10/users/@me"
        assert yarl.URL("ws://127.0.0.1:1/gateway") == DiscordWebSocket.DEFAULT_GATEWAY
        assert Asset.BASE == "http://127.0.0.1:1"
    finally:
        Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY, Asset.BASE = before  # pyright: ignore[reportAttributeAccessIssue]


async def test_another_server_is_asked_for_its_gateway() -> None:
    async with StandIn() as standin:
        about = standin.describe()
        assert await locate(about["api"], about["bot_token"]) == Server(about["api"], about["gateway"])
        assert await locate(about["api"], "a.wrong.token") == Server(about["api"])


async def test_a_server_that_is_not_discord_is_said() -> None:
    async with StandIn() as standin:
        with pytest.raises(ServerUnreachable):
            await locate(standin.describe()["model"], "token")


async def test_discord_itself_is_not_asked_anything() -> None:
    assert await locate(None, "token") == Server(OFFICIAL)


def test_a_nonce_is_enforced() -> None:
    with handle_message_parameters("words", nonce="n") as parameters:
        assert parameters.payload is not None
        assert parameters.payload["enforce_nonce"] is True
