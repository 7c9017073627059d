"""What a session allows for good, and what the turn machine does when that is taken back."""

from dataclasses import replace

import pytest
from turn_world import World

from antiphon.core import rules
from antiphon.core.blocks import AskBlock, TakenBack
from antiphon.core.events import PermissionSettled, RuleAdded
from antiphon.core.machine import effects
from antiphon.core.requests import ChangeRules, ChoicesMade, SessionRequest, TakeBackAnswer
from antiphon.core.rules import EDITS, OfferedRule
from antiphon.core.values import Answer, Choices, PermissionMode, ToolUseId, TurnId
from antiphon.core.view import TurnView, fold

from fakes import PROJECT, SESSION, prompt

READ, TOUCH = "Read(//a/**)", "Bash(touch a)"
ONE = ToolUseId("one")
ASK = AskBlock(
    ONE,
    "Read",
    "a",
    call="digest",
    rules=(OfferedRule("reading in /a", (READ,)), OfferedRule("x", (TOUCH,), "project")),
)
TURN = prompt(1).turn


def test_what_stands_is_the_rules_and_that_edits_are_accepted() -> None:
    assert rules.standing(Choices(rules=(READ,))) == (READ,)
    assert rules.standing(Choices(mode="acceptEdits", rules=(READ,))) == (READ, EDITS)


@pytest.mark.parametrize(
    ("usual", "mode"), [("default", None), ("plan", None), ("acceptEdits", "default"), ("bypassPermissions", "default")]
)
def test_edits_are_asked_about_again_whatever_the_project_says(usual: PermissionMode, mode: PermissionMode) -> None:
    assert rules.without(Choices(mode="acceptEdits"), (EDITS,), usual) == Choices(mode=mode)


def test_only_what_is_meant_is_taken_away_and_added_once() -> None:
    chosen = Choices("opus", "plan", "high", (READ, TOUCH))
    assert rules.without(chosen, (READ, EDITS, "Bash(ls)"), "default") == replace(chosen, rules=(TOUCH,))
    assert rules.added(chosen, (READ, "Bash(ls)", "Bash(ls)")) == replace(chosen, rules=(READ, TOUCH, "Bash(ls)"))
    assert rules.added(chosen, (EDITS,)) == replace(chosen, mode="acceptEdits")


def test_a_key_tells_rules_and_scopes_apart() -> None:
    keys = {rules.key_of(scope, text) for scope in ("session", "project") for text in (READ, TOUCH, "\ud83d")}
    assert len(keys) == 6
    assert all(len(key) == 16 for key in keys)


def test_a_directory_has_a_text_of_ours() -> None:
    assert rules.directory_in(rules.directory("/a (b)\n")) == "/a (b)\n"
    assert rules.directory_in(READ) is None
    assert [rules.is_rule(text) for text in (READ, EDITS, rules.directory("/a"))] == [True, False, False]


# The machine


def at_work(*, allowed: bool = True) -> World:
    """A world whose turn 1 has asked, and was allowed to read for good."""
    world = World(PROJECT, SESSION)
    world.give(prompt(1), ASK)
    if allowed:
        world.give(RuleAdded(READ), PermissionSettled(ONE, "allowed", "ada", rule=0))
    return world


def over() -> World:
    """The same, once the turn has ended."""
    world = at_work()
    world.end_turn()
    world.settle()
    assert world.state.turn is None
    return world


def replies(world: World) -> list[object]:
    return [one.reply for one in world.log if isinstance(one, effects.SendReply)]


def count(world: World, kind: type[effects.Effect]) -> int:
    return sum(isinstance(one, kind) for one in world.log)


def take_back(*session: str, done: bool = True, turn: TurnId = TURN) -> SessionRequest:
    return SessionRequest(7, TakeBackAnswer(turn, ONE, "ben", session, done))


def test_what_a_running_turn_has_allowed_is_taken_back_from_the_next_turn_on() -> None:
    world = at_work()
    world.takes_choices = False
    world.give(take_back(READ))
    assert world.state.session.choices.rules == ()
    assert world.views[TURN].undone(ONE) == TakenBack(ONE, "ben")
    assert [one.taken_back for one in world.log if isinstance(one, effects.NoteTakenBack)] == [TakenBack(ONE, "ben")]
    assert count(world, effects.ShowAgain) == 0
    assert replies(world) == [ChoicesMade(at_once=False)]
    world.end_turn()
    world.give(prompt(2))
    assert count(world, effects.CloseProcess) == 1  # the process knew it


def test_what_a_turn_that_is_over_has_allowed_is_taken_back_at_once() -> None:
    world = over()
    world.takes_choices = False
    world.give(take_back(READ))
    assert world.process is None
    assert replies(world) == [ChoicesMade(at_once=True)]
    assert [type(one) for one in world.log][-4:] == [
        effects.KeepSession,
        effects.NoteTakenBack,
        effects.ShowAgain,
        effects.SendReply,
    ]


def test_it_is_noted_once_for_a_turn_that_runs() -> None:
    world = at_work()
    world.give(take_back(READ), take_back(READ))
    assert count(world, effects.NoteTakenBack) == 1
    assert replies(world) == [ChoicesMade(at_once=True)] * 2


def test_what_lies_in_settings_leaves_the_process_as_it_is() -> None:
    world = at_work()
    world.give(take_back(done=False))
    assert count(world, effects.NoteTakenBack) == 0
    world.give(take_back())
    assert count(world, effects.ApplyChoices) == count(world, effects.CloseProcess) == 0
    assert count(world, effects.NoteTakenBack) == 1


def test_an_answer_that_the_process_still_expects_is_withheld_first() -> None:
    world = at_work()
    world.give(take_back(done=False))
    assert [one.call for one in world.log if isinstance(one, effects.Withhold)] == ["digest"]
    world.refuses = 1
    world.give(take_back(READ))
    assert world.state.session.choices.rules == (READ,)  # it could not: nothing is promised
    assert count(world, effects.NoteTakenBack) == 0


@pytest.mark.parametrize("taken_back", [True, False])
def test_an_answer_that_no_process_has_yet_adds_nothing_once_it_is_taken_back(taken_back: bool) -> None:
    two = replace(ASK, id=ToolUseId("two"), call="another")
    waiting = fold(fold(TurnView(TURN, None, 1.0), ASK, 2.0), two, 2.0)
    world = World(PROJECT, SESSION)
    world.prompts[1] = prompt(1)
    world.give(effects.Suspended(prompt(1), waiting), Answer(ONE, True, "ada", 8, rule=0))
    if taken_back:
        world.give(take_back(done=False))
    world.give(Answer(two.id, True, "ada", 9, rule=1))
    (sent,) = [one for one in world.log if isinstance(one, effects.Send)]
    expected = {call: answer.rule for call, answer in sent.expected.items()}
    assert expected == {"digest": None if taken_back else 0, "another": 1}


def test_a_process_that_may_know_a_removed_rule_is_asked_before_its_next_turn() -> None:
    world = over()
    world.give(effects.RulesRemoved((TOUCH,)), effects.RulesRemoved((TOUCH, "Bash(ls)")))
    world.give(prompt(2))
    (check,) = [one for one in world.log if isinstance(one, effects.CheckRules)]
    assert (check.texts, check.prompt.message) == ((TOUCH, "Bash(ls)"), 2)
    assert count(world, effects.CloseProcess) == 0
    assert [one.message for one in world.sent] == [1, 2]
    world.end_turn()
    world.give(prompt(3))
    assert count(world, effects.CheckRules) == 1


def test_a_process_that_goes_on_knowing_it_is_renewed() -> None:
    world = over()
    world.forgets = False
    world.give(effects.RulesRemoved((TOUCH,)), prompt(2))
    assert [type(one) for one in world.log][-3:] == [effects.CheckRules, effects.CloseProcess, effects.Send]


def test_a_new_process_is_asked_nothing() -> None:
    world = World(PROJECT, SESSION)
    world.give(effects.RulesRemoved((TOUCH,)), prompt(1))
    assert count(world, effects.CheckRules) == 0
    world = over()
    world.give(effects.RulesRemoved((TOUCH,)))
    world.takes_choices = False
    world.give(take_back(READ), prompt(2))
    assert count(world, effects.CheckRules) == 0


def test_rules_of_a_session_are_changed_without_a_request() -> None:
    world = World(PROJECT, SESSION)
    world.give(SessionRequest(1, ChangeRules(add=(READ, EDITS))))
    assert world.state.session.choices == Choices(mode="acceptEdits", rules=(READ,))
    world.give(SessionRequest(2, ChangeRules(remove=(READ, EDITS))))
    assert world.state.session.choices == Choices()
    assert replies(world) == [ChoicesMade(at_once=True)] * 2
