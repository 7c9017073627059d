"""The README's pictures: the page in a headless Chromium, with the whole bridge behind it.

    python -m bench.screenshots [DIRECTORY]

Writes docs/pictures/*.png, desktop and phone, each under 200 KB.
"""

import asyncio
import os
import shutil
import sys
import tempfile
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, Locator, Page, async_playwright

from antiphon.demo.process import BridgeProcess
from antiphon.demo.tour import TOUR, suggestions
from antiphon.demo.world import World
from antiphon.standin import StandIn

FLAGS = (
    "--headless=new --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
)
DESKTOP: dict[str, Any] = {"viewport": {"width": 1280, "height": 800}}
PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844},
    "device_scale_factor": 2,
    "is_mobile": True,
    "has_touch": True,
}
_MOST_BYTES = 200_000
_TURN_MS = 60_000


@dataclass(frozen=True, slots=True)
class Studio:
    """Where the pictures go, and what takes them."""

    directory: Path
    browser: Browser
    url: str

    @asynccontextmanager
    async def page(self, address: str | None = None, **options: Any) -> AsyncGenerator[Page]:
        context = await self.browser.new_context(**options)
        context.set_default_timeout(_TURN_MS)
        page = await context.new_page()
        await page.goto(address or self.url)
        await page.locator(".composer textarea").wait_for()
        yield page
        await context.close()

    async def shoot(self, page: Page, name: str) -> None:
        """One picture. What is typed into is left first, so that no cursor blinks."""
        path = self.directory / f"{name}.png"
        await page.mouse.move(640, 30)
        await page.wait_for_timeout(400)
        await page.screenshot(path=path, animations="disabled", caret="hide")
        size = path.stat().st_size
        print(f"{path.name}: {size / 1000:.0f} KB")
        assert size < _MOST_BYTES, f"{path} has {size} bytes"


async def prompt(page: Page, text: str) -> Locator:
    """Ask in #general and go to the thread that opens; the line of the turn that is working."""
    await page.get_by_role("link", name="general (text channel)").click()
    await page.locator(".composer textarea").fill(text)
    await page.locator(".composer textarea").press("Enter")
    name = text.splitlines()[0][:30]  # a part of it is enough, and long ones are cut
    await page.get_by_role("article").get_by_role("link", name=name).last.click()
    await page.get_by_role("heading", name=name, level=1).wait_for()
    return page.get_by_role("article")


async def done(articles: Locator) -> None:
    await articles.filter(has_text="✅ done").last.wait_for()


async def take(studio: Studio) -> None:
    async with studio.page(**DESKTOP) as page:
        for text in ("What is this?", "edit hello.py", "steps"):
            await done(await prompt(page, text))
        await done(await prompt(page, "long 2600"))
        answer = page.url
        articles = await prompt(page, "tools 6\nstream 4000 40")
        await articles.filter(has_text="✓").first.wait_for()
        await articles.filter(has_text="w30").first.wait_for()
        await studio.shoot(page, "working")
        articles = await prompt(page, next(stop.text for stop in TOUR if "|---" in stop.text))
        await done(articles)
        await articles.locator("img[alt='table.png'], .attachment img").first.wait_for()
        await studio.shoot(page, "table")
        await page.get_by_role("link", name="general (text channel)").click()
        await studio.shoot(page, "channel")
    async with studio.page(answer, **PHONE) as page:
        await done(page.get_by_role("article"))
        await page.get_by_role("log").evaluate("scroller => scroller.scrollTop = 150")
        await studio.shoot(page, "phone-thread")
    async with studio.page(**PHONE) as page:
        await page.locator(".composer textarea").fill(next(stop.text for stop in TOUR if stop.end == "waits"))
        await page.locator(".composer textarea").press("Enter")
        await page.get_by_role("article").get_by_role("link", name="call WebFetch").last.tap()
        await page.get_by_role("button", name="Allow once").wait_for()
        await studio.shoot(page, "phone-waiting")
    async with studio.page(**PHONE) as page:
        await page.locator(".composer textarea").fill("ask 2")
        await page.locator(".composer textarea").press("Enter")
        await page.get_by_role("article").get_by_role("link", name="ask 2").last.tap()
        await page.get_by_role("button", name="SQLite").wait_for()
        await studio.shoot(page, "phone-question")


async def main(directory: Path) -> None:
    chromium = shutil.which("chromium")
    assert chromium is not None, "chromium is not installed"
    async with AsyncExitStack() as stack:
        root = stack.enter_context(tempfile.TemporaryDirectory(prefix="antiphon-", ignore_cleanup_errors=True))
        standin = await stack.enter_async_context(StandIn(chips=suggestions()))
        world = World(Path(root), standin.describe(), os.environ["PATH"])  # noqa: TID251
        await world.create()
        bridge = BridgeProcess(world.config, world.environment())
        stack.push_async_callback(bridge.stop)
        await bridge.start()
        playwright = await stack.enter_async_context(async_playwright())
        browser = await playwright.chromium.launch(executable_path=chromium, args=FLAGS.split())
        stack.push_async_callback(browser.close)
        await take(Studio(directory, browser, standin.discord.url))


if __name__ == "__main__":
    wanted = Path(sys.argv[1]) if len(sys.argv) > 1 else Path("docs/pictures")
    wanted.mkdir(parents=True, exist_ok=True)
    asyncio.run(main(wanted))
