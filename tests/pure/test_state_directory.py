"""What lies in the state directory is the user's own; what lies among the temporary files may be somebody else's."""

import logging
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from antiphon.leadership import single_instance_lock

_LOGGING = """
import logging, os, pathlib, sys
from antiphon.log_files import log_to
os.umask(0)
log_to(pathlib.Path(sys.argv[1]), ("MTA0.abcdef.ghijkl",))
logging.getLogger("antiphon").warning("the token is MTA0.abcdef.ghijkl")
raise ValueError("what is MTA0.abcdef.ghijkl?")
"""


def test_state_and_log_are_for_their_user_alone_and_hold_no_secret(tmp_path: Path) -> None:
    state = tmp_path / "state"
    state.mkdir()
    state.chmod(0o755)  # as an earlier version, or somebody's hands, made it
    command = (sys.executable, "-c", _LOGGING, str(state))
    ended = subprocess.run(command, capture_output=True, text=True, env={}, check=False)
    log = state / "antiphon.log"
    assert stat.S_IMODE(state.stat().st_mode) == 0o700
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
    assert "what is [redacted]?" in log.read_text()  # a crash is told, too
    assert "ghijkl" not in log.read_text() + ended.stdout + ended.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make what belongs to somebody else")
def test_a_directory_of_somebody_else_among_the_temporary_ones_is_not_used(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    theirs, ours = tmp_path / "theirs", tmp_path / "ours"
    theirs.mkdir()
    os.chown(theirs, 65534, 65534)
    ours.symlink_to(tmp_path)
    for directory in (theirs, ours):
        with caplog.at_level(logging.WARNING), single_instance_lock(directory, None, "token"):
            assert not list(directory.glob("bot-*"))
    assert [record.message.count("belongs to somebody else") for record in caplog.records] == [1, 1]


def test_modules_that_lie_in_the_start_directory_are_not_ours(tmp_path: Path) -> None:
    for name in ("mcp.py", "discord.py", "click.py", "ctypes.py"):
        (tmp_path / name).write_text("raise SystemExit('the wrong module')")
    command = (sys.executable, "-m", "antiphon", "--version")
    ended = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, env={"DISCORD_BOT_TOKEN": "x" * 20}, check=False
    )
    assert ended.returncode == 0, ended
    assert "antiphon" in ended.stdout
