"""What the turn machine does when a session's project becomes another one, or is gone."""

from dataclasses import replace

from turn_world import World

from antiphon.core import wording
from antiphon.core.budgets import Budgets
from antiphon.core.machine import effects

from fakes import PROJECT, SESSION, prompt


def count(world: World, kind: type) -> int:
    return sum(isinstance(one, kind) for one in world.log)


def test_limits_hold_at_once_and_the_next_turn_has_a_new_process() -> None:
    world = World(PROJECT, SESSION)
    world.give(prompt(1))
    changed = replace(PROJECT, budgets=Budgets(turn=1.0))
    world.give(effects.ProjectChanged(changed))
    assert world.state.project.budgets.turn == 1.0
    assert count(world, effects.CloseProcess) == 0  # the turn goes on as it began
    world.end_turn()
    world.give(prompt(2))
    assert count(world, effects.CloseProcess) == 1
    assert [one.message for one in world.sent] == [1, 2]


def test_where_there_is_no_process_there_is_none_to_renew() -> None:
    world = World(PROJECT, SESSION)
    world.give(effects.ProjectChanged(replace(PROJECT, while_working="queue")), prompt(1))
    assert count(world, effects.CloseProcess) == 0
    assert world.state.queues


def test_a_turn_of_a_project_that_is_gone_ends_with_the_reason() -> None:
    world = World(PROJECT, SESSION)
    world.give(prompt(1))
    world.give(effects.ProjectChanged(None))
    assert world.left
    last = [one.view for one in world.log if isinstance(one, effects.Write)][-1]
    assert last.end is not None
    assert (last.end.reason, last.end.error) == ("failed", wording.no_project(PROJECT.name))


def test_an_idle_session_of_one_gives_its_process_back() -> None:
    world = World(PROJECT, SESSION)
    world.give(prompt(1))
    world.end_turn()
    world.give(effects.ProjectChanged(None))
    assert world.left
    assert count(world, effects.CloseProcess) == 1
