"""The loop that feeds conversations: a busy database and a stop end nothing by accident."""

import asyncio
import re
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from antiphon.core import wording
from antiphon.core.blocks import AskBlock, Job
from antiphon.core.events import AgentEvent, JobChanged, TurnEnded
from antiphon.core.machine.limits import Limits
from antiphon.core.projects import Projects, in_session
from antiphon.core.records import ClaimedEntry, ClaimedRequest, InboxEntry, Lease, Room
from antiphon.core.requests import ListSkills, Reply, ReplyT, Request, RequestFailed
from antiphon.core.runtime.capacity import Capacity
from antiphon.core.runtime.conversation import Ports
from antiphon.core.runtime.switchboard import Switchboard
from antiphon.core.values import Asker, PersonId, PlaceId, Project, Prompt, Session, SessionId, ToolUseId, session_at

from fakes import LEASE, PROJECT, SESSION, Album, Clock, FakeAgent, ScriptedLink, prompt
from memory_store import Busy, MemoryStore
from virtual_time import run_virtually, virtually

MANY = Capacity(10, 30)


class CountedStore(MemoryStore):
    """Tells for how many turns there is room."""

    asked_for: Callable[[int], None] = staticmethod(lambda _: None)

    async def claim(self, me: Lease, known: frozenset[int], room: Room, /) -> Sequence[ClaimedEntry]:
        self.asked_for(room.turns)
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


async def accept(bus: MemoryStore, n: int, text: str, person: PersonId | None = None) -> None:
    said = prompt(n, text)
    said = said if person is None else replace(said, asker=Asker("grace", person))
    place = PlaceId(1000 + n)
    session = replace(SESSION, id=session_at(place), place=place)
    await bus.accept(InboxEntry(f"{n}", "local", session, said))


def done(said: Prompt) -> Sequence[AgentEvent]:
    return (TurnEnded("done", prompts=(said.turn,)),)


def left_at_work(said: Prompt) -> Sequence[AgentEvent]:
    return Job("job", "command", "npm run dev"), *done(said)


def board(
    bus: MemoryStore, agent: FakeAgent, album: Album, projects: Sequence[Project], stop: float, most: Capacity = MANY
) -> Switchboard:
    ports = Ports(agent, bus, LEASE, album, Clock())
    return Switchboard(Projects(projects), ports, Limits(3600, 3600, 3600, stop), most)


@virtually
async def test_a_database_that_is_busy_while_a_turn_is_refused_ends_nothing() -> None:
    bus, album = await store_with(1, project="gone"), Album()
    bus.busy = 2
    serving = asyncio.create_task(board(bus, FakeAgent(lambda _: ()), album, [], 1).serve())
    view = await album.until(lambda view: view.end is not None)
    assert view.end is not None
    assert view.end.error == "The project gone is no longer configured."
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
            opened[session.id] = in_session(project, session).directory
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


def asks(said: Prompt) -> Sequence[AgentEvent]:
    """Claude asks for a permission, but in the last session."""
    return () if said.text == "work" else (AskBlock(ToolUseId(f"toolu_{said.turn}"), "Bash", "make"),)


@asynccontextmanager
async def served(bus: MemoryStore, agent: FakeAgent, album: Album, most: Capacity) -> AsyncGenerator[Switchboard]:
    its = board(bus, agent, album, [PROJECT], 0.05, most)
    serving = asyncio.create_task(its.serve())
    try:
        yield its
    finally:
        serving.cancel()
        await asyncio.wait({serving})


@virtually
async def test_four_open_requests_on_four_places_do_not_delay_a_fifth_session() -> None:
    bus, agent, album = await store_with(1, 2, 3, 4), FakeAgent(asks), Album()
    async with served(bus, agent, album, Capacity(4, 12)) as its:
        await agent.until_heard(4)
        await accept(bus, 5, "work")
        began = asyncio.get_running_loop().time()
        await agent.until_heard(5)
        assert asyncio.get_running_loop().time() - began < 0.1
        assert its.at_work == 1


@virtually
async def test_a_turn_that_begins_to_wait_leaves_its_place_at_once() -> None:
    bus, agent, album = await store_with(1, 2), FakeAgent(lambda _: ()), Album()
    async with served(bus, agent, album, Capacity(1, 3)):
        await agent.until_heard(1)
        began = asyncio.get_running_loop().time()
        agent.links[0].post(AskBlock(ToolUseId("toolu_1"), "Bash", "make"))
        await agent.until_heard(2)
        assert asyncio.get_running_loop().time() - began < 0.1


@virtually
async def test_a_person_has_no_more_turns_at_work_than_their_share_and_the_line_says_so() -> None:
    bus, agent, album = await store_with(1, 2, 3), FakeAgent(lambda _: ()), Album()
    await accept(bus, 4, "work", PersonId(8))
    async with served(bus, agent, album, Capacity(4, 12, per_person=2)):
        await agent.until_heard(3)
        assert {said.asker.id for link in agent.links for said in link.prompts} == {PersonId(7), PersonId(8)}
        assert [(one.key, one.waits_for) for one in await bus.line()] == [("3", "person")]
        agent.links[0].post(TurnEnded("done", prompts=(prompt(1).turn,)))
        await agent.until_heard(4)


@virtually
async def test_the_idle_process_that_rested_longest_makes_room_for_a_new_one() -> None:
    bus, agent, album = await store_with(1, 2), FakeAgent(done), Album()
    async with served(bus, agent, album, Capacity(2, 2)):
        await agent.until_heard(2)
        await album.until(lambda view: view.end is not None)
        await accept(bus, 3, "hello")
        await agent.until_heard(3)
        await asyncio.sleep(1)
        assert sum(not link.closed for link in agent.links) == 2
        assert not agent.links[-1].closed


@virtually
async def test_people_who_keep_every_process_waiting_do_not_delay_others() -> None:
    bus, agent, album = await store_with(1, 2), FakeAgent(asks), Album()
    async with served(bus, agent, album, Capacity(2, 2)):
        await agent.until_heard(2)
        await accept(bus, 3, "work")
        await agent.until_heard(3)
        await asyncio.sleep(10)
        assert [link.closed for link in agent.links].count(True) == 1
        assert not agent.links[-1].closed
        assert not bus.closed  # whoever waits is still waiting


@virtually
async def test_a_board_that_drains_waits_for_what_runs_in_the_background() -> None:
    bus, agent, album = await store_with(1), FakeAgent(left_at_work), Album()
    async with served(bus, agent, album, MANY) as its:
        await album.until(lambda view: view.end is not None)
        draining = asyncio.create_task(its.drain())
        await asyncio.sleep(5)
        assert not draining.done()
        agent.links[0].post(JobChanged("job", state="ok"))
        async with asyncio.timeout(1):
            await draining


class AskedStore(MemoryStore):
    """Somebody asks once what needs no live session."""

    async def asked(self, me: Lease, /) -> Sequence[ClaimedRequest]:
        return () if self.replies else [ClaimedRequest(7, PROJECT.name, None, ListSkills(), 0)]

    async def reply(self, me: Lease, n: int, reply: Reply, /) -> None:
        await super().reply(me, n, reply)
        self._bells["reply"].set()


class Broken(FakeAgent):
    """Its look-ups end in what nobody expects."""

    async def look(self, project: Project, request: Request[ReplyT]) -> ReplyT:
        raise ZeroDivisionError("surprise")


async def _look_up_what_breaks() -> Reply:
    bus = AskedStore()
    async with served(bus, Broken(lambda _: ()), Album(), MANY):
        await bus.wait("reply", 60)
    return bus.replies[7]


def test_a_look_up_that_breaks_is_answered_with_an_id_of_the_log(caplog: pytest.LogCaptureFixture) -> None:
    failed = run_virtually(_look_up_what_breaks())
    assert isinstance(failed, RequestFailed)
    found = re.search(rf"{re.escape(wording.NOT_LOOKED_UP)}.*\(error (\w+)\)", failed.reason)
    assert found is not None
    assert found[1] in caplog.text
    assert "surprise" in caplog.text
    assert "surprise" not in failed.reason
