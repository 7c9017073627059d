"""A sleep of the machine is noticed: by two clocks of which one stood still."""

import asyncio

from antiphon.host.suspend import watch_sleep

from fakes import Clock
from virtual_time import run_virtually


def slept(*hours: tuple[float, float]) -> list[float]:
    """What is told when, every ten seconds, the clock on the wall and the other one have gone on by that much."""
    wall, monotonic, told = Clock(), Clock(50.0), list[float]()

    async def played() -> None:
        task = asyncio.create_task(watch_sleep(wall, monotonic, told.append, every=10.0))
        await asyncio.sleep(1)
        for by_wall, by_monotonic in hours:
            wall.now += by_wall
            monotonic.now += by_monotonic
            await asyncio.sleep(10)
        task.cancel()
        await asyncio.wait({task})

    run_virtually(played())
    return told


def test_a_night_is_told_once_and_the_next_one_again() -> None:
    assert slept((10, 10), (30_010, 10), (10, 10), (10, 10), (40, 5)) == [30_000, 35]


def test_a_frozen_process_a_correction_and_a_clock_that_is_put_back_are_no_sleep() -> None:
    assert slept((3600, 3600), (12, 10), (39, 10), (-7200, 10), (10, 10)) == []
