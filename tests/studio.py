"""A real Claude Code with the scripted model behind it, and an ear for what it says: what tests of the agent use."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import pytest

from antiphon.agent.process.claude import ClaudeAgent
from antiphon.agent.process.installation import Installation, bundled, install
from antiphon.core.events import AgentEvent, TextFinished, TurnEnded
from antiphon.core.ports import AgentLink
from antiphon.core.values import ClaudeSettings, Project
from antiphon.standin.model import ScriptedModel

from environment import from_nothing, replace_environment
from fakes import PROJECT, SESSION

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


@pytest.fixture
async def studio(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Studio]:
    home, work, own = tmp_path / "home", tmp_path / "work", tmp_path / "own"
    for directory in (home, work, own):
        directory.mkdir()
    async with ScriptedModel() as model:
        replace_environment(monkeypatch, from_nothing(home, model.url))
        launch = install(bundled(), own, home / ".claude", tmp_path / "files")
        project = replace(PROJECT, directory=work, claude=ClaudeSettings(allowed_tools=("Bash",)))
        yield Studio(model, ClaudeAgent(launch), project, launch.files_of(SESSION), launch)
