"""The page at 390 pixels: everything fits, the channels are in a drawer, a long press opens the menu."""

import pytest
from pictures import png
from playwright.async_api import expect
from scene import BEYOND, PHONE, Json, Scene

from antiphon.chat.delivery.components import view_of
from antiphon.chat.render.message import TextUpload
from antiphon.chat.render.page import render
from antiphon.core.blocks import AskBlock, TextBlock, ToolTraits
from antiphon.core.rules import OfferedRule
from antiphon.core.values import Display, ToolUseId, TurnId
from antiphon.core.view import TurnView

pytestmark = pytest.mark.asyncio(loop_scope="session")

WIDE = "an_endless_word_" * 30


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


async def test_the_drawer_keeps_the_focus_and_gives_it_back(scene: Scene) -> None:
    opener = scene.page.get_by_role("button", name="Open channels")
    channels = scene.page.get_by_role("navigation", name="Channels")
    await opener.focus()
    await scene.page.keyboard.press("Enter")
    await expect(channels.get_by_role("link", name="general (text channel)")).to_be_focused()
    for _ in range(8):
        await scene.page.keyboard.press("Tab")
        script = "document.activeElement === document.body || document.activeElement.closest('nav') !== null"
        assert await scene.page.evaluate(script)
    await scene.page.keyboard.press("Escape")
    await expect(channels).not_to_be_visible()
    await expect(opener).to_be_focused()
    await opener.tap()
    await scene.page.get_by_role("button", name="Close channels").tap()
    await expect(channels).not_to_be_visible()


async def test_a_panel_covers_what_it_lies_over_and_goes_with_the_place(scene: Scene) -> None:
    opener = scene.page.get_by_role("button", name="Members")
    await opener.focus()
    await scene.page.keyboard.press("Enter")
    await scene.page.keyboard.press("Tab")
    await expect(scene.page.get_by_role("button", name="Close panel")).to_be_focused()  # not what is below it
    await scene.page.keyboard.press("Escape")
    await expect(opener).to_be_focused()
    await opener.tap()
    await scene.page.get_by_role("complementary", name="Members").get_by_role("button", name="antiphon").tap()
    await scene.page.get_by_role("dialog", name="Profile of antiphon").get_by_role("button", name="Message").tap()
    await expect(scene.page.get_by_role("heading", name="antiphon", level=1)).to_be_visible()
    await expect(scene.page.get_by_role("complementary", name="Members")).to_have_count(0)
    await scene.say("just between us")
    await expect(scene.message("just between us")).to_be_visible()


STEP = "cd /srv/app/releases/2026-11-30 && git fetch --quiet origin main && git reset --hard origin/main"
COPIES = [f"rsync -az --delete build/part-{n}/ deploy@web-{n}.example:/srv/www/part-{n}/" for n in range(40)]
QUERIES = [f"psql -h db-{n} -c 'delete from events where day < current_date - {n}'" for n in range(60)]
RULE = OfferedRule("“rm -rf /srv/app/releases” commands", ("Bash(rm -rf /srv/app/releases/*)",))
COMMANDS = {
    "one line": " && ".join([STEP, *COPIES, "rm -rf /srv/old"]),
    "a script": "\n".join(["set -euo pipefail", *QUERIES, "rm -rf /srv/old"]),
    "many short lines": "\n".join([*(f"echo {n}" for n in range(40)), "rm -rf /srv/old"]),
    "just not cut": "\n".join([*(f"echo {n} {'x' * 20}" for n in range(19)), "rm -rf /srv/old"]),
}


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
@pytest.mark.parametrize(
    "rules",
    [(), (OfferedRule("“rm -rf /srv/app/releases” commands", ("Bash(rm -rf /srv/app/releases/*)",)),)],
    ids=["", "rule"],
)
async def test_a_request_is_on_one_screen_from_the_commands_beginning_to_the_buttons(
    scene: Scene, command: str, rules: tuple[OfferedRule, ...]
) -> None:
    said = "The old releases fill the disk, so I put the new one in place and remove what nobody needs, in one go."
    traits = ToolTraits("execute", language="bash")
    ask = AskBlock(ToolUseId("one"), "Bash", command, detail=command, rules=rules, traits=traits)
    view = TurnView(TurnId("turn"), None, 1.0, (TextBlock(said, settled=True), ask))
    spec = render(view, Display(), frozenset(), 2.0)[-1]
    components = view_of(spec)
    assert components is not None
    files = [(one.name, one.text.encode()) for one in spec.uploads if isinstance(one, TextUpload)]
    await scene.ben.say(scene.general, "deploy it")
    asked = await scene.bot.say(scene.general, spec.content, components=components.to_components(), files=files)
    await expect(scene.row(asked).get_by_role("button", name="Deny and explain…")).to_be_in_viewport(ratio=1)
    await expect(scene.row(asked)).to_contain_text("rm -rf /srv/old")
    for part in (".md-block", ".button >> nth=0"):
        await expect(scene.row(asked).locator(part)).to_be_in_viewport(ratio=1)
    if not rules:  # and who asks for what, too
        await expect(scene.row(asked).locator(".md > strong").first).to_be_in_viewport(ratio=1)
    assert await scene.page.evaluate(BEYOND) == []


SMALL = """least => [...document.querySelectorAll("button, [role=menuitem], [role=option], input, textarea, .channel")]
    .filter(one => one.checkVisibility({ visibilityProperty: true }) && !one.closest("[inert]"))
    .map(one => [one.ariaLabel ?? one.textContent, one.getBoundingClientRect()])
    .filter(([, box]) => box.width && Math.min(box.width, box.height) < least)
    .map(([name, box]) => `${name}: ${Math.round(box.width)} x ${Math.round(box.height)}`)"""


async def small(scene: Scene) -> list[str]:
    """What is smaller than a finger likes it, but for pictures, which are as large as they are, quoted lines and
    reactions, which have some room around them."""
    assert [one for one in await scene.page.evaluate(SMALL, 32) if "Open wide.png" not in one] == []
    fine = ("Open wide.png", "Replying to", "reaction")
    return [one for one in await scene.page.evaluate(SMALL, 40) if not any(word in one for word in fine)]


async def test_what_is_pressed_is_large_enough_for_a_finger(scene: Scene) -> None:
    await fill(scene)
    await scene.composer.press_sequentially("@")
    await expect(scene.page.get_by_role("option").first).to_be_visible()
    assert await small(scene) == []
    for name in ("Insert emoji", "Open channels"):
        await scene.page.get_by_role("button", name=name).tap()
        assert await small(scene) == []
        await scene.page.keyboard.press("Escape")


async def test_a_long_press_opens_the_menu_of_a_message(scene: Scene) -> None:
    message = await scene.bot.say(scene.general, "press me long")
    body = scene.row(message).locator(".md")
    await body.dispatch_event("pointerdown", {"pointerType": "touch", "clientX": 100, "clientY": 300, "bubbles": True})
    await expect(scene.page.get_by_role("menu", name="Message actions")).to_be_visible()
    await scene.page.get_by_role("menuitem", name="Reply").tap()
    await scene.composer.fill("short")
    await scene.page.get_by_role("button", name="Send message").tap()
    await expect(scene.message("short").get_by_role("button", name="Replying to antiphon")).to_be_visible()
