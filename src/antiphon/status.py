"""How a bridge is, told across processes: a small file that it keeps, its lock, and a look at its database.

Whoever asks changes nothing, and needs no bridge that answers: one that is frozen or dead is told as well.
"""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from antiphon.core.health import Problem
from antiphon.core.records import Overview
from antiphon.errors import StoreError
from antiphon.store.lock import holder
from antiphon.store.read_only import read_overview

DATABASE, FILE = "antiphon.db", "status.json"
_SILENT = 20.0  # seconds without a word after which a running bridge counts as frozen; it speaks every 5 s
WELL, WRONG, DOWN = 0, 1, 3  # exit codes; 3 is what service scripts say of a program that does not run


@dataclass(frozen=True, slots=True)
class BridgeReport:
    """What a bridge says of itself. Times in epoch seconds; `dropped`: events of Discord's that could not be read."""

    pid: int
    since: float
    said: float
    problems: tuple[Problem, ...] = ()
    dropped: int = 0


@dataclass(frozen=True, slots=True)
class Status:
    """What is known of a bridge. `word`: its last; `database`: why it cannot be read, where it cannot."""

    pid: int | None  # None: none runs
    word: BridgeReport | None
    overview: Overview | None
    database: str | None
    now: float

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is wrong with a bridge that runs."""
        found: list[Problem] = []
        if self.pid is None:
            return ()
        if self.word is None or self.word.pid != self.pid:
            found.append(Problem("silent", self.now, "it has not said anything yet: it is starting, or hangs"))
        else:
            found += self.word.problems
            if self.now - self.word.said > _SILENT:
                words = f"it has said nothing for {self.now - self.word.said:.0f} s: it is frozen, or the disk is full"
                found.append(Problem("silent", self.word.said, words))
        if self.database is not None:
            found.append(Problem("database", self.now, self.database))
        return tuple(found)

    @property
    def code(self) -> int:
        """The exit code that says it."""
        if self.pid is None:
            return DOWN
        return WRONG if self.problems else WELL


def say(state: Path, word: BridgeReport) -> None:
    """Keep the bridge's word, all of it or nothing. A disk that takes nothing is not said here."""
    part = state / f"{FILE}.part"
    with suppress(OSError):
        part.write_text(json.dumps(asdict(word)) + "\n", encoding="utf-8")
        os.chmod(part, 0o600)
        part.replace(state / FILE)


def look(state: Path, now: float) -> Status:
    """How the bridge of a state directory is. StoreError: its lock may not be read."""
    path = state / DATABASE
    try:
        pid = holder(path)
    except OSError as error:
        raise StoreError(f"{error.filename or path}: {error.strerror}") from error
    overview, wrong = None, None
    try:
        overview = read_overview(path) if path.exists() else None
    except StoreError as error:
        wrong = str(error)
    return Status(pid, _word(state), overview, wrong, now)


def _word(state: Path) -> BridgeReport | None:
    try:
        told = json.loads((state / FILE).read_text(encoding="utf-8"))
        problems = tuple(Problem(**one) for one in told.pop("problems"))
        return BridgeReport(**told, problems=problems)
    except (OSError, ValueError, TypeError, LookupError, AttributeError):
        return None


def as_json(status: Status) -> Mapping[str, Any]:
    """All of it, for programs."""
    word, seen = status.word, status.overview
    here = word is not None and word.pid == status.pid
    figures: dict[str, Any] = {}
    if seen is not None:
        leases = [{"name": name, "holder": who, "expires": at} for name, who, at in seen.leases]
        figures = {"at_work": seen.running, "waiting": seen.queued, "sessions": seen.sessions, "turns": seen.ended}
        figures |= {"cost": seen.cost, "leases": leases}
    return {
        "running": status.pid is not None,
        "well": status.code == WELL,
        "pid": status.pid,
        "since": word.since if word is not None and here else None,
        "last_word": None if word is None else word.said,
        "troubles": [asdict(one) for one in status.problems],
        "dropped_events": word.dropped if word is not None and here else 0,
        "database": status.database,
        **figures,
    }


def lines(status: Status) -> Iterator[str]:
    """All of it, for people; what is wrong first."""
    word, seen = status.word, status.overview
    if status.pid is None:
        yield "no bridge runs" + (f"; the last one said its last word at {_at(word.said)}" if word else "")
    else:
        since = f" since {_at(word.since)}" if word is not None and word.pid == status.pid else ""
        yield f"running{since} (process {status.pid})"
    for trouble in status.problems:
        yield f"  WRONG since {_at(trouble.since)}: {trouble.words}"
    if status.pid is None and status.database is not None:
        yield f"  WRONG: {status.database}"
    if seen is not None:
        yield f"  {seen.running} at work, {seen.queued} waiting; {seen.sessions} sessions, {seen.ended} turns"
        yield f"  ${seen.cost:.2f} so far"
        for name, who, at in seen.leases:
            left = f"runs out in {at - status.now:.0f} s" if at > status.now else "has run out"
            yield f"  lease {name}: {who}, {left}"
    if status.pid is not None and word is not None and word.dropped:
        yield f"  {word.dropped} events of Discord's could not be used, and were dropped"


def _at(moment: float) -> str:
    return datetime.fromtimestamp(moment).astimezone().strftime("%Y-%m-%d %H:%M:%S")
