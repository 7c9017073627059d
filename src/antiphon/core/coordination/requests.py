"""What Discord's side asks a worker about working trees; see core.requests."""

from dataclasses import dataclass
from typing import Literal

from antiphon.core.coordination.worktrees import Worktree, WorktreeState
from antiphon.core.requests import Reply, Request
from antiphon.core.values import SessionId

WorktreeChange = Literal["isolate", "share", "merge", "publish", "remove"]
"""What becomes of where a session works: it gets a working tree of its own, or shares the project's directory; its
commits are merged back, or proposed as a pull request; its tree is removed, whatever is in it."""


@dataclass(frozen=True, slots=True)
class WorktreesRead(Reply):
    """What stands in each; None: git does not say. `publishes`: whether a pull request can be opened."""

    states: tuple[WorktreeState | None, ...]
    publishes: bool = False


@dataclass(frozen=True, slots=True)
class ReadWorktrees(Request[WorktreesRead]):
    """What stands in these trees."""

    trees: tuple[Worktree, ...]


@dataclass(frozen=True, slots=True)
class WorktreeChanged(Reply):
    """It is done. `tree`: that the session has now; `commits`: how many were merged; `conflicts`: the files in which
    both sides differ: nothing was merged; `url`: of the pull request; `notes`: for people; `lost`: what would be lost,
    so nothing was removed."""

    tree: Worktree | None = None
    commits: int = 0
    conflicts: tuple[str, ...] = ()
    url: str = ""
    notes: tuple[str, ...] = ()
    lost: WorktreeState | None = None


@dataclass(frozen=True, slots=True)
class ChangeWorktree(Request[WorktreeChanged]):
    """Change where a session works, or bring its work back."""

    session: SessionId
    what: WorktreeChange
    shown: str = ""  # with remove: the digest of what was shown to be lost


@dataclass(frozen=True, slots=True)
class ProcessRenewed(Reply):
    """The session's next turn gets a new process."""


@dataclass(frozen=True, slots=True)
class RenewProcess(Request[ProcessRenewed]):
    """Let the session's next turn have a new process: it works somewhere else then."""

    live = True
