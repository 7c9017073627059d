"""Who may write, and what becomes of the work of those who may not any more."""

from collections.abc import Awaitable, Callable

import pytest
from store_samples import (
    TTL,
    Clock,
    a_call,
    a_session,
    a_stop,
    a_turn,
    begin,
    claim_all,
    hold_hub,
    hold_worker,
    keys,
    pending,
    tail_of,
    whole_turn,
)

from antiphon.core.blocks import End, TextBlock
from antiphon.core.records import Closing, Lease, OutboxRow, Post, Room, TurnBegun
from antiphon.core.stored_turn import assemble
from antiphon.core.values import MessageId, turn_after
from antiphon.errors import StoreError
from antiphon.store import Fenced, Store

from fakes import kinds


async def test_a_lease_is_kept_from_others_until_it_expires(store: Store, clock: Clock):
    assert await store.hold("hub", "a", TTL) == Lease("hub", "a", 1)
    clock.now += TTL - 1
    assert await store.hold("hub", "b", TTL) is None
    clock.now += 1
    assert await store.hold("hub", "b", TTL) == Lease("hub", "b", 2)


async def test_the_same_holder_gets_a_new_epoch_at_once(store: Store):
    first = await hold_hub(store)
    second = await hold_hub(store)
    assert second.epoch == first.epoch + 1
    assert await store.renew(first, TTL) is False
    assert await store.renew(second, TTL) is True


async def test_renewing_prolongs_the_lease(store: Store, clock: Clock):
    lease = await hold_hub(store)
    clock.now += TTL - 1
    assert await store.renew(lease, TTL)
    clock.now += TTL - 1
    assert await store.hold("hub", "b", TTL) is None


async def test_a_late_lease_that_nobody_took_is_still_held(store: Store, clock: Clock):
    lease = await hold_hub(store)
    clock.now += 10 * TTL
    assert list(await pending(store, lease)) == []
    assert await store.renew(lease, TTL)


async def test_a_lease_that_was_never_held_is_fenced(store: Store):
    assert await store.renew(Lease("hub", "a", 1), TTL) is False
    with pytest.raises(Fenced, match="hub is held under epoch None now"):
        await pending(store, Lease("hub", "a", 1))


POST = Post(a_turn(1), "card", MessageId(1), "d")
HOME = a_session().id
STRANGER = OutboxRow(HOME, 9, a_turn(9), TurnBegun(None, 1.0))
BY_WORKER: dict[str, Callable[[Store, Lease], Awaitable[object]]] = {
    "claim": lambda store, me: store.claim(me, frozenset(), Room(1)),
    "emit": lambda store, me: store.emit(
        me, [OutboxRow(HOME, 9, a_turn(9), TurnBegun(None, 1.0))], [Closing(1, "done", 1.0)]
    ),
    "preview": lambda store, me: store.preview(me, HOME, a_turn(1), tail_of("x")),
    "keep": lambda store, me: store.keep(me, a_session()),
}
BY_HUB: dict[str, Callable[[Store, Lease], Awaitable[object]]] = {
    "pending": lambda store, me: store.pending(me),
    "record": lambda store, me: store.record(me, HOME, POST),
    "forget": lambda store, me: store.forget(me, HOME, POST),
    "posted": lambda store, me: store.posted(me, HOME, a_turn(1)),
}


@pytest.mark.parametrize("operation", BY_WORKER)
async def test_a_worker_that_was_taken_over_can_not(store: Store, operation: str):
    await store.accept(a_call(1))
    old = await hold_worker(store)
    new, hub = await hold_worker(store), await hold_hub(store)
    [item] = await claim_all(store, new)
    with pytest.raises(Fenced, match="worker:here is held under epoch 2 now; epoch 1"):
        await BY_WORKER[operation](store, old)
    assert list(await pending(store, hub)) == []
    assert await claim_all(store, new) == [item]
    assert (await store.overview()).cost == 0
    await BY_WORKER[operation](store, new)


@pytest.mark.parametrize("operation", BY_HUB)
async def test_a_hub_that_was_taken_over_can_not(store: Store, operation: str):
    await store.accept(a_call(1))
    worker = await hold_worker(store)
    [item] = await claim_all(store, worker)
    await store.emit(worker, [begin(item)])
    old = await hold_hub(store)
    new = await hold_hub(store)
    shown = Post(a_turn(1), "card", MessageId(1), "before")
    await store.record(new, HOME, shown)
    with pytest.raises(Fenced):
        await BY_HUB[operation](store, old)
    assert len(await pending(store, new)) == 1
    assert list(await store.posts(HOME, a_turn(1))) == [shown]
    await BY_HUB[operation](store, new)


async def test_fenced_is_not_worth_asking_again(store: Store):
    assert issubclass(Fenced, StoreError)
    assert not issubclass(Fenced, store.transient)


async def test_a_turn_that_never_reached_claude_waits_in_line_again(store: Store):
    for message in (1, 2):
        await store.accept(a_call(message))
    await claim_all(store, await hold_worker(store))
    new, hub = await hold_worker(store), await hold_hub(store)
    assert list(await pending(store, hub)) == []
    assert keys(await claim_all(store, new)) == ["message:1"]


async def test_a_turn_that_began_is_interrupted_with_a_visible_end(store: Store, clock: Clock):
    await store.accept(a_call(1))
    await store.accept(a_call(2))
    old, hub = await hold_worker(store), await hold_hub(store)
    [item] = await claim_all(store, old)
    await store.emit(old, [begin(item)])
    clock.now += 5
    new = await hold_worker(store)
    [story] = await pending(store, hub)
    assert kinds(story.rows) == ["begin", "end"]
    assert [row.seq for row in story.rows] == [0, 1]
    assert assemble(story).end == End("interrupted", at=clock.now)
    [following] = await claim_all(store, new)
    assert (following.key, following.next_seq) == ("message:2", 2)
    assert (await store.overview()).ended == 1


async def test_the_live_tail_of_an_interrupted_turn_outlives_the_next_turns_tail(store: Store):
    await store.accept(a_call(1))
    await store.accept(a_call(2))
    old, hub = await hold_worker(store), await hold_hub(store)
    [item] = await claim_all(store, old)
    await store.emit(old, whole_turn(item, "settled")[:2])
    await store.preview(old, item.session.id, a_turn(1), tail_of("live", rows=1))
    new = await hold_worker(store)
    [following] = await claim_all(store, new)
    await store.emit(new, [begin(following)])
    await store.preview(new, item.session.id, a_turn(2), tail_of("next"))
    interrupted, running = await pending(store, hub)
    assert [block.text for block in assemble(interrupted).blocks if isinstance(block, TextBlock)] == [
        "settled",
        "live",
    ]
    assert (interrupted.tail, running.tail) == (None, tail_of("next"))


async def test_a_turn_that_claude_started_by_itself_gets_its_end_too(store: Store):
    await store.accept(a_call(1))
    old, hub = await hold_worker(store), await hold_hub(store)
    [item] = await claim_all(store, old)
    await store.emit(old, whole_turn(item), [Closing(item.n, "done")])
    own = turn_after(a_turn(1))
    await store.emit(old, [OutboxRow(item.session.id, 2, own, TurnBegun(None, 3.0))])
    await hold_worker(store)
    first, second = await pending(store, hub)
    assert (first.turn, kinds(first.rows)) == (a_turn(1), ["begin", "end"])
    assert (second.turn, kinds(second.rows)) == (own, ["begin", "end"])


async def test_stops_of_a_dead_worker_are_cancelled_and_waiting_ones_are_kept(store: Store):
    await store.accept(a_stop("click:1"))
    await claim_all(store, await hold_worker(store))
    await store.accept(a_stop("click:2"))
    assert keys(await claim_all(store, await hold_worker(store))) == ["click:2"]


async def test_taking_over_twice_interrupts_once(store: Store):
    await store.accept(a_call(1))
    old, hub = await hold_worker(store), await hold_hub(store)
    [item] = await claim_all(store, old)
    await store.emit(old, [begin(item)])
    await hold_worker(store)
    await hold_worker(store)
    [story] = await pending(store, hub)
    assert kinds(story.rows) == ["begin", "end"]


async def test_another_workers_work_is_left_alone(store: Store):
    await store.accept(a_call(1))
    mine = await hold_worker(store)
    [item] = await claim_all(store, mine)
    await store.emit(mine, [begin(item)])
    for _ in range(2):
        await store.hold("worker:elsewhere", "b", TTL)
    assert [kinds(story.rows) for story in await pending(store, await hold_hub(store))] == [["begin"]]
    assert keys(await claim_all(store, mine)) == ["message:1"]
    assert (await store.overview()).running == 1


async def test_a_turn_whose_end_is_in_rows_gets_no_second_end(store: Store):
    await store.accept(a_call(1))
    old, hub = await hold_worker(store), await hold_hub(store)
    [item] = await claim_all(store, old)
    await store.emit(old, whole_turn(item))
    new = await hold_worker(store)
    [story] = await pending(store, hub)
    assert kinds(story.rows) == ["begin", "end"]
    assert await claim_all(store, new) == []
