"""Internals of discord.py that we set or rely on. When its pinned version moves, this fails first."""

import inspect
import io

import aiohttp
import discord
import pytest
import yarl
from discord.asset import Asset
from discord.client import Client
from discord.gateway import DiscordWebSocket, KeepAliveHandler, ReconnectWebSocket
from discord.http import HTTPClient, Route, handle_message_parameters
from discord.state import ConnectionState

from antiphon.chat.connection.endpoint import OFFICIAL, Server, Unready, locate, point_at
from antiphon.chat.connection.probes import nonce_of
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


@pytest.mark.parametrize(("status", "after"), [(429, 7.0), (500, 0.0), (503, 0.0)])
async def test_a_server_that_cannot_answer_now_is_no_stranger(status: int, after: float) -> None:
    async with StandIn() as standin:
        about = standin.describe()
        plan = {"match": "GET /gateway/bot", "status": status, "headers": {"Retry-After": "7"} if after else {}}
        async with (
            aiohttp.ClientSession() as http,
            http.post(f"{standin.discord.url}/standin/faults", json=plan) as planned,
        ):
            assert planned.status == 204
        with pytest.raises(Unready) as unready:
            await locate(about["api"], about["bot_token"])
        assert unready.value.after == after


async def test_where_nothing_listens_may_be_asked_again() -> None:
    with pytest.raises(Unready):
        await locate("http://127.0.0.1:1/api/v10", "token")


async def test_discord_itself_is_not_asked_anything() -> None:
    assert await locate(None, "token") == Server(OFFICIAL)


def test_a_nonce_is_enforced() -> None:
    with handle_message_parameters("words", nonce="n") as parameters:
        assert parameters.payload is not None
        assert parameters.payload["enforce_nonce"] is True


def test_our_own_gateway_loop_does_what_discord_pys_does() -> None:
    """chat/connection/gateway.py stands in for this function. Whoever sees this fail reads what has changed in it."""
    source = inspect.getsource(Client.connect)
    for line in (
        "'initial': True",
        "coro = DiscordWebSocket.from_client(self, **ws_params)",
        "await self.ws.poll_event()",
        "except ReconnectWebSocket as e:",
        "ws_params.update(sequence=self.ws.sequence, resume=e.resume, session=self.ws.session_id)",
        "ws_params['gateway'] = self.ws.gateway",
        "self.dispatch('disconnect')",
        "raise PrivilegedIntentsRequired(exc.shard_id) from None",
    ):
        assert line in source, line
    assert len(source.splitlines()) == 97


def test_a_socket_is_opened_with_what_it_resumes() -> None:
    taken = inspect.signature(DiscordWebSocket.from_client).parameters
    assert {"initial", "gateway", "session", "sequence", "resume"} <= set(taken)
    assert ReconnectWebSocket(None).resume is True
    assert ReconnectWebSocket(None, resume=False).resume is False


def test_a_heartbeat_knows_when_it_was_acknowledged() -> None:
    assert "self._keep_alive: Optional[KeepAliveHandler] = None" in inspect.getsource(DiscordWebSocket.__init__)
    source = inspect.getsource(KeepAliveHandler)
    assert "self._last_ack: float = time.perf_counter()" in source
    assert "ack_time = time.perf_counter()" in source
    assert "self._last_ack = ack_time" in source
    assert "self.interval: Optional[float] = interval" in source


def test_events_are_read_by_functions_that_can_be_exchanged() -> None:
    assert "self.parsers = parsers = {}" in inspect.getsource(ConnectionState.__init__)
    assert "ws._discord_parsers = client._connection.parsers" in inspect.getsource(DiscordWebSocket.from_client)
    assert {"READY", "RESUMED", "MESSAGE_CREATE"} <= {
        name.removeprefix("parse_").upper() for name in vars(ConnectionState) if name.startswith("parse_")
    }


def test_an_identify_is_announced() -> None:
    source = inspect.getsource(DiscordWebSocket.identify)
    assert source.index("call_hooks('before_identify'") < source.index("await self.send_as_json(payload)")


def test_a_login_can_be_tried_again() -> None:
    assert "if self.connector is MISSING:" in inspect.getsource(HTTPClient.static_login)


def test_every_message_is_sent_through_one_method() -> None:
    assert "state.http.send_message(channel.id, params=params)" in inspect.getsource(discord.abc.Messageable.send)


def test_the_nonce_of_a_message_is_known_before_it_is_sent() -> None:
    file = discord.File(io.BytesIO(b"x"), "x.txt")
    with handle_message_parameters("words", nonce="n") as parameters:
        assert nonce_of(parameters) == "n"
    with handle_message_parameters("words", nonce="n", files=[file]) as parameters:
        assert nonce_of(parameters) == "n"
    with handle_message_parameters("words") as parameters:
        assert nonce_of(parameters) is None
