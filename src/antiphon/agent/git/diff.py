"""What differs in a project's working tree from its last commit."""

import asyncio
import os
import re
from collections.abc import Sequence
from pathlib import Path

from antiphon.agent.disk.reading import DiskThreads, read_regular
from antiphon.agent.git import wording
from antiphon.agent.git.command import LARGEST, Git
from antiphon.core.requests import DiffText
from antiphon.errors import NotDone

_LIMIT = 15.0  # seconds for everything that is asked of git at once
_MOST_FILES = 1000  # untracked ones that are shown with their content
_LARGEST_FILE = 512 * 1024  # bytes of an untracked one that is shown with its content
_SAFE = ("--no-ext-diff", "--no-textconv", "--no-color", "--ignore-submodules=dirty", "--submodule=short")
_STATS = re.compile(r"(\d+) files? changed(?:, (\d+) insertions?\(\+\))?(?:, (\d+) deletions?\(-\))?")


async def diff(directory: Path, disk: DiskThreads) -> DiffText:
    """The working tree below a directory against the last commit; untracked files are in it too. NotDone when there is
    no repository, or it takes too long."""
    try:
        async with asyncio.timeout(_LIMIT):
            return await _diff(directory, disk)
    except TimeoutError:
        raise NotDone(wording.no_answer(_LIMIT)) from None


async def _diff(directory: Path, disk: DiskThreads) -> DiffText:
    git = await Git(directory).without_programs()
    empty = await git.run("hash-object", "-t", "tree", os.devnull)
    head = await git.run("rev-parse", "--verify", "--quiet", "HEAD^{commit}")
    since = head.line if head.code == 0 else empty.line
    against = ("diff", *_SAFE, "--src-prefix=a/", "--dst-prefix=b/", "--relative", since)
    changes = await git.run(*against, "--")
    if changes.code > 0:
        raise NotDone(wording.NOT_COMPARED)
    counted = await git.run(*against, "--shortstat", "--")
    others = await git.run("ls-files", "--others", "--exclude-standard", "-z")
    untracked = sorted(name.decode("utf-8", "replace") for name in others.text.split(b"\0") if name)
    text = changes.text.decode("utf-8", "replace")
    stats = _STATS.search(counted.text.decode("utf-8", "replace"))
    files, added, removed = (int(one or 0) for one in stats.groups()) if stats else (0, 0, 0)
    new, lines, cut = await disk.run(directory, _new_files, directory, untracked, LARGEST - len(changes.text))
    return DiffText(
        text + new,
        files + len(untracked),
        added + lines,
        removed,
        tuple(untracked),
        cut=cut or len(changes.text) >= LARGEST,
    )


def _new_files(directory: Path, names: Sequence[str], room: int) -> tuple[str, int, bool]:
    """The diff of untracked files, its lines, and whether some had to be left out. Reads files."""
    parts: list[str] = []
    lines = 0
    for name in names[:_MOST_FILES]:
        shown, count = _new_file(directory / name, name)
        room -= len(shown.encode("utf-8", "replace"))
        if room < 0:
            break
        parts.append(shown)
        lines += count
    return "".join(parts), lines, len(parts) < len(names)


def _new_file(path: Path, name: str) -> tuple[str, int]:
    name = re.sub(r"[\x00-\x1f\x7f]", "?", name)
    head = f"diff --git a/{name} b/{name}\nnew file mode 100644\n"
    try:
        content = read_regular(path, _LARGEST_FILE + 1)
    except OSError:  # a link, a pipe: git tells of it, its content is nobody's business
        content = b"\0"
    if len(content) > _LARGEST_FILE or b"\0" in content:
        return f"{head}Binary files /dev/null and b/{name} differ\n", 0
    found = content.decode("utf-8", "replace").split("\n")
    unended = found.pop() or None
    count = len(found) + (unended is not None)
    if not count:
        return head, 0
    body = "".join(f"+{line}\n" for line in found)
    if unended is not None:
        body += f"+{unended}\n\\ No newline at end of file\n"
    return f"{head}--- /dev/null\n+++ b/{name}\n@@ -0,0 +1,{count} @@\n{body}", count
