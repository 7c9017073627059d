"""Stickers: a guild's own and Discord's, in messages and by themselves."""

import io

import discord
import pytest

from antiphon.standin.client import Refused
from antiphon.standin.discord.state import FORUM
from antiphon.standin.person import Person
from standin.conftest import PNG, Raw, person
from standin.discord_py_bot import Bot

GIF = b"GIF89a" + bytes(20)
APNG = PNG + b"acTL"


async def test_a_message_names_its_stickers(raw: Raw, ada: Person) -> None:
    own = await ada.add_sticker("fire", PNG)
    packs = (await raw.ok("GET", "/sticker-packs"))["sticker_packs"]
    wave = packs[0]["stickers"][0]
    said = await ada.say(raw.ids["general"], stickers=[own["id"], wave["id"]])
    assert said["content"] == ""
    assert said["sticker_items"] == [
        {"id": own["id"], "name": "fire", "format_type": 1},
        {"id": wave["id"], "name": "Wave", "format_type": 3},
    ]
    seen = await ada.until(lambda p: p.message(said))
    assert seen is not None
    assert seen["sticker_items"] == said["sticker_items"]
    for one, kind in ((own, 2), (wave, 1)):
        fetched = await raw.ok("GET", f"/stickers/{one['id']}")
        assert (fetched["name"], fetched["type"]) == (one["name"], kind)
    assert (await raw("GET", "/stickers/1")).code == 10060
    assert (await raw("GET", "/sticker-packs/1")).code == 10061
    assert await raw.ok("GET", f"/sticker-packs/{packs[0]['id']}") == packs[0]


async def test_a_forum_post_may_begin_with_one(raw: Raw, ada: Person) -> None:
    own = await ada.add_sticker("fire", GIF)
    forum = await ada.create_channel("ideas", FORUM)
    body = {"name": "One", "message": {"sticker_ids": [own["id"]]}}
    post = await ada.request("POST", f"/channels/{forum['id']}/threads", body)
    assert post["message"]["sticker_items"][0]["format_type"] == 4


async def test_what_is_no_sticker_or_too_much_is_refused(raw: Raw, ada: Person) -> None:
    own = await ada.add_sticker("fire", APNG)
    assert own["format_type"] == 2
    path = f"/channels/{raw.ids['general']}/messages"
    with pytest.raises(Refused, match="50081"):
        await ada.say(raw.ids["general"], stickers=["1"])
    assert (await raw("POST", path, {"sticker_ids": [own["id"]] * 4})).error("sticker_ids") == "BASE_TYPE_MAX_LENGTH"
    wave = (await raw.ok("GET", "/sticker-packs"))["sticker_packs"][0]["stickers"][0]
    assert (await raw("POST", path, {"sticker_ids": [wave["id"]]})).code == 50081
    sent = await raw.ok("POST", path, {"content": "x", "sticker_ids": [own["id"]]})
    other = await raw("PATCH", f"{path}/{sent['id']}", {"sticker_ids": [wave["id"]]})
    assert (other.status, other.code) == (400, 50080)
    edited = await raw.ok("PATCH", f"{path}/{sent['id']}", {"content": "y"})
    assert edited["sticker_items"] == sent["sticker_items"]
    dm = await ada.open_dm(raw.ids["app"])
    with pytest.raises(Refused, match="50600"):
        await ada.say(dm["id"], stickers=[own["id"]])


async def test_stickers_are_made_by_those_who_may(raw: Raw, ada: Person) -> None:
    assert (await raw.sticker(who="mallory"))["code"] == 50013
    assert (await raw.sticker(b"text"))["code"] == 50046
    assert (await raw.sticker(PNG + bytes(512 * 1024)))["code"] == 50045
    assert (await raw.sticker(name="x"))["code"] == 50035
    made = [await raw.sticker() for _ in range(5)]
    assert (await raw.sticker())["code"] == 30039
    path = f"/guilds/{raw.ids['guild']}/stickers"
    assert [one["id"] for one in await raw.ok("GET", path)] == [one["id"] for one in made]
    assert "user" not in await raw.ok("GET", f"{path}/{made[0]['id']}")
    assert (await raw.ok("GET", f"{path}/{made[0]['id']}", who="ada"))["user"]["username"] == "ada"
    assert (await raw("DELETE", f"{path}/{made[0]['id']}")).code == 50013
    changed = await ada.request("PATCH", f"{path}/{made[0]['id']}", {"name": "ice", "description": None})
    assert (changed["name"], changed["tags"]) == ("ice", "hot")
    await ada.request("DELETE", f"{path}/{made[1]['id']}")
    told = await ada.until(lambda p: len(p.event("GUILD_STICKERS_UPDATE").get("stickers", [])) == 4)
    assert told
    assert (await raw("GET", f"{path}/{made[1]['id']}")).code == 10060


async def test_discord_py_reads_them(server: Raw, bot: Bot) -> None:
    async with person(server) as ada:
        own = await ada.add_sticker("fire", PNG)
        await bot.told("guild_stickers_update")
        (known,) = bot.guilds[0].stickers
        assert (str(known.id), known.name) == (own["id"], "fire")
        wave = (await ada.request("GET", "/sticker-packs"))["sticker_packs"][0]["stickers"][0]
        await ada.say(server.ids["general"], "look", stickers=[own["id"], wave["id"]])
        (message,) = await bot.told("message")
        first, second = message.stickers
        assert (first.name, first.format, second.format) == (
            "fire",
            discord.StickerFormatType.png,
            discord.StickerFormatType.lottie,
        )
        assert await first.read() == PNG
        assert isinstance(await first.fetch(), discord.GuildSticker)
        whole = await second.fetch()
        assert isinstance(whole, discord.StandardSticker)
        assert (await whole.pack()).name == "Gestures"
        sent = await bot.place(server).send(stickers=[known])
        assert [one.name for one in sent.stickers] == ["fire"]


async def test_a_sticker_that_discord_py_makes(server: Raw, bot: Bot) -> None:
    async with person(server) as ada:
        roles = await ada.request("GET", f"/guilds/{server.ids['guild']}/roles")
        mine = next(role for role in roles if role["name"] == "antiphon")
        more = {"permissions": str(int(mine["permissions"]) | 1 << 43)}
        await ada.request("PATCH", f"/guilds/{server.ids['guild']}/roles/{mine['id']}", more)

    made = await bot.guilds[0].create_sticker(
        name="fire", description="hot things", emoji="\N{FIRE}", file=discord.File(io.BytesIO(PNG), "a.png")
    )
    assert (made.name, made.description) == ("fire", "hot things")
    await made.edit(name="ice")
    await made.delete()
    await bot.told("guild_stickers_update", lambda guild, before, after: before and not after)
