"""Forwards and voice messages: what of a message comes along."""

import base64

import discord
import pytest

from antiphon.standin.client import Refused
from antiphon.standin.person import Person
from standin.bodies import BUTTON, EMBED
from standin.conftest import PNG, Raw, person
from standin.discord_py_bot import Bot


async def test_a_forward_has_all_of_the_message_as_it_was(raw: Raw, ada: Person) -> None:
    sticker = await ada.add_sticker("fire", PNG)
    body = {
        "content": f"see <@{ada.id}>",
        "embeds": [EMBED],
        "components": [{"type": 1, "components": [BUTTON]}],
        "sticker_ids": [sticker["id"]],
        "flags": 1 << 12,
    }
    path = f"/channels/{raw.ids['general']}/messages"
    original = await raw.ok("POST", path, body, files={"files[0]": ("a.txt", b"bytes")})
    forward = await ada.forward(original, raw.ids["random"])
    assert (forward["type"], forward["content"], forward["flags"]) == (0, "", 1 << 14)
    assert forward["message_reference"] == {
        "type": 1,
        "message_id": original["id"],
        "channel_id": raw.ids["general"],
        "guild_id": raw.ids["guild"],
    }
    (snapshot,) = forward["message_snapshots"]
    kept = ("type", "content", "embeds", "components", "attachments", "sticker_items", "flags", "timestamp", "mentions")
    assert {key: snapshot["message"][key] for key in kept} == {key: original[key] for key in kept}
    assert "author" not in snapshot["message"]
    assert "referenced_message" not in forward
    await raw.ok("PATCH", f"{path}/{original['id']}", {"content": "other words", "embeds": []})
    await raw.ok("DELETE", f"{path}/{original['id']}")
    again = await raw.ok("GET", f"/channels/{raw.ids['random']}/messages/{forward['id']}")
    assert again["message_snapshots"] == forward["message_snapshots"]
    further = await ada.forward(forward, raw.ids["random"])
    assert further["message_snapshots"] == forward["message_snapshots"]


async def test_only_what_one_sees_and_can_read_is_forwarded(raw: Raw, ada: Person) -> None:
    hidden = await ada.create_channel("hidden")
    deny = {"type": 0, "deny": str(1 << 10)}
    await raw.ok("PUT", f"/channels/{hidden['id']}/permissions/{raw.ids['guild']}", deny, who="ada")
    secret = await ada.say(hidden["id"], "secret")
    async with person(raw, "mallory") as mallory:
        with pytest.raises(Refused, match="50001"):
            await mallory.forward(secret, raw.ids["general"])
    said = await ada.say(raw.ids["general"], "hello")
    reference = {"type": 1, "message_id": said["id"], "channel_id": raw.ids["general"]}
    path = f"/channels/{raw.ids['random']}/messages"
    await raw.ok("POST", path, {"message_reference": reference})
    await raw.ok("PATCH", f"/applications/{raw.ids['app']}", {"flags": 0}, who="ada")
    assert (await raw("POST", path, {"message_reference": reference})).code == 160014
    assert (await raw("POST", path, {"message_reference": {"type": 1, "message_id": said["id"]}})).code == 50035
    poll = await ada.ask_poll(raw.ids["general"], "?", ["a"])
    with pytest.raises(Refused, match="50068"):
        await ada.forward(poll, raw.ids["random"])


async def test_discord_py_reads_a_forward(server: Raw, bot: Bot) -> None:
    async with person(server) as ada:
        sticker = await ada.add_sticker("fire", PNG)
        said = await ada.say(server.ids["general"], "hello", files=[("a.txt", b"bytes")], stickers=[sticker["id"]])
        await ada.forward(said, server.ids["random"])
        (message,) = await bot.told("message", lambda message: message.message_snapshots)
        assert message.flags.forwarded
        (snapshot,) = message.message_snapshots
        assert snapshot.content == "hello"
        assert [one.filename for one in snapshot.attachments] == ["a.txt"]
        assert await snapshot.attachments[0].read() == b"bytes"
        assert [one.name for one in snapshot.stickers] == ["fire"]
        assert message.reference.type is discord.MessageReferenceType.forward
        mine = await message.forward(bot.place(server))
        assert mine.message_snapshots[0].content == "hello"


async def test_a_voice_message_has_its_length_and_its_shape(server: Raw, bot: Bot) -> None:
    shape = bytes(range(0, 200, 10))
    async with person(server) as ada:
        said = await ada.speak(server.ids["general"], b"OggS", 2.5, shape)
        (message,) = await bot.told("message")
        assert message.flags.voice
        (attachment,) = message.attachments
        assert attachment.is_voice_message()
        assert (attachment.duration, attachment.waveform, attachment.content_type) == (2.5, shape, "audio/ogg")
        assert await attachment.read() == b"OggS"
        await ada.forward(said, server.ids["random"])
        (forward,) = await bot.told("message", lambda message: message.message_snapshots)
        assert forward.message_snapshots[0].attachments[0].duration == 2.5


async def test_a_voice_message_is_one_recording(raw: Raw) -> None:
    path, about = (
        f"/channels/{raw.ids['general']}/messages",
        {"duration_secs": 1.0, "waveform": base64.b64encode(b"x").decode()},
    )
    for name, code in (("a.ogg", None), ("a.mp3", None), ("a.txt", 50160), ("a.png", 50160)):
        body = {"flags": 1 << 13, "attachments": [{"id": 0, "filename": name, **about}]}
        answer = await raw("POST", path, body, files={"files[0]": (name, b"x")})
        assert answer.status == 200 if code is None else answer.code == code, answer
