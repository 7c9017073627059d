"""A loop without an event loop: carries out what the turn machine wants in a small world of rows, views and a process.

It checks what must hold at every effect, and can let any effect fail.
"""

import math
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from antiphon.core.blocks import Need
from antiphon.core.events import PermissionSettled, SessionLost, SteerDelivered, TurnEnded
from antiphon.core.machine import effects
from antiphon.core.machine.limits import Limits
from antiphon.core.machine.state import State
from antiphon.core.records import Spent
from antiphon.core.requests import ContextUsage, Rewind, Rewound
from antiphon.core.turn import step
from antiphon.core.values import Answer, Change, Interrupt, Project, Prompt, Session, Steer, ToolUseId, TurnId
from antiphon.core.view import TurnView

from fakes import PROJECT, SESSION

LIMITS = Limits(inactivity=600, unanswered=86400, idle=600, stop=10)


@dataclass
class Process:
    """A Claude Code: the prompts of the turn that it works on, those that it has not taken in, and what it asks."""

    current: list[TurnId] = field(default_factory=list[TurnId])
    queue: list[TurnId] = field(default_factory=list[TurnId])
    asks: list[ToolUseId] = field(default_factory=list[ToolUseId])
    dead: bool = False


class World:
    """`log`: every effect that was carried out. `fails`: how many effects from now on fail; `refuses`: how many
    questions the process cannot answer."""

    def __init__(self, project: Project = PROJECT, session: Session = SESSION) -> None:
        self.state = State(project, LIMITS, session)
        self.now = 1000.0
        self.mailbox: deque[effects.Inbound] = deque()
        self.todo: deque[effects.Effect] = deque()
        self.log: list[effects.Effect] = []
        self.views: dict[TurnId, TurnView] = {}
        self.ends: Counter[TurnId] = Counter()
        self.closed: Counter[int] = Counter()
        self.prompts: dict[int, Prompt] = {}
        self.sent: list[Prompt] = []
        self.process: Process | None = None
        self.spent = Spent()
        self.takes_choices = True
        self.forgets = True
        self.left = False
        self.fails = 0
        self.refuses = 0

    def post(self, *values: effects.Inbound) -> None:
        """Something happens."""
        for value in values:
            match value:
                case Prompt() | Steer(Prompt()):
                    prompt = value if isinstance(value, Prompt) else value.prompt
                    self.prompts[prompt.inbox] = prompt
                case _:
                    pass
            self.mailbox.append(value)

    def give(self, *values: effects.Inbound) -> None:
        """The same, and the machine comes to it."""
        self.post(*values)
        self.settle()

    def settle(self) -> None:
        """Until nothing is left to do."""
        for _ in range(1000):
            if not self.turn_once():
                return
        raise AssertionError("it never comes to rest")

    def turn_once(self) -> bool:
        """Take one value, as the loop does. False: there is none."""
        if self.mailbox:
            self.take(self.mailbox.popleft())
        elif self.state.runs_next:
            self.take(effects.Elapsed())
        else:
            return False
        return True

    def elapse(self) -> None:
        """Nothing has happened for as long as the state waits."""
        if (left := self.state.seconds_left(self.now)) < math.inf:
            self.now += max(0.0, left)
            self.take(effects.Elapsed())
            self.settle()

    def take(self, value: effects.Input) -> None:
        """One input, and whatever results of its effects."""
        results: deque[effects.Input] = deque([value])
        while results:
            before = self.state
            self.state, wanted = step(before, results.popleft(), self.now)
            self.check_questions(wanted)
            for index, effect in enumerate(wanted):
                if self.fails:
                    self.fails -= 1
                    assert not results
                    results.append(effects.Broken("Broken.", wanted[index:]))
                    break
                self.todo = deque(wanted[index + 1 :])
                self.log.append(effect)
                if (result := self.do(effect)) is not None:
                    results.append(result)
            self.todo.clear()

    def check_questions(self, wanted: tuple[effects.Effect, ...]) -> None:
        """A question is the last effect of its step, and the only one; the state knows it."""
        questions = [one for one in wanted if isinstance(one, effects.Question)]
        assert questions in ([], [wanted[-1]] if wanted else [])
        assert [self.state.question] == (questions or [None])
        assert not (self.state.afterwards and self.state.question is None)

    def do(self, effect: effects.Effect) -> effects.Result | None:
        match effect:
            case effects.Write(view, inbox):
                self.write(view, inbox)
            case effects.CloseRow(inbox):
                self.close(inbox)
            case effects.CloseProcess():
                self.process = None
            case effects.Post(value):
                self.post(value)
            case effects.Leave(if_idle):
                self.left = not (if_idle and self.mailbox)
            case effects.RaiseBudget(scope, _, by):
                self.spent = replace(self.spent, raised={**self.spent.raised, scope: by + 100})
            case effects.LookUpSpending():
                return effects.SpendingKnown(self.spent)
            case (
                effects.Send()
                | effects.InterruptTurn()
                | effects.Withdraw()
                | effects.DeliverAnswer()
                | effects.ApplyChoices()
                | effects.Withhold()
                | effects.CheckRules()
                | effects.Control()
            ):
                return self.ask_process(effect)
            case _:
                pass
        return None

    def write(self, view: TurnView, inbox: int | None) -> None:
        assert not self.ends[view.turn], "a turn that is over is written again"
        self.views[view.turn] = view
        if view.end is not None:
            assert all(block.settled for block in view.blocks), "something is open after the end"
            self.ends[view.turn] += 1
            if inbox is not None:
                self.close(inbox)

    def close(self, inbox: int) -> None:
        self.closed[inbox] += 1
        assert self.closed[inbox] == 1, "a row is closed twice"

    def ask_process(self, question: effects.Effect) -> effects.Result:
        if self.refuses and not isinstance(question, effects.DeliverAnswer):
            self.refuses -= 1
            return effects.Failed("Claude Code could not.", alive=self.process is not None)
        if self.process is None:
            self.process = Process()
        process = self.process
        if process.dead and not isinstance(question, effects.DeliverAnswer):
            return effects.Failed("Claude Code is gone.", alive=True)
        match question:
            case effects.Send(prompt, purpose):
                self.hear(process, prompt, purpose)
            case effects.Withdraw(uuid):
                if uuid not in process.queue:
                    return effects.Done(False)
                process.queue.remove(uuid)
            case effects.DeliverAnswer(_, answer):
                if answer.request not in process.asks:
                    return effects.Done(False)
                process.asks.remove(answer.request)
                self.post(PermissionSettled(answer.request, "allowed", answer.by))
            case effects.ApplyChoices():
                return effects.Done(self.takes_choices)
            case effects.CheckRules():
                return effects.Done(self.forgets)
            case effects.Control(_, request):
                return effects.ControlReplied(
                    Rewound() if isinstance(request, Rewind) else ContextUsage(1, 2, 50.0, "m")
                )
            case _:
                pass
        return effects.Done()

    def hear(self, process: Process, prompt: Prompt, purpose: str) -> None:
        assert prompt.turn not in [one.turn for one in self.sent], "Claude Code skips a uuid that it has seen"
        assert self.state.turn is not None
        assert self.state.turn.view.turn in self.views, "Claude hears of a turn that is not durable"
        self.sent.append(prompt)
        if purpose in ("begin", "carry_on"):
            process.current = [prompt.turn]
        else:
            process.queue.append(prompt.turn)

    # What Claude Code does

    def take_in(self) -> None:
        """It makes the first prompt that waits a part of its turn."""
        assert self.process is not None
        uuid = self.process.queue.pop(0)
        self.process.current.append(uuid)
        self.post(SteerDelivered(uuid))

    def end_turn(self, ended: TurnEnded | None = None) -> None:
        """It ends its turn, and goes on with what waits."""
        assert self.process is not None
        process = self.process
        self.post(replace(ended or TurnEnded("done"), prompts=tuple(process.current)))
        process.current = [process.queue.pop(0)] if process.queue else []

    def die(self) -> None:
        """It dies."""
        assert self.process is not None
        self.process.dead = True
        self.post(SessionLost("killed"))

    # Where things are

    def places(self) -> Counter[int]:
        """How many places each prompt's row is in."""
        state, turn = self.state, self.state.turn
        found = [*state.waiting, *state.handing, *state.steered.prompts, *self.in_mailbox()]
        if turn is not None and turn.prompt is not None:
            found.append(turn.prompt)
        return Counter(one.inbox for one in found)

    def in_mailbox(self) -> Iterator[Prompt]:
        for value in self.mailbox:
            match value:
                case Prompt():
                    yield value
                case Steer(prompt) | effects.Suspended(prompt) if prompt is not None:
                    yield prompt
                case _:
                    pass

    def open_requests(self) -> list[Need]:
        """What the turn asks."""
        return list(self.state.turn.view.needs) if self.state.turn is not None else []

    def errands(self) -> Iterator[int]:
        """The rows of answers, changes and stops that stand in the mailbox."""
        for value in self.mailbox:
            match value:
                case Answer(inbox=n) | Change(inbox=n) | Interrupt(inbox=n):
                    yield n
                case _:
                    pass
