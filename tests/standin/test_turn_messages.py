"""What a bridge does with messages while Claude works: cards, silence, files, marks, direct messages, voices."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from antiphon.standin.client_shapes import words_of
from antiphon.standin.discord import Limits, Rate
from antiphon.standin.person import Person, Refused
from standin.conftest import Raw, opened, person
from standin.test_interactions import Stage, staged

V2, SILENT, VOICE = 1 << 15, 1 << 12, 1 << 13


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async for found in staged(Limits.unlimited()):
        yield found


def running(*texts: str) -> dict[str, Any]:
    """A card at work: paragraphs in a box, and a row of buttons."""
    buttons = [
        {"type": 2, "style": 4, "label": "Stop", "custom_id": "a1:stop:1"},
        {"type": 2, "style": 2, "label": "Details", "custom_id": "a1:details:1"},
    ]
    inside = [*({"type": 10, "content": text} for text in texts), {"type": 1, "components": buttons}]
    return {"components": [{"type": 17, "accent_color": 0x5865F2, "components": inside}]}


def collapsed(text: str) -> dict[str, Any]:
    """The same at its end: one text with one button beside it."""
    button = {"type": 2, "style": 2, "label": "Details", "custom_id": "a1:details:1"}
    return {"components": [{"type": 9, "components": [{"type": 10, "content": text}], "accessory": button}]}


def path(message: dict[str, Any]) -> str:
    return f"/channels/{message['channel_id']}/messages/{message['id']}"


async def test_a_card_is_edited_to_its_end_and_stays_silent(raw: Raw, ada: Person) -> None:
    general = raw.ids["general"]
    body = running("⏳ working", "-# ✓ Bash") | {"flags": V2 | SILENT}
    card = await raw.ok("POST", f"/channels/{general}/messages", body)
    assert card["flags"] == V2 | SILENT
    for _ in range(2):  # the second one names the flag again, as discord.py does
        card = await raw.ok("PATCH", path(card), running("⏳ working", "-# ✓ Bash", "-# ▸ Read") | {"flags": V2})
    card = await raw.ok("PATCH", path(card), collapsed("✅ done · 2 tools"))
    assert card["flags"] == V2 | SILENT
    await ada.until(lambda p: words_of(p.messages(general)[0]) == "✅ done · 2 tools")
    refused = await raw("PATCH", path(card), {"content": "words"})
    assert (refused.status, refused.code) == (400, 50035)


async def test_a_buttons_press_may_come_from_a_card(stage: Stage) -> None:
    body = collapsed("✅ done") | {"flags": V2}
    card = await stage.raw.ok("POST", f"/channels/{stage.general}/messages", body)
    task = stage.start(stage.ada.click(card, "a1:details:1"))
    interaction = await stage.received()
    assert interaction["data"]["custom_id"] == "a1:details:1"
    await stage.answer(interaction, 4, {"content": "all of it", "flags": 64})
    assert (await task).kind == "success"


async def test_an_edit_brings_files_and_keeps_those_it_names(raw: Raw, ada: Person) -> None:
    general = raw.ids["general"]
    message = await raw.ok(
        "POST", f"/channels/{general}/messages", {"content": "table"}, files={"files[0]": ("a.txt", b"a")}
    )
    kept = message["attachments"][0]
    both = {"attachments": [{"id": kept["id"]}, {"id": 0, "filename": "b.png"}]}
    edited = await raw.ok("PATCH", path(message), both, files={"files[0]": ("b.png", b"b")})
    assert [one["filename"] for one in edited["attachments"]] == ["a.txt", "b.png"]
    assert edited["attachments"][0]["id"] == kept["id"]
    await ada.until(lambda p: len(p.messages(general)[0]["attachments"]) == 2)
    assert await ada.fetch(ada.messages(general)[0]["attachments"][1]) == b"b"
    only = await raw.ok(
        "PATCH", path(message), {"attachments": [{"id": 0, "filename": "c"}]}, files={"files[0]": ("c", b"c")}
    )
    assert [one["filename"] for one in only["attachments"]] == ["c"]
    more = await raw.ok("PATCH", path(message), {"content": "more"}, files={"files[0]": ("d", b"d")})
    assert [one["filename"] for one in more["attachments"]] == ["c", "d"]


@pytest.mark.parametrize("over", ["follow-up", "@original"])
async def test_what_fills_a_deferred_answer_does_not_look_edited(stage: Stage, over: str) -> None:
    _, interaction = await stage.command()
    await stage.answer(interaction, 5)
    where = ("POST", "") if over == "follow-up" else ("PATCH", "/messages/@original")
    filled = await stage.hook(interaction, *where, {"content": "one"})
    assert filled.body["edited_timestamp"] is None
    (seen,) = await stage.ada.until(lambda p: [m for m in p.messages(stage.general) if m["content"]])
    assert seen["edited_timestamp"] is None
    again = await stage.hook(interaction, "PATCH", "/messages/@original", {"content": "two"})
    assert again.body["edited_timestamp"] is not None


async def test_marks_change_at_the_pace_of_their_bucket() -> None:
    async with opened(Limits()) as raw:
        message = await raw.ok("POST", f"/channels/{raw.ids['general']}/messages", {"content": "x"}, who="ada")
        eyes, check = (f"{path(message)}/reactions/{mark}/@me" for mark in ("%F0%9F%91%80", "%E2%9C%85"))
        await raw.ok("PUT", eyes)
        limited = await raw("PUT", check)
        assert (limited.status, limited.headers["X-RateLimit-Limit"]) == (429, "1")
        assert 0 < limited.body["retry_after"] <= 0.25
        await asyncio.sleep(limited.body["retry_after"])  # as it says
        await raw.ok("PUT", check)
        await asyncio.sleep(0.25)  # the window of a mark
        await raw.ok("DELETE", eyes)
        shown = await raw.ok("GET", path(message))
        assert [(one["emoji"]["name"], one["count"]) for one in shown["reactions"]] == [("✅", 1)]


async def test_a_bot_writes_to_somebody_directly(raw: Raw, ada: Person) -> None:
    channel = await raw.ok("POST", "/users/@me/channels", {"recipient_id": raw.ids["ada"]})
    body = {"content": "Claude waits for you", "nonce": "n", "enforce_nonce": True}
    sent = [await raw.ok("POST", f"/channels/{channel['id']}/messages", body) for _ in range(2)]
    assert sent[0]["id"] == sent[1]["id"]
    await ada.until(lambda p: [m["content"] for m in p.messages(channel["id"])] == ["Claude waits for you"])


async def test_a_forward_brings_words_and_files_as_a_snapshot(raw: Raw, ada: Person) -> None:
    original = await ada.say(raw.ids["general"], "words", files=[("a.txt", b"bytes")])
    forwarded = await ada.forward(original, raw.ids["random"])
    assert forwarded["content"] == ""
    assert forwarded["message_reference"]["type"] == 1
    inside = forwarded["message_snapshots"][0]["message"]
    assert inside["content"] == "words"
    assert await ada.fetch(inside["attachments"][0]) == b"bytes"


async def test_a_voice_message_is_one_recording_and_cannot_be_edited(raw: Raw, ada: Person) -> None:
    spoken = await ada.speak(raw.ids["general"], b"OggS", seconds=2.5)
    (recording,) = spoken["attachments"]
    assert spoken["flags"] & VOICE
    assert (recording["duration_secs"], recording["content_type"]) == (2.5, "audio/ogg")
    assert await ada.fetch(recording) == b"OggS"
    with pytest.raises(Refused, match="50162"):
        await ada.edit(spoken, "words")


@pytest.mark.parametrize(
    ("body", "files", "code"),
    [
        ({"content": "x"}, 1, 50159),
        ({}, 2, 50160),
        ({}, 0, 50160),
        ({"attachments": [{"id": 0, "filename": "a.ogg"}]}, 1, 50161),
    ],
    ids=["words beside it", "two recordings", "no recording", "no length"],
)
async def test_a_voice_message_is_nothing_but_that(raw: Raw, body: dict[str, Any], files: int, code: int) -> None:
    described = [{"id": n, "filename": f"{n}.ogg", "duration_secs": 1.0, "waveform": "AA=="} for n in range(files)]
    answer = await raw(
        "POST",
        f"/channels/{raw.ids['general']}/messages",
        {"flags": VOICE, "attachments": described, **body},
        who="ada",
        files={f"files[{n}]": (f"{n}.ogg", b"OggS") for n in range(files)} or None,
    )
    assert (answer.status, answer.code) == (400, code)


async def test_speaking_has_a_permission_of_its_own(raw: Raw) -> None:
    overwrite = {"type": 0, "deny": str(1 << 46)}
    general = raw.ids["general"]
    await raw.ok("PUT", f"/channels/{general}/permissions/{raw.ids['guild']}", overwrite, who="ada")
    async with person(raw, "mallory") as mallory:
        with pytest.raises(Refused, match="50173"):
            await mallory.speak(general, b"OggS")


async def test_a_card_grows_old_as_any_message() -> None:
    limits = Limits(old_message_age=0.2).with_rates(old_edit=Rate(1, 60.0))
    async with opened(limits) as raw:
        card = await raw.ok("POST", f"/channels/{raw.ids['general']}/messages", running("⏳") | {"flags": V2})
        await raw.ok("PATCH", path(card), running("⏳ young"))
        await asyncio.sleep(0.25)  # now it is old
        await raw.ok("PATCH", path(card), running("⏳ old"))
        answer = await raw("PATCH", path(card), running("⏳ too old"))
        assert (answer.status, answer.code) == (429, 30046)
