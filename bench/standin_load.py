"""`make standin-load`: what the local Discord bears on one core.

The stand-in runs in a process of its own on one core, the generator on another. Requests leave by the clock, whether
or not earlier ones were answered, so a stand-in that stalls cannot slow down what is asked of it; the latency of each
counts from the moment at which it was due. A late generator would look like a slow stand-in: therefore the generator
also tells how late it was itself.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import multiprocessing
import os
import random
import statistics
import sys
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from aiohttp import ClientSession, ClientWebSocketResponse, TCPConnector, WSMsgType

from antiphon.standin.discord import Limits, LocalDiscord

RATE = 500.0  # requests a second
MOST_P99 = 0.020  # seconds: the bar
_LATE = 0.005  # seconds that the generator itself may be late, at its p99, before its figures say nothing
_BUSY = 0.02  # part of the time that either may wait for its core before the figures say nothing
_THREADS = 10
_MIX = {"send": 40, "edit": 30, "history": 10, "react": 10, "typing": 10}  # parts of a hundred
_INTENTS = 1 << 0 | 1 << 9 | 1 << 10 | 1 << 11 | 1 << 15
_EMOJI = "%F0%9F%91%80"
_WORDS = "A line of an answer, of the length that such a line tends to have; **bold** and `code`.\n" * 6


@dataclass(frozen=True, slots=True)
class Usage:
    """Seconds on a core, and seconds of waiting for one that others held (0 where the system does not tell)."""

    cpu: float = 0.0
    waited: float = 0.0

    @classmethod
    def now(cls) -> Usage:
        told = Path("/proc/self/schedstat")
        waited = int(told.read_text().split()[1]) / 1e9 if told.exists() else 0.0
        return cls(time.process_time(), waited)

    def since(self, earlier: Usage) -> Usage:
        return Usage(self.cpu - earlier.cpu, self.waited - earlier.waited)


@dataclass
class Figures:
    """What was measured; times in seconds."""

    latencies: dict[str, list[float]] = field(default_factory=lambda: {kind: [] for kind in _MIX})
    lateness: list[float] = field(default_factory=list)
    refused: list[int] = field(default_factory=list)
    sent: int = 0
    seconds: float = 0.0
    own: Usage = Usage()
    its: Usage = Usage()
    seen: list[int] = field(default_factory=list)
    """Messages that each gateway was told of."""

    @property
    def every(self) -> list[float]:
        return list(itertools.chain.from_iterable(self.latencies.values()))

    @property
    def rate(self) -> float:
        return len(self.every) / self.seconds


def part(times: Sequence[float], share: float) -> float:
    """The value below which that share of the times lies."""
    return sorted(times)[min(len(times) - 1, int(len(times) * share))]


class Load:
    """Asks one local Discord, as its bot, for what a busy bridge asks."""

    def __init__(self, about: dict[str, Any], http: ClientSession) -> None:
        self._api = about["api"]
        self._general = about["channels"]["general"]
        self._http = http
        self._random = random.Random(1)
        self._threads: list[str] = []
        self._messages: list[tuple[str, str]] = []
        self.figures = Figures()

    async def prepare(self) -> None:
        for n in range(_THREADS):
            body = {"name": f"session {n}", "type": 11}
            thread = await self._ask("POST", f"/channels/{self._general}/threads", body)
            self._threads.append(thread["id"])
            await self._send()

    async def run(self, rate: float, seconds: float) -> Figures:
        """Asks for so many seconds, then waits for the answers that are still out."""
        kinds = self._random.choices(list(_MIX), list(_MIX.values()), k=int(rate * seconds))
        start, usage = time.monotonic(), Usage.now()
        async with asyncio.TaskGroup() as asking:
            for n, kind in enumerate(kinds):
                due = start + n / rate
                if (left := due - time.monotonic()) > 0:
                    await asyncio.sleep(left)
                asking.create_task(self._timed(kind, due), name=f"{kind} {n}")
        self.figures.seconds = time.monotonic() - start
        self.figures.own = Usage.now().since(usage)
        return self.figures

    async def _timed(self, kind: str, due: float) -> None:
        acts: dict[str, Callable[[], Awaitable[object]]] = {
            "send": self._send,
            "edit": self._edit,
            "history": self._history,
            "react": self._react,
            "typing": self._typing,
        }
        self.figures.lateness.append(time.monotonic() - due)
        await acts[kind]()
        self.figures.latencies[kind].append(time.monotonic() - due)

    async def _send(self) -> None:
        channel = self._random.choice(self._threads)
        message = await self._ask("POST", f"/channels/{channel}/messages", {"content": _WORDS})
        self._messages.append((channel, message["id"]))
        self.figures.sent += 1

    async def _edit(self) -> None:
        words = _WORDS + str(self._random.random())
        await self._ask("PATCH", self._message(), {"content": words})

    async def _history(self) -> None:
        await self._ask("GET", f"/channels/{self._random.choice(self._threads)}/messages?limit=50")

    async def _react(self) -> None:
        await self._ask("PUT", f"{self._message()}/reactions/{_EMOJI}/@me")

    async def _typing(self) -> None:
        await self._ask("POST", f"/channels/{self._random.choice(self._threads)}/typing")

    def _message(self) -> str:
        channel, message = self._random.choice(self._messages[-100:])
        return f"/channels/{channel}/messages/{message}"

    async def _ask(self, method: str, path: str, body: object = None) -> Any:
        async with self._http.request(method, self._api + path, json=body) as response:
            if response.status >= 300:
                self.figures.refused.append(response.status)
            return await response.json() if response.status == 200 or response.status == 201 else await response.read()


class Listener:
    """A gateway connection that counts the load's messages as it is told of them."""

    def __init__(self, socket: ClientWebSocketResponse) -> None:
        self._socket = socket
        self._more = asyncio.Event()
        self.count = 0

    async def listen(self) -> None:
        async for frame in self._socket:
            if frame.type == WSMsgType.TEXT and '"t":"MESSAGE_CREATE"' in frame.data[:80] and _WORDS[:20] in frame.data:
                self.count += 1
                self._more.set()

    async def until(self, count: int) -> None:
        """Waits until so many messages were told, at most a few seconds; what is missing then is missing."""
        with suppress(TimeoutError):
            async with asyncio.timeout(5):
                while self.count < count:
                    self._more.clear()
                    await self._more.wait()


@asynccontextmanager
async def listening(http: ClientSession, about: dict[str, Any], token: str, intents: int) -> AsyncGenerator[Listener]:
    async with http.ws_connect(f"{about['gateway']}?v=10&encoding=json", max_msg_size=1 << 26) as socket:
        await socket.receive_json()
        identify = {"token": token, "properties": {}, "intents": intents}
        await socket.send_json({"op": 2, "d": identify})
        listener = Listener(socket)
        reading = asyncio.create_task(listener.listen(), name="gateway listener")
        try:
            yield listener
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)


async def measure(about: dict[str, Any], rate: float, seconds: float) -> Figures:
    """One run against a local Discord that has no rate limits, with two gateways open."""
    headers = {"Authorization": f"Bot {about['bot_token']}"}
    async with (
        ClientSession(headers=headers, connector=TCPConnector(limit=256)) as http,
        listening(http, about, about["bot_token"], _INTENTS) as bot,
        listening(http, about, about["people"][0]["token"], 0) as person,
    ):
        load = Load(about, http)
        await load.prepare()
        figures = await load.run(rate, seconds)
        for listener in (bot, person):
            await listener.until(figures.sent)
            figures.seen.append(listener.count)
    return figures


def serve(door: Connection, core: int | None) -> None:
    """The other process: a local Discord on its core, until it is told to stop; then its Usage."""
    if core is not None:
        os.sched_setaffinity(0, {core})

    async def run() -> None:
        async with LocalDiscord(limits=Limits.unlimited()) as discord:
            door.send(discord.describe())
            await asyncio.to_thread(door.recv)
            before = Usage.now()
            await asyncio.to_thread(door.recv)
            door.send(Usage.now().since(before))

    asyncio.run(run())


def cores() -> tuple[int | None, int | None]:
    """A core for the stand-in and one for the generator; None where they cannot be chosen."""
    if not hasattr(os, "sched_getaffinity"):
        return None, None
    mine = sorted(os.sched_getaffinity(0))
    return (mine[0], mine[1]) if len(mine) > 1 else (None, None)


def report(figures: Figures, rate: float) -> bool:
    """Prints the figures; whether the bars are met."""
    print(f"  {'':<10} {'count':>6} {'p50':>7} {'p99':>7} {'max':>7}   (ms)")
    for name, times in (("all", figures.every), *figures.latencies.items()):
        if times:
            values = " ".join(f"{s * 1000:7.2f}" for s in (statistics.median(times), part(times, 0.99), max(times)))
            print(f"  {name:<10} {len(times):>6} {values}")
    late = part(figures.lateness, 0.99)
    print(f"  achieved {figures.rate:.1f} of {rate:.0f} requests/s; refused: {len(figures.refused)}")
    print(f"  messages {figures.sent}, told to the bot and to the person: {figures.seen[0]}, {figures.seen[1]}")
    for name, usage in (("stand-in", figures.its), ("generator", figures.own)):
        shares = (
            f"{usage.cpu / figures.seconds:.0%} of a core, kept waiting for it {usage.waited / figures.seconds:.1%}"
        )
        print(f"  {name}: {shares}")
    print(f"  generator late by {late * 1000:.2f} ms at its p99")
    p99 = part(figures.every, 0.99)
    good = {
        f"p99 {p99 * 1000:.2f} ms, under {MOST_P99 * 1000:.0f}": p99 < MOST_P99,
        "the rate was kept": figures.rate >= rate * 0.99,
        "nothing was refused or lost": not figures.refused and min(figures.seen) >= figures.sent,
    }
    for bar, met in good.items():
        print(f"  {bar}: {'yes' if met else 'NO'}")
    if late > _LATE or figures.own.cpu > 0.9 * figures.seconds:
        print("  THE GENERATOR WAS THE BOTTLENECK (late, or out of CPU): the figures are its own, not the stand-in's.")
    if max(figures.its.waited, figures.own.waited) > _BUSY * figures.seconds:
        print("  OTHERS HELD THESE CORES for a part of the time: measure again on a quiet machine.")
    return all(good.values())


def main() -> int:
    parser = argparse.ArgumentParser(description="What the local Discord bears on one core.")
    parser.add_argument("--rate", type=float, default=RATE, help="requests a second")
    parser.add_argument("--seconds", type=float, default=20.0)
    options = parser.parse_args()
    theirs, ours = cores()
    print(f"command: make standin-load; {options.rate:.0f} requests/s for {options.seconds:.0f} s, mix {_MIX}")
    print(f"  cores: stand-in {theirs}, generator {ours}; load average before: {os.getloadavg()[0]:.2f}")
    spawning = multiprocessing.get_context("spawn")
    door, inner = spawning.Pipe()
    process = spawning.Process(target=serve, args=(inner, theirs), name="stand-in", daemon=True)
    process.start()
    inner.close()  # so that a stand-in that dies is an EOFError here
    try:
        if ours is not None:
            os.sched_setaffinity(0, {ours})
        about = door.recv()
        door.send("begin")
        figures = asyncio.run(measure(about, options.rate, options.seconds))
        door.send("end")
        figures.its = door.recv()
    finally:
        process.join(5)
        if process.is_alive():
            process.terminate()
    return 0 if report(figures, options.rate) else 1


if __name__ == "__main__":
    sys.exit(main())
