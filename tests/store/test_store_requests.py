"""What hub and worker ask each other, what people decided, and what was spent."""

import asyncio
import sqlite3
import time
from collections.abc import Coroutine
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import pytest
from store_samples import WORKER, Clock, a_call, a_session, claim_all, hold_hub, hold_worker, whole_turn

from antiphon.core.records import Audit, ClaimedRequest, Closing, Lease
from antiphon.core.requests import HUB, Choose, DiffText, ReadDiff, RequestFailed
from antiphon.core.values import Asker, PersonId
from antiphon.store import Fenced, Store

ADA, BEN = PersonId(1), PersonId(2)
DAY = 86400.0
DIFF = DiffText("+ one", 1, 1, untracked=("new",))

T = TypeVar("T")


def an_audit(person: PersonId = ADA, **what: Any) -> Audit:
    return Audit("raise", a_session().id, person, "ada", "command", what)


def task(work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
    return asyncio.create_task(work, name="asks")


def asks(store: Store, timeout: float = 5) -> asyncio.Task[DiffText | RequestFailed | None]:
    return task(store.ask(WORKER, "site", None, ReadDiff(), timeout))


async def next_asked(store: Store, worker: Lease) -> ClaimedRequest:
    """The one request that waits, once it is there."""
    async with asyncio.timeout(5):
        while not (asked := await store.asked(worker)):
            await store.wait("inbox", 1)
    (one,) = asked
    return one


async def turn(store: Store, worker: Lease, message: int, cost: float, asker: PersonId | None, place: int = 1) -> None:
    """A turn from its prompt to its end, which cost so much."""
    await store.accept(a_call(message, place, asker=Asker("ann", asker)))
    (item,) = await claim_all(store, worker)
    await store.emit(worker, whole_turn(item), [Closing(item.n, "done", cost)])


async def test_a_reply_comes_back_to_who_asked(store: Store):
    worker = await hold_worker(store)
    asking = asks(store)
    one = await next_asked(store, worker)
    assert (one.request, one.project, one.session) == (ReadDiff(), "site", None)
    await store.reply(worker, one.n, DIFF)
    assert await asking == DIFF
    assert await store.asked(worker) == []


async def test_a_request_about_a_session_brings_it_along(store: Store):
    worker = await hold_worker(store)
    await turn(store, worker, 1, 0.5, ADA)
    asking = task(store.ask(WORKER, "site", a_session(), Choose({"model": "opus"}), 5))
    one = await next_asked(store, worker)
    assert one.request == Choose({"model": "opus"})
    assert one.session is not None
    assert one.session.cost == 0.5
    assert one.next_seq > 0
    await store.reply(worker, one.n, RequestFailed("no"))
    assert await asking == RequestFailed("no")


# Whoever takes a lease is told to look: the first wait uses that up.


async def test_the_hub_answers_what_a_worker_asks_it(store: Store):
    hub, worker = await hold_hub(store), await hold_worker(store)
    await store.wait("outbox", 0)
    asking = task(store.ask(HUB, "site", None, ReadDiff(), 5))
    await store.wait("outbox", 5)
    assert await store.asked(worker) == []
    (one,) = await store.asked(hub)
    await store.reply(worker, one.n, DiffText("not yours"))
    await store.reply(hub, one.n, DIFF)
    assert await asking == DIFF


async def test_a_request_that_only_a_newer_version_knows_is_left_alone(store: Store, file: Path):
    worker = await hold_worker(store)
    asking = asks(store, 60)
    with closing(sqlite3.connect(file)) as other, other:
        while not other.execute("select n from request").fetchall():  # noqa: ASYNC110 - another connection has no bell
            await asyncio.sleep(0.01)
        assert other.execute("update request set what = 'dream'").rowcount == 1
    assert await store.asked(worker) == []
    assert not asking.done()
    asking.cancel()


async def test_two_who_ask_get_each_their_own_reply(store: Store):
    worker = await hold_worker(store)
    asking = [asks(store), asks(store)]
    await asyncio.sleep(0)
    async with asyncio.timeout(5):
        found: list[ClaimedRequest] = []
        while len(found) < 2:
            found += await store.asked(worker)
    for one in reversed(found):
        await store.reply(worker, one.n, DiffText(str(one.n)))
    assert [await one for one in asking] == [DiffText(str(one.n)) for one in found]


async def test_what_nobody_waits_for_any_more_is_not_answered(store: Store):
    assert await asks(store, 0.05) is None
    assert await store.asked(await hold_worker(store)) == []


async def test_who_gives_up_leaves_nothing_behind(store: Store):
    asking = asks(store, 30)
    await store.wait("inbox", 5)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert await store.asked(await hold_worker(store)) == []


async def test_a_reply_that_comes_too_late_harms_nobody(store: Store):
    worker = await hold_worker(store)
    asking = asks(store, 60)
    one = await next_asked(store, worker)
    asking.cancel()
    await asyncio.wait({asking})
    await store.reply(worker, one.n, DIFF)


async def test_another_workers_requests_are_its_own(store: Store):
    worker = await hold_worker(store)
    await store.wait("inbox", 0)
    asking = task(store.ask("elsewhere", "site", None, ReadDiff(), 0.2))
    await store.wait("inbox", 5)
    assert await store.asked(worker) == []
    assert await asking is None


async def test_a_worker_that_lost_its_lease_neither_hears_nor_answers(store: Store):
    old = await hold_worker(store)
    await hold_worker(store)
    with pytest.raises(Fenced):
        await store.asked(old)
    with pytest.raises(Fenced):
        await store.reply(old, 1, DIFF)


async def test_decisions_are_kept_in_order_with_their_time(store: Store, clock: Clock):
    await store.note(an_audit(dollars=1))
    clock.now += 60
    await store.note(replace(an_audit(BEN), session=None))
    first, second = await store.audits(None, 10)
    assert (first.deed, first.person, first.at, dict(first.what)) == ("raise", ADA, clock.now - 60, {"dollars": 1})
    assert (second.person, second.at) == (BEN, clock.now)
    assert [one.person for one in await store.audits(a_session().id, 10)] == [ADA]
    assert [one.person for one in await store.audits(None, 1)] == [BEN]


async def test_a_call_brings_its_audit_once(store: Store):
    call = replace(a_call(1), audit=an_audit())
    assert await store.accept(call)
    assert not await store.accept(call)
    assert len(await store.audits(None, 10)) == 1


async def test_money_is_counted_by_thread_by_member_and_by_day(store: Store, clock: Clock):
    clock.now = noon()
    worker = await hold_worker(store)
    await turn(store, worker, 1, 1.0, ADA)
    await turn(store, worker, 2, 2.0, BEN)
    await turn(store, worker, 3, 4.0, ADA, place=2)
    await turn(store, worker, 4, 8.0, None, place=3)  # a schedule's, nobody's
    spent = await store.spent(a_session(1).id, ADA)
    assert (spent.thread, spent.member, spent.day) == (3.0, 5.0, 15.0)
    assert (await store.spent(a_session(9).id, None)).thread == 0.0
    clock.now += DAY
    spent = await store.spent(a_session(1).id, ADA)
    assert (spent.thread, spent.member, spent.day) == (3.0, 0.0, 0.0)


async def test_a_day_ends_at_the_machines_midnight(store: Store, clock: Clock):
    clock.now = noon() + 12 * 3600 - 1
    worker = await hold_worker(store)
    await turn(store, worker, 1, 1.0, ADA)
    assert (await store.spent(a_session(1).id, ADA)).day == 1.0
    clock.now += 2
    assert (await store.spent(a_session(1).id, ADA)).day == 0.0


async def test_what_admins_add_holds_for_its_thread_its_member_and_its_day(store: Store, clock: Clock):
    clock.now = noon()
    worker = await hold_worker(store)
    home, other = a_session(1).id, a_session(2).id
    await store.raise_budget(worker, "thread", home, ADA, 1.0)
    await store.allow("thread", home, ADA, 0.5, an_audit())
    await store.allow("member", home, ADA, 2.0, an_audit())
    await store.allow("day", home, None, 4.0, an_audit())
    assert dict((await store.spent(home, ADA)).raised) == {"thread": 1.5, "member": 2.0, "day": 4.0}
    assert dict((await store.spent(home, BEN)).raised) == {"thread": 1.5, "day": 4.0}
    assert dict((await store.spent(other, ADA)).raised) == {"member": 2.0, "day": 4.0}
    clock.now += DAY
    assert dict((await store.spent(home, ADA)).raised) == {"thread": 1.5}
    assert len(await store.audits(None, 10)) == 3


def noon() -> float:
    """Of some day, as the machine has it; none on which clocks are changed."""
    return time.mktime((2026, 6, 10, 12, 0, 0, 0, 0, -1))
