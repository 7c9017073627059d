"""What the turn machine wants done, case by case, without an event loop."""

from dataclasses import replace
from typing import Any

import pytest
from turn_world import LIMITS, World

from antiphon.core.blocks import AskBlock, Job, NoteBlock, TextBlock, ToolBlock
from antiphon.core.events import AgentEvent, JobChanged, ReplyStarted, SelfStarted, SessionLost, TextFinished, TurnEnded
from antiphon.core.machine import effects
from antiphon.core.machine.effects import Inbound, SendReply
from antiphon.core.requests import (
    Choose,
    ContextUsage,
    ConversationSwitched,
    JobsStopped,
    ReadContext,
    Request,
    RequestFailed,
    Rewind,
    Rewound,
    SessionRequest,
    StopJobs,
    SwitchConversation,
)
from antiphon.core.values import Answer, Budgets, ClaudeSessionId, Close, Interrupt, Steer, ToolUseId, TurnId
from antiphon.core.view import works

from fakes import PROJECT, prompt

ASK = AskBlock(ToolUseId("ask"), "Write", "notes.txt", by_agent=True)


def at_work(*events: AgentEvent, **rules: Any) -> World:
    """A world whose turn, prompt 1, is at work."""
    world = World(replace(PROJECT, **rules))
    world.give(prompt(1), *events)
    return world


def kinds(world: World) -> list[str]:
    return [type(effect).__name__ for effect in world.log]


def ends(world: World) -> list[tuple[int | None, str]]:
    """Of each turn that is over: its prompt's message, and why."""
    return [(view.prompt, view.end.reason) for view in world.views.values() if view.end is not None]


def test_the_begin_is_durable_before_claude_hears_the_prompt() -> None:
    assert kinds(at_work()) == ["Write", "Send"]


def test_a_prompt_that_a_process_cannot_take_ends_its_turn_behind_what_was_said_already() -> None:
    world = World()
    world.refuses = 1
    world.give(prompt(1))
    assert ends(world) == [(1, "failed")]
    assert kinds(world) == ["Write", "Send", "CloseProcess", "Post", "CloseProcess", "Write"]


def test_a_loss_that_is_told_twice_ends_one_turn() -> None:
    world = at_work()
    world.refuses = 1
    world.post(Steer(prompt(2)), SessionLost("killed"), prompt(3))
    world.settle()
    assert ends(world) == [(1, "failed")]  # the prompt after it has a process of its own, which nobody has lost
    assert world.state.turn is not None
    assert (world.state.turn.view.prompt, world.state.process) == (2, "live")


def test_prompts_that_wait_are_not_overtaken_by_one_that_comes_when_the_turn_is_over() -> None:
    world = at_work()
    world.post(Steer(prompt(2)))
    world.settle()
    assert world.process is not None
    world.post(SessionLost("killed"), prompt(3))
    world.settle()
    assert [one.message for one in world.sent] == [1, 2, 2, 3]


@pytest.mark.parametrize(("stops", "why"), [(1, "acknowledged"), (2, "ended")])
def test_the_second_stop_ends_the_process(stops: int, why: str) -> None:
    world = at_work()
    for n in range(stops):
        world.post(Interrupt("ada", 8 + n))
    world.settle()
    assert ends(world) == ([] if why == "acknowledged" else [(1, "stopped")])
    assert (world.process is None) == (why == "ended")


def test_a_stop_that_is_not_obeyed_ends_the_process_when_its_time_is_over() -> None:
    world = at_work()
    world.give(Interrupt("ada", 8))
    assert world.state.seconds_left(world.now) == LIMITS.stop
    world.elapse()
    assert ends(world) == [(1, "stopped")]


def test_sub_agents_wait_on_in_whatever_turn_comes_next() -> None:
    world = at_work(ASK)
    world.give(TurnEnded("done", prompts=(prompt(1).turn,)))
    assert [ask.id for ask in world.open_requests()] == ["ask"]
    world.give(prompt(2))
    assert ends(world) == [(1, "done"), (None, "done")]
    assert [ask.id for ask in world.open_requests()] == ["ask"]
    outcomes = [block.outcome for view in world.views.values() for block in view.blocks if isinstance(block, AskBlock)]
    assert outcomes == ["withdrawn", "withdrawn", None]


def test_what_a_process_asks_is_withdrawn_when_another_one_takes_its_place() -> None:
    world = at_work(ASK)
    world.give(TurnEnded("done", prompts=(prompt(1).turn,)))
    world.takes_choices = False
    world.give(SessionRequest(1, Choose({"effort": "high"})))
    assert world.state.turn is None
    assert ends(world) == [(1, "done"), (None, "done")]


def test_a_look_does_not_end_the_process_of_a_turn_at_work_although_the_next_one_needs_a_new_one() -> None:
    world = at_work()
    world.takes_choices = False
    world.give(SessionRequest(1, Choose({"effort": "high"})), SessionRequest(2, ReadContext()))
    assert "CloseProcess" not in kinds(world)
    world.end_turn()
    world.give(prompt(2))
    assert kinds(world).count("CloseProcess") == 1


def test_a_defect_ends_every_turn_that_is_not_durable_and_closes_its_rows() -> None:
    world = at_work()
    world.give(Steer(prompt(2)))
    world.end_turn()
    world.fails = 1
    world.settle()
    assert ends(world) == [(1, "failed"), (2, "failed")]
    assert dict(world.closed) == {1: 1, 2: 1}


@pytest.mark.parametrize("budgets", [Budgets(), Budgets(thread=1.0)])
def test_a_defect_while_prompts_are_handed_over_loses_none(budgets: Budgets) -> None:
    world = at_work(budgets=budgets)
    world.post(Steer(prompt(2, "one")), Steer(prompt(3, "two")))
    world.fails = 1
    world.settle()
    assert ends(world)[0] == (1, "failed")
    world.give(TurnEnded("done", prompts=(prompt(2).turn,)))
    assert [one.message for one in world.sent if one.turn == prompt(2).turn] == [2]
    assert sorted(world.places() + world.closed) == [1, 2, 3]


MOVE = SwitchConversation(ClaudeSessionId("another"), begun=True)


@pytest.mark.parametrize(
    ("request_", "busy", "reply"),
    [
        (ReadContext(), True, ContextUsage),
        (Rewind(TurnId("t")), True, RequestFailed),
        (Rewind(TurnId("t"), dry=True), True, Rewound),
        (Rewind(TurnId("t")), False, Rewound),
        (MOVE, True, RequestFailed),
        (MOVE, False, ConversationSwitched),
    ],
)
def test_what_a_session_is_asked_for_besides_prompts(request_: Request[Any], busy: bool, reply: type) -> None:
    world = at_work() if busy else World()
    world.give(SessionRequest(1, request_))
    (answer,) = [effect.reply for effect in world.log if isinstance(effect, effects.SendReply)]
    assert isinstance(answer, reply)


def test_what_sub_agents_do_between_turns_is_not_gathered() -> None:
    world = at_work(Job("job", "agent", "A sub-agent"))
    world.end_turn()
    world.settle()
    for n in range(100):
        world.give(ToolBlock(ToolUseId(f"{n}"), "Read", "a", parent=ToolUseId("call")))
    assert world.state.between.blocks == ()
    world.give(JobChanged("job", "finished", "ok"), TextFinished("it is over"))
    assert world.open_requests() == []
    assert list(world.views.values())[-1].blocks[1:] == (TextBlock("it is over", settled=True),)


def test_an_answer_to_what_nobody_asks_closes_its_row() -> None:
    world = at_work()
    world.give(Answer(ToolUseId("nothing"), True, "ada", 9))
    assert world.closed[9] == 1


def test_sub_agents_and_notes_are_not_claude_at_work() -> None:
    call = ToolUseId("call")
    assert not any(map(works, (ASK, TextFinished("a", call), ToolBlock(ToolUseId("t"), "Bash", "ls", parent=call))))
    assert all(map(works, (ReplyStarted(), TextFinished("a"), ToolBlock(ToolUseId("t"), "Bash", "ls"))))


SERVER = Job("job", "command", "npm run dev")
TOLD = "Background work ended together with Claude Code: npm run dev"


def with_a_job() -> World:
    """A session whose turn is over, and has left something at work."""
    world = World()
    world.give(prompt(1), SERVER, TurnEnded("done", prompts=(prompt(1).turn,)))
    assert world.state.jobs_run
    return world


def notes(world: World) -> list[str]:
    return [block.text for view in world.views.values() for block in view.blocks if isinstance(block, NoteBlock)]


@pytest.mark.parametrize(
    "end",
    [SessionLost("killed"), Close(), SessionRequest(5, StopJobs()), SessionRequest(5, MOVE)],
    ids=["the process is gone", "the bridge is being stopped", "somebody stops it", "another conversation"],
)
def test_work_that_dies_with_its_process_is_told_and_is_at_work_no_more(end: Inbound) -> None:
    world = with_a_job()
    world.give(end)
    assert notes(world) == [TOLD]
    assert not world.state.jobs_run
    assert [job.state for job in list(world.views.values())[-1].jobs] == ["stopped"]
    assert all(view.end is not None for view in world.views.values())


def test_a_turn_that_claude_begins_by_itself_says_why() -> None:
    world = with_a_job()
    world.give(JobChanged("job", state="ok"), ReplyStarted(), TextFinished("served"), TurnEnded("done"))
    world.give(SelfStarted(), ReplyStarted(), TextFinished("tick"), TurnEnded("done", self_started=True))
    assert notes(world) == [
        "Claude started this itself: its background work is done (npm run dev).",
        "Claude started this itself, as it had scheduled.",
    ]
    assert [view.prompt for view in world.views.values()] == [1, None, None]
    assert all(view.end is not None for view in world.views.values())


def test_a_schedule_that_comes_right_before_a_prompt_does_not_end_its_turn() -> None:
    world = at_work()
    world.give(SelfStarted(), ReplyStarted(), TextFinished("tick"), TurnEnded("done", self_started=True))
    assert world.state.turn is not None
    assert ends(world) == []


def test_a_session_with_a_schedule_keeps_its_process_and_holds_up_no_stop_of_the_bridge() -> None:
    world = World()
    world.give(prompt(1), Job("c1", "schedule", "Every day"), TurnEnded("done", prompts=(prompt(1).turn,)))
    assert not world.state.may_be_parked
    assert world.state.seconds_left(world.now) == float("inf")
    assert not world.state.jobs_at_work
    world.give(Close())
    assert notes(world) == ["Background work ended together with Claude Code: Every day"]


def test_background_work_can_be_stopped_and_the_reply_says_what_that_was() -> None:
    world = with_a_job()
    world.give(SessionRequest(5, StopJobs()))
    assert [one.reply for one in world.log if isinstance(one, SendReply)] == [JobsStopped(("npm run dev",))]
    assert world.process is None
    world.give(SessionRequest(6, StopJobs()))
    assert [one.reply for one in world.log if isinstance(one, SendReply)][1:] == [JobsStopped()]


def test_a_turn_whose_process_is_ended_says_that_its_jobs_are_over() -> None:
    world = World()
    world.give(prompt(1), SERVER, Interrupt("ada", 2), Interrupt("ada", 3))
    (view,) = world.views.values()
    assert view.end is not None
    assert [job.state for job in view.jobs] == ["stopped"]
    assert notes(world) == [TOLD]
