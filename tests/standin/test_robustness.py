"""Whatever is sent, Discord's kind of answer comes back: never a 500, never a hang."""

# A table reads best with one line for each rule, however long.
# ruff: noqa: E501

import asyncio
import string
from contextlib import suppress
from typing import Any

import pytest
from aiohttp import ClientSession
from hypothesis import given, settings
from hypothesis import strategies as st

from antiphon.standin.discord import Limits, LocalDiscord
from antiphon.standin.discord.component_form import read_modal
from antiphon.standin.discord.errors import DiscordError, Form
from antiphon.standin.discord.wire import as_object
from standin.bodies import COMMAND, FULL, MODAL, V2
from standin.conftest import Raw, opened
from standin.test_message_limits import fill

ODD: list[Any] = [None, True, -1, 2**70, 1.5, "", "x", "1", [], [None], [[]], {}, {"type": 1}, {"id": None}]
ROUTES_AND_BODIES: list[tuple[str, Any]] = [
    ("POST /channels/{general}/messages", FULL | {"nonce": "n", "enforce_nonce": False, "sticker_ids": ["1"], "flags": 4}),
    ("POST /channels/{general}/messages", V2),
    ("POST /channels/{general}/messages", {"content": "x", "poll": {"question": {"text": "?"}}, "allowed_mentions": {"parse": [], "users": ["1"]}}),
    ("POST /channels/{general}/messages", {"message_reference": {"type": 1, "message_id": "{theirs}", "channel_id": "{general}"}}),
    ("PATCH /channels/{general}/messages/{own}", {"content": "x", "attachments": [{"id": "1"}], "components": [], "flags": 4}),
    ("POST /channels/{general}/messages/bulk-delete", {"messages": ["1", "2"]}),
    ("POST /channels/{general}/threads", {"name": "t", "type": 11, "auto_archive_duration": 60, "invitable": True}),
    ("POST /channels/{forum}/threads", {"name": "t", "message": {"content": "x"}, "applied_tags": ["1"]}),
    ("PATCH /channels/{thread}", {"archived": True, "locked": True, "name": "x", "applied_tags": [], "flags": 0}),
    ("PATCH /channels/{general}", {"name": "g", "topic": "t", "parent_id": None, "permission_overwrites": [{"id": "{ada}", "type": 1, "allow": "0", "deny": 0}]}),
    ("POST /guilds/{guild}/channels", {"name": "g", "type": 15, "available_tags": [{"name": "t"}], "position": 1}),
    ("PUT /channels/{general}/permissions/{ada}", {"type": 1, "allow": "1024", "deny": "0"}),
    ("PATCH /guilds/{guild}/members/{ben}", {"nick": "n", "roles": ["{guild}"]}),
    ("POST /guilds/{guild}/roles", {"name": "r", "permissions": "8", "color": 1}),
    ("POST /users/@me/channels", {"recipient_id": "{ada}"}),
    ("POST /webhooks/{hook}?wait=true", {"content": "x", "username": "n", "avatar_url": "https://x.y"}),
    ("POST /webhooks/{forum_hook}?wait=true", {"content": "x", "thread_name": "n", "applied_tags": []}),
    ("POST /channels/{general}/webhooks", {"name": "n"}),
    ("PATCH /webhooks/{hook_id}", {"name": "n", "channel_id": "{random}"}),
    ("POST /applications/{app}/commands", COMMAND | {"contexts": [0], "name_localizations": {"de": "x"}}),
    ("PATCH /applications/{app}/commands/{command}", COMMAND),
    ("PUT /applications/{app}/commands", [COMMAND, {"type": 2, "name": "x"}]),
    ("POST /standin/faults", {"match": "GET /none", "status": 503, "times": 1, "headers": {"a": "b"}, "body": {}, "code": 50001}),
]  # fmt: skip


def spoilt(body: Any) -> list[Any]:
    """The body with each of its parts in turn replaced by each odd value, or taken out."""
    found = list(ODD)
    if isinstance(body, dict):
        for key, value in body.items():
            found += [body | {key: other} for other in spoilt(value)]
            found.append({k: v for k, v in body.items() if k != key})
    elif isinstance(body, list):
        for n, value in enumerate(body):
            found += [[*body[:n], other, *body[n + 1 :]] for other in spoilt(value)]
    return found


@pytest.mark.parametrize(("request_line", "body"), ROUTES_AND_BODIES, ids=lambda value: str(value)[:40])
async def test_no_body_is_too_odd(place: Raw, request_line: str, body: Any) -> None:
    method, path = request_line.format_map(place.ids).split(" ")
    for odd in spoilt(fill(body, place.ids)):
        answer = await place(method, path, odd)
        assert answer.status < 500, odd


PRESSES: list[Any] = [
    {"type": 2, "data": {"id": "{command}", "name": "status", "type": 1, "options": [{"name": "x", "type": 3, "value": "v"}]}},
    {"type": 3, "message_id": "{own}", "data": {"component_type": 3, "custom_id": "s", "values": ["a"]}},
    {"type": 5, "data": {"id": "1", "custom_id": "c", "components": [{"type": 18, "component": {"type": 4, "value": "v"}}]}},
]  # fmt: skip


@pytest.mark.parametrize("body", PRESSES, ids=["a command", "a menu", "a modal"])
async def test_no_press_is_too_odd(place: Raw, body: Any) -> None:
    menu = {"type": 3, "custom_id": "s", "options": [{"label": "a", "value": "a"}]}
    row = {"content": "x", "components": [{"type": 1, "components": [menu]}]}
    await place.ok("PATCH", "/channels/{general}/messages/{own}".format_map(place.ids), row)
    whole = body | {"application_id": "{app}", "channel_id": "{general}", "nonce": "n"}
    for odd in spoilt(fill(whole, place.ids)):
        answer = await place("POST", "/interactions", odd, who="ada")
        assert answer.status < 500, odd


def test_no_modal_is_too_odd() -> None:
    for odd in spoilt(MODAL):
        form = Form()
        with suppress(DiscordError):
            read_modal(as_object(odd, "data"), form)
            form.finish()


@given(st.text(string.printable, max_size=40))
@settings(max_examples=30, deadline=None, database=None)
def test_no_text_is_too_odd(text: str) -> None:
    async def run() -> None:
        async with opened(Limits.unlimited()) as raw:
            answer = await raw("POST", f"/channels/{raw.ids['general']}/messages", text=text)
            assert answer.status < 500
            answer = await raw("POST", "/standin/faults", text=text, who=None)
            assert answer.status < 500

    asyncio.run(run())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "--x\r\n",
        "--x\r\n\r\n\r\n--x--",
        '--x\r\nContent-Disposition: form-data; name="payload_json"\r\n\r\n{\r\n--x--',
    ],
    ids=["nothing", "half", "a part without a name", "bad JSON"],
)
async def test_no_multipart_is_too_odd(raw: Raw, text: str) -> None:
    path = f"/channels/{raw.ids['general']}/messages"
    answer = await raw("POST", path, text=text, kind="multipart/form-data; boundary=x")
    assert answer.status == 400, answer


async def test_five_hundred_requests_a_second_are_no_burden(raw: Raw) -> None:
    """The bench holds the exact bar; this one fails when something becomes slow by far."""
    path, count = f"/channels/{raw.ids['general']}/messages", 200
    loop = asyncio.get_running_loop()
    start = loop.time()

    async def worker() -> None:
        for _ in range(count // 8):
            await raw.ok("POST", path, {"content": "x"})

    await asyncio.gather(*(worker() for _ in range(8)))
    assert count / (loop.time() - start) > 200


async def test_closing_waits_for_nobody() -> None:
    loop = asyncio.get_running_loop()
    async with ClientSession() as session:
        async with LocalDiscord() as local:
            sockets = [await session.ws_connect(local.describe()["gateway"]) for _ in range(3)]
            start = loop.time()
        assert loop.time() - start < 1
        for socket in sockets:
            await socket.close()
