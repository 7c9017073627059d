"""Builds a bridge that has a webhook and no bot, and runs it: the worker's side of daemon.py, for terminals alone."""

import asyncio
import logging
import tempfile
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp

from antiphon.actions.context import ActionContext
from antiphon.actions.places import NoPlaces
from antiphon.agent.process.installation import Installation, LazyAgent, bundled, install
from antiphon.agent.process.orphans import end_orphans
from antiphon.agent.terminal.lazy import Agents
from antiphon.config.machine import NOBODY, Supervision
from antiphon.config.settings import AttachSection, WebhookSettings
from antiphon.core.bus import RecoveryInfo
from antiphon.core.health import Health
from antiphon.core.projects import LOCAL, Projects
from antiphon.core.runtime.conversation import Ports
from antiphon.core.runtime.switchboard import Switchboard
from antiphon.core.values import Project
from antiphon.errors import ConfigError
from antiphon.leadership import Leadership
from antiphon.startup import Places, Stop, capacity_of, limits_of, pulse_of, serve
from antiphon.store import Store
from antiphon.terminals import AttachedTerminals
from antiphon.webhook import wording
from antiphon.webhook.board import BoardPorts, StatusBoard
from antiphon.webhook.client import Target, WebhookClient
from antiphon.webhook.poster import Calls

log = logging.getLogger(__name__)

_LAST_STATUS = 5.0  # seconds for what has happened to be told before the bridge leaves


class WholeMachine(Projects):
    """One project for every session, also for those of a bot's project from before."""

    def named(self, name: str) -> Project:
        """That one."""
        return self.all[0]


async def run(
    settings: WebhookSettings, places: Places, secrets: tuple[str, ...], supervision: Supervision = NOBODY
) -> None:
    """Run until SIGINT or SIGTERM. `secrets`, `supervision` and errors as for a bridge with a bot."""

    async def inside(store: Store, stop: Stop) -> None:
        await _serve(settings, places, store, stop, (secrets, supervision))

    await serve(places, inside)


async def _serve(
    settings: WebhookSettings, places: Places, store: Store, stop: Stop, process: tuple[tuple[str, ...], Supervision]
) -> None:
    secrets, supervision = process
    projects = WholeMachine((Project("terminals", Path("/"), frozenset()),))
    health = Health(time.time)
    leadership = Leadership(store, health, places.state, time.time)
    with tempfile.TemporaryDirectory(prefix="antiphon-") as temporary:
        launch = install(settings.claude.command or bundled(), Path(temporary), places.claude, places.state, secrets)
        await asyncio.to_thread(end_orphans, launch.mark_prefix)  # of a bridge with a bot, before
        hub = await leadership.take("hub")
        worker = await leadership.take(f"worker:{LOCAL}", RecoveryInfo(launch.received))
        actions = ActionContext(projects, store, NoPlaces(), lambda: health.problems)
        terminals = AttachedTerminals(
            places.state, AttachSection(), actions, (launch, store, worker), lambda: switchboard, answered=False
        )
        if not terminals.are_attached:
            raise ConfigError((wording.NOT_ATTACHED,))
        async with _board(settings, leadership, BoardPorts(store, hub, health)) as board:
            ports = Ports(_agents(launch, terminals), store, worker, board, time.time)
            limits = settings.limits
            # Nobody can say anything here, so nothing is claimed: what waits for a bridge with a bot waits on.
            switchboard = Switchboard(projects, ports, limits_of(limits), capacity_of(limits))
            pulse = pulse_of(supervision, limits, lambda: leadership.is_confirmed, health, switchboard)
            try:
                async with asyncio.TaskGroup() as services:
                    tasks = (
                        services.create_task(leadership.keep(), name="leases"),
                        services.create_task(terminals.hear(), name="terminals"),
                        services.create_task(pulse.run(), name="pulse"),
                    )
                    pulse.ready()
                    await stop.wanted.wait()
                    log.info("stopping")
                    pulse.stopping()
                    for task in tasks:
                        task.cancel()
            finally:
                await switchboard.close()


@asynccontextmanager
async def _board(settings: WebhookSettings, leadership: Leadership, ports: BoardPorts) -> AsyncGenerator[StatusBoard]:
    """What terminals do is told while inside."""
    trace = aiohttp.TraceConfig()
    leadership.guard(trace)
    target, webhook = Target(*settings.webhook.parts), settings.webhook
    async with aiohttp.ClientSession(trace_configs=[trace]) as http:
        board = StatusBoard(ports, target, WebhookClient(target, http), Calls(webhook.owner, frozenset(webhook.ping)))
        async with board.open(_LAST_STATUS):
            log.info(wording.telling(target.id))
            yield board


def _agents(launch: Installation, terminals: AttachedTerminals) -> Agents:
    return Agents(LazyAgent(launch), terminals.agent)
