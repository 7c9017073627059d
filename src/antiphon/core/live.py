"""What a conversation takes, what it works with, and how long it waits."""

from dataclasses import dataclass, field

from antiphon.core.events import AgentEvent
from antiphon.core.ports import Agent, Bus, Clock, Lease, Screen
from antiphon.core.values import Answer, Change, Close, Errand, Interrupt, Prompt, Steer
from antiphon.core.view import TurnView


@dataclass(frozen=True, slots=True)
class Suspended:
    """A turn that waits for a person since before a restart: its prompt, what is known of it, and how many of its blocks
    are in rows."""

    prompt: Prompt
    view: TurnView
    told: int = 0


Inbound = Prompt | Steer | Suspended | Interrupt | Answer | Change | Errand | Close | AgentEvent


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
        if view.needs:
            return self.unanswered
        return min(self.inactivity, view.started + self.turn - now)


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
