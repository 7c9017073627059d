"""Webhooks: posting without a bot."""

from typing import Any

import pytest

from antiphon.standin.discord import Limits
from antiphon.standin.person import Person
from standin.conftest import Raw, opened


async def hooked(raw: Raw, channel: str = "general") -> str:
    found = await raw.ok("POST", f"/channels/{raw.ids[channel]}/webhooks", {"name": "hook"})
    return f"/webhooks/{found['id']}/{found['token']}"


async def post(raw: Raw, hook: str, query: str = "?wait=true", **body: Any) -> Any:
    return await raw.ok("POST", hook + query, body, who=None)


async def test_a_webhook_posts_under_its_own_name(raw: Raw, ada: Person) -> None:
    hook = await hooked(raw)
    message = await post(raw, hook, content="done", username="session 1")
    assert (message["author"]["username"], message["webhook_id"]) == ("session 1", message["author"]["id"])
    (seen,) = await ada.until(lambda p: p.messages(raw.ids["general"]))
    assert seen["author"]["discriminator"] == "0000"
    assert "member" not in seen


async def test_a_webhook_edits_and_deletes_its_own(raw: Raw) -> None:
    hook = await hooked(raw)
    message = await post(raw, hook, content="one")
    path = f"{hook}/messages/{message['id']}"
    assert (await raw.ok("PATCH", path, {"content": "two"}, who=None))["content"] == "two"
    assert (await raw.ok("GET", path, who=None))["content"] == "two"
    refused = await raw("PATCH", f"/channels/{raw.ids['general']}/messages/{message['id']}", {"content": "x"})
    assert (refused.status, refused.code) == (403, 50005)
    await raw.ok("DELETE", path, who=None)
    assert (await raw("GET", path, who=None)).code == 10008


async def test_without_wait_nothing_is_said_also_when_it_fails(raw: Raw) -> None:
    hook = await hooked(raw)
    assert (await raw("POST", hook, {}, who=None)).status == 204
    assert [v["rule"] for v in await raw.violations()] == ["webhook message lost without wait=true"]


async def test_a_post_in_a_forum_is_a_thread(raw: Raw) -> None:
    forum = await raw.ok("POST", f"/guilds/{raw.ids['guild']}/channels", {"name": "forum", "type": 15})
    raw.ids["forum"] = forum["id"]
    hook = await hooked(raw, "forum")
    message = await post(raw, hook, content="status", thread_name="session 1")
    assert message["channel_id"] == message["id"]
    thread = await raw.ok("GET", f"/channels/{message['id']}")
    assert (thread["name"], thread["parent_id"]) == ("session 1", forum["id"])
    await post(raw, hook, f"?wait=true&thread_id={thread['id']}", content="more")
    assert len(await raw.ok("GET", f"/channels/{thread['id']}/messages")) == 2


async def test_a_forum_that_wants_a_tag_takes_no_post_without_one(raw: Raw) -> None:
    tag = {"name": "done"}
    channel = {"name": "forum", "type": 15, "available_tags": [tag]}
    forum = await raw.ok("POST", f"/guilds/{raw.ids['guild']}/channels", channel)
    raw.ids["forum"] = forum["id"]
    await raw.ok("PATCH", f"/channels/{forum['id']}", {"flags": 1 << 4})
    hook = await hooked(raw, "forum")
    body = {"content": "x", "thread_name": "session 1"}
    assert (await raw("POST", f"{hook}?wait=true", body, who=None)).code == 40067
    wrong = await raw("POST", f"{hook}?wait=true", {**body, "applied_tags": [raw.ids["guild"]]}, who=None)
    assert (wrong.code, wrong.error("applied_tags")) == (50035, "CHANNEL_TAG_INVALID")
    await post(raw, hook, **body, applied_tags=[forum["available_tags"][0]["id"]])


async def test_a_text_channels_webhook_opens_no_thread(raw: Raw) -> None:
    hook = await hooked(raw)
    refused = await raw("POST", f"{hook}?wait=true", {"content": "x", "thread_name": "session 1"}, who=None)
    assert (refused.status, refused.code) == (400, 220003)


async def test_a_post_wakes_an_archived_thread(raw: Raw) -> None:
    hook = await hooked(raw)
    thread = await raw.ok("POST", f"/channels/{raw.ids['general']}/threads", {"name": "t", "type": 11})
    await raw.ok("PATCH", f"/channels/{thread['id']}", {"archived": True})
    await post(raw, hook, f"?wait=true&thread_id={thread['id']}", content="x")
    assert not (await raw.ok("GET", f"/channels/{thread['id']}"))["thread_metadata"]["archived"]


async def test_fifteen_webhooks_and_no_more() -> None:
    async with opened(Limits.unlimited()) as raw:
        for _ in range(15):
            await hooked(raw)
        refused = await raw("POST", f"/channels/{raw.ids['general']}/webhooks", {"name": "hook"})
        assert (refused.status, refused.code) == (400, 30007)


@pytest.mark.parametrize("by_token", [True, False])
async def test_a_webhook_is_shown_renamed_and_deleted(raw: Raw, by_token: bool) -> None:
    hook = await hooked(raw)
    path, who = (hook, None) if by_token else (hook.rpartition("/")[0], "bot")
    assert (await raw.ok("GET", path, who=who))["name"] == "hook"
    assert (await raw.ok("PATCH", path, {"name": "new"}, who=who))["name"] == "new"
    assert len(await raw.ok("GET", f"/channels/{raw.ids['general']}/webhooks")) == 1
    await raw.ok("DELETE", path, who=who)
    gone = await raw("POST", hook, {"content": "x"}, who=None)
    assert (gone.status, gone.code) == (404, 10015)
    assert await raw.violations() == []
    await raw("POST", hook, {"content": "x"}, who=None)
    assert [v["rule"] for v in await raw.violations()] == ["webhook used again after a 404"]
