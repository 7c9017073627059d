"""Threads: ids, archives, members, renames; and channels and roles, which share the routes."""

from antiphon.standin.discord import Limits, Rate
from antiphon.standin.person import Person
from standin.conftest import Raw, opened, person


async def test_a_thread_from_a_message_has_its_id(raw: Raw, ada: Person) -> None:
    message = await ada.say(raw.ids["general"], "topic")
    thread = await ada.start_thread(raw.ids["general"], "talk", message)
    assert thread["id"] == message["id"]
    await ada.until(lambda p: (p.message(message) or {}).get("flags") == 1 << 5)
    fetched = await raw.ok("GET", f"/channels/{raw.ids['general']}/messages/{message['id']}")
    assert fetched["thread"]["name"] == "talk"
    starter = (await raw.ok("GET", f"/channels/{thread['id']}/messages"))[0]
    assert (starter["type"], starter["referenced_message"]["content"]) == (21, "topic")


async def test_a_thread_alone_is_private_unless_its_type_is_given(raw: Raw) -> None:
    path = f"/channels/{raw.ids['general']}/threads"
    private = await raw.ok("POST", path, {"name": "x"})
    assert private["type"] == 12
    assert (await raw("GET", f"/channels/{private['id']}", who="ben")).code == 50001
    assert (await raw.ok("GET", f"/channels/{private['id']}", who="ada"))["id"] == private["id"]
    public = await raw.ok("POST", path, {"name": "x", "type": 11})
    assert (await raw.ok("GET", f"/channels/{public['id']}", who="ben"))["id"] == public["id"]


async def test_a_message_takes_a_thread_out_of_the_archive(raw: Raw, ada: Person) -> None:
    thread = await ada.start_thread(raw.ids["general"], "t")
    path = f"/channels/{thread['id']}"
    await raw.ok("PATCH", path, {"archived": True})
    await ada.until(lambda p: p.channels[thread["id"]]["thread_metadata"]["archived"])
    listed = await raw.ok("GET", f"/channels/{raw.ids['general']}/threads/archived/public")
    assert [t["id"] for t in listed["threads"]] == [thread["id"]]
    assert (await raw.ok("GET", f"/guilds/{raw.ids['guild']}/threads/active"))["threads"] == []
    await raw.ok("POST", f"{path}/messages", {"content": "wake"})
    await ada.until(lambda p: not p.channels[thread["id"]]["thread_metadata"]["archived"])
    active = await raw.ok("GET", f"/guilds/{raw.ids['guild']}/threads/active")
    assert [t["id"] for t in active["threads"]] == [thread["id"]]


async def test_archived_threads_are_not_in_the_guild_that_is_received(raw: Raw) -> None:
    ids = []
    for name in ("open", "closed"):
        thread = await raw.ok("POST", f"/channels/{raw.ids['general']}/threads", {"name": name, "type": 11})
        ids.append(thread["id"])
    await raw.ok("PATCH", f"/channels/{ids[1]}", {"archived": True})
    async with person(raw, "ben") as ben:
        assert [t["id"] for t in ben.guilds[raw.ids["guild"]]["threads"]] == ids[:1]


async def test_a_new_name_posts_a_notice(raw: Raw) -> None:
    thread = await raw.ok("POST", f"/channels/{raw.ids['general']}/threads", {"name": "old", "type": 11})
    await raw.ok("PATCH", f"/channels/{thread['id']}", {"name": "new"})
    newest = (await raw.ok("GET", f"/channels/{thread['id']}/messages"))[0]
    assert (newest["type"], newest["content"]) == (4, "new")


async def test_whoever_writes_or_is_mentioned_becomes_a_member(raw: Raw, ada: Person) -> None:
    thread = await raw.ok("POST", f"/channels/{raw.ids['general']}/threads", {"name": "t", "type": 11})
    await ada.say(thread["id"], f"<@{raw.ids['ben']}>")
    members = await raw.ok("GET", f"/channels/{thread['id']}/thread-members")
    assert {m["user_id"] for m in members} == {raw.ids["app"], raw.ids["ada"], raw.ids["ben"]}
    await raw.ok("DELETE", f"/channels/{thread['id']}/thread-members/{raw.ids['ben']}")
    assert (await raw("GET", f"/channels/{thread['id']}/thread-members/{raw.ids['ben']}")).code == 10007
    await raw.ok("PUT", f"/channels/{thread['id']}/thread-members/{raw.ids['ben']}")
    await raw.ok("DELETE", f"/channels/{thread['id']}/thread-members/@me", who="ben")
    assert (await raw("GET", f"/channels/{thread['id']}/thread-members/{raw.ids['ben']}")).code == 10007


async def test_a_deleted_thread_says_only_what_discord_says(raw: Raw, ada: Person) -> None:
    thread = await ada.start_thread(raw.ids["general"], "t")
    await raw.ok("DELETE", f"/channels/{thread['id']}")
    gone = await ada.until(lambda p: p.event("THREAD_DELETE"))
    assert set(gone) == {"id", "guild_id", "parent_id", "type"}
    assert (await raw("GET", f"/channels/{thread['id']}")).code == 10003


async def test_active_threads_and_members_have_an_end() -> None:
    async with opened(Limits(active_threads=1, thread_members=2, enforce_rates=False)) as raw:
        path = f"/channels/{raw.ids['general']}/threads"
        thread = await raw.ok("POST", path, {"name": "x", "type": 11})
        answer = await raw("POST", path, {"name": "y", "type": 11})
        assert (answer.status, answer.code) == (400, 160006)
        await raw.ok("PUT", f"/channels/{thread['id']}/thread-members/{raw.ids['ada']}")
        answer = await raw("PUT", f"/channels/{thread['id']}/thread-members/{raw.ids['ben']}")
        assert (answer.status, answer.code) == (400, 30033)


async def test_threads_have_a_permission_of_their_own(raw: Raw) -> None:
    thread = await raw.ok("POST", f"/channels/{raw.ids['general']}/threads", {"name": "t", "type": 11})
    overwrite = f"/channels/{raw.ids['general']}/permissions/{raw.ids['guild']}"
    await raw.ok("PUT", overwrite, {"type": 0, "deny": str(1 << 11)}, who="ada")
    await raw.ok("POST", f"/channels/{thread['id']}/messages", {"content": "x"}, who="mallory")
    await raw.ok("PUT", overwrite, {"type": 0, "deny": str(1 << 38)}, who="ada")
    answer = await raw("POST", f"/channels/{thread['id']}/messages", {"content": "x"}, who="mallory")
    assert (answer.status, answer.code) == (403, 50013)


async def test_whoever_sees_a_channel_by_a_changed_role_is_told_of_its_threads(raw: Raw) -> None:
    guild, everyone = f"/guilds/{raw.ids['guild']}", raw.ids["guild"]
    builders = next(one for one in await raw.ok("GET", f"{guild}/roles", who="ada") if one["name"] == "builders")
    thread = await raw.ok("POST", f"/channels/{raw.ids['general']}/threads", {"name": "t", "type": 11}, who="ada")
    for role in (everyone, builders["id"]):
        await raw.ok("PATCH", f"{guild}/roles/{role}", {"permissions": "0"}, who="ada")
    async with person(raw, "ben") as ben:
        assert thread["id"] not in ben.channels
        await raw.ok("PATCH", f"{guild}/roles/{everyone}", {"permissions": str(1 << 10)}, who="ada")
        await ben.until(lambda ben: thread["id"] in ben.channels)


async def test_overwrites_go_from_everyone_over_roles_to_the_member(raw: Raw) -> None:
    roles = await raw.ok("GET", f"/guilds/{raw.ids['guild']}/roles")
    builders = next(r["id"] for r in roles if r["name"] == "builders")
    base, send = f"/channels/{raw.ids['general']}/permissions", str(1 << 11)
    path = f"/channels/{raw.ids['general']}/messages"

    async def may(who: str) -> bool:
        return (await raw("POST", path, {"content": "x"}, who=who)).status == 200

    await raw.ok("PUT", f"{base}/{raw.ids['guild']}", {"type": 0, "deny": send}, who="ada")
    assert (await may("ben"), await may("mallory"), await may("ada")) == (False, False, True)
    await raw.ok("PUT", f"{base}/{builders}", {"type": 0, "allow": send}, who="ada")
    assert (await may("ben"), await may("mallory")) == (True, False)
    await raw.ok("PUT", f"{base}/{raw.ids['ben']}", {"type": 1, "deny": send}, who="ada")
    assert not await may("ben")


async def test_whoever_is_let_in_gets_the_threads(raw: Raw) -> None:
    base = f"/channels/{raw.ids['general']}"
    await raw.ok("PUT", f"{base}/permissions/{raw.ids['ben']}", {"type": 1, "deny": "1024"}, who="ada")
    thread = await raw.ok("POST", f"{base}/threads", {"name": "t", "type": 11})
    async with person(raw, "ben") as ben:
        assert ben.guilds[raw.ids["guild"]]["threads"] == []
        await raw.ok("DELETE", f"{base}/permissions/{raw.ids['ben']}", who="ada")
        synced = await ben.until(lambda p: p.event("THREAD_LIST_SYNC"))
        assert [t["id"] for t in synced["threads"]] == [thread["id"]]


async def test_a_third_rename_within_ten_minutes_waits() -> None:
    async with opened(Limits()) as raw:
        path = f"/channels/{raw.ids['general']}"
        for name in ("a", "b"):
            await raw.ok("PATCH", path, {"name": name})
        answer = await raw("PATCH", path, {"name": "c"})
        assert answer.status == 429
        assert answer.body["retry_after"] > 500
        assert int(answer.headers["X-RateLimit-Remaining"]) > 0  # the ordinary bucket knows nothing of it
        await raw.ok("PATCH", path, {"topic": "names and topics are counted apart"})
        await raw.ok("PATCH", path, {"name": "d"}, who="ada")


async def test_renames_of_threads_are_counted_too() -> None:
    async with opened(Limits().with_rates(rename=Rate(1, 600.0))) as raw:
        thread = await raw.ok("POST", f"/channels/{raw.ids['general']}/threads", {"name": "t", "type": 11})
        await raw.ok("PATCH", f"/channels/{thread['id']}", {"name": "a"})
        assert (await raw("PATCH", f"/channels/{thread['id']}", {"name": "b"})).status == 429
        await raw.ok("PATCH", f"/channels/{thread['id']}", {"archived": True})


async def test_channels_are_made_changed_and_deleted(raw: Raw, ada: Person) -> None:
    guild = f"/guilds/{raw.ids['guild']}/channels"
    channel = await raw.ok("POST", guild, {"name": "New Place", "topic": "t"})
    assert (channel["name"], channel["topic"]) == ("new-place", "t")
    thread = await raw.ok("POST", f"/channels/{channel['id']}/threads", {"name": "t", "type": 11})
    await raw.ok("DELETE", f"/channels/{channel['id']}")
    await ada.until(lambda p: channel["id"] not in p.channels and p.event("CHANNEL_DELETE"))
    assert (await raw("GET", f"/channels/{thread['id']}")).code == 10003


async def test_channels_have_an_end() -> None:
    async with opened(Limits(guild_channels=4, category_channels=3, enforce_rates=False)) as raw:
        guild = f"/guilds/{raw.ids['guild']}/channels"
        category = next(c["id"] for c in await raw.ok("GET", guild) if c["type"] == 4)
        await raw.ok("POST", guild, {"name": "x", "parent_id": category})
        answer = await raw("POST", guild, {"name": "y"})
        assert (answer.status, answer.code) == (400, 30013)
    async with opened(Limits(category_channels=2, enforce_rates=False)) as raw:
        guild = f"/guilds/{raw.ids['guild']}/channels"
        category = next(c["id"] for c in await raw.ok("GET", guild) if c["type"] == 4)
        answer = await raw("POST", guild, {"name": "y", "parent_id": category})
        assert answer.error("parent_id") == "CHANNEL_PARENT_MAX_CHANNELS"


async def test_roles_are_given_taken_and_seen(raw: Raw, ada: Person) -> None:
    guild = f"/guilds/{raw.ids['guild']}"
    role = await raw.ok("POST", f"{guild}/roles", {"name": "new"})
    await raw.ok("PUT", f"{guild}/members/{raw.ids['mallory']}/roles/{role['id']}")
    changed = await ada.until(lambda p: p.event("GUILD_MEMBER_UPDATE"))
    assert changed["roles"] == [role["id"]]
    await raw.ok("DELETE", f"{guild}/roles/{role['id']}")
    assert (await raw.ok("GET", f"{guild}/members/{raw.ids['mallory']}"))["roles"] == []
    assert (await raw("POST", f"{guild}/roles", {}, who="ben")).code == 50013


async def test_members_are_listed_and_searched(raw: Raw) -> None:
    guild = f"/guilds/{raw.ids['guild']}/members"
    assert len(await raw.ok("GET", f"{guild}?limit=1000")) == 4
    assert len(await raw.ok("GET", guild)) == 1
    found = await raw.ok("GET", f"{guild}/search?query=be&limit=5")
    assert [m["user"]["username"] for m in found] == ["ben"]
    await raw.ok("PATCH", f"/applications/{raw.ids['app']}", {"flags": 0}, who="ada")
    assert (await raw("GET", guild)).code == 50001


async def test_a_kicked_bot_is_out(raw: Raw, ada: Person) -> None:
    guild = f"/guilds/{raw.ids['guild']}"
    await ada.request("DELETE", f"{guild}/members/{raw.ids['app']}")
    assert (await raw("GET", guild)).code == 10004
    assert (await raw("POST", f"/channels/{raw.ids['general']}/messages", {"content": "x"})).code == 50001
    await ada.request("PUT", f"{guild}/members/{raw.ids['app']}", {})
    await raw.ok("GET", guild)


async def test_a_thread_takes_only_the_tags_of_its_forum(place: Raw) -> None:
    forum = await place.ok("PATCH", f"/channels/{place.ids['forum']}", {"available_tags": [{"name": "open"}]})
    (tag,) = forum["available_tags"]
    body = {"name": "post", "message": {"content": "x"}, "applied_tags": [tag["id"]]}
    post = await place.ok("POST", f"/channels/{forum['id']}/threads", body)
    assert post["applied_tags"] == [tag["id"]]
    for wrong in (["1"], [[]]):
        answer = await place("PATCH", f"/channels/{post['id']}", {"applied_tags": wrong})
        assert (answer.status, answer.code) == (400, 50035)
    assert (await place.ok("PATCH", f"/channels/{post['id']}", {"applied_tags": []})).get("applied_tags", []) == []


async def test_a_refused_change_of_a_channel_changes_nothing(place: Raw) -> None:
    path = f"/channels/{place.ids['forum']}"
    before = await place.ok("GET", path)
    for wrong in ({"available_tags": [{}]}, {"parent_id": place.ids["general"]}):
        assert (await place("PATCH", path, {"name": "other", "parent_id": None} | wrong)).status == 400
    assert await place.ok("GET", path) == before
