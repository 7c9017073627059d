"""What is not Discord's answer, or not one that can be used: the client says what it means, and tells no secret."""

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp import ClientSession, web

from antiphon.errors import ChatError
from antiphon.webhook.client import Content, RequestRefused, Target, Unavailable, WebhookClient, WebhookDead

SECRET = "s" * 68
HTML = {"Content-Type": "text/html"}
Answer = Callable[[], web.Response]


@asynccontextmanager
async def answering(answer: Answer) -> AsyncGenerator[tuple[WebhookClient, list[str]]]:
    """A client of a server that answers so, and what it was asked for."""
    asked: list[str] = []

    async def handle(request: web.Request) -> web.StreamResponse:
        asked.append(request.path)
        return answer()

    application = web.Application()
    application.router.add_route("*", "/{path:.*}", handle)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    async with ClientSession() as http:
        try:
            yield WebhookClient(Target(f"http://127.0.0.1:{port}/api/v10", "1" * 18, SECRET), http), asked
        finally:
            await runner.cleanup()


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (lambda: web.Response(status=404, text="<html>", headers=HTML), Unavailable),  # some proxy's
        (lambda: web.Response(status=403, text="<html>", headers=HTML), Unavailable),
        (lambda: web.Response(status=502), Unavailable),
        (lambda: web.Response(status=302, headers={"Location": "http://127.0.0.1:9/"}), Unavailable),
        (lambda: web.json_response([]), Unavailable),
        (lambda: web.json_response({"id": "x", "channel_id": None}), Unavailable),
        (lambda: web.Response(status=200, text="[" * 200_000), Unavailable),
        (lambda: web.Response(status=200, body=b"x" * 1_000_000), Unavailable),
        (lambda: web.json_response({"code": "odd", "message": 7}, status=400), RequestRefused),
        (lambda: web.json_response({"code": 10008, "message": "Unknown Message"}, status=404), RequestRefused),
        (lambda: web.Response(status=401), WebhookDead),
        (lambda: web.json_response({"code": 10015, "message": "Unknown Webhook"}, status=404), WebhookDead),
    ],
)
async def test_each_answer_has_one_meaning(answer: Answer, error: type[ChatError]) -> None:
    async with answering(answer) as (client, asked):
        with pytest.raises(error) as raised:
            await client.post(Content("hello"), None)
        assert SECRET not in f"{raised.value} {raised.value.__context__ or ''}"
        assert len(asked) == 1


@pytest.mark.parametrize(("said", "pause"), [(2.5, 2.5), ("x", 1.0), (-1, 0.0), (1e9, 3600.0), (None, 7.0)], ids=str)
async def test_a_pause_is_what_discord_says_within_reason(said: object, pause: float) -> None:
    def answer() -> web.Response:
        return web.json_response({"retry_after": said}, status=429, headers={"Retry-After": "7"})

    async with answering(answer) as (client, _):
        with pytest.raises(Unavailable) as raised:
            await client.look()
        assert raised.value.pause == pause


async def test_a_dead_webhook_is_asked_for_nothing_more() -> None:
    async with answering(lambda: web.Response(status=401)) as (client, asked):
        for _ in range(2):
            with pytest.raises(WebhookDead):
                await client.look()
        assert len(asked) == 1


async def test_where_nobody_listens_no_secret_is_told() -> None:
    async with ClientSession() as http:
        client = WebhookClient(Target("http://127.0.0.1:9/api/v10", "1" * 18, SECRET), http)
        with pytest.raises(Unavailable) as raised:
            await client.look()
        assert SECRET not in str(raised.value)
