"""Forums: tags and who may set them, posts and their first messages, and what is limited."""

import pytest

from antiphon.standin.client import Refused
from antiphon.standin.discord import Limits, Rate
from antiphon.standin.discord.state import FORUM
from antiphon.standin.person import Person
from standin.conftest import Raw, opened, person

TAGS = [{"name": "open", "emoji_name": "\N{EYES}"}, {"name": "done"}, {"name": "guarded", "moderated": True}]


async def test_a_post_has_its_first_message_with_its_own_id_files_and_tags(raw: Raw, ada: Person) -> None:
    forum = await ada.create_channel("ideas", FORUM, available_tags=TAGS, topic="t" * 4096)
    post = await ada.open_post(forum["id"], "One", "hello", files=[("a.txt", b"bytes")], tags=["open"])
    assert post["message"]["id"] == post["id"]
    assert post["applied_tags"] == [forum["available_tags"][0]["id"]]
    assert (post["message_count"], post["total_message_sent"], post["member_count"]) == (0, 0, 1)
    (attachment,) = post["message"]["attachments"]
    assert await ada.fetch(attachment) == b"bytes"
    order = [name for name, data in ada.events if data.get("id") == post["id"]]
    assert order == ["THREAD_CREATE", "MESSAGE_CREATE"]
    assert (await raw.ok("GET", f"/channels/{forum['id']}"))["last_message_id"] == post["id"]
    answered = await raw.ok("POST", f"/channels/{post['id']}/messages", {"content": "an answer"})
    assert (await raw.ok("GET", f"/channels/{post['id']}"))["message_count"] == 1
    assert [m["id"] for m in await ada.history(post["id"])] == [post["id"], answered["id"]]


async def test_a_post_stays_without_its_first_message(raw: Raw, ada: Person) -> None:
    forum = await ada.create_channel("ideas", FORUM)
    post = await ada.open_post(forum["id"], "One", "hello")
    await ada.say(post["id"], "more")
    await ada.delete(post["message"])
    shown = await raw.ok("GET", f"/channels/{post['id']}")
    assert (shown["name"], shown["message_count"], shown["total_message_sent"]) == ("One", 1, 1)
    assert (await raw("GET", f"/channels/{post['id']}/messages/{post['id']}")).code == 10008
    await raw.ok("POST", f"/channels/{post['id']}/messages", {"content": "still here"})


async def test_files_and_posts_need_their_rights(raw: Raw, ada: Person) -> None:
    forum = await ada.create_channel("ideas", FORUM)
    everyone = f"/channels/{forum['id']}/permissions/{raw.ids['guild']}"
    bits = {"files": 1 << 15, "embeds": 1 << 14, "threads": 1 << 35, "sending": 1 << 11}
    await raw.ok("PUT", everyone, {"type": 0, "deny": str(bits["files"] | bits["embeds"] | bits["threads"])}, who="ada")
    async with person(raw, "mallory") as mallory:
        with pytest.raises(Refused) as refused:
            await mallory.open_post(forum["id"], "One", files=[("a.txt", b"bytes")])
        assert refused.value.payload["code"] == 50013
        body = {"name": "One", "message": {"content": "x", "embeds": [{"title": "t"}]}}
        post = await mallory.request("POST", f"/channels/{forum['id']}/threads", body)
        assert post["message"]["embeds"] == []  # and the right to make threads is not asked for
        await raw.ok("PUT", everyone, {"type": 0, "deny": str(bits["sending"])}, who="ada")
        with pytest.raises(Refused, match="50013"):
            await mallory.open_post(forum["id"], "Two", "x")
        await mallory.say(post["id"], "answers need the right to write in threads")


async def test_tags_keep_their_ids_when_they_are_edited(raw: Raw, ada: Person) -> None:
    forum = await ada.create_channel("ideas", FORUM, available_tags=TAGS)
    open_, done, guarded = forum["available_tags"]
    edited = [{**done, "name": "finished", "emoji_name": "\N{PARTY POPPER}"}, {"name": "new"}, open_]
    changed = await raw.ok("PATCH", f"/channels/{forum['id']}", {"available_tags": edited})
    assert [tag["name"] for tag in changed["available_tags"]] == ["finished", "new", "open"]
    assert changed["available_tags"][0]["id"] == done["id"]
    assert changed["available_tags"][1]["id"] not in {open_["id"], done["id"], guarded["id"]}
    await ada.until(lambda p: p.channels[forum["id"]]["available_tags"] == changed["available_tags"])


async def test_a_guarded_tag_is_neither_set_nor_taken_without_the_right(raw: Raw, ada: Person) -> None:
    forum = await ada.create_channel("ideas", FORUM, available_tags=TAGS)
    async with person(raw, "mallory") as mallory:
        post = await mallory.open_post(forum["id"], "One", "x", tags=["open"])
        with pytest.raises(Refused, match="50013"):
            await mallory.tag(post, ["open", "guarded"])
        await ada.tag(post, ["open", "guarded"])
        with pytest.raises(Refused, match="50013"):
            await mallory.tag(post, ["open"])
        changed = await mallory.tag(post, ["guarded", "done"])
        assert len(changed["applied_tags"]) == 2
        await mallory.until(lambda p: p.channels[post["id"]]["applied_tags"] == changed["applied_tags"])


async def test_where_a_tag_is_required_no_post_is_without_one(raw: Raw, ada: Person) -> None:
    forum = await ada.create_channel("ideas", FORUM, available_tags=TAGS)
    await raw.ok("PATCH", f"/channels/{forum['id']}", {"flags": 1 << 4})
    with pytest.raises(Refused) as refused:
        await ada.open_post(forum["id"], "One", "x")
    assert refused.value.payload["code"] == 40067
    post = await ada.open_post(forum["id"], "One", "x", tags=["open"])
    with pytest.raises(Refused, match="40067"):
        await ada.tag(post, [])


async def test_an_archived_post_refuses_tags_until_it_is_opened(raw: Raw, ada: Person) -> None:
    forum = await ada.create_channel("ideas", FORUM, available_tags=TAGS)
    post = await ada.open_post(forum["id"], "One", "x")
    path, tags = f"/channels/{post['id']}", [forum["available_tags"][0]["id"]]
    await raw.ok("PATCH", path, {"archived": True})
    assert (await raw("PATCH", path, {"applied_tags": tags})).code == 50083
    changed = await raw.ok("PATCH", path, {"applied_tags": tags, "archived": False})
    assert (changed["applied_tags"], changed["thread_metadata"]["archived"]) == (tags, False)


async def test_whoever_opened_a_post_changes_nothing_once_it_is_locked(raw: Raw, ada: Person) -> None:
    forum = await ada.create_channel("ideas", FORUM, available_tags=TAGS)
    async with person(raw, "mallory") as mallory:
        post = await mallory.open_post(forum["id"], "One", "x")
        await raw.ok("PATCH", f"/channels/{post['id']}", {"locked": True})
        for change in ({"name": "Two"}, {"applied_tags": []}, {"archived": True}):
            with pytest.raises(Refused, match="50013"):
                await mallory.request("PATCH", f"/channels/{post['id']}", change)
        with pytest.raises(Refused, match="160005"):
            await mallory.say(post["id"], "x")


async def test_one_post_is_pinned_at_a_time(raw: Raw, ada: Person) -> None:
    forum = await ada.create_channel("ideas", FORUM)
    one, two = [await ada.open_post(forum["id"], name, "x") for name in ("One", "Two")]
    await raw.ok("PATCH", f"/channels/{one['id']}", {"flags": 1 << 1})
    assert (await raw("PATCH", f"/channels/{two['id']}", {"flags": 1 << 1})).code == 30047
    await raw.ok("PATCH", f"/channels/{one['id']}", {"flags": 0})
    assert (await raw.ok("PATCH", f"/channels/{two['id']}", {"flags": 1 << 1}))["flags"] == 1 << 1


async def test_the_defaults_of_a_forum_come_back_and_are_copied(raw: Raw, ada: Person) -> None:
    defaults = {
        "default_reaction_emoji": {"emoji_id": None, "emoji_name": "\N{EYES}"},
        "default_sort_order": 1,
        "default_forum_layout": 2,
        "default_thread_rate_limit_per_user": 7,
    }
    forum = await ada.create_channel("ideas", FORUM, **defaults)
    assert {name: forum[name] for name in defaults} == defaults
    assert (await ada.open_post(forum["id"], "One", "x"))["rate_limit_per_user"] == 7
    cleared = {"default_reaction_emoji": None, "default_sort_order": None, "default_forum_layout": 0}
    changed = await raw.ok("PATCH", f"/channels/{forum['id']}", cleared)
    assert {name: changed[name] for name in cleared} == cleared


async def test_two_names_and_two_topics_in_ten_minutes_and_tags_without_end() -> None:
    async with opened(Limits()) as raw, person(raw) as ada:
        forum = await ada.create_channel("ideas", FORUM, available_tags=TAGS)
        path, tags = f"/channels/{forum['id']}", forum["available_tags"]
        post = await ada.open_post(forum["id"], "One", "x")
        for n in range(2):
            await raw.ok("PATCH", f"/channels/{post['id']}", {"name": f"Name {n}"})
            await raw.ok("PATCH", path, {"name": f"name-{n}", "topic": f"topic {n}"})
        for what, change in ((post["id"], {"name": "x"}), (forum["id"], {"name": "x"}), (forum["id"], {"topic": "x"})):
            refused = await raw("PATCH", f"/channels/{what}", change)
            assert (refused.status, refused.body["global"]) == (429, False)
            assert refused.body["retry_after"] > 500
        for n in range(5):
            await raw.ok("PATCH", f"/channels/{post['id']}", {"applied_tags": [tags[n % 2]["id"]], "name": "Name 1"})
            await raw.ok("PATCH", path, {"available_tags": [*tags, {"name": f"new {n}"}]})


async def test_a_post_counts_as_a_started_thread() -> None:
    async with opened(Limits().with_rates(thread_create=Rate(1, 300.0))) as raw, person(raw) as ada:
        forum = await ada.create_channel("ideas", FORUM)
        path, body = f"/channels/{forum['id']}/threads", {"name": "One", "message": {"content": "x"}}
        await raw.ok("POST", path, body)
        assert (await raw("POST", path, body)).status == 429
