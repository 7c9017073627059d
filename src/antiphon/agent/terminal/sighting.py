"""What is seen of a session that is open in a terminal, before anybody knows it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from antiphon.core.values import ClaudeSessionId, Terminal


@dataclass(frozen=True, slots=True)
class Sighting:
    """A session that is open in a terminal of this machine. `directories`: where it works, and the one of which that is
    a worktree."""

    claude: ClaudeSessionId
    directories: tuple[Path, ...]
    terminal: Terminal


Sight = Callable[[Sighting], Awaitable[bool]]
LeaveOut = Callable[[ClaudeSessionId, bool], Awaitable[bool]]  # False: it is no session of ours
