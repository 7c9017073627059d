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
_BATCH = 50
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
        names = [name for name in named.names if name != FILE][: _MOST_FILES + 1]
        asked = b"".join(os.fsencode(name) + b"\0" for name in names)
        ignored = await git.run("check-ignore", "--stdin", "-z", given=asked) if names else named
    except NotDone as error:
        return Included(left=f"{FILE} ({error})")
    found, copied, left = ignored.names, 0, "" if named.code >= 0 else FILE
    left = left or next(iter(found[_MOST_FILES:]), "")
    room = _MOST_BYTES
    for at in range(0, len(found[:_MOST_FILES]), _BATCH):  # so that each is within the limit of a disk's answer
        done = await disk.run(tree, _copy, root, tree, found[at : at + _BATCH], room)
        copied, left, room = copied + done.copied, left or done.left, done.room
    return Included(copied, left)


@dataclass(frozen=True, slots=True)
class _Copied(Included):
    room: int = 0


def _copy(root: Path, tree: Path, names: Sequence[str], room: int) -> _Copied:
    """Reads and writes files. `room`: bytes that may still be copied."""
    copied, left = 0, ""
    for name in names:
        target = tree / name
        partial = target.with_name(f".{target.name[:60]}.part")
        try:
            if os.path.lexists(target) or not _is_inside(target.parent, tree):
                continue
            with open_regular(root / name, root) as source:
                if os.fstat(source.fileno()).st_size > room:
                    left = left or name
                    continue
                room -= os.fstat(source.fileno()).st_size
                target.parent.mkdir(parents=True, exist_ok=True)
                partial.unlink(missing_ok=True)
                with partial.open("xb") as into:
                    shutil.copyfileobj(source, into)
            shutil.copymode(root / name, partial)
            partial.replace(target)  # a copy that was cut off is not taken for one
        except OSError as error:
            if error.errno in _FULL:
                raise
            left = left or name  # a link that leads elsewhere, a pipe, somebody else's
            continue
        copied += 1
    return _Copied(copied, left, room)


def _is_inside(directory: Path, tree: Path) -> bool:
    """Whether a directory that may not be there yet lies in the tree: a link in it may lead elsewhere."""
    return directory.resolve().is_relative_to(tree.resolve())
