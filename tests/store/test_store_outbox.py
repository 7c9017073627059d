"""From the worker to Discord: in order, with the turn's end, posted once."""

import pytest
from store_samples import (
    a_call,
    a_session,
    a_turn,
    begin,
    claim_all,
    hold_hub,
    hold_worker,
    pending,
    prompt_of,
    tail_of,
    whole_turn,
)

from antiphon.core.blocks import SteerBlock, TextBlock
from antiphon.core.records import (
    UNDELIVERED,
    ClaimedEntry,
    Closing,
    Lease,
    OutboxRow,
    Overview,
    PastTurn,
    Post,
    TurnBegun,
)
from antiphon.core.stored_turn import assemble, rows_of
from antiphon.core.values import MessageId, SessionId, TurnId
from antiphon.core.view import TurnView
from antiphon.errors import StoreError
from antiphon.store import Store

from fakes import kinds


async def claimed(store: Store, worker: Lease, message: int, place: int = 1) -> ClaimedEntry:
    await store.accept(a_call(message, place))
    return next(item for item in await claim_all(store, worker) if prompt_of(item).message == message)


async def test_what_is_emitted_is_pending_in_order_with_its_session(store: Store):
    worker, hub = await hold_worker(store), await hold_hub(store)
    item = await claimed(store, worker, 1)
    events = whole_turn(item, "one", "two")
    await store.emit(worker, events, [Closing(item.n, "done")])
    [story] = await pending(store, hub)
    assert (story.session, story.turn, list(story.rows), story.tail) == (a_session(), a_turn(1), events, None)
    assert [block.text for block in assemble(story).blocks if isinstance(block, TextBlock)] == ["one", "two"]


async def test_emitting_twice_is_harmless_and_costs_once(store: Store):
    worker, hub = await hold_worker(store), await hold_hub(store)
    item = await claimed(store, worker, 1)
    for _ in range(2):
        await store.emit(worker, whole_turn(item, "x"), [Closing(item.n, "done", cost=0.25)])
    [story] = await pending(store, hub)
    assert kinds(story.rows) == ["begin", "block", "end"]
    assert (await store.overview()).cost == 0.25


async def test_an_event_under_anothers_number_is_refused_and_nothing_of_its_emit_is_kept(store: Store):
    worker, hub = await hold_worker(store), await hold_hub(store)
    item = await claimed(store, worker, 1)
    await store.emit(worker, [begin(item)])
    stranger = OutboxRow(item.session.id, 0, a_turn(99), TurnBegun(None, 1.0))
    with pytest.raises(StoreError, match="cannot take it"):
        await store.emit(worker, [begin(item, seq=1), stranger], [Closing(item.n, "done")])
    assert [kinds(story.rows) for story in await pending(store, hub)] == [["begin"]]
    assert (await store.overview()).running == 1


async def test_an_event_of_an_unknown_session_is_refused(store: Store):
    worker = await hold_worker(store)
    with pytest.raises(StoreError, match="FOREIGN KEY"):
        await store.emit(worker, [OutboxRow(a_session().id, 0, a_turn(1), TurnBegun(None, 1.0))])


async def test_stories_come_in_the_order_of_their_first_rows_each_with_all_its_rows(store: Store):
    worker, hub = await hold_worker(store), await hold_hub(store)
    second = await claimed(store, worker, 2, place=2)
    first = await claimed(store, worker, 1, place=1)
    one, two = whole_turn(first, "a"), whole_turn(second, "b")
    await store.emit(worker, one[:1])
    await store.emit(worker, two)
    await store.posted(hub, first.session.id, a_turn(1))
    assert [story.turn for story in await pending(store, hub)] == [a_turn(2)]
    await store.emit(worker, one[1:])
    stories = await pending(store, hub)
    assert [(story.turn, list(story.rows)) for story in stories] == [(a_turn(1), one), (a_turn(2), two)]


async def test_a_posted_turn_is_not_pending_and_other_turns_are(store: Store):
    worker, hub = await hold_worker(store), await hold_hub(store)
    for message in (1, 2):
        item = await claimed(store, worker, message)
        await store.emit(worker, whole_turn(item), [Closing(item.n, "done")])
    await store.posted(hub, a_session().id, a_turn(1))
    await store.posted(hub, a_session().id, a_turn(1))
    assert [story.turn for story in await pending(store, hub)] == [a_turn(2)]


async def test_the_live_tail_is_overwritten_and_belongs_to_its_turn_alone(store: Store):
    worker, hub = await hold_worker(store), await hold_hub(store)
    item = await claimed(store, worker, 1)
    await store.emit(worker, whole_turn(item)[:1])
    await store.preview(worker, item.session.id, a_turn(1), tail_of("wor"))
    await store.preview(worker, item.session.id, a_turn(1), tail_of("words"))
    [story] = await pending(store, hub)
    assert story.tail == tail_of("words")
    await store.preview(worker, item.session.id, a_turn(2), tail_of("other"))
    [story] = await pending(store, hub)
    assert story.tail is None


async def test_a_turns_end_drops_its_tail_and_not_the_next_turns(store: Store):
    worker, hub = await hold_worker(store), await hold_hub(store)
    item = await claimed(store, worker, 1)
    await store.preview(worker, item.session.id, a_turn(1), tail_of("words"))
    await store.emit(worker, whole_turn(item, "words"), [Closing(item.n, "done")])
    [story] = await pending(store, hub)
    assert story.tail is None
    second = await claimed(store, worker, 2)
    await store.emit(worker, [begin(second)])
    await store.preview(worker, item.session.id, a_turn(2), tail_of("more"))
    await store.posted(hub, item.session.id, a_turn(1))
    [story] = await pending(store, hub)
    assert (story.turn, story.tail) == (a_turn(2), tail_of("more"))


async def test_posting_strikes_the_turns_tail(store: Store):
    worker, hub = await hold_worker(store), await hold_hub(store)
    item = await claimed(store, worker, 1)
    await store.emit(worker, whole_turn(item, "words")[:1])
    await store.preview(worker, item.session.id, a_turn(1), tail_of("words"))
    await store.posted(hub, item.session.id, a_turn(1))
    await store.emit(worker, whole_turn(item, "words")[:2])
    [story] = await pending(store, hub)
    assert (kinds(story.rows), story.tail) == (["begin", "block"], None)


async def test_text_of_every_kind_comes_back_as_it_was(store: Store):
    worker, hub = await hold_worker(store), await hold_hub(store)
    item = await claimed(store, worker, 1)
    text = "quote ' \" \\ nul \x00 lone \ud83d whole 😀 \u2028 end"
    await store.emit(worker, whole_turn(item, text))
    [story] = await pending(store, hub)
    assert story.rows[1].content == TextBlock(text, settled=True)


async def test_posts_are_recorded_overwritten_and_struck(store: Store):
    worker, hub = await hold_worker(store), await hold_hub(store)
    item = await claimed(store, worker, 1)
    home, turn = item.session.id, a_turn(1)
    card = Post(turn, "card", MessageId(20), "d1")
    answer = Post(turn, "text:0", MessageId(10), "d2")
    for post in (card, answer, card):
        await store.record(hub, home, post)
    newer = Post(turn, "card", MessageId(20), "d3")
    await store.record(hub, home, newer)
    assert list(await store.posts(home, turn)) == [answer, newer]
    assert list(await store.posts(home, a_turn(2))) == []
    replacement = Post(turn, "card", MessageId(30), "d4")
    await store.record(hub, home, replacement)
    await store.forget(hub, home, newer)
    assert list(await store.posts(home, turn)) == [answer, replacement]
    await store.forget(hub, home, replacement)
    await store.forget(hub, home, replacement)
    assert list(await store.posts(home, turn)) == [answer]


async def test_the_overview_counts_turns_and_dollars(store: Store):
    assert await store.overview() == Overview(0, 0, 0, 0, 0.0)
    worker = await hold_worker(store)
    (lease,) = (await store.overview()).leases
    assert lease[0] == worker.name
    for message, place in ((1, 1), (2, 1), (3, 1), (4, 2)):
        await store.accept(a_call(message, place))
    items = await claim_all(store, worker)
    await store.emit(worker, whole_turn(items[0]), [Closing(items[0].n, "failed", cost=0.5)])
    [second] = await claim_all(store, worker, [items[1].n])
    assert await store.overview() == Overview(sessions=2, running=2, queued=1, ended=1, cost=0.5, leases=(lease,))
    await store.emit(worker, whole_turn(second), [Closing(second.n, "done", cost=0.25)])
    assert await store.overview() == Overview(sessions=2, running=1, queued=1, ended=2, cost=0.75, leases=(lease,))


async def test_the_overview_names_the_places_with_messages_that_discord_has_not_taken(store: Store):
    worker, hub = await hold_worker(store), await store.hold("hub", "test", 10.0)
    assert hub is not None
    await store.accept(a_call(1))
    [item] = await claim_all(store, worker)
    turn, home = TurnId("turn"), item.session.id
    for slot, digest in (("0", UNDELIVERED), ("1", UNDELIVERED), ("2", "shown"), ("mark", f"{UNDELIVERED} x")):
        await store.record(hub, home, Post(turn, slot, MessageId(5), digest))
    assert (await store.overview()).undelivered == ((item.session.place, item.session.title, 2),)
    await store.record(hub, home, Post(turn, "0", MessageId(5), "shown"))
    await store.record(hub, home, Post(turn, "1", MessageId(5), "shown"))
    assert (await store.overview()).undelivered == ()


async def test_turns_are_listed_newest_first_with_their_words_and_claudes_name_for_them(store: Store):
    worker = await hold_worker(store)
    first = await claimed(store, worker, 1)
    await store.emit(worker, whole_turn(first, "x"), [Closing(first.n, "done")])
    await store.accept(a_call(2, text="and then?"))
    [second] = await claim_all(store, worker)
    view = TurnView(prompt_of(second).turn, MessageId(2), 2.0, known_as=a_turn(99))
    await store.emit(worker, rows_of(second.session.id, view, second.next_seq, None))
    assert await store.turns(a_session().id, 10) == [
        PastTurn(a_turn(2), a_turn(99), MessageId(2), 2.0, "and then?"),
        PastTurn(a_turn(1), a_turn(1), MessageId(1), 1.0, "hello"),
    ]
    assert [past.turn for past in await store.turns(a_session().id, 1)] == [a_turn(2)]


async def test_a_message_belongs_to_the_turn_it_began_or_was_taken_in_by_and_a_post_to_its_own(store: Store):
    worker, hub = await hold_worker(store), await hold_hub(store)
    item = await claimed(store, worker, 1)
    steer = SteerBlock(a_turn(2), MessageId(1 << 60), "and this", "ann")
    view = TurnView(prompt_of(item).turn, MessageId(1), 1.0, (steer,))
    await store.emit(worker, rows_of(item.session.id, view, item.next_seq, None))
    await store.record(hub, item.session.id, Post(a_turn(1), "card", MessageId(7), "x"))
    for message in (1, 1 << 60, 7):
        story = await store.turn_at(item.session.id, MessageId(message))
        assert story is not None
        assert story.turn == a_turn(1)
    assert await store.turn_at(item.session.id, MessageId(99)) is None
    assert await store.turn_at(SessionId("another"), MessageId(1)) is None
