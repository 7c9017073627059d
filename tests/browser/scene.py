"""What a browser test works with: a page that is watched for errors, the bot, another person."""

import shutil
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.async_api import Browser, Locator, Page, ViewportSize
from scripted_bot import ScriptedBot

from antiphon.standin import Limits, LocalDiscord
from antiphon.standin.discord.permissions import BOT_MANAGING
from antiphon.standin.guide import Guide, Prompt
from antiphon.standin.person import Person

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = (
    "--headless=new --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
)
DESKTOP: ViewportSize = {"width": 1280, "height": 800}
PHONE: ViewportSize = {"width": 390, "height": 844}
GUIDE = Guide(
    ("A line of welcome", "What to do here."),
    (Prompt("Say hello", "say: hello", "a greeting"), Prompt("Long answer", "long 3000")),
)
# What hangs over the right edge, as the page itself finds it.
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

Json = dict[str, Any]


@dataclass
class Availability:
    """A page and what went wrong in it."""

    page: Page
    errors: list[str] = field(default_factory=list[str])

    def __post_init__(self) -> None:
        self.page.on("console", lambda m: self.errors.append(m.text) if m.type in ("error", "warning") else None)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))

    async def visit(self, url: str) -> None:
        """Goes to a local Discord's page and waits until somebody can write there."""
        self.errors.clear()
        await self.page.goto(url)
        await self.page.locator(".composer textarea:visible").wait_for()


@dataclass
class Scene:
    """What a test works with: somebody at the page (Ada, at first), the bot, and Ben at a client of his own."""

    about: Json
    page: Page
    bot: ScriptedBot
    ben: Person
    errors: list[str]

    @property
    def url(self) -> str:
        return self.about["api"].removesuffix("/api/v10") + "/"

    @property
    def general(self) -> str:
        return self.about["channels"]["general"]

    @property
    def random(self) -> str:
        return self.about["channels"]["random"]

    @property
    def ada(self) -> str:
        """Ada's id."""
        return self.about["people"][0]["id"]

    @property
    def composer(self) -> Locator:
        return self.page.locator(".composer textarea")

    def message(self, text: str) -> Locator:
        """The message that has this text."""
        return self.page.get_by_role("article").filter(has_text=text)

    def row(self, message: Json) -> Locator:
        """A message by its id."""
        return self.page.locator(f"#message-{message['id']}")

    async def say(self, text: str) -> None:
        """Type into the composer and press Enter."""
        await self.composer.fill(text)
        await self.composer.press("Enter")

    async def open(self, name: str) -> None:
        """Go to a channel or thread by its name in the list."""
        await self.page.get_by_role("navigation").get_by_role("link", name=name).click()

    async def menu(self, row: Locator) -> Locator:
        """A message's menu by right click."""
        await row.locator(".body").click(button="right", position={"x": 5, "y": 5})
        return self.page.get_by_role("menu")


@asynccontextmanager
async def watched(browser: Browser, **options: Any) -> AsyncGenerator[Availability]:
    """An empty page in a context of its own."""
    context = await browser.new_context(**{"viewport": DESKTOP, **options})
    context.set_default_timeout(8000)
    try:
        yield Availability(await context.new_page())
    finally:
        await context.close()


@asynccontextmanager
async def opened(browser: Browser, url: str, **options: Any) -> AsyncGenerator[Availability]:
    """A page at an address."""
    async with watched(browser, **options) as watch:
        await watch.visit(url)
        yield watch


@asynccontextmanager
async def staged(
    browser: Browser, limits: Limits, guide: Guide = GUIDE, on: Availability | None = None, **options: Any
) -> AsyncGenerator[Scene]:
    """A scene of its own; `on`: the page to use, else one with these options. No error may be left in its console."""
    async with AsyncExitStack() as stack:
        discord = await stack.enter_async_context(
            LocalDiscord(limits=limits, guide=guide, bot_permissions=BOT_MANAGING)
        )
        about = discord.describe()
        bot = await stack.enter_async_context(ScriptedBot(about))
        ben = await stack.enter_async_context(Person(about["api"], about["gateway"], about["people"][1]["token"]))
        watch = on or await stack.enter_async_context(watched(browser, **options))
        await watch.visit(discord.url)
        yield Scene(about, watch.page, bot, ben, watch.errors)
        left = list(watch.errors)
        await watch.page.goto("about:blank")  # before the server goes, which the page would lament
        assert not left
