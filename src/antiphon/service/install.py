"""Installs the service, asks how it is, and removes it. Every command is run without a shell, and has a limit."""

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from antiphon.config.initial_environment import TOKEN
from antiphon.config.load import load
from antiphon.doctor.machine_facts import Program, run
from antiphon.errors import ConfigError, StartError
from antiphon.service import wording
from antiphon.service.units import LABEL, MARK, NAME, BridgeUnit, launchd_plist, systemd_unit

_LIMIT = 60.0  # seconds for a start or a stop; a stop may wait for turns
_PROPERTIES = "ActiveState,SubState,MainPID,StatusText,NRestarts,Result"


class NotTaken(StartError):
    """The service manager does not take the service."""

    hint = "Mend what the line names, then try again."
    exit_code = 71


@dataclass(frozen=True, slots=True)
class UnitInstaller:
    """The service manager of this machine's user: systemd's, or launchd."""

    env: Mapping[str, str]
    launchd: bool = sys.platform == "darwin"

    @property
    def unit(self) -> Path:
        """Where its file lies."""
        home = Path(self.env.get("HOME", "/"))
        if self.launchd:
            return home / "Library" / "LaunchAgents" / f"{LABEL}.plist"
        base = Path(self.env.get("XDG_CONFIG_HOME") or home / ".config")
        return base / "systemd" / "user" / NAME

    def content(self, service: BridgeUnit) -> bytes:
        return launchd_plist(service) if self.launchd else systemd_unit(service).encode()

    def is_ours(self) -> bool:
        """Whether its file was made by us. False: it is somebody else's, or there is none."""
        try:
            found = self.unit.read_bytes()
        except OSError:
            return False
        return (LABEL if self.launchd else MARK).encode() in found

    async def is_usable(self) -> bool:
        """Whether there is a service manager that answers this user."""
        if self.launchd:
            return True
        try:
            await self._answers()
        except NotTaken:
            return False
        return True

    async def install(self, service: BridgeUnit) -> None:
        """Write the file, and start the service; a running one is started again where the file has changed. NotTaken,
        ConfigError: it is not installed."""
        if self.unit.exists() and not self.is_ours():
            raise ConfigError((wording.SOMEBODY_ELSES.format(path=self.unit),))
        content = self.content(service)
        if not self.launchd:
            await self._answers()
        self.unit.parent.mkdir(parents=True, exist_ok=True)
        changed = not self.unit.exists() or self.unit.read_bytes() != content
        if changed:
            self.unit.write_bytes(content)
            self.unit.chmod(0o644)
        for words in self._starting(changed):
            _taken(words[0], await run(*words, limit=_LIMIT, environment=self.env))

    async def lingers(self, user: str) -> bool:
        """Whether it goes on without a login, which is asked for."""
        if self.launchd:
            return False
        await run("loginctl", "enable-linger", user, environment=self.env)
        asked = await run("loginctl", "show-user", user, "--property=Linger", "--value", environment=self.env)
        return asked.code == 0 and asked.text == "yes"

    async def status(self) -> Mapping[str, str]:
        """What the service manager says of it; {}: there is none."""
        if not self.is_ours():
            return {}
        if self.launchd:
            asked = await run("launchctl", "print", f"gui/{os.getuid()}/{LABEL}", environment=self.env)
            state = next((line.partition("=")[2].strip() for line in asked.text.splitlines() if "state =" in line), "")
            return {"ActiveState": state or "not loaded"}
        asked = await run("systemctl", "--user", "show", NAME, f"--property={_PROPERTIES}", environment=self.env)
        pairs = (line.partition("=") for line in asked.text.splitlines() if "=" in line)
        return {name: value for name, _, value in pairs}

    async def remove(self) -> bool:
        """Stop it, and take its file away. False: there is none of ours."""
        if not self.is_ours():
            return False
        if self.launchd:
            await run("launchctl", "bootout", f"gui/{os.getuid()}/{LABEL}", limit=_LIMIT, environment=self.env)
            self.unit.unlink()
            return True
        await run("systemctl", "--user", "disable", "--now", NAME, limit=_LIMIT, environment=self.env)
        self.unit.unlink()
        await run("systemctl", "--user", "daemon-reload", environment=self.env)
        return True

    async def _answers(self) -> None:
        asked = await run("systemctl", "--user", "is-system-running", environment=self.env)
        if asked.code is None:
            raise NotTaken(wording.NO_SYSTEMD)
        if "Failed to connect" in asked.text or asked.text == "offline":
            raise NotTaken(wording.NO_BUS.format(why=asked.text))

    def _starting(self, changed: bool) -> Sequence[tuple[str, ...]]:
        if self.launchd:
            return [("launchctl", "bootstrap", f"gui/{os.getuid()}", str(self.unit))] if changed else []
        again = [("systemctl", "--user", "restart", NAME)] if changed else []
        reload = [("systemctl", "--user", "daemon-reload")] if changed else []
        return [*reload, ("systemctl", "--user", "enable", "--now", NAME), *again]


def _taken(program: str, done: Program) -> None:
    if done.code != 0:
        raise NotTaken(wording.NOT_TAKEN.format(program=program, why=done.text[:300] or "it does not answer"))


def service_for(env: Mapping[str, str], file: Path | None, log: Path) -> BridgeUnit:
    """What is to run, with a configuration that needs nothing of this shell's environment. ConfigError: there is
    none."""
    if file is None:
        raise ConfigError((wording.NO_FILE,))
    without = {name: value for name, value in env.items() if name != TOKEN}
    try:
        settings, _ = load(without, file)
    except ConfigError:
        if TOKEN in env:
            load(env, file)  # its own problems first
            raise ConfigError((wording.NOT_IN_FILE,)) from None
        raise
    command = (sys.executable, "-P", "-m", "antiphon", "run", "-c", str(file.absolute()))
    return BridgeUnit(command, Path(env.get("HOME", "/")), env.get("PATH", ""), settings.limits.drain, log)
