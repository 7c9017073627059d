"""The state of a bridge, read by another process: its report in a small file, its lock, and its database.

Reading changes nothing and needs no bridge that answers, so a frozen or dead one is recognized as well.
"""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from antiphon import wording
from antiphon.core.health import Problem
from antiphon.core.records import Overview
from antiphon.errors import StoreError
from antiphon.store.lock import holder
from antiphon.store.read_only import read_overview

DATABASE, FILE = "antiphon.db", "status.json"
_SILENT = 20.0  # seconds without a report after which a running bridge counts as frozen; it writes one every 5 s
WELL, WRONG, DOWN = 0, 1, 3  # exit codes; 3 is what service scripts say of a program that does not run


@dataclass(frozen=True, slots=True)
class BridgeReport:
    """What a bridge writes of itself. Times in epoch seconds, `said`: when it was written; `dropped`: events of
    Discord's that could not be read."""

    pid: int
    since: float
    said: float
    problems: tuple[Problem, ...] = ()
    dropped: int = 0


@dataclass(frozen=True, slots=True)
class Status:
    """What is known of a bridge. `report`: its last; `database`: why it cannot be read, where it cannot."""

    pid: int | None  # None: none runs
    report: BridgeReport | None
    overview: Overview | None
    database: str | None
    now: float

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is wrong with a bridge that runs."""
        found: list[Problem] = []
        if self.pid is None:
            return ()
        if self.report is None or self.report.pid != self.pid:
            found.append(Problem("silent", self.now, wording.STARTING))
        else:
            found += self.report.problems
            if self.now - self.report.said > _SILENT:
                words = wording.frozen(self.now - self.report.said)
                found.append(Problem("silent", self.report.said, words))
        if self.database is not None:
            found.append(Problem("database", self.now, self.database))
        return tuple(found)

    @property
    def code(self) -> int:
        """The exit code that says it."""
        if self.pid is None:
            return DOWN
        return WRONG if any(not one.minor for one in self.problems) else WELL


def write_report(state: Path, report: BridgeReport) -> None:
    """Replace the report, all of it or nothing. A disk that takes nothing is not reported here."""
    part = state / f"{FILE}.part"
    with suppress(OSError):
        part.write_text(json.dumps(asdict(report)) + "\n", encoding="utf-8")
        os.chmod(part, 0o600)
        part.replace(state / FILE)


def read_status(state: Path, now: float) -> Status:
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
    return Status(pid, _read_report(state), overview, wrong, now)


def _read_report(state: Path) -> BridgeReport | None:
    try:
        told = json.loads((state / FILE).read_text(encoding="utf-8"))
        problems = tuple(Problem(**one) for one in told.pop("problems"))
        return BridgeReport(**told, problems=problems)
    except (OSError, ValueError, TypeError, LookupError, AttributeError):
        return None


def as_json(status: Status) -> Mapping[str, Any]:
    """All of it, for programs."""
    report, overview = status.report, status.overview
    here = report is not None and report.pid == status.pid
    figures: dict[str, Any] = {}
    if overview is not None:
        leases = [{"name": name, "holder": who, "expires": at} for name, who, at in overview.leases]
        figures = {"at_work": overview.running, "waiting": overview.queued, "sessions": overview.sessions}
        figures |= {"turns": overview.ended, "cost": overview.cost, "leases": leases}
        figures["undelivered"] = [{"place": place, "messages": n} for place, _, n in overview.undelivered]
    return {
        "running": status.pid is not None,
        "well": status.code == WELL,
        "pid": status.pid,
        "since": report.since if report is not None and here else None,
        "last_word": None if report is None else report.said,
        "troubles": [asdict(one) for one in status.problems],
        "dropped_events": report.dropped if report is not None and here else 0,
        "database": status.database,
        **figures,
    }


def lines(status: Status) -> Iterator[str]:
    """All of it, for people; what is wrong first."""
    report, overview = status.report, status.overview
    if status.pid is None:
        yield wording.not_running(_at(report.said) if report else "")
    else:
        yield wording.running(status.pid, _at(report.since) if report and report.pid == status.pid else "")
    for trouble in status.problems:
        yield wording.wrong(trouble.words, _at(trouble.since), minor=trouble.minor)
    if status.pid is None and status.database is not None:
        yield wording.wrong(status.database)
    if overview is not None:
        yield from wording.figures(overview, status.now)
    if status.pid is not None and report is not None and report.dropped:
        yield wording.dropped(report.dropped)


def _at(moment: float) -> str:
    return datetime.fromtimestamp(moment).astimezone().strftime("%Y-%m-%d %H:%M:%S")
