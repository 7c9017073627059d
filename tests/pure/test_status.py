"""How a bridge is, told from outside: without a bridge, beside one, after one; nothing is made or changed by asking."""

import json
import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from antiphon.core.health import Problem
from antiphon.status import DATABASE, DOWN, FILE, WELL, WRONG, BridgeReport, as_json, lines, read_status, write_report
from antiphon.store.engine import opened
from antiphon.store.lock import lock_of, sole_use

NOW = time.time()
WORD = BridgeReport(os.getpid(), NOW - 7200, NOW - 1)


@contextmanager
def running(state: Path) -> Iterator[None]:
    """A bridge that does nothing."""
    with opened(state / DATABASE, 1.0):
        yield


def files(state: Path) -> dict[str, bytes]:
    return {one.name: one.read_bytes() for one in state.rglob("*") if one.is_file()}


def status_text(state: Path) -> str:
    return "\n".join(lines(read_status(state, NOW)))


def test_where_no_bridge_ever_ran_nothing_is_made(tmp_path: Path) -> None:
    state = tmp_path / "nowhere"
    found = read_status(state, NOW)
    assert found.code == DOWN
    assert status_text(state) == "Not running."
    assert not state.exists()


def test_a_bridge_that_runs_is_well(tmp_path: Path) -> None:
    with running(tmp_path):
        write_report(tmp_path, WORD)
        before = files(tmp_path)
        found = read_status(tmp_path, NOW)
        assert (found.code, found.problems) == (WELL, ())
        assert files(tmp_path) == before
        assert f"(process {os.getpid()})" in status_text(tmp_path)
        assert as_json(found)["well"] is True
        json.dumps(as_json(found))


def test_what_the_bridge_says_is_wrong_is_told(tmp_path: Path) -> None:
    with running(tmp_path):
        write_report(
            tmp_path, BridgeReport(os.getpid(), NOW - 60, NOW, (Problem("rest", NOW - 30, "Discord fails"),), 4)
        )
        found = read_status(tmp_path, NOW)
        assert found.code == WRONG
        assert "Discord fails" in status_text(tmp_path)
        assert "4 unreadable events from Discord were dropped" in status_text(tmp_path)


def test_a_feature_that_is_missing_is_told_and_the_bridge_is_well(tmp_path: Path) -> None:
    missing = Problem("channel 5", NOW - 30, "no Attach Files", minor=True)
    with running(tmp_path):
        write_report(tmp_path, BridgeReport(os.getpid(), NOW - 60, NOW, (missing,)))
        found = read_status(tmp_path, NOW)
        assert (found.code, found.problems, as_json(found)["well"]) == (WELL, (missing,), True)
        assert "Problem" not in status_text(tmp_path)
        assert "no Attach Files" in status_text(tmp_path)
        write_report(tmp_path, BridgeReport(os.getpid(), NOW - 60, NOW, (missing, Problem("rest", NOW, "fails"))))
        assert read_status(tmp_path, NOW).code == WRONG


def test_a_bridge_that_says_nothing_any_more_is_not_well(tmp_path: Path) -> None:
    with running(tmp_path):
        write_report(tmp_path, BridgeReport(os.getpid(), NOW - 60, NOW - 40))
        found = read_status(tmp_path, NOW)
        assert found.code == WRONG
        assert "No sign of life for 40 s" in status_text(tmp_path)


def test_the_word_of_an_earlier_bridge_is_not_taken_for_this_ones(tmp_path: Path) -> None:
    with running(tmp_path):
        write_report(tmp_path, BridgeReport(1, NOW - 60, NOW))
        found = read_status(tmp_path, NOW)
        assert found.code == WRONG
        assert "it is starting, or hangs" in status_text(tmp_path)
        assert as_json(found)["since"] is None


def test_a_bridge_that_is_dead_is_told_with_its_figures(tmp_path: Path) -> None:
    with running(tmp_path):
        write_report(tmp_path, WORD)
    before = files(tmp_path)
    found = read_status(tmp_path, NOW)
    assert found.code == DOWN
    assert found.overview is not None
    assert "Last seen" in status_text(tmp_path)
    assert files(tmp_path) == before


def test_what_a_killed_bridge_left_in_the_log_of_its_database_counts(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    with running(tmp_path), sqlite3.connect(tmp_path / DATABASE) as connection:
        connection.execute(
            "INSERT INTO session (id, place, project, worker, claude_session_id, title, cost, created, touched)"
            " VALUES ('s', 1, 'p', 'w', 'c', 't', 2.5, 0, 0)"
        )
        connection.commit()
        for one in tmp_path.glob(f"{DATABASE}*"):  # as a SIGKILL leaves them
            (tmp_path / "other" / one.name).write_bytes(one.read_bytes())
    overview = read_status(tmp_path / "other", NOW).overview
    assert overview is not None
    assert (overview.sessions, overview.cost) == (1, 2.5)


@pytest.mark.parametrize("harm", ["garbage", "half", "empty"])
def test_a_damaged_database_is_said(tmp_path: Path, harm: str) -> None:
    with running(tmp_path):
        pass
    whole = (tmp_path / DATABASE).read_bytes()
    damaged = {"garbage": b"no database " * 1000, "half": whole[:5000], "empty": b""}[harm]
    (tmp_path / DATABASE).write_bytes(damaged)
    found = read_status(tmp_path, NOW)
    assert found.code == DOWN
    assert found.database is not None
    assert "Problem" in status_text(tmp_path)


@pytest.mark.parametrize("words", ["", "{", "[]", "null", '{"pid": 1}', '{"pid":1,"since":0,"said":0,"problems":[1]}'])
def test_a_word_that_cannot_be_read_is_none(tmp_path: Path, words: str) -> None:
    (tmp_path / FILE).write_text(words)
    assert read_status(tmp_path, NOW).report is None


def test_asking_keeps_no_bridge_from_starting(tmp_path: Path) -> None:
    with running(tmp_path):
        pass
    for _ in range(20):
        read_status(tmp_path, NOW)
        with sole_use(tmp_path / DATABASE):
            assert lock_of(tmp_path / DATABASE).read_text() == f"{os.getpid()}\n"
