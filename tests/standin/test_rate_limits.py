"""Rate limits and faults: what a bot is told before, and what it gets when it does not listen."""

import asyncio
from typing import Any

import pytest
from aiohttp import ClientConnectionError, ClientPayloadError

from antiphon.standin.discord import Limits, Rate
from standin.conftest import Raw, opened


def messages(raw: Raw, channel: str = "general") -> str:
    return f"/channels/{raw.ids[channel]}/messages"


async def test_headers_count_down_and_then_comes_429() -> None:
    async with opened(Limits()) as raw:
        left: list[str] = []
        bucket = ""
        for _ in range(5):
            answer = await raw("POST", messages(raw), {"content": "x"})
            left.append(answer.headers["X-RateLimit-Remaining"])
            bucket = answer.headers["X-RateLimit-Bucket"]
            assert answer.headers["X-RateLimit-Limit"] == "5"
            assert 0 < float(answer.headers["X-RateLimit-Reset-After"]) <= 5
        assert left == ["4", "3", "2", "1", "0"]
        refused = await raw("POST", messages(raw), {"content": "x"})
        assert refused.status == 429
        assert 0 < refused.body["retry_after"] <= 5
        assert refused.body["global"] is False
        assert refused.headers["Via"]
        assert refused.headers["X-RateLimit-Scope"] == "user"
        assert int(refused.headers["Retry-After"]) >= 1
        assert refused.headers["X-RateLimit-Bucket"] == bucket
        assert (await raw("POST", messages(raw, "random"), {"content": "x"})).status == 200
        await raw.ok("POST", messages(raw), {"content": "x"}, who="ada")


async def test_a_bucket_fills_again() -> None:
    async with opened(Limits().with_rates(send=Rate(1, 0.1))) as raw:
        await raw.ok("POST", messages(raw), {"content": "x"})
        refused = await raw("POST", messages(raw), {"content": "x"})
        assert refused.status == 429
        await asyncio.sleep(refused.body["retry_after"])  # as it says
        await raw.ok("POST", messages(raw), {"content": "x"})


async def test_the_global_limit_says_so_and_spares_interactions_and_webhooks() -> None:
    async with opened(Limits().with_rates(**{"global": Rate(2, 60.0)})) as raw:
        hook = await raw.ok("POST", f"/channels/{raw.ids['general']}/webhooks", {"name": "hook"})
        await raw.ok("GET", "/users/@me")
        refused = await raw("GET", "/users/@me")
        assert (refused.status, refused.body["global"]) == (429, True)
        assert refused.headers["X-RateLimit-Global"] == "true"
        assert refused.headers["X-RateLimit-Scope"] == "global"
        await raw.ok("POST", f"/webhooks/{hook['id']}/{hook['token']}", {"content": "x"}, who=None)
        assert (await raw("POST", "/interactions/1/x/callback", {}, who=None)).status == 404


async def test_webhooks_of_a_channel_share_a_limit_that_no_header_shows() -> None:
    limits = Limits().with_rates(webhook_hidden=Rate(3, 60.0), webhook=Rate(100, 1.0))
    async with opened(limits) as raw:
        hooks = [await raw.ok("POST", f"/channels/{raw.ids['general']}/webhooks", {"name": "h"}) for _ in range(2)]
        answers = []
        for n in range(4):
            hook = hooks[n % 2]
            path = f"/webhooks/{hook['id']}/{hook['token']}"
            answers.append(await raw("POST", path, {"content": "x"}, who=None))
        assert [a.status for a in answers] == [204, 204, 204, 429]
        assert answers[3].headers["X-RateLimit-Scope"] == "shared"
        assert int(answers[3].headers["X-RateLimit-Remaining"]) > 0


async def test_too_many_invalid_requests_are_met_by_cloudflare() -> None:
    async with opened(Limits().with_rates(invalid=Rate(3, 60.0))) as raw:
        for _ in range(3):
            assert (await raw("GET", "/users/@me", who=None)).status == 401
        banned = await raw("GET", "/users/@me")
        assert banned.status == 429
        assert "Via" not in banned.headers
        assert banned.headers["Content-Type"].startswith("text/html")
        await raw.ok("GET", "/users/@me", who="ada")


async def test_a_days_commands_have_an_end() -> None:
    async with opened(Limits().with_rates(command_create=Rate(2, 60.0))) as raw:
        path = f"/applications/{raw.ids['app']}/commands"
        for name in ("a", "b"):
            await raw.ok("POST", path, {"name": name, "description": "d"})
        answer = await raw("POST", path, {"name": "c", "description": "d"})
        assert (answer.status, answer.code) == (429, 30034)
        await raw.ok("POST", path, {"name": "a", "description": "another"})


BUCKETS: list[tuple[str, str, str, Any]] = [
    ("send", "POST", "/channels/{general}/messages", {"content": "x"}),
    ("history", "GET", "/channels/{general}/messages", None),
    ("edit", "PATCH", "/channels/{general}/messages/{own}", {"content": "x"}),
    ("delete", "DELETE", "/channels/{general}/messages/1", None),
    ("react", "PUT", "/channels/{general}/messages/{own}/reactions/%F0%9F%91%80/@me", None),
    ("typing", "POST", "/channels/{general}/typing", None),
    ("bulk_delete", "POST", "/channels/{general}/messages/bulk-delete", {"messages": ["1", "2"]}),
    ("thread_create", "POST", "/channels/{general}/threads", {"name": "x"}),
    ("command_put", "PUT", "/applications/{app}/commands", []),
    ("channel_create", "POST", "/guilds/{guild}/channels", {"name": "x"}),
    ("default", "GET", "/channels/{general}", None),
]


@pytest.mark.parametrize(("bucket", "method", "path", "body"), BUCKETS, ids=[b[0] for b in BUCKETS])
async def test_each_kind_of_request_has_its_bucket(bucket: str, method: str, path: str, body: Any) -> None:
    async with opened(Limits().with_rates(**{bucket: Rate(1, 60.0)})) as raw:
        own = await raw.ok("POST", messages(raw), {"content": "x"}, who="ada")
        raw.ids["own"] = own["id"]
        statuses = [(await raw(method, path.format_map(raw.ids), body)).status for _ in range(2)]
        assert statuses[0] != 429
        assert statuses[1] == 429


# Faults


async def fault(raw: Raw, **body: Any) -> None:
    await raw.ok("POST", "/standin/faults", body, who=None)


async def test_a_fault_meets_what_it_matches_as_often_as_it_says(raw: Raw) -> None:
    await fault(raw, match="POST /channels/*/messages", status=503, times=2, after=1)
    statuses = [(await raw("POST", messages(raw), {"content": "x"})).status for _ in range(5)]
    assert statuses == [200, 503, 503, 200, 200]
    assert len(await raw.ok("GET", messages(raw))) == 3


async def test_faults_spare_people_unless_they_are_meant(raw: Raw) -> None:
    await fault(raw, match="* /**", status=500)
    assert (await raw("GET", "/users/@me")).status == 500
    await raw.ok("GET", "/users/@me", who="ada")
    await raw.ok("DELETE", "/standin/faults", who=None)
    await raw.ok("GET", "/users/@me")
    await fault(raw, match="GET /users/@me", status=500, everybody=True)
    assert (await raw("GET", "/users/@me", who="ada")).status == 500


async def test_an_error_may_come_after_the_effect(raw: Raw) -> None:
    await fault(raw, match="POST /channels/*/messages", status=500, times=1, after_effect=True)
    assert (await raw("POST", messages(raw), {"content": "posted all the same"})).status == 500
    assert [m["content"] for m in await raw.ok("GET", messages(raw))] == ["posted all the same"]


@pytest.mark.parametrize("after_effect", [False, True])
async def test_a_connection_may_be_dropped(raw: Raw, after_effect: bool) -> None:
    await fault(raw, match="POST /channels/*/messages", drop=True, times=1, after_effect=after_effect)
    with pytest.raises((ClientConnectionError, ClientPayloadError)):
        await raw("POST", messages(raw), {"content": "x"})
    assert len(await raw.ok("GET", messages(raw))) == int(after_effect)


async def test_an_answer_may_be_slow_and_then_fail(raw: Raw) -> None:
    loop = asyncio.get_running_loop()
    await fault(raw, latency_ms=60)
    await fault(raw, match="GET /users/@me", status=502, times=1)
    start = loop.time()
    assert (await raw("GET", "/users/@me")).status == 502
    assert loop.time() - start >= 0.06
    await raw.ok("GET", "/users/@me")


async def test_a_fault_may_be_a_429_or_one_of_discords_codes(raw: Raw) -> None:
    await fault(raw, match="GET /users/@me", status=429, times=1, body={"retry_after": 2.5})
    answer = await raw("GET", "/users/@me")
    assert (answer.body["retry_after"], answer.headers["Via"]) == (2.5, "1.1 google")
    await fault(raw, match="GET /users/@me", status=403, code=50013, times=1)
    assert (await raw("GET", "/users/@me")).body == {"message": "Missing Permissions", "code": 50013}


async def test_requests_and_violations_can_be_looked_at(raw: Raw) -> None:
    await raw.ok("POST", messages(raw), {"content": "x"})
    await raw("POST", "/no/such/route", {"a": 1})
    seen = await raw.ok("GET", "/standin/requests", who=None)
    assert [(r["method"], r["path"], r["status"], r["body"]) for r in seen] == [
        ("POST", messages(raw), 200, {"content": "x"}),
        ("POST", "/no/such/route", 404, None),
    ]
    assert seen[0]["time"] <= seen[1]["time"]
    assert [(v["rule"], v["detail"]) for v in await raw.violations()] == [("unknown route", "POST /no/such/route")]
