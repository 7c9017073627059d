"""`antiphon service` as it is typed, in an environment from nothing and with commands of the test's own."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from environment import from_nothing
from service_commands import Commands

TOKEN = "MTA0.abcdef.ghijkl"
pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="systemd is Linux's")


@dataclass(frozen=True, slots=True)
class Shell:
    commands: Commands
    directory: Path
    env: dict[str, str]

    def antiphon(self, *words: str, said: str = "") -> subprocess.CompletedProcess[str]:
        command = (sys.executable, "-m", "antiphon", *words)
        return subprocess.run(
            command, env=self.env, cwd=self.directory, input=said, capture_output=True, text=True, check=False
        )

    @property
    def unit(self) -> Path:
        return self.commands.home / ".config/systemd/user/antiphon.service"


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    home = tmp_path / "home"
    home.mkdir()
    commands = Commands.made(tmp_path / "bin", home)
    config = tmp_path / "antiphon.toml"
    config.write_text(f'[projects.web]\ndirectory = "{tmp_path}"\nchannels = [1]\n')
    env = from_nothing(home, "http://127.0.0.1:1")
    env |= {"PATH": commands.environment()["PATH"], "DISCORD_BOT_TOKEN": TOKEN, "USER": "ada"}
    env |= {"ANTIPHON_STATE_DIR": str(tmp_path / "state")}
    return Shell(commands, tmp_path, env)


def test_it_is_shown_asked_and_done(shell: Shell) -> None:
    asked = shell.antiphon("service", "install", "-c", "antiphon.toml", said="n\n")
    assert asked.returncode == 0
    assert f"{shell.unit} (new):" in asked.stdout
    assert f'ExecStart="{sys.executable}"' in asked.stdout
    assert "systemctl --user enable --now antiphon.service" in asked.stdout
    assert "Nothing was changed." in asked.stdout
    assert not shell.unit.exists()
    done = shell.antiphon("service", "install", "-c", "antiphon.toml", "-y")
    assert "Installed. It starts with this machine" in done.stdout, done
    assert "Service: active (process 4711)" in done.stdout
    assert f'"-c" "{shell.directory}/antiphon.toml"' in shell.unit.read_text()
    assert TOKEN not in asked.stdout + done.stdout + shell.unit.read_text()
    assert TOKEN in (shell.unit.parent / "antiphon.env").read_text()
    assert "nothing was changed" in shell.antiphon("service", "install", "-c", "antiphon.toml", "-y").stdout


@pytest.mark.slow
def test_how_it_is_for_people_and_for_programs(shell: Shell) -> None:
    none = shell.antiphon("service", "status")
    assert (none.returncode, none.stdout) == (
        3,
        "No service is installed. To install one: antiphon service install -c FILE\n",
    )
    shell.antiphon("service", "install", "-c", "antiphon.toml", "-y")
    shell.commands.write(NRestarts="2", StatusText="2 turns at work")
    up = shell.antiphon("service", "status")
    assert up.stdout.splitlines()[:2] == ["Service: active (process 4711), 2 turns at work", "  Started again 2 times"]
    told = json.loads(shell.antiphon("service", "status", "--json").stdout)
    assert (told["service"]["pid"], told["service"]["restarts"], told["bridge"]["running"]) == (4711, 2, False)
    shell.commands.write(ActiveState="failed", MainPID="0", ExecMainStatus="77")
    failed = shell.antiphon("service", "status")
    assert failed.returncode == 3
    assert "Discord does not accept the bot token (exit code 77)" in failed.stdout
    assert "antiphon service install" in failed.stdout


def test_removed_it_is_gone(shell: Shell) -> None:
    assert "No service is installed" in shell.antiphon("service", "remove", "-y").stdout
    shell.antiphon("service", "install", "-c", "antiphon.toml", "-y")
    shown = shell.antiphon("service", "remove", said="n\n").stdout
    assert "Nothing was changed." in shown
    assert f"    {shell.unit}\n    {shell.unit.with_name('antiphon.env')}\n" in shown
    assert shell.unit.exists()
    gone = shell.antiphon("service", "remove", "-y")
    assert "Removed." in gone.stdout
    assert list(shell.commands.home.iterdir()) == []


@pytest.mark.slow
def test_the_log_is_the_journals_or_the_bridges_own(shell: Shell) -> None:
    assert shell.antiphon("service", "logs").returncode == 3
    state = shell.directory / "state"
    state.mkdir()
    lines = [json.dumps({"time": "2026-01-31T09:12:44+0100", "level": "INFO", "message": f"line {n}"}) for n in "123"]
    (state / "antiphon.log").write_text("\n".join(lines) + "\n")
    assert shell.antiphon("service", "logs", "-n", "2").stdout == (
        "2026-01-31 09:12:44 INFO line 2\n2026-01-31 09:12:44 INFO line 3\n"
    )
    shell.commands.write(journal="Jan 31 antiphon[1]: connected")
    assert shell.antiphon("service", "logs", "-f").stdout == "Jan 31 antiphon[1]: connected\n"
    assert shell.commands.calls()[-1] == "journalctl --user --unit=antiphon.service --lines=50 --follow"


def test_what_is_wrong_with_the_configuration_is_said_at_once(shell: Shell) -> None:
    (shell.directory / "antiphon.toml").write_text("[limits]\nturn = 0\n")
    refused = shell.antiphon("service", "install", "-c", "antiphon.toml", "-y")
    assert refused.returncode == 78
    assert "limits.turn" in refused.stderr
    assert "projects" in refused.stderr
    assert not shell.unit.exists()


def test_where_no_systemd_answers_there_is_a_way(shell: Shell) -> None:
    shell.commands.write(fails={"systemctl": "Failed to connect to bus: No medium found"})
    refused = shell.antiphon("service", "install", "-c", "antiphon.toml", "-y")
    assert refused.returncode == 71
    assert refused.stderr.startswith("antiphon: ")
    assert "docs/service.md" in refused.stderr
    assert "Traceback" not in refused.stderr


@pytest.mark.slow
def test_a_bridge_that_runs_beside_is_named(shell: Shell) -> None:
    state = shell.directory / "state"
    state.mkdir()
    lock = state / "antiphon.db.lock"
    lock.write_text("4242\n")
    holding = (
        "import fcntl, sys; f = open(sys.argv[1]); fcntl.flock(f, fcntl.LOCK_EX); print('held', flush=True); input()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", holding, str(lock)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        told = shell.antiphon("service", "install", "-c", "antiphon.toml", said="n\n")
        holder.terminate()
    assert "A bridge runs already (process 4242)" in told.stdout


@pytest.mark.slow
def test_a_terminals_bridge_is_the_service_where_there_is_one(shell: Shell) -> None:
    shell.antiphon("service", "install", "-c", "antiphon.toml", "-y")
    shell.commands.calls()
    begun = shell.antiphon("run", "--unless-service", "-c", "antiphon.toml")
    assert (begun.returncode, begun.stdout, begun.stderr) == (0, "", "")
    assert shell.commands.calls() == ["systemctl --user --no-ask-password start --no-block antiphon.service"]
    without = replace(shell, env={**shell.env, "CLAUDE_COMMAND": "/no/such/claude"})
    without.antiphon("service", "remove", "-y")
    assert without.antiphon("run", "--unless-service", "-c", "antiphon.toml").returncode == 72


@pytest.mark.slow
def test_a_quiet_bridge_says_only_why_it_cannot_start(shell: Shell) -> None:
    env = {**shell.env, "CLAUDE_COMMAND": "/no/such/claude"}
    ended = replace(shell, env=env).antiphon("run", "--quiet", "-c", "antiphon.toml")
    assert ended.returncode == 72
    assert ended.stderr.splitlines()[0].startswith("antiphon: ")
    assert os.path.getsize(shell.directory / "state" / "antiphon.log") >= 0
