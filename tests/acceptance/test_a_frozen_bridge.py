"""Two bridges on one state: the one that was taken for dead, and is not, does nothing more."""

import asyncio
import os
import signal
import sqlite3
import time
from collections.abc import AsyncGenerator
from contextlib import closing

import pytest
from bench.processes import claudes_of

from antiphon.demo.process import BridgeProcess

from chain import Chain, Json

pytestmark = pytest.mark.slow

TAKEN = "another bridge has taken over, this one leaves at once"
LEASE = 16.0  # seconds after which the first one cannot be sure any more


def rows(chain: Chain) -> dict[str, list[tuple]]:
    """Everything in the database but the leases, which whoever runs prolongs."""
    with closing(sqlite3.connect(chain.world.root / "state" / "antiphon.db")) as connection:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {one: connection.execute(f"SELECT * FROM {one}").fetchall() for one in tables if one != "lease"}


def locked(chain: Chain) -> bool:
    """Whether somebody is writing into the database."""
    with closing(sqlite3.connect(chain.world.root / "state" / "antiphon.db", timeout=0.0)) as connection:
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return True
        return False


def alive(processes: list[int]) -> list[int]:
    return [one for one in processes if os.path.exists(f"/proc/{one}")]


async def deeds(chain: Chain) -> list[Json]:
    """What was asked of Discord that changes something."""
    return [one for one in await chain.requests() if one["method"] != "GET" and one["by"] == "antiphon"]


@pytest.fixture
async def second(chain: Chain) -> AsyncGenerator[BridgeProcess]:
    """Another bridge on the same state, not yet started."""
    bridge = BridgeProcess(chain.world.config, chain.world.environment())
    yield bridge
    if bridge.lines:
        await bridge.stop()
        print("\n".join(["the second bridge said:", *bridge.lines]))


async def replaced(chain: Chain, second: BridgeProcess) -> None:
    """Freeze the first bridge, lose its locks, start the second."""
    os.kill(chain.bridge.pid, signal.SIGSTOP)
    while locked(chain):  # frozen in the middle of a write, it would keep everybody out
        os.kill(chain.bridge.pid, signal.SIGCONT)
        await asyncio.sleep(0.05)
        os.kill(chain.bridge.pid, signal.SIGSTOP)
    locks = [*chain.world.root.rglob("*.lock")]
    assert len(locks) == 2
    for lock in locks:
        lock.unlink()
    await second.start()


async def at_rest(chain: Chain) -> dict[str, list[tuple]]:
    """Wait until the second bridge has nothing left to write; what it has written."""
    before = rows(chain)
    while True:
        await asyncio.sleep(1.5)
        now = rows(chain)
        if now == before:
            return now
        before = now


async def quiet(chain: Chain) -> None:
    """Wait until nothing is asked of Discord any more."""
    before = -1
    while (now := len(await deeds(chain))) != before:
        before = now
        await asyncio.sleep(1.5)


async def woken(chain: Chain, frozen: float) -> None:
    """The first bridge wakes, when its leases have run out since it was `frozen`, and leaves."""
    await asyncio.sleep(max(0.0, frozen + LEASE - time.monotonic()))  # its leases are real
    before, asked = await at_rest(chain), len(await deeds(chain))
    os.kill(chain.bridge.pid, signal.SIGCONT)
    async with asyncio.timeout(10):
        assert await chain.bridge.ended() == 74
    await asyncio.sleep(1)  # what it had set going, had it set anything going
    assert rows(chain) == before
    assert len(await deeds(chain)) == asked
    assert any(TAKEN in line for line in chain.bridge.lines)
    assert "Traceback" not in "\n".join(chain.bridge.lines)


async def test_a_bridge_that_was_frozen_in_a_turn_wakes_and_writes_nothing(chain: Chain, second: BridgeProcess) -> None:
    place = await chain.ask("stream 200000 20")
    await chain.ada.until(lambda _: len(chain.answer(place)) > 500, 30)
    claudes = claudes_of(chain.bridge.pid)
    assert claudes
    frozen = time.monotonic()
    await replaced(chain, second)
    await chain.ended(place)
    await chain.ask("say: the second is here", place)
    await chain.ended(place, 2)
    await woken(chain, frozen)
    assert not alive(claudes)
    await chain.ask("say: and stays", place)
    assert "Done" in await chain.ended(place, 3)


@pytest.mark.slow
async def test_a_bridge_that_was_frozen_idle_wakes_and_takes_nothing_up(chain: Chain, second: BridgeProcess) -> None:
    place = await chain.ask("say: one")
    await chain.ended(place)
    await quiet(chain)  # a request of which half is sent goes on with its process
    frozen = time.monotonic()
    await replaced(chain, second)
    await chain.ask("say: two", place)  # the first bridge has it in its socket when it wakes
    await chain.ended(place, 2)
    await woken(chain, frozen)
    assert chain.prompts() == ["say: one", "say: two"]
