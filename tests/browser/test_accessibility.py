"""axe-core finds nothing in any state of the page, on a desktop and on a phone; and nothing hangs over its edge."""

from collections.abc import AsyncGenerator
from dataclasses import replace
from importlib.resources import files
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page
from scene import BEYOND, DESKTOP, PHONE, Json, staged
from showcase import Showcase, fill
from states import STATES

from antiphon.standin import Limits

pytestmark = pytest.mark.asyncio(loop_scope="session")

AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text()
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# Run by DevTools, which the page's Content-Security-Policy does not concern: nothing is loosened for it.
OPTIONS = {
    "runOnly": {"type": "tag", "values": TAGS},
    "rules": {"target-size": {"enabled": True}},
    "resultTypes": ["violations", "incomplete"],
}
# Colours that axe leaves to people: of what lies partly below something opened over it, which is judged in another
# state; and of "SPOILER" on a blurred picture, white on 60 % of black, which is 5.7 to 1 at worst.
UNDECIDED = {"color-contrast"}
LIMITS = replace(Limits.unlimited(), interaction_ack=1.0)  # an app has one second to answer instead of three
SIZES: dict[str, Json] = {
    "desktop": {"viewport": DESKTOP},
    "phone": {"viewport": PHONE, "is_mobile": True, "has_touch": True},
}
IN_MAKE_TEST = {"a_thread_with_everything", "a_form", "the_menu_of_a_message", "the_drawer"}  # make browser has all
EVERY = [
    pytest.param(size, name, marks=[pytest.mark.xdist_group(f"axe {size}"), *([] if quick else [pytest.mark.slow])])
    for size in SIZES
    for name, (_, only) in STATES.items()
    for quick in [name in IN_MAKE_TEST]
    if only in ("", size)
]


async def findings(page: Page) -> list[str]:
    """What axe finds: the rule, where, and why; with what it cannot decide."""
    await page.evaluate(AXE)
    results: dict[str, list[Any]] = await page.evaluate("options => axe.run(options)", OPTIONS)
    judged = {rule["id"] for kind in ("passes", "violations", "incomplete") for rule in results[kind]}
    assert {"target-size", "color-contrast"} <= judged  # else the rules are not those that are meant
    found = [*results["violations"], *(rule for rule in results["incomplete"] if rule["id"] not in UNDECIDED)]
    return [
        f"{rule['id']}: {' '.join(map(str, node['target']))}: {node['html'][:120]}: "
        + "; ".join(check["message"] for check in (*node["any"], *node["all"], *node["none"]))
        for rule in found
        for node in rule["nodes"]
    ]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def show(browser: Browser, request: pytest.FixtureRequest) -> AsyncGenerator[Showcase]:
    """One full Discord for all states of a size."""
    async with staged(browser, LIMITS, **SIZES[request.param]) as scene:
        yield await fill(scene, phone=request.param == "phone")


@pytest.mark.parametrize(("show", "name"), EVERY, indirect=["show"])
async def test_axe_finds_nothing(show: Showcase, name: str) -> None:
    bring, _ = STATES[name]
    await bring(show)
    assert await findings(show.page) == []
    assert await show.page.evaluate(BEYOND) == []
