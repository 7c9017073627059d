"""Prompts that are run by the clock: what a schedule is, and what becomes of its runs. Pure.

Times are epoch seconds. When the next run is due is computed elsewhere (actions/schedules/recurrence.py), since it
takes time zones and cron.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, NewType

from antiphon.core.values import Asker, Choices, File, Person, PlaceId, SessionId, TurnId

ScheduleId = NewType("ScheduleId", str)

PREFIX_OF_TRIGGERS = "trigger."  # of the ids under which a trigger's runs are kept
RUNS = "schedule:"  # how the keys of their prompts begin in the inbox
MOST_FAILURES = 5  # in a row: then a schedule pauses itself
MOST_MISSED = 100  # runs of one schedule that are made up for at once


@dataclass(frozen=True, slots=True)
class Once:
    """A single run."""

    at: float


@dataclass(frozen=True, slots=True)
class Every:
    """A run each `seconds`, counted from `start`."""

    seconds: float
    start: float


@dataclass(frozen=True, slots=True)
class Cron:
    """A run whenever a cron expression of five fields says so, by the clocks of a zone (IANA's name)."""

    expression: str
    zone: str


@dataclass(frozen=True, slots=True)
class Called:
    """A run for each event of a trigger of this name: no clock starts it. `names`: what stands in braces in its prompt,
    and is filled in by the event. It comes last among the kinds of When, for the others have more fields by which a
    stored one is told."""

    trigger: str
    names: tuple[str, ...] = ()


When = Once | Every | Cron | Called
ShownIn = Literal["new_thread", "one_thread", "here"]
"""Where runs are shown: each in a thread of its own, all in one, or in the session where the schedule was made."""
Overlap = Literal["skip", "queue"]
"""What becomes of a run that is due while the one before is at work."""
Missed = Literal["skip", "once", "each"]
"""What becomes of runs that were due while nobody looked: none, the last, or every one is made up for."""
Paused = Literal["", "by_hand", "failures", "failures_untold", "not_allowed", "session_gone", "bad_time"]
"""Why one is: somebody wants it, it has failed too often (and its place is not told yet), whoever has made it may not
prompt any more, the session that it is for is gone, or its times mean nothing here (an unknown zone)."""


@dataclass(frozen=True, slots=True)
class ScheduledPrompt:
    """Words for Claude, and when. `owner`: in whose name, whose rights count; None: the machine's. `maker`: the
    session of Claude's that has made it; `program`: the id of the token that has, "" for none. `home`: the session of
    the place where it was made, which it is for where it is shown "here". `channel`: the one in which its threads
    open; None: the project's first. `turn_limit`: seconds that a run may take, None: as the project's. `directory`:
    in which its runs work; None: the project's. `check`: a command before each run, as its arguments; only the
    operator gives one. `next`: when it is due; None: it is paused, or over."""

    id: ScheduleId
    name: str  # at most 80 characters
    project: str
    prompt: str
    when: When
    owner: Person | None = None
    maker: SessionId | None = None
    shown_in: ShownIn = "new_thread"
    home: SessionId | None = None
    channel: PlaceId | None = None
    choices: Choices = field(default_factory=Choices)
    overlap: Overlap = "skip"
    missed: Missed = "once"
    turn_limit: float | None = None
    next: float | None = None
    paused: Paused = ""
    failures: int = 0  # in a row
    configured: bool = False  # by the operator: it is changed there
    told: str = ""  # when, in the operator's own words
    program: str = ""
    directory: Path | None = None
    check: tuple[str, ...] = ()
    threads: int = 0  # that were deleted, of one whose runs are all shown in one

    @property
    def is_triggered(self) -> bool:
        """Whether events start it, not the clock."""
        return isinstance(self.when, Called)

    @property
    def thread(self) -> SessionId:
        """The session of all its runs, where they are shown in one thread."""
        return SessionId(f"schedule:{self.id}:{self.threads}")


@dataclass(frozen=True, slots=True)
class TriggeredBy:
    """What sets a run off beside the clock: an event, or somebody who asks for a run under a key. `id`: by which it
    counts once; `prompt`: what it makes of the schedule's, "" for just that; `files`: what comes with it."""

    id: str
    prompt: str
    files: tuple[File, ...] = ()


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What a command before a run has said. `code`: with which it has ended; None: it could not be run to its end."""

    code: int | None
    output: str

    @property
    def skips(self) -> bool:
        """Whether it says that there is nothing to do."""
        return self.code == 1


RunState = Literal["due", "started", "over", "skipped", "missed"]


@dataclass(frozen=True, slots=True)
class ScheduledRun:
    """One time that a schedule was, or is, due. `key`: of its prompt in the inbox, under which it runs once. `state`
    "due": it is to be started; "over": its turn has ended; "skipped": the one before was at work; "missed": nobody
    looked. `ended`: how its turn has ended, in the words of the inbox (limited: by a usage limit); "" while it has
    not. `event`: by which a trigger was fired, None where the clock or a person starts it."""

    schedule: ScheduleId
    due: float
    state: RunState = "due"
    session: SessionId | None = None
    ended: Literal["", "done", "failed", "limited", "interrupted", "cancelled"] = ""
    event: TriggeredBy | None = None

    @property
    def key(self) -> str:
        """It is the same however often somebody tries to start it."""
        what = f"{self.due:.3f}" if self.event is None else self.event.id
        return f"{RUNS}{self.schedule}:{what}"


@dataclass(frozen=True, slots=True)
class Firing:
    """What is written down, at once, when a schedule has come due. `was`: the due time that this is about: where it is
    another one by now, somebody else has done it."""

    schedule: ScheduleId
    was: float
    next: float | None
    runs: Sequence[ScheduledRun]


CONTINUES = "continue:"  # how the key of the prompt begins with which a turn is gone on with, by whomever: once

ContinuationState = Literal["planned", "stopped", "off", "begun", "dropped"]
"""What becomes of a turn that a usage limit has ended: it goes on at its time; not, because somebody has stopped that,
or because going on was switched off; it has gone on, by the clock or by hand; or it does not any more, because there
is a newer turn, or nothing left to go on with."""


@dataclass(frozen=True, slots=True)
class Continuation:
    """That a turn which a usage limit has ended goes on by itself. `by`: whose doing the state is, and, of one that is
    planned, in whose name it goes on; None: the project's, in the name of whoever asked."""

    session: SessionId
    turn: TurnId
    due: float
    state: ContinuationState = "planned"
    by: Asker | None = None


@dataclass(frozen=True, slots=True)
class GoingOn:
    """Whether turns go on by themselves after a usage limit, as far as the whole bridge is concerned. `by`: who has
    switched it off, or on again; "": nobody ever has."""

    on: bool = True
    by: str = ""
