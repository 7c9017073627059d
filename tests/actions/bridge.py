"""What actions work with, in tests: the real store, a worker that replies from a table, places in memory."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from antiphon.actions.callers import ClaudeSession, Member, Program, Schedule
from antiphon.actions.context import ActionContext, InPlace
from antiphon.actions.places import Announcement, NoPlaces, Opening, Thread
from antiphon.core.blocks import Block, End
from antiphon.core.projects import Projects
from antiphon.core.records import ClaimedEntry, Closing, InboxEntry, Lease, Room, prompt_in
from antiphon.core.requests import Reply, Request, RequestFailed
from antiphon.core.stored_turn import rows_of, tail_of
from antiphon.core.values import (
    Access,
    Asker,
    Budgets,
    Group,
    MessageId,
    Person,
    PersonId,
    PlaceId,
    Project,
    Prompt,
    Session,
    TurnId,
    first_claude_session,
    session_at,
    turn_of,
)
from antiphon.core.view import TurnView
from antiphon.store import Store, open_store

CHANNEL, PLACE = PlaceId(1), PlaceId(1001)
HERE = InPlace(PLACE, CHANNEL)
ADA, BEN, ROOT = (Person(PersonId(n), name) for n, name in ((7, "Ada"), (8, "Ben"), (9, "Root")))
PROJECT = Project(
    "playground",
    Path("/nowhere"),
    frozenset({CHANNEL}),
    Access(frozenset({ADA.id, BEN.id}), admins=Group(frozenset({ROOT.id}))),
    budgets=Budgets(thread=1.0),
)
SESSION = Session(
    session_at(PLACE), PLACE, PROJECT.name, first_claude_session(session_at(PLACE)), "A session", begun=True
)
ada, ben, root = (Member(one, "button") for one in (ADA, BEN, ROOT))
stranger = Member(Person(PersonId(99), "Mallory"), "command")
program = Program("deploy", frozenset({"prompt", "stop"}), frozenset({PROJECT.name}))
claude = ClaudeSession(SESSION.id, PROJECT.name)
schedule = Schedule("nightly", ADA)


@dataclass
class MemoryPlaces(NoPlaces):
    """Threads and announcements in memory; the same key finds the same thread."""

    announced: list[Announcement] = field(default_factory=list[Announcement])
    retracted: list[MessageId] = field(default_factory=list[MessageId])
    reworded: dict[MessageId, Announcement] = field(default_factory=dict[MessageId, Announcement])
    threads: dict[str, Thread] = field(default_factory=dict[str, Thread])

    async def open_thread(
        self, project: Project, near: PlaceId | None, opening: Opening, name: str, key: str
    ) -> Thread:
        id_ = 5000 + len(self.threads)
        return self.threads.setdefault(key, Thread(PlaceId(id_), near or CHANNEL, MessageId(id_), name))

    async def announce(self, place: PlaceId, announcement: Announcement) -> MessageId | None:
        self.announced.append(announcement)
        return MessageId(9000 + len(self.announced))

    async def reword(self, place: PlaceId, message: MessageId, announcement: Announcement) -> None:
        self.reworded[message] = announcement

    async def retract(self, place: PlaceId, message: MessageId) -> None:
        self.retracted.append(message)


@dataclass
class Bridge:
    """A context, and the worker's side of its store. `replies`: what the worker replies to each kind of request."""

    store: Store
    worker: Lease
    places: MemoryPlaces
    context: ActionContext
    asked: list[Request[Any]] = field(default_factory=list[Request[Any]])
    replies: dict[type, Callable[[Any], Reply]] = field(default_factory=dict[type, Callable[[Any], Reply]])

    async def said(self, message: int, text: str = "hello", *, held: bool = False) -> Prompt:
        """Ada writes something."""
        prompt = Prompt(turn_of(MessageId(message)), text, Asker("Ada", ADA.id), MessageId(message), may_answer=False)
        await self.store.accept(InboxEntry(str(message), self.worker_name, SESSION, prompt, held=held))
        return prompt

    @property
    def worker_name(self) -> str:
        return self.context.projects.worker_of(PROJECT.name)

    async def claimed(self) -> list[ClaimedEntry]:
        """What the worker gets."""
        return list(await self.store.claim(self.worker, frozenset(), Room(10)))

    async def running(self, message: int, *blocks: Block, end: End | None = None) -> TurnId:
        """A turn that shows these blocks."""
        prompt = await self.said(message)
        (item,) = [one for one in await self.claimed() if prompt_in(one.content) is not None]
        view = TurnView(prompt.turn, prompt.message, 1.0, blocks, end=end)
        rows = rows_of(item.session.id, view, item.next_seq, None)
        await self.store.emit(self.worker, rows, [Closing(item.n, "done")] if end else [])
        if end is None:  # what is not settled is no row yet
            await self.store.preview(self.worker, item.session.id, prompt.turn, tail_of(view, len(rows) - 1))
        return prompt.turn

    async def serve(self) -> None:
        """Reply to requests until cancelled."""
        while True:
            for one in await self.store.asked(self.worker):
                request = one.request
                self.asked.append(request)
                reply = self.replies.get(type(request), lambda _: RequestFailed("This worker does not know it."))
                await self.store.reply(self.worker, one.n, reply(request))
            await self.store.wait("inbox", 0.02)


@asynccontextmanager
async def opened(file: Path, clock: Callable[[], float] = lambda: 1_000_000.0) -> AsyncGenerator[Bridge]:
    """A bridge whose store has the session."""
    async with open_store(file, clock) as store:
        projects, places = Projects([PROJECT]), MemoryPlaces()
        worker = await store.hold(f"worker:{projects.worker_of(PROJECT.name)}", "test", 60.0)
        assert worker is not None
        await store.adopt(replace(SESSION), projects.worker_of(PROJECT.name))
        bridge = Bridge(store, worker, places, ActionContext(projects, store, places))
        serving = asyncio.create_task(bridge.serve(), name="worker")
        try:
            yield bridge
        finally:
            serving.cancel()
            await asyncio.wait({serving})
