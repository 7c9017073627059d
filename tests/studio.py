"""A real Claude Code with the scripted model behind it, and an ear for what it says: what tests of the agent use."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

import pytest
import pytest_asyncio

from antiphon.agent.process.claude import ClaudeAgent
from antiphon.agent.process.installation import Installation, bundled, install
from antiphon.core.events import AgentEvent, TextFinished, TurnEnded
from antiphon.core.ports import AgentLink
from antiphon.core.values import ClaudeSettings, Command, Project, Prompt, TurnId
from antiphon.standin.model import ScriptedModel

from environment import from_nothing, replace_environment
from fakes import PROJECT, SESSION, prompt

Event = TypeVar("Event", bound=AgentEvent)


@dataclass
class Ear:
    """Hears events and can wait for one."""

    heard: list[AgentEvent]
    news: asyncio.Event

    def post(self, event: AgentEvent) -> None:
        self.heard.append(event)
        self.news.set()

    async def until(self, wanted: Callable[[list[AgentEvent]], bool]) -> None:
        async with asyncio.timeout(30):
            while not wanted(self.heard):
                self.news.clear()
                await self.news.wait()

    async def turn(self) -> TurnEnded:
        """Wait for one more turn's end."""
        before = sum(isinstance(event, TurnEnded) for event in self.heard)
        await self.until(lambda heard: sum(isinstance(event, TurnEnded) for event in heard) > before)
        return next(event for event in reversed(self.heard) if isinstance(event, TurnEnded))

    def all(self, kind: type[Event]) -> list[Event]:
        """What was heard of one kind of event."""
        return [event for event in self.heard if isinstance(event, kind)]

    async def first(self, kind: type[Event]) -> Event:
        """Wait for the first event of a kind."""
        await self.until(lambda _: bool(self.all(kind)))
        return self.all(kind)[0]

    def texts(self) -> list[str]:
        return [event.text for event in self.heard if isinstance(event, TextFinished)]


@dataclass
class Studio:
    """A real Claude Code, ready for sessions. `files`: where those of the session lie."""

    model: ScriptedModel
    agent: ClaudeAgent
    project: Project
    files: Path
    launch: Installation

    def with_claude(self, **settings: Any) -> "Studio":
        """The same, with other settings of the project."""
        return replace(self, project=replace(self.project, claude=replace(self.project.claude, **settings)))

    @asynccontextmanager
    async def session(self) -> AsyncGenerator[tuple[AgentLink, Ear]]:
        ear = Ear([], asyncio.Event())
        async with self.agent.open(SESSION, self.project, ear.post) as link:
            yield link, ear


async def say(link: AgentLink, ear: Ear, n: int, text: str, command: Command = "none") -> Prompt:
    """Say it as message `n`, and wait until it is answered."""
    said = replace(prompt(n, text), command=command)
    await link.send(said)
    await ear.turn()
    return said


@dataclass
class Talk:
    """A session that the tests of a module share: what the others have said is in it. Each has an ear of its own."""

    studio: Studio
    link: AgentLink
    ear: Ear

    @property
    def directory(self) -> Path:
        """Where Claude works."""
        return self.studio.project.directory

    async def send(self, text: str, command: Command = "none") -> Prompt:
        """Say it; the prompt, with an id of its own."""
        said = replace(prompt(text=text), turn=TurnId(str(uuid4())), command=command)
        await self.link.send(said)
        return said

    async def ask(self, text: str, command: Command = "none") -> TurnEnded:
        """Say it and wait for the turn's end."""
        await self.send(text, command)
        return await self.ear.turn()


@asynccontextmanager
async def _studio(root: Path) -> AsyncGenerator[Studio]:
    home, work, own = root / "home", root / "work", root / "own"
    for directory in (home, work, own):
        directory.mkdir()
    async with ScriptedModel() as model:
        with pytest.MonkeyPatch.context() as patch:
            replace_environment(patch, from_nothing(home, model.url))
            launch = install(bundled(), own, home / ".claude", root / "files")
            project = replace(PROJECT, directory=work, claude=ClaudeSettings(allowed_tools=("Bash",)))
            yield Studio(model, ClaudeAgent(launch), project, launch.files_of(SESSION), launch)


@pytest.fixture
async def studio(tmp_path: Path) -> AsyncGenerator[Studio]:
    async with _studio(tmp_path) as studio:
        yield studio


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Talk]:
    """The session behind `talk`."""
    opened: asyncio.Future[Talk] = asyncio.get_running_loop().create_future()
    over = asyncio.Event()

    async def hold(studio: Studio) -> None:  # it must be left by the task that has opened it
        async with studio.session() as (link, ear):
            opened.set_result(Talk(studio, link, ear))
            await over.wait()

    async with _studio(tmp_path_factory.mktemp("shared")) as studio:
        holding = asyncio.create_task(hold(studio), name="the shared session")
        await asyncio.wait({holding, opened}, return_when=asyncio.FIRST_COMPLETED)
        if not holding.done():
            yield opened.result()
        over.set()
        await holding


@pytest_asyncio.fixture(loop_scope="module")
async def talk(shared: Talk) -> Talk:
    """The session that the tests of a module share; agent/conftest.py sees to it that they share a loop as well."""
    shared.ear.heard.clear()
    return shared
