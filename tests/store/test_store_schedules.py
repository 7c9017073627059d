"""Schedules in the database: each due time is written down once, each run started once, and failures counted."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from store_samples import Clock

from antiphon.core.blocks import End
from antiphon.core.records import Closing, InboxEnd, InboxEntry, Lease, OutboxRow, Room, TurnBegun
from antiphon.core.schedules.values import Every, Firing, Once, ScheduledPrompt, ScheduledRun, ScheduleId
from antiphon.core.values import (
    NOWHERE,
    Asker,
    Choices,
    ClaudeSessionId,
    Origin,
    PlaceId,
    Prompt,
    Session,
    SessionId,
    turn_for,
)
from antiphon.errors import StoreError
from antiphon.store import Store, open_store

ID = ScheduleId("nightly")
NIGHTLY = ScheduledPrompt(ID, "Nightly", "playground", "check", Every(3600.0, 0.0), next=100.0)
HOME = Session(
    SessionId("schedule:home"), NOWHERE, "playground", ClaudeSessionId("c"), "Nightly", Origin(PlaceId(7)), schedule=ID
)

_DONE = End("done", 2.0)


@dataclass
class Clockwork:
    """A store that has the schedule, and who writes in it."""

    store: Store
    hub: Lease
    worker: Lease

    async def due(self, at: float) -> ScheduledRun:
        """A run that is to be started."""
        run = ScheduledRun(ID, at)
        await self.store.add_run(run)
        return run

    async def start(self, run: ScheduledRun) -> bool:
        prompt = Prompt(turn_for(run.key), "check", Asker("Ada"), None, scheduled="Nightly")
        return await self.store.start_run(self.hub, run, InboxEntry(run.key, "local", HOME, prompt))

    async def end(self, how: InboxEnd, end: End = _DONE) -> None:
        """The turn that is next runs, and ends so."""
        (one,) = await self.store.claim(self.worker, frozenset(), Room(9))
        assert isinstance(one.content, Prompt)
        turn = one.content.turn
        rows = [
            OutboxRow(HOME.id, one.next_seq, turn, TurnBegun(None, 1.0)),
            OutboxRow(HOME.id, one.next_seq + 1, turn, end),
        ]
        await self.store.emit(self.worker, rows, [Closing(one.n, how)])


@pytest.fixture
async def work(file: Path, clock: Clock) -> AsyncGenerator[Clockwork]:
    async with open_store(file, clock) as store:
        hub, worker = await store.hold("hub", "test", 10.0), await store.hold("worker:local", "test", 10.0)
        assert hub is not None
        assert worker is not None
        await store.put_schedule(NIGHTLY)
        yield Clockwork(store, hub, worker)


async def test_a_schedule_is_kept_as_it_is_and_replaced_by_its_id(work: Clockwork) -> None:
    assert await work.store.schedule(ID) == NIGHTLY
    changed = replace(NIGHTLY, name="Hourly", when=Once(5.0), next=None, paused="by_hand")
    await work.store.put_schedule(changed)
    assert await work.store.schedules() == [changed]
    assert await work.store.drop_schedule(ID)
    assert not await work.store.drop_schedule(ID)
    assert await work.store.schedule(ID) is None


async def test_what_is_due_is_found_and_fired_once(work: Clockwork, clock: Clock) -> None:
    assert await work.store.next_due() == 100.0
    clock.now = 99.0
    assert await work.store.due_schedules(9) == []
    clock.now = 100.0
    assert await work.store.due_schedules(9) == [NIGHTLY]
    fired = Firing(ID, 100.0, 3700.0, [ScheduledRun(ID, 100.0)])
    assert await work.store.fire(work.hub, fired)
    assert not await work.store.fire(work.hub, fired)
    assert await work.store.next_due() == 3700.0
    assert await work.store.open_runs() == [ScheduledRun(ID, 100.0)]


async def test_one_that_is_changed_meanwhile_is_not_fired(work: Clockwork) -> None:
    await work.store.put_schedule(replace(NIGHTLY, next=200.0))
    assert not await work.store.fire(work.hub, Firing(ID, 100.0, None, [ScheduledRun(ID, 100.0)]))
    assert await work.store.open_runs() == []


async def test_a_run_is_started_once_with_its_session(work: Clockwork) -> None:
    run = await work.due(100.0)
    assert await work.start(run)
    assert not await work.start(run)
    (started,) = await work.store.open_runs()
    assert (started.state, started.session) == ("started", HOME.id)
    (one,) = await work.store.claim(work.worker, frozenset(), Room(9))
    assert one.session.schedule == ID
    assert not await work.store.wanted()  # it gets its place with what it shows


async def test_what_it_shows_is_pending_before_it_has_a_place(work: Clockwork) -> None:
    await work.start(await work.due(100.0))
    await work.end("done")
    assert [one.id for one, _ in await work.store.pending(work.hub)] == [HOME.id]


async def test_a_run_is_over_with_its_turn(work: Clockwork) -> None:
    await work.start(await work.due(100.0))
    assert await work.store.settle_runs(work.hub) == []
    await work.end("done")
    await work.store.settle_runs(work.hub)
    (over,) = await work.store.schedule_runs(ID, 9)
    assert (over.state, over.ended) == ("over", "done")
    assert await work.store.open_runs() == []


async def test_five_failures_in_a_row_pause_it_and_one_success_forgives_them(work: Clockwork) -> None:
    for n, failed in enumerate([*[True] * 4, False, *[True] * 5]):
        assert await work.store.settle_runs(work.hub) == []
        await work.start(await work.due(100.0 + n))
        await work.end("failed" if failed else "done")
    (paused,) = await work.store.settle_runs(work.hub)
    assert (paused.paused, paused.next, paused.failures) == ("failures_untold", None, 5)
    assert [one.id for one in await work.store.settle_runs(work.hub)] == [ID]  # until its place is told
    await work.store.pause_schedule(ID, "failures")
    assert await work.store.settle_runs(work.hub) == []


async def test_a_usage_limit_is_no_failure_and_forgives_none(work: Clockwork) -> None:
    limit = End("limited", 2.0, "Limit.", usage_limit=True)
    ends: list[End] = [*[End("failed", 2.0)] * 4, *[limit] * 9, End("limited", 2.0, "Too many steps.")]
    for n, end in enumerate(ends):
        assert await work.store.settle_runs(work.hub) == []
        await work.start(await work.due(100.0 + n))
        await work.end("failed", end)
    (paused,) = await work.store.settle_runs(work.hub)
    assert paused.failures == 5
    assert [run.ended for run in await work.store.schedule_runs(ID, 99)][:3] == ["failed", "limited", "limited"]


async def test_the_last_fifty_runs_are_kept_and_those_that_are_open(work: Clockwork) -> None:
    waiting = await work.due(1.0)
    runs = [ScheduledRun(ID, 100.0 + n, "missed") for n in range(60)]
    await work.store.fire(work.hub, Firing(ID, 100.0, None, runs))
    kept = await work.store.schedule_runs(ID, 100)
    assert len(kept) == 51
    assert kept[-1] == waiting


async def test_the_clock_writes_nothing_under_a_lost_lease(work: Clockwork) -> None:
    lost = replace(work.hub, epoch=work.hub.epoch - 1)
    run = await work.due(100.0)
    with pytest.raises(StoreError):
        await work.store.fire(lost, Firing(ID, 100.0, None, []))
    with pytest.raises(StoreError):
        await work.store.settle_runs(lost)
    assert await work.store.open_runs() == [run]


async def test_what_waits_is_not_started_once_it_is_paused(work: Clockwork) -> None:
    runs = [await work.due(float(n)) for n in (1, 2, 3)]
    await work.start(runs[0])
    await work.store.pause_schedule(ID, "by_hand")
    assert not await work.start(runs[1])
    assert [run.state for run in await work.store.open_runs()] == ["started"]
    await work.due(4.0)  # "Run now"
    assert [run.state for run in await work.store.open_runs()] == ["started", "due"]


async def test_five_failures_take_away_what_waits(work: Clockwork) -> None:
    waiting = [await work.due(100.0 + n) for n in range(8)]
    for run in waiting[:5]:
        await work.start(run)
        await work.end("failed")
        await work.store.settle_runs(work.hub)
    assert not await work.start(waiting[5])
    assert await work.store.open_runs() == []


async def test_a_thread_that_is_deleted_is_replaced_and_one_to_reply_in_pauses(work: Clockwork) -> None:
    shared = replace(NIGHTLY, shown_in="one_thread")
    await work.store.put_schedule(shared)
    session = replace(HOME, id=shared.thread, place=PlaceId(55))
    await work.store.adopt(session, "local")
    reply = replace(NIGHTLY, id=ScheduleId("reply"), shown_in="here", home=session.id)
    await work.store.put_schedule(reply)
    for _ in range(2):
        await work.store.abandon(PlaceId(55))
    assert (await work.store.schedule(ID) or NIGHTLY).thread != session.id
    assert (await work.store.schedule(ID) or NIGHTLY).threads == 1
    assert (await work.store.schedule(reply.id) or reply).paused == "session_gone"


async def test_two_times_within_a_millisecond_are_one(work: Clockwork) -> None:
    assert await work.store.add_run(ScheduledRun(ID, 605.0))
    assert not await work.store.add_run(ScheduledRun(ID, 605.0002))


async def test_a_thread_that_is_there_runs_with_what_is_configured_by_now(work: Clockwork) -> None:
    await work.start(await work.due(1.0))
    await work.end("done")
    changed = replace(HOME, choices=Choices(model="opus", budget=2.0))
    run = await work.due(2.0)
    prompt = Prompt(turn_for(run.key), "check", Asker("Ada"), None)
    await work.store.settle_runs(work.hub)
    await work.store.start_run(work.hub, run, InboxEntry(run.key, "local", changed, prompt))
    (one,) = await work.store.claim(work.worker, frozenset(), Room(9))
    assert one.session.choices == changed.choices
