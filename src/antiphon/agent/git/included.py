"""Copies files that git does not know into a new working tree: those that it ignores and `.worktreeinclude` names, in
the syntax of .gitignore, as Claude Code does it for its own working trees.

What a repository names is data: nothing leaves the tree that it stands in, or lands beside the new one.
"""

import errno
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from antiphon.agent.disk.reading import DiskThreads, open_regular
from antiphon.agent.git.command import Git
from antiphon.errors import NotDone

FILE = ".worktreeinclude"
_MOST_FILES = 2000
_MOST_BYTES = 500 * 1024 * 1024
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO)


@dataclass(frozen=True, slots=True)
class Included:
    """How many files were copied, and of those that were not the first one, with the reason; "": there is none."""

    copied: int = 0
    left: str = ""


async def include(root: Path, tree: Path, disk: DiskThreads) -> Included:
    """Copy what belongs into a new tree from the one at `root`. A file that is there already stays as it is. OSError:
    the disk does not take one."""
    if not await disk.run(root, (root / FILE).is_file):
        return Included()
    git = Git(root)
    try:
        named = await git.run("ls-files", "--others", "--ignored", f"--exclude-from={FILE}", "-z")
        ignored = await git.run("ls-files", "--others", "--ignored", "--exclude-standard", "-z")
    except NotDone as error:
        return Included(left=f"{FILE} ({error})")
    both = set(ignored.names)
    return await disk.run(tree, _copy, root, tree, [name for name in named.names if name in both])


def _copy(root: Path, tree: Path, names: Sequence[str]) -> Included:
    """Reads and writes files."""
    copied, room, left = 0, _MOST_BYTES, next(iter(names[_MOST_FILES:]), "")
    for name in names[:_MOST_FILES]:
        target = tree / name
        try:
            if os.path.lexists(target) or not _is_inside(target.parent, tree):
                continue
            with open_regular(root / name, root) as source:
                room -= os.fstat(source.fileno()).st_size
                if room < 0:
                    return Included(copied, left or name)
                target.parent.mkdir(parents=True, exist_ok=True)
                with target.open("xb") as into:
                    shutil.copyfileobj(source, into)
                shutil.copymode(root / name, target)
        except OSError as error:
            if error.errno in _FULL:
                raise
            left = left or name  # a link that leads elsewhere, a pipe, somebody else's
            continue
        copied += 1
    return Included(copied, left)


def _is_inside(directory: Path, tree: Path) -> bool:
    """Whether a directory that may not be there yet lies in the tree: a link in it may lead elsewhere."""
    return directory.resolve().is_relative_to(tree.resolve())
