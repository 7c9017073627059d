"""`antiphon demo`: a local Discord, a scripted model and a throw-away project around the bridge as it is.

The bridge runs as a process of its own, exactly as `antiphon run` would, with an environment built from nothing: the
demo never reads or writes this machine's Claude Code settings, and the project that Claude works in is temporary.
"""

import asyncio
import sys
import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from antiphon.demo.process import BridgeProcess
from antiphon.demo.world import World
from antiphon.standin import StandIn
from antiphon.standin.person import Person

_TURN_LIMIT = 600.0  # seconds for `--once` to see the turn's end
_ENDS = ("✅", "❌", "⏹️", "⌛", "⚠️ interrupted")


@dataclass(frozen=True, slots=True)
class Demo:
    """`path`: where programs are found; `key`: Anthropic's, to use the real model; `port`: of the local Discord."""

    path: str
    key: str | None
    port: int

    async def once(self, text: str) -> int:
        """Post `text`, wait for the turn's end, print the thread. 0 only if the turn ended in "done"."""
        async with self._standing() as (about, ada):
            message = await ada.say(about["channels"]["general"], text)
            async with asyncio.timeout(_TURN_LIMIT):
                await ada.until(lambda seen: _end(seen, message["id"]), _TURN_LIMIT)
            for one in ada.messages(message["id"]):
                print(one["content"])
            return 0 if str(_end(ada, message["id"])).find("✅") >= 0 else 1

    async def chat(self) -> int:
        """Stay up; each line typed is posted, what the thread shows is printed."""
        async with self._standing() as (about, ada):
            print(f"A local Discord runs at {about['api']}; you are {about['people'][0]['name']}.")
            print(
                "The model is real." if self.key else "The model is scripted: it answers by a script, not by thinking."
            )
            print("Type a message and press Enter (try: long 3000 · bash: ls -la · tools 10 · edit hello.py).")
            print("An empty line goes on with the same thread; /new opens another; Ctrl-D leaves.")
            await _relay(ada, about["channels"]["general"])
        return 0

    @asynccontextmanager
    async def _standing(self) -> AsyncGenerator[tuple[dict[str, Any], Person]]:
        with tempfile.TemporaryDirectory(prefix="antiphon-demo-", ignore_cleanup_errors=True) as directory:
            async with StandIn(port=self.port) as standin:
                about = standin.describe()
                world = World(Path(directory), about, self.path, self.key)
                await world.furnish()
                bridge = BridgeProcess(world.config, world.environment())
                try:
                    await bridge.start()
                    async with Person(about["api"], about["gateway"], about["people"][0]["token"]) as ada:
                        yield about, ada
                finally:
                    await bridge.stop()


def _end(seen: Person, thread: str) -> str | None:
    """The status line of the thread's last turn, once it has ended."""
    status = next((one["content"] for one in seen.messages(thread) if one["content"].startswith("-# ")), "")
    return status if any(mark in status.splitlines()[0] for mark in _ENDS) else None


async def _relay(ada: Person, channel: str) -> None:
    """Terminal to Discord and back, until the input ends."""
    lines: asyncio.Queue[str] = asyncio.Queue()
    asyncio.get_running_loop().add_reader(sys.stdin, lambda: lines.put_nowait(sys.stdin.readline()))
    place: str | None = None
    printing: asyncio.Task[None] | None = None
    try:
        while line := await lines.get():
            text = line.strip()
            if text == "/new":
                place = None
            elif text:
                message = await ada.say(place or channel, text)
                if place is None:
                    place = str(message["id"])
                    if printing is not None:
                        printing.cancel()
                    printing = asyncio.create_task(_print(ada, place), name="print the thread")
    finally:
        asyncio.get_running_loop().remove_reader(sys.stdin)
        if printing is not None:
            printing.cancel()


async def _print(ada: Person, thread: str) -> None:
    """Print what is new in a thread, message by message, when it has come to rest."""
    printed: dict[str, str] = {}
    while True:
        await ada.until(lambda seen: any(printed.get(m["id"]) != m["content"] for m in seen.messages(thread)), 86400)
        for message in ada.messages(thread):
            before, now = printed.get(message["id"], ""), message["content"]
            if message["author"].get("bot") and now != before:
                print(now[len(before) :] if before and now.startswith(before) else now, flush=True)
            printed[message["id"]] = now
