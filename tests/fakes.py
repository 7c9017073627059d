"""Fakes that behave: small, real implementations of the core's ports, without a process, a network or a disk."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from antiphon.core.blocks import End, TakenBack
from antiphon.core.events import AgentEvent, PermissionSettled
from antiphon.core.records import Lease, OutboxRow, TurnBegun
from antiphon.core.requests import ContextUsage, ReplyT, Request, Rewind, Rewound
from antiphon.core.values import (
    Answer,
    Asker,
    Choices,
    MessageId,
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
from antiphon.errors import AgentError

PLACE = PlaceId(1001)
PROJECT = Project("playground", Path("/nowhere"), frozenset({PlaceId(1)}))
SESSION = Session(session_at(PLACE), PLACE, "playground", first_claude_session(session_at(PLACE)), "A session")
LEASE = Lease("worker:local", "test", 1)


def prompt(n: int = 1, text: str = "hello") -> Prompt:
    """The prompt of message `n`, from inbox row `n`."""
    return Prompt(turn_of(MessageId(n)), text, Asker("ada", PersonId(7)), MessageId(n), n)


class Clock:
    """Time that moves when it is told to."""

    def __init__(self, now: float = 1_000_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


@dataclass
class ScriptedLink:
    """A Claude Code that answers each prompt by a function of it, and remembers what it was asked."""

    post: Callable[[AgentEvent], None]
    script: Callable[[Prompt], Sequence[AgentEvent]]
    on_interrupt: Callable[[], Sequence[AgentEvent]]
    prompts: list[Prompt] = field(default_factory=list)
    interrupts: int = 0
    closed: bool = False
    answers: list[Answer] = field(default_factory=list)
    expected: dict[str, Answer] = field(default_factory=dict)
    choices: list[Choices] = field(default_factory=list)
    withheld: list[str] = field(default_factory=list)
    checked: list[str] = field(default_factory=list)
    forgets: bool = True  # whether it takes notice of rules that are gone
    takes_choices: bool = True  # whether it can go on with others
    takes_back: bool = False  # whether what was sent meanwhile can be withdrawn
    heard: Callable[[], None] = lambda: None  # called with each prompt

    async def send(self, prompt: Prompt) -> None:
        if self.closed:
            raise AgentError("Claude Code is gone.")
        self.prompts.append(prompt)
        self.heard()
        for event in self.script(prompt):
            self.post(event)

    async def interrupt(self) -> None:
        self.interrupts += 1
        for event in self.on_interrupt():
            self.post(event)

    def answer(self, answer: Answer) -> bool:
        self.answers.append(answer)
        self.post(PermissionSettled(answer.request, "allowed" if answer.allowed else "denied", answer.by, answer.words))
        return True

    def expect(self, call: str, answer: Answer) -> None:
        self.expected[call] = answer

    def withhold(self, call: str) -> None:
        self.withheld.append(call)

    async def has_forgotten(self, rules: Sequence[str]) -> bool:
        self.checked += rules
        return self.forgets

    async def withdraw(self, prompt: TurnId) -> bool:
        if self.closed:
            raise AgentError("Claude Code is gone.")
        return self.takes_back

    async def choose(self, choices: Choices) -> bool:
        self.choices.append(choices)
        return self.takes_choices

    async def context(self) -> ContextUsage:
        return ContextUsage(10, 100, 10, "a model")

    async def rewind(self, request: Rewind) -> Rewound:
        return Rewound(prompts=1, done=not request.dry)


class FakeAgent:
    """Opens scripted links; `fails` makes the next opening fail."""

    def __init__(
        self,
        answer: Callable[[Prompt], Sequence[AgentEvent]],
        on_interrupt: Callable[[], Sequence[AgentEvent]] = lambda: (),
    ) -> None:
        self._answer = answer
        self._on_interrupt = on_interrupt
        self.links: list[ScriptedLink] = []
        self.fails: str | None = None
        self._news = asyncio.Event()

    async def until_heard(self, prompts: int = 1) -> None:
        """Wait until so many prompts were sent in all; at most 30 s."""
        async with asyncio.timeout(30):
            while sum(len(link.prompts) for link in self.links) < prompts:
                self._news.clear()
                await self._news.wait()

    @asynccontextmanager
    async def open(
        self, session: Session, project: Project, post: Callable[[AgentEvent], None]
    ) -> AsyncGenerator[ScriptedLink]:
        if self.fails is not None:
            words, self.fails = self.fails, None
            raise AgentError(words)
        link = ScriptedLink(post, self._answer, self._on_interrupt, heard=self._news.set)
        self.links.append(link)
        try:
            yield link
        finally:
            link.closed = True

    async def look(self, project: Project, request: Request[ReplyT]) -> ReplyT:
        raise AgentError(f"There is no {type(request).__name__} in tests.")


def kinds(rows: Iterable[OutboxRow]) -> list[str]:
    """What rows of a turn are: its "begin", a "block", its "end", an "undo"."""
    names = {TurnBegun: "begin", End: "end", TakenBack: "undo"}
    return [names.get(type(row.content), "block") for row in rows]


class Album:
    """A screen that keeps every picture."""

    def __init__(self) -> None:
        self.views: list[TurnView] = []
        self.refreshed: list[TurnId] = []
        self._news = asyncio.Event()

    def show(self, session: Session, view: TurnView) -> None:
        self.views.append(view)
        self._news.set()

    def refresh(self, session: Session, turn: TurnId) -> None:
        self.refreshed.append(turn)
        self._news.set()

    @property
    def last(self) -> TurnView:
        return self.views[-1]

    async def until(self, wanted: Callable[[TurnView], bool]) -> TurnView:
        """The first view, from now on or the last one, that is as wanted; at most 30 s."""
        async with asyncio.timeout(30):
            while not self.views or not wanted(self.views[-1]):
                self._news.clear()
                await self._news.wait()
        return self.views[-1]
