"""A user's systemd, played: installed once, renewed, refused, removed without a trace; what is said where none is."""

import os
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from antiphon.errors import UnitError
from antiphon.service.plan import Plan
from antiphon.service.state import Applied, Removed
from antiphon.service.supervisor import settled
from antiphon.service.systemd import Systemd
from antiphon.service.unit_files import MARK

from service_commands import Commands

TOKEN = {"DISCORD_BOT_TOKEN": "MTA0.abcdef.ghijkl"}
ENABLED = [
    "systemctl --user --no-ask-password daemon-reload",
    "systemctl --user --no-ask-password enable antiphon.service",
]
STARTED = "systemctl --user --no-ask-password start --no-block antiphon.service"
RESTARTED = STARTED.replace("start ", "restart ")
LINGERING = ["loginctl --no-ask-password enable-linger ada", ENABLED[0]]


@pytest.fixture
def commands(tmp_path: Path) -> Commands:
    home = tmp_path / "home"
    home.mkdir()
    return Commands.made(tmp_path / "bin", home)


@pytest.fixture
def systemd(commands: Commands) -> Systemd:
    return Systemd(commands.machine("linux", commands.environment(**TOKEN)))


def plan(**secrets: str) -> Plan:
    command = ("/usr/bin/python3", "-P", "-m", "antiphon", "run", "-c", "/etc/antiphon.toml")
    return Plan(command, {"PATH": "/usr/bin"}, secrets, Path("/"), Path("/state"), 90.0)


def files(systemd: Systemd) -> dict[str, str]:
    """Everything below the home, with its mode."""
    home = systemd.machine.home
    return {
        str(one.relative_to(home)): oct(stat.S_IMODE(one.lstat().st_mode))
        for one in sorted(home.rglob("*"))
        if not one.is_dir()
    }


def test_it_is_written_enabled_started_and_lingers(commands: Commands, systemd: Systemd) -> None:
    systemd.check()
    assert list(systemd.steps()) == ["systemctl --user enable --now antiphon.service", "loginctl enable-linger ada"]
    assert systemd.apply(systemd.files(plan(**TOKEN))) == Applied("installed")
    assert commands.calls() == [*ENABLED, STARTED, *LINGERING]
    assert files(systemd) == {
        ".config/systemd/user/antiphon.env": "0o600",
        ".config/systemd/user/antiphon.service": "0o644",
        ".config/systemd/user/default.target.wants/antiphon.service": "0o777",
    }
    text = systemd.unit.read_text()
    assert TOKEN["DISCORD_BOT_TOKEN"] not in text
    assert f"EnvironmentFile={systemd.directory / 'antiphon.env'}" in text
    state = systemd.state()
    assert (state.installed, state.enabled, state.is_up, state.pid, state.stays) == (True, True, True, 4711, True)


def test_what_is_shown_before_has_no_secret(systemd: Systemd) -> None:
    secret, unit = systemd.files(plan(**TOKEN))
    assert 'DISCORD_BOT_TOKEN="…"' in secret.shown
    assert TOKEN["DISCORD_BOT_TOKEN"] not in secret.shown + unit.text


def test_installed_twice_nothing_changes(commands: Commands, systemd: Systemd) -> None:
    systemd.apply(systemd.files(plan(**TOKEN)))
    commands.calls()
    before = {path: (systemd.machine.home / path).lstat().st_mtime_ns for path in files(systemd)}
    assert systemd.apply(systemd.files(plan(**TOKEN))) == Applied("same")
    assert commands.calls() == []
    assert {path: (systemd.machine.home / path).lstat().st_mtime_ns for path in files(systemd)} == before


def test_one_that_does_not_run_is_started(commands: Commands, systemd: Systemd) -> None:
    systemd.apply(systemd.files(plan()))
    commands.calls()
    commands.write(ActiveState="failed")
    assert systemd.apply(systemd.files(plan())) == Applied("started")
    assert commands.calls() == [*ENABLED, STARTED]


def test_an_older_one_of_ours_is_renewed_and_a_file_of_secrets_that_nobody_needs_goes(
    commands: Commands, systemd: Systemd
) -> None:
    systemd.apply(systemd.files(plan(**TOKEN)))
    commands.calls()
    assert systemd.apply(systemd.files(plan())) == Applied("renewed")
    assert commands.calls() == [*ENABLED, RESTARTED]
    assert ".config/systemd/user/antiphon.env" not in files(systemd)
    assert "EnvironmentFile" not in systemd.unit.read_text()


@pytest.mark.parametrize("name", ["antiphon.service", "antiphon.env"])
def test_what_somebody_else_wrote_is_left_alone(systemd: Systemd, name: str) -> None:
    systemd.directory.mkdir(parents=True)
    (systemd.directory / name).write_text("[Service]\nExecStart=/bin/true\n")
    before = files(systemd)
    for attempt in (lambda: systemd.files(plan()), systemd.remove):
        with pytest.raises(UnitError, match="was not written by Antiphon"):
            attempt()
    assert files(systemd) == before
    assert not systemd.installed or name != "antiphon.service"


def test_a_masked_unit_is_somebody_elses(systemd: Systemd) -> None:
    systemd.directory.mkdir(parents=True)
    systemd.unit.symlink_to("/dev/null")
    with pytest.raises(UnitError, match="was not written by Antiphon"):
        systemd.files(plan())


@pytest.mark.parametrize("step", ["daemon-reload", "enable antiphon", "--no-block antiphon"])
def test_a_step_that_fails_leaves_everything_as_it_was(commands: Commands, systemd: Systemd, step: str) -> None:
    commands.write(fails={step: "Access denied"})
    with pytest.raises(UnitError, match=r"`systemctl --user .*` fails: Access denied"):
        systemd.apply(systemd.files(plan(**TOKEN)))
    assert not systemd.unit.exists()
    assert not (systemd.directory / "antiphon.env").exists()
    commands.write(fails={})
    systemd.apply(systemd.files(plan()))
    before = systemd.unit.read_text()
    commands.write(fails={step: "Access denied"})
    with pytest.raises(UnitError):
        systemd.apply(systemd.files(plan(**TOKEN)))
    assert systemd.unit.read_text() == before


def test_removed_it_leaves_no_trace(commands: Commands, systemd: Systemd) -> None:
    systemd.apply(systemd.files(plan(**TOKEN)))
    commands.calls()
    assert systemd.remove() == Removed("", lingering=True)
    assert commands.calls() == [
        "systemctl --user --no-ask-password disable --now antiphon.service",
        "systemctl --user --no-ask-password daemon-reload",
        "systemctl --user --no-ask-password reset-failed antiphon.service",
        "loginctl --no-ask-password disable-linger ada",
    ]
    assert list(systemd.machine.home.iterdir()) == []


def test_lingering_that_was_there_before_stays(commands: Commands, systemd: Systemd) -> None:
    commands.write(linger=True)
    assert list(systemd.steps()) == ["systemctl --user enable --now antiphon.service"]
    systemd.apply(systemd.files(plan()))
    assert systemd.remove() == Removed("", lingering=False)
    assert commands.read()["linger"] is True


def test_other_units_of_the_user_stay(systemd: Systemd) -> None:
    systemd.directory.mkdir(parents=True)
    (systemd.directory / "other.service").write_text("[Service]\nExecStart=/bin/true\n")
    systemd.apply(systemd.files(plan(**TOKEN)))
    systemd.remove()
    assert list(files(systemd)) == [".config/systemd/user/other.service"]


def test_it_is_removed_also_where_systemd_does_not_answer(commands: Commands, systemd: Systemd) -> None:
    systemd.apply(systemd.files(plan(**TOKEN)))
    commands.write(fails={"systemctl": "Failed to connect to bus: No medium found"})
    assert "No medium found" in systemd.remove().unstopped
    assert list(systemd.machine.home.iterdir()) == []


def test_lingering_that_is_refused_is_said_and_the_service_runs(commands: Commands, systemd: Systemd) -> None:
    commands.write(fails={"enable-linger": "Could not enable linger: Access denied"})
    done = systemd.apply(systemd.files(plan()))
    assert done.what == "installed"
    assert done.no_lingering is not None
    assert "Access denied" in done.no_lingering
    assert "sudo loginctl enable-linger ada" in done.no_lingering
    assert systemd.state().stays is False
    assert systemd.remove() == Removed("", lingering=False)


def test_a_configuration_directory_of_ones_own_is_heeded(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    commands = Commands.made(tmp_path / "bin", home, tmp_path / "elsewhere")
    systemd = Systemd(commands.machine("linux", commands.environment(XDG_CONFIG_HOME=str(tmp_path / "elsewhere"))))
    systemd.apply(systemd.files(plan()))
    assert (tmp_path / "elsewhere/systemd/user/antiphon.service").exists()
    assert list(home.iterdir()) == []


def test_a_terminal_has_an_installed_one_run(commands: Commands, systemd: Systemd) -> None:
    assert not systemd.start()
    assert commands.calls() == []
    systemd.apply(systemd.files(plan()))
    commands.calls()
    assert systemd.start()
    assert commands.calls() == [STARTED]
    commands.write(fails={"systemctl": "no bus"})
    assert not systemd.start()  # whoever asks starts a bridge of its own


def test_the_log_is_the_journals_where_there_is_one(commands: Commands, systemd: Systemd) -> None:
    assert systemd.log_command(20, follow=True) is None
    commands.write(journal="Dec 01 antiphon[1]: connected")
    journal = str(commands.here / "journalctl")
    shown = (journal, "--user", "--unit=antiphon.service", "--lines=20")
    assert systemd.log_command(20, follow=False) == shown
    assert systemd.log_command(20, follow=True) == (*shown, "--follow")


BUS = "Failed to connect to bus: No medium found"


@pytest.mark.parametrize(
    ("facts", "answer", "words"),
    [
        ({".dockerenv": ""}, BUS, "this is a container"),
        ({"run/.containerenv": ""}, None, "this is a container"),
        ({"proc/version": "Linux version 5.15.90.1-microsoft-standard-WSL2"}, BUS, "/etc/wsl.conf"),
        ({"proc/version": "Linux version 6.1"}, BUS, "was not started by systemd"),
        ({}, None, "has no systemd"),
        ({"run/systemd/system/x": ""}, BUS, "log in as ada itself"),
    ],
    ids=["docker", "podman without systemctl", "wsl", "another init", "no systemctl", "no bus"],
)
def test_where_no_systemd_answers_it_is_said_why_and_what_to_do(
    commands: Commands, tmp_path: Path, facts: dict[str, str], answer: str | None, words: str
) -> None:
    for name, text in facts.items():
        file = tmp_path / "root" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    env = commands.environment()
    if answer is None:
        env["PATH"] = str(tmp_path)
    else:
        commands.write(fails={"systemctl": answer})
    with pytest.raises(UnitError, match=words):
        Systemd(commands.machine("linux", env, tmp_path / "root")).check()


def test_a_command_that_hangs_is_not_waited_for(commands: Commands, systemd: Systemd, tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    program = commands.here / "systemctl"
    program.write_text(f"#!/bin/sh\nexec <>{fifo} cat\n")
    os.mkfifo(fifo)
    with pytest.raises(UnitError, match="does not answer within 0 s"):
        Systemd(replace(systemd.machine, limit=0.3)).check()


def test_the_mark_stands_in_everything_that_is_written(systemd: Systemd) -> None:
    assert all(MARK in one.text for one in systemd.files(plan(**TOKEN)))


def test_a_start_is_waited_for_until_it_serves_or_fails(commands: Commands, systemd: Systemd) -> None:
    systemd.apply(systemd.files(plan()))
    commands.write(ActiveState="activating")
    then = iter(["activating", "failed"])
    assert settled(systemd, lambda _: commands.write(ActiveState=next(then))).activity == "failed"
    commands.write(ActiveState="activating", StatusText="Discord is not ready yet")
    waited: list[float] = []
    assert settled(systemd, waited.append).words == "Discord is not ready yet"
    assert sum(waited) == 30
