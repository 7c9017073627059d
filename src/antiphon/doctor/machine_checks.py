"""What is wrong with this machine, as far as a bridge depends on it."""

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from antiphon.config.settings import Settings
from antiphon.core.health import Finding
from antiphon.doctor import machine_facts, wording
from antiphon.errors import StoreError, UnitError
from antiphon.leadership import bot_lock
from antiphon.service.machine import this_machine
from antiphon.service.state import UnitState
from antiphon.service.supervisor import supervisor_of
from antiphon.startup import Places
from antiphon.status import DATABASE, Status, read_status
from antiphon.store.lock import holder

_GB = 1e9
_LITTLE, _NOTHING = 2.0, 0.2  # GB: a night's work fits into the first; the database needs the second
_AHEAD = 30.0  # seconds that two clocks may differ


@dataclass(frozen=True, slots=True)
class MachineFacts:
    """`bridge`: the process of the bridge with our state; `other`: of one that has our token; `port`: of the HTTP API
    that another program has; `service`: None: there is none."""

    state: Path
    writable: bool
    free: float | None
    database: str | None
    fonts: bool
    bridge: int | None
    other: int | None = None
    port: int | None = None
    service: UnitState | None = None
    sleeps: bool | None = None


async def machine_facts_of(settings: Settings | None, places: Places, env: Mapping[str, str]) -> MachineFacts:
    """Look at the machine. `settings`: None where there are none that can be used."""
    try:
        standing = await asyncio.to_thread(read_status, places.state, 0.0)
    except StoreError:  # the directory is none
        standing = Status(None, None, None, None, 0.0)
    free = machine_facts.free_bytes(places.state)
    other, port = None, None
    if settings is not None:
        token = settings.discord.token.get_secret_value()
        speaks = holder(bot_lock(places.runtime, settings.discord.api, token))
        other = None if speaks == standing.pid else speaks
        if settings.api is not None and standing.pid is None:
            free_port = machine_facts.is_free(settings.api.host, settings.api.port)
            port = None if free_port else settings.api.port
    return MachineFacts(
        places.state,
        machine_facts.is_writable(places.state),
        None if free is None else free / _GB,
        standing.database if has_database(places.state) else "",
        await asyncio.to_thread(machine_facts.has_fonts),
        standing.pid,
        other,
        port,
        await asyncio.to_thread(_service, env),
        machine_facts.sleeps_by_itself(),
    )


def has_database(state: Path) -> bool:
    """Whether there is one, also where the directory cannot be looked into."""
    try:
        return (state / DATABASE).exists()
    except OSError:
        return False


def machine_findings(facts: MachineFacts, ahead: float) -> Iterator[Finding]:
    """Pure. `ahead`: seconds that the machine's clock is ahead of Discord's."""
    if abs(ahead) > _AHEAD:
        direction = "ahead of" if ahead > 0 else "behind"
        text = wording.CLOCK_OFF.format(seconds=abs(ahead), direction=direction)
        yield Finding("machine.clock", "warning", text, wording.CLOCK_WAY)
    else:
        yield Finding("machine.clock", "well", wording.CLOCK)
    yield from _storage(facts)
    if facts.fonts:
        yield Finding("machine.fonts", "well", wording.FONTS)
    else:
        yield Finding("machine.fonts", "note", wording.NO_FONTS, wording.FONTS_WAY)
    if facts.other is not None:
        text = wording.ANOTHER.format(pid=facts.other)
        yield Finding("machine.second_bridge", "failure", text, wording.ANOTHER_WAY)
    else:
        yield Finding("machine.second_bridge", "well", wording.ALONE)
    if facts.port is not None:
        text = wording.PORT_TAKEN.format(port=facts.port)
        yield Finding("machine.port", "failure", text, wording.PORT_WAY)
    yield from _running(facts)


def _storage(facts: MachineFacts) -> Iterator[Finding]:
    if facts.writable:
        yield Finding("machine.state", "well", wording.STATE.format(path=facts.state))
    else:
        yield Finding("machine.state", "failure", wording.NO_STATE.format(path=facts.state), wording.NO_STATE_WAY)
    if facts.free is not None and facts.free < _LITTLE:
        text = wording.DISK_FULL.format(free=facts.free, path=facts.state)
        yield Finding("machine.disk", "failure" if facts.free < _NOTHING else "warning", text, wording.DISK_WAY)
    elif facts.free is not None:
        yield Finding("machine.disk", "well", wording.DISK.format(free=facts.free))
    match facts.database:
        case None:
            yield Finding("machine.database", "well", wording.DATABASE)
        case "":
            yield Finding("machine.database", "well", wording.NO_DATABASE)
        case why:
            yield Finding("machine.database", "failure", why, wording.DATABASE_WAY)


def _running(facts: MachineFacts) -> Iterator[Finding]:
    if facts.bridge is not None:
        yield Finding("machine.bridge", "well", wording.RUNS.format(pid=facts.bridge))
    if facts.service is None:
        yield Finding("machine.service", "note", wording.NO_SERVICE, "antiphon service install")
        return
    if facts.service.is_up:
        yield Finding("machine.service", "well", wording.SERVICE)
    else:
        text = wording.SERVICE_DOWN.format(state=facts.service.activity)
        yield Finding("machine.service", "failure", text, wording.SERVICE_WAY)
    if facts.service.stays is False:
        yield Finding("machine.linger", "warning", wording.NO_LINGER, wording.LINGER_WAY)
    elif facts.service.stays:
        yield Finding("machine.linger", "well", wording.LINGERS)
    if facts.sleeps:
        yield Finding("machine.sleep", "note", wording.SLEEPS, wording.SLEEP_WAY)


def _service(env: Mapping[str, str]) -> UnitState | None:
    """How our service is; None: there is none. One whose manager does not tell does not run, as far as is known."""
    try:
        supervisor = supervisor_of(this_machine(env))
    except UnitError:
        return None
    try:
        return supervisor.state() if supervisor.installed else None
    except UnitError as error:
        return UnitState(installed=True, enabled=False, activity=str(error))
