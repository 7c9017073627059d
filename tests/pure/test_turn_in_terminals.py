"""The turn machine of a session that a person runs in a terminal: no loop, no process."""

from dataclasses import replace

from antiphon.core import events
from antiphon.core.blocks import End, SteerBlock, TextBlock, TypedBlock
from antiphon.core.machine import effects
from antiphon.core.machine.limits import Limits
from antiphon.core.machine.state import State
from antiphon.core.requests import (
    ConversationSwitched,
    LeaveOut,
    ReadContext,
    RequestFailed,
    SessionLeftOut,
    SessionRequest,
    SessionTaken,
    TakeOver,
)
from antiphon.core.turn import step
from antiphon.core.values import Asker, Close, Interrupt, MessageId, Prompt, Steer, Terminal, TurnId, typed_turn
from antiphon.core.view import TurnView

from fakes import PROJECT, SESSION

HERE = Terminal(17, "1", "tmux %0", since=1.0)
LIMITS = Limits(inactivity=600, unanswered=86400, idle=600, stop=10, turn=900)


class World:
    """Takes inputs, and says what was done. Every question is answered at once, but for those that `refuse`s it."""

    def __init__(self, *, attended: bool = True, refuse: bool = False) -> None:
        self.state = State(PROJECT, LIMITS, replace(SESSION, terminal=HERE))
        self.done: list[effects.Effect] = []
        self.now = 100.0
        self._refuse = refuse
        if attended:
            self.give(effects.Attended(HERE))

    def give(self, *values: effects.Input) -> list[effects.Effect]:
        """What is done because of these."""
        before = len(self.done)
        for value in values:
            inputs: list[effects.Input] = [value]
            while inputs:
                self.state, wanted = step(self.state, inputs.pop(0), self.now)
                self.done += wanted
                if self.state.question is not None:
                    inputs.append(effects.Failed("no") if self._refuse else effects.Done())
        return self.done[before:]

    def sent(self) -> list[TurnId]:
        return [one.prompt.turn for one in self.done if isinstance(one, effects.Send)]

    def ends(self) -> list[str]:
        views = [one.view for one in self.done if isinstance(one, effects.Write)]
        return [view.end.reason for view in views if view.end is not None]

    @property
    def view(self) -> TurnView:
        assert self.state.turn is not None
        return self.state.turn.view

    def last(self) -> TurnView:
        return [one.view for one in self.done if isinstance(one, effects.Write)][-1]


def prompt(n: int) -> Prompt:
    return Prompt(TurnId(f"turn-{n}"), f"say {n}", Asker("ada"), MessageId(n), inbox=n)


def test_what_is_typed_begins_a_turn_under_the_transcripts_line() -> None:
    world = World()
    world.give(events.PromptTyped("look", "u1"), events.TextFinished("there", source="a1"))
    assert world.view.turn == typed_turn("u1")
    assert world.view.blocks == (TypedBlock("look", "u1"), TextBlock("there", settled=True, source="a1"))
    world.give(events.TurnEnded("done", source="s1"))
    assert world.state.turn is None
    assert world.last().end == End("done", 100.0, source="s1")


def test_a_prompt_begins_no_turn_before_claude_has_it() -> None:
    world = World()
    world.give(Steer(prompt(1)))
    assert world.sent() == [TurnId("turn-1")]
    assert world.state.turn is None
    world.give(events.SteerDelivered(TurnId("turn-1")))
    assert (world.view.turn, world.view.prompt) == (TurnId("turn-1"), MessageId(1))
    world.give(events.TurnEnded("done"))
    closing = [one for one in world.done if isinstance(one, effects.Write)][-1]
    assert closing.inbox == 1


def test_a_prompt_that_claude_takes_in_while_it_works_is_a_part_of_the_turn() -> None:
    world = World()
    world.give(events.PromptTyped("look", "u1"), Steer(prompt(1)))
    assert [one.prompt for one in world.view.waiting] == [TurnId("turn-1")]
    done = world.give(events.SteerDelivered(TurnId("turn-1")))
    assert effects.CloseRow(1) in done
    assert SteerBlock(TurnId("turn-1"), MessageId(1), "say 1", "ada") in world.view.blocks
    assert world.view.waiting == ()


def test_a_prompt_that_claude_has_not_got_begins_no_turn_when_one_ends() -> None:
    world = World()
    world.give(events.PromptTyped("look", "u1"), Steer(prompt(1)), events.TurnEnded("done"))
    assert world.state.turn is None
    world.give(events.TerminalClosed())
    assert [one.inbox for one in world.state.waiting] == [1]


def test_a_prompt_that_is_told_again_after_a_restart_stands_in_its_turn_once() -> None:
    world = World()
    world.give(events.PromptTyped("look", "u1"), Steer(prompt(1)), events.SteerDelivered(TurnId("turn-1")))
    after = World(attended=False)
    after.give(effects.Suspended(None, world.view, 2), effects.Attended(HERE), Steer(prompt(1)))
    done = after.give(events.SteerDelivered(TurnId("turn-1")))
    assert effects.CloseRow(1) in done
    assert after.view.blocks == world.view.blocks
    assert after.view.waiting == ()


def test_prompts_go_in_their_order_and_wait_while_no_terminal_is_heard() -> None:
    world = World(attended=False)
    world.give(Steer(prompt(1)), prompt(2), Steer(prompt(3)))
    assert world.sent() == []
    world.give(effects.Attended(HERE))
    assert world.sent() == [TurnId("turn-1"), TurnId("turn-2"), TurnId("turn-3")]


def test_a_closed_terminal_ends_what_it_did_and_what_it_has_not_got_waits_in_line() -> None:
    world = World()
    world.give(events.PromptTyped("look", "u1"), Steer(prompt(1)), Steer(prompt(2)))
    world.give(events.SteerDelivered(TurnId("turn-1")))
    world.give(events.TerminalClosed(crashed=True))
    assert [one.inbox for one in world.state.waiting] == [2]
    assert world.ends() == ["failed"]
    assert world.state.session.terminal == replace(HERE, open=False)
    assert world.give(effects.Elapsed())[-1] == effects.Leave(if_idle=True)  # then it waits in line


def test_nothing_overtakes_what_waits_while_a_terminal_is_closed_and_opened_again() -> None:
    world = World()
    world.give(Steer(prompt(1)))
    sent = len(world.sent())
    world.give(events.TerminalClosed(), Steer(prompt(2)), effects.Attended(HERE), Steer(prompt(3)))
    assert world.sent()[sent:] == [TurnId("turn-1"), TurnId("turn-2"), TurnId("turn-3")]


def test_nothing_overtakes_what_waits_while_a_session_is_left_out() -> None:
    world = World()
    world.give(Steer(prompt(1)))
    sent = len(world.sent())
    world.give(SessionRequest(5, LeaveOut(out=True)), Steer(prompt(2)))
    world.give(SessionRequest(6, LeaveOut(out=False)), Steer(prompt(3)))
    assert world.sent()[sent:] == [TurnId("turn-1"), TurnId("turn-2"), TurnId("turn-3")]


def test_nothing_that_is_typed_is_shown_behind_the_words_that_leave_a_session_out() -> None:
    world = World()
    done = world.give(SessionRequest(5, LeaveOut(out=True)), events.PromptTyped("a secret", "u9"))
    assert "a secret" not in str(done)
    assert world.state.turn is None
    world.give(SessionRequest(6, LeaveOut(out=False, told=True)))
    assert world.ends() == ["shown_again"]


def test_what_waits_for_a_terminal_that_is_open_waits_until_it_is_heard() -> None:
    world = World(attended=False)
    world.give(Steer(prompt(1)))
    assert world.state.seconds_left(world.now) == float("inf")


def test_a_terminal_that_is_closed_between_turns_is_told_once() -> None:
    world = World()
    world.give(events.TerminalClosed(), events.TerminalClosed())
    assert world.ends() == ["closed"]


def test_a_terminal_that_cannot_be_heard_counts_as_closed() -> None:
    world = World(attended=False, refuse=True)
    world.give(Steer(prompt(1)))
    world.give(effects.Attended(HERE))
    assert [one.inbox for one in world.state.waiting] == [1]
    assert world.state.seconds_left(world.now) == 0.0


def test_a_bridge_that_stops_ends_no_turn_of_a_terminal_and_one_that_comes_back_goes_on_with_it() -> None:
    world = World()
    world.give(events.PromptTyped("look", "u1"))
    view = world.view
    done = world.give(Close())
    assert isinstance(done[-1], effects.Leave)
    assert not [one for one in done if isinstance(one, effects.Write) and one.view.end is not None]
    after = World(attended=False)
    after.give(effects.Suspended(None, view, 1), effects.Attended(HERE), events.TextFinished("there"))
    assert after.view.turn == view.turn
    assert len(after.view.blocks) == 2


def test_a_turn_that_is_told_twice_after_a_restart_is_one() -> None:
    world = World(attended=False)
    view = TurnView(TurnId("turn-1"), MessageId(1), 50.0)
    world.give(effects.Suspended(None, view), effects.Attended(HERE), effects.Suspended(prompt(1), view))
    assert world.state.turn is not None
    assert world.state.turn.prompt == prompt(1)
    assert world.sent() == []


def test_nothing_of_ours_ends_a_terminals_turn_or_gives_its_process_back() -> None:
    world = World()
    world.give(events.PromptTyped("look", "u1"))
    assert world.state.seconds_left(10_000.0) == float("inf")
    assert not world.state.may_be_parked
    done = world.give(Interrupt("ada", inbox=9))
    assert effects.InterruptTurn() in done
    assert world.state.seconds_left(10_000.0) == float("inf")
    world.give(events.TurnEnded("done"))
    assert world.ends() == ["stopped"]


def test_a_session_is_hosted_once_its_terminal_is_closed_and_never_before() -> None:
    world = World()
    (refused,) = [one for one in world.give(SessionRequest(5, TakeOver())) if isinstance(one, effects.SendReply)]
    assert isinstance(refused.reply, RequestFailed)
    assert "tmux %0" in refused.reply.reason
    assert "17" in refused.reply.reason
    world.give(events.TerminalClosed())
    done = world.give(SessionRequest(6, TakeOver()))
    assert effects.SendReply(6, SessionTaken()) in done
    assert world.state.session.terminal is None
    world.give(prompt(1))
    assert world.sent() == [TurnId("turn-1")]
    assert world.view.prompt == MessageId(1)


def test_a_hosted_session_that_is_opened_in_a_terminal_gives_its_process_back_unless_it_is_at_work() -> None:
    world = World()
    world.state = replace(world.state, session=SESSION, process="live")
    done = world.give(effects.Attended(HERE))
    assert done[0] == effects.CloseProcess()
    assert world.state.process == "live"
    busy = World()
    busy.state = replace(busy.state, session=SESSION, process="live")
    busy.give(prompt(1))
    assert busy.give(effects.Attended(HERE)) == []
    assert ConversationSwitched not in map(type, busy.done)


def test_a_session_that_is_left_out_is_heard_no_more_and_gets_nothing_until_it_is_shown_again() -> None:
    world = World()
    world.give(events.PromptTyped("look", "u1"), Steer(prompt(1)))
    done = world.give(SessionRequest(5, LeaveOut(out=True, told=True)))
    assert effects.CloseProcess() in done
    assert effects.SendReply(5, SessionLeftOut(changed=True)) in done
    assert world.ends() == ["left_out"]
    world.give(Steer(prompt(2)))
    assert [one.inbox for one in world.state.waiting] == [1, 2]
    sent = world.sent()
    for asked in (ReadContext(), TakeOver()):
        (refused,) = [one for one in world.give(SessionRequest(6, asked)) if isinstance(one, effects.SendReply)]
        assert isinstance(refused.reply, RequestFailed)
    other = replace(HERE, pid=18)
    assert effects.OpenProcess() not in world.give(effects.Attended(other))
    assert world.give(SessionRequest(7, LeaveOut(out=True))) == [effects.SendReply(7, SessionLeftOut(changed=False))]
    world.now = 200.0
    done = world.give(SessionRequest(8, LeaveOut(out=False, told=True)))
    assert done.index(effects.SendReply(8, SessionLeftOut(changed=True))) < done.index(effects.OpenProcess())
    assert world.state.session.terminal == replace(other, shown_from=200.0)
    assert world.sent()[len(sent) :] == [TurnId("turn-1"), TurnId("turn-2")]
    assert world.ends() == ["left_out", "shown_again"]


def test_a_session_without_a_place_is_left_out_without_a_word_and_a_hosted_one_is_not() -> None:
    world = World()
    world.give(SessionRequest(5, LeaveOut(out=True)))
    assert world.ends() == []
    world.state = replace(world.state, session=SESSION)
    (refused,) = world.give(SessionRequest(6, LeaveOut(out=True)))
    assert isinstance(refused, effects.SendReply)
    assert isinstance(refused.reply, RequestFailed)
