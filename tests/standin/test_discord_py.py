"""The real discord.py against the local Discord: the first test to fail when either of them moves."""

import io
from collections.abc import AsyncIterator, Callable
from typing import Any

import discord
import discord.asset
import discord.gateway
import discord.http
import pytest
from discord import app_commands

from antiphon.standin.discord import Limits, Rate
from antiphon.standin.person import Person
from standin.conftest import Raw, opened, person
from standin.discord_py_bot import Bot, running


async def test_it_logs_in_and_knows_the_guild(server: Raw, bot: Bot) -> None:
    (guild,) = bot.guilds
    assert {m.name for m in guild.members} == {"antiphon", "ada", "ben", "mallory"}
    assert guild.owner is not None
    assert guild.owner.name == "ada"
    assert [c.name for c in guild.text_channels] == ["general", "random"]
    assert guild.me.guild_permissions.manage_threads
    ben = guild.get_member_named("ben")
    assert ben is not None
    assert [r.name for r in ben.roles] == ["@everyone", "builders"]
    assert (await bot.application_info()).owner.name == "ada"


async def test_messages_with_everything_go_out_and_come_back(server: Raw, bot: Bot) -> None:
    channel = bot.place(server)
    view = discord.ui.View()
    view.add_item(discord.ui.Button(label="Go", custom_id="go"))
    sent = await channel.send(
        "hello",
        embed=discord.Embed(title="t", description="d", colour=discord.Colour.red()),
        file=discord.File(io.BytesIO(b"bytes"), "a.txt", description="a file"),
        view=view,
        allowed_mentions=discord.AllowedMentions.none(),
        silent=True,
        nonce="n1",
    )
    assert sent.flags.suppress_notifications
    assert await sent.attachments[0].read() == b"bytes"
    edited = await sent.edit(content="changed", embed=None, attachments=[])
    assert (edited.content, edited.embeds, edited.attachments) == ("changed", [], [])
    reply = await sent.reply("answer")
    assert reply.reference is not None
    assert reply.reference.message_id == sent.id
    assert [m.content async for m in channel.history(oldest_first=True)] == ["changed", "answer"]
    assert [m.content async for m in channel.history(after=sent)] == ["answer"]
    await sent.add_reaction("\N{EYES}")
    await sent.pin()
    assert [m.id async for m in channel.pins()] == [sent.id]
    fetched = await channel.fetch_message(sent.id)
    assert [(r.emoji, r.count, r.me) for r in fetched.reactions] == [("\N{EYES}", 1, True)]
    await fetched.clear_reactions()
    async with channel.typing():
        await reply.delete()
    with pytest.raises(discord.NotFound) as gone:
        await channel.fetch_message(reply.id)
    assert gone.value.code == 10008


async def test_components_v2_are_sent_and_parsed(server: Raw, bot: Bot) -> None:
    view = discord.ui.LayoutView()
    container: discord.ui.Container[Any] = discord.ui.Container(accent_colour=0x00FF00)
    container.add_item(discord.ui.TextDisplay("words"))
    container.add_item(discord.ui.Separator())
    container.add_item(
        discord.ui.Section("text", accessory=discord.ui.Button(label="Go", custom_id="go")),
    )
    container.add_item(discord.ui.File("attachment://a.txt"))
    view.add_item(container)
    sent = await bot.place(server).send(view=view, file=discord.File(io.BytesIO(b"x"), "a.txt"))
    assert sent.flags.components_v2
    assert isinstance(sent.components[0], discord.Container)
    assert sent.attachments[0].filename == "a.txt"
    again = await sent.edit(suppress=True)
    assert again.attachments[0].filename == "a.txt"


async def test_what_people_do_is_told(server: Raw, bot: Bot) -> None:
    async with person(server) as ada:
        message = await ada.say(server.ids["general"], f"<@{server.ids['app']}> look", files=[("a.png", b"x")])
        (seen,) = await bot.told("message", lambda m: m.author.name == "ada")
        assert seen.mentions[0] == bot.user
        assert seen.author.guild_permissions.administrator
        assert await seen.attachments[0].read() == b"x"
        await ada.edit(message, "look here")
        _, after = await bot.told("message_edit")
        assert after.content == "look here"
        await ada.react(message, "\N{EYES}")
        reaction, user = await bot.told("reaction_add")
        assert (reaction.emoji, user.name) == ("\N{EYES}", "ada")
        await ada.unreact(message, "\N{EYES}")
        await bot.told("reaction_remove")
        await ada.request("POST", f"/channels/{server.ids['general']}/typing")
        await bot.told("typing")
        await ada.delete(message)
        (deleted,) = await bot.told("message_delete")
        assert deleted.id == int(message["id"])


async def test_threads_live_through_all_their_states(server: Raw, bot: Bot) -> None:
    channel = bot.place(server)
    message = await channel.send("topic")
    thread = await message.create_thread(name="talk", auto_archive_duration=60)
    assert thread.id == message.id
    alone = await channel.create_thread(name="alone", type=discord.ChannelType.public_thread)
    await thread.send("inside")
    async with person(server) as ada:
        await ada.say(str(thread.id), "me too")
        await bot.told("message", lambda m: m.content == "me too")
        assert {m.id async for m in _members(thread)} == {bot.user.id if bot.user else 0, int(ada.id)}
        mine = await ada.start_thread(server.ids["general"], "of ada")
        (created,) = await bot.told("thread_create", lambda t: t.name == "of ada")
        assert created.owner_id == int(ada.id)
        await ada.request("DELETE", f"/channels/{mine['id']}")
        await bot.told("thread_delete")
    edited = await thread.edit(name="renamed", archived=True)
    assert edited.archived
    assert [t.id async for t in channel.archived_threads()] == [thread.id]
    await thread.send("wake")
    await bot.told("thread_join", lambda t: t.id == thread.id)  # an archived one had left the cache
    assert {t.id for t in await channel.guild.active_threads()} == {thread.id, alone.id}
    await alone.delete()


async def _members(thread: discord.Thread) -> AsyncIterator[discord.ThreadMember]:
    for member in await thread.fetch_members():
        yield member


async def test_direct_messages_go_both_ways(server: Raw, bot: Bot) -> None:
    async with person(server) as ada:
        user = await bot.fetch_user(int(ada.id))
        sent = await user.send("psst")
        await ada.until(lambda p: p.messages(str(sent.channel.id)))
        await ada.say(str(sent.channel.id), "yes?")
        (answer,) = await bot.told("message", lambda m: m.content == "yes?")
        assert isinstance(answer.channel, discord.DMChannel)
        channel = await ada.open_dm(server.ids["app"])
        assert channel["id"] == str(sent.channel.id)


class Panel(discord.ui.View):
    """One of each control that the bridge uses."""

    @discord.ui.button(label="Go", custom_id="go")
    async def go(self, interaction: discord.Interaction, _: discord.ui.Button[Any]) -> None:
        await interaction.response.edit_message(content="pressed")
        await interaction.followup.send("only you", ephemeral=True)

    @discord.ui.select(custom_id="menu", options=[discord.SelectOption(label="A"), discord.SelectOption(label="B")])
    async def menu(self, interaction: discord.Interaction, _: discord.ui.Select[Any]) -> None:
        await interaction.response.send_modal(Reason())


class Reason(discord.ui.Modal, title="Why?"):
    reason: Any = discord.ui.Label(text="Reason", component=discord.ui.TextInput(custom_id="reason"))

    async def on_submit(self, interaction: discord.Interaction, /) -> None:
        await interaction.response.send_message(f"because {self.reason.component.value}", ephemeral=True)


def add_commands(bot: Bot) -> None:
    @bot.tree.command(description="d")
    async def panel(interaction: discord.Interaction, who: discord.Member, times: int = 1) -> None:
        answer = await interaction.response.send_message(f"{who.name} {times}", view=Panel())
        assert answer.message_id is not None

    @bot.tree.command(description="d")
    async def slow(interaction: discord.Interaction, skill: str) -> None:
        await interaction.response.defer(thinking=True)
        await interaction.followup.send(f"ran {skill}")
        await interaction.edit_original_response(content=f"ran {skill}, done")

    @slow.autocomplete("skill")
    async def skills(_: discord.Interaction, current: str) -> list[app_commands.Choice[str]]:
        return [app_commands.Choice(name=current + end, value=current + end) for end in "12"]

    @bot.tree.context_menu(name="Rewind to here")
    async def rewind(interaction: discord.Interaction, message: discord.Message) -> None:
        await interaction.response.send_message(f"to {message.content}", ephemeral=True)

    group = app_commands.Group(name="schedule", description="d")

    @group.command(description="d")
    async def add(interaction: discord.Interaction, what: str) -> None:
        await interaction.response.send_message(f"added {what}")

    bot.tree.add_command(group)


def sees_message(person: Person, channel: str, content: str) -> bool:
    return any(m["content"] == content for m in person.messages(channel))


async def test_commands_buttons_menus_and_modals_work(server: Raw, bot: Bot) -> None:
    add_commands(bot)
    assert len(await bot.tree.sync()) == 4
    general = server.ids["general"]
    async with person(server) as ada:
        assert (await ada.command(general, "panel", {"who": server.ids["ben"]})).kind == "success"
        (message,) = await ada.until(lambda p: p.messages(general))
        assert message["content"] == "ben 1"
        modal = await ada.select(message, "menu", ["A"])
        assert modal.kind == "modal"
        assert (await ada.submit_modal(modal, {"reason": "so"})).kind == "success"
        await ada.until(lambda p: sees_message(p, general, "because so"))
        assert (await ada.click(message, "go")).kind == "success"
        await ada.until(lambda p: sees_message(p, general, "pressed") and sees_message(p, general, "only you"))
        assert [c["name"] for c in await ada.autocomplete(general, "slow", "skill", "x")] == ["x1", "x2"]
        assert (await ada.command(general, "slow", {"skill": "x1"})).kind == "success"
        await ada.until(lambda p: sees_message(p, general, "ran x1, done"))
        assert (await ada.command(general, "schedule add", {"what": "tea"})).kind == "success"
        assert (await ada.command(general, "Rewind to here", target=message["id"])).kind == "success"
        await ada.until(lambda p: sees_message(p, general, "to pressed"))


async def test_a_dropped_connection_is_resumed_and_nothing_is_missed(server: Raw, bot: Bot) -> None:
    async with person(server) as ada:
        await server.ok("POST", "/standin/faults", {"drop_gateway": True, "resumable": True}, who=None)
        await ada.say(server.ids["general"], "meanwhile")
        await bot.told("resumed")
        await bot.told("message", lambda m: m.content == "meanwhile")
        assert [name for name, _ in bot.seen].count("ready") == 1


async def test_a_lost_session_starts_anew(server: Raw, bot: Bot) -> None:
    bot.seen.clear()
    await server.ok("POST", "/standin/faults", {"drop_gateway": True, "resumable": False}, who=None)
    await bot.told("ready")
    async with person(server) as ada:
        await ada.say(server.ids["general"], "again")
        await bot.told("message", lambda m: m.content == "again")


async def test_webhooks_post_into_threads(server: Raw, bot: Bot) -> None:
    channel = bot.place(server)
    hook = await channel.create_webhook(name="hook")
    thread = await channel.create_thread(name="t", type=discord.ChannelType.public_thread)
    message = await hook.send("status", username="session", thread=thread, wait=True)
    assert (message.author.name, message.channel.id) == ("session", thread.id)
    await message.edit(content="changed")
    partial = discord.Webhook.partial(hook.id, hook.token or "", client=bot)
    await partial.send("once more")
    assert {m.content for m in await _history(channel)} >= {"once more"}
    await hook.delete()


async def _history(channel: discord.TextChannel) -> list[discord.Message]:
    return [m async for m in channel.history()]


async def test_channels_forums_and_permissions_are_managed(server: Raw, bot: Bot) -> None:
    (guild,) = bot.guilds
    channel = await guild.create_text_channel("new place", topic="t")
    ben = guild.get_member_named("ben")
    assert ben is not None
    await channel.set_permissions(ben, send_messages=False)
    await bot.told("guild_channel_update")
    current = guild.get_channel(channel.id)
    assert current is not None
    assert not current.permissions_for(ben).send_messages
    await channel.edit(topic="u")
    await channel.delete()
    forum = await guild.create_forum("posts")
    post = await forum.create_thread(name="session", content="first")
    assert post.thread.id == post.message.id
    assert {m.name async for m in guild.fetch_members()} == {"antiphon", "ada", "ben", "mallory"}
    assert [m.name for m in await guild.query_members("be")] == ["ben"]
    await server.ok(
        "PUT", f"/channels/{forum.id}/permissions/{server.ids['app']}", {"type": 1, "deny": "1024"}, who="ada"
    )
    with pytest.raises(discord.Forbidden) as refused:
        await forum.create_thread(name="x", content="x")
    assert refused.value.code == 50001


async def test_a_429_is_waited_out(pointed: Callable[[Raw], None]) -> None:
    async with opened(Limits().with_rates(send=Rate(2, 0.2))) as raw:
        pointed(raw)
        async with running(raw, Bot()) as bot:
            fault = {"match": "POST /channels/*/messages", "status": 429, "times": 1}
            await raw.ok("POST", "/standin/faults", fault, who=None)
            for n in range(5):
                await bot.place(raw).send(str(n))
            found = await raw.ok("GET", f"/channels/{raw.ids['general']}/messages", who="ada")
            assert [m["content"] for m in found] == ["4", "3", "2", "1", "0"]


async def test_a_third_rename_is_refused_rather_than_slept_over(pointed: Callable[[Raw], None]) -> None:
    async with opened(Limits()) as raw:
        pointed(raw)
        async with running(raw, Bot()) as bot:
            for name in ("a", "b"):
                await bot.place(raw).edit(name=name)
            with pytest.raises(discord.RateLimited) as limited:
                await bot.place(raw).edit(name="c")
            assert limited.value.retry_after > 300


async def test_a_503_is_an_error_at_once(server: Raw, bot: Bot) -> None:
    fault = {"match": "POST /channels/*/messages", "status": 503, "times": 1}
    await server.ok("POST", "/standin/faults", fault, who=None)
    with pytest.raises(discord.DiscordServerError):
        await bot.place(server).send("x")


async def test_a_wrong_token_and_a_missing_intent_are_told_apart(server: Raw) -> None:
    bot = Bot()
    with pytest.raises(discord.LoginFailure):
        await bot.login("wrong")
    await bot.close()
    await server.ok("PATCH", f"/applications/{server.ids['app']}", {"flags": 0}, who="ada")
    bot = Bot()
    with pytest.raises(discord.PrivilegedIntentsRequired):
        await bot.start(server.about["bot_token"])
    await bot.close()


async def test_being_thrown_out_and_let_in_again_is_told(server: Raw, bot: Bot) -> None:
    async with person(server) as ada:
        member = f"/guilds/{server.ids['guild']}/members/{server.ids['app']}"
        await ada.request("DELETE", member)
        await bot.told("guild_remove")
        await ada.request("PUT", member, {})
        await bot.told("guild_join")
        assert len(bot.guilds) == 1
