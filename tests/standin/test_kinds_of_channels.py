"""Channels beside text: media, voice, stages, announcements; and slow mode, which all of them have."""

from collections.abc import AsyncIterator

import discord
import pytest

from antiphon.standin.client import Refused
from antiphon.standin.discord import Limits, LocalDiscord
from antiphon.standin.discord.state import ANNOUNCEMENT, ANNOUNCEMENT_THREAD, MEDIA, STAGE, TEXT, VOICE
from antiphon.standin.person import Person
from standin.conftest import Raw, person
from standin.discord_py_bot import Bot


async def test_a_media_channel_takes_posts_as_a_forum_does(server: Raw, bot: Bot) -> None:
    async with person(server) as ada:
        media = await ada.create_channel("pictures", MEDIA, available_tags=[{"name": "open"}])
        await bot.told("guild_channel_create", lambda channel: str(channel.id) == media["id"])
        place = bot.get_channel(int(media["id"]))
        assert isinstance(place, discord.ForumChannel)
        assert place.is_media()
        made = await place.create_thread(name="One", content="x", applied_tags=[place.available_tags[0]])
        assert made.thread.id == made.message.id
        edited = await place.edit(require_tag=True)
        assert edited is not None
        with pytest.raises(discord.HTTPException) as refused:
            await edited.create_thread(name="Two", content="x")
        assert refused.value.code == 40067
        hidden = await ada.request("PATCH", f"/channels/{media['id']}", {"flags": 1 << 15})
        assert hidden["flags"] == 1 << 15
        with pytest.raises(Refused, match="40058"):
            await ada.say(media["id"], "x")


@pytest.mark.parametrize("kind", [VOICE, STAGE])
async def test_voice_and_stages_have_a_chat(server: Raw, bot: Bot, kind: int) -> None:
    async with person(server) as ada:
        channel = await ada.create_channel("Lounge", kind, nsfw=True)
        await bot.told("guild_channel_create", lambda one: str(one.id) == channel["id"])
        place = bot.get_channel(int(channel["id"]))
        assert isinstance(place, discord.VoiceChannel if kind == VOICE else discord.StageChannel)
        assert (place.name, place.nsfw) == ("Lounge", True)
        said = await ada.say(channel["id"], "hello")
        (heard,) = await bot.told("message", lambda message: str(message.id) == said["id"])
        await heard.reply("hello yourself")
        await ada.until(lambda p: [m["content"] for m in p.messages(channel["id"])] == ["hello", "hello yourself"])
        hook = await place.create_webhook(name="hook")
        await hook.send("from outside", wait=True)
        with pytest.raises(Refused, match="50024"):
            await ada.start_thread(channel["id"], "no threads here", said)


async def test_announcements_have_threads_of_their_own_and_are_published(server: Raw, bot: Bot) -> None:
    async with person(server) as ada:
        channel = await ada.create_channel("news", ANNOUNCEMENT)
        said = await ada.say(channel["id"], "big news")
        assert (await ada.start_thread(channel["id"], "talk", said))["type"] == ANNOUNCEMENT_THREAD
        (heard,) = await bot.told("message", lambda message: str(message.id) == said["id"])
        assert heard.channel.is_news()
        await heard.publish()
        await ada.until(lambda p: (p.message(said) or {})["flags"] & 1)
        with pytest.raises(discord.HTTPException) as refused:
            await heard.publish()
        assert refused.value.code == 40033
        thread = await heard.channel.create_thread(name="alone", type=discord.ChannelType.news_thread)
        assert thread.is_news()
        for kind in (discord.ChannelType.public_thread, discord.ChannelType.private_thread):
            with pytest.raises(discord.HTTPException) as refused:
                await heard.channel.create_thread(name="another kind", type=kind)
            assert refused.value.code == 50024


async def test_publishing_others_words_needs_the_right(raw: Raw, ada: Person) -> None:
    channel = await ada.create_channel("news", ANNOUNCEMENT)
    said = await ada.say(channel["id"], "big news")
    path = f"/channels/{channel['id']}/messages/{said['id']}/crosspost"
    assert (await raw("POST", path, who="mallory")).code == 50013
    assert (await raw.ok("POST", path))["flags"] & 1
    general = await ada.say(raw.ids["general"], "x")
    assert (await raw("POST", f"/channels/{raw.ids['general']}/messages/{general['id']}/crosspost")).code == 50024


class Time:
    now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


Slow = tuple[Person, Person, Time]


@pytest.fixture
async def slow() -> AsyncIterator[Slow]:
    """Ada, who may bypass slow mode, and mallory, who may not; and the time, which the test owns."""
    time = Time()
    async with LocalDiscord(limits=Limits.unlimited(), clock=time) as local:
        about = local.describe()
        tokens = {one["name"]: one["token"] for one in about["people"]}
        async with (
            Person(about["api"], about["gateway"], tokens["ada"]) as ada,
            Person(about["api"], about["gateway"], tokens["mallory"]) as mallory,
        ):
            yield ada, mallory, time


async def test_slow_mode_spaces_the_messages_of_people(slow: Slow) -> None:
    ada, mallory, time = slow
    channel = await ada.create_channel("calm", TEXT, rate_limit_per_user=10)
    await mallory.say(channel["id"], "one")
    time.now += 4
    with pytest.raises(Refused) as refused:
        await mallory.say(channel["id"], "two")
    assert refused.value.status == 429
    assert refused.value.payload == {
        "message": "This action cannot be performed due to slowmode rate limit",
        "code": 20016,
        "global": False,
        "retry_after": 6.0,
    }
    for _ in range(2):
        await ada.say(channel["id"], "who may bypass it is not held up")
    await mallory.start_thread(channel["id"], "threads are counted apart")
    with pytest.raises(Refused, match="20016"):
        await mallory.start_thread(channel["id"], "another")
    time.now += 6
    await mallory.say(channel["id"], "two")


async def test_posts_of_a_forum_are_spaced_and_a_refused_one_does_not_count(
    slow: Slow,
) -> None:
    ada, mallory, time = slow
    media = await ada.create_channel("pictures", MEDIA, rate_limit_per_user=10, default_thread_rate_limit_per_user=5)
    with pytest.raises(Refused, match="50006"):
        await mallory.open_post(media["id"], "empty")
    post = await mallory.open_post(media["id"], "One", "x")
    with pytest.raises(Refused, match="20016"):
        await mallory.open_post(media["id"], "Two", "x")
    await mallory.say(post["id"], "the post has a slow mode of its own")
    with pytest.raises(Refused, match="20016"):
        await mallory.say(post["id"], "so soon")
    time.now += 5
    await mallory.say(post["id"], "later")


async def test_a_bot_knows_no_slow_mode(server: Raw, bot: Bot) -> None:
    place = bot.place(server)
    await place.edit(slowmode_delay=600)
    for n in range(3):
        await place.send(str(n))
