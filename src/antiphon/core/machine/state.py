"""The state of one conversation, as a value: the turn that runs, what waits for it, and what is asked of the loop."""

from dataclasses import dataclass, field, replace
from typing import Literal

from antiphon.core.blocks import AskBlock, EndReason, Job
from antiphon.core.machine.effects import CloseRow, Question, SendReply
from antiphon.core.machine.limits import Limits
from antiphon.core.permission_requests import outlives
from antiphon.core.values import Answer, MessageId, Project, Prompt, Session, TurnId, steered
from antiphon.core.view import TurnView

NO_TURN = TurnId("")
_NOTHING = TurnView(NO_TURN, None, 0.0)


@dataclass(frozen=True, slots=True)
class Steered:
    """Prompts that were handed to the turn that runs, in order, until Claude takes them in: each with the uuid under
    which Claude Code knows it. `attempts`: how often each was
    handed over so far, by its own id."""

    sent: tuple[tuple[TurnId, Prompt], ...] = ()
    attempts: tuple[tuple[TurnId, int], ...] = ()

    @property
    def prompts(self) -> tuple[Prompt, ...]:
        """All that wait."""
        return tuple(prompt for _, prompt in self.sent)

    def add(self, prompt: Prompt) -> "tuple[TurnId, Steered]":
        """With a prompt that is about to be sent, and the uuid under which to send it: no process has had it. A bridge
        that comes after us knows which ones it can have been."""
        attempts = dict(self.attempts)
        n = attempts.get(prompt.turn, 0)
        uuid = steered(prompt.turn, n)
        attempts[prompt.turn] = n + 1
        return uuid, Steered((*self.sent, (uuid, prompt)), tuple(attempts.items()))

    def hand(self, prompt: Prompt) -> "Steered":
        """With a prompt that goes to a terminal, under its own uuid: it stays the same, however often it is tried."""
        return replace(self, sent=(*self.sent, (prompt.turn, prompt)))

    def take(self, uuid: TurnId) -> "tuple[Prompt | None, Steered]":
        """The prompt under this uuid, and the others."""
        found = next((prompt for known, prompt in self.sent if known == uuid), None)
        return found, replace(self, sent=tuple(one for one in self.sent if one[0] != uuid))

    def of(self, message: MessageId) -> TurnId | None:
        """The uuid of the prompt that a message brought and that waits."""
        return next((uuid for uuid, prompt in self.sent if prompt.message == message), None)

    def cleared(self) -> "Steered":
        """None waits any more; what was handed over how often stays known."""
        return replace(self, sent=())


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

    project: Project
    limits: Limits
    session: Session
    turn: Turn | None = None
    between: TurnView = _NOTHING  # what outlives a turn: tasks, jobs, the last asker
    last: TurnId = NO_TURN  # the turn before, or what stands for it after a restart
    process: Literal["none", "live", "outdated"] = "none"  # outdated: the next turn gets a new one
    removed: tuple[str, ...] = ()  # rules that are in settings no longer, and that the process may still know
    steered: Steered = field(default_factory=Steered)  # handed to the turn that runs, not taken in yet
    handing: tuple[Prompt, ...] = ()  # handed to a turn that has just begun, one after the other
    waiting: tuple[Prompt, ...] = ()  # run when the turn is over, in order
    question: Question | None = None  # what the loop was asked, and has not answered yet
    afterwards: tuple[CloseRow | SendReply, ...] = ()  # done once no question is open, however it was answered
    end_posted: bool = False  # the mailbox holds our SessionLost, which counts
    pause: float = 0.0  # seconds until what could not be made durable is tried again

    @property
    def busy(self) -> bool:
        """Whether a turn runs in which Claude itself is at work."""
        return self.turn is not None and not self.turn.aside

    @property
    def queues(self) -> bool:
        """Whether prompts of people wait while Claude works on something of its own."""
        return self.project.while_working == "queue"

    @property
    def runs_next(self) -> bool:
        """Whether a prompt that waits may begin its turn."""
        return bool(self.waiting) and not self.busy and not self.left_by_terminal

    @property
    def in_terminal(self) -> bool:
        """Whether a person runs the session in a terminal: its process is not ours."""
        return self.session.terminal is not None

    @property
    def left_by_terminal(self) -> bool:
        """Whether that terminal is gone, or not heard of yet: nobody can get a prompt."""
        return self.in_terminal and self.process == "none"

    @property
    def at_work(self) -> bool:
        """Whether a turn runs, and does not wait for a person."""
        return self.turn is not None and not self.waits

    @property
    def waits(self) -> bool:
        """Whether the turn that runs waits for a person."""
        return self.turn is not None and bool(self.turn.view.needs)

    @property
    def may_be_parked(self) -> bool:
        """Whether its process can be given back without a loss: nothing works in it, and an answer goes on without."""
        if (
            self.process == "none"
            or self.in_terminal
            or self.jobs_run
            or self.waiting
            or self.steered.sent
            or self.handing
        ):
            return False
        if self.turn is None:
            return True
        jobs = any(job.state == "running" for job in self.turn.view.jobs)
        return outlives(self.turn.view) and self.turn.ending is None and not jobs and not self.turn.carried

    @property
    def running_jobs(self) -> tuple[Job, ...]:
        """The sub-agents and commands that run in the background: they end with the process."""
        jobs = self.between.jobs if self.turn is None else self.turn.view.jobs
        return tuple(job for job in jobs if job.state == "running")

    @property
    def jobs_run(self) -> bool:
        """Whether some run since an earlier turn, or something is planned."""
        return any(job.state == "running" for job in self.between.jobs)

    @property
    def jobs_at_work(self) -> bool:
        """The same without what is only planned."""
        return any(job.state == "running" and job.kind != "schedule" for job in self.between.jobs)

    @property
    def planned(self) -> bool:
        """Whether Claude has planned something for later, which is forgotten with the process."""
        return any(job.state == "running" and job.kind == "schedule" for job in self.running_jobs)

    @property
    def fails_if_lost(self) -> bool:
        """Whether the turn fails when the process is gone: nobody has asked it to end."""
        return self.turn is not None and self.turn.ending is None

    def means(self, turn: TurnId | None) -> bool:
        """Whether a stop of this turn (None: of any) is about the one that runs."""
        return self.turn is not None and turn in (None, self.turn.view.turn)

    def seconds_left(self, now: float) -> float:
        """How long to wait until something has to be done although nothing happens."""
        if self.runs_next:
            return 0.0
        if self.turn is None:
            if self.process == "none":
                terminal = self.session.terminal
                will_be_heard = terminal is not None and terminal.open
                return float("inf") if self.waiting and will_be_heard else 0.0
            if self.planned or self.in_terminal:
                return float("inf")
            return self.limits.unanswered if self.jobs_run else self.limits.idle
        if self.in_terminal:  # whoever sits there ends it
            return float("inf")
        ending = self.turn.ending
        return self.turn_limits.running(self.turn.view, now) if ending is None else ending.give_up - now

    @property
    def turn_limits(self) -> Limits:
        """How long the turn that runs is waited for."""
        own = None if self.turn is None or self.turn.prompt is None else self.turn.prompt.limit
        return self.limits if own is None else replace(self.limits, turn=min(own, self.limits.turn))
