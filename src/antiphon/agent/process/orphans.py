"""Ends what a Claude Code, or a bridge, that was killed leaves running: processes with nobody to report to.

They are found by a mark in their environment, which they inherit whatever group or parent they have by now. Linux only:
elsewhere nothing is found. Run as a script of its own (`python -I -S orphans.py MARK`) it waits for the end of its
input, which is the end of whoever started it, and ends the orphans then.
"""

import hashlib
import os
import signal
import sys
import time
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

MARK = "ANTIPHON_PROCESS"  # names the Claude Code process that a process descends from: its files, bridge, its own name
_TRIES, _PAUSE = 100, 0.02  # seconds; a killed process is gone in a few ms, its memory in some more


def mark_prefix(files: Path) -> str:
    """The beginning of the marks of all that was ever started for these files, by whichever process of a bridge."""
    return f"{hashlib.sha256(os.fsencode(files)).hexdigest()[:16]}:"


def end_orphans(mark: str) -> int:
    """SIGKILL to every process of ours whose mark begins with `mark`; how many there were. They are gone on return."""
    ended: set[int] = set()
    for _ in range(_TRIES):
        found = list(_processes_with(f"{MARK}={mark}".encode()))
        for process in found:
            with suppress(OSError):
                os.kill(process, signal.SIGKILL)
        ended.update(found)
        if not found:
            break
        time.sleep(_PAUSE)
    return len(ended)


@asynccontextmanager
async def ended_with_us(mark: str) -> AsyncGenerator[None]:
    """While inside, a small process waits for our end, however it comes, and ends then what carries the mark."""
    if not sys.platform.startswith("linux"):
        yield
        return
    import asyncio  # here: the script is to be small

    command = (sys.executable, "-I", "-S", __file__, mark)
    quiet = asyncio.subprocess.DEVNULL
    guard = await asyncio.create_subprocess_exec(
        *command, stdin=asyncio.subprocess.PIPE, stdout=quiet, stderr=quiet, env={}, start_new_session=True
    )
    try:
        yield
    finally:
        assert guard.stdin is not None
        guard.stdin.close()
        await guard.wait()


def _processes_with(line: bytes) -> Iterator[int]:
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # somebody else's, or just ended
            variables = (entry / "environ").read_bytes().split(b"\0")
            if int(entry.name) != os.getpid() and any(variable.startswith(line) for variable in variables):
                yield int(entry.name)


if __name__ == "__main__":
    sys.stdin.buffer.read()
    end_orphans(sys.argv[1])
