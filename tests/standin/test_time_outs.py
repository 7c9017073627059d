"""Time-outs: what a silenced member may still do, for how long, and who is told."""

import datetime

import discord
import pytest

from antiphon.standin.client import Refused
from antiphon.standin.person import Person
from standin.conftest import Raw, person
from standin.discord_py_bot import Bot
from standin.test_kinds_of_channels import Slow, slow

__all__ = ["slow"]


def in_an_hour(now: float) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(now + 3600, datetime.UTC)


async def test_a_silenced_person_reads_and_does_nothing_else(slow: Slow) -> None:
    ada, mallory, time = slow
    channel = await ada.create_channel("talk")
    before = await mallory.say(channel["id"], "before")
    question = await ada.say(channel["id"], "a question")
    await ada.react(question, "\N{EYES}")
    poll = await ada.ask_poll(channel["id"], "?", ["a"])
    await ada.time_out(mallory.id, in_an_hour(time.now))
    told = await mallory.until(lambda p: p.event("GUILD_MEMBER_UPDATE"))
    assert told["communication_disabled_until"] == in_an_hour(time.now).isoformat(timespec="microseconds")
    assert [m["id"] for m in await mallory.history(channel["id"])] == [before["id"], question["id"], poll["id"]]
    tries = (
        mallory.say(channel["id"], "x"),
        mallory.react(question, "\N{FIRE}"),
        mallory.react(question, "\N{EYES}"),
        mallory.vote(poll, 1),
        mallory.start_thread(channel["id"], "x"),
        mallory.request("POST", f"/channels/{channel['id']}/typing"),
    )
    for attempt in tries:
        with pytest.raises(Refused, match="50013"):
            await attempt
    time.now += 3600
    await mallory.say(channel["id"], "it is over")


async def test_an_overwrite_gives_nothing_back_and_an_end_everything(slow: Slow) -> None:
    ada, mallory, time = slow
    channel = await ada.create_channel("talk")
    allow = {"type": 1, "allow": str(1 << 11)}
    await ada.request("PUT", f"/channels/{channel['id']}/permissions/{mallory.id}", allow)
    await ada.time_out(mallory.id, in_an_hour(time.now))
    with pytest.raises(Refused, match="50013"):
        await mallory.say(channel["id"], "x")
    await ada.time_out(mallory.id, None)
    await mallory.say(channel["id"], "x")


async def test_an_administrator_is_not_silenced(raw: Raw, ada: Person) -> None:
    roles = await raw.ok("GET", f"/guilds/{raw.ids['guild']}/roles")
    admin = next(role["id"] for role in roles if role["name"] == "admin")
    now = datetime.datetime.now(datetime.UTC)
    async with person(raw, "ben") as ben:
        await ada.time_out(ben.id, now + datetime.timedelta(hours=1))
        await raw.ok("PUT", f"/guilds/{raw.ids['guild']}/members/{ben.id}/roles/{admin}", who="ada")
        await ben.say(raw.ids["general"], "nobody silences me now")
        with pytest.raises(Refused, match="50013"):
            await ada.time_out(ben.id, now + datetime.timedelta(hours=1))


async def test_discord_py_is_silenced_and_hears_of_it(server: Raw, bot: Bot) -> None:
    async with person(server) as ada:
        await ada.time_out(server.ids["app"], datetime.datetime.now(datetime.UTC) + datetime.timedelta(hours=1))
        await bot.told("member_update", lambda _, after: after.id == bot.guilds[0].me.id)
        assert bot.guilds[0].me.is_timed_out()
        place = bot.place(server)
        assert not place.permissions_for(bot.guilds[0].me).send_messages
        with pytest.raises(discord.Forbidden) as refused:
            await place.send("x")
        assert refused.value.code == 50013
        assert [m async for m in place.history()] == []
        said = await ada.say(server.ids["general"], "still heard")
        await bot.told("message", lambda message: str(message.id) == said["id"])
        await ada.time_out(server.ids["app"], None)
        await place.send("x")


async def test_discord_py_silences_somebody(server: Raw, bot: Bot) -> None:
    member = bot.guilds[0].get_member_named("mallory")
    assert member is not None
    await member.timeout(datetime.timedelta(minutes=5))
    await bot.told("member_update", lambda _, after: after.is_timed_out())
    async with person(server, "mallory") as mallory:
        with pytest.raises(Refused, match="50013"):
            await mallory.say(server.ids["general"], "x")
    owner = bot.guilds[0].owner
    assert owner is not None
    with pytest.raises(discord.Forbidden):
        await owner.timeout(datetime.timedelta(minutes=5))
