"""What stands in the unit and in the property list, and that systemd takes it."""

import plistlib
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from antiphon import errors
from antiphon.config.sections import LimitsSection
from antiphon.service.launchd import agent
from antiphon.service.plan import Plan, planned
from antiphon.service.systemd import environment_file, unit

from unit_rules import parsed, words_of_line

ODD = {
    "PATH": "/opt/a b:/usr/bin",
    "QUOTED": """it's "so", 100 %h \\n $HOME `id`""",
    "EMPTY_LOOKING": " ",
    "UNICODE": "größer ✓",
}
COMMAND = (sys.executable, "-P", "-m", "antiphon", "run", "-c", """/home/ada/50% of $HOME/a "b"\\c.toml""")


def plan(directory: Path, **changes: Any) -> Plan:
    told: dict[str, Any] = {
        "command": COMMAND,
        "environment": ODD,
        "secrets": {},
        "directory": directory,
        "state": directory / "state",
        "stop": 90.0,
    }
    return Plan(**{**told, **changes})


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd checks units here")
@pytest.mark.parametrize("secrets", [False, True])
def test_systemd_has_nothing_to_say_against_the_unit(tmp_path: Path, secrets: bool) -> None:
    command = (sys.executable, *COMMAND[1:])
    file = tmp_path / "antiphon.service"
    hidden = tmp_path / "50% odd.env" if secrets else None
    file.write_text(unit(plan(tmp_path, command=command), hidden, lingering=secrets))
    assert verified(file, tmp_path) == (0, [])
    file.write_text(file.read_text().replace("WatchdogSec=60", "WatchdogSec=soon\nRestartSecs=5"))
    _, said = verified(file, tmp_path)
    assert len(said) == 2  # it does look


def verified(file: Path, home: Path) -> tuple[int, list[str]]:
    """What systemd-analyze says of a unit: its exit code, and its lines about that unit."""
    analyze = ("systemd-analyze", "--user", "--man=no", "--recursive-errors=no", "verify", str(file))
    env = {"HOME": str(home), "PATH": "/usr/bin:/bin", "XDG_RUNTIME_DIR": str(home), "LANG": "C.UTF-8"}
    said = subprocess.run(analyze, env=env, capture_output=True, text=True, check=False)
    return said.returncode, [one for one in said.stderr.splitlines() if "antiphon" in one]


def test_what_the_unit_says_is_what_was_meant(tmp_path: Path) -> None:
    found = parsed(unit(plan(tmp_path), None))
    assert words_of_line(found.one("ExecStart"), dollars=True) == list(COMMAND)
    given = [words_of_line(line) for line in found.every("Environment")]
    assert {name: value for name, _, value in (one.partition("=") for (one,) in given)} == ODD
    assert found.one("Type") == "notify"
    assert found.one("KillMode") == "mixed"
    assert found.one("OOMPolicy") == "continue"
    assert found.one("TimeoutStopSec") == "90"
    assert found.one("WorkingDirectory") == f"-{tmp_path}"


def test_what_no_restart_mends_is_not_restarted(tmp_path: Path) -> None:
    found = parsed(unit(plan(tmp_path), None))
    prevented = {int(code) for code in found.one("RestartPreventExitStatus").split()}
    futile = (errors.ConfigError, errors.BadToken, errors.MissingIntent, errors.ClaudeMissing)
    assert prevented == {one.exit_code for one in futile} == {72, 76, 77, 78}
    for mended in (errors.TokenInUse, errors.StoreError, errors.ServerUnreachable):
        assert mended.exit_code not in prevented


def test_nothing_in_the_unit_binds_claude_codes_hands(tmp_path: Path) -> None:
    text = unit(plan(tmp_path), None)
    for option in ("NoNewPrivileges", "Protect", "Private", "Restrict", "SystemCallFilter", "ReadOnly", "UMask"):
        assert option not in text


def test_the_file_of_secrets_is_read_as_it_was_meant() -> None:
    """By the rules of systemd.exec(5): inside double quotes a backslash escapes a backslash, ", $ and `."""
    secrets = {"DISCORD_BOT_TOKEN": "MTA0.abc.def", "ODD": 'a"b\\c$HOME`id` #x '}
    lines = [one for one in environment_file(secrets).splitlines() if not one.startswith("#")]
    found: dict[str, str] = {}
    for line in lines:
        name, _, quoted = line.partition("=")
        assert (quoted[0], quoted[-1]) == ('"', '"')
        rest, value = list(quoted[1:-1]), ""
        while rest:
            one = rest.pop(0)
            value += rest.pop(0) if one == "\\" else one
        found[name] = value
    assert found == secrets


# Of each key that we use, what launchd.plist(5) takes.
SCHEMA: dict[str, type | tuple[type, ...]] = {
    "Label": str,
    "ProgramArguments": list,
    "EnvironmentVariables": dict,
    "WorkingDirectory": str,
    "RunAtLoad": bool,
    "KeepAlive": (bool, dict),
    "ThrottleInterval": int,
    "ExitTimeOut": int,
    "ProcessType": str,
    "SoftResourceLimits": dict,
    "StandardOutPath": str,
    "StandardErrorPath": str,
}


def test_the_property_list_is_one_and_says_what_was_meant(tmp_path: Path) -> None:
    text = agent(plan(tmp_path, secrets={"DISCORD_BOT_TOKEN": "MTA0.a<b>&c"}))
    assert text.startswith('<?xml version="1.0" encoding="UTF-8"?>\n<!-- Written by')
    found: dict[str, Any] = plistlib.loads(text.encode())
    assert [key for key, value in found.items() if not isinstance(value, SCHEMA[key])] == []
    assert set(found) == set(SCHEMA)
    assert found["ProgramArguments"] == [*COMMAND[:5], "--quiet", *COMMAND[5:]]
    assert found["EnvironmentVariables"] == {**ODD, "DISCORD_BOT_TOKEN": "MTA0.a<b>&c"}
    assert all(isinstance(one, str) for one in found["ProgramArguments"])
    assert all(isinstance(one, str) for pair in found["EnvironmentVariables"].items() for one in pair)
    assert found["SoftResourceLimits"] == {"NumberOfFiles": 8192}
    assert found["ProcessType"] in ("Background", "Standard", "Adaptive", "Interactive")


TOKEN = "MTA0.abcdef.ghijkl"


def test_of_a_shell_that_is_kept_which_a_bridge_needs(tmp_path: Path) -> None:
    env = {
        "DISCORD_BOT_TOKEN": TOKEN,
        "ANTHROPIC_API_KEY": "k",
        "ANTHROPIC_CUSTOM_HEADERS": "x: y",
        "ANTHROPIC_MODEL": "opus",
        "CLAUDE_CODE_USE_BEDROCK": "1",
        "LANG": "de_DE.UTF-8",
        "HTTPS_PROXY": "http://ada:pass@proxy:3128",
        "NO_PROXY": "localhost",
        "ANTIPHON_STATE_DIR": "state",
        "PATH": "/home/ada/bin:.:relative:/usr/bin:/home/ada/bin",
        # Of this shell, or of the session from within which this is called.
        "CLAUDECODE": "1",
        "CLAUDE_CODE_SESSION_ID": "s",
        "CLAUDE_CODE_ENTRYPOINT": "cli",
        "EDITOR": "vi",
        "SSH_AUTH_SOCK": "/tmp/agent",
        "NOTIFY_SOCKET": "/run/notify",
    }
    found = planned(env, tmp_path / "antiphon.toml", LimitsSection(), tmp_path)
    assert found.environment == {
        "ANTHROPIC_MODEL": "opus",
        "CLAUDE_CODE_USE_BEDROCK": "1",
        "LANG": "de_DE.UTF-8",
        "NO_PROXY": "localhost",
        "ANTIPHON_STATE_DIR": str(tmp_path / "state"),
        "PATH": "/home/ada/bin:/usr/bin",
    }
    assert set(found.secrets) == {
        *("DISCORD_BOT_TOKEN", "ANTHROPIC_API_KEY", "ANTHROPIC_CUSTOM_HEADERS", "HTTPS_PROXY"),
    }
    assert found.command[-2:] == ("-c", str(tmp_path / "antiphon.toml"))
    assert found.state == tmp_path / "state"


def test_a_token_in_a_file_needs_no_file_of_secrets(tmp_path: Path) -> None:
    found = planned({"PATH": "/usr/bin"}, tmp_path / "antiphon.toml", LimitsSection(drain=600, stop=20), tmp_path)
    assert found.secrets == {}
    assert found.stop == 680


def test_the_simple_case_works_where_it_was_installed(tmp_path: Path) -> None:
    found = planned({"DISCORD_BOT_TOKEN": TOKEN, "DISCORD_CHANNEL_ID": "7"}, None, LimitsSection(), tmp_path)
    assert found.environment["CLAUDE_WORKING_DIR"] == str(tmp_path)
    assert found.environment["DISCORD_CHANNEL_ID"] == "7"
    assert found.command[-1] == "run"


def test_a_variable_of_several_lines_is_none_for_a_service(tmp_path: Path) -> None:
    with pytest.raises(errors.ConfigError, match="ANTHROPIC_MODEL: has several lines"):
        planned({"ANTHROPIC_MODEL": "a\nb"}, None, LimitsSection(), tmp_path)
