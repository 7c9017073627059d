"""The page in a real Chromium, against a local Discord and a scripted bot. No error may be left in its console."""

from collections.abc import AsyncGenerator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright
from scene import CHROMIUM, FLAGS, GUIDE, Availability, Json, Scene, staged, watched

from antiphon.standin import Limits
from antiphon.standin.guide import Guide


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
    async with staged(browser, limits, guide, None if page_options else desktop, **page_options) as found:
        yield found
