"""What looks after services on this machine: one interface, one implementation for each kind of system."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

from antiphon.errors import UnitError
from antiphon.service import wording
from antiphon.service.launchd import Launchd
from antiphon.service.machine import Machine
from antiphon.service.plan import Plan
from antiphon.service.state import Applied, Removed, UnitState
from antiphon.service.systemd import Systemd
from antiphon.service.unit_files import UnitFile

_SETTLED, _LOOK = 30.0, 0.5  # seconds: in all, and between two looks
_ON_ITS_WAY = ("activating", "reloading", "deactivating", "spawn scheduled")


class Supervisor(Protocol):
    """Starts the bridge with the machine, and again when it ends. Every method: UnitError with what to do."""

    @property
    def installed(self) -> bool:
        """Whether its unit is there, and ours."""
        ...

    @property
    def paths(self) -> tuple[Path, ...]:
        """The files of ours that are there."""
        ...

    def check(self) -> None:
        """Whether it can be asked at all."""
        ...

    def files(self, plan: Plan) -> tuple[UnitFile, ...]:
        """What is to be written."""
        ...

    def steps(self) -> Iterator[str]:
        """What is done beside, as a person would type it."""
        ...

    def apply(self, files: tuple[UnitFile, ...]) -> Applied:
        """Write these, and have the service run."""
        ...

    def state(self) -> UnitState:
        """How it is."""
        ...

    def start(self) -> bool:
        """Have an installed one run; whether that is taken on."""
        ...

    def remove(self) -> Removed:
        """Stop it, and take everything away."""
        ...

    def log_command(self, lines: int, *, follow: bool) -> tuple[str, ...] | None:
        """What shows its log; None: the bridge's own file does."""
        ...


def supervisor_of(machine: Machine) -> Supervisor:
    """The machine's. UnitError: it has none that we know."""
    if machine.platform == "darwin":
        return Launchd(machine)
    if machine.platform.startswith("linux"):
        return Systemd(machine)
    raise UnitError(wording.no_supervisor(machine.platform))


def settled(supervisor: Supervisor, pause: Callable[[float], None] = time.sleep) -> UnitState:
    """How a service is once it serves or has failed, or after half a minute: it may wait for Discord. `pause`: waits so
    many seconds."""
    state = supervisor.state()
    for _ in range(int(_SETTLED / _LOOK)):
        if state.activity not in _ON_ITS_WAY:
            break
        pause(_LOOK)
        state = supervisor.state()
    return state
