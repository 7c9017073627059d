"""A process that has lost a lease writes nothing, whoever in it asks, and is told at once."""

import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path

import pytest
from store_samples import Clock, a_call, hold_hub, hold_worker

from antiphon.core.records import Audit, Withdrawal
from antiphon.core.values import MessageId, PlaceId
from antiphon.store import Fenced, Store, open_store

UNASKED: dict[str, Callable[[Store], Awaitable[object]]] = {
    "accept": lambda store: store.accept(a_call(2)),
    "seen": lambda store: store.seen(PlaceId(1), MessageId(5)),
    "note": lambda store: store.note(Audit("stop", None, None, "ada", "command", {})),
    "withdraw": lambda store: store.withdraw("message:1", Withdrawal("removed", "Ada")),
    "note_identify": lambda store: store.note_identify(),
}


@pytest.mark.parametrize("write", UNASKED.values(), ids=UNASKED.keys())
async def test_a_write_that_names_no_lease_is_refused_as_well(
    file: Path, clock: Clock, write: Callable[[Store], Awaitable[object]]
) -> None:
    told: list[str] = []
    async with open_store(file, clock, fenced=told.append) as store:
        await hold_hub(store)
        await hold_worker(store)
        await store.accept(a_call(1))
        with closing(sqlite3.connect(file)) as connection, connection:  # another process takes over
            connection.execute("UPDATE lease SET epoch = epoch + 1 WHERE name = 'hub'")
        with pytest.raises(Fenced):
            await write(store)
        assert len(told) == 1
        assert "hub is held under epoch 2 now" in told[0]


async def test_what_was_never_taken_binds_nobody(store: Store) -> None:
    assert await store.accept(a_call(1))


async def test_a_lease_can_be_looked_at_where_nothing_can_be_written(store: Store) -> None:
    first = await hold_hub(store)
    assert await store.is_mine(first)
    second = await hold_hub(store)
    assert not await store.is_mine(first)
    assert await store.is_mine(second)


async def test_identifies_are_kept_over_restarts_for_a_day(file: Path, clock: Clock) -> None:
    async with open_store(file, clock) as store:
        await store.note_identify()
        clock.now += 100
        await store.note_identify()
    async with open_store(file, clock) as store:
        assert await store.identifies(0.0) == [clock.now - 100, clock.now]
        assert await store.identifies(clock.now - 50) == [clock.now]
        clock.now += 86_400 - 50
        await store.note_identify()
        assert await store.identifies(0.0) == [clock.now - 86_350, clock.now]
