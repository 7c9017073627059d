"""The service as a launchd agent of the user's own (macOS)."""

import plistlib
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from antiphon.errors import UnitError
from antiphon.service import wording
from antiphon.service.machine import Answer, Machine
from antiphon.service.plan import Plan
from antiphon.service.state import Applied, Removed, UnitState
from antiphon.service.unit_files import MARK, UnitFile, is_ours, refuse_others, remove, written

LABEL = "antiphon.bridge"
_PAUSE = 30  # seconds between two starts at least: launchd knows no exit codes that a restart does not mend
_FILES = 8192  # open at once; an agent's limit is 256
_OLD = 0.5  # seconds between two looks whether an old one has left
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'


def agent(plan: Plan) -> str:
    """The text of the property list."""
    command = [*plan.command[:5], "--quiet", *plan.command[5:]]  # what a bridge prints is nowhere cut off
    told: dict[str, Any] = {
        "Label": LABEL,
        "ProgramArguments": command,
        "EnvironmentVariables": {**plan.environment, **plan.secrets},
        "WorkingDirectory": str(plan.directory),
        "RunAtLoad": True,
        "KeepAlive": True,
        "ThrottleInterval": _PAUSE,
        "ExitTimeOut": round(plan.stop),
        "ProcessType": "Interactive",  # builds run as in a terminal
        "SoftResourceLimits": {"NumberOfFiles": _FILES},
        "StandardOutPath": "/dev/null",
        "StandardErrorPath": str(plan.state / "service.log"),
    }
    text = plistlib.dumps(told, sort_keys=False).decode()
    return text.replace(_HEAD, f"{_HEAD}<!-- {MARK} -->\n", 1)


@dataclass(frozen=True, slots=True)
class Launchd:
    """`pause`: waits so many seconds."""

    machine: Machine
    pause: Callable[[float], None] = time.sleep

    @property
    def agent(self) -> Path:
        """Our property list."""
        return self.machine.home / "Library" / "LaunchAgents" / f"{LABEL}.plist"

    @property
    def installed(self) -> bool:
        """Whether it is there, and ours."""
        return is_ours(self.agent)

    @property
    def paths(self) -> tuple[Path, ...]:
        """The files of ours that are there."""
        return (self.agent,) if self.installed else ()

    def check(self) -> None:
        """UnitError: no launchd can be asked."""
        if self.machine.find("launchctl") is None:
            raise UnitError(wording.NO_LAUNCHD)

    def files(self, plan: Plan) -> tuple[UnitFile, ...]:
        """What is to be written. UnitError: something of somebody else's stands there."""
        refuse_others((self.agent,))
        hidden = Plan(
            plan.command, plan.environment, dict.fromkeys(plan.secrets, "…"), plan.directory, plan.state, plan.stop
        )
        return (UnitFile(self.agent, agent(plan), 0o600 if plan.secrets else 0o644, agent(hidden)),)

    def apply(self, files: tuple[UnitFile, ...]) -> Applied:
        """Write it, and have it run from now on and from each login on. UnitError: it cannot be, and the file is as
        it was."""
        state, is_new, same = self.state(), not self.installed, all(one.is_there for one in files)
        if same and state.is_up:
            return Applied("same")
        with written(files, (), self.machine.home):
            if state.enabled:
                self._bootout(files)
            self._launchctl("enable", self._target)  # somebody may have switched it off
            answer = self._launchctl("bootstrap", self._domain, str(self.agent))
            if not answer.is_good:
                raise UnitError(wording.refused("launchctl bootstrap", answer.words))
        return Applied("installed" if is_new else "started" if same else "renewed")

    def state(self) -> UnitState:
        """How it is."""
        answer = self._launchctl("print", self._target)
        told: dict[str, str] = dict(
            re.findall(r"^\t(state|pid|runs|last exit code) = (.+)$", answer.told, re.MULTILINE)
        )
        return UnitState(
            installed=self.installed,
            enabled=answer.is_good,
            activity=told.get("state", "inactive") if answer.is_good else "inactive",
            pid=int(told["pid"]) if told.get("pid", "").isdecimal() else None,
            restarts=max(0, int(told["runs"]) - 1) if told.get("runs", "").isdecimal() else 0,
            exit_code=int(told["last exit code"]) if told.get("last exit code", "").isdecimal() else 0,
        )

    def remove(self) -> Removed:
        """Stop it and take everything away. UnitError: the disk refuses."""
        refuse_others((self.agent,))
        answer = self._launchctl("bootout", self._target, long=True)
        gone = answer.is_good or not self._launchctl("print", self._target).is_good
        remove((self.agent,), self.machine.home)
        return Removed("" if gone else wording.refused("launchctl bootout", answer.words))

    def start(self) -> bool:
        """Have an installed one run, unless it does; whether launchd has taken that on."""
        return self.installed and self._launchctl("kickstart", self._target).is_good

    def log_command(self, lines: int, *, follow: bool) -> tuple[str, ...] | None:
        """There is no journal: the bridge's own file is all."""
        return None

    def steps(self) -> Iterator[str]:
        """What is done beside writing files, as a person would type it."""
        yield f"launchctl bootstrap {self._domain} {self.agent}"

    @property
    def _domain(self) -> str:
        """The one of the user's desktop; where nobody is logged in there, the user's own."""
        desktop = f"gui/{self.machine.uid}"
        return desktop if self._launchctl("print", desktop).is_good else f"user/{self.machine.uid}"

    @property
    def _target(self) -> str:
        return f"{self._domain}/{LABEL}"

    def _bootout(self, files: tuple[UnitFile, ...]) -> None:
        """The old one ends, which launchd does not wait for."""
        target = self._target
        self._launchctl("bootout", target, long=True)
        stops = plistlib.loads(files[0].text.encode()).get("ExitTimeOut", 20)
        for _ in range(int(stops / _OLD)):
            if not self._launchctl("print", target).is_good:
                return
            self.pause(_OLD)
        raise UnitError(wording.OLD_ONE_STAYS)

    def _launchctl(self, *arguments: str, long: bool = False) -> Answer:
        command = self.machine.find("launchctl")
        if command is None:
            raise UnitError(wording.NO_LAUNCHD)
        return self.machine.ask(command, *arguments, long=long)
