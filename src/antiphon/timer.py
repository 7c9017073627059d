"""The clock: runs schedules when they are due, once each, whatever is killed when.

It sleeps until the earliest one is due, and is woken when that changes, when a run is over, and when the machine has
slept; it looks into the database at no other time.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from antiphon.actions.callers import Programs, ProgramsUnknown, no_programs
from antiphon.actions.places import Places, SchedulePaused
from antiphon.actions.schedules.fire import caller_of, firing, may_run, prompt_of, start, startable, with_check
from antiphon.actions.schedules.recurrence import NotATime, is_late
from antiphon.core.ports import Clock
from antiphon.core.projects import Projects
from antiphon.core.records import Lease
from antiphon.core.retry import Backoff
from antiphon.core.schedules.clock import ClockStore
from antiphon.core.schedules.values import CheckResult, Paused, ScheduledPrompt, ScheduledRun, ScheduleId
from antiphon.core.values import NOWHERE, Prompt, SessionId
from antiphon.core.wording import late_run
from antiphon.errors import AntiphonError

log = logging.getLogger(__name__)

_NAP = 30.0  # seconds after which it is looked at the clock: timers stand still while a machine sleeps
_CHECKS = 4  # commands before runs that are at work at once
_AGAIN = 5.0  # seconds after something could not be done
_AGAIN_PROGRAMS = 60.0  # the same, where nobody could say whether a program's token is still good
_TOLD, _TRIES = (2.0, 600.0), 12  # seconds between tries to tell of a pause, first and longest; how many there are
_LAST_RUNS = 20  # that are looked through for a place
_AT_ONCE = 200  # schedules that are looked at in one go


Checks = Callable[[Sequence[str], Path], Awaitable[CheckResult]]


async def no_checks(_command: Sequence[str], _directory: Path) -> CheckResult:
    """Where there is nobody to run a command."""
    return CheckResult(None, "")


class Timer:
    """Of one hub."""

    def __init__(
        self,
        store: ClockStore,
        hub: Lease,
        projects: Projects,
        places: Places,
        clock: Clock,
        nap: float = _NAP,
        programs: Programs = no_programs,
        checks: Checks = no_checks,
    ) -> None:
        """`nap`: seconds after which it looks at the clock at the latest; `programs`: who has made some of them;
        `checks`: runs the command before a run, in a directory."""
        self._programs = programs
        self._checks = checks
        self._room = asyncio.Semaphore(_CHECKS)
        self._checking: dict[str, asyncio.Task[None]] = {}
        self._again = float("inf")  # when something is tried again
        self._store = store
        self._hub = hub
        self._projects = projects
        self._places = places
        self._clock = clock
        self._nap = nap
        self._telling: dict[ScheduleId, asyncio.Task[None]] = {}

    async def run(self) -> None:
        """Until cancelled."""
        try:
            while True:
                try:
                    until = await self._round()
                except self._store.transient as error:
                    log.warning("schedules wait: %s", error)
                    until = self._clock() + _AGAIN
                await self._sleep(until)
        finally:
            beside = [*self._telling.values(), *self._checking.values()]
            for task in beside:
                task.cancel()
            await asyncio.gather(*beside, return_exceptions=True)

    async def _sleep(self, until: float) -> None:
        """Until then, or somebody rings."""
        while (left := min(until, self._again) - self._clock()) > 0:  # a check may have failed meanwhile
            if await self._store.wait("schedule", min(left, self._nap)):
                return

    async def _round(self) -> float:
        """Do what is due; when the next is, in epoch seconds."""
        for paused in await self._store.settle_runs(self._hub):
            if paused.id not in self._telling:
                self._telling[paused.id] = asyncio.create_task(self._tell(paused), name=f"paused {paused.id}")
        open_runs = list(await self._store.open_runs())
        while due := await self._store.due_schedules(_AT_ONCE):
            for one in due:
                open_runs += await self._fire(one, open_runs)
        for run in startable(sorted(open_runs, key=lambda run: run.due)):
            await self._start(run)
        soonest = await self._store.next_due()
        again, self._again = self._again, float("inf")
        return min(again, float("inf") if soonest is None else soonest)

    async def _fire(self, one: ScheduledPrompt, open_runs: Sequence[ScheduledRun]) -> list[ScheduledRun]:
        """Write down what becomes of one that has come due; the runs that are to be started."""
        try:
            fired = firing(one, open_runs, self._clock())
        except NotATime as error:  # it was one when it was made: a zone is not known on this machine
            await self._pause(one, "bad_time", str(error))
            return []
        done = await self._store.fire(self._hub, fired)
        return [run for run in fired.runs if run.state == "due"] if done else []

    async def _start(self, run: ScheduledRun) -> None:
        one = await self._store.schedule(run.schedule)
        if one is None:
            return
        try:
            caller = caller_of(one, self._programs)
        except ProgramsUnknown:
            self._again = self._clock() + _AGAIN_PROGRAMS  # the run waits until somebody can say
            return
        if caller is None or not may_run(self._projects, one, caller):
            await self._pause(one, "not_allowed", "whoever has made it may not prompt there")
            return
        late = late_run(run.due, self._clock()) if is_late(run.due, self._clock()) else ""
        prompt = prompt_of(one, run, caller, late)
        if not one.check:
            await self._begin(one, run, prompt)
        elif run.key not in self._checking:
            self._checking[run.key] = asyncio.create_task(self._check(one, run, prompt), name=f"check {run.key}")

    async def _check(self, one: ScheduledPrompt, run: ScheduledRun, prompt: Prompt) -> None:
        """Run the command before it, beside everything else; killed meanwhile, it is run again."""
        try:
            project = self._projects.named(one.project)
            if project is None:
                return
            async with self._room:
                checked = await self._checks(one.check, one.directory or project.directory)
            if checked.skips:
                log.info("schedule %s (%s): its check says that there is nothing to do", one.id, one.name)
                await self._store.skip_run(run.key)
            else:
                await self._begin(one, run, with_check(prompt, checked))
        except AntiphonError as error:
            log.warning("schedule %s is tried again: %s", one.id, error)
            self._again = self._clock() + _AGAIN
        finally:
            del self._checking[run.key]

    async def _begin(self, one: ScheduledPrompt, run: ScheduledRun, prompt: Prompt) -> None:
        if not await start(self._store, self._hub, self._projects, one, run, prompt):
            await self._pause(one, "session_gone", "its session is gone")

    async def _pause(self, one: ScheduledPrompt, why: Paused, words: str) -> None:
        log.warning("schedule %s (%s) is paused: %s", one.id, one.name, words)
        await self._store.pause_schedule(one.id, why)

    async def _tell(self, paused: ScheduledPrompt) -> None:
        """Say in the place of its last run that it has paused itself, as often as it takes within reason."""
        backoff = Backoff(*_TOLD)
        try:
            for _ in range(_TRIES):
                if await self._told(paused):
                    break
                await asyncio.sleep(backoff.pause)
                backoff.grow()
            await self._store.pause_schedule(paused.id, "failures")
        except AntiphonError as error:
            log.warning("schedule %s has paused itself, which its place is told later: %s", paused.id, error)
        finally:
            self._telling.pop(paused.id, None)

    async def _told(self, paused: ScheduledPrompt) -> bool:
        places = {one.id: one.place for one in await self._store.sessions()}
        runs = await self._store.schedule_runs(paused.id, _LAST_RUNS)
        place = next((found for run in runs if (found := places.get(run.session or SessionId(""), NOWHERE))), NOWHERE)
        if place == NOWHERE:  # its thread is being opened
            return False
        return await self._places.announce(place, SchedulePaused(paused.name, paused.is_triggered)) is not None
