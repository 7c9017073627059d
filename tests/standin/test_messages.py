"""What happens to messages beyond the refusals: events, mentions, nonces, files, history."""

from typing import Any

import pytest

from antiphon.standin.discord import Limits, Rate
from antiphon.standin.person import Person, Refused
from standin.conftest import Raw, opened, person


async def send(raw: Raw, content: str = "x", *, who: str = "bot", channel: str = "general", **body: Any) -> Any:
    path = f"/channels/{raw.ids.get(channel, channel)}/messages"
    return await raw.ok("POST", path, {"content": content, **body}, who=who)


async def test_everybody_sees_a_message_its_edit_and_its_end(raw: Raw, ada: Person) -> None:
    message = await send(raw, "one")
    general = raw.ids["general"]
    await ada.until(lambda p: [m["content"] for m in p.messages(general)] == ["one"])
    await raw.ok("PATCH", f"/channels/{general}/messages/{message['id']}", {"content": "two"})
    await ada.until(lambda p: [m["content"] for m in p.messages(general)] == ["two"])
    assert ada.messages(general)[0]["edited_timestamp"] is not None
    await raw.ok("DELETE", f"/channels/{general}/messages/{message['id']}")
    await ada.until(lambda p: not p.messages(general))


async def test_history_comes_newest_first_whichever_way_it_is_asked(raw: Raw) -> None:
    ids = [(await send(raw, str(n)))["id"] for n in range(6)]

    async def page(query: str) -> list[str]:
        found = await raw.ok("GET", f"/channels/{raw.ids['general']}/messages?{query}")
        return [m["content"] for m in found]

    assert await page("") == ["5", "4", "3", "2", "1", "0"]
    assert await page("limit=2") == ["5", "4"]
    assert await page(f"before={ids[3]}&limit=2") == ["2", "1"]
    assert await page(f"after={ids[2]}&limit=2") == ["4", "3"]
    assert await page(f"around={ids[3]}&limit=3") == ["4", "3", "2"]


async def test_a_nonce_that_is_enforced_returns_the_earlier_message(raw: Raw) -> None:
    first = await send(raw, "a", nonce="n1")
    assert first["nonce"] == "n1"
    again = await send(raw, "b", nonce="n1", enforce_nonce=True)
    assert (again["id"], again["content"]) == (first["id"], "a")
    other = await send(raw, "c", nonce="n1")
    assert other["id"] != first["id"]
    theirs = await send(raw, "d", nonce="n1", enforce_nonce=True, who="ada")
    assert theirs["id"] not in (first["id"], other["id"])


async def test_mentions_follow_the_text_and_what_is_allowed(raw: Raw) -> None:
    roles = await raw.ok("GET", f"/guilds/{raw.ids['guild']}/roles")
    builders = next(r["id"] for r in roles if r["name"] == "builders")
    text = f"<@{raw.ids['ada']}> <@!{raw.ids['ben']}> <@&{builders}> @everyone"

    async def mentioned(**body: Any) -> tuple[list[str], list[str], bool]:
        message = await send(raw, text, **body)
        return [u["username"] for u in message["mentions"]], message["mention_roles"], message["mention_everyone"]

    assert await mentioned() == (["ada", "ben"], [builders], True)
    assert await mentioned(allowed_mentions={"parse": []}) == ([], [], False)
    assert await mentioned(allowed_mentions={"users": [raw.ids["ben"]]}) == (["ben"], [], False)
    assert await mentioned(allowed_mentions={"parse": ["users", "everyone"]}) == (["ada", "ben"], [], True)
    assert await mentioned(who="mallory") == (["ada", "ben"], [builders], False)


async def test_a_reply_carries_its_target_and_mentions_its_author(raw: Raw) -> None:
    target = await send(raw, "question", who="ada")
    reference = {"message_id": target["id"]}
    reply = await send(raw, "answer", message_reference=reference)
    assert (reply["type"], reply["referenced_message"]["content"]) == (19, "question")
    assert [u["username"] for u in reply["mentions"]] == ["ada"]
    quiet = await send(
        raw, "answer", message_reference=reference, allowed_mentions={"parse": [], "replied_user": False}
    )
    assert quiet["mentions"] == []
    await raw.ok("DELETE", f"/channels/{raw.ids['general']}/messages/{target['id']}", who="ada")
    fetched = await raw.ok("GET", f"/channels/{raw.ids['general']}/messages/{reply['id']}")
    assert fetched["referenced_message"] is None


async def test_replying_needs_the_history(raw: Raw) -> None:
    message = await send(raw)
    overwrite = {"type": 0, "deny": str(1 << 16)}
    await raw.ok("PUT", f"/channels/{raw.ids['general']}/permissions/{raw.ids['guild']}", overwrite, who="ada")
    path = f"/channels/{raw.ids['general']}/messages"
    reply = {"content": "x", "message_reference": {"message_id": message["id"]}}
    answer = await raw("POST", path, reply, who="mallory")
    assert (answer.status, answer.code) == (400, 160002)
    assert await raw.ok("GET", path, who="mallory") == []


async def test_without_embed_links_only_the_embed_is_dropped(raw: Raw) -> None:
    overwrite = {"type": 0, "deny": str(1 << 14)}
    await raw.ok("PUT", f"/channels/{raw.ids['general']}/permissions/{raw.ids['guild']}", overwrite, who="ada")
    assert (await send(raw, "x", who="mallory", embeds=[{"title": "t"}]))["embeds"] == []


async def test_suppressed_embeds_are_not_shown_and_come_back(raw: Raw) -> None:
    message = await send(raw, embeds=[{"title": "t"}], flags=4)
    assert message["embeds"] == []
    path = f"/channels/{raw.ids['general']}/messages/{message['id']}"
    assert (await raw.ok("PATCH", path, {"flags": 0}))["embeds"][0]["title"] == "t"


async def test_an_edit_changes_only_what_it_names(raw: Raw) -> None:
    row = {"type": 1, "components": [{"type": 2, "style": 1, "label": "Go", "custom_id": "go"}]}
    message = await send(raw, "x", embeds=[{"title": "t"}], components=[row])
    path = f"/channels/{raw.ids['general']}/messages/{message['id']}"
    edited = await raw.ok("PATCH", path, {"components": []})
    assert (edited["content"], len(edited["embeds"]), edited["components"]) == ("x", 1, [])
    edited = await raw.ok("PATCH", path, {"content": None})
    assert (edited["content"], len(edited["embeds"])) == ("", 1)


async def test_the_flag_of_components_v2_stays(raw: Raw) -> None:
    text = {"type": 10, "content": "t"}
    message = await raw.ok("POST", f"/channels/{raw.ids['general']}/messages", {"flags": 1 << 15, "components": [text]})
    path = f"/channels/{raw.ids['general']}/messages/{message['id']}"
    answer = await raw("PATCH", path, {"flags": 0, "content": "x"})
    assert answer.error("content").startswith("MESSAGE_CANNOT_USE_LEGACY")
    edited = await raw.ok("PATCH", path, {"flags": 0, "components": [text | {"content": "u"}]})
    assert edited["flags"] & 1 << 15


async def test_an_edit_becomes_v2_only_when_the_old_words_go(raw: Raw) -> None:
    message = await send(raw, "words")
    path = f"/channels/{raw.ids['general']}/messages/{message['id']}"
    body = {"flags": 1 << 15, "components": [{"type": 10, "content": "t"}]}
    assert (await raw("PATCH", path, body)).code == 50035
    assert (await raw.ok("PATCH", path, body | {"content": None}))["flags"] & 1 << 15


async def test_files_are_kept_and_served_under_signed_addresses(raw: Raw, ada: Person) -> None:
    png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + (3).to_bytes(4, "big") + (2).to_bytes(4, "big")
    body = {"content": "", "attachments": [{"id": 0, "description": "a picture"}]}
    files = {"files[0]": ("a b.png", png), "files[1]": ("notes.txt", b"text")}
    path = f"/channels/{raw.ids['general']}/messages"
    message = await raw.ok("POST", path, body, files=files)
    picture, notes = message["attachments"]
    assert (picture["filename"], picture["width"], picture["height"]) == ("a_b.png", 3, 2)
    assert (picture["content_type"], picture["description"]) == ("image/png", "a picture")
    assert notes["content_type"] == "text/plain; charset=utf-8"
    assert await ada.fetch(notes) == b"text"
    with pytest.raises(Refused, match="404"):
        await ada.fetch({"url": notes["url"].replace("hm=", "hm=0")})
    with pytest.raises(Refused, match="404"):
        await ada.fetch({"url": notes["url"].split("?")[0]})
    kept = await raw.ok("PATCH", f"{path}/{message['id']}", {"attachments": [{"id": notes["id"]}]})
    assert [a["filename"] for a in kept["attachments"]] == ["notes.txt"]
    added = await raw.ok(
        "PATCH", f"{path}/{message['id']}", {"attachments": [{"id": notes["id"]}]}, files={"files[0]": ("b.txt", b"b")}
    )
    assert [a["filename"] for a in added["attachments"]] == ["notes.txt", "b.txt"]


async def test_a_picture_in_an_embed_is_not_an_attachment_any_more(raw: Raw) -> None:
    body = {"embeds": [{"image": {"url": "attachment://a.png"}}]}
    path = f"/channels/{raw.ids['general']}/messages"
    message = await raw.ok("POST", path, body, files={"files[0]": ("a.png", b"x")})
    assert message["attachments"] == []
    assert message["embeds"][0]["image"]["url"].startswith(raw.root)


@pytest.mark.parametrize(
    ("sizes", "status", "code"),
    [([1000], 200, None), ([1001], 413, 40005), ([1] * 10, 200, None), ([1] * 11, 400, 30015), ([900] * 3, 413, 40005)],
    ids=["just small enough", "too large", "ten", "eleven", "too large together"],
)
async def test_files_have_a_size_and_a_number(sizes: list[int], status: int, code: int | None) -> None:
    limits = Limits(file_bytes=1000, request_bytes=2500, enforce_rates=False)
    async with opened(limits) as raw:
        files = {f"files[{n}]": ("f.bin", b"x" * size) for n, size in enumerate(sizes)}
        answer = await raw("POST", f"/channels/{raw.ids['general']}/messages", {}, files=files)
        assert answer.status == status, answer.body
        assert code is None or answer.code == code


async def test_a_file_beyond_the_real_limit_is_413() -> None:
    async with opened(Limits()) as raw:
        files = {"files[0]": ("f.bin", b"x" * (10 * 1024 * 1024 + 1))}
        answer = await raw("POST", f"/channels/{raw.ids['general']}/messages", {}, files=files)
        assert (answer.status, answer.code) == (413, 40005)


async def test_twenty_different_reactions_and_no_more(raw: Raw) -> None:
    message = await send(raw)
    path = f"/channels/{raw.ids['general']}/messages/{message['id']}/reactions"
    for n in range(20):
        await raw.ok("PUT", f"{path}/{chr(0x1F400 + n)}/@me")
    answer = await raw("PUT", f"{path}/{chr(0x1F400 + 20)}/@me")
    assert (answer.status, answer.code) == (400, 30010)
    await raw.ok("PUT", f"{path}/{chr(0x1F400)}/@me", who="ada")
    users = await raw.ok("GET", f"{path}/{chr(0x1F400)}")
    assert [u["username"] for u in users] == ["antiphon", "ada"]


async def test_reactions_come_and_go(raw: Raw, ada: Person) -> None:
    message = await send(raw)
    await ada.until(lambda p: p.message(message))
    path = f"/channels/{raw.ids['general']}/messages/{message['id']}/reactions"

    def shown(who: Person) -> list[tuple[str, int, bool]]:
        found = who.message(message) or {}
        return [(r["emoji"]["name"], r["count"], r["me"]) for r in found.get("reactions", [])]

    await raw.ok("PUT", f"{path}/%F0%9F%91%80/@me")
    await ada.react(message, "\N{EYES}")
    await ada.until(lambda p: shown(p) == [("\N{EYES}", 2, True)])
    await raw.ok("DELETE", f"{path}/%F0%9F%91%80/@me")
    await ada.until(lambda p: shown(p) == [("\N{EYES}", 1, True)])
    await raw.ok("DELETE", f"{path}/%F0%9F%91%80/{raw.ids['ada']}")
    await ada.until(lambda p: shown(p) == [])
    await ada.react(message, "\N{EYES}")
    await raw.ok("DELETE", path)
    await ada.until(lambda p: p.event("MESSAGE_REACTION_REMOVE_ALL") and shown(p) == [])


async def test_pins_are_listed_announced_and_limited() -> None:
    async with opened(Limits(pins=2, enforce_rates=False)) as raw:
        path = f"/channels/{raw.ids['general']}/messages/pins"
        for _ in range(2):
            await raw.ok("PUT", f"{path}/{(await send(raw))['id']}")
        answer = await raw("PUT", f"{path}/{(await send(raw))['id']}")
        assert (answer.status, answer.code) == (400, 30003)
        pins = await raw.ok("GET", f"{path}?limit=1")
        assert (len(pins["items"]), pins["has_more"]) == (1, True)
        history = await raw.ok("GET", f"/channels/{raw.ids['general']}/messages")
        assert [m["type"] for m in history].count(6) == 2


async def test_pinning_needs_its_own_permission(raw: Raw) -> None:
    message = await send(raw)
    body = {"type": 1, "allow": str(1 << 13), "deny": str(1 << 51)}  # MANAGE_MESSAGES is not enough since 2026
    await raw.ok("PUT", f"/channels/{raw.ids['general']}/permissions/{raw.ids['app']}", body, who="ada")
    answer = await raw("PUT", f"/channels/{raw.ids['general']}/messages/pins/{message['id']}")
    assert (answer.status, answer.code) == (403, 50013)


async def test_typing_is_seen(raw: Raw, ada: Person) -> None:
    await raw.ok("POST", f"/channels/{raw.ids['general']}/typing")
    await ada.until(lambda p: raw.ids["app"] in p.typing(raw.ids["general"]))


async def test_old_messages_are_edited_only_so_often() -> None:
    limits = Limits(old_message_age=-1.0).with_rates(old_edit=Rate(2, 60.0), edit=Rate(100, 1.0))
    async with opened(limits) as raw:
        message = await send(raw)
        path = f"/channels/{raw.ids['general']}/messages/{message['id']}"
        for n in range(2):
            await raw.ok("PATCH", path, {"content": str(n)})
        answer = await raw("PATCH", path, {"content": "3"})
        assert (answer.status, answer.code) == (429, 30046)
        assert answer.headers["Via"]


async def test_a_direct_message_is_between_two(raw: Raw, ada: Person) -> None:
    async with person(raw, "ben") as ben:
        channel = await ada.open_dm(raw.ids["app"])
        assert (await ada.open_dm(raw.ids["app"]))["id"] == channel["id"]
        await ada.say(channel["id"], "psst")
        await send(raw, "yes?", channel=channel["id"])
        await ada.until(lambda p: [m["content"] for m in p.messages(channel["id"])] == ["psst", "yes?"])
        with pytest.raises(Refused, match="50001"):
            await ben.history(channel["id"])
        assert not ben.messages(channel["id"])


async def test_a_direct_message_may_not_get_through(raw: Raw, ada: Person) -> None:
    channel = await raw.ok("POST", "/users/@me/channels", {"recipient_id": raw.ids["ada"]})
    path = f"/channels/{channel['id']}/messages"
    await ada.request("PATCH", "/users/@me/settings", {"restricted_guilds": [raw.ids["guild"]]})
    closed = await raw("POST", path, {"content": "x"})
    assert (closed.status, closed.code) == (403, 50007)
    await ada.request("PATCH", "/users/@me/settings", {"restricted_guilds": []})
    await raw.ok("POST", path, {"content": "x"})
    await ada.request("DELETE", f"/guilds/{raw.ids['guild']}/members/{raw.ids['app']}")
    apart = await raw("POST", path, {"content": "x"})
    assert (apart.status, apart.code) == (403, 50278)


async def test_a_nonce_is_shown_once_and_not_in_the_history(raw: Raw, ada: Person) -> None:
    message = await send(raw, nonce="n1")
    assert message["nonce"] == "n1"
    (seen,) = await ada.until(lambda p: p.messages(raw.ids["general"]))
    assert seen["nonce"] == "n1"
    assert "nonce" not in (await raw.ok("GET", f"/channels/{raw.ids['general']}/messages"))[0]


async def test_the_content_is_gated_in_rest_too(raw: Raw) -> None:
    theirs = await send(raw, "secret", who="ada")
    to_bot = await send(raw, f"<@{raw.ids['app']}> hello", who="ada")
    own = await send(raw, "own")
    await raw.ok("PATCH", f"/applications/{raw.ids['app']}", {"flags": 0}, who="ada")
    path = f"/channels/{raw.ids['general']}/messages"
    shown = {m["id"]: m["content"] for m in await raw.ok("GET", path)}
    assert shown[theirs["id"]] == ""
    assert shown[to_bot["id"]].endswith("hello")
    assert shown[own["id"]] == "own"
    people = {m["id"]: m["content"] for m in await raw.ok("GET", path, who="ben")}
    assert people[theirs["id"]] == "secret"


async def test_a_forward_carries_a_snapshot(raw: Raw) -> None:
    target = await send(raw, "words", who="ada")
    body = {"message_reference": {"type": 1, "message_id": target["id"], "channel_id": raw.ids["general"]}}
    found = await raw.ok("POST", f"/channels/{raw.ids['random']}/messages", body)
    assert found["message_snapshots"][0]["message"]["content"] == "words"
