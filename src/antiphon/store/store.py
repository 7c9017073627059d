"""The bus on a database: every operation one transaction, in one thread beside the event loop."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection, Engine

from antiphon.core import records
from antiphon.core.ports import UNKNOWN, Clock, RecoveryInfo, Topic
from antiphon.core.requests import HUB, Reply, ReplyT, Request, RequestFailed
from antiphon.core.values import MessageId, PersonId, PlaceId, Prompt, Session, SessionId, TurnId
from antiphon.store.availability import Availability, Wait
from antiphon.store.engine import READING, opened
from antiphon.store.errors import Busy, Fenced, Unwritable
from antiphon.store.tables import (
    audits,
    deleted_places,
    identifies,
    inbox,
    leases,
    outbox,
    recovery,
    requests,
    sessions,
    spending,
)

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


class Store:
    """`antiphon.core.ports.Bus`; `open_store` makes it, and its event loop is the one that it is used in.

    Beyond the port: a worker called `x` holds the lease `worker:x` and is named `x` in calls. Every method that takes
    a lease raises Fenced, having changed nothing, when that lease is not current. Busy or Unwritable: ask again. Any
    other StoreError: the database cannot be used, and the operation has not happened. A cancelled operation has
    happened entirely or not at all; asking again is right. Once the file is Damaged, every operation is refused.
    """

    def __init__(
        self, engine: Engine, path: Path, thread: ThreadPoolExecutor, clock: Clock, fenced: Callable[[str], object]
    ) -> None:
        self._engine = engine
        self._fenced = fenced
        self._held: dict[str, records.Lease] = {}  # what was taken here: without it nothing is written, whoever asks
        self._reader = engine.execution_options(**READING)
        self._watch = Availability(path, clock)
        self._thread = thread
        self._clock = clock
        self._loop = asyncio.get_running_loop()
        self._bells: Mapping[Topic, asyncio.Event] = {
            "inbox": asyncio.Event(),
            "outbox": asyncio.Event(),
            "reply": asyncio.Event(),
        }

    @property
    def transient(self) -> tuple[type[Exception], ...]:
        """Another program had the file locked for too long, or the disk takes nothing: neither is ours to end."""
        return (Busy, Unwritable)

    @property
    def waiting(self) -> Wait | None:
        """Why what must be kept waits for the database at the moment; None: it does not."""
        return self._watch.wait

    async def hold(self, name: str, holder: str, ttl: float, left: RecoveryInfo = UNKNOWN) -> records.Lease | None:
        """A new epoch for `ttl` seconds, at once when the last holder's process is gone. What becomes of a worker's
        turns of older epochs: store/tables/recovery.py."""
        now = self._clock()

        def run(connection: Connection) -> records.Lease | None:
            lease = leases.hold(connection, name, holder, ttl, now)
            worker = leases.worker_of(name)
            if lease is not None:
                requests.drop_all(connection, name)
            if lease is not None and worker is not None:
                recovery.Recovery(connection, worker, left, now).recover(lease.epoch)
            return lease

        lease = await self._write(run, "inbox", "outbox")
        if lease is not None:
            self._held[name] = lease
        return lease

    async def renew(self, lease: records.Lease, ttl: float) -> bool:
        """Prolong by `ttl` seconds from now. A lease that was late is still mine while nobody has taken it."""
        now = self._clock()
        try:
            return await self._write(lambda connection: leases.renew(connection, lease, ttl, now))
        except Fenced:
            return False

    async def is_mine(self, lease: records.Lease) -> bool:
        """Whether nobody has taken it over; only looked at."""
        return await self._read(lambda connection: leases.is_current(connection, lease))

    async def accept(self, call: records.InboxEntry) -> bool:
        """Durable on return, with its session and its watermark. False: this key was accepted before."""
        now = self._clock()
        return await self._write(lambda connection: inbox.accept(connection, call, now), "inbox")

    async def claim(self, me: records.Lease, known: frozenset[int], room: int) -> Sequence[records.ClaimedEntry]:
        """Stops first, then turns by number. A turn that is returned again (its reply was lost) takes one of the
        `room` places, and is returned even when there is none."""
        return await self._write(lambda connection: inbox.claim(connection, me, known, room), lease=me)

    async def emit(
        self, me: records.Lease, events: Sequence[records.OutboxRow], close: Sequence[records.Closing] = ()
    ) -> None:
        """Write the events and the ends in one transaction. An `end` drops the turn's live tail: its rows say all.

        StoreError, besides: an event's number belongs to another event of the session.
        """
        now = self._clock()

        def run(connection: Connection) -> None:
            outbox.emit(connection, leases.worker_of(me.name), events, now)
            inbox.close(connection, me, close, now)

        bells: tuple[Topic, ...] = ("outbox", "inbox") if close else ("outbox",)
        await self._write(run, *bells, lease=me)

    async def preview(self, me: records.Lease, session: SessionId, turn: TurnId, tail: records.Tail) -> None:
        """Overwrite the session's live tail. Rings no bell: in one process the screen has the value itself."""
        now = self._clock()
        await self._write(lambda connection: outbox.overwrite_preview(connection, session, turn, tail, now), lease=me)

    async def keep(self, me: records.Lease, session: Session) -> None:
        """Store what the session is by now."""
        now = self._clock()
        await self._write(lambda connection: sessions.keep(connection, session, now), lease=me)

    async def spent(self, session: SessionId, person: PersonId | None) -> records.Spent:
        """What has been spent so far; the day is that of the machine."""
        now = self._clock()
        return await self._read(lambda connection: spending.spent(connection, session, person, now))

    async def raise_budget(
        self, me: records.Lease, scope: str, session: SessionId, person: PersonId | None, by: float
    ) -> None:
        """Allow more dollars."""
        now = self._clock()
        await self._write(
            lambda connection: spending.raise_budget(connection, scope, session, person, by, now), lease=me
        )

    async def allow(
        self, scope: str, session: SessionId, person: PersonId | None, by: float, audit: records.Audit
    ) -> None:
        """Allow more dollars, and keep who did; once for each key in what the audit keeps."""
        now = self._clock()

        def run(connection: Connection) -> None:
            if audits.has_key(connection, audit):
                return
            spending.raise_budget(connection, scope, session, person, by, now)
            audits.note(connection, audit, now)

        await self._write(run)

    async def asked(self, me: records.Lease) -> Sequence[records.ClaimedRequest]:
        """The requests to me."""
        return await self._write(lambda connection: requests.asked(connection, me), lease=me)

    async def reply(self, me: records.Lease, n: int, reply: Reply) -> None:
        """Answer a request."""
        await self._write(lambda connection: requests.reply(connection, me, n, reply), "reply", lease=me)

    async def ask(
        self, to: str, project: str, session: Session | None, request: Request[ReplyT], timeout: float
    ) -> ReplyT | RequestFailed | None:
        """Write the request down, wait for the reply, and strike it."""
        now, lease = self._clock(), leases.lease_of(to)
        bell: Topic = "outbox" if to == HUB else "inbox"
        n = await self._write(lambda connection: requests.ask(connection, lease, project, session, request, now), bell)
        found: ReplyT | RequestFailed | None = None
        try:
            async with asyncio.timeout(timeout):
                while found is None:
                    await self.wait("reply", _LISTEN)  # a bell that rings for somebody else may hide ours
                    found = await self._read(lambda connection: requests.replied(connection, n, request))
        except TimeoutError:
            pass
        finally:
            with suppress(RuntimeError):  # the store is closed: what hub and worker ask each other is dropped then
                self._submit(lambda connection: requests.drop(connection, n))  # not waited for: nobody needs it
        return found

    async def adopt(self, session: Session, worker: str) -> bool:
        """Store a session that no prompt has opened."""
        now = self._clock()
        return await self._write(lambda connection: sessions.adopt(connection, session, worker, now))

    async def note(self, audit: records.Audit) -> None:
        """Keep what was decided."""
        now = self._clock()
        await self._write(lambda connection: audits.note(connection, audit, now))

    async def audits(self, session: SessionId | None, most: int) -> Sequence[records.Audit]:
        """The latest decisions, of one session or of all, oldest first."""
        return await self._read(lambda connection: audits.audits(connection, session, most))

    async def line(self, place: PlaceId | None = None, *, held: bool = False) -> Sequence[records.QueuedPrompt]:
        """The prompts that wait, in order."""
        return await self._read(lambda connection: inbox.line(connection, place, held=held))

    async def changeable(self, key: str | None = None) -> Sequence[records.QueuedPrompt]:
        """The prompts that an edit or a deletion still changes."""
        return await self._read(lambda connection: inbox.changeable(connection, key))

    async def release(self, key: str) -> bool:
        """Put a prompt that is held in line."""
        return await self._write(lambda connection: inbox.release(connection, key), "inbox")

    async def promote(self, key: str) -> bool:
        """Let a prompt that waits be taken up at once."""
        return await self._write(lambda connection: inbox.promote(connection, key), "inbox")

    async def sessions(self) -> Sequence[Session]:
        """Every session, the one last used first."""
        return await self._read(sessions.every)

    async def turn_at(self, place: PlaceId, message: MessageId) -> records.StoredTurn | None:
        """The turn that a message in a place belongs to: its prompt, or a post of ours."""
        found = await self._read(lambda connection: outbox.turn_at(connection, place, message))
        return found[0] if found else None

    async def prompt(self, session: SessionId, turn: TurnId) -> Prompt | None:
        """The prompt that began a turn; None: none did."""
        return await self._read(lambda connection: inbox.prompt(connection, session, turn))

    async def turns(self, session: SessionId, most: int) -> Sequence[records.PastTurn]:
        """The session's turns, the newest first."""
        return await self._read(lambda connection: outbox.turns(connection, session, most))

    async def pending(self, hub: records.Lease) -> Sequence[tuple[Session, TurnId]]:
        """Every turn with rows that are not posted, by its first row."""

        def run(connection: Connection) -> list[tuple[Session, TurnId]]:
            self._admit(connection, hub)
            return outbox.pending(connection)

        return await self._read(run)

    async def posts(self, session: SessionId, turn: TurnId) -> Sequence[records.Post]:
        """What is posted of a turn's page, in the order in which Discord shows it."""
        return await self._read(lambda connection: outbox.posts(connection, session, turn))

    async def record(self, hub: records.Lease, session: SessionId, post: records.Post) -> None:
        """Write down which message is in a slot and what it shows."""
        await self._write(lambda connection: outbox.record(connection, session, post), lease=hub)

    async def forget(self, hub: records.Lease, session: SessionId, post: records.Post) -> None:
        """Strike a post that was deleted; another message in the same slot stays."""
        await self._write(lambda connection: outbox.forget(connection, session, post), lease=hub)

    async def last_post(self, session: SessionId) -> MessageId | None:
        """The newest message that the ledger has of the pages of a session's turns."""
        return await self._read(lambda connection: outbox.last_post(connection, session))

    async def abandon(self, place: PlaceId) -> int:
        """Withdraw what waits for a place that is gone, and stop what runs, in one transaction."""
        now = self._clock()
        return await self._write(lambda connection: deleted_places.abandon(connection, place, now), "inbox")

    async def posted(self, hub: records.Lease, session: SessionId, turn: TurnId) -> None:
        """The turn's rows that exist now need no more attention. Right only once its end is shown."""
        await self._write(lambda connection: outbox.posted(connection, session, turn), lease=hub)

    async def session(self, place: PlaceId) -> Session | None:
        """The session that is shown in a place."""
        return await self._read(lambda connection: sessions.at(connection, place))

    async def story(self, session: SessionId, turn: TurnId) -> records.StoredTurn | None:
        """What is known of a turn, posted or not; None: the session had no such turn."""
        found = await self._read(lambda connection: outbox.told(connection, session, turn))
        return found[0] if found else None

    async def revise(self, key: str, prompt: Prompt) -> bool:
        """Give a call that waits in line another prompt. False: it does not wait (any more)."""
        return await self._write(lambda connection: inbox.revise(connection, key, prompt))

    async def withdraw(self, key: str) -> bool:
        """Take a call that waits out of the line. False: it does not wait (any more)."""
        now = self._clock()
        return await self._write(lambda connection: inbox.withdraw(connection, key, now))

    async def running(self, session: SessionId) -> bool:
        """Whether a turn of the session is at work."""
        return await self._read(lambda connection: inbox.running(connection, session))

    async def seen(self, place: PlaceId, message: MessageId) -> None:
        """Raise a place's watermark; it never falls."""
        await self._write(lambda connection: sessions.seen(connection, place, message))

    async def watermarks(self) -> Mapping[PlaceId, MessageId]:
        """The last message seen in each place."""
        return await self._read(sessions.watermarks)

    async def overview(self) -> records.Overview:
        """Counts of sessions and turns, and the cost of all closed rows."""
        return await self._read(sessions.overview)

    async def note_identify(self) -> None:
        """The gateway is told who we are."""
        now = self._clock()
        await self._write(lambda connection: identifies.note(connection, now))

    async def identifies(self, since: float) -> Sequence[float]:
        """When it was told so (epoch seconds, for a day), oldest first."""
        return await self._read(lambda connection: identifies.since(connection, since))

    async def wait(self, topic: Topic, timeout: float) -> None:
        """Wait at most `timeout` seconds for a ring. One that came while nobody waited counts, and is used up by the
        next who waits; one that comes while several wait wakes all of them."""
        bell = self._bells[topic]
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                await bell.wait()
                bell.clear()

    def _submit(self, operation: Callable[[Connection], T], lease: records.Lease | None = None) -> Future[T]:
        """Let the thread write; at once."""

        def run() -> T:
            with self._watch.over(writing=True), self._engine.begin() as connection:
                self._admit(connection, lease)
                return operation(connection)

        return self._thread.submit(run)

    def _admit(self, connection: Connection, lease: records.Lease | None) -> None:
        """Fenced: somebody has taken over, the caller's lease or one that was taken here."""
        try:
            leases.check(connection, *self._held.values(), *(() if lease is None else (lease,)))
        except Fenced as error:
            self._fenced(str(error))
            raise

    async def _write(
        self, operation: Callable[[Connection], T], *bells: Topic, lease: records.Lease | None = None
    ) -> T:
        done = self._submit(operation, lease)
        result = asyncio.wrap_future(done)
        # Rung by the thread, so that a caller who is cancelled meanwhile does not silence the bell; added after the
        # result's own callback, so that the caller goes on before those whom the bell wakes.
        done.add_done_callback(lambda _: self._ring(bells))
        return await result

    def _ring(self, bells: Sequence[Topic]) -> None:
        for topic in bells:
            self._loop.call_soon_threadsafe(self._bells[topic].set)

    async def _read(self, operation: Callable[[Connection], T]) -> T:
        def run() -> T:
            with self._watch.over(writing=False), self._reader.begin() as connection:
                return operation(connection)

        return await asyncio.wrap_future(self._thread.submit(run))
