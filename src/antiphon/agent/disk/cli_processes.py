"""The processes of Claude Code on this machine, by the file that it keeps for each of them. Reads files: not for the
event loop.
"""

import json
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from antiphon.agent.disk.reading import read_regular
from antiphon.agent.json_values import mapping
from antiphon.core.values import ClaudeSessionId

_LARGEST = 64 * 1024  # bytes of such a file


@dataclass(frozen=True, slots=True)
class CliProcess:
    """What one tells of itself. `began`: the system's mark of its start, `since`: the same in epoch seconds; "" and
    0.0: it does not say."""

    session: ClaudeSessionId
    pid: int
    began: str
    since: float
    in_terminal: bool
    status: Literal["busy", "idle", "waiting", ""]


def cli_processes(config_directory: Path) -> Iterator[CliProcess]:
    """Those that run. A file is not there for moments while it is written anew."""
    for path in (config_directory / "sessions").glob("*.json"):
        if (found := _read(path)) is not None and runs(found.pid, found.began):
            yield found


def in_terminals(config_directory: Path) -> frozenset[ClaudeSessionId]:
    """The sessions that are open in terminals."""
    return frozenset(one.session for one in cli_processes(config_directory) if one.in_terminal)


def process_of(claude: ClaudeSessionId, config_directory: Path) -> CliProcess | None:
    """The one that has a session open, one in a terminal before others; None: none says so."""
    found = (one for one in cli_processes(config_directory) if one.session == claude)
    return max(found, key=lambda one: one.in_terminal, default=None)


def status(claude: ClaudeSessionId, pid: int, config_directory: Path) -> Literal["busy", "idle", "waiting", ""]:
    """What a process does that has a session open; "": it does not say."""
    found = _read(config_directory / "sessions" / f"{pid}.json")
    return found.status if found is not None and found.session == claude else ""


def runs(pid: int, began: str) -> bool:
    """Whether a process lives, and is the one that began then (where the system tells)."""
    try:
        os.kill(pid, 0)
    except PermissionError:
        return True
    except (OSError, OverflowError):
        return False
    return not began or _began(pid) in ("", began)


def _read(path: Path) -> CliProcess | None:
    with suppress(OSError, ValueError, RecursionError):
        told = mapping(json.loads(read_regular(path, _LARGEST)))
        started, says = told.get("startedAt"), told.get("status")
        return CliProcess(
            ClaudeSessionId(str(told.get("sessionId"))),
            int(path.stem),
            str(told.get("procStart") or ""),
            started / 1000 if isinstance(started, int) else 0.0,
            told.get("entrypoint") == "cli",
            says if says in ("busy", "idle", "waiting") else "",
        )
    return None


def _began(pid: int) -> str:
    try:
        told = Path(f"/proc/{pid}/stat").read_text(errors="replace")
    except OSError:
        return ""
    fields = told.rpartition(")")[2].split()  # proc(5), from the third
    return "gone" if fields[0] in "ZX" else fields[19]
