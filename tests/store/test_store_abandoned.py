"""A place that is gone: what waits for it is withdrawn, what runs is stopped, other places go on."""

from store_samples import a_call, a_session, a_steer, a_turn, begin, claim_all, hold_hub, hold_worker, keys

from antiphon.core.records import Post
from antiphon.core.values import Change, Interrupt, MessageId, PlaceId, Prompt, TurnId
from antiphon.store import Store

HERE, THERE = PlaceId(1), PlaceId(2)


async def test_what_waits_for_a_gone_place_is_withdrawn_and_what_runs_is_stopped_once(store: Store):
    worker = await hold_worker(store)
    await store.accept(a_call(1))
    await claim_all(store, worker)
    await store.accept(a_call(2))
    await store.accept(a_call(3, place=THERE))
    assert await store.abandon(HERE) == 1
    assert await store.abandon(HERE) == 0
    claimed = await claim_all(store, worker, known=[1])
    assert [(type(item.content), item.session.place) for item in claimed] == [(Interrupt, HERE), (Prompt, THERE)]
    assert not await store.line(a_session().id)


async def test_words_that_a_turn_has_not_taken_in_are_taken_back_before_it_is_stopped(store: Store):
    worker = await hold_worker(store)
    await store.accept(a_call(1))
    await claim_all(store, worker)
    await store.accept(a_steer(2))
    await claim_all(store, worker, known=[1])
    await store.abandon(HERE)
    change, stop = await claim_all(store, worker, known=[1, 2])
    assert change.content == Change(MessageId(2), None, change.n)
    assert isinstance(stop.content, Interrupt)


async def test_nothing_is_stopped_where_nothing_runs(store: Store):
    worker = await hold_worker(store)
    assert await store.abandon(HERE) == 0
    await store.accept(a_call(1))
    assert await store.abandon(HERE) == 1
    assert keys(await claim_all(store, worker)) == []


async def test_the_newest_post_is_one_of_a_turns_page(store: Store):
    hub, worker = await hold_hub(store), await hold_worker(store)
    await store.accept(a_call(1))
    [item] = await claim_all(store, worker)
    await store.emit(worker, [begin(item)])
    home = a_session().id
    assert await store.last_post(home) is None
    for turn, slot, message in ((a_turn(1), "card", 10), (a_turn(1), "0", 12), (TurnId("line"), "line", 99)):
        await store.record(hub, home, Post(turn, slot, MessageId(message), "digest"))
    assert await store.last_post(home) == 12
