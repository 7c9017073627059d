"""What the page shows: messages as they come and go, threads, marks of what is unread, pinged or silent."""

import pytest
from pictures import png
from playwright.async_api import expect
from scene import Scene

pytestmark = pytest.mark.asyncio(loop_scope="session")

SILENT = 1 << 12


async def test_messages_appear_change_and_vanish_as_they_are_posted_edited_and_deleted(scene: Scene) -> None:
    message = await scene.bot.say(scene.general, "the first words")
    await expect(scene.message("the first words")).to_be_visible()
    await scene.row(message).evaluate("row => row.dataset.same = 'yes'")
    await scene.bot.edit(message, content="other words")
    await expect(scene.message("other words")).to_contain_text("(edited)")
    assert await scene.row(message).get_attribute("data-same") == "yes"  # patched in place
    await scene.bot.request("DELETE", f"/channels/{scene.general}/messages/{message['id']}")
    await expect(scene.message("other words")).to_have_count(0)


async def test_many_messages_deleted_at_once_all_vanish(scene: Scene) -> None:
    ids = [(await scene.bot.say(scene.general, f"number {n}"))["id"] for n in range(3)]
    await expect(scene.message("number")).to_have_count(3)
    await scene.bot.request("POST", f"/channels/{scene.general}/messages/bulk-delete", {"messages": ids})
    await expect(scene.message("number")).to_have_count(0)


async def test_messages_of_one_author_are_grouped_under_one_name(scene: Scene) -> None:
    first, second = await scene.bot.say(scene.general, "one"), await scene.bot.say(scene.general, "two")
    third = await scene.ben.say(scene.general, "three")
    for message, names in ((first, 1), (second, 0), (third, 1)):
        await expect(scene.row(message).locator(".head .name")).to_have_count(names)


async def test_a_reply_shows_what_it_answers_and_leads_there(scene: Scene) -> None:
    asked = await scene.ben.say(scene.general, "what is it?")
    reply = await scene.bot.say(scene.general, "it is that", message_reference={"message_id": asked["id"]})
    line = scene.row(reply).get_by_role("button", name="Replying to Ben")
    await expect(line).to_contain_text("what is it?")
    await line.click()
    await expect(scene.row(asked)).to_have_class("row flash")


async def test_a_ping_has_a_bell_and_a_silent_message_a_crossed_one(scene: Scene) -> None:
    ping = await scene.bot.say(scene.general, f"look <@{scene.ada}>")
    silent = await scene.bot.say(scene.general, "only progress", flags=SILENT)
    plain = await scene.bot.say(scene.general, "just words")
    await expect(scene.row(ping).get_by_role("img", name="Pings Ada")).to_be_visible()
    await expect(scene.row(ping).get_by_role("article")).to_have_class("message mentions-me")
    await expect(scene.row(silent).get_by_role("img", name="Silent: no notification")).to_be_visible()
    await expect(scene.row(plain).locator(".mark")).to_have_count(0)
    await scene.page.get_by_role("button", name="Notifications").click()
    log = scene.page.get_by_role("complementary", name="Notifications")
    await expect(log.get_by_role("link")).to_have_count(3)
    for words in ("pings you: antiphon", "silent: antiphon", "no ping: antiphon"):
        await expect(log.get_by_role("link", name=words)).to_have_count(1)


async def test_a_ping_elsewhere_marks_the_channel_and_is_read_by_going_there(scene: Scene) -> None:
    await scene.bot.say(scene.random, f"come here, <@{scene.ada}>")
    link = scene.page.get_by_role("link", name="unread, 1 mention, random")
    await expect(link).to_be_visible()
    await expect(scene.page.get_by_role("status").filter(has_text="come here, @Ada")).to_be_visible()
    await link.click()
    await expect(scene.message("come here")).to_be_visible()
    await expect(scene.page.get_by_role("link", name="random (text channel)", exact=True)).to_be_visible()
    await expect(scene.page.get_by_role("separator").filter(has_text="New")).to_be_visible()


async def test_a_thread_opens_counts_and_goes_to_the_archive_and_back(scene: Scene) -> None:
    asked = await scene.ben.say(scene.general, "a task")
    thread = await scene.bot.request(
        "POST", f"/channels/{scene.general}/messages/{asked['id']}/threads", {"name": "the work"}
    )
    await scene.bot.say(thread["id"], "working on it")
    await expect(scene.page.get_by_role("link", name="unread, the work (thread)")).to_be_visible()
    await expect(scene.row(asked).get_by_role("link", name="the work")).to_contain_text("1 Message")
    await scene.open("the work")
    await expect(scene.message("working on it")).to_be_visible()
    await expect(scene.message("a task")).to_be_visible()  # the message it began with
    await scene.bot.request("PATCH", f"/channels/{thread['id']}", {"archived": True})
    await scene.page.get_by_role("button", name="Archived threads (1)").click()
    await expect(scene.page.get_by_role("link", name="the work (archived thread)")).to_be_visible()
    await scene.say("one more thing")
    await expect(scene.page.get_by_role("link", name="the work (thread)")).to_be_visible()


async def test_typing_is_shown_until_the_message_comes(scene: Scene) -> None:
    await scene.bot.request("POST", f"/channels/{scene.general}/typing")
    await expect(scene.page.get_by_text("antiphon is typing…")).to_be_visible()
    await scene.bot.say(scene.general, "there it is")
    await expect(scene.page.get_by_text("antiphon is typing…")).to_have_count(0)


async def test_an_embed_is_drawn_with_its_fields_and_colour(scene: Scene) -> None:
    fields = [{"name": name, "value": "1", "inline": True} for name in ("A", "B", "C")]
    embed = {"title": "Report", "url": "https://example.com/", "description": "**all** well", "color": 0x57F287}
    message = await scene.bot.say(
        scene.general, embeds=[{**embed, "fields": fields, "footer": {"text": "the end"}, "author": {"name": "Who"}}]
    )
    shown = scene.row(message).get_by_role("article", name="Report")
    await expect(shown.get_by_role("link", name="Report")).to_have_attribute("href", "https://example.com/")
    await expect(shown.locator("strong")).to_have_text("all")
    await expect(shown).to_have_css("border-left-color", "rgb(87, 242, 135)")
    tops = [await shown.locator(".embed-field").nth(n).evaluate("e => e.offsetTop") for n in range(3)]
    assert len(set(tops)) == 1  # inline fields share a row
    await expect(shown).to_contain_text("the end")


async def test_pictures_are_shown_and_files_offered_with_a_look_inside(scene: Scene) -> None:
    files = [("wave.png", png(64, 32)), ("answer.py", b"def answer() -> int:\n    return 42\n")]
    message = await scene.bot.say(scene.general, "files", files=files)
    picture = scene.row(message).get_by_role("img", name="wave.png")
    await expect(picture).to_be_visible()
    await picture.evaluate("image => image.decode()")
    assert await picture.evaluate("image => image.naturalWidth") == 64
    await scene.row(message).get_by_role("button", name="Look inside answer.py").click()
    await expect(scene.row(message).locator(".hl-keyword").first).to_have_text("def")
    async with scene.page.expect_download() as download:
        await scene.row(message).get_by_role("link", name="Download answer.py").click()
    assert (await (await download.value).path()).read_bytes() == files[1][1]
    await scene.row(message).get_by_role("button", name="Open wave.png").click()
    await expect(scene.page.get_by_role("dialog", name="wave.png")).to_be_visible()


async def test_pins_are_listed(scene: Scene) -> None:
    message = await scene.bot.say(scene.general, "the dashboard")
    await scene.bot.request("PUT", f"/channels/{scene.general}/messages/pins/{message['id']}")
    await expect(scene.message("pinned a message to this channel")).to_be_visible()
    await scene.page.get_by_role("button", name="Pinned messages").click()
    await expect(scene.page.get_by_role("complementary", name="Pinned messages")).to_contain_text("the dashboard")


async def test_after_a_lost_connection_the_page_resumes_and_misses_nothing(scene: Scene) -> None:
    await scene.bot.say(scene.general, "before")
    await expect(scene.message("before")).to_be_visible()
    drop = {"drop_gateway": True, "everybody": True, "resumable": True}
    sent: list[str] = []
    scene.page.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(str(frame))))
    await scene.page.request.post(scene.url + "standin/faults", data=drop)
    await scene.ben.request("POST", f"/channels/{scene.general}/messages", {"content": "meanwhile"})
    await expect(scene.message("meanwhile")).to_be_visible()
    await expect(scene.message("before")).to_have_count(1)
    assert '"op":6' in sent[0]


async def test_after_a_session_is_gone_the_page_starts_a_new_one(scene: Scene) -> None:
    await scene.bot.say(scene.general, "before")
    await expect(scene.message("before")).to_be_visible()
    async with scene.page.expect_websocket():
        drop = {"drop_gateway": True, "everybody": True, "resumable": False}
        await scene.page.request.post(scene.url + "standin/faults", data=drop)
        await scene.ben.request("POST", f"/channels/{scene.general}/messages", {"content": "meanwhile"})
    await expect(scene.message("meanwhile")).to_be_visible()
    await expect(scene.message("before")).to_have_count(1)
    await scene.ben.request("POST", f"/channels/{scene.general}/messages", {"content": "afterwards"})
    await expect(scene.message("afterwards")).to_be_visible()


async def test_older_messages_come_when_one_scrolls_up_and_the_window_stays_small(scene: Scene) -> None:
    for n in range(320):
        await scene.ben.request("POST", f"/channels/{scene.random}/messages", {"content": f"line {n}"})
    await scene.open("random")
    await expect(scene.message("line 319")).to_be_visible()
    rows = scene.page.locator(".row")
    scroller = scene.page.get_by_role("log")
    for _ in range(40):
        await scroller.evaluate("element => element.scrollTop = 0")
        if await scene.page.get_by_text("Welcome to #random!").count():
            break
        await scene.page.wait_for_timeout(50)
    await expect(scene.page.get_by_text("Welcome to #random!")).to_be_visible()
    await expect(scene.page.get_by_text("line 0", exact=True)).to_be_visible()
    assert await rows.count() <= 150
    await scene.page.get_by_role("button", name="jump to present").click()
    await expect(scene.message("line 319")).to_be_visible()


async def test_a_forum_lists_its_posts_and_takes_new_ones(scene: Scene) -> None:
    guild = scene.about["guild_id"]
    await scene.bot.request("POST", f"/guilds/{guild}/channels", {"name": "help", "type": 15})
    await scene.open("help (forum)")
    await scene.page.get_by_role("button", name="New post").click()
    await scene.page.get_by_label("Title").fill("How does it work?")
    await scene.page.get_by_label("Message", exact=True).fill("Please explain.")
    await scene.page.get_by_role("button", name="Post", exact=True).click()
    await expect(scene.message("Please explain.")).to_be_visible()
    await scene.open("help (forum)")
    await expect(scene.page.get_by_role("listitem").filter(has_text="How does it work?")).to_be_visible()
