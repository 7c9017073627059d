"""Builds the bridge and runs it. The order of `async with` is the order of starting; its reverse is stopping."""

import asyncio
import logging
import os
import signal
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from antiphon.agent.claude import ClaudeAgent, bundled, install
from antiphon.agent.orphans import end_orphans, ended_with_us
from antiphon.chat.bot import bot, log_in, stay_connected
from antiphon.chat.bridge import Bridge
from antiphon.chat.doors import Doors
from antiphon.chat.incoming import Downloads, FileLimits
from antiphon.chat.lineup import Lineup
from antiphon.chat.outbox import Means, Outbox
from antiphon.chat.people import owners_of
from antiphon.chat.poster import DiscordPoster
from antiphon.chat.scheduler import Scheduler
from antiphon.chat.server import locate, point_at
from antiphon.config import Settings
from antiphon.core.live import Limits, Ports
from antiphon.core.rows import Lease
from antiphon.core.switchboard import Switchboard
from antiphon.core.values import PersonId
from antiphon.errors import AntiphonError, StoreError
from antiphon.store import Store, open_store

log = logging.getLogger(__name__)

_LEASE = 15.0  # seconds; renewed three times in that time
_WORKER = "local"  # one machine: hub and worker are this process
_LAST_POSTS = 5.0  # seconds for what has ended to be posted before the bridge leaves


@dataclass(frozen=True, slots=True)
class Places:
    """Directories: our state, and Claude Code's configuration."""

    state: Path
    claude: Path


async def run(settings: Settings, places: Places) -> None:
    """Run until SIGINT or SIGTERM. Raises AntiphonError when the bridge cannot start or go on."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    places.state.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        async with open_store(places.state / "antiphon.db", time.time) as store:
            await _serve(settings, places, store, stopped)
    except BaseExceptionGroup as failures:  # of the services; `except*` would wrap what we raise in a group again
        ours = failures.subgroup(AntiphonError)
        if ours is None:
            raise
        raise _first(ours) from None


async def _serve(settings: Settings, places: Places, store: Store, stopped: asyncio.Event) -> None:
    token = settings.discord.token.get_secret_value()
    projects = settings.as_projects()
    with tempfile.TemporaryDirectory(prefix="antiphon-") as directory:
        launch = install(settings.claude.command or bundled(), Path(directory), places.claude, places.state / "files")
        server = await locate(settings.discord.api, token)
        point_at(server)
        hub, worker = await _held(store, "hub"), await _held(store, f"worker:{_WORKER}")
        if left := await asyncio.to_thread(end_orphans, launch.kin):
            log.warning("%d processes of an earlier bridge were still at work; they are ended", left)
        scheduler = Scheduler()
        async with ended_with_us(launch.mark), bot(scheduler.trace()) as client:
            by_name = {one.name: one for one in projects}

            def owners() -> frozenset[PersonId]:
                return owners_of(client.application)

            means = Means(store, hub, DiscordPoster(client), scheduler, time.time, owners)
            outbox = Outbox(means, by_name)
            lineup = Lineup(means, by_name, settings.limits.sessions_at_work)
            taken = settings.files
            limits = FileLimits(taken.count, taken.megabytes, taken.total_megabytes)
            doors, downloads = Doors(projects, store, _WORKER), Downloads(places.state / "files", limits)
            bridge = Bridge(client, doors, downloads, scheduler, settings.limits.ask_after)
            bridge.attach()
            ports = Ports(ClaudeAgent(launch), store, worker, outbox, time.time)
            waits = settings.limits
            patience = Limits(waits.turn_silence, waits.unanswered, waits.idle, waits.stop, waits.turn)
            board = Switchboard(by_name, ports, patience, settings.limits.sessions_at_work)

            async def connect() -> None:
                await log_in(client, token)  # may wait for Discord for minutes, which a stop does not
                log.info("Discord server: %s", server.api)
                await stay_connected(client)

            try:
                async with asyncio.TaskGroup() as services:
                    tasks = (
                        services.create_task(connect(), name="gateway"),
                        services.create_task(_work(bridge, outbox, board), name="worker"),
                        services.create_task(_line_up(bridge, lineup), name="line"),
                        services.create_task(_keep(store, hub, worker), name="leases"),
                    )
                    await stopped.wait()
                    log.info("stopping")
                    for task in tasks:
                        task.cancel()
            finally:
                await outbox.settle(_LAST_POSTS)


async def _work(bridge: Bridge, outbox: Outbox, board: Switchboard) -> None:
    """Finish what an earlier bridge began, then serve. Waits for Discord first: threads are opened there."""
    await bridge.ready.wait()
    if unfinished := await outbox.recover():
        log.info("%d turns of an earlier run are being shown", unfinished)
    await bridge.up_to_date.wait()  # what was edited or deleted meanwhile does not run as it was
    await board.serve()


async def _line_up(bridge: Bridge, lineup: Lineup) -> None:
    """Show who waits, once Discord can be asked."""
    await bridge.ready.wait()
    await lineup.run()


async def _held(store: Store, name: str) -> Lease:
    lease = await store.hold(name, f"pid {os.getpid()}", _LEASE)
    if lease is None:
        raise StoreError(f"Another bridge holds the {name} lease of this database.")
    return lease


async def _keep(store: Store, *leases: Lease) -> None:
    """Renew the leases. When one is lost somebody else has taken over: leave at once, and write nothing more."""
    while True:
        await asyncio.sleep(_LEASE / 3)
        for lease in leases:
            try:
                if not await store.renew(lease, _LEASE):
                    log.critical("the %s lease is lost: another bridge has taken over", lease.name)
                    os._exit(StoreError.exit_code)
            except store.transient as error:
                log.warning("lease %s could not be renewed in time: %s", lease.name, error)


def _first(failures: BaseExceptionGroup[AntiphonError]) -> AntiphonError:
    """The failure that ended the bridge, out of the task group's wrapping."""
    one = failures.exceptions[0]
    return _first(one) if isinstance(one, BaseExceptionGroup) else one
