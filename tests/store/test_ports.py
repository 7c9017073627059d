"""What conversations and delivery may expect of the bus, on the database and on the fake that stands for it in tests:
a fake that behaves otherwise would prove nothing."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

import pytest
from store_samples import WORKER, Clock, a_call, a_prompt, a_session, a_steer, a_stop, a_turn, tail_of

from antiphon.core.blocks import End, TextBlock
from antiphon.core.bus import DeliveryStore, WorkerStore
from antiphon.core.records import (
    ELSEWHERE,
    LINE,
    STATUS,
    UNDELIVERED,
    ClaimedEntry,
    Closing,
    InboxEntry,
    Lease,
    OutboxRow,
    Post,
    Room,
    TurnBegun,
)
from antiphon.core.values import (
    NOWHERE,
    Asker,
    Choices,
    Interrupt,
    MessageId,
    PersonId,
    PlaceId,
    Prompt,
    SessionId,
    Steer,
)
from antiphon.errors import StoreError
from antiphon.store import open_store

from memory_store import MemoryStore

HOME = a_session().id


class BothSides(WorkerStore, DeliveryStore, Protocol):
    async def accept(self, call: InboxEntry, /) -> bool: ...


@dataclass
class Bus:
    """A store, and who is on it."""

    store: BothSides
    worker: Lease
    hub: Lease

    async def claim(self, *known: int, room: int = 9) -> list[ClaimedEntry]:
        return list(await self.store.claim(self.worker, frozenset(known), Room(room)))

    async def run(self, n: int, cost: float = 0.0) -> None:
        """Let the turn of message `n` begin, say something and end; it is claimed by now."""
        (item,) = [one for one in await self.claim() if isinstance(one.content, Prompt) and one.key == f"message:{n}"]
        await self.store.emit(self.worker, whole(n, item.next_seq), (Closing(item.n, "done", cost),))


def whole(n: int, seq: int = 0) -> list[OutboxRow]:
    contents = (TurnBegun(MessageId(n), 1.0), TextBlock(f"answer {n}", settled=True), End("done", 2.0))
    return [OutboxRow(HOME, seq + at, a_turn(n), content) for at, content in enumerate(contents)]


@pytest.fixture(params=["sqlite", "memory"])
async def bus(request: pytest.FixtureRequest, file: Path, clock: Clock) -> AsyncGenerator[Bus]:
    if request.param == "memory":
        yield Bus(MemoryStore(), Lease(f"worker:{WORKER}", "test", 1), Lease("hub", "test", 1))
        return
    async with open_store(file, clock) as store:
        worker, hub = await store.hold(f"worker:{WORKER}", "test", 10.0), await store.hold("hub", "test", 10.0)
        assert worker is not None
        assert hub is not None
        yield Bus(store, worker, hub)


def keys(items: list[ClaimedEntry]) -> list[str]:
    return [item.key for item in items]


# The inbox


async def test_a_key_is_accepted_once(bus: Bus):
    assert await bus.store.accept(a_call(1))
    assert not await bus.store.accept(a_call(1))
    assert keys(await bus.claim()) == ["message:1"]


async def test_a_session_runs_one_turn_at_a_time_and_sessions_go_side_by_side(bus: Bus):
    for n, place in ((1, 1), (2, 1), (3, 2)):
        await bus.store.accept(a_call(n, place))
    items = await bus.claim()
    assert keys(items) == ["message:1", "message:3"]
    assert keys(await bus.claim(*(item.n for item in items))) == []
    await bus.store.emit(bus.worker, (), (Closing(items[0].n, "done"),))
    assert keys(await bus.claim(items[1].n)) == ["message:2"]


async def test_prompts_run_in_the_order_in_which_they_were_said_not_told(bus: Bus):
    await bus.store.accept(replace(a_call(1), said=5.0))
    await bus.claim()
    for n, said in ((3, 30.0), (2, 20.0), (4, 40.0)):
        await bus.store.accept(replace(a_call(n), said=said))
    assert [one.key for one in await bus.store.line(HOME)] == ["message:2", "message:3", "message:4"]
    await bus.run(1)
    assert keys(await bus.claim()) == ["message:2"]


async def test_between_sessions_too_who_spoke_first_runs_first(bus: Bus):
    for n, said in ((2, 20.0), (1, 10.0)):
        await bus.store.accept(replace(a_call(n, n), said=said))
    assert keys(await bus.claim(room=1)) == ["message:1"]


async def test_no_more_turns_are_claimed_than_there_is_room_for(bus: Bus):
    for n in (1, 2, 3):
        await bus.store.accept(a_call(n, n))
    assert keys(await bus.claim(room=2)) == ["message:1", "message:2"]


async def test_a_person_who_has_their_share_at_work_is_passed_over_and_the_line_says_why(bus: Bus):
    for n in (1, 2, 3):
        asker = Asker("x", PersonId(5 if n < 3 else 6))
        call = a_call(n, n)
        assert isinstance(call.content, Prompt)
        await bus.store.accept(replace(call, content=replace(call.content, asker=asker)))
    items = await bus.store.claim(bus.worker, frozenset(), Room(9, "turns", 2, {PersonId(5): 1}))
    assert keys(list(items)) == ["message:1", "message:3"]
    assert [one.waits_for for one in await bus.store.line()] == ["person"]
    await bus.store.claim(bus.worker, frozenset(one.n for one in items), Room(0, "processes"))
    assert [one.waits_for for one in await bus.store.line()] == ["processes"]


async def test_what_runs_and_is_not_known_is_claimed_again_with_its_number(bus: Bus):
    await bus.store.accept(a_call(1))
    (first,) = await bus.claim()
    (again,) = await bus.claim(room=0)
    assert (again.n, again.content) == (first.n, replace(a_prompt(1), inbox=first.n))


async def test_what_belongs_to_a_turn_at_work_needs_no_room(bus: Bus):
    await bus.store.accept(a_call(1))
    (turn,) = await bus.claim()
    await bus.store.accept(a_stop("stop"))
    await bus.store.accept(a_steer(2))
    items = await bus.claim(turn.n, room=0)
    assert {type(item.content) for item in items} == {Interrupt, Steer}


async def test_what_was_said_for_a_turn_that_is_over_is_a_turn_of_its_own(bus: Bus):
    await bus.store.accept(a_steer(1))
    (item,) = await bus.claim()
    assert item.content == replace(a_prompt(1), inbox=item.n)


async def test_what_waits_is_told_with_how_many_are_ahead(bus: Bus):
    await bus.store.accept(a_call(1))
    (turn,) = await bus.claim()
    for n, place in ((2, 1), (3, 2), (4, 1)):
        await bus.store.accept(a_call(n, place))
    await bus.store.accept(replace(a_call(5), held=True))
    line = await bus.store.line()
    assert [(one.key, one.ahead, one.others) for one in line] == [
        ("message:2", 1, 0),
        ("message:3", 0, 0),
        ("message:4", 2, 1),
    ]
    held = await bus.store.line(HOME, held=True)
    assert [(one.key, one.held) for one in held] == [("message:2", False), ("message:4", False), ("message:5", True)]
    assert all(one.prompt.inbox == one.n != turn.n for one in line)


async def test_a_place_that_is_gone_has_nothing_in_line_and_its_turn_is_stopped(bus: Bus):
    for n in (1, 2, 3):
        await bus.store.accept(a_call(n))
    (turn,) = await bus.claim()
    assert await bus.store.abandon(PlaceId(1)) == 2
    assert await bus.store.line() == []
    assert [type(item.content) for item in await bus.claim(turn.n)] == [Interrupt]
    assert await bus.store.abandon(PlaceId(1)) == 0
    assert await bus.store.abandon(PlaceId(99)) == 0


# Turns as rows


async def test_rows_are_written_once_and_are_the_turns_story(bus: Bus):
    await bus.store.accept(a_call(1))
    await bus.claim()
    for _ in range(2):
        await bus.store.emit(bus.worker, whole(1))
    story = await bus.store.story(HOME, a_turn(1))
    assert story is not None
    assert list(story.rows) == whole(1)
    assert story.tail is None
    assert story.session.id == HOME
    assert await bus.store.story(HOME, a_turn(9)) is None


async def test_a_number_that_another_row_has_is_refused_and_nothing_is_written(bus: Bus):
    await bus.store.accept(a_call(1))
    await bus.store.emit(bus.worker, whole(1)[:1])
    with pytest.raises(StoreError):
        await bus.store.emit(bus.worker, [OutboxRow(HOME, 1, a_turn(2), TurnBegun(None, 1.0)), whole(2)[0]])
    assert await bus.store.story(HOME, a_turn(2)) is None


async def test_the_live_tail_lasts_until_the_end_is_in_rows(bus: Bus):
    await bus.store.accept(a_call(1))
    rows = whole(1)
    await bus.store.emit(bus.worker, rows[:1])
    await bus.store.preview(bus.worker, HOME, a_turn(1), tail_of("half"))
    await bus.store.preview(bus.worker, HOME, a_turn(1), tail_of("half and more"))
    story = await bus.store.story(HOME, a_turn(1))
    assert story is not None
    assert story.tail == tail_of("half and more")
    await bus.store.emit(bus.worker, rows[1:])
    await bus.store.preview(bus.worker, HOME, a_turn(1), tail_of("too late"))
    over = await bus.store.story(HOME, a_turn(1))
    assert over is not None
    assert over.tail is None


async def test_the_next_number_follows_the_last_row(bus: Bus):
    await bus.store.accept(a_call(1))
    await bus.run(1)
    await bus.store.accept(a_call(2))
    (item,) = await bus.claim()
    assert item.next_seq == 3


async def test_turns_are_pending_in_their_order_until_they_are_posted(bus: Bus):
    for n in (1, 2):
        await bus.store.accept(a_call(n))
        await bus.run(n)
    assert [turn for _, turn in await bus.store.pending(bus.hub)] == [a_turn(1), a_turn(2)]
    await bus.store.posted(bus.hub, HOME, a_turn(1))
    assert [(home.id, turn) for home, turn in await bus.store.pending(bus.hub)] == [(HOME, a_turn(2))]


async def test_turns_with_something_undelivered_are_told_oldest_first(bus: Bus):
    for n in (1, 2, 3):
        await bus.store.accept(a_call(n))
        await bus.run(n)
        await bus.store.posted(bus.hub, HOME, a_turn(n))
    assert await bus.store.undelivered() == []
    await bus.store.record(bus.hub, HOME, Post(a_turn(3), "0", MessageId(7), UNDELIVERED))
    await bus.store.record(bus.hub, HOME, Post(a_turn(1), "mark", MessageId(1), f"{UNDELIVERED} 👀"))
    assert [turn for _, turn in await bus.store.undelivered()] == [a_turn(1), a_turn(3)]
    await bus.store.record(bus.hub, HOME, Post(a_turn(1), "mark", MessageId(1), "✅"))
    assert [turn for _, turn in await bus.store.undelivered()] == [a_turn(3)]


async def test_the_page_of_a_prompt_that_became_no_turn_counts_as_posted(bus: Bus):
    await bus.store.accept(a_call(1))
    await bus.store.record(bus.hub, HOME, Post(a_turn(1), "card", MessageId(7), "not run"))
    assert await bus.store.last_post(HOME) == 7


async def test_a_slot_has_one_message_and_the_last_post_is_of_a_turns_page(bus: Bus):
    await bus.store.accept(a_call(1))
    await bus.run(1)
    shown = [Post(a_turn(1), slot, MessageId(n), "x") for slot, n in (("card", 5), ("0", 4), ("card", 6))]
    for post in (*shown, *(replace(shown[0], turn=turn, message=MessageId(9)) for turn in (LINE, ELSEWHERE, STATUS))):
        await bus.store.record(bus.hub, HOME, post)
    assert [post.message for post in await bus.store.posts(HOME, a_turn(1))] == [4, 6]
    assert await bus.store.last_post(HOME) == 6
    await bus.store.forget(bus.hub, HOME, shown[0])  # it is another one by now
    await bus.store.forget(bus.hub, HOME, shown[1])
    assert await bus.store.posts(HOME, a_turn(1)) == [shown[2]]


# Sessions, and what they spend


async def test_a_place_has_its_session_and_the_one_last_used_comes_first(bus: Bus, clock: Clock):
    for n, place in ((1, 1), (2, 2), (3, 1)):
        clock.now += 1
        await bus.store.accept(a_call(n, place))
    assert await bus.store.session(PlaceId(2)) == a_session(2)
    assert await bus.store.session(PlaceId(3)) is None
    assert [one.place for one in await bus.store.sessions()] == [1, 2]


async def test_what_a_session_is_by_now_is_kept_and_its_cost_is_counted_by_its_turns(bus: Bus):
    await bus.store.accept(a_call(1))
    now = replace(a_session(), begun=True, counted=3.0, choices=Choices(model="opus"), cost=99.0, title="another")
    await bus.store.keep(bus.worker, now)
    await bus.run(1, cost=0.5)
    assert await bus.store.session(PlaceId(1)) == replace(now, cost=0.5, title=a_session().title)


async def test_spending_is_that_of_the_thread_the_person_and_the_day(bus: Bus):
    ann, bob = PersonId(1), PersonId(2)
    for n, place, who, cost in ((1, 1, ann, 0.25), (2, 1, bob, 0.5), (3, 2, ann, 1.0)):
        await bus.store.accept(a_call(n, place, asker=Asker("x", who)))
        (item,) = await bus.claim()
        await bus.store.emit(bus.worker, (), (Closing(item.n, "done", cost),))
    await bus.store.raise_budget(bus.worker, "thread", HOME, ann, 2.0)
    await bus.store.raise_budget(bus.worker, "thread", HOME, ann, 1.0)
    spent = await bus.store.spent(HOME, ann)
    assert (spent.thread, spent.member, spent.day, dict(spent.raised)) == (0.75, 1.25, 1.75, {"thread": 3.0})
    assert (await bus.store.spent(HOME, None)).member == 0.0


async def test_a_place_may_show_several_sessions_and_its_own_is_the_one_last_used(bus: Bus, clock: Clock):
    other = replace(a_session(), id=SessionId("other"), directory=Path("/elsewhere"), owner=PersonId(7))
    await bus.store.accept(replace(a_call(1), session=other))
    clock.now += 1
    assert await bus.store.session(PlaceId(1)) == other
    await bus.store.accept(a_call(2))  # said in the place: it has a session
    assert [item.session.id for item in await bus.claim()] == ["other"]
    assert [one.id for one in await bus.store.sessions()] == ["other"]


async def test_a_session_that_is_shown_nowhere_runs_and_nothing_of_it_is_to_be_posted(bus: Bus):
    hidden = replace(a_session(), id=SessionId("hidden"), place=NOWHERE)
    for n, home in ((1, hidden), (2, replace(hidden, id=SessionId("another")))):
        await bus.store.accept(InboxEntry(f"{n}", WORKER, home, a_prompt(n)))
    first, second = await bus.claim()
    assert (first.session.id, second.session.id) == ("hidden", "another")
    await bus.store.emit(bus.worker, [replace(row, session=first.session.id) for row in whole(1)])
    assert await bus.store.pending(bus.hub) == []
    assert await bus.store.session(NOWHERE) is None


# The doorbell


async def test_a_ring_that_came_before_anybody_waited_counts(bus: Bus):
    await bus.store.accept(a_call(1))
    await bus.store.wait("inbox", 60)
    await bus.store.wait("inbox", 0)  # used up: only the time ends it
