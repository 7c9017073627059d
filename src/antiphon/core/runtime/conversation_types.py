"""What a conversation works with, and the inbox rows in its hands."""

from dataclasses import dataclass, field

from antiphon.core.bus import WorkerStore
from antiphon.core.machine.effects import Inbound, Suspended
from antiphon.core.ports import Agent, Clock, Screen
from antiphon.core.records import Lease
from antiphon.core.values import Answer, Change, Interrupt, Prompt, Steer


@dataclass(slots=True)
class Rows:
    """The inbox rows in a conversation's hands, which must not be claimed again."""

    prompts: set[int] = field(default_factory=set[int])  # each is a turn's, or will be
    errands: set[int] = field(default_factory=set[int])  # what overtakes them: answers, prompts for a turn, stops

    def take(self, value: Inbound) -> None:
        """Take note of the row that a value came from."""
        match value:
            case Prompt(inbox=n) | Suspended(prompt=Prompt(inbox=n)):
                self.prompts.add(n)
            case Interrupt(inbox=n) | Answer(inbox=n) | Change(inbox=n) | Steer(prompt=Prompt(inbox=n)):
                self.errands.add(n)
            case _:
                pass

    def begun(self, n: int, *, over: bool) -> None:
        """The row is that of the turn that runs, or was."""
        self.drop(n)
        if not over:
            self.prompts.add(n)

    def drop(self, n: int) -> None:
        """The row is closed."""
        self.prompts.discard(n)
        self.errands.discard(n)


@dataclass(frozen=True, slots=True)
class Ports:
    """What a conversation works with."""

    agent: Agent
    bus: WorkerStore
    lease: Lease
    screen: Screen
    clock: Clock
