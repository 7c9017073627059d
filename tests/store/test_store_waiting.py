"""The doorbell, and what happens when the database makes us wait."""

import asyncio
import sqlite3
import threading
from collections.abc import Coroutine, Generator, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from store_samples import Clock, a_call, begin, claim_all, hold_hub, hold_worker, pending, whole_turn

from antiphon.core.records import Audit, Closing
from antiphon.errors import StoreError
from antiphon.store import Busy, Store, open_store

LONG = 30.0  # seconds; a test that waits that long has failed


def task(work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
    return asyncio.create_task(work, name="waits")


@contextmanager
def locked_by_another_program(file: Path) -> Generator[sqlite3.Connection]:
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield other


async def test_a_ring_before_the_wait_is_not_lost(store: Store):
    await store.accept(a_call(1))
    async with asyncio.timeout(LONG / 2):
        await store.wait("inbox", LONG)


async def test_a_wait_without_a_ring_ends_in_time(store: Store):
    async with asyncio.timeout(LONG):
        await store.wait("inbox", 0.01)


async def test_a_ring_is_used_up_by_a_wait(store: Store):
    await store.accept(a_call(1))
    await store.wait("inbox", LONG)
    again = task(store.wait("inbox", LONG))
    await store.overview()  # a round through the thread: whatever rang has arrived
    assert not again.done()
    await store.accept(a_call(1))
    await again


async def test_one_ring_wakes_all_who_wait(store: Store):
    waiting = [task(store.wait("inbox", LONG)) for _ in range(3)]
    await asyncio.sleep(0)
    await store.accept(a_call(1))
    async with asyncio.timeout(LONG / 2):
        await asyncio.gather(*waiting)


async def test_events_ring_the_hub_and_an_end_rings_the_worker_too(store: Store):
    worker = await hold_worker(store)
    await store.accept(a_call(1))
    [item] = await claim_all(store, worker)
    await store.wait("inbox", LONG)
    await store.wait("outbox", LONG)
    hub_waits, worker_waits = task(store.wait("outbox", LONG)), task(store.wait("inbox", LONG))
    await store.emit(worker, [begin(item)])
    await hub_waits
    assert not worker_waits.done()
    hub_waits = task(store.wait("outbox", LONG))
    await store.emit(worker, whole_turn(item), [Closing(item.n, "done")])
    async with asyncio.timeout(LONG / 2):
        await asyncio.gather(hub_waits, worker_waits)


async def test_the_caller_goes_on_before_those_whom_the_bell_wakes(store: Store):
    order: list[str] = []

    async def woken() -> None:
        await store.wait("inbox", LONG)
        order.append("woken")

    async def accepting() -> None:
        await store.accept(a_call(1))
        order.append("caller")

    waiting = task(woken())
    await asyncio.sleep(0)
    await task(accepting())
    await waiting
    assert order == ["caller", "woken"]


class SlowBody(Mapping[str, Any]):
    """What an audit keeps; it is read, inside the transaction, until `go` is set."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.read = asyncio.Event()
        self.go = threading.Event()

    def __iter__(self) -> Iterator[str]:
        self.loop.call_soon_threadsafe(self.read.set)
        assert self.go.wait(LONG)
        return iter(())

    def __getitem__(self, key: str) -> Any:
        raise KeyError(key)

    def __len__(self) -> int:
        return 0


async def test_a_caller_that_is_cancelled_silences_no_bell(store: Store):
    body = SlowBody()
    audit = Audit("stop", None, None, "ann", "command", body)
    asking = task(store.accept(replace(a_call(1), audit=audit)))
    await body.read.wait()
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    body.go.set()
    async with asyncio.timeout(LONG / 2):
        await store.wait("inbox", LONG)
    assert (await store.overview()).queued == 1


async def test_the_event_loop_goes_on_while_a_write_waits_for_a_lock(store: Store, file: Path):
    with locked_by_another_program(file):
        asking = task(store.accept(a_call(1)))
        for _ in range(20):
            await asyncio.sleep(0.005)  # a tenth of a second in which it could fail
        assert not asking.done()
    assert await asking is True


async def test_the_event_loop_goes_on_while_leaving_waits_for_a_write(file: Path, clock: Clock):
    async def accept_and_leave() -> bool:
        async with open_store(file, clock) as store:
            opened.set()
            await locked.wait()
            asking = task(store.accept(a_call(1)))
            await asyncio.sleep(0)
        return await asking

    opened, locked = asyncio.Event(), asyncio.Event()
    leaving = task(accept_and_leave())
    await opened.wait()
    with locked_by_another_program(file):
        locked.set()
        for _ in range(20):
            await asyncio.sleep(0.005)  # a tenth of a second in which it could fail
        assert not leaving.done()
    assert await leaving is True


async def test_reading_goes_on_while_another_program_writes(store: Store, file: Path):
    await store.accept(a_call(1))
    hub = await hold_hub(store)
    with locked_by_another_program(file):
        assert (await store.overview()).queued == 1
        assert list(await pending(store, hub)) == []


async def test_a_lock_that_is_held_too_long_is_busy_and_asking_again_is_right(file: Path, clock: Clock):
    async with open_store(file, clock, busy=0.02) as store:
        with locked_by_another_program(file), pytest.raises(Busy, match=r"antiphon\.db: database is locked"):
            await store.accept(a_call(1))
        assert Busy in store.transient
        assert await store.accept(a_call(1)) is True


async def test_a_refusal_of_the_database_is_not_worth_asking_again(store: Store, file: Path):
    with closing(sqlite3.connect(file)) as other, other:
        other.execute("DROP TABLE watermark")
    with pytest.raises(StoreError, match="no such table: watermark") as refusal:
        await store.accept(a_call(1))
    assert not isinstance(refusal.value, store.transient)
    assert (await store.overview()).sessions == 0


async def test_what_may_write_takes_its_lock_before_it_reads(file: Path, clock: Clock):
    async with open_store(file, clock, busy=0.02) as store:
        worker = await hold_worker(store)
        with locked_by_another_program(file), pytest.raises(Busy):
            await claim_all(store, worker)  # there is nothing to write, and only reading would tell
        assert await claim_all(store, worker) == []
