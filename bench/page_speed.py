"""How fast the stand-in's page is: a thread of 2,000 messages, ten threads streaming, the longest frame.

    python -m bench.page_speed [--seconds N]

A frame is the time between two requestAnimationFrame callbacks; a long task is what Chromium's PerformanceObserver
calls one (over 50 ms on the page's main thread).
"""

import argparse
import asyncio
import json
import shutil
import time
from dataclasses import asdict, dataclass
from typing import Any

from aiohttp import ClientSession
from playwright.async_api import Browser, Page, async_playwright

from antiphon.standin import Limits, LocalDiscord

FLAGS = (
    "--headless=new --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
)
MESSAGES = 2000
THREADS = 10
_TEXT = "Here is **what I found** in `src/app.py`: the parser keeps *every* line, see https://example.com/docs.\n"
_CODE = (
    "```python\ndef parse(line: str) -> dict[str, int]:\n    return {key: 1 for key in line.split()}  # quick\n```\n"
)
_WATCH = """() => {
    const seen = window.seen = { frames: [], long: [], last: performance.now() };
    new PerformanceObserver(list => seen.long.push(...list.getEntries().map(one => one.duration)))
        .observe({ type: "longtask" });
    const frame = now => { seen.frames.push(now - seen.last); seen.last = now; requestAnimationFrame(frame); };
    requestAnimationFrame(now => { seen.last = now; requestAnimationFrame(frame); });
}"""
_TAKE = """() => {
    const { frames, long } = window.seen;
    window.seen.frames = []; window.seen.long = [];
    return { frames, long, rows: document.querySelectorAll(".row").length };
}"""

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Figures:
    """Of one phase. Milliseconds, but `frames` and `rows` (messages in the document)."""

    phase: str
    frames: int
    longest_frame: float
    p99_frame: float
    longest_task: float
    rows: int


class _Bot:
    def __init__(self, http: ClientSession, about: Json) -> None:
        self._http = http
        self._about = about

    async def request(self, method: str, path: str, body: Json) -> Json:
        headers = {"Authorization": f"Bot {self._about['bot_token']}"}
        async with self._http.request(method, self._about["api"] + path, json=body, headers=headers) as response:
            assert response.status < 300, await response.text()
            return await response.json()

    async def thread(self, name: str) -> str:
        general = self._about["channels"]["general"]
        return (await self.request("POST", f"/channels/{general}/threads", {"name": name, "type": 11}))["id"]

    async def say(self, channel: str, content: str) -> Json:
        return await self.request("POST", f"/channels/{channel}/messages", {"content": content})

    async def stream(self, channel: str, seconds: float, rate: float = 4.0) -> None:
        """A message that grows `rate` times a second, and a new one when it is full."""
        until = time.monotonic() + seconds
        message, text = await self.say(channel, "…"), ""
        step = 0
        while time.monotonic() < until:
            piece = _CODE if step % 5 == 4 else _TEXT
            if len(text) + len(piece) > 1990:
                message, text = await self.say(channel, piece), ""
            text += piece
            step += 1
            await self.request("PATCH", f"/channels/{channel}/messages/{message['id']}", {"content": text})
            await asyncio.sleep(1 / rate)


async def _take(page: Page, phase: str) -> Figures:
    seen = await page.evaluate(_TAKE)
    frames = sorted(seen["frames"]) or [0.0]
    longest = max(seen["long"], default=0.0)
    return Figures(phase, len(frames), frames[-1], frames[int(len(frames) * 0.99)], longest, seen["rows"])


async def measure(
    browser: Browser, *, messages: int = MESSAGES, threads: int = THREADS, seconds: float = 10.0
) -> list[Figures]:
    """Open the long thread, watch it while all threads stream, scroll through its history."""
    async with LocalDiscord(limits=Limits.unlimited()) as discord, ClientSession() as http:
        bot = _Bot(http, discord.describe())
        places = [await bot.thread(f"thread {n}") for n in range(threads)]
        for n in range(messages):
            await bot.say(places[0], f"{n}: {_CODE if n % 7 == 0 else _TEXT}")
        context = await browser.new_context(viewport={"width": 1280, "height": 800})
        page = await context.new_page()
        await page.goto(discord.url)
        await page.locator(".composer textarea").wait_for()
        await page.evaluate(_WATCH)
        await page.evaluate("id => location.hash = id", places[0])
        await page.get_by_text(f"{messages - 1}: ").wait_for()
        await page.wait_for_timeout(500)
        found = [await _take(page, f"opening a thread of {messages:,} messages")]
        await asyncio.gather(*(bot.stream(place, seconds) for place in places))
        found.append(await _take(page, f"{threads} threads streaming"))
        await _climb(page)
        found.append(await _take(page, "scrolling up through the history"))
        await context.close()
    return found


async def _climb(page: Page, pages: int = 12) -> None:
    """Scroll to the top of what is loaded, again and again."""
    for _ in range(pages):
        await page.evaluate("document.querySelector('.scroller').scrollTop = 0")
        await page.wait_for_timeout(150)


async def main(seconds: float) -> None:
    chromium = shutil.which("chromium")
    assert chromium is not None, "chromium is not installed"
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=FLAGS.split())
        for figures in await measure(browser, seconds=seconds):
            print(
                json.dumps(
                    {key: round(one, 1) if isinstance(one, float) else one for key, one in asdict(figures).items()}
                )
            )
        await browser.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=10.0, help="of streaming")
    asyncio.run(main(parser.parse_args().seconds))
