"""What a conversation takes, what it works with, and how long it waits."""

from dataclasses import dataclass, field

from antiphon.core.events import AgentEvent
from antiphon.core.permission_requests import waited
from antiphon.core.ports import Agent, Bus, Clock, Screen
from antiphon.core.records import Lease
from antiphon.core.requests import SessionRequest
from antiphon.core.values import Answer, Change, Close, Interrupt, Prompt, Steer
from antiphon.core.view import TurnView


@dataclass(frozen=True, slots=True)
class Suspended:
    """A turn that waits for a person since before a restart, or goes on after it: its prompt, what is known of it, and
    how many of its blocks are in rows."""

    prompt: Prompt
    view: TurnView
    told: int = 0


Inbound = Prompt | Steer | Suspended | Interrupt | Answer | Change | SessionRequest | Close | AgentEvent


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a conversation waits, in seconds."""

    inactivity: float  # a running turn without any event from Claude Code
    unanswered: float  # the same, while it waits for a person
    idle: float  # no turn: then the process is closed, and the next prompt resumes the session
    stop: float  # after an interrupt: then the process is ended instead
    turn: float = float("inf")  # a turn altogether, but for what it waits for people

    def running(self, view: TurnView, now: float) -> float:
        """Seconds that a running turn is waited for."""
        return min(self._dues(view))[0] - now

    def exceeded(self, view: TurnView) -> str:
        """Which of them a running turn has come to, in words for people."""
        return min(self._dues(view))[1]

    def _dues(self, view: TurnView) -> list[tuple[float, str]]:
        if view.needs:
            asked = max(view.heard, *(ask.asked for ask in view.needs))
            return [(asked + self.unanswered, f"Nobody has answered for {_in_words(self.unanswered)}.")]
        heard = max(view.heard, view.started)
        return [
            (heard + self.inactivity, f"Nothing was heard from Claude Code for {_in_words(self.inactivity)}."),
            (view.started + waited(view) + self.turn, f"The turn has taken {_in_words(self.turn)}, its limit."),
        ]


def _in_words(seconds: float) -> str:
    for size, unit in ((3600, "h"), (60, "min")):
        if seconds >= size and seconds % size == 0:
            return f"{seconds / size:g} {unit}"
    return f"{seconds:g} s"


@dataclass(slots=True)
class Rows:
    """The inbox rows in a conversation's hands, which must not be claimed again."""

    prompts: set[int] = field(default_factory=set[int])  # each is a turn's, or will be
    errands: set[int] = field(default_factory=set[int])  # what overtakes them: answers, words for a turn at work, stops

    def take(self, value: Inbound) -> None:
        """Take note of the row that a value came from."""
        match value:
            case Prompt(inbox=n) | Suspended(prompt=Prompt(inbox=n)):
                self.prompts.add(n)
            case Interrupt(inbox=n) | Answer(inbox=n) | Change(inbox=n) | Steer(prompt=Prompt(inbox=n)):
                self.errands.add(n)
            case _:
                pass

    def promote(self, n: int) -> None:
        """Words for a turn at work have become a turn of their own."""
        self.errands.discard(n)
        self.prompts.add(n)

    def drop(self, n: int) -> None:
        """The row is closed."""
        self.prompts.discard(n)
        self.errands.discard(n)


@dataclass(frozen=True, slots=True)
class Ports:
    """What a conversation works with."""

    agent: Agent
    bus: Bus
    lease: Lease
    screen: Screen
    clock: Clock
