"""The page at 390 pixels: everything fits, the channels are in a drawer, a long press opens the menu."""

import pytest
from pictures import png
from playwright.async_api import expect
from scene import PHONE, Json, Scene

pytestmark = pytest.mark.asyncio(loop_scope="session")

WIDE = "an_endless_word_" * 30
BEYOND = """() => [...document.querySelectorAll("body *")].filter(element => {
    const box = element.getBoundingClientRect();
    if (!box.width || getComputedStyle(element).visibility === "hidden") return false;
    if (box.right <= innerWidth + 0.5) return false;
    for (let one = element; one; one = one.parentElement)  // what scrolls by itself may be wider than it shows
        if (["auto", "scroll", "hidden"].includes(getComputedStyle(one).overflowX)) {
            if (one !== element && one.getBoundingClientRect().right <= innerWidth + 0.5 && one !== document.body
                && one !== document.documentElement && !one.matches(".scroller, .app, .channel-list")) return false;
        }
    return true;
}).map(element => `${element.tagName}.${element.className}`)"""


@pytest.fixture
def page_options() -> Json:
    return {"viewport": PHONE, "is_mobile": True, "has_touch": True}


async def fill(scene: Scene) -> None:
    """One of everything that could be too wide."""
    bot, general = scene.bot, scene.general
    buttons = [{"type": 2, "style": 2, "label": f"A rather long label {n}", "custom_id": str(n)} for n in range(5)]
    options = [{"label": "x" * 90, "value": "x"}]
    await bot.say(
        general, f"{WIDE}\n```\n{WIDE}\n```\n> {WIDE}\n- {WIDE}\n# {WIDE}\n`{WIDE}`\nhttps://example.com/{WIDE}"[:2000]
    )
    field = {"name": "n" * 60, "value": WIDE, "inline": True}
    await bot.say(general, embeds=[{"title": WIDE[:250], "description": WIDE, "fields": [field, field]}])
    select = {"type": 3, "custom_id": "s", "placeholder": "p" * 100, "options": options}
    await bot.say(general, "c", components=[{"type": 1, "components": buttons}, {"type": 1, "components": [select]}])
    accessory = {"type": 2, "style": 1, "label": "A long label that will not fit", "custom_id": "a"}
    section = {"type": 9, "components": [{"type": 10, "content": WIDE}], "accessory": accessory}
    inside = [
        section,
        {"type": 10, "content": f"```\n{WIDE}\n```"},
        {"type": 1, "components": [{**select, "custom_id": "t"}]},
    ]
    await bot.say(general, flags=1 << 15, components=[{"type": 17, "components": inside}])
    asked = await bot.say(general, "f", files=[("wide.png", png(900, 40)), ("n" * 120 + ".txt", b"x")])
    await bot.say(general, WIDE, message_reference={"message_id": asked["id"]})
    await bot.request("POST", f"/channels/{general}/messages/{asked['id']}/threads", {"name": "w" * 100})
    for emoji in "👍👎🎉😂😮😢😡👀✅❌🔥🚀":
        await scene.ben.react(asked, emoji)
    await scene.ben.say(general, "the last one")
    await expect(scene.message("the last one")).to_be_visible()


async def test_nothing_is_wider_than_the_screen(scene: Scene) -> None:
    await fill(scene)
    page = scene.page
    for panel in ("Pinned messages", "Notifications", "Members"):
        await page.get_by_role("button", name=panel).click()
        assert await page.evaluate(BEYOND) == []
        await page.get_by_role("button", name="Close panel").click()
    assert await page.evaluate("document.scrollingElement.scrollWidth <= innerWidth")
    assert await page.evaluate(
        "(() => { const s = document.querySelector('.scroller'); return s.scrollWidth <= s.clientWidth })()"
    )
    assert await page.evaluate(BEYOND) == []
    await scene.composer.fill("/")
    assert await page.evaluate(BEYOND) == []


async def test_channels_are_in_a_drawer(scene: Scene) -> None:
    channels = scene.page.get_by_role("navigation", name="Channels")
    await expect(channels).not_to_be_visible()
    await scene.page.get_by_role("button", name="Open channels").tap()
    await channels.get_by_role("link", name="random (text channel)").tap()
    await expect(scene.page.get_by_role("heading", name="random", level=1)).to_be_visible()
    await expect(channels).not_to_be_visible()


async def test_a_long_press_opens_the_menu_of_a_message(scene: Scene) -> None:
    message = await scene.bot.say(scene.general, "press me long")
    body = scene.row(message).locator(".md")
    await body.dispatch_event("pointerdown", {"pointerType": "touch", "clientX": 100, "clientY": 300, "bubbles": True})
    await expect(scene.page.get_by_role("menu", name="Message actions")).to_be_visible()
    await scene.page.get_by_role("menuitem", name="Reply").tap()
    await scene.composer.fill("short")
    await scene.page.get_by_role("button", name="Send message").tap()
    await expect(scene.message("short").get_by_role("button", name="Replying to antiphon")).to_be_visible()
