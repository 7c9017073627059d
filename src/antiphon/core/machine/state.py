"""The state of one conversation, as a value: the turn that runs, what waits for it, and what is asked of the loop."""

from dataclasses import dataclass, field
from typing import Literal

from antiphon.core.blocks import AskBlock
from antiphon.core.events import EndReason
from antiphon.core.machine.effects import CloseRow, Question, SendReply
from antiphon.core.machine.limits import Limits
from antiphon.core.machine.steered import Steered
from antiphon.core.values import Answer, Budgets, Project, Prompt, Session, TurnId
from antiphon.core.view import TurnView

NO_TURN = TurnId("")
_NOTHING = TurnView(NO_TURN, None, 0.0)


@dataclass(frozen=True, slots=True)
class Rules:
    """What does not change while the conversation lives."""

    limits: Limits
    budgets: Budgets = field(default_factory=Budgets)
    queues: bool = False  # prompts of people wait while Claude works on something of its own
    goes_on: bool = False  # turns go on by themselves after a restart


def rules_of(project: Project, limits: Limits) -> Rules:
    """A project's rules."""
    return Rules(limits, project.budgets, project.meanwhile == "queue", project.after_restart == "continue")


@dataclass(frozen=True, slots=True)
class Ending:
    """Why a turn was asked to end (`why`: for people, where the reason is not enough), and when its process is ended
    because it has not obeyed."""

    reason: EndReason
    why: str | None
    give_up: float


@dataclass(frozen=True, slots=True)
class Turn:
    """The turn that runs. `prompt` None: Claude began it by itself. `known_as`: the uuid under which Claude Code has
    the prompt. `aside`: Claude itself does nothing in it: sub-agents ask, or something is noted. `answered`: requests
    that were answered while no process waited for it."""

    view: TurnView
    prompt: Prompt | None
    known_as: TurnId
    aside: bool = False
    ending: Ending | None = None
    answered: tuple[tuple[AskBlock, Answer], ...] = ()

    @property
    def ends_with(self) -> TurnId | None:
        """The prompt whose end is the turn's; None: any."""
        return self.known_as if self.prompt is not None else None

    @property
    def inbox(self) -> int | None:
        """The row that its end closes."""
        return self.prompt.inbox if self.prompt is not None else None

    @property
    def carried(self) -> tuple[AskBlock, ...]:
        """What sub-agents have asked in it, and still wait for when it ends while their process lives."""
        return tuple(ask for ask in self.view.requests if self.aside or ask.by_agent)


@dataclass(frozen=True, slots=True)
class State:
    """One conversation. Exactly one task changes it, by `core.turn.step`."""

    rules: Rules
    session: Session
    turn: Turn | None = None
    between: TurnView = _NOTHING  # what outlives a turn: tasks, jobs, the last asker
    last: TurnId = NO_TURN  # the turn before
    process: Literal["none", "live", "outdated"] = "none"  # outdated: the next turn gets a new one
    steered: Steered = field(default_factory=Steered)  # handed to the turn that runs, not taken in yet
    handing: tuple[Prompt, ...] = ()  # handed to a turn that has just begun, one after the other
    waiting: tuple[Prompt, ...] = ()  # run when the turn is over, in order
    question: Question | None = None  # what the loop was asked, and has not answered yet
    afterwards: tuple[CloseRow | SendReply, ...] = ()  # done once no question is open, however it was answered
    end_posted: bool = False  # the mailbox holds a ProcessEnded that counts
    pause: float = 0.0  # seconds until what could not be made durable is tried again

    @property
    def busy(self) -> bool:
        """Whether a turn runs in which Claude itself is at work."""
        return self.turn is not None and not self.turn.aside

    @property
    def runs_next(self) -> bool:
        """Whether a prompt that waits may begin its turn."""
        return bool(self.waiting) and not self.busy

    @property
    def at_work(self) -> bool:
        """Whether a turn runs, and does not wait for a person."""
        return self.turn is not None and not self.turn.view.needs

    @property
    def held(self) -> bool:
        """Whether a turn waits for a person without a process."""
        return self.turn is not None and self.process == "none" and not self.at_work

    @property
    def jobs_run(self) -> bool:
        """Whether sub-agents or commands run in the background since an earlier turn: they end with the process."""
        return any(job.state == "running" for job in self.between.jobs)

    @property
    def fails_if_lost(self) -> bool:
        """Whether the turn fails when the process is gone: nobody has asked it to end."""
        return self.turn is not None and self.turn.ending is None

    def means(self, turn: TurnId | None) -> bool:
        """Whether a stop of this turn (None: of any) is about the one that runs."""
        return self.turn is not None and turn in (None, self.turn.view.turn)

    def seconds_left(self, now: float) -> float:
        """How long to wait until something has to be done although nothing happens."""
        if self.turn is None:
            idle = self.rules.limits.unanswered if self.jobs_run else self.rules.limits.idle
            return 0.0 if self.process == "none" else idle
        ending = self.turn.ending
        return self.rules.limits.running(self.turn.view, now) if ending is None else ending.give_up - now
