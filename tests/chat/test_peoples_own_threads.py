"""Below a project's channel people have threads of their own: Claude answers there only when somebody calls it."""

from pathlib import Path

import discord
import pytest
from inbound_scene import inbound

from antiphon.chat.inbound.backfill import all_of
from antiphon.core.values import MessageId, PlaceId


@pytest.mark.parametrize("mention_required", [False, True])
async def test_in_a_persons_own_thread_only_a_mention_calls_claude(tmp_path: Path, mention_required: bool) -> None:
    async with inbound(tmp_path, mention_required=mention_required) as at:
        mine = await at.ben.start_thread(at.general, "lunch")
        await at.ben.say(mine["id"], "where do we eat?")
        await at.ada.say(mine["id"], "at the corner")
        await at.ben.say(mine["id"], f"{at.me} which one is open?")
        assert await at.texts(1) == ["which one is open?"]
        await at.ada.say(mine["id"], "and cheap, please")  # there is a session by now: it goes on
        assert await at.texts(2) == ["which one is open?", "and cheap, please"]


async def test_a_thread_that_the_bot_has_opened_needs_no_mention(tmp_path: Path) -> None:
    async with inbound(tmp_path) as at:
        channel = at.discord.client.get_channel(int(at.general))
        assert isinstance(channel, discord.TextChannel)
        thread = await (await channel.send("a session begins here")).create_thread(name="New session")
        await at.ben.say(str(thread.id), "list the files")
        assert await at.texts(1) == ["list the files"]


async def test_a_thread_below_a_prompt_needs_no_mention_whoever_opens_it(tmp_path: Path) -> None:
    async with inbound(tmp_path) as at:
        prompt = await at.ben.say(at.general, "list the files")
        await at.texts(1)
        thread = await at.ben.start_thread(at.general, "files", prompt)
        await at.ben.say(thread["id"], "the hidden ones too")
        assert await at.texts(2) == ["list the files", "the hidden ones too"]


async def test_what_was_missed_in_a_persons_own_thread_is_decided_in_the_same_way(tmp_path: Path) -> None:
    async with inbound(tmp_path) as at:
        mine = await at.ben.start_thread(at.general, "lunch")
        ours = await at.ben.start_thread(at.general, "work")
        await at.ben.say(ours["id"], f"{at.me} begin")
        await at.texts(1)

        async def meanwhile() -> None:
            await at.ben.say(mine["id"], "where do we eat?")
            await at.ben.say(ours["id"], "go on")
            await at.ben.say(mine["id"], f"{at.me} tell us")
            await at.ben.say(mine["id"], "soon")

        await at.away(meanwhile())
        assert sorted(await at.texts(4)) == ["begin", "go on", "soon", "tell us"]


@pytest.mark.slow
async def test_what_was_missed_in_a_thread_that_was_empty_the_last_time_all_was_looked_at(tmp_path: Path) -> None:
    async with inbound(tmp_path) as at:
        mine = await at.ben.start_thread(at.general, "lunch")
        later = await at.ben.say(at.general, "list the files")
        await at.store.seen(all_of(PlaceId(int(at.general))), MessageId(int(later["id"])))
        await at.away(at.ben.say(mine["id"], f"{at.me} where do we eat?"))
        assert await at.texts(2) == ["list the files", "where do we eat?"]
