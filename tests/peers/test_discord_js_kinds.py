"""discord.js with what people send beside words, and in forums. Its role has what the invitation asks for, no more."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from antiphon.standin import Limits
from antiphon.standin.discord.state import FORUM, MEDIA
from peers.test_discord_js import EYES, Declined, Meeting, meeting, met, program

__all__ = ["met", "program"]

PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)
TAGS = [{"name": "open", "emoji_name": EYES}, {"name": "done"}, {"name": "guarded", "moderated": True}]


@pytest.mark.parametrize("kind", [FORUM, MEDIA])
async def test_it_posts_and_tags_in_a_forum(met: Meeting, kind: int) -> None:
    forum = await met.ada.create_channel("ideas", kind, available_tags=TAGS, default_sort_order=1)
    shown = await met.peer.do("forum", channel=forum["id"])
    assert [(tag["name"], tag["moderated"], tag["emoji"]) for tag in shown["tags"]] == [
        ("open", False, EYES),
        ("done", False, None),
        ("guarded", True, None),
    ]
    assert (shown["emoji"], shown["order"]) == (None, 1)
    post = await met.peer.do("post", channel=forum["id"], name="One", text="hello", tags=["open"])
    assert (post["tags"], post["first"]["id"], post["first"]["content"]) == (["open"], post["id"], "hello")
    assert [one["name"] for one in post["first"]["attachments"]] == ["a.txt"]
    assert await met.peer.do("tag", channel=post["id"], tags=["done"]) == ["done"]
    await met.peer.hears("thread changed", lambda thread: thread["tags"] == ["done"])
    with pytest.raises(Declined) as refused:
        await met.peer.do("tag", channel=post["id"], tags=["done", "guarded"])
    assert refused.value.code == 50013
    assert await met.peer.do("rename", channel=post["id"], name="Two") == "Two"
    await met.ada.request("DELETE", f"/channels/{post['id']}/messages/{post['id']}")
    await met.peer.do("send", channel=post["id"], body="the post is still there")


async def test_it_hears_of_posts_with_their_tags(met: Meeting) -> None:
    forum = await met.ada.create_channel("ideas", FORUM, available_tags=TAGS)
    post = await met.ada.open_post(forum["id"], "One", "hello", files=[("a.txt", b"x")], tags=["open", "guarded"])
    heard = await met.peer.hears("thread", lambda thread: thread["id"] == post["id"])
    assert heard["tags"] == ["open", "guarded"]
    message = await met.peer.hears("message", lambda message: message["id"] == post["id"])
    assert (message["channel"], message["content"]) == (post["id"], "hello")
    for attempt in (
        met.peer.do("tag", channel=post["id"], tags=[]),
        met.peer.do("rename", channel=post["id"], name="Two"),
    ):
        with pytest.raises(Declined) as refused:
            await attempt
        assert refused.value.code == 50013


async def test_a_third_name_waits_for_minutes(program: Path) -> None:
    async with meeting(program, Limits()) as met:
        forum = await met.ada.create_channel("ideas", FORUM, available_tags=TAGS)
        post = await met.peer.do("post", channel=forum["id"], name="One", text="x", tags=[])
        for name in ("Two", "Three"):
            await met.peer.do("rename", channel=post["id"], name=name)
        third = asyncio.create_task(met.peer.do("rename", channel=post["id"], name="Four"))
        statuses: list[int] = []
        async with asyncio.timeout(10):
            while 429 not in statuses:
                async with met.http.get(f"{met.discord.url}/standin/requests") as response:
                    statuses = [one["status"] for one in await response.json() if one["method"] == "PATCH"]
        assert statuses == [200, 200, 429]
        assert not third.done()
        third.cancel()


async def test_it_asks_and_hears_the_votes(met: Meeting) -> None:
    asked = await met.peer.do("poll", channel=met.general, question="Lunch?", answers=["Soup", "Bread"])
    poll = {"id": asked["id"], "channel_id": met.general}
    await met.ada.vote(poll, 2)
    voted = await met.peer.hears("voted")
    assert (voted["answer"], voted["count"], voted["user"]) == ("Bread", 1, met.ada.id)
    where = {"channel": met.general, "message": asked["id"]}
    found = await met.peer.do("results", **where)
    assert found == {"answers": [["Soup", 0, []], ["Bread", 1, ["ada"]]], "finalized": False}
    await met.peer.do("endPoll", **where)
    assert (await met.peer.hears("message", lambda message: message["type"] == 46))["replyTo"] == asked["id"]
    await met.ada.until(lambda ada: [one["type"] for one in ada.messages(met.general)] == [0, 46])


async def test_it_reads_stickers_and_forwards(met: Meeting) -> None:
    own = await met.ada.add_sticker("fire", PNG)
    packs = await met.ada.request("GET", "/sticker-packs")
    wave = packs["sticker_packs"][0]["stickers"][0]
    said = await met.ada.say(met.general, "look", files=[("a.txt", b"x")], stickers=[own["id"], wave["id"]])
    heard = await met.peer.hears("message")
    assert heard["stickers"] == [{"name": "fire", "format": 1}, {"name": "Wave", "format": 3}]
    where = {"channel": met.general, "message": said["id"]}
    sticker = await met.peer.do("sticker", **where)
    assert (sticker["name"], sticker["type"]) == ("fire", 2)
    assert (await met.peer.do("download", url=sticker["url"]))["status"] == 200
    await met.ada.forward(said, met.general)
    copied = {"content": "look", "attachments": ["a.txt"], "stickers": ["fire", "Wave"]}
    assert (await met.peer.hears("message", times=2))["forwarded"] == [copied]
    assert (await met.peer.do("forward", **where, to=met.general))["forwarded"] == [copied]


async def test_it_is_silenced(met: Meeting) -> None:
    about = met.discord.describe()
    await met.ada.time_out(about["bot_id"], datetime.now(UTC) + timedelta(minutes=5))
    await met.peer.hears("member changed", lambda member: member == {"name": "antiphon", "silent": True})
    with pytest.raises(Declined) as refused:
        await met.peer.do("send", channel=met.general, body="x")
    assert refused.value.code == 50013
    await met.ada.time_out(about["bot_id"], None)
    await met.peer.do("send", channel=met.general, body="x")
