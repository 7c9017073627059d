"""`make bench-schedules`: what the clock costs with many schedules.

    python -m bench.schedules [--schedules 10000] [--seconds 30] [--turns 100]

The clock alone, on a real database: its CPU while nothing is due, beside a loop that only waits as often, and how long
it takes to write down and start a hundred runs that are due at one moment. Then the whole bridge with so many turns of
Claude Code that are due at one moment: how many are at work at once, whether the others are seen to wait, how long all
take.
"""

import argparse
import asyncio
import math
import sqlite3
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from antiphon.actions.places import NoPlaces
from antiphon.core.projects import Projects
from antiphon.core.schedules.values import Every, ScheduledPrompt, ScheduleId
from antiphon.core.values import PlaceId, Project
from antiphon.standin.client_shapes import words_of
from antiphon.store import open_store
from antiphon.timer import Timer
from bench.stage import stage

_AT_ONCE = 100
_NAP = 30.0
_MOST = 0.001  # of a core
_LIMIT = 3  # turns at work


async def idle(seconds: float) -> float:
    """The CPU of an event loop that only waits, in seconds."""
    before = time.process_time()
    for _ in range(math.ceil(seconds / _NAP)):
        await asyncio.sleep(min(seconds, _NAP))
    return time.process_time() - before


async def measure(many: int, seconds: float) -> None:
    with tempfile.TemporaryDirectory() as directory:
        project = Project("site", Path(directory), frozenset((PlaceId(1),)))
        async with open_store(Path(directory, "antiphon.db"), time.time) as store:
            hub = await store.hold("hub", "bench", 3600.0)
            assert hub is not None
            daily, later = Every(86_400.0, 0.0), time.time() + 80_000
            one = ScheduledPrompt(ScheduleId("0"), "one", "site", "check", daily, next=later)
            for n in range(many):
                await store.put_schedule(replace(one, id=ScheduleId(str(n))))
            timer = asyncio.create_task(Timer(store, hub, Projects([project]), NoPlaces(), time.time).run())
            await asyncio.sleep(1.0)
            before = time.process_time()
            await asyncio.sleep(seconds)
            used = time.process_time() - before
            bare = await idle(seconds)
            holds = "yes" if used / seconds <= _MOST else "NO"
            print(f"{many:,} schedules, nothing due for {seconds:.0f} s: {used / seconds:.4%} of a core")
            print(f"a loop that only waits: {bare / seconds:.4%}; at most {_MOST:.1%}: {holds}")
            now = time.time()
            for n in range(_AT_ONCE):
                await store.put_schedule(replace(one, id=ScheduleId(f"due {n}"), next=now + 2.0))
            await asyncio.sleep(max(0.0, now + 2.0 - time.time()))
            begun = time.monotonic()
            while sum(run.state == "started" for run in await store.open_runs()) < _AT_ONCE:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
            print(f"{_AT_ONCE} due at one moment: all in the inbox {time.monotonic() - begun:.2f} s later")
            timer.cancel()
            await asyncio.wait({timer})


async def at_once(many: int) -> None:
    """A bridge, and so many schedules that come due while it is away."""
    names = [f"run-{n}" for n in range(many)]
    # Turns that take their time: quick ones are over before Discord, at one message a second, has opened their threads.
    one = {"project": "playground", "when": "every 1h", "prompt": "sleep 4\nsay: done"}
    limits = {"sessions_at_work": _LIMIT, "processes": _LIMIT}
    async with stage({**{f"schedules.{name}": one for name in names}, "limits": limits}) as set_up:
        await set_up.bridge.stop()
        database = sqlite3.connect(set_up.world.root / "state" / "antiphon.db", isolation_level=None)
        database.execute("UPDATE schedule SET next = ?", (time.time(),))
        begun, most, over, waited = time.monotonic(), 0, 0, set[str]()
        await set_up.bridge.start()
        while over < many:
            states = dict(database.execute("SELECT state, count(*) FROM inbox GROUP BY state").fetchall())
            most, over = max(most, states.get("running", 0)), states.get("done", 0)
            for id_, place in list(set_up.ada.channels.items()):
                if place.get("name") in names and any("in line" in words_of(one) for one in set_up.ada.messages(id_)):
                    waited.add(id_)
            await asyncio.sleep(0.2)
        asked = sum(one.kind == "main" for one in set_up.standin.model.requests)
        database.close()
    print(
        f"{many} turns due at one moment: {most} at work at most (limit {_LIMIT}: "
        f"{'yes' if most <= _LIMIT else 'NO'}), {len(waited)} seen in line, {asked} asked of the model, "
        f"all done {time.monotonic() - begun:.0f} s later"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="bench.schedules", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--schedules", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--turns", type=int, default=100)
    given = parser.parse_args()
    asyncio.run(measure(given.schedules, given.seconds))
    asyncio.run(at_once(given.turns))
