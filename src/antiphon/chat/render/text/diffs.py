"""Unified diffs, as git writes them, line by line. Pure; any text is read."""

from collections.abc import Iterator
from typing import Literal

DiffKind = Literal["file", "hunk", "added", "removed", "same"]

_SIGNS: dict[str, DiffKind] = {"+": "added", "-": "removed", " ": "same"}
_FILE_CHANGES = ("new file", "deleted file", "rename to", "Binary files", "GIT binary patch")


def diff_lines(diff: str) -> Iterator[tuple[DiffKind, str]]:
    """The lines that are worth to be seen: each file's name, what became of it, and its changes."""
    inside = False
    for line in diff.split("\n"):
        if line.startswith("diff --git "):
            inside = False
            yield "file", line.rpartition(" b/")[2].rstrip('"')
        elif line.startswith("@@"):
            inside = True
            yield "hunk", line
        elif inside and line[:1] in _SIGNS:
            yield _SIGNS[line[0]], line[1:]
        elif line.startswith(_FILE_CHANGES) or (inside and line.startswith("\\")):
            yield "hunk", line
