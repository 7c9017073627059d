"""What strangers try at the API's door, against a bridge: nothing runs, nothing is told, nothing breaks."""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import closing

import pytest
from aiohttp import ClientSession

from api import Program, free_port, listening, program, token_for
from chain import Chain

pytestmark = pytest.mark.timeout(120)


@pytest.fixture
async def ci(unstarted: Chain) -> AsyncGenerator[Program]:
    """A program that may everything in a project that is not there, and a bridge that has the API."""
    port = free_port()
    async with program(unstarted, port, projects=frozenset({"elsewhere"})) as one:
        await unstarted.start_configured({"api": {"port": port}})
        await listening(unstarted)
        yield one


async def raw(ci: Program, sent: bytes, limit: float = 30.0) -> bytes:
    """What is answered to these bytes, until the server closes."""
    port = int(ci.url.rpartition(":")[2])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(sent)
        await writer.drain()
        async with asyncio.timeout(limit):
            return await reader.read()
    finally:
        writer.close()


def rows(chain: Chain) -> list[int]:
    with closing(chain.database()) as database:
        tables = ("inbox", "schedule", "notice", "answer", "session")
        return [database.execute(f"SELECT count(*) FROM {one}").fetchone()[0] for one in tables]


async def test_every_route_is_closed_to_whoever_has_no_token_or_not_the_right_one(
    unstarted: Chain, ci: Program
) -> None:
    document = await ci.get("/api/openapi.json")
    before = rows(unstarted)
    tried = 0
    token_for(unstarted.world.root, "nothing", "answer", projects=frozenset())
    async with ClientSession() as http:
        for path, methods in document["paths"].items():
            for method in methods:
                if path.endswith("/health"):
                    continue
                tried += 1
                url = ci.url + path.replace("{", "").replace("}", "")
                async with http.request(method, url, json={}) as answer:
                    assert answer.status in (401, 404), (method, path, answer.status)
                    assert answer.headers["Content-Type"] == "application/problem+json"
    assert tried >= 25
    for path in ("/api/v1/sessions", "/api/v1/notices", "/api/notify", "/api/tasks", "/api/v1/schedules"):
        asked = {"prompt": "say: hi", "text": "hi", "message": "hi", "interval_seconds": 60, "when": "every 1h"}
        answer = await ci.call("POST", path, asked)
        assert answer.status in (403, 422), (path, answer.body)
    assert rows(unstarted) == before


@pytest.mark.slow
async def test_a_wrong_token_is_refused_and_soon_not_looked_at(unstarted: Chain, ci: Program) -> None:
    good, ci.token = ci.token, "antiphon_000000000000_" + "x" * 43
    codes = [(await ci.call("GET", "/api/v1/sessions")).status for _ in range(30)]
    assert (codes[0], codes[-1], set(codes)) == (401, 429, {401, 429})
    ci.token = good  # it locks nobody else out who has the same address
    assert (await ci.call("GET", "/api/v1/sessions")).status == 200
    ci.token = None
    assert (await ci.call("GET", "/api/health")).status == 200


TWO_WAYS = (
    ("Content-Length: 2\r\nTransfer-Encoding: chunked", "0\r\n\r\n"),
    ("Content-Length: 2\r\nContent-Length: 3", "{}"),
    ("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity", "0\r\n\r\n"),
    ("Authorization: Bearer {token}\r\nAuthorization: Bearer other\r\nContent-Length: 2", "{}"),
    ("Content-Length: -1", ""),
    ("Content-Length: +2", "{}"),
    ("X-Bad: a\r\n b\x00\r\nContent-Length: 2", "{}"),
)


async def test_what_can_be_read_in_two_ways_is_refused(ci: Program) -> None:
    for head, body in TWO_WAYS:
        told = head.replace("{token}", ci.token or "")
        request = f"POST /api/v1/notices HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{told}\r\n\r\n{body}"
        answer = await raw(ci, request.encode("latin-1"))
        assert answer.startswith(b"HTTP/1.1 400"), (head, answer)
        assert b"Traceback" not in answer


@pytest.mark.slow
async def test_what_is_too_large_or_too_slow_is_refused(unstarted: Chain, ci: Program) -> None:
    head = f"POST /api/v1/sessions HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {ci.token}\r\n"
    declared = await raw(ci, f"{head}Content-Length: 99999999\r\n\r\n".encode())
    assert declared.startswith(b"HTTP/1.1 413")
    chunk = b"10000\r\n" + b"a" * 0x10000 + b"\r\n"
    try:
        sent = await raw(ci, f"{head}Transfer-Encoding: chunked\r\n\r\n".encode() + chunk * 40)
    except ConnectionError:  # it was not waited for
        sent = b"HTTP/1.1 413"
    assert sent.startswith(b"HTTP/1.1 413")
    assert (await raw(ci, b"GET / HTTP/1.1\r\n" + b"X-A: " + b"a" * 70_000)).startswith(b"HTTP/1.1 4")
    slow_head, slow_body = await asyncio.gather(
        raw(ci, b"POST /api/v1/sessions HTTP/1.1\r\nHost: x\r\n"),
        raw(ci, f"{head}Content-Length: 10\r\n\r\n{{".encode()),
    )
    assert slow_head == b""
    assert slow_body.startswith(b"HTTP/1.1 408")


@pytest.mark.slow
async def test_paths_and_bodies_that_nobody_expects(unstarted: Chain, ci: Program) -> None:
    for path in (
        "/", "/api", "/api/v1/sessions/..%2f..%2fetc%2fpasswd", "/session/", "/session/x/api/v1/sessions",
        "/api/v1/sessions/%00", "/api/v1/sessions/" + "a" * 3000, "//api/v1/sessions", "/api/v1/sessions/%f0%28",
        "/api/v1/notices/%0d%0aX-Injected:1",
    ):  # fmt: skip
        answer = await ci.call("GET", path)
        assert answer.status in (400, 401, 404, 422), (path, answer.status)
        assert "X-Injected" not in answer.headers
    deep = "[" * 100_000
    for sent in (b"", b"{", b"[]", b"null", b"\xff\xfe", deep.encode(), b'{"text": "\\ud800"}', b'{"text": 1e999}'):
        headers = {"Authorization": f"Bearer {ci.token}", "Content-Type": "application/json"}
        async with ci.http.post(f"{ci.url}/api/v1/notices", data=sent, headers=headers) as refused:
            assert refused.status in (400, 422), (sent[:20], refused.status)
            told = json.loads(await refused.text())
            assert told["request_id"]
    for number in ("99999999999999999999", "9223372036854775808"):
        assert (await ci.call("POST", "/api/v1/notices", {"text": "x", "place": number})).status == 422
        assert (await ci.call("POST", "/api/notify", {"message": "x", "channel_id": number})).status == 422
    assert (await ci.call("GET", "//session/antiphon_session_abc/api/v1/sessions")).status in (401, 404)
    forged = {"Authorization": f"Bearer {ci.token}", "X-Forwarded-For": "127.0.0.1", "X-HTTP-Method-Override": "DELETE"}
    async with ci.http.get(f"{ci.url}/api/v1/sessions", headers=forged) as answer:
        assert answer.status == 200
    log = (unstarted.world.root / "state" / "antiphon.log").read_text()
    assert (ci.token or "?") not in log
    assert "antiphon_session_abc" not in log
    assert "Traceback" not in log
    lines = [json.loads(line) for line in log.splitlines()]  # nothing has broken a line
    assert any("request" in one["message"] for one in lines)
    assert (await ci.call("GET", "/api/health")).status == 200


@pytest.mark.slow
async def test_a_revoked_token_is_refused_at_once(unstarted: Chain, ci: Program) -> None:
    from antiphon.web import tokens

    assert (await ci.call("GET", "/api/v1/projects")).status == 200
    tokens.revoke(unstarted.world.root / "state", "ci")
    assert (await ci.call("GET", "/api/v1/projects")).status == 401
