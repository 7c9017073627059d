"""What runs below a bridge, or was left behind by one (Linux: /proc). For tests, bench and chaos."""

import asyncio
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from antiphon.agent.process import orphans


def claudes_of(bridge: int) -> list[int]:
    """The Claude Code processes of a bridge, by their process ids (Linux: /proc)."""
    guard = os.fsencode(orphans.__file__)
    found: list[int] = []
    for entry, command, _ in _processes():
        with suppress(OSError):
            state, parent = (entry / "stat").read_text().rpartition(")")[2].split()[:2]
            is_claude = b"stream-json" in command and guard not in command  # not git, nor a fork that is no program yet
            if int(parent) == bridge and state != "Z" and is_claude:
                found.append(int(entry.name))
    return sorted(found)


async def left_behind(root: Path, tries: int = 100) -> list[str]:
    """The command lines of processes with this directory in their environment that still live after ten seconds
    (those that are just ending get that time). `tries`: how often to look, a tenth of a second apart."""
    left: list[str] = []
    for _ in range(tries):
        found = await asyncio.to_thread(lambda: list(_processes()))
        left = [
            os.fsdecode(command.replace(b"\0", b" "))[:200] for _, command, env in found if os.fsencode(root) in env
        ]
        if not left:
            break
        await asyncio.sleep(0.1)
    return left


def commands_with(part: str) -> list[str]:
    """The command lines of other processes in which that stands."""
    found = (os.fsdecode(command.replace(b"\0", b" ")) for _, command, _ in _processes())
    return [one for one in found if part in one]


def _processes() -> Iterator[tuple[Path, bytes, bytes]]:
    """Every other process that we may look into: its place in /proc, its command line, its environment."""
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if int(entry.name) != os.getpid():
                yield entry, (entry / "cmdline").read_bytes(), (entry / "environ").read_bytes()
