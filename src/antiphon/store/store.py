"""The bus on a database: every operation one transaction, in one thread beside the event loop."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, asynccontextmanager, suppress
from pathlib import Path
from types import CoroutineType
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import Engine

from antiphon.core.bus import UNKNOWN, RecoveryInfo, Topic, Wait
from antiphon.core.ports import Clock
from antiphon.core.records import Lease
from antiphon.core.requests import ReplyT, Request, RequestFailed
from antiphon.core.values import Session
from antiphon.store.availability import Availability
from antiphon.store.engine import READING, opened
from antiphon.store.errors import Busy, Fenced, Unwritable
from antiphon.store.tables import added_projects as project_rows
from antiphon.store.tables import admissions as admission_rows
from antiphon.store.tables import (
    answers,
    dead_webhooks,
    deleted_places,
    inbox,
    leases,
    outbox,
    recovery,
    requests,
    spending,
    terminals,
    withdrawals,
)
from antiphon.store.tables import audits as audit_rows
from antiphon.store.tables import continuations as continuation_rows
from antiphon.store.tables import guests as guest_rows
from antiphon.store.tables import identifies as identify_rows
from antiphon.store.tables import notices as notice_rows
from antiphon.store.tables import schedules as schedule_rows
from antiphon.store.tables import sessions as session_rows
from antiphon.store.tables.coordination import boards, presence, workplaces
from antiphon.store.tables.coordination import claims as claim_rows
from antiphon.store.tables.coordination import events as event_rows
from antiphon.store.transaction import Transaction

P = ParamSpec("P")
T = TypeVar("T")

_LISTEN = 0.1  # seconds between two looks for a reply, if the bell is not heard
_BUSY_LIMIT = 5.0  # seconds; somebody's backup or sqlite3 shell may hold the file that long


@asynccontextmanager
async def open_store(
    path: Path, clock: Clock, *, busy: float = _BUSY_LIMIT, fenced: Callable[[str], object] = str
) -> AsyncGenerator["Store"]:
    """Open the SQLite file at `path` for this process alone; it is created, or upgraded after a backup, if need be.

    `clock` gives epoch seconds, `busy` is how many seconds an operation waits for another program's lock before it
    raises Busy. `fenced` is called, in the store's thread, with why nothing more may be written: somebody has taken
    over a lease that was taken here. StoreError: the file cannot be used, and was not changed. Leaving the context
    waits until what was asked for is written, also when cancelled.
    """
    thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="store")
    held = ExitStack()
    try:
        opening = thread.submit(lambda: held.enter_context(opened(path, busy)))
        engine = await asyncio.wrap_future(opening)
        yield Store(engine, path, thread, clock, fenced)
    finally:
        closing = asyncio.wrap_future(thread.submit(held.close))
        try:
            await asyncio.shield(closing)
        finally:
            thread.shutdown()


def _reading(
    run: Callable[Concatenate[Transaction, P], T],
) -> "Callable[Concatenate[Store, P], CoroutineType[Any, Any, T]]":
    """A method of the store: an operation that writes nothing, in a transaction."""

    async def operation(store: "Store", *args: P.args, **kwargs: P.kwargs) -> T:
        return await store.read(lambda tx: run(tx, *args, **kwargs))

    return operation


def _writing(
    run: Callable[Concatenate[Transaction, P], T],
) -> "Callable[Concatenate[Store, P], CoroutineType[Any, Any, T]]":
    """A method of the store: an operation that may write."""

    async def operation(store: "Store", *args: P.args, **kwargs: P.kwargs) -> T:
        return await store.write(lambda tx: run(tx, *args, **kwargs))

    return operation


def _leased(
    run: Callable[Concatenate[Transaction, P], T], *, writing: bool = True
) -> "Callable[Concatenate[Store, Lease, P], CoroutineType[Any, Any, T]]":
    """A method of the store whose first argument is the caller's lease, without which it is refused."""

    async def operation(store: "Store", lease: Lease, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await (store.write if writing else store.read)(lambda tx: run(tx, *args, **kwargs), lease)

    return operation


class Store:
    """Every protocol of core/bus.py; `open_store` makes it, and its event loop is the one that it is used in.

    What an operation means is said there, how it is done in store/tables. A worker called `x` holds the lease
    `worker:x` and is named `x` in calls. Every method that takes a lease raises Fenced, having changed nothing, when
    that lease is not current. Busy or Unwritable: ask again. Any other StoreError: the database cannot be used, and the
    operation has not happened. A cancelled operation has happened entirely or not at all; asking again is right. Once
    the file is Damaged, every operation is refused.
    """

    def __init__(
        self, engine: Engine, path: Path, thread: ThreadPoolExecutor, clock: Clock, fenced: Callable[[str], object]
    ) -> None:
        self._engine = engine
        self._fenced = fenced
        self._held: dict[str, Lease] = {}  # what was taken here: without it nothing is written, whoever asks
        self._reader = engine.execution_options(**READING)
        self._watch = Availability(path, clock)
        self._thread = thread
        self._clock = clock
        self._loop = asyncio.get_running_loop()
        self._bells: Mapping[Topic, asyncio.Event] = {
            "inbox": asyncio.Event(),
            "outbox": asyncio.Event(),
            "reply": asyncio.Event(),
            "schedule": asyncio.Event(),
            "notice": asyncio.Event(),
            "continuation": asyncio.Event(),
            "guest": asyncio.Event(),
        }

    @property
    def transient(self) -> tuple[type[Exception], ...]:
        """Another program had the file locked for too long, or the disk takes nothing: neither is ours to end."""
        return (Busy, Unwritable)

    @property
    def waiting(self) -> Wait | None:
        return self._watch.wait

    accept = _writing(inbox.accept)
    claim = _leased(inbox.claim)
    emit = _leased(inbox.emit)
    preview = _leased(outbox.overwrite_preview)
    keep = _leased(session_rows.keep)
    adopt = _writing(session_rows.adopt)
    move = _writing(session_rows.move)
    known = _reading(workplaces.known)
    isolated = _reading(workplaces.isolated)
    leave = _leased(workplaces.leave)
    occupy = _leased(workplaces.occupy)
    live = _reading(presence.live)
    beside = _reading(presence.beside)
    claims = _reading(claim_rows.claims)
    take_claim = _writing(claim_rows.take)
    release_claims = _writing(claim_rows.release)
    let_write = _writing(claim_rows.let_write)
    use = _writing(claim_rows.use)
    conflict = _reading(claim_rows.conflict)
    changed_between = _reading(claim_rows.changed_between)
    post_event = _writing(event_rows.post)
    events = _reading(event_rows.events)
    on_boards = _reading(presence.on_boards)
    turns_at_work = _reading(boards.turns_at_work)
    spent_today = _reading(boards.spent_today)
    standing = _reading(boards.standing)
    all_standing = _reading(boards.all_standing)
    stand = _leased(boards.stand)
    fall = _leased(boards.fall)
    tell_from_now = _leased(boards.tell_from_now)
    lines = _reading(boards.lines)
    line_messages = _reading(boards.line_messages)
    note_line = _leased(boards.note_line)
    settle_in = _leased(workplaces.settle)
    settle = _leased(session_rows.settle)
    want = _writing(session_rows.want)
    wanted = _reading(session_rows.wanted)
    session = _reading(session_rows.at)
    sessions = _reading(session_rows.every)
    seen = _writing(session_rows.seen)
    watermarks = _reading(session_rows.watermarks)
    chosen_projects = _reading(session_rows.chosen_projects)
    choose_project = _writing(session_rows.choose_project)
    overview = _reading(session_rows.overview)
    spent = _reading(spending.spent)
    charge = _writing(spending.charge)
    raise_budget = _leased(spending.raise_budget)
    allow = _writing(spending.allow)
    note = _writing(audit_rows.note)
    audits = _reading(audit_rows.audits)
    decision = _reading(audit_rows.decision)
    unfinished = _leased(terminals.unfinished, writing=False)
    offer = _leased(terminals.note_offers)
    offers = _leased(terminals.offers)
    asked = _leased(requests.asked)
    reply = _leased(requests.reply)
    line = _reading(inbox.line)
    changeable = _reading(inbox.changeable)
    last_prompt = _reading(inbox.last_prompt)
    shown_by = _reading(outbox.shown_by)
    release = _writing(inbox.release)
    promote = _writing(inbox.promote)
    revise = _writing(inbox.revise)
    withdraw = _writing(inbox.withdraw)
    withdrawn = _reading(withdrawals.withdrawn)
    running = _reading(inbox.running)
    at_work = _reading(inbox.at_work)
    prompt = _reading(inbox.prompt)
    turns = _reading(outbox.turns)
    turn_at = _reading(outbox.turn_at)
    story = _reading(outbox.story)
    pending = _leased(outbox.pending, writing=False)
    posts = _reading(outbox.posts)
    record = _leased(outbox.record)
    forget = _leased(outbox.forget)
    undelivered = _reading(outbox.undelivered)
    last_post = _reading(outbox.last_post)
    posted = _leased(outbox.posted)
    guests = _reading(guest_rows.guests)
    invite = _writing(guest_rows.invite)
    uninvite = _writing(guest_rows.uninvite)
    keep_stranger = _writing(admission_rows.keep)
    stranger_gone = _writing(admission_rows.gone)
    strangers_let_in = _reading(admission_rows.let_in)
    note_stranger = _writing(admission_rows.note)
    stranger_offer = _reading(admission_rows.offer)
    stranger_offers = _reading(admission_rows.offers)
    decide_offer = _writing(admission_rows.decide)
    close_offer = _leased(admission_rows.close)
    abandon = _writing(deleted_places.abandon)
    added_projects = _reading(project_rows.every)
    put_project = _writing(project_rows.put)
    drop_project = _writing(project_rows.drop)
    note_dead_webhook = _leased(dead_webhooks.note)
    why_webhook_is_dead = _reading(dead_webhooks.why)
    schedules = _reading(schedule_rows.every)
    schedule = _reading(schedule_rows.one)
    put_schedule = _writing(schedule_rows.put)
    drop_schedule = _writing(schedule_rows.drop)
    schedule_runs = _reading(schedule_rows.runs)
    add_run = _writing(schedule_rows.add_run)
    add_event = _writing(schedule_rows.add_event)
    knows_run = _reading(schedule_rows.knows)
    skip_run = _writing(schedule_rows.skip)
    next_due = _reading(schedule_rows.next_due)
    due_schedules = _reading(schedule_rows.due)
    fire = _leased(schedule_rows.fire)
    open_runs = _reading(schedule_rows.open_runs)
    start_run = _leased(schedule_rows.start)
    pause_schedule = _writing(schedule_rows.pause)
    settle_runs = _leased(schedule_rows.settle)
    accept_notice = _writing(notice_rows.accept)
    notice = _reading(notice_rows.one)
    notices = _reading(notice_rows.some)
    cancel_notice = _writing(notice_rows.cancel)
    notice_targets = _reading(notice_rows.targets)
    next_notice = _reading(notice_rows.next_of)
    is_known_post = _reading(notice_rows.is_known_post)
    next_notice_due = _reading(notice_rows.next_due)
    send_notice = _leased(notice_rows.send)
    settle_notice = _leased(notice_rows.settle)
    api_answer = _reading(answers.one)
    keep_api_answer = _writing(answers.keep)
    rows_after = _reading(outbox.rows_after)
    continuations = _reading(continuation_rows.planned)
    next_continuation = _reading(continuation_rows.next_due)
    due_continuations = _reading(continuation_rows.due)
    changed_continuations = _reading(continuation_rows.changed)
    plan_continuation = _writing(continuation_rows.plan)
    stop_continuation = _writing(continuation_rows.stop)
    drop_continuations = _writing(continuation_rows.drop)
    go_on = _leased(inbox.go_on)
    going_on = _reading(continuation_rows.going_on)
    set_going_on = _writing(continuation_rows.set_going_on)
    note_identify = _writing(identify_rows.note)
    identifies = _reading(identify_rows.identifies)
    is_mine = _reading(leases.is_current)

    async def hold(self, name: str, holder: str, ttl: float, left: RecoveryInfo = UNKNOWN) -> Lease | None:
        lease = await self.write(lambda tx: recovery.hold(tx, name, holder, ttl, left))
        if lease is not None:
            self._held[name] = lease
        return lease

    async def renew(self, lease: Lease, ttl: float) -> bool:
        try:
            return await self.write(lambda tx: leases.renew(tx, lease, ttl))
        except Fenced:
            return False

    async def ask(
        self, to: str, project: str, session: Session | None, request: Request[ReplyT], timeout: float
    ) -> ReplyT | RequestFailed | None:
        n = await self.write(lambda tx: requests.ask(tx, to, project, session, request))
        found: ReplyT | RequestFailed | None = None
        try:
            async with asyncio.timeout(timeout):
                while found is None:
                    await self.wait("reply", _LISTEN)  # a bell that rings for somebody else may hide ours
                    found = await self.read(lambda tx: requests.replied(tx, n, request))
        except TimeoutError:
            pass
        finally:
            with suppress(RuntimeError):  # the store is closed: what hub and worker ask each other is dropped then
                self._submit(lambda tx: requests.drop(tx, n))  # not waited for: nobody needs it
        return found

    async def wait(self, topic: Topic, timeout: float) -> bool:
        """Wait at most `timeout` seconds for a ring; False: there was none. One that came while nobody waited counts,
        and is used up by the next who waits; one that comes while several wait wakes all of them."""
        bell = self._bells[topic]
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                await bell.wait()
                bell.clear()
                return True
        return False

    async def read(self, run: Callable[[Transaction], T], lease: Lease | None = None) -> T:
        """Run it in the store's thread; it writes nothing. Fenced as with every method."""
        now = self._clock()

        def operation() -> T:
            with self._watch.over(writing=False), self._reader.begin() as connection:
                tx = Transaction(connection, now, lease)
                if lease is not None:
                    self._admit(tx)
                return run(tx)

        return await asyncio.wrap_future(self._thread.submit(operation))

    async def write(self, run: Callable[[Transaction], T], lease: Lease | None = None) -> T:
        """Run it in the store's thread, and wake whom it rings for."""
        done = self._submit(run, lease)
        result = asyncio.wrap_future(done)
        # Rung by the thread, so that a caller who is cancelled meanwhile does not silence the bell; added after the
        # result's own callback, so that the caller goes on before those whom the bell wakes.
        done.add_done_callback(self._ring)
        return (await result)[0]

    def _submit(self, run: Callable[[Transaction], T], lease: Lease | None = None) -> Future[tuple[T, set[Topic]]]:
        """Let the thread write; at once. The result, and whom to wake."""
        now = self._clock()

        def operation() -> tuple[T, set[Topic]]:
            with self._watch.over(writing=True), self._engine.begin() as connection:
                tx = Transaction(connection, now, lease)
                self._admit(tx)
                return run(tx), tx.rung

        return self._thread.submit(operation)

    def _admit(self, tx: Transaction) -> None:
        """Fenced: somebody has taken over, the caller's lease or one that was taken here."""
        try:
            leases.check(tx, *self._held.values(), *(() if tx.lease is None else (tx.lease,)))
        except Fenced as error:
            self._fenced(str(error))
            raise

    def _ring(self, done: Future[tuple[Any, set[Topic]]]) -> None:
        if not done.cancelled() and done.exception() is None:
            for topic in done.result()[1]:
                self._loop.call_soon_threadsafe(self._bells[topic].set)
