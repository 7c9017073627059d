"""Working trees of sessions: values. What is a project's, and what a session has of its own.

May not know: git, Discord, SQL.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Isolation = Literal["worktree", "shared", "off"]
"""Where a project's sessions work. "worktree": each in a working tree of its own, where another one is in the project's
directory; "shared": all in the project's directory, and what one has changed another does not write over unseen; "off":
the same, and nobody looks."""
Base = Literal["head", "default"]  # what a tree begins with: the directory's commit, or the remote's default branch
Merge = Literal["merge", "rebase", "squash"]

WORKED_BEFORE = Path()  # the tree of a session that had worked before trees were told: it goes on there


@dataclass(frozen=True, slots=True)
class WorktreeSettings:
    """How a project's sessions get working trees. `directory`: in which they lie; None: `.claude/worktrees` in the
    project's own tree. `prefix`: of their branches' names."""

    isolation: Isolation = "worktree"
    base: Base = "head"
    merge: Merge = "merge"
    directory: Path | None = None
    prefix: str = "antiphon/"


@dataclass(frozen=True, slots=True)
class Worktree:
    """A working tree that was made for a session. `source`: the tree around the project's directory, out of which it
    was made; `target`: the branch into which it is merged, "" for none; `start`: the commit that it began with."""

    root: Path
    source: Path
    branch: str
    target: str
    start: str


@dataclass(frozen=True, slots=True)
class WorktreeState:
    """What stands in a session's working tree. `uncommitted`: files that differ from its newest commit, `head`;
    `unmerged`: commits that are not in `target`; `there`: whether the directory is; `digest`: stands for all of it."""

    head: str = ""
    uncommitted: tuple[str, ...] = ()
    unmerged: tuple[str, ...] = ()  # each with the beginning of its message
    there: bool = True
    digest: str = ""

    @property
    def may_go(self) -> bool:
        """Whether nothing is lost with it."""
        return not self.uncommitted and not self.unmerged
