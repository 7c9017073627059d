"""The clock with a real database and a time of the test's own: it sleeps until something is due, and runs it once."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from store_samples import Clock

from antiphon.actions.places import NoPlaces
from antiphon.core.projects import Projects
from antiphon.core.records import Lease, Room, prompt_in
from antiphon.core.schedules.values import Cron, Every, Missed, ScheduledPrompt, ScheduledRun, ScheduleId
from antiphon.core.values import SessionId
from antiphon.store import Store, open_store
from antiphon.timer import Timer

from fakes import PROJECT

ID = ScheduleId("hourly")
HOURLY = ScheduledPrompt(ID, "Hourly", PROJECT.name, "check", Every(3600.0, 0.0), next=3600.0)


@dataclass
class Watched:
    """A store, of which it is counted how often it was asked."""

    store: Store
    asked: list[str] = field(default_factory=list[str])

    def __getattr__(self, name: str) -> Any:
        if name not in ("transient", "wait"):
            self.asked.append(name)
        return getattr(self.store, name)


@dataclass
class Running:
    store: Store
    hub: Lease
    clock: Clock
    watched: Watched

    async def until(self, found: Callable[[list[ScheduledRun]], bool], id_: ScheduleId = ID) -> list[ScheduledRun]:
        """Wait until the runs, oldest first, are so."""
        async with asyncio.timeout(10):
            while not found(runs := list(reversed(await self.store.schedule_runs(id_, 99)))):  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        return runs


@asynccontextmanager
async def running(file: Path, *schedules: ScheduledPrompt, nap: float = 0.02) -> AsyncGenerator[Running]:
    clock = Clock()
    clock.now = 1000.0
    async with open_store(file, clock) as store:
        hub = await store.hold("hub", "test", 1e9)
        assert hub is not None
        for one in schedules:
            await store.put_schedule(one)
        watched = Watched(store)
        timer = Timer(watched, hub, Projects([PROJECT]), NoPlaces(), clock, nap)  # pyright: ignore[reportArgumentType]
        task = asyncio.create_task(timer.run(), name="clock")
        try:
            yield Running(store, hub, clock, watched)
        finally:
            task.cancel()
            await asyncio.wait({task})


async def test_what_is_due_is_put_into_the_inbox_once(tmp_path: Path) -> None:
    async with running(tmp_path / "db", HOURLY) as one:
        one.clock.now = 3600.0
        await one.until(lambda runs: [run.state for run in runs] == ["started"])
        worker = await one.store.hold("worker:local", "test", 1e9)
        assert worker is not None
        (item,) = await one.store.claim(worker, frozenset(), Room(9))
        prompt = prompt_in(item.content)
        assert prompt is not None
        assert (prompt.text, prompt.scheduled, prompt.may_answer) == ("check", "Hourly", False)
        assert item.session.schedule == ID


@pytest.mark.parametrize(("missed", "states"), [("skip", 0), ("once", 1), ("each", 1)])
async def test_a_machine_that_has_slept_over_three_periods_does_as_is_wanted(
    tmp_path: Path, missed: Missed, states: int
) -> None:
    async with running(tmp_path / "db", replace(HOURLY, missed=missed)) as one:
        await asyncio.sleep(0.1)  # it naps
        one.clock.now = 3 * 3600.0 + 600  # nobody rings; timers have stood still
        runs = await one.until(lambda runs: sum(run.state == "started" for run in runs) == states and bool(runs))
        assert sum(run.state == "due" for run in runs) == (2 if missed == "each" else 0)
        assert (await one.store.schedule(ID) or HOURLY).next == 4 * 3600.0


async def test_while_nothing_is_due_the_database_is_left_alone(tmp_path: Path) -> None:
    async with running(tmp_path / "db", HOURLY) as one:
        async with asyncio.timeout(10):
            while one.watched.asked.count("next_due") < 2:  # noqa: ASYNC110 - at its start, and for what was stored
                await asyncio.sleep(0.01)
        one.watched.asked.clear()
        await asyncio.sleep(0.3)  # fifteen naps
        assert one.watched.asked == []


async def test_an_earlier_one_that_is_made_meanwhile_wakes_it(tmp_path: Path) -> None:
    async with running(tmp_path / "db", HOURLY, nap=60.0) as one:
        soon = replace(HOURLY, id=ScheduleId("soon"), when=Every(3600.0, -2600.0), next=1000.0)
        await one.store.put_schedule(soon)
        await one.until(lambda runs: [run.state for run in runs] == ["started"], soon.id)


async def test_one_whose_session_is_gone_pauses(tmp_path: Path) -> None:
    lost = replace(HOURLY, shown_in="here", home=SessionId("gone"))
    async with running(tmp_path / "db", lost) as one:
        one.clock.now = 3600.0
        await one.until(lambda runs: [run.state for run in runs] == ["skipped"])
        async with asyncio.timeout(10):
            while (await one.store.schedule(ID) or lost).paused != "session_gone":  # noqa: ASYNC110
                await asyncio.sleep(0.01)


async def test_one_whose_zone_is_not_known_here_pauses_and_the_others_go_on(tmp_path: Path) -> None:
    odd = replace(HOURLY, id=ScheduleId("odd"), when=Cron("0 9 * * *", "Nowhere/Land"))
    async with running(tmp_path / "db", odd, HOURLY) as one:
        one.clock.now = 3600.0
        await one.until(lambda runs: [run.state for run in runs] == ["started"])
        assert (await one.store.schedule(odd.id) or odd).paused == "bad_time"


async def test_one_whose_place_cannot_be_told_holds_nothing_up(tmp_path: Path) -> None:
    broken = replace(HOURLY, paused="failures_untold", next=None, id=ScheduleId("broken"))
    async with running(tmp_path / "db", broken, HOURLY) as one:
        one.clock.now = 3600.0
        await one.until(lambda runs: [run.state for run in runs] == ["started"])
