"""The page in a real Chromium, against a local Discord and a scripted bot. No error may be left in its console."""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright
from scene import CHROMIUM, FLAGS, GUIDE, Availability, Json, Scene, watched
from scripted_bot import ScriptedBot

from antiphon.standin import Limits, LocalDiscord
from antiphon.standin.discord.permissions import BOT_MANAGING
from antiphon.standin.guide import Guide
from antiphon.standin.person import Person


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncGenerator[Browser]:
    if CHROMIUM is None:
        pytest.skip("chromium is not installed")
    async with async_playwright() as playwright:
        found = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS.split())
        yield found
        await found.close()


@pytest.fixture
def limits() -> Limits:
    return Limits.unlimited()


@pytest.fixture
def guide() -> Guide:
    """What the page suggests; a test module may say otherwise."""
    return GUIDE


@pytest.fixture
def page_options() -> Json:
    """Of the browser's context; a test module may say otherwise."""
    return {}


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def desktop(browser: Browser) -> AsyncGenerator[Availability]:
    """One page for all tests that want nothing special: each has a Discord of its own, at an address of its own."""
    async with watched(browser) as watch:
        yield watch


@pytest_asyncio.fixture(loop_scope="session")
async def scene(
    browser: Browser, desktop: Availability, limits: Limits, guide: Guide, page_options: Json
) -> AsyncGenerator[Scene]:
    async with AsyncExitStack() as stack:
        discord = await stack.enter_async_context(
            LocalDiscord(limits=limits, guide=guide, bot_permissions=BOT_MANAGING)
        )
        about = discord.describe()
        bot = await stack.enter_async_context(ScriptedBot(about))
        ben = await stack.enter_async_context(Person(about["api"], about["gateway"], about["people"][1]["token"]))
        watch = await stack.enter_async_context(watched(browser, **page_options)) if page_options else desktop
        await watch.visit(discord.url)
        yield Scene(about, watch.page, bot, ben, watch.errors)
        left = list(watch.errors)
        await watch.page.goto("about:blank")  # before the server goes, which the page would lament
        assert not left
