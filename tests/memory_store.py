"""The bus in memory: what conversations and delivery need of it, without a file or a thread, so that time can be
virtual. tests/store/test_ports.py holds it to what the real one does."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import count
from time import time

from antiphon.core.blocks import End
from antiphon.core.bus import Topic
from antiphon.core.records import (
    ELSEWHERE,
    LINE,
    STATUS,
    UNDELIVERED,
    Audit,
    ClaimedEntry,
    ClaimedRequest,
    Closing,
    InboxEntry,
    Lease,
    LeftSession,
    Offer,
    OutboxRow,
    Post,
    QueuedPrompt,
    Room,
    Spent,
    StoredTurn,
    Tail,
    TurnBegun,
    WaitsFor,
    WithdrawnPrompt,
    prompt_in,
)
from antiphon.core.requests import Reply
from antiphon.core.runtime.capacity import share
from antiphon.core.stored_turn import anchor_of
from antiphon.core.values import (
    NOWHERE,
    Interrupt,
    MessageId,
    PersonId,
    PlaceId,
    Prompt,
    Session,
    SessionId,
    Steer,
    TurnId,
)
from antiphon.errors import StoreError


class Busy(StoreError):
    """The store in memory is locked."""


@dataclass
class _Row:
    """An inbox row."""

    n: int
    entry: InboxEntry
    state: str
    said: float


@dataclass
class MemoryStore:
    """Implements core.bus.WorkerStore and core.bus.DeliveryStore. `busy`: how many writes fail before one succeeds;
    `broken`: how every write of a worker fails; `failures`: how the next writes of the hub fail, one each."""

    transient = (Busy,)

    rows: list[OutboxRow] = field(default_factory=list[OutboxRow])
    closed: list[Closing] = field(default_factory=list[Closing])
    kept: list[Session] = field(default_factory=list[Session])  # in the order in which they were
    replies: dict[int, Reply] = field(default_factory=dict[int, Reply])
    tails: dict[TurnId, Tail] = field(default_factory=dict[TurnId, Tail])
    audits: list[Audit] = field(default_factory=list[Audit])
    spending: Spent = field(default_factory=Spent)  # before what is closed here
    entries: dict[tuple[SessionId, TurnId, str], Post] = field(
        default_factory=dict[tuple[SessionId, TurnId, str], Post]
    )
    finished: list[TurnId] = field(default_factory=list[TurnId])
    withdrawals: list[WithdrawnPrompt] = field(default_factory=list[WithdrawnPrompt])  # shown or not
    abandoned: list[PlaceId] = field(default_factory=list[PlaceId])
    busy: int = 0
    broken: Exception | None = None
    failures: list[Exception] = field(default_factory=list[Exception])

    def __post_init__(self) -> None:
        self._inbox: dict[int, _Row] = {}
        self._waits_for: dict[int, WaitsFor | None] = {}
        self._numbers, self._uses = count(1), count()
        self._sessions: dict[SessionId, Session] = {}
        self._touched: dict[SessionId, int] = {}
        self._todo: dict[tuple[SessionId, TurnId], None] = {}  # oldest first
        self._bells: dict[Topic, asyncio.Event] = defaultdict(asyncio.Event)
        self._offers: dict[tuple[SessionId, TurnId], Offer] = {}
        self._costs: list[tuple[SessionId, PersonId | None, float]] = []

    # What tests begin with

    def begin_with(self, session: Session) -> None:
        """A session that is there."""
        self._sessions.setdefault(session.id, session)
        self._touched[session.id] = next(self._uses)

    def left(self, *stories: StoredTurn) -> None:
        """Turns that an earlier bridge has left, as far as it wrote them down."""
        for story in stories:
            self.begin_with(story.session)
            self.rows = [row for row in self.rows if row.turn != story.turn] + list(story.rows)
            self._todo[story.session.id, story.turn] = None
            if story.tail is not None:
                self.tails[story.turn] = story.tail

    async def accept(self, call: InboxEntry, /) -> bool:
        if any(row.entry.key == call.key for row in self._inbox.values()):
            return False
        shown = None if call.session.id in self._sessions else await self.session(call.session.place)
        home = shown or call.session
        self.begin_with(home)
        n = next(self._numbers)
        self._inbox[n] = _Row(n, replace(call, session=home), "held" if call.held else "queued", call.said or time())
        self._bells["inbox"].set()
        return True

    async def complete(self, turns: int = 1) -> None:
        """Wait until so many turns are completely posted."""
        async with asyncio.timeout(300):
            while len(self.finished) < turns:
                await self.wait("reply", 300)

    # The worker's side

    async def claim(self, me: Lease, known: frozenset[int], room: Room, /) -> Sequence[ClaimedEntry]:
        found: list[_Row] = []
        running = [row for row in self._inbox.values() if row.state == "running"]
        lost = [row for row in running if row.n not in known]
        for row in [one for one in lost if prompt_in(one.entry.content) and self._closed(one.entry.session.id)]:
            row.state = "queued"
            running.remove(row)
            lost.remove(row)
        busy = {row.entry.session.id for row in running if prompt_in(row.entry.content) is not None}
        room = replace(room, turns=room.turns - sum(isinstance(row.entry.content, Prompt) for row in lost))
        first: dict[SessionId, _Row] = {}
        for row in self._line("queued"):
            prompt, home = prompt_in(row.entry.content), row.entry.session.id
            if prompt is not None and home not in busy:
                first.setdefault(home, row)
        hosted = [row for home, row in first.items() if self._sessions[home].terminal is None]
        could = ((row.n, row.entry.content) for row in hosted)
        askers = ((n, prompt.asker.id) for n, content in could if (prompt := prompt_in(content)) is not None)
        self._waits_for = share(room, askers)
        self._waits_for |= {row.n: self._terminals_room(home) for home, row in first.items() if row not in hosted}
        for row in self._line("queued"):
            content, home = row.entry.content, row.entry.session.id
            if isinstance(content, Steer) and self._closed(home):
                continue
            if isinstance(content, Steer) and home not in busy:
                content = content.prompt  # what was said for a turn that is over is a turn of its own
            if isinstance(content, Prompt):
                if home in busy or self._waits_for.get(row.n, "turns") is not None:
                    continue
                busy.add(home)
            row.entry, row.state = replace(row.entry, content=content), "running"
            found.append(row)
        again = [replace(self._claimed(row), story=await self._begun(row)) for row in lost]
        return [*again, *(self._claimed(row) for row in found)]

    def _closed(self, home: SessionId) -> bool:
        terminal = self._sessions[home].terminal
        return terminal is not None and not terminal.open

    def _terminals_room(self, home: SessionId) -> WaitsFor | None:
        """A terminal takes no room, where it is open."""
        terminal = self._sessions[home].terminal
        if terminal is not None and terminal.open:
            return None
        return "left_out" if terminal is not None and terminal.left_out else "terminal"

    async def _begun(self, row: _Row) -> StoredTurn | None:
        prompt = prompt_in(row.entry.content)
        return None if prompt is None else await self.story(row.entry.session.id, prompt.turn)

    def _line(self, *states: str) -> list[_Row]:
        waiting = [row for row in self._inbox.values() if row.state in states]
        return sorted(waiting, key=lambda row: (row.said, row.n))

    def _claimed(self, row: _Row) -> ClaimedEntry:
        content, home = row.entry.content, row.entry.session.id
        if isinstance(content, Steer):
            content = replace(content, prompt=replace(content.prompt, inbox=row.n))
        else:
            content = replace(content, inbox=row.n)
        seq = max((event.seq + 1 for event in self.rows if event.session == home), default=0)
        return ClaimedEntry(row.n, row.entry.key, self._sessions[home], content, seq)

    async def emit(self, me: Lease, events: Sequence[OutboxRow], close: Sequence[Closing] = (), /) -> None:
        self._write()
        taken = {(row.session, row.seq): row for row in self.rows}
        for event in events:
            there = taken.get((event.session, event.seq))
            if there is not None and there.turn != event.turn:
                raise StoreError(f"number {event.seq} is taken")
        for event in events:
            if (event.session, event.seq) not in taken:
                self.rows.append(event)
                self._todo.setdefault((event.session, event.turn))
            if isinstance(event.content, End):
                self.tails.pop(event.turn, None)
        self._bells["outbox"].set()
        for closing in close:
            self.closed.append(closing)
            row = self._inbox.get(closing.n)
            if row is not None and row.state == "running":
                self._close(row, closing)

    def _close(self, row: _Row, closing: Closing) -> None:
        home, prompt = self._sessions[row.entry.session.id], prompt_in(row.entry.content)
        row.state = closing.state
        self._costs.append((home.id, prompt and prompt.asker.id, closing.cost))
        self._sessions[home.id] = replace(home, cost=home.cost + closing.cost)

    async def preview(self, me: Lease, session: SessionId, turn: TurnId, tail: Tail, /) -> None:
        if not any(row.turn == turn and isinstance(row.content, End) for row in self.rows):
            self.tails[turn] = tail

    async def keep(self, me: Lease, session: Session, /) -> None:
        self.kept.append(session)
        there = self._sessions.get(session.id)
        if there is not None:
            now = {"claude": session.claude, "choices": session.choices, "begun": session.begun}
            now["terminal"] = session.terminal
            self._sessions[session.id] = replace(there, **now, counted=session.counted)
            self._touched[session.id] = next(self._uses)

    async def spent(self, session: SessionId, person: PersonId | None, /) -> Spent:
        thread = sum(cost for home, _, cost in self._costs if home == session)
        member = sum(cost for _, who, cost in self._costs if person is not None and who == person)
        day, base = sum(cost for _, _, cost in self._costs), self.spending
        return replace(base, thread=base.thread + thread, member=base.member + member, day=base.day + day)

    async def raise_budget(
        self, me: Lease, scope: str, session: SessionId, person: PersonId | None, by: float, /
    ) -> None:
        raised = {**self.spending.raised, scope: self.spending.raised.get(scope, 0.0) + by}
        self.spending = replace(self.spending, raised=raised)

    async def unfinished(self, me: Lease, session: SessionId, /) -> LeftSession:
        mine = sorted((row for row in self.rows if row.session == session), key=lambda row: row.seq)
        begun = [row.turn for row in mine if isinstance(row.content, TurnBegun)][-1:]
        ended = {row.turn for row in mine if isinstance(row.content, End)}
        story = await self.story(session, begun[0]) if begun and begun[0] not in ended else None
        anchors = (anchor_of(row.content, row.turn) for row in reversed(mine))
        anchor = next((one for one in anchors if one is not None), None)
        return LeftSession(self._sessions[session], len(mine), story, anchor)

    async def offer(self, me: Lease, session: SessionId, offers: Sequence[Offer], /) -> None:
        self._write()
        self._offers.update({(session, one.prompt): one for one in offers})

    async def offers(self, me: Lease, session: SessionId, /) -> Sequence[Offer]:
        waiting = [row for row in self._inbox.values() if row.state in ("queued", "running")]
        prompts = {one.turn for row in waiting if (one := prompt_in(row.entry.content)) is not None}
        return [one for (home, prompt), one in self._offers.items() if home == session and prompt in prompts]

    async def asked(self, me: Lease, /) -> Sequence[ClaimedRequest]:
        return ()  # nobody asks in memory

    async def reply(self, me: Lease, n: int, reply: Reply, /) -> None:
        self.replies[n] = reply

    async def note(self, audit: Audit, /) -> None:
        self.audits.append(audit)

    async def wait(self, topic: Topic, timeout: float, /) -> bool:
        bell = self._bells[topic]
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                await bell.wait()
                bell.clear()
                return True
        return False

    # What is known

    async def session(self, place: PlaceId, person: PersonId | None = None, /) -> Session | None:
        shown = (one for one in await self.sessions() if one.place == place != NOWHERE)
        shown = (one for one in shown if person is None or (one.sharing == "person" and one.owner == person))
        return next(shown, None)

    async def sessions(self) -> Sequence[Session]:
        return sorted(self._sessions.values(), key=lambda one: self._touched[one.id], reverse=True)

    async def story(self, session: SessionId, turn: TurnId, /) -> StoredTurn | None:
        rows = sorted((row for row in self.rows if (row.session, row.turn) == (session, turn)), key=lambda row: row.seq)
        return StoredTurn(self._sessions[session], turn, tuple(rows), self.tails.get(turn)) if rows else None

    async def line(self, session: SessionId | None = None, /, *, held: bool = False) -> Sequence[QueuedPrompt]:
        ahead: dict[SessionId, int] = {}
        for row in self._inbox.values():
            if row.state == "running" and prompt_in(row.entry.content) is not None:
                ahead[row.entry.session.id] = 1
        found: list[QueuedPrompt] = []
        others = 0
        for row in self._line("queued", "held"):
            prompt, home = prompt_in(row.entry.content), row.entry.session
            if prompt is None:
                continue
            before, kept = ahead.get(home.id, 0), row.state == "held"
            if session in (None, home.id) and (held or not kept):
                one = replace(prompt, inbox=row.n)
                why = self._waits_for.get(row.n) or "turns"
                found.append(QueuedPrompt(row.n, row.entry.key, home, one, 0.0, before, others, kept, why))
            if not kept:
                ahead[home.id] = before + 1
                others += before == 0
        return found

    # The hub's side

    async def pending(self, hub: Lease, /) -> Sequence[tuple[Session, TurnId]]:
        turns = [(self._sessions[home], turn) for home, turn in self._todo]
        return [(home, turn) for home, turn in turns if home.place != NOWHERE or home.terminal is not None]

    async def settle(self, hub: Lease, session: SessionId, shown: Session, /) -> Session:
        there = self._sessions[session]
        if there.place == NOWHERE:
            there = replace(there, place=shown.place, title=shown.title, origin=shown.origin)
            self._sessions[session] = there
        return there

    async def wanted(self) -> Sequence[Session]:
        known = self._sessions.values()
        return [one for one in known if one.place == NOWHERE and one.origin.channel is not None and not one.left_out]

    async def posts(self, session: SessionId, turn: TurnId, /) -> Sequence[Post]:
        mine = [post for (home, of, _), post in self.entries.items() if (home, of) == (session, turn)]
        return sorted(mine, key=lambda post: post.message)

    async def record(self, hub: Lease, session: SessionId, post: Post, /) -> None:
        if self.failures:
            raise self.failures.pop(0)
        self.entries[session, post.turn, post.slot] = post

    async def forget(self, hub: Lease, session: SessionId, post: Post, /) -> None:
        slot = session, post.turn, post.slot
        if slot in self.entries and self.entries[slot].message == post.message:
            del self.entries[slot]

    async def undelivered(self) -> Sequence[tuple[Session, TurnId]]:
        lost = {(home, turn) for (home, turn, _), post in self.entries.items() if post.digest.startswith(UNDELIVERED)}
        turns = dict.fromkeys((row.session, row.turn) for row in self.rows)
        return [(self._sessions[home], turn) for home, turn in turns if (home, turn) in lost]

    async def last_post(self, session: SessionId, /) -> MessageId | None:
        others = (LINE, ELSEWHERE, STATUS)
        pages = [one.message for (home, turn, _), one in self.entries.items() if home == session and turn not in others]
        return max(pages, default=None)

    async def posted(self, hub: Lease, session: SessionId, turn: TurnId, /) -> None:
        self._todo.pop((session, turn), None)
        self.tails.pop(turn, None)
        self.finished.append(turn)
        self._bells["reply"].set()

    async def withdrawn(self) -> Sequence[WithdrawnPrompt]:
        return [one for one in self.withdrawals if one.prompt.turn not in self.finished]

    async def abandon(self, place: PlaceId, /) -> int:
        self.abandoned.append(place)
        return sum([await self._abandon(one) for one in self._sessions.values() if one.place == place])

    async def _abandon(self, home: Session) -> int:
        mine = [row for row in self._inbox.values() if row.entry.session.id == home.id]
        waiting = [row for row in mine if row.state in ("queued", "held") and prompt_in(row.entry.content) is not None]
        for row in waiting:
            row.state = "cancelled"
        at_work = [row for row in mine if row.state == "running" and prompt_in(row.entry.content) is not None]
        if at_work:
            stop = InboxEntry(f"deleted:{home.place}:{at_work[-1].n}", "", home, Interrupt("deleted"))
            await self.accept(stop)
        return len(waiting)

    def _write(self) -> None:
        if self.broken is not None:
            raise self.broken
        if self.busy:
            self.busy -= 1
            raise Busy("the store in memory is locked")
