"""`antiphon demo`: a local Discord, a scripted model and a throw-away project around the bridge as it is.

The bridge runs as a process of its own, exactly as `antiphon run` would, with an environment built from nothing: the
demo never reads or writes this machine's Claude Code settings, and the project that Claude works in is temporary.
"""

import asyncio
import sys
import tempfile
import webbrowser
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Any

from antiphon.demo.kept_bridge import KeptBridge
from antiphon.demo.process import BridgeProcess
from antiphon.demo.tour import PROJECT, RUNS, SECTIONS, TOUR, WHAT, guide, played
from antiphon.demo.world import World
from antiphon.standin import Pace, StandIn
from antiphon.standin.client_shapes import words_of
from antiphon.standin.person import Person

_DONE = "✅"
_FINAL = (_DONE, "❌", "⏹", "✖", "⌛", "🚦", "⚠", "🕳", "📭")  # without the selector that makes some of them emoji
_CALLS = "✋ <@"  # how a request begins that calls somebody
_TURN_LIMIT = 600.0  # seconds for `--once` to see the turn's end
# About as quick as the real model: a second before each step, then some 400 characters a second.
_READABLE = Pace(first_token=1.0, tokens_per_second=100.0)


@dataclass(frozen=True, slots=True)
class Demo:
    """`path`: where programs are found; `key`: Anthropic's, to use the real model; `port`: of the local Discord."""

    path: str
    key: str | None
    port: int

    async def once(self, text: str) -> int:
        """Post `text`, wait for the turn's end, print the thread. 0 only if the turn ended in "done"."""
        async with self._running(tour=False) as (about, ada):
            message = await ada.say(about["channels"]["general"], text)
            mark = await ada.until(lambda seen: marked(seen.message(message)), _TURN_LIMIT)
            print(f"{message['author']['username']}: {text}\n")
            for one in ada.messages(message["id"]):
                if text := plain(one):
                    print(f"{text}\n")
            return 0 if mark == _DONE else 1

    async def chat(self) -> int:
        """Stay up; each line typed is posted, what the thread shows is printed."""
        async with self._running(tour=True) as (about, ada):
            page = about["api"].removesuffix("api/v10")
            print(f"{WHAT}\nOpen {page} in a browser and pick a suggestion, or write anything; {RUNS}")
            print(played("the page", real_model=self.key is not None))
            print(f"You can also write here, as Ada, and press Enter: “{TOUR[0].text}”, for example.")
            print("Each line goes to the same thread; /new opens another; Ctrl-D leaves.", flush=True)
            if sys.stdin.isatty() and _has_a_window():
                webbrowser.open(page)
            await _relay(ada, about["channels"]["general"])
        return 0

    @asynccontextmanager
    async def _running(self, *, tour: bool) -> AsyncGenerator[tuple[dict[str, Any], Person]]:
        """`tour`: somebody looks, and answers what Claude asks."""
        kept = KeptBridge(lambda words: print(words, flush=True))
        shown = guide(kept.kill, real_model=self.key is not None)
        with tempfile.TemporaryDirectory(prefix="antiphon-demo-", ignore_cleanup_errors=True) as directory:
            async with StandIn(port=self.port, guide=shown, pace=_READABLE if tour else Pace()) as standin:
                about = standin.describe()
                world = World(Path(directory), about, self.path, self.key)
                await world.create()
                if tour:
                    world.configure(SECTIONS, **PROJECT)
                bridge = BridgeProcess(world.config, world.environment())
                try:
                    await kept.start(bridge)
                    async with Person(about["api"], about["gateway"], about["people"][0]["token"]) as ada:
                        yield about, ada
                finally:
                    await kept.let_go()
                    await bridge.stop()


def _has_a_window() -> bool:
    """Whether the browser that would open is one of windows: a text browser would take our terminal."""
    try:
        name = str(getattr(webbrowser.get(), "name", ""))
    except webbrowser.Error:
        return False
    return Path(name).name not in ("www-browser", "links", "elinks", "lynx", "w3m")


def marked(prompt: Mapping[str, Any] | None) -> str | None:
    """The mark of a turn's end on its prompt: it comes last, after everything that was said. None: not yet."""
    reactions: list[Any] = [] if prompt is None else prompt.get("reactions", [])
    names = [str(one["emoji"]["name"]) for one in reactions]
    return next((mark for mark in _FINAL for name in names if name.startswith(mark)), None)


def plain(message: Mapping[str, Any]) -> str:
    """What a message says, for a terminal: without the marks of small and of bold type."""
    return words_of(dict(message)).replace("-# ", "").replace("**", "")


async def _relay(ada: Person, channel: str) -> None:
    """Terminal to Discord and back, until the input ends and what it asked is answered."""
    lines: asyncio.Queue[str] = asyncio.Queue()
    loop = asyncio.get_running_loop()

    def take(line: str) -> None:
        loop.call_soon_threadsafe(lines.put_nowait, line)

    # A daemon, because nothing else ends a thread that reads a terminal: Ctrl-C must not wait for the next Enter.
    Thread(target=_read_lines, args=(take,), name="terminal", daemon=True).start()
    place: str | None = None
    while line := await lines.get():
        text = line.strip()
        if text == "/new":
            place = None
        elif text:
            message = await ada.say(place or channel, text)
            place = place or str(message["id"])
            await _answer(ada, message, place)


def _read_lines(take: Callable[[str], object]) -> None:
    """In a thread of its own: every line, then an empty one for the end."""
    for line in sys.stdin:
        take(line)
    take("")


async def _answer(ada: Person, prompt: dict[str, Any], place: str) -> None:
    """Print what the thread says in the turn of a prompt, when that has ended; before that, what Claude asks."""
    before = {one["id"] for one in ada.messages(place)}
    asked: set[str] = set()

    def new_requests() -> list[dict[str, Any]]:
        found = [one for one in ada.messages(place) if one["id"] not in before | asked]
        return [one for one in found if one["author"].get("bot") and words_of(one).startswith(_CALLS)]

    while True:
        await ada.until(lambda seen: marked(seen.message(prompt)) or new_requests(), _TURN_LIMIT)
        if marked(ada.message(prompt)):
            break
        for message in new_requests():
            asked.add(message["id"])
            print(f"{plain(message)}\n(Its buttons are on the page.)", flush=True)
    for message in ada.messages(place):
        if message["id"] not in before and message["author"].get("bot"):
            print(plain(message), flush=True)
