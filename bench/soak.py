"""`make soak`: a day of work in one bridge, and whether it holds on to memory.

Many conversations take turns of all sorts through the whole chain, with the real Claude Code CLI; each works for a
while, rests until its process is given back, and works again. The local Discord has no rate limits here (everything
else is as on Discord), or a day would last a day. The claim: after the first turns, in which caches fill, the resident
memory of the bridge's own process grows by less than a tenth.
"""

import argparse
import asyncio
import os
import random
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from antiphon.standin import Limits, StandIn
from bench.processes import claudes_of
from bench.stage import Stage, stage

_AT_WORK = 6  # conversations at once
_BURST = 5  # turns of a conversation between two rests
_IDLE = 3  # seconds after which a conversation's process is given back
_WARM = 500  # turns until caches are full
_MOST_GROWTH = 0.10  # the bar: from then on
_LIMIT = 300.0  # seconds for a turn on a busy machine

_KINDS = (
    "say: a short answer, number {n}",
    "long 3000",
    "tools 3",
    "bash: echo {n}",
    "stream 2400 2000 8",
    "remember word{n}",
)


@dataclass(frozen=True, slots=True)
class Sample:
    """The bridge after so many turns. Bytes of memory, resident and of its own; `claudes`: processes below it."""

    turns: int
    seconds: float
    resident: int
    anonymous: int
    files: int
    threads: int
    claudes: int


@dataclass(slots=True)
class Soak:
    """One run. `turns` in all, over so many conversations; a sample every so many turns."""

    on: Stage
    turns: int
    every: int
    begun: float = field(default_factory=time.monotonic)
    done: int = 0
    samples: list[Sample] = field(default_factory=list[Sample])
    odd: list[str] = field(default_factory=list[str])  # how turns ended that were not done

    async def run(self, conversations: int, seed: int) -> None:
        """All the turns; bursts in an order of chance."""
        bursts = _bursts(self.turns, conversations, random.Random(seed))
        places = [""] * conversations
        busy = [asyncio.Lock() for _ in places]  # a conversation's bursts come one after the other

        async def work() -> None:
            for conversation, turns in bursts:
                async with busy[conversation]:
                    places[conversation] = await self._burst(places[conversation], turns)

        async with asyncio.TaskGroup() as tasks:
            for n in range(_AT_WORK):
                tasks.create_task(work(), name=f"soak {n}")

    async def _burst(self, place: str, turns: int) -> str:
        ends = len(self.on.ends(place)) if place else 0
        for n in range(1, turns + 1):
            words = _KINDS[(self.done + n) % len(_KINDS)].format(n=self.done)
            message = await self.on.ada.say(place or self.on.general, words)
            place = place or message["id"]
            await self.on.ended(place, ends + n, _LIMIT)
            if "Done" not in self.on.ends(place)[-1]:
                self.odd.append(self.on.ends(place)[-1])
            self.done += 1
            if self.done % self.every == 0:
                self._sample()
        return place

    def _sample(self) -> None:
        pid = self.on.bridge.pid
        status = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
        resident, anonymous = (int(status[name].split()[0]) * 1024 for name in ("VmRSS", "RssAnon"))
        files = len(os.listdir(f"/proc/{pid}/fd"))
        seconds = time.monotonic() - self.begun
        one = Sample(self.done, seconds, resident, anonymous, files, int(status["Threads"]), len(claudes_of(pid)))
        self.samples.append(one)
        sizes = f"{resident / 1e6:8.1f} {anonymous / 1e6:8.1f}"
        print(f"{one.turns:>6} {seconds:7.0f} {sizes} {files:>5} {one.threads:>7} {one.claudes:>7}", flush=True)


def _bursts(turns: int, conversations: int, dice: random.Random) -> Iterator[tuple[int, int]]:
    """Which conversation works next, and for how many turns: every one as much as the others."""
    left = turns
    while left > 0:
        order = list(range(conversations))
        dice.shuffle(order)
        for conversation in order:
            if left > 0:
                yield conversation, min(_BURST, left)
                left -= _BURST


def verdict(samples: list[Sample]) -> bool:
    """Print how much the bridge grew; whether that is within the bar."""
    warm = next((one for one in samples if one.turns >= min(_WARM, samples[-1].turns // 2)), samples[0])
    last, most = samples[-1], max(samples, key=lambda one: one.resident)
    growth, worst = (one.resident / warm.resident - 1 for one in (last, most))
    print(f"\nfrom {warm.turns} to {last.turns} turns: {growth:+.1%} resident, {worst:+.1%} at its most", end="; ")
    print(f"less than {_MOST_GROWTH:.0%}: {'yes' if worst < _MOST_GROWTH else 'NO'}")
    return worst < _MOST_GROWTH


async def main(arguments: argparse.Namespace) -> int:
    print(f"command: python -m bench.soak --turns {arguments.turns} --conversations {arguments.conversations}")
    print(f"{'turns':>6} {'seconds':>7} {'RSS MB':>8} {'own MB':>8} {'files':>5} {'threads':>7} {'claudes':>7}")
    sections = {"limits": {"idle": _IDLE, "sessions_at_work": _AT_WORK}}
    async with stage(sections, StandIn(limits=Limits.unlimited())) as on:
        soak = Soak(on, arguments.turns, arguments.every)
        await soak.run(arguments.conversations, arguments.seed)
    for end in soak.odd:
        print(f"not done: {end}")
    return 0 if verdict(soak.samples) and not soak.odd else 1


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="bench.soak", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--turns", type=int, default=5000)
    parser.add_argument("--conversations", type=int, default=200)
    parser.add_argument("--every", type=int, default=100, help="turns between two samples")
    parser.add_argument("--seed", type=int, default=1)
    sys.exit(asyncio.run(main(parser.parse_args())))
