"""The files of sessions do not grow for ever, and what is new stays."""

import os
import time
from pathlib import Path

from antiphon.agent.disk.session_files import remove_old
from antiphon.agent.process.control_requests import first_line


def message(directory: Path, age: float) -> Path:
    directory.mkdir(parents=True)
    (directory / "a.txt").write_text("a")
    then = time.time() - age
    os.utime(directory, (then, then))
    return directory


def test_what_is_old_is_removed_and_what_is_new_stays(tmp_path: Path) -> None:
    old = [message(tmp_path / "one" / "in" / "1", 100), message(tmp_path / "one" / "out" / "x", 100)]
    new = [message(tmp_path / "one" / "in" / "2", 1), message(tmp_path / "two" / "out" / "y", 1)]
    elsewhere = message(tmp_path.parent / "elsewhere", 100)
    (tmp_path / "two" / "out" / "link").symlink_to(elsewhere)
    assert remove_old(tmp_path, time.time() - 50) == 2
    assert not any(one.exists() for one in old)
    assert all((one / "a.txt").exists() for one in (*new, elsewhere))
    assert remove_old(tmp_path / "nowhere", time.time()) == 0


def test_an_exit_code_is_said_once() -> None:
    said = Exception("Command failed with exit code 143 (exit code: 143)\nmore")
    assert first_line(said) == "Command failed with exit code 143"
    assert first_line(Exception("exit code 1 (exit code: 2)")) == "exit code 1 (exit code: 2)"
