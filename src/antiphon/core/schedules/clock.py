"""What the clock needs of the bus; see core/bus.py."""

from collections.abc import Sequence
from typing import Protocol

from antiphon.core.bus import Retried, SessionReader, Topic, TurnReader
from antiphon.core.records import InboxEntry, Lease
from antiphon.core.schedules.store import ScheduleStore
from antiphon.core.schedules.values import Continuation, Firing, ScheduledPrompt, ScheduledRun
from antiphon.core.values import Prompt, Session, SessionId, TurnId


class ClockStore(Retried, ScheduleStore, SessionReader, Protocol):
    """What the clock works with."""

    async def sessions(self) -> Sequence[Session]:
        """Every session, the one last used first."""
        ...

    async def next_due(self) -> float | None:
        """When the next schedule is due, in epoch seconds; None: none is."""
        ...

    async def due_schedules(self, most: int, /) -> Sequence[ScheduledPrompt]:
        """Those that are due by now, the longest first."""
        ...

    async def fire(self, hub: Lease, fired: Firing, /) -> bool:
        """Write down what becomes of one that has come due. False: that was done, or it was changed meanwhile."""
        ...

    async def start_run(self, hub: Lease, run: ScheduledRun, entry: InboxEntry, /) -> bool:
        """Put its prompt into the inbox, in the same step. False: it is not to be started (any more)."""
        ...

    async def settle_runs(self, hub: Lease, /) -> Sequence[ScheduledPrompt]:
        """Note which runs are over. The schedules that have paused themselves because they failed too often, and whose
        place is not told."""
        ...

    async def wait(self, topic: Topic, timeout: float, /) -> bool:
        """See WorkerStore."""
        ...


class ContinuationClock(Retried, TurnReader, Protocol):
    """What goes on by itself after a usage limit."""

    async def next_continuation(self) -> float | None:
        """When the next turn goes on, in epoch seconds; None: none does."""
        ...

    async def due_continuations(self, most: int, /) -> Sequence[Continuation]:
        """Those that are due by now, the longest first."""
        ...

    async def changed_continuations(self) -> Sequence[tuple[Session, TurnId]]:
        """The turns whose end is not shown as it is by now."""
        ...

    async def prompt(self, session: SessionId, turn: TurnId, /) -> Prompt | None:
        """The prompt that began a turn; None: none did."""
        ...

    async def go_on(self, hub: Lease, one: Continuation, entry: InboxEntry | None, /) -> bool:
        """Put the prompt into the inbox with which it goes on, and note that it has. False: it does not (any more),
        which is noted: somebody has changed that, a prompt comes first, or there is nothing to go on with (None)."""
        ...

    async def wait(self, topic: Topic, timeout: float, /) -> bool:
        """See WorkerStore."""
        ...
