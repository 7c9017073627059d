"""Prints how long the store takes on the disk of DIRECTORY: `measure_store.py DIRECTORY`."""

import asyncio
import statistics
import sys
import time
from pathlib import Path

from store_samples import a_call, claim_all, hold_worker, whole_turn

from antiphon.core.rows import Closing
from antiphon.store import open_store

ROUNDS = 1000


def told(what: str, took: list[float]) -> None:
    cuts = statistics.quantiles((1000 * seconds for seconds in took), n=100)
    print(f"{what}: p50 {cuts[49]:.2f} ms, p99 {cuts[98]:.2f} ms")


async def main(file: Path) -> None:
    accepts: list[float] = []
    turns: list[float] = []
    async with open_store(file, time.time) as store:
        worker = await hold_worker(store)
        for message in range(1, ROUNDS + 1):
            start = time.perf_counter()
            await store.accept(a_call(message, place=message % 50))
            accepts.append(time.perf_counter() - start)
        while True:
            start = time.perf_counter()
            items = await claim_all(store, worker, room=1)
            for item in items:
                await store.emit(worker, whole_turn(item, "text"), [Closing(item.n, "done")])
            if not items:
                break
            turns.append(time.perf_counter() - start)
    told("accept", accepts)
    told("claim and emit of a whole turn", turns)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]) / "measure.db"))
