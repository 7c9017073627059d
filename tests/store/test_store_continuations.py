"""Turns that go on by themselves, in the database: planned with their end, begun once, stopped by a button and for
everything, dropped when there is something newer."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from store_samples import WORKER, Clock, a_call, a_session

from antiphon.core.blocks import End
from antiphon.core.records import ClaimedEntry, Closing, InboxEntry, Lease, OutboxRow, Room, TurnBegun
from antiphon.core.schedules.values import CONTINUES, Continuation, ContinuationState, GoingOn
from antiphon.core.values import Asker, PlaceId, Prompt, Terminal, TurnId, turn_for
from antiphon.errors import StoreError
from antiphon.store import Store, open_store

HOME = a_session()
ADA = Asker("ada")
DUE = 5000.0
LIMITED = End("limited", 1001.0, "Limit.", time=4970.0, usage_limit=True, goes_on=DUE)


@dataclass
class Limits:
    """A store, and who writes in it."""

    store: Store
    hub: Lease
    worker: Lease
    clock: Clock

    async def begun(self, call: InboxEntry) -> ClaimedEntry:
        """A turn at work."""
        await self.store.accept(call)
        (item,) = await self.store.claim(self.worker, frozenset(), Room(9))
        assert isinstance(item.content, Prompt)
        begin = OutboxRow(item.session.id, item.next_seq, item.content.turn, TurnBegun(item.content.message, 1.0))
        await self.store.emit(self.worker, [begin])
        return item

    async def ended(self, item: ClaimedEntry, end: End = LIMITED) -> TurnId:
        assert isinstance(item.content, Prompt)
        row = OutboxRow(item.session.id, item.next_seq + 1, item.content.turn, end)
        await self.store.emit(self.worker, [row], [Closing(item.n, "failed")])
        return item.content.turn

    async def limited(self, message: int = 11) -> TurnId:
        """A turn that a usage limit has ended."""
        return await self.ended(await self.begun(a_call(message)))

    async def state(self, turn: TurnId) -> ContinuationState | None:
        story = await self.store.story(HOME.id, turn)
        assert story is not None
        return None if story.continuation is None else story.continuation.state

    async def go_on(self, one: Continuation | None = None, entry: bool = True) -> bool:
        """Its time has come."""
        self.clock.now = DUE
        (due,) = [one] if one is not None else await self.store.due_continuations(9)
        key = f"{CONTINUES}{due.turn}"
        call = InboxEntry(key, WORKER, HOME, Prompt(turn_for(key), "Go on.", ADA, None))
        return await self.store.go_on(self.hub, due, call if entry else None)


@pytest.fixture
async def limits(file: Path, clock: Clock) -> AsyncGenerator[Limits]:
    async with open_store(file, clock) as store:
        hub, worker = await store.hold("hub", "test", 1e6), await store.hold(f"worker:{WORKER}", "test", 1e6)
        assert hub is not None
        assert worker is not None
        yield Limits(store, hub, worker, clock)


async def shown(limits: Limits, turn: TurnId) -> None:
    await limits.store.posted(limits.hub, HOME.id, turn)
    assert await limits.store.changed_continuations() == []


async def test_it_is_planned_with_its_turns_end_and_due_when_that_says(limits: Limits) -> None:
    turn = await limits.limited()
    assert await limits.store.next_continuation() == DUE
    assert await limits.store.due_continuations(9) == []
    assert await limits.state(turn) == "planned"
    ((home, one),) = await limits.store.continuations()
    assert (home.id, one) == (HOME.id, Continuation(HOME.id, turn, DUE))


async def test_an_end_that_says_nothing_of_it_plans_nothing(limits: Limits) -> None:
    turn = await limits.ended(await limits.begun(a_call(11)), replace(LIMITED, goes_on=None))
    assert await limits.state(turn) is None
    assert await limits.store.next_continuation() is None


async def test_it_begins_once(limits: Limits) -> None:
    turn = await limits.limited()
    await shown(limits, turn)
    (one,) = [one for _, one in await limits.store.continuations()]
    assert await limits.go_on()
    assert not await limits.go_on(one)
    assert await limits.state(turn) == "begun"
    assert [gone for _, gone in await limits.store.changed_continuations()] == [turn]
    (item,) = await limits.store.claim(limits.worker, frozenset(), Room(9))
    assert item.key == f"{CONTINUES}{turn}"
    assert await limits.store.next_continuation() is None


async def test_whoever_presses_continue_first_is_the_one(limits: Limits) -> None:
    turn = await limits.limited()
    (one,) = [one for _, one in await limits.store.continuations()]
    key = f"{CONTINUES}{turn}"
    assert await limits.store.accept(InboxEntry(key, WORKER, HOME, Prompt(turn_for(key), "Go on.", ADA, None)))
    assert await limits.state(turn) == "begun"
    assert not await limits.go_on(one)
    assert not await limits.store.plan_continuation(one)


async def test_a_continue_before_it_was_planned_is_known_when_it_is_due(limits: Limits) -> None:
    turn = await limits.ended(await limits.begun(a_call(11)), replace(LIMITED, goes_on=None))
    key = f"{CONTINUES}{turn}"
    call = InboxEntry(key, WORKER, HOME, Prompt(turn_for(key), "Go on.", ADA, None))
    await limits.ended(await limits.begun(call), End("done", 1002.0))
    assert await limits.store.plan_continuation(Continuation(HOME.id, turn, DUE, by=ADA))
    assert not await limits.go_on()
    assert await limits.state(turn) == "begun"
    assert await limits.store.next_continuation() is None


async def test_it_is_stopped_by_a_button_and_planned_again_by_another(limits: Limits) -> None:
    turn = await limits.limited()
    await shown(limits, turn)
    (one,) = [one for _, one in await limits.store.continuations()]
    assert await limits.store.stop_continuation(HOME.id, turn, ADA)
    assert not await limits.store.stop_continuation(HOME.id, None, ADA)
    story = await limits.store.story(HOME.id, turn)
    assert story is not None
    assert story.continuation == replace(one, state="stopped", by=ADA)
    assert [gone for _, gone in await limits.store.changed_continuations()] == [turn]
    assert not await limits.go_on(one)
    assert await limits.state(turn) == "stopped"
    assert await limits.store.plan_continuation(replace(one, by=ADA))
    assert await limits.go_on()


async def test_the_switch_stops_what_is_planned_and_plans_nothing_until_it_is_on(limits: Limits) -> None:
    assert await limits.store.going_on() == GoingOn()
    turn = await limits.limited()
    assert await limits.store.set_going_on(GoingOn(False, "ada")) == 1
    assert await limits.state(turn) == "off"
    (one,) = [Continuation(HOME.id, turn, DUE)]
    assert not await limits.store.plan_continuation(one)
    other = await limits.limited(12)
    assert await limits.state(other) == "off"
    assert await limits.store.next_continuation() is None
    assert await limits.store.set_going_on(GoingOn(True, "root")) == 0
    assert await limits.store.going_on() == GoingOn(True, "root")
    assert await limits.state(other) == "off"
    assert await limits.store.plan_continuation(replace(one, turn=other))


async def test_the_switch_lasts(file: Path, clock: Clock) -> None:
    async with open_store(file, clock) as store:
        await store.set_going_on(GoingOn(False, "ada"))
    async with open_store(file, clock) as store:
        assert await store.going_on() == GoingOn(False, "ada")


async def test_a_newer_turn_takes_its_place(limits: Limits) -> None:
    turn = await limits.limited()
    item = await limits.begun(a_call(12))
    assert await limits.state(turn) == "dropped"
    other = await limits.ended(item)
    assert [one.turn for _, one in await limits.store.continuations()] == [other]


async def test_what_claude_begins_by_itself_leaves_it_as_it_is(limits: Limits) -> None:
    turn = await limits.limited()
    begin = OutboxRow(HOME.id, 2, TurnId("own"), TurnBegun(None, 2.0))
    await limits.store.emit(limits.worker, [begin, OutboxRow(HOME.id, 3, TurnId("own"), End("done", 3.0))])
    assert await limits.state(turn) == "planned"
    assert await limits.go_on()


async def test_a_prompt_that_waits_when_it_is_due_goes_first_and_is_newer(limits: Limits) -> None:
    turn = await limits.limited()
    await limits.store.accept(a_call(12))
    assert not await limits.go_on()
    assert await limits.state(turn) == "dropped"


async def test_a_prompt_that_is_held_keeps_nothing_up(limits: Limits) -> None:
    await limits.limited()
    await limits.store.accept(replace(a_call(12), held=True))
    assert await limits.go_on()


async def test_where_there_is_nothing_to_go_on_with_it_is_dropped(limits: Limits) -> None:
    turn = await limits.limited()
    assert not await limits.go_on(entry=False)
    assert await limits.state(turn) == "dropped"


async def test_a_session_that_is_open_in_a_terminal_by_then_is_left_alone(limits: Limits) -> None:
    turn = await limits.limited()
    await limits.store.keep(limits.worker, replace(HOME, terminal=Terminal(7)))
    assert not await limits.go_on()
    assert await limits.state(turn) == "dropped"


async def test_a_deleted_thread_takes_it_away(limits: Limits) -> None:
    turn = await limits.limited()
    await limits.store.abandon(PlaceId(1))
    assert await limits.state(turn) == "dropped"


async def test_nothing_begins_under_a_lost_lease(limits: Limits) -> None:
    await limits.limited()
    limits.hub = replace(limits.hub, epoch=limits.hub.epoch - 1)
    with pytest.raises(StoreError):
        await limits.go_on()
    assert await limits.store.due_continuations(9)


async def test_the_same_end_written_twice_plans_it_once(limits: Limits) -> None:
    item = await limits.begun(a_call(11))
    turn = await limits.ended(item)
    await limits.store.stop_continuation(HOME.id, turn, ADA)
    await limits.ended(item)  # a reply was lost
    assert await limits.state(turn) == "stopped"
