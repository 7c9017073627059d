"""`make bench-start`: how long a bridge with hundreds of threads takes until it accepts what people say.

A bridge with Claude Code played fills the threads, each with a turn that has ended, and leaves. People write in some
of them while nobody listens. Then the real bridge starts, and from its first moment somebody writes twice a second.
Ready: when the last of these messages that had to wait has its 👀. The local Discord enforces its limits on everything
that belongs to a start; what it takes for its answers is its process's CPU, told apart.
"""

import argparse
import asyncio
import re
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from antiphon.demo.process import BridgeProcess
from antiphon.standin import Limits, StandIn
from antiphon.standin.discord import Rate
from antiphon.standin.person import Person
from bench.stage import Stage, cpu, stage

Json = dict[str, Any]

_AT_ONCE = 25  # threads that are filled side by side
_PATIENCE = 120.0  # seconds for one of them
_EVERY = 0.5  # seconds between two messages while the bridge starts
_SOON = 0.4  # seconds within which a message has its 👀 once the bridge is ready
_ENOUGH = 6  # messages in a row that had it
_WATCH = 60.0  # seconds until it must be so
_AFTER = 5.0  # seconds in which what was missed is fetched to the end
_MOST = 3.0  # the bar, in seconds, beside Discord's own time
_PROBE = "sleep 60"  # the first begins a turn, the others wait for it: what becomes of them costs little
_SEEN = "👀"
_ID = re.compile(r"\d{15,}")


@dataclass(frozen=True, slots=True)
class Started:
    """In seconds. `first`: the first 👀. `bridge`, `discord`: CPU that they had used by then, to half a second."""

    ready: float
    first: float
    bridge: float
    discord: float


async def fill(on: Stage, threads: int) -> list[str]:
    """So many threads, each with a turn that has ended."""
    places: list[str] = []
    left = iter(range(threads))

    async def work() -> None:
        for _ in left:
            place = (await on.ada.say(on.general, "stream 40 100000"))["id"]
            await on.ended(place, limit=_PATIENCE)
            places.append(place)

    async with asyncio.TaskGroup() as tasks:
        for n in range(_AT_ONCE):
            tasks.create_task(work(), name=f"fill {n}")
    return sorted(places, key=int)


async def measure(on: Stage, bridge: BridgeProcess, places: Sequence[str]) -> Started:
    """Start the bridge, and write until it is ready; each time in another place, because Discord limits reactions."""
    begun, used = time.monotonic(), time.process_time()
    said: list[tuple[str, float]] = []
    costs: list[tuple[float, float, float]] = []  # when, and what both had used
    await bridge.spawn()
    while time.monotonic() - begun < _WATCH:
        place = places[len(said) % len(places)]
        said.append(((await on.ada.say(place, _PROBE))["id"], time.monotonic()))
        await asyncio.sleep(_EVERY)
        costs.append((time.monotonic() - begun, cpu(bridge.pid), time.process_time() - used))
        seen = _seen(on.ada)
        asked = [(at, seen.get(id_)) for id_, at in said[:-1]]
        late = [n for n, (at, seen_at) in enumerate(asked) if seen_at is None or seen_at - at > _SOON]
        last = late[-1] if late else -1
        if len(asked) - last > _ENOUGH:
            waits = [seen_at - begun for _, seen_at in asked[: last + 1] if seen_at is not None]
            return Started(
                max(waits, default=0.0), min(waits, default=0.0), cpu(bridge.pid), time.process_time() - used
            )
    raise TimeoutError("the bridge does not accept what is said:\n" + "\n".join(bridge.lines))


def _seen(ada: Person) -> dict[str, float]:
    """When each message got its 👀."""
    return {
        data["message_id"]: at
        for (name, data), at in zip(ada.events, ada.heard, strict=True)
        if name == "MESSAGE_REACTION_ADD" and data["emoji"]["name"] == _SEEN
    }


async def start(on: Stage, places: Sequence[str], missed: Sequence[str]) -> Started:
    """One start, after something was missed in some places; prints what it asked of Discord."""
    for one in missed:
        await on.ada.say(one, "say: missed")
    before = len(await on.requests())
    bridge = BridgeProcess(on.world.config, on.world.environment())
    try:
        started = await measure(on, bridge, places)
        await asyncio.sleep(_AFTER)
    finally:
        await bridge.kill()
    requests = (await on.requests())[before:]
    routes = Counter(f"{one['method']} {_ID.sub('*', one['path'])}" for one in requests)
    print("  asked of Discord: " + ", ".join(f"{count} {name}" for name, count in routes.most_common(8)))
    print(f"  429s: {sum(one['status'] == 429 for one in requests)}")
    return started


async def main(arguments: argparse.Namespace) -> int:
    print(f"command: python -m bench.start --threads {arguments.threads} --missed {arguments.missed}")
    # Filling is no part of a start: with the real limits on new threads alone it would last an hour.
    limits = Limits(identify_window=0.0).with_rates(thread_create=Rate(1000, 1.0), react=Rate(100, 0.25))
    good: list[bool] = []
    sections = {"limits": {"sessions_at_work": _AT_ONCE}}
    async with stage(sections, StandIn(limits=limits), played=True) as on:
        places = await fill(on, arguments.threads)
        await on.bridge.stop()
        on.world.configure({"limits": {"sessions_at_work": 1}})
        print(f"{arguments.threads} threads, in {arguments.missed} of them something was missed; in seconds:")
        for n in range(arguments.rounds):
            one = await start(on, places[n :: arguments.rounds], places[-arguments.missed :])
            own = one.ready - one.discord
            print(f"  ready after {one.ready:.2f}, first 👀 after {one.first:.2f}; CPU: {one.bridge:.2f}", end=" ")
            print(f"the bridge's, {one.discord:.2f} Discord's and the bench's")
            print(
                f"  beside Discord's own time {own:.2f}, at most {_MOST}: {'yes' if own <= _MOST else 'NO'}", flush=True
            )
            good.append(own <= _MOST)
    return 0 if all(good) else 1


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="bench.start", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--threads", type=int, default=500)
    parser.add_argument("--missed", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=3)
    sys.exit(asyncio.run(main(parser.parse_args())))
