"""What Claude is told of a message is what a reader of it sees; and of those who may prompt nobody waits in vain."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from inbound_scene import inbound

from antiphon.standin.person import Person

Json = dict[str, Any]


async def said_to(who: Person, place: str) -> list[str]:
    """What the bot says in a place, once it says something."""

    def found(person: Person) -> list[str]:
        return [one["content"] for one in person.messages(place) if one["author"].get("bot")]

    return await who.until(found)


async def post(who: Person, place: str, **body: Any) -> Json:
    return await who.request("POST", f"/channels/{place}/messages", body)


async def test_mentions_emoji_and_times_are_words_for_claude_and_in_the_threads_name(tmp_path: Path) -> None:
    async with inbound(tmp_path) as at:
        markup = f"<@{at.ada.id}>, is {at.me} in <#{at.general}>? <:x:4> <t:5>"
        await at.ben.say(at.general, f"{at.me} {markup}")
        await at.texts(1)
        (prompt,) = await at.prompts()
        bot = at.discord.client.user
        assert bot is not None
        ada = at.ada.me.get("global_name") or at.ada.me["username"]
        words = f"@{ada}, is @{bot.display_name} in #general? :x: 1970-01-01 00:00 UTC"
        assert (prompt.prompt.text, prompt.session.title) == (words, words)


async def test_the_name_of_a_channel_is_told_only_where_the_author_sees_it(tmp_path: Path) -> None:
    async with inbound(tmp_path) as at:
        hidden = next(id_ for id_ in at.discord.standin.describe()["channels"].values() if id_ != at.general)
        for person, sees in ((at.guild, False), (at.ada.id, True)):  # first everybody, by the role that all have
            change = {"type": 0 if person == at.guild else 1, ("allow" if sees else "deny"): "1024"}
            await at.ada.request("PUT", f"/channels/{hidden}/permissions/{person}", change)
        await at.ben.say(at.general, f"what is <#{hidden}>?")
        await at.ada.say(at.general, f"and <#{hidden}>?")
        from_ben, from_ada = await at.texts(2)
        assert from_ben == "what is #unknown?"
        assert "unknown" not in from_ada


async def test_the_name_of_a_private_thread_is_told_to_nobody(tmp_path: Path) -> None:
    async with inbound(tmp_path) as at:
        body = {"name": "salaries", "type": 12}
        private = await at.ada.request("POST", f"/channels/{at.general}/threads", body)
        assert at.discord.client.user is not None
        await at.ada.request("PUT", f"/channels/{private['id']}/thread-members/{at.discord.client.user.id}")
        await at.ben.say(at.general, f"what is <#{private['id']}>?")
        assert await at.texts(1) == ["what is #unknown?"]


async def test_markup_in_what_is_quoted_or_forwarded_becomes_words_too(tmp_path: Path) -> None:
    async with inbound(tmp_path) as at:
        original = await at.mallory.say(at.general, f"<@{at.ben.id}> look at <#{at.general}> <a:party:4>")
        await post(
            at.ben,
            at.general,
            content="what is this?",
            message_reference={"message_id": original["id"], "channel_id": at.general},
        )
        await at.ben.forward(original, at.general)
        quoted, forwarded = await at.texts(2)
        ben = at.ben.me.get("global_name") or at.ben.me["username"]
        assert f"> @{ben} look at #general :party:" in quoted
        assert "look at #general :party:" in forwarded


async def test_a_sticker_and_a_poll_are_words_for_claude(tmp_path: Path) -> None:
    async with inbound(tmp_path) as at:
        await post(at.ben, at.general, sticker_ids=["749054660769218631"])
        answers = [{"poll_media": {"text": text}} for text in ("tabs", "spaces")]
        await post(at.ben, at.general, poll={"question": {"text": "Which?"}, "answers": answers, "duration": 1})
        assert await at.texts(2) == ["(a sticker: Wave)", "A poll: Which?\n- tabs\n- spaces"]


async def test_a_voice_message_is_a_file_for_claude_and_an_empty_one_gets_help(tmp_path: Path) -> None:
    async with inbound(tmp_path) as at:
        await at.ben.speak(at.general, b"")
        (help_,) = await said_to(at.ben, at.general)
        assert "/help" in help_
        await at.ben.speak(at.general, b"OggS...")
        await at.texts(1)
        (prompt,) = await at.prompts()
        assert [file.name for file in prompt.prompt.attachments.files] == ["voice-message.ogg"]


async def test_a_bare_mention_gets_help_from_whom_it_may_get_some(tmp_path: Path) -> None:
    async with inbound(tmp_path, mention_required=True) as at:
        await at.mallory.say(at.general, at.me)
        await at.ben.say(at.general, f" {at.me} ")
        (help_,) = await said_to(at.ben, at.general)
        assert "/help" in help_
        assert await at.prompts() == []


async def test_a_mention_below_somebodys_message_asks_about_that_message(tmp_path: Path) -> None:
    async with inbound(tmp_path) as at:
        original = await at.mallory.say(at.general, "the build fails")
        await at.ben.say(at.general, at.me, reply_to=original)
        (text,) = await at.texts(1)
        assert text.endswith("> the build fails")


async def test_a_direct_message_of_who_may_is_a_prompt_and_a_strangers_is_not(tmp_path: Path) -> None:
    async with inbound(tmp_path) as at:
        for who in (at.mallory, at.ben):
            direct = await who.open_dm(str(at.discord.standin.describe()["application_id"]))
            await who.say(direct["id"], f"hello from {who.id}")
        assert await at.texts(1) == [f"hello from {at.ben.id}"]
        strangers = await at.mallory.open_dm(str(at.discord.standin.describe()["application_id"]))
        assert len(await at.mallory.history(strangers["id"])) == 1


async def test_in_a_direct_message_roles_count_too(tmp_path: Path) -> None:
    async with inbound(tmp_path, role="builders") as at:  # ben has it, mallory has not
        for who in (at.mallory, at.ben):
            direct = await who.open_dm(str(at.discord.standin.describe()["application_id"]))
            await who.say(direct["id"], f"hello from {who.id}")
        assert await at.texts(1) == [f"hello from {at.ben.id}"]


@pytest.mark.parametrize("before", ["fix the build", "{me}"], ids=["no mention", "no words"])
async def test_an_edit_that_makes_a_message_a_prompt_makes_it_one_once(tmp_path: Path, before: str) -> None:
    async with inbound(tmp_path, mention_required=True) as at:
        message = await at.ben.say(at.general, before.format(me=at.me))
        await at.ben.edit(message, f"{at.me} fix the build")
        assert await at.texts(1) == ["fix the build"]
        await at.ben.edit(message, f"{at.me} fix the build, please")
        async with asyncio.timeout(10):
            while (await at.texts(1)) != ["fix the build, please"]:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        await at.mallory.edit(await at.mallory.say(at.general, "let me in"), f"{at.me} let me in")
        await at.ben.say(at.general, f"{at.me} next")
        assert await at.texts(2) == ["fix the build, please", "next"]


async def test_the_embed_of_another_app_is_quoted_with_fields_links_and_footer(tmp_path: Path) -> None:
    async with inbound(tmp_path) as at:
        channel = await at.ada.request("POST", f"/channels/{at.general}/webhooks", {"name": "ci"})
        embed = {
            "author": {"name": "CI", "url": "https://ci.test/"},
            "title": "Build 7 failed",
            "url": "https://ci.test/7",
            "description": "2 tests",
            "fields": [{"name": "Branch", "value": "main"}, {"name": "Took", "value": "3 min"}],
            "footer": {"text": "runner 4"},
        }
        hook = f"/webhooks/{channel['id']}/{channel['token']}?wait=true"
        posted = await at.ada.request("POST", hook, {"embeds": [embed]})
        await at.ben.say(at.general, "why?", reply_to=posted)
        (text,) = await at.texts(1)
        lines = [
            "> CI (https://ci.test/)",
            "> Build 7 failed (https://ci.test/7)",
            "> 2 tests",
            "> Branch: main",
            "> Took: 3 min",
            "> runner 4",
        ]
        assert "\n".join(lines) in text
