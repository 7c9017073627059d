"""Each prompt has one visible end, whatever ends it: a turn's, or a mark and a sentence of its own."""

from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import select
from store_samples import (
    WORKER,
    a_call,
    a_session,
    a_steer,
    a_turn,
    begin,
    hold_hub,
    hold_worker,
    prompt_of,
    transcript,
    whole_turn,
)

from antiphon.core.blocks import SteerBlock
from antiphon.core.records import ClaimedEntry, Closing, InboxEntry, Lease, OutboxRow, Post, Room, Withdrawal
from antiphon.core.values import Change, MessageId, Origin, PlaceId, Steer
from antiphon.store import Store
from antiphon.store.encoding import PROMPTS
from antiphon.store.engine import opened
from antiphon.store.schema import inbox as inbox_table
from antiphon.store.schema import outbox as outbox_table
from antiphon.store.tables import inbox, outbox, recovery, withdrawals
from antiphon.store.transaction import Transaction

HERE = a_session().id
CARD = Post(a_turn(1), "card", MessageId(77), "Working")


async def begun_and_killed(store: Store) -> None:
    """A turn whose card was posted, and of which Claude had not heard when its bridge died."""
    worker, hub = await hold_worker(store), await hold_hub(store)
    await store.accept(a_call(1))
    (item,) = await store.claim(worker, frozenset(), Room(9))
    await store.emit(worker, [begin(item)])
    await store.record(hub, HERE, CARD)
    await hold_worker(store, left=transcript())


async def told(store: Store) -> list[tuple[MessageId | None, str]]:
    return [(one.prompt.message, one.withdrawal.why) for one in await store.withdrawn()]


async def test_what_a_stop_takes_out_of_the_line_is_told_until_it_is_shown(store: Store):
    await store.accept(a_call(1))
    assert await store.withdraw("message:1", Withdrawal("stopped", "Ada"))
    (one,) = await store.withdrawn()
    assert (one.prompt.message, one.withdrawal) == (MessageId(1), Withdrawal("stopped", "Ada"))
    assert not await store.withdraw("message:1", Withdrawal("removed", "Ada"))
    assert await store.line() == []
    await store.posted(await hold_hub(store), HERE, one.prompt.turn)
    assert await store.withdrawn() == []


@pytest.mark.parametrize("why", ["stopped", "removed", "deleted"])
async def test_a_card_that_a_killed_bridge_has_posted_is_told_when_its_prompt_is_withdrawn(
    store: Store, why: Literal["stopped", "removed", "deleted"]
):
    await begun_and_killed(store)
    assert await store.withdraw("message:1", Withdrawal(why))
    assert await told(store) == [(MessageId(1), why)]


async def test_a_message_that_was_deleted_while_it_waited_needs_no_end(store: Store):
    await store.accept(a_call(1))
    assert await store.withdraw("message:1", Withdrawal("deleted"))
    assert await store.withdrawn() == []


async def test_a_card_is_told_where_another_turn_takes_its_prompt_in(store: Store):
    await begun_and_killed(store)
    assert await store.promote("message:1")
    await store.accept(a_call(2))
    worker = await hold_worker(store, left=transcript())
    await store.claim(worker, frozenset(), Room(9))
    assert await told(store) == []
    await store.emit(worker, [], [Closing(1, "done")])
    assert await told(store) == [(MessageId(1), "taken_in")]


async def test_a_prompt_that_a_recovery_takes_back_because_it_was_deleted_leaves_no_card_at_work(store: Store):
    worker, hub = await hold_worker(store), await hold_hub(store)
    await store.accept(a_call(1))
    (item,) = await store.claim(worker, frozenset(), Room(9))
    await store.emit(worker, [begin(item)])
    await store.record(hub, HERE, CARD)
    await store.accept(InboxEntry("deletion:1", WORKER, a_session(), Change(MessageId(1), None)))
    await hold_worker(store, left=transcript())
    assert await told(store) == [(MessageId(1), "deleted")]


async def test_the_message_that_opened_a_deleted_thread_stands_outside_and_is_told(store: Store):
    opened_by = replace(a_session(), origin=Origin(PlaceId(9), MessageId(1)))
    for n in (1, 2):
        await store.accept(replace(a_call(n), session=opened_by))
    assert await store.abandon(PlaceId(1)) == 2
    assert await told(store) == [(MessageId(1), "place_deleted")]


# Whatever happens, in any order, with kills at any moment

PROMPT_NUMBERS = st.integers(1, 4)
OPEN = ("queued", "held", "running", "suspended")


class Prompts(RuleBasedStateMachine):
    """One session, and the bridges that come and go."""

    def __init__(self) -> None:
        super().__init__()
        self._held = ExitStack()
        directory = self._held.enter_context(TemporaryDirectory())
        engine = self._held.enter_context(opened(Path(directory) / "store", 1.0))
        self._connection = self._held.enter_context(engine.connect())
        self._mine: dict[int, ClaimedEntry] = {}
        self._begun: ClaimedEntry | None = None
        self._heard: set[int] = set()
        self._deleted: set[int] = set()
        self._shown: set[str] = set()
        self._now = 1.0
        self._me: Lease | None = None

    def teardown(self) -> None:
        self._held.close()

    @property
    def tx(self) -> Transaction:
        self._now += 1.0
        return Transaction(self._connection, self._now, self._me)

    @initialize()
    def begin_with_a_bridge(self) -> None:
        self.kill()

    @rule()
    def kill(self) -> None:
        self._mine, self._begun = {}, None
        heard = transcript(*(a_turn(n) for n in self._heard))
        self._me = recovery.hold(self.tx, f"worker:{WORKER}", "a", 10.0, heard)

    @rule(n=PROMPT_NUMBERS, kind=st.sampled_from(["turn", "steer", "held"]))
    def say(self, n: int, kind: str) -> None:
        call = a_steer(n) if kind == "steer" else replace(a_call(n), held=kind == "held")
        inbox.accept(self.tx, call)

    @rule()
    def claim(self) -> None:
        for item in inbox.claim(self.tx, frozenset(self._mine), Room(9)):
            self._mine[item.n] = item

    @rule(posted=st.booleans(), heard=st.booleans())
    def begin(self, *, posted: bool, heard: bool) -> None:
        turns = [one for one in self._mine.values() if not isinstance(one.content, Steer | Change) and not one.story]
        if self._begun is not None or not turns:
            return
        self._begun = turns[0]
        self._emit([begin(turns[0], inbox.next_seq(self.tx, HERE))])
        if posted:
            outbox.record(self.tx, HERE, replace(CARD, turn=prompt_of(turns[0]).turn))
        if heard:
            self._heard.add(number(turns[0].key))

    @rule()
    def end(self) -> None:
        if (begun := self._begun) is None:
            return
        last = replace(whole_turn(begun)[-1], seq=inbox.next_seq(self.tx, HERE))
        self._emit([last], Closing(begun.n, "done"))
        del self._mine[begun.n]
        self._begun = None

    @rule()
    def change(self) -> None:
        """The turn at work drops what was deleted."""
        for item in [one for one in self._mine.values() if isinstance(one.content, Change)]:
            assert isinstance(item.content, Change)
            steers = [one for one in self._mine.values() if isinstance(one.content, Steer)]
            for one in (one for one in steers if prompt_of(one).message == item.content.message):
                self._emit([], Closing(one.n, "done"))
                del self._mine[one.n]
            self._emit([], Closing(item.n, "done"))
            del self._mine[item.n]

    @rule()
    def take_in(self) -> None:
        steers = [one for one in self._mine.values() if isinstance(one.content, Steer)]
        for item in steers if self._begun is not None else ():
            assert self._begun is not None
            prompt = prompt_of(item)
            block = SteerBlock(prompt.turn, prompt.message, "hello", "ann")
            turn = prompt_of(self._begun).turn
            self._emit([OutboxRow(HERE, inbox.next_seq(self.tx, HERE), turn, block)], Closing(item.n, "done"))
            del self._mine[item.n]

    @rule(n=PROMPT_NUMBERS, why=st.sampled_from(["stopped", "removed"]))
    def withdraw(self, n: int, why: Literal["stopped", "removed"]) -> None:
        inbox.withdraw(self.tx, f"message:{n}", Withdrawal(why))

    @rule(n=PROMPT_NUMBERS)
    def delete(self, n: int) -> None:
        key = f"message:{n}"
        if inbox.withdraw(self.tx, key, Withdrawal("deleted")):
            self._deleted.add(n)
        elif inbox.changeable(self.tx, key):
            self._deleted.add(n)
            inbox.accept(self.tx, InboxEntry(f"deletion:{n}", WORKER, a_session(), Change(MessageId(n), None)))

    @rule(n=PROMPT_NUMBERS, run=st.booleans())
    def let_go(self, n: int, *, run: bool) -> None:
        (inbox.release if run else inbox.promote)(self.tx, f"message:{n}")

    @rule()
    def show(self) -> None:
        for one in withdrawals.withdrawn(self.tx):
            outbox.posted(self.tx, HERE, one.prompt.turn)
            self._shown.add(one.prompt.turn)

    @invariant()
    def every_prompt_has_its_end(self) -> None:
        prompts = select(inbox_table).where(inbox_table.c.kind.in_(PROMPTS))
        rows = select(outbox_table.c.turn, outbox_table.c.kind, outbox_table.c.body)
        events = self._connection.execute(rows).all()
        for row in self._connection.execute(prompts).all():
            turn = row.body["turn"]
            if row.state in (*OPEN, withdrawals.STATE) or turn in self._shown:
                continue
            if any(event.turn == turn and event.kind == "end" for event in events):
                continue
            assert not outbox.posts(self.tx, HERE, turn), "a card works for ever"
            taken_in = any(event.body.get("prompt") == turn for event in events)
            assert taken_in or number(row.key) in self._deleted, "a message keeps its first mark for ever"

    def _emit(self, rows: list[OutboxRow], *closing: Closing) -> None:
        inbox.emit(self.tx, rows, closing)


def number(key: str) -> int:
    return int(key.partition(":")[2])


TestPrompts = Prompts.TestCase
TestPrompts.settings = settings(max_examples=30, stateful_step_count=40, deadline=None)
