"""Ends what a Claude Code, or a bridge, leaves running when it ends: processes with nobody to report to.

They are found in two ways. By a mark in their environment, which they inherit whatever group or parent they have by
now; and by descent, noted while Claude Code lives, for those whose environment was taken from them: Claude Code adopts
what its children leave behind (exec_wrapper.py), so that nobody gets out of the family by a fork. Linux only: elsewhere
nothing is found. Run as a script of its own (`python -I -S orphans.py MARK DIRECTORY`) it waits for the end of its
input, which is the end of whoever started it, and ends the orphans then.
"""

import hashlib
import os
import signal
import sys
import threading
import time
from collections.abc import AsyncGenerator, Iterable, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

MARK = "ANTIPHON_PROCESS"  # names the Claude Code process that a process descends from: its files, bridge, its own name
Process = tuple[int, int]  # its id, and when it began, in ticks since the boot: ids are used again

_NOTES = ".descendants"  # suffix of the files in which the descendants of a Claude Code are noted
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


def descendants(root: int) -> frozenset[Process]:
    """The processes below one, as far down as they go."""
    children: dict[int, list[Process]] = {}
    for process, parent in _living():
        children.setdefault(parent, []).append(process)
    found: set[Process] = set()
    new = {root}
    while new:
        below = {one for parent in new for one in children.get(parent, [])} - found
        found |= below
        new = {pid for pid, _ in below}
    return frozenset(found)


def note(processes: frozenset[Process], directory: Path, name: str) -> None:
    """Let whoever ends orphans after our own end know of these; none: there are no more."""
    if not processes:
        (directory / f"{name}{_NOTES}").unlink(missing_ok=True)
        return
    part = directory / f"{name}.{threading.get_ident()}.part"  # a look that is under way may note at the same time
    part.write_text("".join(f"{pid} {began}\n" for pid, began in processes))
    part.rename(directory / f"{name}{_NOTES}")


def noted(directory: Path) -> frozenset[Process]:
    """All that was noted in a directory."""
    lines = [line.split() for file in directory.glob(f"*{_NOTES}") for line in file.read_text().splitlines()]
    return frozenset((int(pid), int(began)) for pid, began in lines)


def end_processes(processes: Iterable[Process], grace: float = 0.0) -> int:
    """SIGKILL to those of these processes that still live after `grace` seconds; how many. They are gone on return."""
    wanted, until, ended = frozenset(processes), time.monotonic() + grace, set[Process]()
    for _ in range(_TRIES + int(grace / _PAUSE)):
        living = {process for process, _ in _living()} & wanted
        if not living:
            break
        if time.monotonic() >= until:
            for pid, _ in living:
                with suppress(OSError):
                    os.kill(pid, signal.SIGKILL)
            ended |= living
        time.sleep(_PAUSE)
    return len(ended)


@asynccontextmanager
async def ended_with_us(mark: str, directory: Path) -> AsyncGenerator[None]:
    """While inside, a small process waits for our end, however it comes, and ends then what carries the mark, and what
    is noted in the directory."""
    if not sys.platform.startswith("linux"):
        yield
        return
    import asyncio  # here: the script is to be small

    command = (sys.executable, "-I", "-S", __file__, mark, str(directory))
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


def _living() -> Iterator[tuple[Process, int]]:
    """Each process with its parent."""
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            fields = (entry / "stat").read_text(errors="replace").rpartition(")")[2].split()  # proc(5), from the third
            if fields[0] != "Z":
                yield (int(entry.name), int(fields[19])), int(fields[1])


def _processes_with(line: bytes) -> Iterator[int]:
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # somebody else's, or just ended
            variables = (entry / "environ").read_bytes().split(b"\0")
            if int(entry.name) != os.getpid() and any(variable.startswith(line) for variable in variables):
                yield int(entry.name)


if __name__ == "__main__":
    sys.stdin.buffer.read()
    descended = noted(Path(sys.argv[2]))  # before its owner removes it
    end_orphans(sys.argv[1])
    end_processes(descended)
