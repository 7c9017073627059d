"""What the clock needs of the bus; see core/bus.py."""

from collections.abc import Sequence
from typing import Protocol

from antiphon.core.bus import Retried, SessionReader, Topic
from antiphon.core.records import InboxEntry, Lease
from antiphon.core.schedules.store import ScheduleStore
from antiphon.core.schedules.values import Firing, ScheduledPrompt, ScheduledRun
from antiphon.core.values import Session


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
