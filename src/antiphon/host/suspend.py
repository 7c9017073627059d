"""Notices that the machine has slept: the clock on the wall has gone on, the one that measures has not."""

import asyncio
from collections.abc import Callable

from antiphon.core.ports import Clock

_EVERY = 5.0  # seconds between two looks
_JUMP = 30.0  # seconds by which the clocks must differ; less is a correction of the time


async def watch_sleep(wall: Clock, monotonic: Clock, woken: Callable[[float], None], every: float = _EVERY) -> None:
    """Until cancelled: `woken` is called with the seconds that the machine has slept, soon after it wakes. A clock that
    is put forward by as much is taken for that too."""
    before = wall() - monotonic()
    while True:
        await asyncio.sleep(every)
        now = wall() - monotonic()
        if now - before > _JUMP:
            woken(now - before)
        before = now
