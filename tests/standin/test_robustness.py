"""Whatever is sent, Discord's kind of answer comes back: never a 500, never a hang."""

import asyncio
import json
import string
import time
from contextlib import suppress
from typing import Any

import pytest
from aiohttp import ClientSession
from hypothesis import given, settings
from hypothesis import strategies as st

from antiphon.standin.discord import Limits, LocalDiscord
from antiphon.standin.discord.errors import DiscordError, Form
from antiphon.standin.discord.forms.components import read_modal
from antiphon.standin.discord.wire import as_object
from standin.bodies import MODAL, PRESSES, REQUESTS
from standin.conftest import Raw, opened
from standin.test_message_limits import fill

ODD: list[Any] = [None, True, -1, 2**70, 1.5, "", "x", "1", [], [None], [[]], {}, {"type": 1}, {"id": None}]


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


FAULT = {"match": "GET /none", "status": 503, "times": 1, "headers": {"a": "b"}, "body": {}, "code": 50001}


@pytest.mark.parametrize(
    ("request_line", "body"), [*REQUESTS, ("POST /standin/faults", FAULT)], ids=lambda value: str(value)[:40]
)
async def test_no_body_is_too_odd(place: Raw, request_line: str, body: Any) -> None:
    method, path = request_line.format_map(place.ids).split(" ")
    for odd in spoilt(fill(body, place.ids)):
        answer = await place(method, path, odd)
        assert answer.status < 500, odd


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


NOT_JSON: dict[str, bytes] = {
    "NaN": b'{"content": "x", "flags": NaN}',
    "a number beyond all bounds": b'{"content": "x", "poll": {"duration": 1e999}}',
    "half of a surrogate pair": b'{"content": "\\ud800"}',
    "half of one in a name": b'{"content": "x", "poll": {"\\udfff": 1}}',
    "bytes that are no UTF-8": b'{"content": "\xff"}',
    "UTF-16": '{"content": "x"}'.encode("utf-16"),
    "a byte order mark": b'\xef\xbb\xbf{"content": "x"}',
    "lists within lists": b'{"content": "x", "poll": {"a": ' + b"[" * 100 + b"]" * 100 + b"}}",
    "far too deep": b"[" * 100_000,
    "six thousand digits": b'{"content": "x", "nonce": ' + b"1" * 6000 + b"}",
}


@pytest.mark.parametrize("text", NOT_JSON.values(), ids=NOT_JSON)
async def test_what_could_not_be_passed_on_is_no_json(raw: Raw, text: bytes) -> None:
    answer = await raw("POST", f"/channels/{raw.ids['general']}/messages", text=text)
    assert (answer.status, answer.body["code"]) == (400, 50109)


@pytest.mark.parametrize(
    "text", ["\\u00fc", "\\ud83d\\ude00", "\\\\ud800"], ids=["u umlaut", "a pair", "words about one"]
)
async def test_escapes_that_mean_text_are_text(raw: Raw, text: str) -> None:
    sent = await raw.ok("POST", f"/channels/{raw.ids['general']}/messages", text=f'{{"content": "{text}"}}')
    assert sent["content"] == json.loads(f'"{text}"')


@pytest.mark.parametrize("number", ["²", "٣", "--5", "-", "1e2", "9" * 5000, ""])
async def test_only_plain_digits_are_a_number(raw: Raw, number: str) -> None:
    path = f"/channels/{raw.ids['general']}/messages"
    for name in ("limit", "before"):
        answer = await raw("GET", f"{path}?{name}={number}")
        assert (answer.status, answer.error(name)) == (400, "NUMBER_TYPE_COERCE")
    answer = await raw("POST", path, {"content": "x", "flags": number})
    assert (answer.status, answer.error("flags")) == (400, "NUMBER_TYPE_COERCE")


@pytest.mark.parametrize(
    "inside", [{"type": 99, "components": None}, {"type": 1.0, "accessory": 5}, {"components": ["x"]}]
)
async def test_what_is_no_component_is_not_looked_into(raw: Raw, inside: Any) -> None:
    body = {"components": [{"type": 1, "components": [inside]}]}
    answer = await raw("POST", f"/channels/{raw.ids['general']}/messages", body)
    assert (answer.status, answer.error("components.0.components.0.type")) == (400, "UNION_TYPE_CHOICES")


async def test_a_frame_that_is_no_json_closes_with_4002(raw: Raw) -> None:
    for frame in ("[" * 4000, '{"op": 1, "d": NaN}', '{"op": 8, "d": {"nonce": "\\ud800"}}'):
        async with raw.session.ws_connect(raw.about["gateway"]) as socket:
            await socket.receive_json()
            await socket.send_str(frame)
            await socket.receive(timeout=5)
            assert socket.close_code == 4002


@pytest.mark.parametrize(
    "text",
    [
        "",
        "--x\r\n",
        "--x\r\n\r\n\r\n--x--",
        '--x\r\nContent-Disposition: form-data; name="payload_json"\r\n\r\n{\r\n--x--',
        "--x\r\nno colon here\r\n\r\nx\r\n--x--",
    ],
    ids=["nothing", "half", "a part without a name", "bad JSON", "a bad header"],
)
async def test_no_multipart_is_too_odd(raw: Raw, text: str) -> None:
    path = f"/channels/{raw.ids['general']}/messages"
    answer = await raw("POST", path, text=text, kind="multipart/form-data; boundary=x")
    assert answer.status == 400, answer


async def test_five_hundred_requests_a_second_are_no_burden(raw: Raw) -> None:
    """bench/standin_load.py holds the exact bar; this one fails when something becomes slow by far.

    It counts CPU time, the client's included, so that a busy machine does not fail it.
    """
    path, count = f"/channels/{raw.ids['general']}/messages", 200
    start = time.process_time()

    async def worker() -> None:
        for _ in range(count // 8):
            await raw.ok("POST", path, {"content": "x"})

    await asyncio.gather(*(worker() for _ in range(8)))
    assert count / (time.process_time() - start) > 200


async def test_closing_waits_for_nobody() -> None:
    loop = asyncio.get_running_loop()
    async with ClientSession() as session:
        async with LocalDiscord() as local:
            sockets = [await session.ws_connect(local.describe()["gateway"]) for _ in range(3)]
            start = loop.time()
        assert loop.time() - start < 1
        for socket in sockets:
            await socket.close()
