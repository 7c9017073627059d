"""Every state that the page can be in, each as what somebody does to bring it there."""

from collections.abc import Awaitable, Callable
from typing import Literal

from pictures import png
from playwright.async_api import FilePayload, expect
from showcase import SILENT, Showcase

State = Callable[[Showcase], Awaitable[None]]
Only = Literal["", "desktop", "phone"]

STATES: dict[str, tuple[State, Only]] = {}

# To the beginning, and until the page has heard of it: what arrives before that would take it to the end again.
SCROLLED_UP = """scroller => new Promise(done => {
    scroller.addEventListener("scroll", () => requestAnimationFrame(done), { once: true });
    scroller.scrollTop = 0;
})"""


def state(only: Only = "") -> Callable[[State], State]:
    """Adds one; some are on a phone, or not on one, alone."""

    def add(bring: State) -> State:
        STATES[bring.__name__] = (bring, only)
        return bring

    return add


# Places


@state()
async def an_empty_channel(show: Showcase) -> None:
    await show.go(show.channels["quiet"])
    await expect(show.page.get_by_role("heading", name="A line of welcome")).to_be_visible()


@state()
async def a_channel_with_a_thread(show: Showcase) -> None:
    await show.go(show.scene.general)
    await expect(show.page.get_by_role("link", name="the whole work").last).to_be_visible()


@state()
async def a_thread_with_everything(show: Showcase) -> None:
    await show.see("answer.py")
    await show.page.get_by_role("button", name="Look inside answer.py").click()
    await expect(show.page.locator(".file-preview .hl-keyword").first).to_be_visible()
    await show.unroll()


@state()
async def spoilers_opened(show: Showcase) -> None:
    await show.see("the butler")
    await show.page.locator(".md-spoiler").click()
    while await show.page.locator(".hidden-media").count():
        await show.page.locator(".hidden-media").first.get_by_role("button", name="Spoiler: ").click()
    await show.unroll()


@state()
async def votes_and_stickers(show: Showcase) -> None:
    ben, quiet = show.scene.ben, show.channels["quiet"]
    poll = await ben.ask_poll(quiet, "Lunch?", ["Soup", "Bread"], multiple=True)
    await ben.vote(poll, 1)
    packs = await ben.request("GET", "/sticker-packs")
    stickers = [packs["sticker_packs"][0]["stickers"][0]["id"]]
    said = await ben.say(quiet, "look", files=[("a.png", png(40, 20))], stickers=stickers)
    await ben.forward(said, quiet)
    await show.go(quiet)
    await show.page.get_by_role("button", name="Soup").click()
    await expect(show.page.get_by_role("button", name="Soup")).to_contain_text("2 votes")
    await expect(show.page.locator(".forwarded .sticker")).to_be_visible()


@state()
async def a_poll_that_ended(show: Showcase) -> None:
    ben, quiet = show.scene.ben, show.channels["quiet"]
    await ben.end_poll(await ben.ask_poll(quiet, "Tea?", ["Yes"]))
    await show.go(quiet)
    await expect(show.page.get_by_text("no answer has won")).to_be_visible()


@state()
async def a_locked_thread(show: Showcase) -> None:
    await show.go(show.channels["archived"])
    await expect(show.scene.message("old words")).to_be_visible()


@state()
async def a_direct_message(show: Showcase) -> None:
    await show.go(show.scene.general)
    await show.page.get_by_role("button", name="Members").click()
    await show.page.get_by_role("complementary", name="Members").get_by_role("button", name="antiphon").click()
    await show.page.get_by_role("dialog", name="Profile of antiphon").get_by_role("button", name="Message").click()
    await expect(show.page.get_by_role("heading", name="antiphon", level=1)).to_be_visible()


@state()
async def a_forum(show: Showcase) -> None:
    await show.go(show.channels["help"])
    await expect(show.page.get_by_role("list", name="Posts").get_by_text("Question 2")).to_be_visible()


@state()
async def an_empty_forum(show: Showcase) -> None:
    await show.go(show.channels["ideas"])
    await expect(show.page.get_by_role("button", name="New post")).to_be_visible()


@state()
async def a_new_post(show: Showcase) -> None:
    await show.go(show.channels["help"])
    await show.page.get_by_role("button", name="New post").click()
    await expect(show.page.get_by_role("dialog", name="New post")).to_be_visible()


@state()
async def older_messages(show: Showcase) -> None:
    await show.see("the last one")
    await show.page.get_by_role("log").evaluate(SCROLLED_UP)
    for n in range(2):
        await show.scene.ben.say(show.thread["id"], f"one more {n}")
    await expect(show.page.get_by_role("button", name="jump to present")).to_be_visible()


@state()
async def words_from_elsewhere(show: Showcase) -> None:
    await show.go(show.channels["quiet"])
    await expect(show.page.get_by_role("heading", name="A line of welcome")).to_be_visible()
    await show.scene.bot.say(show.scene.random, f"come here, <@{show.scene.ada}> `now`")
    await expect(show.page.get_by_role("status").filter(has_text="come here, @Ada")).to_be_visible()
    await expect(show.page.locator(".channel.unread .badge")).to_have_count(1)


@state()
async def nothing_heard(show: Showcase) -> None:
    await show.go(show.channels["quiet"])
    await expect(show.page.get_by_role("heading", name="A line of welcome")).to_be_visible()
    banner = show.page.locator(".banner")  # drawn as when the connection is lost, which would be mended too soon
    await banner.evaluate("one => { one.hidden = false; one.textContent = 'Connecting…'; }")
    await expect(banner).to_be_visible()


# What stands at the side


@state("phone")
async def the_drawer(show: Showcase) -> None:
    await show.go(show.scene.general)
    await show.page.get_by_role("button", name="Open channels").click()
    await show.page.get_by_role("button", name="Archived threads (1)").click()
    await expect(show.page.get_by_role("link", name="put away (archived thread)")).to_be_visible()
    await show.page.wait_for_timeout(300)  # it slides in


@state("desktop")
async def the_archive(show: Showcase) -> None:
    await show.go(show.scene.general)
    await show.page.get_by_role("button", name="Archived threads (1)").click()
    await expect(show.page.get_by_role("link", name="put away (archived thread)")).to_be_visible()


@state()
async def people_to_be(show: Showcase) -> None:
    await show.go(show.scene.general)
    if show.phone:
        await show.page.get_by_role("button", name="Open channels").click()
    await show.page.get_by_role("button", name="Switch person").click()
    await expect(show.page.get_by_role("menu", name="People")).to_be_visible()


@state()
async def the_members(show: Showcase) -> None:
    await show.go(show.thread["id"])
    await show.page.get_by_role("button", name="Members").click()
    await expect(show.page.get_by_role("complementary", name="Members").get_by_text("Mallory")).to_be_visible()


@state()
async def the_pins(show: Showcase) -> None:
    await show.go(show.thread["id"])
    await show.page.get_by_role("button", name="Pinned messages").click()
    await expect(show.page.get_by_role("button", name="Jump")).to_be_visible()


@state()
async def no_pins(show: Showcase) -> None:
    await show.go(show.channels["quiet"])
    await show.page.get_by_role("button", name="Pinned messages").click()
    await expect(show.page.get_by_text("no pinned messages")).to_be_visible()


@state()
async def the_notifications(show: Showcase) -> None:
    await show.go(show.thread["id"])
    await expect(show.scene.message("the last one").first).to_be_visible()
    await show.scene.bot.say(show.scene.random, "look")
    await show.scene.bot.say(show.scene.random, "psst", flags=SILENT)
    await show.scene.bot.say(show.scene.random, f"<@{show.scene.ada}> look")
    await show.page.get_by_role("button", name="Notifications").click()
    await expect(show.page.get_by_role("complementary").get_by_role("link")).to_have_count(3)


@state()
async def no_notifications(show: Showcase) -> None:
    await show.go(show.thread["id"])
    await show.page.get_by_role("button", name="Notifications").click()
    await expect(show.page.get_by_text("Nothing has been said")).to_be_visible()


@state()
async def a_profile(show: Showcase) -> None:
    await show.see("the last one")
    await show.page.get_by_role("button", name="Profile of Ben").last.click()
    await expect(show.page.get_by_role("dialog", name="Profile of Ben")).to_be_visible()


# What is done to a message


@state("desktop")
async def the_bar_over_a_message(show: Showcase) -> None:
    await (await show.see("likeable")).hover()
    await expect(show.page.get_by_role("group", name="Message actions")).to_be_visible()


@state()
async def the_menu_of_a_message(show: Showcase) -> None:
    await show.menu("likeable")


@state()
async def the_commands_for_a_message(show: Showcase) -> None:
    await show.menu("likeable")
    await show.page.get_by_role("menuitem", name="Apps").click()
    await expect(show.page.get_by_role("menuitem", name="Rewind to here")).to_be_visible()


@state()
async def the_emoji(show: Showcase) -> None:
    await show.menu("likeable")
    await show.page.get_by_role("menuitem", name="Add reaction").click()
    await expect(show.page.get_by_role("dialog", name="Emoji picker")).to_be_visible()


@state()
async def a_message_that_is_edited(show: Showcase) -> None:
    await show.go(show.channels["quiet"])
    await show.scene.say("my own")
    await expect(show.scene.message("my own")).to_be_visible()
    await show.scene.composer.press("ArrowUp")
    await expect(show.page.get_by_role("textbox", name="Edit message")).to_be_visible()


@state()
async def a_message_to_be_deleted(show: Showcase) -> None:
    await show.menu("likeable")
    await show.page.get_by_role("menuitem", name="Delete message").click()
    await expect(show.page.get_by_role("dialog", name="Delete message")).to_be_visible()


@state()
async def a_thread_to_be_made(show: Showcase) -> None:
    await show.go(show.scene.random)
    await show.scene.bot.say(show.scene.random, "make something of it")
    found = await show.message("make something of it")
    press = {"pointerType": "touch", "clientX": 100, "clientY": 300, "bubbles": True}
    await found.locator(".md").first.dispatch_event("pointerdown", press)
    await show.page.get_by_role("menuitem", name="Create thread").click()
    await expect(show.page.get_by_role("dialog", name="Create thread")).to_be_visible()


@state()
async def a_picture_in_full(show: Showcase) -> None:
    found = await show.see("pictures")
    await found.get_by_role("button", name="Open one.png").click()
    await expect(show.page.get_by_role("dialog", name="one.png")).to_be_visible()


# Components


@state()
async def a_menu_for_one(show: Showcase) -> None:
    await (await show.see("menus")).get_by_role("button", name="A colour").click()
    await expect(show.page.get_by_role("option", name="Option 1")).to_be_visible()


@state()
async def a_menu_for_many_with_a_search(show: Showcase) -> None:
    await (await show.see("menus")).get_by_role("button", name="Colours").click()
    await show.page.get_by_role("option", name="Option 2").click()
    await expect(show.page.get_by_role("searchbox", name="Search")).to_be_visible()


@state()
async def a_button_that_waits(show: Showcase) -> None:
    found = await show.see("buttons")
    await found.get_by_role("button", name="style 2").click()
    await expect(found.locator("[aria-busy]")).to_have_count(1)


@state()
async def a_button_that_failed(show: Showcase) -> None:
    found = await show.see("buttons")
    await found.get_by_role("button", name="style 3").click()
    await expect(found.get_by_role("alert")).to_be_visible()
    show.scene.errors.clear()


@state()
async def an_answer_for_one_alone(show: Showcase) -> None:
    await show.see("the last one")
    await show.scene.composer.press_sequentially("/status")
    await show.page.get_by_role("option", name="/status").click()
    await show.page.keyboard.press("Enter")
    await expect(show.scene.message("all is well").get_by_role("button", name="Dismiss message")).to_be_visible()


@state()
async def an_answer_that_is_thought_about(show: Showcase) -> None:
    await (await show.see("buttons")).get_by_role("button", name="style 1").click()
    await expect(show.page.get_by_text("antiphon is thinking…")).to_be_visible()


@state()
async def a_command_that_failed(show: Showcase) -> None:
    await show.see("the last one")
    await show.scene.composer.press_sequentially("/dead")
    await show.page.get_by_role("option", name="/dead").click()
    await show.page.keyboard.press("Enter")
    await expect(show.scene.message("The application did not respond")).to_be_visible()


@state()
async def a_form(show: Showcase) -> None:
    await (await show.see("buttons")).get_by_role("button", name="ask").click()
    modal = show.page.get_by_role("dialog", name="Tell me")
    file = FilePayload(name="proof.txt", mimeType="text/plain", buffer=b"seen")
    await modal.get_by_label("Evidence").set_input_files(file)
    await modal.get_by_role("button", name="Submit").click()
    await expect(modal.get_by_role("alert")).to_be_visible()


@state()
async def a_menu_in_a_form(show: Showcase) -> None:
    await (await show.see("buttons")).get_by_role("button", name="ask").click()
    await show.page.get_by_role("dialog", name="Tell me").get_by_role("button", name="Kind").click()
    await expect(show.page.get_by_role("option", name="Option 1")).to_be_visible()


# The composer


@state()
async def the_commands(show: Showcase) -> None:
    await show.see("the last one")
    await show.scene.composer.press_sequentially("/s")
    await expect(show.page.get_by_role("option", name="/status")).to_be_visible()


@state()
async def an_option_that_is_completed(show: Showcase) -> None:
    await show.see("the last one")
    await show.scene.composer.press_sequentially("/skill")
    await show.page.get_by_role("option", name="/skill").click()
    await expect(show.page.get_by_role("option", name="the first")).to_be_visible()


@state()
async def the_options_that_are_left(show: Showcase) -> None:
    await an_option_that_is_completed(show)
    await show.page.get_by_role("option", name="the first").click()
    await expect(show.page.get_by_role("option", name="model")).to_be_visible()


@state()
async def an_option_that_is_missing(show: Showcase) -> None:
    await an_option_that_is_completed(show)
    await show.page.keyboard.press("Escape")
    await show.page.keyboard.press("Enter")
    await expect(show.page.get_by_role("alert").filter(has_text="is required")).to_be_visible()


@state()
async def members_to_be_named(show: Showcase) -> None:
    await show.see("the last one")
    await show.scene.composer.press_sequentially("ask @")
    await expect(show.page.get_by_role("option", name="Ben")).to_be_visible()


@state()
async def a_reply_with_files(show: Showcase) -> None:
    await show.menu("likeable")
    await show.page.get_by_role("menuitem", name="Reply").click()
    picture = FilePayload(name="shot.png", mimeType="image/png", buffer=png(40, 30))
    text = FilePayload(name="a.txt", mimeType="text/plain", buffer=b"hi")
    await show.page.get_by_label("Choose files").set_input_files([picture, text])
    await show.scene.composer.fill("x" * 2001)
    await show.scene.composer.press("Enter")
    await expect(show.page.get_by_role("alert").filter(has_text="2000 or fewer")).to_be_visible()
    show.scene.errors.clear()  # the browser itself logs the 400
