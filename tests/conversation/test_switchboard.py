"""The loop that feeds conversations: a busy database and a stop end nothing by accident."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from antiphon.core.events import AgentEvent, TurnEnded
from antiphon.core.machine.limits import Limits
from antiphon.core.projects import Projects
from antiphon.core.records import ClaimedEntry, InboxEntry, Lease
from antiphon.core.runtime.conversation import Ports
from antiphon.core.runtime.switchboard import Switchboard
from antiphon.core.values import PlaceId, Project, Session, SessionId, session_at

from fakes import LEASE, PROJECT, SESSION, Album, Clock, FakeAgent, ScriptedLink, prompt
from memory_store import Busy, MemoryStore
from virtual_time import virtually


class CountedStore(MemoryStore):
    """Tells for how many turns there is room."""

    asked_for: Callable[[int], None] = staticmethod(lambda _: None)

    async def claim(self, me: Lease, known: frozenset[int], room: int, /) -> Sequence[ClaimedEntry]:
        self.asked_for(room)
        return await super().claim(me, known, room)


class Stuck(FakeAgent):
    """Its processes take their time to leave, as long as the test says."""

    def __init__(self, leave: asyncio.Event) -> None:
        super().__init__(lambda _: ())
        self._leave = leave
        self.cancelled = 0

    @asynccontextmanager
    async def open(
        self, session: Session, project: Project, post: Callable[[AgentEvent], None]
    ) -> AsyncGenerator[ScriptedLink]:
        async with super().open(session, project, post) as link:
            try:
                yield link
            finally:
                try:
                    await self._leave.wait()
                except asyncio.CancelledError:
                    self.cancelled += 1
                    await self._leave.wait()  # as a process that is closed behind a shield
                    raise


async def store_with(*prompts: int, project: str = "playground") -> CountedStore:
    """Each prompt is for a session of its own."""
    store = CountedStore()
    for n in prompts:
        place = PlaceId(1000 + n)
        session = replace(SESSION, id=session_at(place), place=place, project=project)
        await store.accept(InboxEntry(f"{n}", "local", session, prompt(n)))
    return store


def board(bus: MemoryStore, agent: FakeAgent, album: Album, projects: Sequence[Project], stop: float) -> Switchboard:
    ports = Ports(agent, bus, LEASE, album, Clock())
    return Switchboard(Projects(projects), ports, Limits(3600, 3600, 3600, stop), 10)


@virtually
async def test_a_database_that_is_busy_while_a_turn_is_refused_ends_nothing() -> None:
    bus, album = await store_with(1, project="gone"), Album()
    bus.busy = 2
    serving = asyncio.create_task(board(bus, FakeAgent(lambda _: ()), album, [], 1).serve())
    view = await album.until(lambda view: view.end is not None)
    assert view.end is not None
    assert "not configured" in (view.end.error or "")
    assert [(closing.n, closing.state) for closing in bus.closed] == [(1, "failed")]
    assert [row.seq for row in bus.rows] == [0, 1]
    assert not serving.done()
    serving.cancel()
    await asyncio.wait({serving})
    assert serving.cancelled()


@virtually
async def test_sessions_that_do_not_leave_in_time_are_ended_side_by_side() -> None:
    leave = asyncio.Event()
    bus, agent = await store_with(1, 2, 3), Stuck(leave)
    serving = asyncio.create_task(board(bus, agent, Album(), [PROJECT], 0.05).serve())
    async with asyncio.timeout(60):
        while sum(len(link.prompts) for link in agent.links) < 3:  # noqa: ASYNC110 - prompts ring no bell
            await asyncio.sleep(0.1)
        serving.cancel()
        while agent.cancelled < 3:  # noqa: ASYNC110 - they wait for us
            await asyncio.sleep(0.1)
    leave.set()
    await asyncio.wait({serving})
    assert serving.cancelled()


@virtually
async def test_a_board_that_drains_begins_nothing_and_is_done_when_its_turns_are() -> None:
    bus, agent, album = await store_with(1), FakeAgent(lambda _: ()), Album()
    room: list[int] = []
    bus.asked_for = room.append
    its = board(bus, agent, album, [PROJECT], 1)
    serving = asyncio.create_task(its.serve())
    await agent.until_heard()
    assert its.at_work == 1
    draining = asyncio.create_task(its.drain())
    await asyncio.sleep(0)
    room.clear()
    async with asyncio.timeout(60):
        while not room:  # noqa: ASYNC110 - the next claim
            await asyncio.sleep(0.1)
        assert (set(room), draining.done()) == ({0}, False)
        agent.links[0].post(TurnEnded("done", prompts=(prompt(1).turn,)))
        await draining
    assert its.at_work == 0
    serving.cancel()
    await asyncio.wait({serving})


@virtually
async def test_a_stop_while_the_database_is_busy_ends_the_retries_and_the_process() -> None:
    bus, agent = await store_with(1), FakeAgent(lambda _: ())
    serving = asyncio.create_task(board(bus, agent, Album(), [PROJECT], 0.05).serve())
    async with asyncio.timeout(60):
        while not agent.links or not agent.links[0].prompts:  # noqa: ASYNC110 - prompts ring no bell
            await asyncio.sleep(0.1)
        bus.broken = Busy()  # from now on, for ever
        serving.cancel()
        await asyncio.wait({serving})
    assert serving.cancelled()
    assert agent.links[0].closed
    assert not bus.closed  # nothing is said that is not true: the next bridge shows the turn as interrupted


@virtually
async def test_a_session_works_in_its_own_directory_and_in_its_projects_where_it_has_none() -> None:
    opened: dict[SessionId, Path] = {}

    class Watched(FakeAgent):
        @asynccontextmanager
        async def open(
            self, session: Session, project: Project, post: Callable[[AgentEvent], None]
        ) -> AsyncGenerator[ScriptedLink]:
            opened[session.id] = project.directory
            async with super().open(session, project, post) as link:
                yield link

    bus, agent = await store_with(1), Watched(lambda _: ())
    elsewhere = replace(SESSION, id=SessionId("elsewhere"), place=PlaceId(9), directory=Path("/worktree"))
    await bus.accept(InboxEntry("2", "local", elsewhere, prompt(2)))
    serving = asyncio.create_task(board(bus, agent, Album(), [PROJECT], 0.05).serve())
    await agent.until_heard(2)
    serving.cancel()
    await asyncio.wait({serving})
    assert opened == {session_at(PlaceId(1001)): PROJECT.directory, "elsewhere": Path("/worktree")}
