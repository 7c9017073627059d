"""Which files below a directory were written lately, as far as that can be told by looking.

In a repository git names what differs from its newest commit, and what that commit has brought; elsewhere the
directories are looked through, so many of them at most.
"""

import os
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from antiphon.agent.disk.reading import DiskThreads
from antiphon.agent.git.command import Git
from antiphon.agent.git.trees import repository_of
from antiphon.errors import NotDone

_GRAIN = 0.05  # seconds by which a disk's clock may be behind
_MOST = 20_000  # files that are looked at
_SKIPPED = ("node_modules", "__pycache__", "target", "build", "dist")


async def written_since(root: Path, since: float, disk: DiskThreads) -> Sequence[Path]:
    """The files that were written since then (epoch seconds), where links lead, the newest first. Where nobody tells,
    none."""
    since -= _GRAIN
    with suppress(NotDone, OSError):
        if await repository_of(root) is not None:
            return await disk.run(root, _newer, root, await _differing(root), since)
        return await disk.run(root, _newer, root, [], since, walk=True)
    return ()


async def _differing(root: Path) -> list[str]:
    """What may have been written: what differs, what is new, and what the newest commit has changed."""
    git = await Git(root).without_programs()
    found: list[str] = []
    for asked in (
        ("ls-files", "--modified", "--others", "--exclude-standard", "--deduplicate", "-z"),
        ("diff", "--cached", "--name-only", "-z", "--no-ext-diff", "--no-textconv"),
        ("diff-tree", "-r", "-m", "--root", "--no-commit-id", "--name-only", "-z", "HEAD"),
    ):
        told = await git.run(*asked)
        found += told.names if told.code == 0 else []
    return list(dict.fromkeys(found))


def _newer(root: Path, names: Iterable[str], since: float, *, walk: bool = False) -> list[Path]:
    """Those of the files that were written since then. Reads directories."""
    found: list[tuple[float, Path]] = []
    for looked, name in enumerate(_walk(root) if walk else names):
        if looked == _MOST:
            break
        path = root / name
        with suppress(OSError, ValueError):
            at = path.stat().st_mtime
            if since <= at <= time.time() + 1 and path.is_file():
                found.append((at, Path(os.path.realpath(path))))
    return [path for _, path in sorted(found, reverse=True)]


def _walk(root: Path) -> Iterable[str]:
    for directory, folders, files in os.walk(root):
        folders[:] = [one for one in folders if not one.startswith(".") and one not in _SKIPPED]
        yield from (os.path.relpath(os.path.join(directory, name), root) for name in files)
