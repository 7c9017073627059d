"""Whoever may have lost a lease asks nothing of Discord before it has looked."""

import asyncio
import sqlite3
from collections.abc import AsyncGenerator
from contextlib import closing
from pathlib import Path
from typing import NoReturn

import aiohttp
import pytest

from antiphon.core.health import Health
from antiphon.leadership import Leadership
from antiphon.standin import StandIn
from antiphon.status import read_status
from antiphon.store import Store, open_store

from fakes import Clock


class Left(Exception):
    """In place of the process's end."""


def leave(why: str) -> NoReturn:
    raise Left(why)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def store(tmp_path: Path, clock: Clock) -> AsyncGenerator[Store]:
    async with open_store(tmp_path / "antiphon.db", clock) as store:
        yield store


def taken_over(state: Path) -> None:
    with closing(sqlite3.connect(state / "antiphon.db")) as connection, connection:
        connection.execute("UPDATE lease SET epoch = epoch + 1, holder = 'another'")


async def test_after_a_gap_nothing_is_asked_of_discord_before_the_leases_are_ours(
    tmp_path: Path, clock: Clock, store: Store
) -> None:
    leadership = Leadership(store, Health(clock), tmp_path, clock, leave)
    await leadership.take("hub")
    trace = aiohttp.TraceConfig()
    leadership.guard(trace)
    async with StandIn() as standin, aiohttp.ClientSession(trace_configs=[trace]) as http:
        url = f"{standin.discord.url}/api/v10/gateway"
        async with http.get(url) as answer:
            assert answer.status == 200
        clock.now += 3600  # frozen, and nobody came: ours again
        async with http.get(url) as answer:
            assert answer.status == 200
        clock.now += 3600  # frozen, and somebody came
        taken_over(tmp_path)
        asked = len(standin.discord._faults.requests)
        results = await asyncio.gather(*(http.get(url) for _ in range(5)), return_exceptions=True)
        assert all(isinstance(one, Left) for one in results), results
        assert len(standin.discord._faults.requests) == asked


async def test_a_clock_that_was_set_back_is_a_gap_as_well(tmp_path: Path, clock: Clock, store: Store) -> None:
    leadership = Leadership(store, Health(clock), tmp_path, clock, leave)
    await leadership.take("hub")
    taken_over(tmp_path)
    await leadership.confirm()  # a moment ago it was
    clock.now -= 1
    with pytest.raises(Left):
        await leadership.confirm()


async def test_a_lost_lease_ends_the_keeping(tmp_path: Path, clock: Clock, store: Store) -> None:
    leadership = Leadership(store, Health(clock), tmp_path, clock, leave)
    await leadership.take("hub")
    taken_over(tmp_path)
    async with asyncio.timeout(5):
        with pytest.raises(Left):
            await leadership.keep()


async def test_the_bridges_word_follows_its_troubles_at_once(tmp_path: Path, clock: Clock, store: Store) -> None:
    health = Health(clock)
    leadership = Leadership(store, health, tmp_path, clock, leave)
    await leadership.take("hub")
    keeping = asyncio.create_task(leadership.keep())
    try:
        async with asyncio.timeout(3):  # less than between two renewals
            while read_status(tmp_path, clock()).report is None:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
            health.begin("rest", "Discord fails")
            while read_status(tmp_path, clock()).code != 1:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
            health.over("rest")
            while read_status(tmp_path, clock()).code != 0:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
    finally:
        keeping.cancel()
        await asyncio.wait({keeping})


async def test_leases_that_were_not_renewed_in_time_are_not_confirmed(
    tmp_path: Path, clock: Clock, store: Store
) -> None:
    leadership = Leadership(store, Health(clock), tmp_path, clock, leave)
    await leadership.take("hub")
    clock.now += 14
    assert leadership.is_confirmed
    clock.now += 1  # the watchdog is not fed now
    assert not leadership.is_confirmed
    await leadership.confirm()
    assert leadership.is_confirmed
