"""What a bridge starts with, whether it has a bot or a webhook."""

import asyncio
import signal
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from antiphon import wording
from antiphon.config.machine import Supervision
from antiphon.config.settings import LimitsSection
from antiphon.core.health import Health
from antiphon.core.machine.limits import Limits
from antiphon.core.runtime.capacity import Capacity
from antiphon.errors import AntiphonError
from antiphon.host.notify import Notifier
from antiphon.host.pulse import Pulse
from antiphon.leadership import leave
from antiphon.status import DATABASE
from antiphon.store import Store, open_store

_CLOSING = 45.0  # seconds for processes to be closed and what has ended to be posted, besides `limits.stop`
_PROCESSES_A_TURN = 3  # 120 MB each and more: sessions that are spoken to again soon, and those that wait for somebody


@dataclass(frozen=True, slots=True)
class Places:
    """Directories: our state, Claude Code's configuration, and where bridges of this machine find each other."""

    state: Path
    claude: Path
    runtime: Path


class AtWork(Protocol):
    """Whoever knows how many turns run."""

    @property
    def at_work(self) -> int:
        """How many."""
        ...


class Stop:
    """What SIGINT and SIGTERM ask for: the first to leave when the running turns are over, the second to leave."""

    def __init__(self) -> None:
        self.wanted, self.at_once = asyncio.Event(), asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, self._signalled)

    def _signalled(self) -> None:
        (self.at_once if self.wanted.is_set() else self.wanted).set()


def limits_of(limits: LimitsSection) -> Limits:
    return Limits(limits.turn_silence, limits.unanswered, limits.idle, limits.stop, limits.turn)


def capacity_of(limits: LimitsSection) -> Capacity:
    processes = limits.processes or _PROCESSES_A_TURN * limits.sessions_at_work
    return Capacity(limits.sessions_at_work, processes, limits.turns_per_person)


def pulse_of(
    supervision: Supervision, limits: LimitsSection, is_alive: Callable[[], bool], health: Health, switchboard: AtWork
) -> Pulse:
    """What tells the service manager of a bridge."""

    def status() -> str:
        grave = [one.words for one in health.problems if not one.minor]
        return grave[0] if grave else wording.at_work(switchboard.at_work)

    notifier = Notifier(supervision.address, supervision.watchdog)
    return Pulse(notifier, is_alive, status, limits.stop + _CLOSING)


async def serve(places: Places, inside: Callable[[Store, Stop], Awaitable[None]]) -> None:
    """Run `inside` with the bridge's database. AntiphonError: the bridge cannot start, or go on."""
    stop = Stop()
    places.state.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        async with open_store(places.state / DATABASE, time.time, fenced=leave) as store:
            await inside(store, stop)
    except BaseExceptionGroup as failures:  # of the services; `except*` would wrap what we raise in a group again
        ours = failures.subgroup(AntiphonError)
        if ours is None:
            raise
        raise _first(ours) from None


def _first(failures: BaseExceptionGroup[AntiphonError]) -> AntiphonError:
    """The failure that ended the bridge, out of the task group's wrapping."""
    one = failures.exceptions[0]
    return _first(one) if isinstance(one, BaseExceptionGroup) else one
