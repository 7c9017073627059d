"""The clock: runs schedules when they are due, once each, whatever is killed when.

It sleeps until the earliest one is due, and is woken when that changes, when a run is over, and when the machine has
slept; it looks into the database at no other time.
"""

import logging

from antiphon.actions.places import Places, SchedulePaused
from antiphon.actions.reasons import Refused
from antiphon.actions.schedules.fire import firing, may_run, start, startable
from antiphon.actions.schedules.recurrence import is_late
from antiphon.core.ports import Clock
from antiphon.core.projects import Projects
from antiphon.core.records import Lease
from antiphon.core.schedules.clock import ClockStore
from antiphon.core.schedules.values import ScheduledPrompt, ScheduledRun
from antiphon.core.values import NOWHERE, SessionId
from antiphon.core.wording import late_run

log = logging.getLogger(__name__)

_NAP = 30.0  # seconds after which it is looked at the clock: timers stand still while a machine sleeps
_AGAIN = 5.0  # seconds after something could not be done
_AT_ONCE = 200  # schedules that are looked at in one go


class Timer:
    """Of one hub."""

    def __init__(
        self, store: ClockStore, hub: Lease, projects: Projects, places: Places, clock: Clock, nap: float = _NAP
    ) -> None:
        """`nap`: seconds after which it looks at the clock at the latest."""
        self._store = store
        self._hub = hub
        self._projects = projects
        self._places = places
        self._clock = clock
        self._nap = nap

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                until = await self._round()
            except self._store.transient as error:
                log.warning("schedules wait: %s", error)
                until = self._clock() + _AGAIN
            while (left := until - self._clock()) > 0 and not await self._store.wait("schedule", min(left, self._nap)):
                pass

    async def _round(self) -> float:
        """Do what is due; when the next is, in epoch seconds."""
        untold = [one for one in await self._store.settle_runs(self._hub) if not await self._tell(one)]
        open_runs = list(await self._store.open_runs())
        while due := await self._store.due_schedules(_AT_ONCE):
            for one in due:
                fired = firing(one, open_runs, self._clock())
                if await self._store.fire(self._hub, fired):
                    open_runs += [run for run in fired.runs if run.state == "due"]
        for run in startable(sorted(open_runs, key=lambda run: run.due)):
            await self._start(run)
        until = await self._store.next_due()
        soonest = float("inf") if until is None else until
        return min(soonest, self._clock() + _AGAIN) if untold else soonest

    async def _start(self, run: ScheduledRun) -> None:
        one = await self._store.schedule(run.schedule)
        if one is None:
            return
        if not may_run(self._projects, one):
            log.warning("schedule %s (%s) is paused: whoever has made it may not prompt there", one.id, one.name)
            await self._store.skip_run(self._hub, run)
            await self._store.pause_schedule(self._hub, one.id, "not_allowed")
            return
        late = late_run(run.due, self._clock()) if is_late(run.due, self._clock()) else ""
        if not await start(self._store, self._hub, self._projects, one, run, late):
            log.warning("schedule %s (%s) is paused: its session is gone", one.id, one.name)
            await self._store.skip_run(self._hub, run)
            await self._store.pause_schedule(self._hub, one.id, "session_gone")

    async def _tell(self, paused: ScheduledPrompt) -> bool:
        """Say in the place of its last run that it has paused itself. False: not yet."""
        places = {one.id: one.place for one in await self._store.sessions()}
        runs = await self._store.schedule_runs(paused.id, 1)
        place = places.get(runs[0].session or SessionId(""), NOWHERE) if runs else NOWHERE
        try:
            if place != NOWHERE and await self._places.announce(place, SchedulePaused(paused.name)) is None:
                return False
        except Refused as error:
            log.warning("schedule %s has paused itself, and its place cannot be told: %s", paused.id, error)
        await self._store.pause_schedule(self._hub, paused.id, "failures")
        return True
