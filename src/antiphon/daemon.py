"""Builds the bridge and runs it. The order of `async with` is the order of starting; its reverse is stopping."""

import asyncio
import logging
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from antiphon.actions.callers import Programs
from antiphon.actions.programs.triggers import Triggers
from antiphon.actions.programs.triggers import configure as configure_triggers
from antiphon.agent.disk.session_files import LocalFiles, remove_old
from antiphon.agent.git.worktrees import Worktrees
from antiphon.agent.process.checks import run_check
from antiphon.agent.process.installation import Installation, LazyAgent, bundled, handed_down, install
from antiphon.agent.process.login import watch_login
from antiphon.agent.process.orphans import MARK, end_orphans, ended_with_us
from antiphon.agent.process.together import SessionsTogether
from antiphon.agent.process.workplaces import SettledWorkplaces
from antiphon.agent.process.worktree_requests import WorktreeRequests
from antiphon.agent.terminal.lazy import Agents
from antiphon.catalogue import Read, RunningConfiguration
from antiphon.chat.bridge import ChatPorts, ChatSettings, DiscordBridge
from antiphon.chat.connection.client import Bot, bot, log_in, request_trace
from antiphon.chat.connection.command_registration import CommandRegistration
from antiphon.chat.connection.endpoint import locate, point_at, until_ready
from antiphon.chat.connection.gateway import Gateway
from antiphon.chat.inbound.attachments import FileLimits
from antiphon.config.load import environment
from antiphon.config.machine import NOBODY, Supervision
from antiphon.config.settings import Settings
from antiphon.continuations import Continuations
from antiphon.core.bus import RecoveryInfo
from antiphon.core.health import Finding, Health
from antiphon.core.projects import LOCAL, Projects
from antiphon.core.records import Lease
from antiphon.core.runtime.conversation import Ports
from antiphon.core.runtime.switchboard import Switchboard
from antiphon.doctor.examine import examine_around, examine_machine
from antiphon.host.pulse import Pulse
from antiphon.leadership import Leadership, single_instance_lock
from antiphon.no_api import NoApi
from antiphon.reloading import reload_on_hangup
from antiphon.startup import Places, Stop, capacity_of, limits_of, pulse_of, serve
from antiphon.store import Store
from antiphon.surroundings import Surroundings
from antiphon.terminals import AttachedTerminals
from antiphon.timer import Timer
from antiphon.tools.calls import DiscordTools

if TYPE_CHECKING:
    from antiphon.http_api import HttpApi

log = logging.getLogger(__name__)

Examine = Callable[[], Awaitable[Sequence[Finding]]]

_FILES_KEPT = 30 * 86400.0  # seconds for which files lie on disk that people have attached, and Claude has sent
_TIDIED = 6 * 3600.0  # seconds between two looks for what is not needed any more
_LAST_POSTS = 5.0  # seconds for what has ended to be posted before the bridge leaves


@dataclass(frozen=True, slots=True)
class Start:
    """What a bridge begins with. `read`: reads the configuration again; `secrets`: what appears nowhere, whoever says
    it; `supervision`: who looks after this process."""

    settings: Settings
    places: Places
    read: Read
    secrets: tuple[str, ...] = ()
    supervision: Supervision = NOBODY


async def run(start: Start) -> None:
    """Run until SIGINT or SIGTERM. AntiphonError: the bridge cannot start, or go on."""
    discord, places = start.settings.discord, start.places

    async def inside(store: Store, stop: Stop) -> None:
        with single_instance_lock(places.runtime, discord.api, discord.token.get_secret_value()):
            await _serve(start, store, stop)

    await serve(places, inside)


async def _serve(start: Start, store: Store, stop: Stop) -> None:
    settings, places, limits, health = start.settings, start.places, start.settings.limits, Health(time.time)
    configuration = RunningConfiguration(settings, start.read, store, health)
    projects = await configuration.begin()
    leadership = Leadership(store, health, places.state, time.time)
    with tempfile.TemporaryDirectory(prefix="antiphon-") as temporary:
        command = settings.claude.command or bundled()
        launch = install(command, Path(temporary), places.claude, places.state, start.secrets)
        await _end_left(launch)  # before their transcripts are looked at
        hub = await leadership.take("hub")
        worker = await leadership.take(f"worker:{LOCAL}", _recovery(launch, projects))
        async with ended_with_us(launch.mark, Path(temporary)), bot(health, store) as client:
            leadership.guard(request_trace(client))
            files = LocalFiles(launch.files, launch.disk)
            triggers = Triggers(settings.as_triggers(), files)
            examine, look = (partial(_examine, configuration, places, one) for one in (examine_around, examine_machine))
            chat = ChatPorts(store, hub, projects, files, health, time.time, triggers, examine, configuration)
            bridge = DiscordBridge(client, chat, _chat_settings(settings))
            api = _api(settings, places, store, (bridge, triggers), (health, projects))
            launch = replace(launch, tools=DiscordTools(bridge.actions, time.time), keys=api.keys)
            launch = _with_workplaces(launch, store, worker)
            agent = LazyAgent(launch)
            behind = (launch, store, worker)
            terminals = AttachedTerminals(
                places.state, settings.attach, bridge.actions, behind, lambda: switchboard, answered=True
            )
            ports = Ports(Agents(agent, terminals.agent), store, worker, bridge.outbox, time.time)
            switchboard = Switchboard(projects, ports, limits_of(limits), capacity_of(limits))
            gateway = Gateway(client, store, health)
            pulse = pulse_of(start.supervision, limits, lambda: leadership.is_confirmed, health, switchboard)
            await configure_triggers(store, triggers.all)
            around = Surroundings(settings, client, gateway, store, health)
            await bridge.attach()
            try:
                async with asyncio.TaskGroup() as services:
                    tasks = (
                        services.create_task(_connect(client, gateway, settings), name="gateway"),
                        services.create_task(_work(bridge, switchboard, agent, pulse), name="worker"),
                        services.create_task(bridge.show_queue(), name="queue"),
                        services.create_task(leadership.keep(), name="leases"),
                        services.create_task(_keep_time(bridge, store, hub, projects, api.programs), name="clock"),
                        services.create_task(api.serve(), name="api"),
                        services.create_task(_hear_terminals(bridge, terminals), name="terminals"),
                        services.create_task(_look_after(bridge, launch, command, health, look), name="machine"),
                        services.create_task(_attend(around, switchboard, pulse), name="surroundings"),
                        services.create_task(reload_on_hangup(configuration, places.state, stop.wanted), name="hangup"),
                    )
                    await stop.wanted.wait()
                    await _drain(switchboard, limits.drain, stop, pulse)
                    for task in tasks:
                        task.cancel()
            finally:
                await bridge.outbox.settle(_LAST_POSTS)


async def _end_left(launch: Installation) -> None:
    if left := await asyncio.to_thread(end_orphans, launch.mark_prefix):
        log.warning("%d processes of an earlier bridge were still at work; they are ended", left)


def _with_workplaces(launch: Installation, store: Store, worker: Lease) -> Installation:
    ours = handed_down(environment())
    trees = Worktrees(ours, launch.disk, {MARK: launch.mark})
    workplaces = SettledWorkplaces(store, worker, trees, launch.disk, time.time)
    answering = WorktreeRequests(workplaces, trees, ours, launch.disk)
    together = SessionsTogether(store, launch.disk, time.time)
    return replace(launch, workplaces=workplaces, worktree_requests=answering, together=together)


def _recovery(launch: Installation, projects: Projects) -> RecoveryInfo:
    continued = frozenset(one.name for one in projects.all if one.after_restart == "continue")
    return RecoveryInfo(launch.received, continued)


def _chat_settings(settings: Settings) -> ChatSettings:
    files, limits = settings.files, settings.limits
    attachments = FileLimits(files.count, files.megabytes, files.total_megabytes)
    return ChatSettings(attachments, limits.ask_after, limits.sessions_at_work, settings.as_coordination())


async def _connect(client: Bot, gateway: Gateway, settings: Settings) -> None:
    """Find Discord and stay there. May wait for it for long, which a stop ends."""
    token = settings.discord.token.get_secret_value()
    server = await until_ready(lambda: locate(settings.discord.api, token), gateway.health)
    point_at(server)
    await until_ready(lambda: log_in(client, token), gateway.health)
    log.info("Discord server: %s", server.api)
    async with asyncio.TaskGroup() as beside:
        beside.create_task(CommandRegistration(client, gateway.health).run(), name="commands")
        await gateway.stay_connected()


async def _work(bridge: DiscordBridge, switchboard: Switchboard, agent: LazyAgent, pulse: Pulse) -> None:
    """Finish what an earlier bridge began, then serve. Waits for Discord first: threads are opened there."""
    await bridge.ready()
    agent.load()
    if unfinished := await bridge.outbox.recover():
        log.info("%d turns of an earlier run are being shown", unfinished)
    await bridge.up_to_date()  # what was edited or deleted meanwhile does not run as it was
    pulse.ready()
    await switchboard.serve()


async def _attend(around: Surroundings, switchboard: Switchboard, pulse: Pulse) -> None:
    async with asyncio.TaskGroup() as both:
        both.create_task(pulse.run(), name="pulse")
        both.create_task(around.attend(lambda: switchboard.at_work, handed_down(environment())), name="around")


async def _hear_terminals(bridge: DiscordBridge, terminals: AttachedTerminals) -> None:
    """From when on Discord can be asked: what they do is to be shown there."""
    await bridge.ready()
    await terminals.hear()


async def _examine(
    configuration: RunningConfiguration,
    places: Places,
    examine: Callable[[Settings, Places, Mapping[str, str]], Awaitable[Sequence[Finding]]],
) -> Sequence[Finding]:
    return await examine(configuration.settings, places, environment())


def _api(
    settings: Settings,
    places: Places,
    store: Store,
    chat: tuple[DiscordBridge, Triggers],
    known: tuple[Health, Projects],
) -> "NoApi | HttpApi":
    """Loaded only where it is configured."""
    if settings.api is None:
        return NoApi()
    from antiphon.http_api import HttpApi

    (bridge, triggers), (health, projects) = chat, known
    return HttpApi(settings.api, places.state, projects, bridge.actions, triggers, store, lambda: health.problems)


async def _keep_time(bridge: DiscordBridge, store: Store, hub: Lease, projects: Projects, programs: Programs) -> None:
    """From when on Discord can be asked, as the worker does."""
    checks = partial(run_check, environment())
    timer = Timer(store, hub, projects, bridge.actions.places, time.time, programs=programs, checks=checks)
    continuations = Continuations(store, hub, projects, bridge.outbox, time.time)
    await bridge.ready()
    async with asyncio.TaskGroup() as clocks:
        clocks.create_task(timer.run(), name="schedules")
        clocks.create_task(continuations.run(), name="continuations")


async def _look_after(
    bridge: DiscordBridge, launch: Installation, command: Path, health: Health, look: Examine
) -> None:
    """What need not be done before the bridge listens, and is done again from time to time."""
    await bridge.ready()
    await _look_around(look)
    await watch_login(launch, command, health)
    while True:
        with suppress(OSError):
            if old := await launch.disk.run(launch.files, remove_old, launch.files, time.time() - _FILES_KEPT):
                log.info("the files of %d messages are older than 30 days: removed", old)
        await launch.workplaces.tidy()
        await asyncio.sleep(_TIDIED)


async def _look_around(look: Examine) -> None:
    """Say once what the doctor finds; Claude Code's login is watched, and said, by `watch_login`."""
    for one in await look():
        if one.grade in ("warning", "failure") and one.check != "claude.login":
            level = logging.ERROR if one.grade == "failure" else logging.WARNING
            log.log(level, "%s. %s", one.text, one.way_out)


async def _drain(switchboard: Switchboard, limit: float, stop: Stop, pulse: Pulse) -> None:
    """Let the running turns end, for `limit` seconds or until somebody asks again to stop."""
    log.info("stopping")
    pulse.stopping()
    if not switchboard.at_work:
        return
    log.info("%d turns are at work and have %g s to end; another signal ends them at once", switchboard.at_work, limit)
    drained = asyncio.create_task(switchboard.drain(), name="drain")
    hurried = asyncio.create_task(stop.at_once.wait(), name="hurry")
    try:
        await asyncio.wait({drained, hurried}, timeout=limit, return_when=asyncio.FIRST_COMPLETED)
    finally:
        drained.cancel()
        hurried.cancel()
