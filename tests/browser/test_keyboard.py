"""The page by keyboard alone: Tab goes in reading order and is always seen, Escape leads back to where one was."""

import pytest
from pictures import png
from playwright.async_api import Page, expect
from scene import Json, Scene
from showcase import FORM, button, options, row

pytestmark = pytest.mark.asyncio(loop_scope="session")

# What has the focus: its name, whether that is seen, and whether it comes after what had it before.
STOP = """() => {
    const element = document.activeElement;
    if (element === document.body) return null;
    const before = window.before;
    window.before = element;
    const frame = element.matches(".composer textarea") ? element.closest(".composer-box") : element;
    const style = getComputedStyle(frame);
    const box = element.getBoundingClientRect();
    const at = document.elementFromPoint(box.left + Math.min(box.width / 2, 20), box.top + box.height / 2);
    return {
        name: element.ariaLabel ?? element.textContent,
        ring: style.outlineStyle !== "none" || style.boxShadow !== "none",
        seen: box.width > 0 && box.bottom <= innerHeight && element.contains(at),
        // The bar over a message has gone to the next one with the focus.
        ordered: !before || before.closest(".toolbar") || Boolean(before.compareDocumentPosition(element) & 4),
    };
}"""


async def focused(page: Page) -> str:
    return await page.evaluate("document.activeElement.ariaLabel ?? document.activeElement.textContent")


async def walk(page: Page, most: int = 80) -> list[Json]:
    """Every stop of Tab, from the page's beginning to where it would leave it."""
    await page.evaluate("""() => {
        window.before = null;
        document.body.tabIndex = -1;
        document.body.focus();
        document.body.removeAttribute("tabindex");
    }""")
    stops: list[Json] = []
    for _ in range(most):
        await page.keyboard.press("Tab")
        stop = await page.evaluate(STOP)
        if stop is None or (stops and stop["name"] == stops[0]["name"] and not stop["ordered"]):
            return stops
        stops.append(stop)
    raise AssertionError(f"Tab never leaves the page: {[stop['name'] for stop in stops]}")


async def inside(page: Page, selector: str, presses: int = 12) -> None:
    """Tab and Shift+Tab stay there; what a browser has beside the page counts as nowhere."""
    for key in ("Tab", "Shift+Tab"):
        for _ in range(presses):
            await page.keyboard.press(key)
            script = "selector => document.activeElement === document.body || document.activeElement.closest(selector)"
            assert await page.evaluate(script, selector)


async def test_tab_goes_through_all_controls_in_reading_order_and_is_always_seen(scene: Scene) -> None:
    pressed = [row(button("Allow", 3), button("Deny", 4))]
    files = [("shot.png", png(40, 30)), ("a.txt", b"hi")]
    await scene.bot.say(scene.general, f"[a link](https://example.com/) ||hidden|| <@{scene.ada}>", components=pressed)
    liked = await scene.bot.say(scene.general, "files", files=files)
    await scene.ben.react(liked, "👍")
    await scene.page.get_by_role("button", name="Members").click()
    stops = await walk(scene.page)
    assert [stop["name"] for stop in stops if not stop["ring"]] == []
    assert [stop["name"] for stop in stops if not stop["seen"]] == []
    assert [stop["name"] for stop in stops if not stop["ordered"]] == []
    names = [stop["name"] for stop in stops]
    wanted = [
        *("general (text channel)", "random (text channel)", "Switch person: you are ada"),
        *("Pinned messages", "Notifications", "Members", "Message history"),
        *("Profile of antiphon", "a link", "Spoiler", "@Ada", "Allow", "Deny"),
        *("Open shot.png", "Look inside a.txt", "Download a.txt", "👍, 1 reaction"),
        *("Say helloa greeting", "Long answer", "Upload a file", "Message #general", "Insert emoji", "Close panel"),
    ]
    assert [name for name in names if name in wanted] == wanted


async def test_arrows_go_from_message_to_message_and_tab_into_one(scene: Scene) -> None:
    for text in ("one", "two", "three"):
        await scene.ben.say(scene.general, text)
    await expect(scene.message("three")).to_be_visible()
    await scene.page.get_by_role("log").focus()
    seen: list[str] = []
    for key in ("ArrowUp", "ArrowUp", "ArrowUp", "ArrowUp", "ArrowDown"):
        await scene.page.keyboard.press(key)
        seen.append(await focused(scene.page))
    assert seen == ["Ben: three", "Ben: two", "Ben: one", "Ben: one", "Ben: two"]
    await scene.page.keyboard.press("Tab")
    assert await focused(scene.page) == "Add reaction"  # of the bar over this message
    assert "two" in await scene.page.evaluate("document.activeElement.closest('.message').ariaLabel")


async def test_a_menu_is_gone_through_with_the_arrows_and_escape_leads_back(scene: Scene) -> None:
    await scene.ben.say(scene.general, "something")
    await expect(scene.message("something")).to_be_visible()
    await scene.page.get_by_role("log").focus()
    await scene.page.keyboard.press("ArrowUp")
    for _ in range(4):  # the profile, and three of the bar
        await scene.page.keyboard.press("Tab")
    assert await focused(scene.page) == "More"
    await scene.page.keyboard.press("Enter")
    menu = scene.page.get_by_role("menu", name="Message actions")
    await expect(menu.get_by_role("menuitem").first).to_be_focused()
    await scene.page.keyboard.press("ArrowUp")
    await expect(menu.get_by_role("menuitem", name="Delete message")).to_be_focused()
    await scene.page.keyboard.press("Home")
    await expect(menu.get_by_role("menuitem").first).to_be_focused()
    await scene.page.keyboard.press("Escape")
    await expect(menu).to_have_count(0)
    assert await focused(scene.page) == "More"
    await scene.page.keyboard.press("Space")
    await scene.page.keyboard.press("Tab")  # leaves a menu, too
    await expect(menu).to_have_count(0)


async def test_a_dialog_keeps_the_focus_and_gives_it_back(scene: Scene) -> None:
    scene.bot.answers["ask"] = lambda asked: scene.bot.respond(
        asked, 9, title="Tell me", custom_id="f", components=FORM
    )
    message = await scene.bot.say(scene.general, "a form", components=[row(button("ask"))])
    opener = scene.row(message).get_by_role("button", name="ask")
    await opener.focus()
    await scene.page.keyboard.press("Enter")
    modal = scene.page.get_by_role("dialog", name="Tell me")
    await expect(modal.get_by_label("Reason")).to_be_focused()
    await inside(scene.page, "dialog")
    kind = modal.get_by_role("button", name="Kind")
    await kind.focus()
    await scene.page.keyboard.press("Enter")
    await scene.page.keyboard.press("ArrowDown")
    await scene.page.keyboard.press("Space")
    await expect(modal.get_by_role("button", name="Kind: Option 1")).to_be_focused()
    await scene.page.keyboard.press("Escape")
    await expect(modal).to_have_count(0)
    await expect(opener).to_be_focused()


async def test_the_emoji_are_gone_through_with_the_arrows_and_keep_the_focus(scene: Scene) -> None:
    opener = scene.page.get_by_role("button", name="Insert emoji")
    await opener.focus()
    await scene.page.keyboard.press("Enter")
    await expect(scene.page.get_by_role("searchbox", name="Find an emoji")).to_be_focused()
    await inside(scene.page, ".emoji-picker", 4)
    await scene.page.get_by_role("searchbox", name="Find an emoji").focus()
    for key in ("ArrowDown", "ArrowDown", "ArrowRight", "ArrowUp"):
        await scene.page.keyboard.press(key)
    assert await focused(scene.page) == "thumbsdown"
    await scene.page.keyboard.press("Escape")
    await expect(opener).to_be_focused()


async def test_a_panel_and_a_card_are_left_with_escape(scene: Scene) -> None:
    opener = scene.page.get_by_role("button", name="Members")
    await opener.focus()
    await scene.page.keyboard.press("Space")
    panel = scene.page.get_by_role("complementary", name="Members")
    ben = panel.get_by_role("button", name="Ben")
    await ben.focus()
    await scene.page.keyboard.press("Enter")
    await expect(scene.page.get_by_role("dialog", name="Profile of Ben").get_by_role("button").first).to_be_focused()
    await scene.page.keyboard.press("Escape")
    await expect(ben).to_be_focused()
    await scene.page.keyboard.press("Escape")
    await expect(panel).to_have_count(0)
    await expect(opener).to_be_focused()


async def test_enter_and_space_press_what_is_in_a_message(scene: Scene) -> None:
    scene.bot.answers["go"] = lambda asked: scene.bot.respond(asked, 6)
    text = f"||the butler|| and <@{scene.about['people'][1]['id']}>"
    message = await scene.bot.say(scene.general, text, components=[row(button("go"))], files=[("a.png", png(9, 9))])
    await scene.ben.react(message, "👍")
    shown, keyboard = scene.row(message), scene.page.keyboard
    await shown.get_by_role("button", name="Spoiler").focus()
    await keyboard.press("Space")
    await expect(shown.locator(".md-spoiler")).to_have_class("md-spoiler opened")
    await expect(shown.locator(".md-spoiler")).to_be_focused()
    await shown.get_by_role("button", name="@Ben").focus()
    await keyboard.press("Enter")
    await expect(scene.page.get_by_role("dialog", name="Profile of Ben")).to_be_visible()
    await keyboard.press("Escape")
    await expect(shown.get_by_role("button", name="@Ben")).to_be_focused()
    for key in ("Enter", "Space"):
        await shown.get_by_role("button", name="go").focus()
        await keyboard.press(key)
        await expect(shown.locator("[aria-busy]")).to_have_count(0)
    assert [asked["data"]["custom_id"] for asked in scene.bot.asked] == ["go", "go"]
    await shown.get_by_role("button", name="👍, 1 reaction").focus()
    await keyboard.press("Space")
    await expect(shown.get_by_role("button", name="👍, 2 reactions")).to_be_focused()  # drawn anew, and still there
    await shown.get_by_role("button", name="Open a.png").focus()
    await keyboard.press("Enter")
    await expect(scene.page.get_by_role("dialog", name="a.png")).to_be_visible()
    await keyboard.press("Escape")
    await expect(shown.get_by_role("button", name="Open a.png")).to_be_focused()


async def test_a_menu_of_a_message_is_chosen_from_by_keyboard(scene: Scene) -> None:
    scene.bot.answers["many"] = lambda asked: scene.bot.respond(asked, 6)
    menu = {"type": 3, "custom_id": "many", "placeholder": "Colours", "max_values": 2, "options": options(15)}
    message = await scene.bot.say(scene.general, "choose", components=[row(menu)])
    opener = scene.row(message).get_by_role("button", name="Colours")
    await opener.focus()
    await scene.page.keyboard.press("Enter")
    await expect(scene.page.get_by_role("searchbox", name="Search")).to_be_focused()
    for key in ("ArrowDown", "Enter", "ArrowDown", "Space", "Escape"):
        await scene.page.keyboard.press(key)
    await expect(scene.row(message).get_by_role("button", name="Colours: Option 0, Option 1")).to_be_focused()
    await expect(scene.row(message).locator("[aria-busy]")).to_have_count(0)
    assert scene.bot.asked[-1]["data"]["values"] == ["0", "1"]


async def test_what_the_bot_takes_away_leaves_the_focus_at_its_message(scene: Scene) -> None:
    message = await scene.bot.say(scene.general, "may I?", components=[row(button("Allow once"))])
    scene.bot.answers["Allow once"] = lambda asked: scene.bot.respond(asked, 7, content="allowed", components=[])
    await scene.row(message).get_by_role("button", name="Allow once").focus()
    await scene.page.keyboard.press("Enter")
    await expect(scene.row(message)).to_contain_text("allowed")
    await expect(scene.row(message).get_by_role("article")).to_be_focused()


async def test_editing_is_left_to_where_it_began(scene: Scene) -> None:
    await scene.say("mine")
    await expect(scene.message("mine")).to_be_visible()
    await scene.composer.press("ArrowUp")
    await expect(scene.page.get_by_role("textbox", name="Edit message")).to_be_focused()
    await scene.page.keyboard.press("Escape")
    await expect(scene.composer).to_be_focused()
