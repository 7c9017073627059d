"""The terminals of this machine in which Claude Code runs, as the system and their sessions tell of them. Reads files:
not for the event loop.
"""

import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from antiphon.agent.disk.reading import read_regular
from antiphon.core.values import ClaudeSessionId, Terminal

_VARIABLES = ("TMUX", "TMUX_PANE", "STY", "TERM_PROGRAM")
_LARGEST = 64 * 1024  # bytes of a file that is looked into


def name_of(environment: Mapping[str, str], tty: str) -> str:
    """A terminal, for people. `environment`: what Claude Code was started with, as far as it is known."""
    if pane := environment.get("TMUX_PANE"):
        return f"tmux {pane}"
    if environment.get("STY"):
        return "screen"
    program = environment.get("TERM_PROGRAM", "")
    return " ".join(part for part in (program, tty.removeprefix("/dev/")) if part) or "a terminal"


def described(terminal: Terminal, environment: Mapping[str, str], directory: Path) -> Terminal:
    """With its name, and the branch that its directory is on. `environment`: what is known of the process's."""
    known = {**environment_of(terminal.pid), **environment}
    return replace(terminal, name=name_of(known, tty_of(terminal.pid)), branch=_branch(directory))


def environment_of(pid: int) -> dict[str, str]:
    """What we look at of a process's environment, where the system tells."""
    with suppress(OSError):
        pairs = (one.partition(b"=") for one in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0"))
        found = {name.decode("utf-8", "replace"): value.decode("utf-8", "replace") for name, _, value in pairs}
        return {name: found[name] for name in _VARIABLES if name in found}
    return {}


def _branch(directory: Path) -> str:
    """ "" where it is on none, or no repository."""
    for above in (directory, *directory.parents):
        mark = above / ".git"
        with suppress(OSError):
            if mark.is_file():
                mark = Path(above, read_regular(mark, _LARGEST).decode("utf-8", "replace")[len("gitdir:") :].strip())
            if mark.is_dir():
                head = read_regular(mark / "HEAD", _LARGEST).decode("utf-8", "replace").strip()
                return head.removeprefix("ref: refs/heads/") if head.startswith("ref: ") else ""
    return ""


def tty_of(pid: int) -> str:
    """The terminal device of a process; "" where the system does not tell."""
    with suppress(OSError):
        return os.readlink(f"/proc/{pid}/fd/0") if os.readlink(f"/proc/{pid}/fd/0").startswith("/dev/") else ""
    return ""


def working_directories(directory: Path) -> tuple[Path, ...]:
    """A directory as it is on the disk; and, where it lies in a worktree of git's, the same place in the repository
    that this is a worktree of. OSError: it cannot be looked at."""
    found = directory.resolve()
    for above in (found, *found.parents):
        mark = above / ".git"
        if mark.is_dir():
            break
        if mark.is_file():
            told = read_regular(mark, _LARGEST).decode("utf-8", "replace").removeprefix("gitdir:").strip()
            own = Path(above, told).resolve()  # <repository>/.git/worktrees/<name>
            if own.parent.name == "worktrees":
                return found, own.parent.parent.parent / found.relative_to(above)
            break
    return (found,)


def registered(directory: Path) -> list[tuple[ClaudeSessionId, Path, float]]:
    """The sessions that have left word at their start: each with its directory, and when that was."""
    found: list[tuple[ClaudeSessionId, Path, float]] = []
    for path in directory.glob("*.session"):
        with suppress(OSError):
            where = read_regular(path, _LARGEST).decode("utf-8", "surrogateescape").strip()
            found.append((ClaudeSessionId(path.stem), Path(where), path.stat().st_mtime))
    return found


def registered_at(claude: ClaudeSessionId, directory: Path) -> float:
    """When a session has left word at its start; 0.0: it has not."""
    with suppress(OSError):
        return (directory / f"{claude}.session").stat().st_mtime
    return 0.0
