"""The clock of turns that go on by themselves, with a real database and a time of the test's own."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from store_samples import Clock

from antiphon.continuations import Continuations
from antiphon.core.blocks import End, ToolBlock
from antiphon.core.projects import Projects
from antiphon.core.records import Closing, InboxEntry, Lease, Room, prompt_in
from antiphon.core.stored_turn import rows_of
from antiphon.core.values import Asker, Project, Prompt, Session, ToolUseId, TurnId
from antiphon.core.view import TurnView
from antiphon.store import Store, open_store

from fakes import PROJECT, SESSION, prompt

DUE = 5000.0
LIMITED = End("limited", 1000.0, "Limit.", time=4970.0, usage_limit=True, goes_on=DUE)


@dataclass
class Refreshed:
    """A screen that remembers what is to be shown again."""

    turns: list[TurnId] = field(default_factory=list[TurnId])

    def show(self, session: Session, view: TurnView) -> None:
        raise AssertionError("the worker does that")

    def refresh(self, session: Session, turn: TurnId) -> None:
        self.turns.append(turn)


@dataclass
class Running:
    store: Store
    worker: Lease
    clock: Clock
    screen: Refreshed

    async def limited(self) -> TurnId:
        """A turn that a usage limit has ended, after Claude has done something."""
        await self.store.accept(InboxEntry("1", "local", SESSION, prompt(1)))
        (item,) = await self.store.claim(self.worker, frozenset(), Room(9))
        assert isinstance(item.content, Prompt)
        did = ToolBlock(ToolUseId("t"), "Bash", "ls", state="ok")
        view = TurnView(item.content.turn, item.content.message, 1.0, (did,), end=LIMITED)
        await self.store.emit(self.worker, rows_of(SESSION.id, view, 0, None), [Closing(item.n, "failed")])
        return view.turn

    async def until(self, found: Callable[[str | None], bool], turn: TurnId) -> None:
        """Wait until the state of its continuation is so."""
        async with asyncio.timeout(10):
            while True:
                story = await self.store.story(SESSION.id, turn)
                if story is not None and story.continuation is not None and found(story.continuation.state):
                    return
                await asyncio.sleep(0.01)

    async def shown(self, times: int) -> None:
        """Wait until turns were to be shown again so often."""
        async with asyncio.timeout(10):
            while len(self.screen.turns) < times:  # noqa: ASYNC110
                await asyncio.sleep(0.01)


@asynccontextmanager
async def running(file: Path, *projects: Project, nap: float = 0.02) -> AsyncGenerator[Running]:
    clock = Clock()
    async with open_store(file, clock) as store:
        hub, worker = await store.hold("hub", "test", 1e9), await store.hold("worker:local", "test", 1e9)
        assert hub is not None
        assert worker is not None
        screen = Refreshed()
        turns = Continuations(store, hub, Projects(projects), screen, clock, nap)
        task = asyncio.create_task(turns.run(), name="clock")
        try:
            yield Running(store, worker, clock, screen)
        finally:
            task.cancel()
            await asyncio.wait({task})


async def test_it_goes_on_when_its_time_has_come_and_is_shown_again(tmp_path: Path) -> None:
    async with running(tmp_path / "db", PROJECT) as one:
        turn = await one.limited()
        one.clock.now = DUE - 1
        await asyncio.sleep(0.1)  # it naps
        assert await one.store.claim(one.worker, frozenset(), Room(9)) == []
        one.clock.now = DUE
        await one.until(lambda state: state == "begun", turn)
        (item,) = await one.store.claim(one.worker, frozenset(), Room(9))
        told = prompt_in(item.content)
        assert told is not None
        assert (told.asker, told.message) == (prompt(1).asker, None)
        assert one.screen.turns[-1] == turn


async def test_one_that_is_stopped_is_shown_at_once(tmp_path: Path) -> None:
    async with running(tmp_path / "db", PROJECT, nap=60.0) as one:
        turn = await one.limited()
        await one.shown(1)
        await one.store.posted(one.worker, SESSION.id, turn)
        await one.store.stop_continuation(SESSION.id, turn, Asker("ada"))
        await one.shown(2)
        assert set(one.screen.turns) == {turn}


async def test_one_whose_project_is_not_configured_any_more_stays(tmp_path: Path) -> None:
    async with running(tmp_path / "db", replace(PROJECT, name="another")) as one:
        turn = await one.limited()
        one.clock.now = DUE
        await one.until(lambda state: state == "dropped", turn)
        assert await one.store.claim(one.worker, frozenset(), Room(9)) == []
