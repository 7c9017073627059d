"""Through the whole chain: page, local Discord, bridge, the real Claude Code CLI, scripted model."""

import os
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio
from pictures import png
from playwright.async_api import Browser, FilePayload, Page, expect
from scene import GUIDE, PHONE, opened

from antiphon.demo.process import BridgeProcess
from antiphon.demo.world import World
from antiphon.standin import StandIn

pytestmark = pytest.mark.asyncio(loop_scope="session")

TURN_MS = 40_000  # for a turn of the real CLI on a busy machine


@dataclass(frozen=True)
class Demo:
    browser: Browser
    standin: StandIn
    page: Page

    async def prompt(self, text: str) -> None:
        """Ada writes in #general; the thread that opens is gone to."""
        page = self.page
        await page.get_by_role("link", name="general (text channel)").click()
        await page.locator(".composer textarea").fill(text)
        await page.locator(".composer textarea").press("Enter")
        name = text.splitlines()[0]
        await page.get_by_role("article").get_by_role("link", name=name).click(timeout=TURN_MS)
        await expect(page.get_by_role("heading", name=name, level=1)).to_be_visible()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def demo(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Demo]:
    root: Path = tmp_path_factory.mktemp("demo")
    async with AsyncExitStack() as stack:
        standin = await stack.enter_async_context(StandIn(guide=GUIDE))
        world = World(root, standin.describe(), os.environ["PATH"])  # noqa: TID251
        await world.create()
        bridge = BridgeProcess(world.config, world.environment())
        stack.push_async_callback(bridge.stop)
        await bridge.start()
        watch = await stack.enter_async_context(opened(browser, standin.discord.url))
        yield Demo(browser, standin, watch.page)
        assert not watch.errors


async def test_a_prompt_opens_a_thread_and_its_answer_streams_to_the_end(demo: Demo) -> None:
    await demo.prompt("stream 1600 120")
    answer = demo.page.get_by_role("article", name="antiphon: ")
    await expect(answer.filter(has_text="working")).to_be_visible(timeout=TURN_MS)
    lengths: set[int] = set()
    for _ in range(400):
        said = answer.filter(has_not_text="working").filter(has_not_text="done")
        lengths.add(sum(len(text) for text in await said.locator(".md").all_inner_texts()))
        if await answer.filter(has_text="✅ done").count():
            break
        await demo.page.wait_for_timeout(100)
    await expect(answer.filter(has_text="✅ done")).to_be_visible(timeout=TURN_MS)
    assert len(lengths) >= 3, lengths  # it grew


async def test_status_and_stop_are_run_from_the_palette(demo: Demo) -> None:
    page = demo.page
    await demo.prompt("stream 40000 60")
    await expect(page.get_by_role("article").filter(has_text="working")).to_be_visible(timeout=TURN_MS)
    for command, words in (("status", "1 working"), ("stop", "")):
        await page.locator(".composer textarea").press_sequentially(f"/{command}")
        await page.get_by_role("option", name=f"/{command}").first.click()
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("article").filter(has_text=f"Ada used /{command}")).to_contain_text(words)
    await expect(page.get_by_role("article").filter(has_text="⏹️ stopped")).to_be_visible(timeout=TURN_MS)


async def test_a_picture_is_uploaded_with_a_prompt(demo: Demo) -> None:
    page = demo.page
    await page.get_by_role("link", name="general (text channel)").click()
    picture = FilePayload(name="shot.png", mimeType="image/png", buffer=png(120, 60))
    await page.get_by_label("Choose files").set_input_files(picture)
    await page.locator(".composer textarea").fill("say: I see it")
    await page.locator(".composer textarea").press("Enter")
    sent = page.get_by_role("article").filter(has=page.get_by_role("img", name="shot.png"))
    await expect(sent).to_contain_text("say: I see it")
    await sent.get_by_role("link", name="say: I see it").click(timeout=TURN_MS)
    await expect(page.get_by_role("article").filter(has_text="✅ done")).to_be_visible(timeout=TURN_MS)


async def test_the_answer_is_readable_on_a_phone(demo: Demo) -> None:
    await demo.prompt("long 3000")
    await expect(demo.page.get_by_role("article").filter(has_text="✅ done")).to_be_visible(timeout=TURN_MS)
    phone = {"viewport": PHONE, "is_mobile": True, "has_touch": True}
    async with opened(demo.browser, demo.page.url, **phone) as watch:
        await expect(watch.page.get_by_role("article").filter(has_text="✅ done")).to_be_visible()
        assert await watch.page.evaluate("document.scrollingElement.scrollWidth <= innerWidth")
        inner = "(() => { const s = document.querySelector('.scroller'); return s.scrollWidth <= s.clientWidth })()"
        assert await watch.page.evaluate(inner)
        assert not watch.errors
