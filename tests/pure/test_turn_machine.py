"""The turn machine under anything that can happen, in any order, with failures at any effect: what must always hold."""

from dataclasses import replace
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import Phase, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from turn_world import World

from antiphon.core.blocks import AskBlock, Job, NoteBlock, Question, ToolBlock
from antiphon.core.events import AgentEvent, JobChanged, ReplyStarted, SelfStarted, TextFinished, TurnEnded
from antiphon.core.machine.effects import Inbound, Park, Pause, ProjectChanged, RulesRemoved, Suspended
from antiphon.core.permission_requests import without_process
from antiphon.core.records import Spent
from antiphon.core.requests import (
    ChangeRules,
    Choose,
    InterruptFor,
    ReadContext,
    Request,
    Rewind,
    SessionRequest,
    StopJobs,
    SwitchConversation,
    TakeBackAnswer,
)
from antiphon.core.values import (
    Answer,
    Budgets,
    Change,
    ClaudeSessionId,
    Close,
    Interrupt,
    MessageId,
    PersonId,
    Project,
    Steer,
    ToolUseId,
    WhileWorking,
)
from antiphon.core.view import TurnView, fold

from fakes import PROJECT, prompt

BUDGETS = st.sampled_from([Budgets(), Budgets(), Budgets(turn=1.0), Budgets(thread=10.0), Budgets(turn=1.0, day=10.0)])
PROJECTS = st.builds(
    replace,
    st.just(PROJECT),
    budgets=BUDGETS,
    while_working=st.sampled_from(["steer", "queue"]),
    after_restart=st.sampled_from(["ask", "continue"]),
    after_limit=st.sampled_from(["ask", "continue"]),
)
SAID: tuple[AgentEvent, ...] = (
    ReplyStarted(),
    TextFinished("text"),
    NoteBlock("a note"),
    ToolBlock(ToolUseId("tool"), "Bash", "ls"),
    ToolBlock(ToolUseId("inner"), "Bash", "ls", parent=ToolUseId("tool")),
    Job("job", "agent", "A sub-agent"),
    JobChanged("job", state="ok"),
    SelfStarted(),
    Job("tick", "schedule", "Every minute"),
    JobChanged("tick", state="stopped"),
)
QUESTIONS = (Question("Which?"), Question("When?"))
ASKED = (
    AskBlock(ToolUseId("ask"), "Bash", "ls"),
    AskBlock(ToolUseId("ask"), "Bash", "ls", voices=2),
    AskBlock(ToolUseId("ask"), "AskUserQuestion", "Which?", questions=QUESTIONS, kind="questions"),
    AskBlock(ToolUseId("ask"), "ExitPlanMode", "", kind="plan"),
)

ENDS = (*[TurnEnded("done")] * 4, TurnEnded("failed", "no"), TurnEnded("limited"), TurnEnded("done", self_started=True))
TROUBLE = (*["breaks", "refuses", "dies", "costs", "costs nothing"] * 4, "stops")


class TurnMachine(RuleBasedStateMachine):
    """`rows`: of everything that people have said or done; `at_once`: nothing waits in the mailbox."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        self.rows = 0
        self.requests = 0
        self.at_once = True

    def post(self, value: Inbound) -> None:
        self.world.post(value)
        self.come_to_it()

    def come_to_it(self) -> None:
        while self.at_once and not self.world.left and self.world.turn_once():
            pass

    def row(self) -> int:
        self.rows += 1
        return self.rows

    @initialize(project=PROJECTS, suspended=st.sampled_from([None, None, False, True]), data=st.data())
    def begin(self, project: Project, suspended: bool | None, data: st.DataObject) -> None:
        self.world = World(project)
        self.at_once = data.draw(st.booleans())
        if suspended is not None:
            one = prompt(self.row())
            view = TurnView(one.turn, one.message, 1.0)
            if suspended:
                view = fold(view, data.draw(st.sampled_from(ASKED)), 5.0)
            self.world.prompts[one.inbox] = one
            self.world.post(Suspended(one, without_process(view, 9.0)))

    # What people do

    @precondition(lambda self: not self.world.left)
    @rule(how=st.sampled_from(["prompt", "steer", "steer", "now"]), may_answer=st.booleans())
    def says(self, how: str, may_answer: bool) -> None:
        n = self.row()
        said = replace(prompt(n, f"text {n}"), may_answer=may_answer)
        self.post(said if how == "prompt" else Steer(said, how == "now"))

    @precondition(lambda self: self.rows and not self.world.left)
    @rule(data=st.data(), deleted=st.booleans())
    def changes(self, data: st.DataObject, deleted: bool) -> None:
        n, row = data.draw(st.integers(1, self.rows)), self.row()
        new = None if deleted else replace(prompt(n, "edited"), inbox=row)
        self.post(Change(MessageId(n), new, row))

    @precondition(lambda self: not self.world.left)
    @rule()
    def stops(self) -> None:
        self.post(Interrupt("ada", self.row()))

    @precondition(lambda self: self.world.open_requests() and not self.world.left)
    @rule(data=st.data(), allowed=st.booleans(), person=st.integers(1, 3), question=st.sampled_from([None, 0, 1]))
    def answers(self, data: st.DataObject, allowed: bool, person: int, question: int | None) -> None:
        ask = data.draw(st.sampled_from(self.world.open_requests()))
        given = Answer(ask.id, allowed, "ada", self.row(), "so", question=question, person=PersonId(person))
        self.post(given)

    @precondition(lambda self: not self.world.left)
    @rule(
        what=st.sampled_from(["choose", "context", "rewind", "stop jobs", "move", "now", "rules", "take back"]),
        takes=st.booleans(),
        data=st.data(),
    )
    def requests_something(self, what: str, takes: bool, data: st.DataObject) -> None:
        turn = prompt(data.draw(st.integers(1, max(1, self.rows)))).turn
        requests: dict[str, Request[Any]] = {
            "choose": Choose({"effort": "high"}),
            "context": ReadContext(),
            "rewind": Rewind(turn),
            "stop jobs": StopJobs(),
            "move": SwitchConversation(ClaudeSessionId("another"), begun=True),
            "now": InterruptFor(turn),
            "rules": ChangeRules(("Read(//a/**)",)),
            "take back": TakeBackAnswer(turn, ToolUseId("one"), "ada", ("Read(//a/**)",), done=takes),
        }
        self.world.takes_choices = takes
        self.requests += 1
        self.post(SessionRequest(self.requests, requests[what]))

    @precondition(lambda self: not self.world.left)
    @rule(forgets=st.booleans())
    def loses_a_rule(self, forgets: bool) -> None:
        self.world.forgets = forgets
        self.post(RulesRemoved(("Bash(date)",)))

    @precondition(lambda self: not self.world.left)
    @rule(way=st.sampled_from(["steer", "queue"]))
    def has_another_project(self, way: WhileWorking) -> None:
        self.post(ProjectChanged(replace(self.world.state.project, while_working=way)))

    @precondition(lambda self: not self.world.left)
    @rule()
    def is_parked(self) -> None:
        if self.world.state.turn is None:  # one that waits is taken up anew: see "is_resumed"
            self.post(Park())

    # What Claude Code does

    def alive(self) -> bool:
        return self.world.process is not None and not self.world.process.dead

    @precondition(lambda self: self.alive())
    @rule(event=st.sampled_from(SAID))
    def shows(self, event: AgentEvent) -> None:
        self.post(event)

    @precondition(lambda self: self.alive())
    @rule(event=st.sampled_from(ASKED), by_agent=st.booleans())
    def asks(self, event: AskBlock, by_agent: bool) -> None:
        assert self.world.process is not None
        id_ = ToolUseId(f"ask {len(self.world.log)} {len(self.world.mailbox)}")
        self.world.process.asks.append(id_)
        self.post(replace(event, id=id_, by_agent=by_agent))

    @precondition(lambda self: self.alive() and self.world.process.queue)
    @rule()
    def takes_in(self) -> None:
        self.world.take_in()
        self.come_to_it()

    @precondition(lambda self: self.alive())
    @rule(event=st.sampled_from(ENDS))
    def ends(self, event: TurnEnded) -> None:
        if event.self_started:
            self.world.post(event)
        else:
            self.world.end_turn(event)
        self.come_to_it()

    # The world

    @rule(most=st.integers(1, 8))
    def comes_to(self, most: int) -> None:
        for _ in range(most):
            if self.world.left or not self.world.turn_once():
                return

    @precondition(lambda self: not self.world.mailbox and not self.world.state.runs_next and not self.world.left)
    @rule()
    def time_passes(self) -> None:
        self.world.elapse()

    @precondition(lambda self: not self.world.left)
    @rule(what=st.sampled_from(TROUBLE), how_often=st.integers(1, 2))
    def has_trouble(self, what: str, how_often: int) -> None:
        match what:
            case "breaks":
                self.world.fails = how_often
            case "refuses":
                self.world.refuses = how_often
            case "dies" if self.alive():
                self.world.die()
                self.come_to_it()
            case "costs":
                self.world.spent = Spent(thread=11.0)
            case "costs nothing":
                self.world.spent = Spent()
            case "stops":
                self.post(Close())
            case _:
                pass

    # What must always hold

    @invariant()
    def every_prompt_is_in_one_place(self) -> None:
        places = self.world.places()
        for n in self.world.prompts:
            assert places[n] + self.world.closed[n] == 1, n

    @invariant()
    def nothing_is_asked_of_the_loop_between_two_values(self) -> None:
        assert self.world.state.question is None
        assert self.world.state.handing == ()
        assert self.world.state.afterwards == ()

    @invariant()
    def only_the_turn_that_runs_has_no_end(self) -> None:
        turn = self.world.state.turn
        running = {turn.view.turn} if turn is not None else set()
        assert {one for one in self.world.views if not self.world.ends[one]} == running

    @invariant()
    def a_row_is_closed_or_waits(self) -> None:
        waiting = {*self.world.errands(), *self.world.places()}
        assert {n for n in range(1, self.rows + 1) if not self.world.closed[n]} == waiting

    def teardown(self) -> None:
        """Whatever has happened: with a person who stops, everything comes to its end."""
        world = self.world
        world.fails = world.refuses = 0
        world.spent = Spent()
        if world.left:
            return
        world.settle()
        for _ in range(3 * self.rows + 10):
            if world.state.turn is None and not world.mailbox and not world.state.runs_next:
                break
            world.give(Interrupt("ada", self.row()))
            if world.state.turn is not None:
                world.elapse()
        assert world.state.turn is None
        assert set(world.closed) == set(range(1, self.rows + 1))
        assert set(world.ends) == set(world.views)
        world.post(Close())
        world.settle()
        assert world.left


TestTurnMachine = pytest.mark.filterwarnings("ignore")(TurnMachine.TestCase)
TurnMachine.TestCase.settings = settings(
    max_examples=100,
    stateful_step_count=40,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),  # and Phase.shrink, to look for the shortest way to a failure
)


def test_a_defect_is_told_once_and_written_until_it_is_durable() -> None:
    world = World()
    world.fails = 4
    world.give(prompt(1))
    (view,) = world.views.values()
    assert view.end is not None
    assert (view.end.reason, view.end.error) == ("failed", "Broken.")
    pauses = [effect.seconds for effect in world.log if isinstance(effect, Pause)]
    assert pauses == sorted(set(pauses))
