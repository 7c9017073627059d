"""`antiphon service`: what systemd and launchd are told, and a bridge that is killed or hangs under systemd's rules."""

import asyncio
import os
import plistlib
import re
import shutil
import signal
import socket
import subprocess
from collections.abc import AsyncGenerator
from contextlib import suppress
from pathlib import Path

import pytest

from antiphon.service import wording
from antiphon.service.units import LABEL, MARK, BridgeUnit, launchd_plist, systemd_unit
from antiphon.setup import wording as setup_wording
from setup_terminal import NewMachine, new_machine

from chain import Chain

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]
ODD = ("/usr/bin/python3", "-P", "-m", "antiphon", "run", "-c", '/home/a b/100%/$HOME/x"y.toml')
SERVICE = BridgeUnit(ODD, Path("/tmp"), "/usr/bin:/a b/100%", 20.0, Path("/tmp/service.log"))


def test_the_unit_is_one_that_systemd_takes(tmp_path: Path) -> None:
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("systemd is not installed")
    (tmp_path / "antiphon.service").write_text(systemd_unit(SERVICE))
    env = {"XDG_RUNTIME_DIR": str(tmp_path), "HOME": str(tmp_path), "PATH": os.defpath}
    words = [analyze, "--user", "verify", "--man=no", str(tmp_path / "antiphon.service")]
    done = subprocess.run(words, env=env, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_agent_is_one_that_launchd_takes() -> None:
    told = plistlib.loads(launchd_plist(SERVICE))
    assert told["ProgramArguments"] == list(ODD)
    assert (told["Label"], told["KeepAlive"], told["RunAtLoad"]) == (LABEL, True, True)


@pytest.fixture
async def machine(tmp_path: Path) -> AsyncGenerator[NewMachine]:
    """One with a configuration, and with a systemd that writes down what it is asked."""
    async with new_machine(tmp_path) as made:
        programs = tmp_path / "bin"
        programs.mkdir()
        for name, answer in (("systemctl", "running"), ("loginctl", "yes")):
            (programs / name).write_text(f'#!/bin/sh\necho "{name} $*" >>{tmp_path}/asked\necho {answer}\n')
            (programs / name).chmod(0o755)
        made.env["PATH"] = f"{programs}:{made.env['PATH']}"
        made.config.parent.mkdir(parents=True)
        (made.config.parent / "bot-token").write_text(made.token)
        (made.config.parent / "bot-token").chmod(0o600)
        made.config.write_text(
            f'[discord]\ntoken_file = "bot-token"\n[projects.web]\ndirectory = "{made.project}"\n'
            f"channels = [{made.general}]\n"
        )
        yield made


def asked(machine: NewMachine) -> list[str]:
    return (machine.root / "asked").read_text().splitlines()


async def test_it_is_installed_once_renewed_and_removed_without_a_trace(machine: NewMachine) -> None:
    unit = machine.root / "home" / ".config" / "systemd" / "user" / "antiphon.service"
    code, told = await machine.lines("service", "install", "--yes")
    assert code == 0, told
    assert str(unit) in told
    assert wording.LINGERS in told
    assert wording.NO_LOGIN.format(names="ANTHROPIC_API_KEY") in told
    text = unit.read_text()
    assert str(machine.config) in text
    assert machine.token not in text
    assert "systemctl --user enable --now antiphon.service" in asked(machine)
    (machine.root / "asked").unlink()
    code, told = await machine.lines("service", "install", "--yes")
    assert (code, unit.read_text()) == (0, text)
    assert wording.UNCHANGED in told
    assert not [one for one in asked(machine) if "restart" in one or "daemon-reload" in one]
    unit.write_text(f"{MARK}\n[Service]\n")
    assert (await machine.lines("service", "install", "--yes"))[0] == 0
    assert unit.read_text() == text
    assert (await machine.lines("service", "remove"))[0] == 0
    assert not unit.exists()
    assert "systemctl --user disable --now antiphon.service" in asked(machine)
    assert wording.NOT_INSTALLED in (await machine.lines("service", "status"))[1]


async def test_set_up_offers_it_at_its_end(machine: NewMachine) -> None:
    unit = machine.root / "home" / ".config" / "systemd" / "user" / "antiphon.service"
    async with machine.screen() as screen:
        await screen.answer(setup_wording.SERVICE, "no")
        await screen.expect(setup_wording.READY.format(option=""))
        assert await screen.ended() == 0
    assert not unit.exists()
    async with machine.screen() as screen:
        await screen.answer(setup_wording.SERVICE)
        await screen.expect(setup_wording.READY_AND_RUNNING)
        assert await screen.ended() == 0
    assert str(machine.config) in unit.read_text()
    code, told = await machine.lines("setup", "--json")
    assert (code, setup_wording.SERVICE in told) == (0, False)


async def test_what_keeps_it_from_being_installed_is_said(machine: NewMachine) -> None:
    systemctl = machine.root / "bin" / "systemctl"
    systemctl.write_text("#!/bin/sh\necho 'Failed to connect to bus: No medium found'; exit 1\n")
    code, told = await machine.lines("service", "install", "--yes")
    assert (code, "log in directly" in told) == (71, True)
    systemctl.unlink()
    machine.env["PATH"] = str(machine.root / "bin")
    code, told = await machine.lines("service", "install", "--yes")
    assert (code, wording.NO_SYSTEMD in told) == (71, True)
    unit = machine.root / "home" / ".config" / "systemd" / "user" / "antiphon.service"
    unit.parent.mkdir(parents=True, exist_ok=True)
    unit.write_text("[Service]\nExecStart=/bin/true\n")
    code, told = await machine.lines("service", "install", "--yes")
    assert (code, wording.SOMEBODY_ELSES.format(path=unit) in told) == (78, True)
    assert unit.read_text() == "[Service]\nExecStart=/bin/true\n"
    (machine.config.parent / "bot-token").unlink()
    machine.config.write_text(machine.config.read_text().replace('token_file = "bot-token"\n', ""))
    machine.env["DISCORD_BOT_TOKEN"] = machine.token
    code, told = await machine.lines("service", "install", "--yes")
    assert (code, wording.NOT_IN_FILE in told) == (78, True)


class Supervisor:
    """Keeps a chain's bridge as the unit says: starts it again when it ends, kills it when it gives no sign of life for
    `watchdog` seconds, and not before it was ready."""

    def __init__(self, chain: Chain, watchdog: float) -> None:
        self.chain, self.watchdog = chain, watchdog
        self.starts = 0
        self.said: list[str] = []
        path = chain.world.root / "notify"
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(path))
        self.socket.setblocking(False)
        chain.bridge._env["NOTIFY_SOCKET"] = str(path)  # pyright: ignore[reportPrivateUsage]

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            self.starts += 1
            await self.chain.bridge.spawn()
            ended = asyncio.create_task(self.chain.bridge.ended())
            while not ended.done():
                heard = asyncio.create_task(loop.sock_recv(self.socket, 4096))
                try:
                    await asyncio.wait({heard, ended}, timeout=self.watchdog, return_when=asyncio.FIRST_COMPLETED)
                finally:
                    if not heard.done():
                        heard.cancel()
                if heard.done():
                    self.said.append(heard.result().decode())
                    continue
                if not ended.done():
                    with suppress(ProcessLookupError):
                        os.kill(self.chain.bridge.pid, signal.SIGKILL)
                    await ended


async def test_a_bridge_that_is_killed_or_hangs_is_started_again_and_nothing_is_lost(unstarted: Chain) -> None:
    chain = unstarted
    chain.world.configure()
    supervisor = Supervisor(chain, 12.0)
    kept = asyncio.create_task(supervisor.run())
    try:
        await chain.bridge_prints("project playground")
        first = await chain.ask("say: under a service")
        await chain.ended(first)
        assert any(one.startswith("READY=1") for one in supervisor.said)
        os.kill(chain.bridge.pid, signal.SIGKILL)
        second = await chain.ask("say: after a kill")
        await chain.ended(second)
        os.kill(chain.bridge.pid, signal.SIGSTOP)
        third = await chain.ask("say: after a hang")
        await chain.ended(third, limit=60)
        assert supervisor.starts == 3
        assert [chain.answer(one) for one in (first, second, third)] == [
            "under a service",
            "after a kill",
            "after a hang",
        ]
        assert "WATCHDOG=1" in supervisor.said
    finally:
        kept.cancel()
        await asyncio.wait({kept})
        supervisor.socket.close()


def test_the_watchdog_is_told_more_often_than_the_unit_wants_it() -> None:
    found = re.search(r"WatchdogSec=(\d+)", systemd_unit(SERVICE))
    assert found is not None
    assert int(found[1]) >= 3 * 5  # leases are renewed every five seconds
