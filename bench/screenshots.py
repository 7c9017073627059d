"""Pictures of every state, and their texts: the page in a headless Chromium, with the whole bridge behind it.

    python -m bench.screenshots [--to DIRECTORY] [STATE ...]

Without --to only what the README and the docs show, and the texts, are renewed.
Writes DIRECTORY/phone/STATE.png, DIRECTORY/desktop/STATE.png (each under 300 KB) and DIRECTORY/texts/STATE.txt: what
the phone shows, message by message: tests/habits read these.
"""

import argparse
import asyncio
import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack, aclosing
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, Page, async_playwright

from antiphon.demo.process import BridgeProcess
from antiphon.demo.tour import PROJECT, guide
from antiphon.demo.world import World
from antiphon.standin import Pace, StandIn
from antiphon.standin.person import Person
from bench.program_states import LIMIT_STATES, PROGRAM_STATES
from bench.states import LIMIT, STATES, Stage
from bench.together_states import TOGETHER_STATES

FLAGS = (
    "--headless=new --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
)
SCREENS: dict[str, dict[str, Any]] = {
    "phone": {
        "viewport": {"width": 390, "height": 844},
        "device_scale_factor": 2,
        "is_mobile": True,
        "has_touch": True,
    },
    "desktop": {"viewport": {"width": 1280, "height": 800}},
}
# Everything else is asked about, edits too.
FREE = (*(one for one in PROJECT["allowed_tools"] if one != "Edit"), "Bash(python3 -c:*)", "Bash(echo:*)")
USUAL: Mapping[str, Any] = {"permission_mode": "default", "allowed_tools": FREE, "isolation": "shared"}
PACE = Pace(first_token=0.5, tokens_per_second=120.0)  # slow enough to be taken in the middle of a turn
DOCS = Path("docs/pictures")
ALL_STATES = {**STATES, **LIMIT_STATES, **PROGRAM_STATES, **TOGETHER_STATES}
_MOST_BYTES = 300_000
_SETTLED_MS = 700  # for what Discord would draw meanwhile: a picture that loads, a card that moves


async def shoot(stage: Stage, name: str, to: Path) -> None:
    """The state on both screens, with the end of the thread in sight, and what the phone says."""
    for screen, page in stage.pages.items():
        await page.mouse.move(640, 30)
        await page.evaluate("document.activeElement?.blur()")
        await page.wait_for_timeout(_SETTLED_MS)
        path = to / screen / f"{name}.png"
        if to == DOCS and not path.exists():
            continue
        await page.screenshot(path=path, animations="disabled", caret="hide")
        assert path.stat().st_size < _MOST_BYTES, f"{path} has {path.stat().st_size} bytes"
    articles = await stage.articles(stage.pages["phone"]).all_inner_texts()
    told = "\n---\n".join(articles).replace(str(stage.world.root), "/home/ada")  # where a terminal works is shown
    (to / "texts" / f"{name}.txt").write_text(f"{told}\n")
    print(name, flush=True)


async def screen(browser: Browser, url: str, options: dict[str, Any], stack: AsyncExitStack) -> Page:
    context = await browser.new_context(**options)
    stack.push_async_callback(context.close)
    context.set_default_timeout(LIMIT * 1000)
    page = await context.new_page()
    await page.goto(url)
    await page.locator(".composer textarea").wait_for()
    return page


async def _nothing() -> None:
    """The tour's action, which nobody presses here."""


async def main(names: Sequence[str], to: Path) -> None:
    chromium = shutil.which("chromium")
    assert chromium is not None, "chromium is not installed"
    for folder in ("phone", "texts") if to == DOCS else (*SCREENS, "texts"):
        (to / folder).mkdir(parents=True, exist_ok=True)
    async with AsyncExitStack() as stack:
        root = stack.enter_context(tempfile.TemporaryDirectory(prefix="antiphon-", ignore_cleanup_errors=True))
        tour = guide(_nothing, real_model=False)
        standin = await stack.enter_async_context(StandIn(guide=tour, pace=PACE))
        about = standin.describe()
        world = World(Path(root), about, os.environ["PATH"])  # noqa: TID251
        await world.create()

        def configure(sections: Mapping[str, Mapping[str, Any]], **project: Any) -> None:
            ours = {"display": {"thinking": "summary"}, "limits": {"ask_after": 0.1}}
            world.configure({**ours, **sections}, **{**USUAL, **project})

        def bridge_of(subscribed: bool) -> BridgeProcess:
            env = {**world.environment(), "CLAUDE_CODE_MAX_RETRIES": "1"}
            if subscribed:
                env["CLAUDE_CODE_OAUTH_TOKEN"] = env.pop("ANTHROPIC_API_KEY")
            bridge = BridgeProcess(world.config, env)
            stack.push_async_callback(bridge.stop)
            return bridge

        configure({})
        bridge = bridge_of(False)
        await bridge.start()
        ada = await stack.enter_async_context(Person(about["api"], about["gateway"], about["people"][0]["token"]))
        playwright = await stack.enter_async_context(async_playwright())
        browser = await playwright.chromium.launch(executable_path=chromium, args=FLAGS.split())
        stack.push_async_callback(browser.close)
        pages = {name: await screen(browser, standin.discord.url, options, stack) for name, options in SCREENS.items()}
        stage = Stage(world, ada, about["channels"]["general"], pages, bridge, configure, bridge_of)
        for name in names or ALL_STATES:
            async with aclosing(ALL_STATES[name](stage)) as state:
                await anext(state)
                await shoot(stage, name, to)
                await anext(state, None)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("states", nargs="*", choices=[[], *ALL_STATES], metavar="STATE")
    parser.add_argument("--to", type=Path, default=DOCS)
    given = parser.parse_args()
    asyncio.run(main(given.states, given.to))
