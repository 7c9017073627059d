"""What is wrong is said once when it begins, and once when it is over."""

import logging

import pytest

from antiphon.core.health import Health, Problem

from fakes import Clock


def logged(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [one.getMessage() for one in caplog.records]


def test_a_trouble_is_said_once_and_its_end_once(caplog: pytest.LogCaptureFixture) -> None:
    clock = Clock()
    health, began = Health(clock), clock()
    health.begin("rest", "Discord fails")
    clock.now += 5
    health.begin("rest", "Discord fails in another way")
    assert health.problems == (Problem("rest", began, "Discord fails in another way"),)
    health.over("rest", "Discord answers")
    health.over("rest", "Discord answers")
    assert health.problems == ()
    assert logged(caplog) == ["Discord fails", "Discord answers (after 5 s)"]


def test_what_somebody_else_says_is_not_said_again(caplog: pytest.LogCaptureFixture) -> None:
    health = Health(Clock())
    health.begin("database", "the disk is full", said=True)
    assert [one.name for one in health.problems] == ["database"]
    health.over("database", said=True)
    assert health.problems == ()
    assert logged(caplog) == []


def test_a_trouble_that_nobody_can_end_lasts_its_time() -> None:
    clock = Clock()
    health = Health(clock)
    health.begin("another bridge", "somebody speaks in our name", lasts=60)
    clock.now += 50
    health.begin("another bridge", "somebody speaks in our name", lasts=60)
    clock.now += 50
    health.expire()
    assert len(health.problems) == 1
    clock.now += 10
    health.expire()
    assert health.problems == ()


def test_each_change_of_the_troubles_is_news() -> None:
    health = Health(Clock())
    health.over("rest")
    assert not health.news.is_set()
    health.begin("rest", "Discord fails")
    assert health.news.is_set()
    health.news.clear()
    health.begin("rest", "Discord fails in another way")
    assert not health.news.is_set()
    health.over("rest")
    assert health.news.is_set()


def test_what_is_dropped_is_counted_and_said_once_for_its_kind_and_error(caplog: pytest.LogCaptureFixture) -> None:
    clock = Clock()
    health, began = Health(clock), clock()
    for _ in range(3):
        health.drop("event A", KeyError("x"))
    health.drop("event A", TypeError("x"))
    health.drop("event B", KeyError("x"))
    assert health.dropped == 5
    assert len(logged(caplog)) == 3
    assert health.problems == (Problem("dropped", began, "5 events of Discord's could not be used"),)
    clock.now += 3600
    health.expire()
    assert health.problems == ()
    assert health.dropped == 5


def test_a_flood_of_kinds_does_not_flood_the_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    health = Health(Clock())
    for n in range(1000):
        health.drop(f"event {n}", KeyError("x"))
    assert health.dropped == 1000
    assert len(logged(caplog)) <= 101
