"""`antiphon config`, and what is said to who has not configured anything yet."""

import json
import tomllib
from collections.abc import Mapping
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from antiphon.cli.main import main

from environment import replace_environment

TOKEN = "MTA0NzE4MjQ1MDYxNzQ2NTg2.GaBcDe.f1rst-s3cond_th1rd-fourth-f1fth-s1xth"
SIGNING = "correct horse battery"
URL = "https://discord.com/api/webhooks/123456789012345678/" + "w" * 60


class Shell:
    """A directory of its own, and an environment from nothing."""

    def __init__(self, patch: pytest.MonkeyPatch, directory: Path) -> None:
        self._patch, self.directory = patch, directory
        patch.chdir(directory)
        self.set({})

    def set(self, more: Mapping[str, str]) -> None:
        home = str(self.directory)
        replace_environment(self._patch, {"HOME": home, "XDG_CONFIG_HOME": f"{home}/config", "PATH": "/bin", **more})

    def write(self, text: str, name: str = "antiphon.toml") -> Path:
        file = Path(name)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        file.chmod(0o600)
        return file

    def run(self, *arguments: str) -> Result:
        done = CliRunner().invoke(main, arguments)
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return done


@pytest.fixture
def shell(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Shell:
    return Shell(monkeypatch, tmp_path)


def project(shell: Shell, name: str = "web", channels: str = "[1, 2]") -> str:
    return f"[projects.{name}]\ndirectory = '{shell.directory}'\nchannels = {channels}\n"


FULL = f"""
[discord]
token = "{TOKEN}"
[webhook]
url = "{URL}"
[claude]
model = "opus"
[display]
ping = "owner"
"""
AUTOMATIC = f"""
[schedules.morning]
project = "web"
when = "daily 9:00"
zone = "Europe/Berlin"
prompt = "{"What is new? " * 20}"
[triggers.push]
project = "web"
prompt = "Look."
secret = "{SIGNING}"
only = {{ ref = "main" }}
"""


def test_check_says_that_all_is_fine_and_what_there_is(shell: Shell) -> None:
    shell.write(FULL + project(shell) + project(shell, "api", "[3]") + AUTOMATIC)
    done = shell.run("config", "check")
    assert done.exit_code == 0
    assert done.stdout.splitlines()[-1] == "antiphon.toml is fine: 2 projects, 3 channels, 1 schedule, 1 trigger"
    assert "note: [webhook] is not used" in done.stdout


def test_check_says_all_problems_at_once_and_what_to_do(shell: Shell) -> None:
    shell.write("[limits]\nturn = 0\nx = 1\n")
    for arguments in (("config", "check", "-c", "antiphon.toml"), ("-c", "antiphon.toml", "config", "check")):
        done = shell.run(*arguments)
        assert done.exit_code == 78
        lines = done.stderr.splitlines()
        assert [one for one in lines if "line 2: limits.turn" in one]
        assert [one for one in lines if "line 3: limits.x" in one]
        assert [one for one in lines if "DISCORD_BOT_TOKEN is not set" in one]
        assert lines[-1] == "antiphon: Correct the named settings and start again."


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [("when", "dayly 9:00", "schedules.s.when: write"), ("zone", "Berlin", "schedules.s.zone: there is no time zone")],
)
def test_check_knows_whether_a_schedule_has_a_time(shell: Shell, key: str, value: str, words: str) -> None:
    times = {"when": "daily 9:00", "zone": "Europe/Berlin", key: value}
    schedule = "\n".join(f"{name} = '{one}'" for name, one in times.items())
    shell.set({"DISCORD_BOT_TOKEN": TOKEN})
    shell.write(f"[schedules.s]\nproject = 'web'\nprompt = 'x'\n{schedule}\n" + project(shell))
    done = shell.run("config", "check")
    assert done.exit_code == 78
    assert f"line {4 if key == 'when' else 5}: {words}" in done.stderr


def test_check_takes_a_webhook_alone_and_variables_alone(shell: Shell) -> None:
    file = shell.write(f"[webhook]\nurl = '{URL}'\n", "hook.toml")
    shell.set({"COORDINATION_CHANNEL_ID": "1"})
    done = shell.run("config", "check", "-c", str(file))
    assert done.stdout.splitlines() == [
        "note: COORDINATION_CHANNEL_ID set, but not used: hook.toml has a webhook and no bot",
        "hook.toml is fine: a webhook, no bot",
    ]
    shell.set({"DISCORD_BOT_TOKEN": TOKEN, "DISCORD_CHANNEL_ID": "1", "CLAUDE_MODLE": "opus"})
    done = shell.run("config", "check")
    assert "note: CLAUDE_MODLE is set, but nothing reads it; did you mean CLAUDE_MODEL?" in done.stdout
    assert done.stdout.splitlines()[-1] == "The environment is fine: 1 project, 1 channel"


def test_show_says_where_each_setting_comes_from(shell: Shell) -> None:
    shell.set({"CLAUDE_PERMISSION_MODE": "plan", "ANTIPHON_STATE_DIR": "/state"})
    shell.write(FULL + project(shell) + AUTOMATIC)
    done = shell.run("config", "show")
    assert done.exit_code == 0
    lines = [" ".join(one.split()) for one in done.stdout.splitlines()]
    assert lines[:2] == ["# configuration: antiphon.toml", "# state: /state"]
    for line in (
        'token = "…" # line 3',
        'model = "opus" # line 7',
        'model = "opus" # [claude], line 7',
        'permission_mode = "plan" # CLAUDE_PERMISSION_MODE',
        'permission_mode = "plan" # [claude], CLAUDE_PERMISSION_MODE',
        'ping = "owner" # [display], line 9',
        "channels = [1, 2] # line 12",
        "turn = 86400 # default",
        "# max_turns: not set",
        "# [api]: not set",
        'secret = "…" # line 22',
        'only = { ref = "main" } # line 23',
    ):
        assert line in lines


def test_show_is_toml_of_the_same_settings(shell: Shell) -> None:
    shell.write(FULL + project(shell) + AUTOMATIC)
    shown = tomllib.loads(shell.run("config", "show").stdout)
    assert shown["projects"]["web"]["channels"] == [1, 2]
    assert shown["projects"]["web"]["ping"] == "owner"
    assert shown["limits"]["turn"] == 86400
    assert "prompt" not in shown["schedules"]["morning"]  # too long: in a comment


def test_show_prints_json(shell: Shell) -> None:
    shell.set({"MAX_CONCURRENT_SESSIONS": "7"})
    shell.write(FULL + project(shell) + AUTOMATIC)
    found = json.loads(shell.run("config", "show", "--json").stdout)
    assert found["file"] == str(shell.directory / "antiphon.toml")
    settings = {one["key"]: one for one in found["settings"]}
    assert settings["limits.sessions_at_work"]["value"] == 7
    assert settings["limits.sessions_at_work"]["variable"] == "MAX_CONCURRENT_SESSIONS"
    assert (settings["discord.token"]["value"], settings["discord.token"]["secret"]) == (None, True)
    web = settings["projects.web.model"]
    assert (web["value"], web["from"], web["line"], web["section"]) == ("opus", "file", 7, "claude")
    assert web["path"] == ["projects", "web", "model"]


@pytest.mark.parametrize("arguments", [("show",), ("show", "--json"), ("check",)])
def test_no_secret_is_shown(shell: Shell, arguments: tuple[str, ...]) -> None:
    shell.write(FULL + project(shell) + AUTOMATIC)
    done = shell.run("config", *arguments)
    assert done.exit_code == 0
    assert not [one for one in (TOKEN, URL, "w" * 20, SIGNING) if one in done.output]


def test_the_users_own_file_is_found(shell: Shell) -> None:
    shell.set({"DISCORD_BOT_TOKEN": TOKEN})
    file = shell.write(project(shell), str(shell.directory / "config" / "antiphon" / "antiphon.toml"))
    assert f"{file} is fine: 1 project, 2 channels" in shell.run("config", "check").stdout


@pytest.mark.parametrize("arguments", [("run",), ("config", "check"), ("config", "show"), ("config", "show", "--json")])
def test_where_nothing_is_set_it_is_said_where_to_begin(shell: Shell, arguments: tuple[str, ...]) -> None:
    done = shell.run(*arguments)
    assert done.exit_code == 78
    assert done.stdout == ""
    for word in ("antiphon setup", "antiphon demo", "DISCORD_BOT_TOKEN", "DISCORD_CHANNEL_ID", "CLAUDE_WORKING_DIR"):
        assert word in done.stderr
    assert len(done.stderr.splitlines()) <= 6


def test_antiphon_alone_says_the_same_and_helps_who_has_begun(shell: Shell) -> None:
    done = shell.run()
    assert done.exit_code == 0
    assert "antiphon setup" in done.stdout
    shell.set({"DISCORD_BOT_TOKEN": TOKEN})
    assert "Commands:" in shell.run().stdout


def test_run_says_what_is_wrong_with_the_file_that_it_has_found(shell: Shell) -> None:
    shell.write("[limits]\nturn = 0\n")
    done = shell.run("run")
    assert done.exit_code == 78
    assert "antiphon: antiphon.toml, line 2: limits.turn" in done.stderr
