"""What the core needs from the rooms around it, but for the bus (core/bus.py): an agent, files, a screen."""

from collections.abc import AsyncIterable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from antiphon.core import values
from antiphon.core.events import AgentEvent
from antiphon.core.requests import ContextUsage, ReplyT, Request, Rewind, Rewound
from antiphon.core.view import TurnView

Clock = Callable[[], float]  # epoch seconds


class AgentLink(Protocol):
    """A live Claude Code process that belongs to one session."""

    async def send(self, prompt: values.Prompt) -> None:
        """Hand the prompt to Claude Code; returns when it is written, not when it is answered. AgentError if gone."""
        ...

    async def interrupt(self) -> None:
        """Ask the running turn to end; returns when Claude Code has acknowledged it. AgentError if it does not."""
        ...

    def answer(self, answer: values.Answer) -> bool:
        """Hand over a person's complete answer; returns at once. False: nothing waits for it (any more)."""
        ...

    def expect(self, call: str, answer: values.Answer) -> None:
        """Answer the next request of this digest at once: it was answered while no process waited for it."""
        ...

    def withhold(self, call: str) -> None:
        """Such an answer, if it is still expected to be needed, adds no rule."""
        ...

    async def has_forgotten(self, rules: Sequence[str]) -> bool:
        """Whether it knows these rules no longer, which were taken out of settings: it takes notice of that by itself,
        a moment later. False: it does not within a few seconds."""
        ...

    async def withdraw(self, prompt: values.TurnId) -> bool:
        """Take back a prompt that was sent while Claude works. False: it is taken in. AgentError if gone."""
        ...

    async def choose(self, choices: values.Choices) -> bool:
        """Go on as the person has chosen. False: only a new process can. AgentError: Claude Code refuses."""
        ...

    async def context(self) -> ContextUsage:
        """What fills its context. AgentError with a reason for people."""
        ...

    async def rewind(self, request: Rewind) -> Rewound:
        """Go back to before a prompt. AgentError with a reason for people."""
        ...


class Agent(Protocol):
    """Starts Claude Code for a session."""

    def open(
        self, session: values.Session, project: values.Project, post: Callable[[AgentEvent], None]
    ) -> AbstractAsyncContextManager[AgentLink]:
        """Start, or resume, the session's process; leaving the context leaves no process behind. `project`: as it is
        configured; where the session works is settled here.

        Events arrive through `post` (called in the event loop, must not wait) until the context is left. Raises
        AgentError when the process cannot be started; SessionGone when there is nothing left to resume.
        """
        ...

    async def look(self, project: values.Project, request: Request[ReplyT]) -> ReplyT:
        """Answer a request that needs no live conversation. AgentError with a reason for people."""
        ...


class SessionKeys(Protocol):
    """Gives scripts that Claude runs a key to the API, where their project wants that."""

    def environment(self, session: values.Session, project: values.Project) -> Mapping[str, str]:
        """The variables that a process of the session gets; none where there is no key."""
        ...

    def end(self, environment: Mapping[str, str]) -> None:
        """The process with these variables has ended: their key is good for nothing from now on."""
        ...


class NoSessionKeys:
    """Where there is no API."""

    def environment(self, session: values.Session, project: values.Project) -> Mapping[str, str]:
        """There is no key."""
        return {}

    def end(self, environment: Mapping[str, str]) -> None:
        """There is none."""


class Files(Protocol):
    """The files of sessions, on the disk of the worker that runs them. Every method waits for that disk; OSError: it
    does not do what was asked."""

    async def find(
        self, session: values.SessionId, message: values.MessageId, name: str, size: int
    ) -> values.File | None:
        """The file of this name and size (bytes) that a message brought earlier."""
        ...

    async def save(
        self, session: values.SessionId, message: values.MessageId, name: str, content: AsyncIterable[bytes]
    ) -> values.File:
        """Keep what a message brings under `name`, a single path component. Durable and whole on return; what `content`
        raises goes up, and leaves nothing."""
        ...

    async def read(self, session: values.SessionId, path: str, most: int | None = None) -> bytes:
        """A file that the worker named, or at most the first `most` bytes of it."""
        ...

    async def drop(self, session: values.SessionId, message: values.MessageId) -> None:
        """Remove what a message brought; harmless where it brought nothing."""
        ...


class Screen(Protocol):
    """Where views become visible. The newest view of a turn wins; nothing is waited for."""

    def show(self, session: values.Session, view: TurnView) -> None:
        """Take note of the newest view and return at once."""
        ...

    def refresh(self, session: values.Session, turn: values.TurnId) -> None:
        """A row of a turn that is over says something new about it. Returns at once."""
        ...
