"""The real discord.py in forums of the local Discord."""

import io

import discord
import pytest

from antiphon.standin.discord.state import FORUM
from standin.conftest import Raw, person
from standin.discord_py_bot import Bot


async def made(bot: Bot) -> discord.ForumChannel:
    tags = [discord.ForumTag(name="open", emoji="\N{EYES}"), discord.ForumTag(name="guarded", moderated=True)]
    return await bot.guilds[0].create_forum(
        "ideas",
        topic="what might be done",
        available_tags=tags,
        default_sort_order=discord.ForumOrderType.creation_date,
        default_layout=discord.ForumLayoutType.list_view,
        default_reaction_emoji="\N{EYES}",
        default_thread_slowmode_delay=5,
    )


async def test_a_forum_comes_back_as_it_was_made(server: Raw, bot: Bot) -> None:
    forum = await made(bot)
    await bot.told("guild_channel_create", lambda channel: channel.id == forum.id)
    fetched = await bot.fetch_channel(forum.id)
    for one in (forum, fetched, bot.get_channel(forum.id)):
        assert isinstance(one, discord.ForumChannel)
        assert [(tag.name, tag.moderated, str(tag.emoji)) for tag in one.available_tags] == [
            ("open", False, "\N{EYES}"),
            ("guarded", True, "None"),
        ]
        assert str(one.default_reaction_emoji) == "\N{EYES}"
        assert one.default_sort_order is discord.ForumOrderType.creation_date
        assert one.default_layout is discord.ForumLayoutType.list_view
        assert one.default_thread_slowmode_delay == 5


async def test_it_posts_with_files_and_tags_and_tags_again(server: Raw, bot: Bot) -> None:
    forum = await made(bot)
    open_, guarded = forum.available_tags
    new = await forum.create_thread(
        name="One", content="hello", files=[discord.File(io.BytesIO(b"bytes"), "a.txt")], applied_tags=[open_]
    )
    assert new.thread.id == new.message.id
    assert await new.message.attachments[0].read() == b"bytes"
    await new.thread.add_tags(guarded)
    _, known = await bot.told("thread_update", lambda _, after: len(after.applied_tags) == 2)
    assert {tag.name for tag in known.applied_tags} == {"open", "guarded"}
    await known.remove_tags(open_)
    fetched = await bot.fetch_channel(new.thread.id)
    assert isinstance(fetched, discord.Thread)
    assert [tag.name for tag in fetched.applied_tags] == ["guarded"]
    await new.thread.edit(pinned=True)
    await bot.told("thread_update", lambda _, after: after.flags.pinned)
    starter = await new.thread.fetch_message(new.thread.id)
    assert starter.content == "hello"


async def test_tags_are_made_and_edited(server: Raw, bot: Bot) -> None:
    forum = await made(bot)
    tag = await forum.create_tag(name="done", emoji=discord.PartialEmoji(name="\N{PARTY POPPER}"))
    assert tag.id
    await bot.told("guild_channel_update", lambda _, after: [t.name for t in after.available_tags][-1] == "done")
    again = await bot.fetch_channel(forum.id)
    assert isinstance(again, discord.ForumChannel)
    edited = await again.edit(available_tags=again.available_tags[::-1], require_tag=True)
    assert edited is not None
    assert [one.name for one in edited.available_tags] == ["done", "guarded", "open"]
    assert edited.flags.require_tag
    with pytest.raises(discord.HTTPException) as refused:
        await edited.create_thread(name="One", content="x")
    assert refused.value.code == 40067


async def test_posts_of_people_arrive_with_their_tags(server: Raw, bot: Bot) -> None:
    async with person(server) as ada:
        forum = await ada.create_channel("ideas", FORUM, available_tags=[{"name": "open"}])
        post = await ada.open_post(forum["id"], "One", "hello", files=[("a.txt", b"bytes")], tags=["open"])
        (thread,) = await bot.told("thread_create", lambda thread: str(thread.id) == post["id"])
        assert [tag.name for tag in thread.applied_tags] == ["open"]
        (message,) = await bot.told("message", lambda message: message.id == thread.id)
        assert message.channel == thread
        assert (message.content, len(message.attachments)) == ("hello", 1)
        assert thread.starter_message == message
        await ada.delete(post["message"])
        await bot.told("message_delete", lambda gone: gone.id == thread.id)
        await thread.send("still here")
