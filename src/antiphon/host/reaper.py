"""Takes leave of processes that nobody waits for, where the bridge is process 1 of a container: what loses its parent
there becomes its child, and would stay as a zombie when it ends."""

import asyncio
import os
from contextlib import suppress
from pathlib import Path

_EVERY = 30.0  # seconds between two looks; whoever waits for a child of its own does so within milliseconds


async def reap_orphans(every: float = _EVERY) -> None:
    """Until cancelled. A child that has ended between two looks is left to whoever started it."""
    before: frozenset[int] = frozenset()
    while True:
        found = frozenset(await asyncio.to_thread(_zombies, os.getpid()))
        for pid in found & before:
            with suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)  # noqa: ASYNC222 - it has ended: this does not wait
        before = found - before
        await asyncio.sleep(every)


def _zombies(parent: int) -> list[int]:
    """The children of a process that have ended, and that nobody has waited for."""
    found: list[int] = []
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            fields = (entry / "stat").read_text(errors="replace").rpartition(")")[2].split()  # proc(5), from the third
            if fields[0] == "Z" and int(fields[1]) == parent:
                found.append(int(entry.name))
    return found
