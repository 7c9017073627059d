"""What actions ask of the bus, and change, about schedules; see core/bus.py."""

from collections.abc import Sequence
from typing import Literal, Protocol

from antiphon.core.schedules.values import (
    Continuation,
    GoingOn,
    Paused,
    ScheduledPrompt,
    ScheduledRun,
    ScheduleId,
)
from antiphon.core.values import Asker, Session, SessionId, TurnId


class ScheduleStore(Protocol):
    """What is run by the clock."""

    async def schedules(self) -> Sequence[ScheduledPrompt]:
        """All of them, in the order in which they were made."""
        ...

    async def schedule(self, id_: ScheduleId, /) -> ScheduledPrompt | None:
        """None: there is none (any more)."""
        ...

    async def put_schedule(self, wanted: ScheduledPrompt, /) -> None:
        """Store it, in place of the one with its id."""
        ...

    async def pause_schedule(self, id_: ScheduleId, why: Paused, /) -> None:
        """It is not due before somebody lets it go on, and what waits is not started."""
        ...

    async def drop_schedule(self, id_: ScheduleId, /) -> bool:
        """Forget it and its runs; what runs goes on. False: there is none."""
        ...

    async def schedule_runs(self, id_: ScheduleId, most: int, /) -> Sequence[ScheduledRun]:
        """Its latest runs, the newest first."""
        ...

    async def add_event(self, run: ScheduledRun, most: int, /) -> Literal["new", "known", "full"]:
        """Have it run for an event, after those that came before. "full": as many wait as may (`most`)."""
        ...

    async def knows_run(self, key: str, /) -> bool:
        """Whether a run has this key, or had."""
        ...

    async def open_runs(self) -> Sequence[ScheduledRun]:
        """The runs that are to be started, and those that are at work, oldest first."""
        ...

    async def skip_run(self, key: str, /) -> bool:
        """It is not started. False: it does not wait (any more)."""
        ...

    async def add_run(self, run: ScheduledRun, /) -> bool:
        """Have it run, beside the times that it is due. False: that is known already."""
        ...


class ContinuationStore(Protocol):
    """The turns that go on by themselves after a usage limit."""

    async def continuations(self) -> Sequence[tuple[Session, Continuation]]:
        """Those that are planned, each with its session; what is due next first."""
        ...

    async def plan_continuation(self, wanted: Continuation, /) -> bool:
        """Let a turn go on by itself. False: it has gone on, or there is something newer, or it is switched off."""
        ...

    async def stop_continuation(self, session: SessionId, turn: TurnId | None, by: Asker, /) -> bool:
        """A turn does not go on by itself; `turn` None: whichever of the session's would. False: none does."""
        ...

    async def drop_continuations(self, sessions: Sequence[SessionId], /) -> None:
        """Nothing of these sessions goes on by itself: there is nothing to go on with any more."""
        ...

    async def going_on(self) -> GoingOn:
        """Whether turns go on by themselves at all."""
        ...

    async def set_going_on(self, wanted: GoingOn, /) -> int:
        """Switch it for everything, until somebody does again. Off: what is planned is stopped; returns how many."""
        ...
