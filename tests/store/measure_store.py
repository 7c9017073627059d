"""Prints how long the store takes on the disk of DIRECTORY, where so many turns are in it already:
`measure_store.py DIRECTORY [TURNS]`."""

import asyncio
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from store_samples import a_call, claim_all, hold_hub, hold_worker, prompt_of, whole_turn

from antiphon.core.records import Closing, Lease
from antiphon.store import Store, open_store

PLACES = 200
TEXTS = ("a paragraph " * 60,) * 18  # with begin and end twenty rows, 14 kB
ROUNDS = 200


async def print_times(what: str, act: Callable[[int], Awaitable[object]], rounds: int = ROUNDS) -> None:
    took: list[float] = []
    for number in range(rounds):
        start = time.perf_counter()
        await act(number)
        took.append(1000 * (time.perf_counter() - start))
    cuts = statistics.quantiles(took, n=100)
    print(f"{what}: p50 {cuts[49]:.2f} ms, p99 {cuts[98]:.2f} ms")


async def fill(store: Store, hub: Lease, worker: Lease, turns: int) -> None:
    """Turns that are over and posted."""
    for message in range(1, turns + 1):
        await store.accept(a_call(message, place=message % PLACES))
        for item in await claim_all(store, worker):
            await store.emit(worker, whole_turn(item, *TEXTS), [Closing(item.n, "done", 0.1)])
            await store.posted(hub, item.session.id, prompt_of(item).turn)


async def measure(store: Store, hub: Lease, worker: Lease) -> None:
    await print_times("claim, nothing to do", lambda _: claim_all(store, worker))
    await print_times("accept", lambda number: store.accept(a_call(10**6 + number, place=number % PLACES)))
    await print_times(f"line, {ROUNDS} in it", lambda _: store.line())

    async def turn(_: int) -> None:
        for item in await claim_all(store, worker, room=1):
            await store.emit(worker, whole_turn(item, "text"), [Closing(item.n, "done")])

    await print_times("claim and emit of a whole turn", turn)
    await print_times(f"pending, {ROUNDS} turns", lambda _: store.pending(hub))
    await print_times("overview", lambda _: store.overview())
    await print_times("renew", lambda _: store.renew(worker, 10))


async def main(file: Path, turns: int) -> None:
    async with open_store(file, time.time) as store:
        hub, worker = await hold_hub(store), await hold_worker(store)
        await fill(store, hub, worker, turns)
        await measure(store, hub, worker)
    print(f"{file.stat().st_size / 1e6:.0f} MB")  # noqa: ASYNC240
    start = time.perf_counter()
    async with open_store(file, time.time) as store:
        print(f"opened and checked in {time.perf_counter() - start:.2f} s")
        start = time.perf_counter()
        await hold_worker(store)
        print(f"taken over in {time.perf_counter() - start:.2f} s")


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]) / "measure.db", int(sys.argv[2]) if len(sys.argv) > 2 else 0))
