"""What a person does at the page: writing, files, reactions, the menu of a message, being somebody else."""

import base64

import pytest
from pictures import png
from playwright.async_api import FilePayload, expect
from scene import Json, Scene

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.fixture
def page_options() -> Json:
    return {"permissions": ["clipboard-read", "clipboard-write"]}


async def last(scene: Scene, channel: str | None = None) -> Json:
    """The newest message as Discord has it."""
    return (await scene.bot.request("GET", f"/channels/{channel or scene.general}/messages?limit=1"))[0]


async def test_a_message_is_sent_with_names_and_emoji_as_discord_stores_them(scene: Scene) -> None:
    await scene.say("hello @ben in #random :rocket: `@ben`")
    await expect(scene.message("hello @Ben in random 🚀 @ben")).to_be_visible()
    ben = scene.about["people"][1]["id"]
    assert (await last(scene))["content"] == f"hello <@{ben}> in <#{scene.random}> 🚀 `@ben`"
    await expect(scene.composer).to_have_value("")


async def test_silently_means_without_notification(scene: Scene) -> None:
    await scene.say("@silent psst")
    await expect(scene.message("psst").get_by_role("img", name="Silent: no notification")).to_be_visible()


async def test_a_chip_sends_its_prompt(scene: Scene) -> None:
    await scene.page.get_by_role("button", name="Say hello").click()
    await expect(scene.message("say: hello")).to_be_visible()


async def test_own_messages_are_edited_with_arrow_up_and_deleted_from_the_menu(scene: Scene) -> None:
    await scene.say("a tpyo")
    await expect(scene.message("a tpyo")).to_be_visible()
    await scene.composer.press("ArrowUp")
    editor = scene.page.get_by_role("textbox", name="Edit message")
    await editor.fill("a typo")
    await editor.press("Enter")
    await expect(scene.message("a typo")).to_contain_text("(edited)")
    menu = await scene.menu(scene.message("a typo"))
    await menu.get_by_role("menuitem", name="Delete message").click()
    await scene.page.get_by_role("dialog", name="Delete message").get_by_role("button", name="Delete").click()
    await expect(scene.message("a typo")).to_have_count(0)


async def test_a_reply_is_started_from_the_bar_over_a_message(scene: Scene) -> None:
    asked = await scene.ben.say(scene.general, "who comes?")
    await scene.row(asked).hover()
    await scene.row(asked).get_by_role("button", name="Reply", exact=True).click()
    await expect(scene.page.get_by_text("Replying to Ben")).to_be_visible()
    await scene.say("me")
    await expect(scene.message("me").get_by_role("button", name="Replying to Ben")).to_be_visible()
    assert (await last(scene))["message_reference"]["message_id"] == asked["id"]


async def test_reactions_are_seen_set_and_taken_back(scene: Scene) -> None:
    message = await scene.bot.say(scene.general, "like it?")
    await scene.ben.react(message, "👍")
    pill = scene.row(message).get_by_role("button", name="👍, 1 reaction")
    await pill.click()
    mine = scene.row(message).get_by_role("button", name="👍, 2 reactions")
    await expect(mine).to_have_attribute("aria-pressed", "true")
    await mine.click()
    await expect(pill).to_have_attribute("aria-pressed", "false")
    await scene.row(message).hover()
    await (
        scene.row(message)
        .get_by_role("group", name="Message actions")
        .get_by_role("button", name="Add reaction")
        .click()
    )
    await scene.page.get_by_role("searchbox", name="Find an emoji").fill("rocket")
    await scene.page.get_by_role("button", name="rocket").click()
    await expect(scene.row(message).get_by_role("button", name="🚀, 1 reaction")).to_be_visible()


async def test_a_file_is_uploaded_by_the_picker(scene: Scene) -> None:
    async with scene.page.expect_file_chooser() as chooser:
        await scene.page.get_by_role("button", name="Upload a file").click()
    picture = FilePayload(name="shot.png", mimeType="image/png", buffer=png(40, 30))
    text = FilePayload(name="a.txt", mimeType="text/plain", buffer=b"hi")
    await (await chooser.value).set_files([picture, text])
    await expect(scene.page.get_by_role("list", name="Files to send").get_by_role("listitem")).to_have_count(2)
    await scene.page.get_by_role("button", name="Remove a.txt").click()
    await scene.say("look at this")
    await expect(scene.message("look at this").get_by_role("img", name="shot.png")).to_be_visible()
    assert [one["filename"] for one in (await last(scene))["attachments"]] == ["shot.png"]


async def test_a_file_is_uploaded_by_dropping_it(scene: Scene) -> None:
    transfer = await scene.page.evaluate_handle(
        """data => {
            const transfer = new DataTransfer();
            const bytes = Uint8Array.from(atob(data), one => one.charCodeAt(0));
            transfer.items.add(new File([bytes], "dropped.png", { type: "image/png" }));
            return transfer;
        }""",
        base64.b64encode(png(20, 20)).decode(),
    )
    await scene.page.get_by_role("main").dispatch_event("drop", {"dataTransfer": transfer})
    await scene.composer.press("Enter")
    await expect(scene.page.get_by_role("img", name="dropped.png")).to_be_visible()


async def test_what_discord_refuses_is_said_and_the_text_is_kept(scene: Scene) -> None:
    await scene.say("x" * 2001)
    await expect(scene.page.get_by_role("alert")).to_contain_text("2000 or fewer in length")
    await expect(scene.composer).to_have_value("x" * 2001)
    scene.errors.clear()  # the browser itself logs the 400


async def test_the_menu_copies_pins_and_opens_a_thread(scene: Scene) -> None:
    message = await scene.bot.say(scene.general, "something")
    menu = await scene.menu(scene.row(message))
    await menu.get_by_role("menuitem", name="Copy message ID").click()
    await expect(scene.page.get_by_text("Copied.")).to_be_visible()
    assert await scene.page.evaluate("navigator.clipboard.readText()") == message["id"]
    menu = await scene.menu(scene.row(message))
    await menu.get_by_role("menuitem", name="Pin message").click()
    await expect(scene.row(message).get_by_role("img", name="Pinned")).to_be_visible()
    menu = await scene.menu(scene.row(message))
    await menu.get_by_role("menuitem", name="Create thread").click()
    await scene.page.get_by_role("dialog", name="Create thread").get_by_label("Thread name").fill("aside")
    await scene.page.get_by_role("button", name="Create thread").click()
    await expect(scene.page.get_by_role("heading", name="aside", level=1)).to_be_visible()


async def test_a_press_counts_although_its_control_changes_meanwhile(scene: Scene) -> None:
    message = await scene.bot.say(scene.general, "start here")
    made = f"/channels/{scene.general}/messages/{message['id']}/threads"
    thread = await scene.bot.request("POST", made, {"name": "busy"})
    card = scene.row(message).get_by_role("link", name="busy")
    await card.hover()
    await scene.page.mouse.down()
    await scene.bot.say(thread["id"], "one more")
    await expect(card).to_contain_text("1 Message")
    await scene.page.mouse.up()
    await expect(scene.page.get_by_role("heading", name="busy", level=1)).to_be_visible()


async def test_a_message_command_is_run_from_the_menu(scene: Scene) -> None:
    await scene.bot.commands({"type": 3, "name": "Rewind to here"})
    scene.bot.answers["Rewind to here"] = lambda asked: scene.bot.respond(asked, 4, content="rewound", flags=64)
    message = await scene.ben.say(scene.general, "here")
    menu = await scene.menu(scene.row(message))
    await menu.get_by_role("menuitem", name="Apps").click()
    await scene.page.get_by_role("menuitem", name="Rewind to here").click()
    await expect(scene.message("rewound")).to_contain_text("Only you can see this")
    assert scene.bot.asked[-1]["data"]["target_id"] == message["id"]


async def test_another_person_sees_with_other_eyes_and_acts_under_another_name(scene: Scene) -> None:
    theirs = await scene.bot.say(scene.general, "from the bot")
    await scene.page.get_by_role("button", name="Switch person: you are ada").click()
    await scene.page.get_by_role("menuitem", name="mallory").click()
    await expect(scene.page.get_by_role("button", name="Switch person: you are mallory")).to_contain_text("Member")
    await scene.say("it is me")
    await expect(scene.message("it is me").locator(".name")).to_have_text("Mallory")
    menu = await scene.menu(scene.row(theirs))
    await expect(menu.get_by_role("menuitem", name="Delete message")).to_have_count(0)  # not hers to delete
    await scene.page.keyboard.press("Escape")
    await scene.bot.say(scene.random, f"<@{scene.ada}> is wanted")
    await scene.page.get_by_role("button", name="Switch person: you are mallory").click()
    await scene.page.get_by_role("menuitem", name="ada (1)").click()
    await expect(scene.page.get_by_role("link", name="unread, 1 mention, random")).to_be_visible()


async def test_a_direct_message_to_the_bot_is_opened_from_its_card(scene: Scene) -> None:
    await scene.page.get_by_role("button", name="Members").click()
    await scene.page.get_by_role("complementary", name="Members").get_by_role("button", name="antiphon").click()
    await scene.page.get_by_role("dialog", name="Profile of antiphon").get_by_role("button", name="Message").click()
    await expect(scene.page.get_by_role("link", name="antiphon (direct message)")).to_be_visible()
    await scene.say("just between us")
    await expect(scene.message("just between us")).to_be_visible()


async def test_members_are_suggested_after_an_at_sign(scene: Scene) -> None:
    await scene.composer.press_sequentially("ask @be")
    await expect(scene.page.get_by_role("option")).to_have_count(1)
    await scene.composer.press("Tab")
    await expect(scene.composer).to_have_value("ask @ben ")
