"""Builds the bridge and runs it. The order of `async with` is the order of starting; its reverse is stopping."""

import asyncio
import logging
import signal
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from antiphon.actions.context import ActionContext
from antiphon.agent.process.installation import bundled, heard, install
from antiphon.agent.process.lazy_agent import LazyAgent
from antiphon.agent.process.orphans import end_orphans, ended_with_us
from antiphon.chat.connection.backoff import insist
from antiphon.chat.connection.client import Bot, bot, log_in
from antiphon.chat.connection.endpoint import locate, point_at
from antiphon.chat.connection.gateway import Gateway
from antiphon.chat.connection.probes import SecondInstanceProbe, watch_places, watch_requests
from antiphon.chat.connection.rate_limiter import RateLimiter
from antiphon.chat.delivery.deleted_places import DeletedPlaces
from antiphon.chat.delivery.outbox import DeliveryContext, Outbox
from antiphon.chat.delivery.poster import DiscordPoster
from antiphon.chat.delivery.queue_board import QueueBoard
from antiphon.chat.inbound.attachments import Downloads, FileLimits
from antiphon.chat.inbound.context import InboundContext
from antiphon.chat.inbound.converters import owners_of
from antiphon.chat.listeners import Listeners
from antiphon.chat.places import DiscordPlaces
from antiphon.config import Settings
from antiphon.core.health import Health
from antiphon.core.ports import RecoveryInfo
from antiphon.core.projects import LOCAL, FixedProjects
from antiphon.core.runtime.conversation_types import Limits, Ports
from antiphon.core.runtime.switchboard import Switchboard
from antiphon.core.values import PersonId
from antiphon.errors import AntiphonError
from antiphon.leadership import Leadership, leave, single_instance_lock
from antiphon.status import DATABASE
from antiphon.store import Store, open_store

log = logging.getLogger(__name__)

_LAST_POSTS = 5.0  # seconds for what has ended to be posted before the bridge leaves


@dataclass(frozen=True, slots=True)
class Places:
    """Directories: our state, Claude Code's configuration, and where bridges of this machine find each other."""

    state: Path
    claude: Path
    runtime: Path


class _Stop:
    """What SIGINT and SIGTERM ask for: the first to leave when the running turns are over, the second to leave."""

    def __init__(self) -> None:
        self.wanted, self.at_once = asyncio.Event(), asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, self._heard)

    def _heard(self) -> None:
        (self.at_once if self.wanted.is_set() else self.wanted).set()


async def run(settings: Settings, places: Places) -> None:
    """Run until SIGINT or SIGTERM. Raises AntiphonError when the bridge cannot start or go on."""
    stop = _Stop()
    places.state.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        async with open_store(places.state / DATABASE, time.time, fenced=leave) as store:
            token = settings.discord.token.get_secret_value()
            with single_instance_lock(places.runtime, settings.discord.api, token):
                await _serve(settings, places, store, stop)
    except BaseExceptionGroup as failures:  # of the services; `except*` would wrap what we raise in a group again
        ours = failures.subgroup(AntiphonError)
        if ours is None:
            raise
        raise _first(ours) from None


async def _serve(settings: Settings, places: Places, store: Store, stop: _Stop) -> None:
    projects = FixedProjects(settings.as_projects())
    health = Health(time.time)
    leadership = Leadership(store, health, places.state, time.time)
    with tempfile.TemporaryDirectory(prefix="antiphon-") as directory:
        launch = install(settings.claude.command or bundled(), Path(directory), places.claude, places.state / "files")
        if left := await asyncio.to_thread(end_orphans, launch.kin):  # before their transcripts are looked at
            log.warning("%d processes of an earlier bridge were still at work; they are ended", left)
        aftermath = RecoveryInfo(
            lambda session, prompts: heard(launch, session, prompts),
            frozenset(one.name for one in projects.all() if one.after_restart == "continue"),
        )
        hub, worker = await leadership.take("hub"), await leadership.take(f"worker:{LOCAL}", aftermath)
        rate_limiter = RateLimiter()
        trace = leadership.guarded(rate_limiter.trace())
        async with ended_with_us(launch.mark), bot(trace, health, store) as client:

            def owners() -> frozenset[PersonId]:
                return owners_of(client.application)

            context = DeliveryContext(store, hub, DiscordPoster(client), rate_limiter, time.time, owners)
            outbox = Outbox(context, projects)
            DeletedPlaces(client, context, outbox).attach()
            queue_board = QueueBoard(context, projects, settings.limits.sessions_at_work)
            taken = settings.files
            limits = FileLimits(taken.count, taken.megabytes, taken.total_megabytes)
            inbound = InboundContext(client, projects, store, rate_limiter)
            actions = ActionContext(projects, store, DiscordPlaces(client), lambda: health.problems)
            downloads = Downloads(places.state / "files", limits)
            bridge = Listeners(client, inbound, actions, downloads, settings.limits.ask_after)
            bridge.attach()
            agent = LazyAgent(launch)
            ports = Ports(agent, store, worker, outbox, time.time)
            waits = settings.limits
            patience = Limits(waits.turn_silence, waits.unanswered, waits.idle, waits.stop, waits.turn)
            board = Switchboard(projects, ports, patience, settings.limits.sessions_at_work)
            watch_requests(trace, health)
            watch_places(client, projects)
            SecondInstanceProbe(client).attach()
            gateway = Gateway(client, store, health)
            try:
                async with asyncio.TaskGroup() as services:
                    tasks = (
                        services.create_task(_connect(client, gateway, settings), name="gateway"),
                        services.create_task(_work(bridge, outbox, board, agent), name="worker"),
                        services.create_task(_line_up(bridge, queue_board), name="line"),
                        services.create_task(leadership.keep(), name="leases"),
                    )
                    await stop.wanted.wait()
                    log.info("stopping")
                    await _drain(board, settings.limits.drain, stop)
                    for task in tasks:
                        task.cancel()
            finally:
                await outbox.settle(_LAST_POSTS)


async def _connect(client: Bot, gateway: Gateway, settings: Settings) -> None:
    """Find Discord and stay there. May wait for it for long, which a stop ends."""
    token = settings.discord.token.get_secret_value()
    server = await insist(lambda: locate(settings.discord.api, token), client.health)
    point_at(server)
    await insist(lambda: log_in(client, token), client.health)
    log.info("Discord server: %s", server.api)
    await gateway.stay_connected()


async def _work(bridge: Listeners, outbox: Outbox, board: Switchboard, agent: LazyAgent) -> None:
    """Finish what an earlier bridge began, then serve. Waits for Discord first: threads are opened there."""
    await bridge.ready.wait()
    agent.load()
    if unfinished := await outbox.recover():
        log.info("%d turns of an earlier run are being shown", unfinished)
    await bridge.up_to_date.wait()  # what was edited or deleted meanwhile does not run as it was
    await board.serve()


async def _drain(board: Switchboard, limit: float, stop: _Stop) -> None:
    """Let the running turns end, for `limit` seconds or until somebody asks again to stop."""
    if not board.at_work:
        return
    log.info("%d turns are at work and have %g s to end; another signal ends them at once", board.at_work, limit)
    drained = asyncio.create_task(board.drain(), name="drain")
    hurried = asyncio.create_task(stop.at_once.wait(), name="hurry")
    try:
        await asyncio.wait({drained, hurried}, timeout=limit, return_when=asyncio.FIRST_COMPLETED)
    finally:
        drained.cancel()
        hurried.cancel()


async def _line_up(bridge: Listeners, queue_board: QueueBoard) -> None:
    """Show who waits, once Discord can be asked."""
    await bridge.ready.wait()
    await queue_board.run()


def _first(failures: BaseExceptionGroup[AntiphonError]) -> AntiphonError:
    """The failure that ended the bridge, out of the task group's wrapping."""
    one = failures.exceptions[0]
    return _first(one) if isinstance(one, BaseExceptionGroup) else one
