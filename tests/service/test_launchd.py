"""A launchd agent, played, for no Mac was asked: bootstrapped once, renewed when the old one has left, removed."""

import stat
from pathlib import Path

import pytest

from antiphon.errors import UnitError
from antiphon.service.launchd import Launchd
from antiphon.service.plan import Plan
from antiphon.service.state import Applied, Removed
from antiphon.service.supervisor import supervisor_of
from antiphon.service.systemd import Systemd

from service_commands import Commands

TARGET = "gui/1000/antiphon.bridge"
TOKEN = {"DISCORD_BOT_TOKEN": "MTA0.abcdef.ghijkl"}


@pytest.fixture
def commands(tmp_path: Path) -> Commands:
    home = tmp_path / "home"
    home.mkdir()
    return Commands.made(tmp_path / "bin", home)


@pytest.fixture
def launchd(commands: Commands) -> Launchd:
    return Launchd(commands.machine("darwin", commands.environment(**TOKEN)), pause=lambda _: None)


def plan(**secrets: str) -> Plan:
    command = ("/usr/bin/python3", "-P", "-m", "antiphon", "run", "-c", "/etc/antiphon.toml")
    return Plan(command, {"PATH": "/usr/bin"}, secrets, Path("/"), Path("/state"), 3.0)


def test_it_is_written_and_bootstrapped(commands: Commands, launchd: Launchd) -> None:
    launchd.check()
    assert list(launchd.steps()) == [f"launchctl bootstrap gui/1000 {launchd.agent}"]
    assert launchd.apply(launchd.files(plan(**TOKEN))) == Applied("installed")
    assert commands.calls() == [f"launchctl enable {TARGET}", f"launchctl bootstrap gui/1000 {launchd.agent}"]
    assert stat.S_IMODE(launchd.agent.stat().st_mode) == 0o600
    state = launchd.state()
    assert (state.installed, state.is_up, state.pid, state.restarts, state.stays) == (True, True, 4711, 2, None)


def test_what_is_shown_before_has_no_secret(launchd: Launchd) -> None:
    (file,) = launchd.files(plan(**TOKEN))
    assert TOKEN["DISCORD_BOT_TOKEN"] in file.text
    assert TOKEN["DISCORD_BOT_TOKEN"] not in file.shown
    assert "DISCORD_BOT_TOKEN" in file.shown


def test_installed_twice_nothing_changes(commands: Commands, launchd: Launchd) -> None:
    launchd.apply(launchd.files(plan()))
    commands.calls()
    assert launchd.apply(launchd.files(plan())) == Applied("same")
    assert commands.calls() == []


def test_an_older_one_of_ours_has_left_before_the_new_one_comes(commands: Commands, launchd: Launchd) -> None:
    launchd.apply(launchd.files(plan()))
    commands.calls()
    assert launchd.apply(launchd.files(plan(**TOKEN))) == Applied("renewed")
    assert commands.calls() == [
        f"launchctl bootout {TARGET}",
        f"launchctl enable {TARGET}",
        f"launchctl bootstrap gui/1000 {launchd.agent}",
    ]


def test_an_old_one_that_never_leaves_is_said_and_its_file_stays(commands: Commands, launchd: Launchd) -> None:
    launchd.apply(launchd.files(plan()))
    before = launchd.agent.read_text()
    commands.write(fails={"bootout": "Boot-out failed: 36: Operation now in progress"})
    with pytest.raises(UnitError, match="does not end"):
        launchd.apply(launchd.files(plan(**TOKEN)))
    assert launchd.agent.read_text() == before


def test_one_that_cannot_be_bootstrapped_leaves_nothing(commands: Commands, launchd: Launchd) -> None:
    commands.write(fails={"bootstrap": "Bootstrap failed: 5: Input/output error"})
    with pytest.raises(UnitError, match="Input/output error"):
        launchd.apply(launchd.files(plan()))
    assert list(launchd.machine.home.iterdir()) == []


def test_where_nobody_is_at_the_desktop_it_is_the_users_own_domain(commands: Commands, launchd: Launchd) -> None:
    commands.write(domains=["user"])
    launchd.apply(launchd.files(plan()))
    assert commands.calls()[-1] == f"launchctl bootstrap user/1000 {launchd.agent}"


def test_what_somebody_else_wrote_is_left_alone(launchd: Launchd) -> None:
    launchd.agent.parent.mkdir(parents=True)
    launchd.agent.write_text("<plist/>")
    for attempt in (lambda: launchd.files(plan()), launchd.remove):
        with pytest.raises(UnitError, match="was not written by Antiphon"):
            attempt()
    assert launchd.agent.read_text() == "<plist/>"


def test_removed_it_leaves_no_trace(commands: Commands, launchd: Launchd) -> None:
    launchd.apply(launchd.files(plan(**TOKEN)))
    commands.calls()
    assert launchd.remove() == Removed()
    assert commands.calls() == [f"launchctl bootout {TARGET}"]
    assert list(launchd.machine.home.iterdir()) == []


def test_a_terminal_has_an_installed_one_run(commands: Commands, launchd: Launchd) -> None:
    assert not launchd.start()
    launchd.apply(launchd.files(plan()))
    commands.calls()
    assert launchd.start()
    assert commands.calls() == [f"launchctl kickstart {TARGET}"]


def test_each_system_has_its_own(commands: Commands) -> None:
    env = commands.environment()
    assert isinstance(supervisor_of(commands.machine("darwin", env)), Launchd)
    assert isinstance(supervisor_of(commands.machine("linux", env)), Systemd)
    with pytest.raises(UnitError, match="this is freebsd13"):
        supervisor_of(commands.machine("freebsd13", env))
    with pytest.raises(UnitError, match="launchctl: is not there"):
        supervisor_of(commands.machine("darwin", {"PATH": "/nowhere"})).check()
