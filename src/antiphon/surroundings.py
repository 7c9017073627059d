"""What is around a bridge and hears of it: the machine, which stays awake while turns run and whose sleep is noticed,
and the bot's name in Discord, which tells how it is."""

import asyncio
import logging
import os
import shutil
import sys
import time
from collections.abc import Callable, Mapping
from functools import partial

from antiphon import wording
from antiphon.chat.connection.client import Bot
from antiphon.chat.connection.gateway import Gateway
from antiphon.chat.connection.presence import Presence, Shown, presence_of
from antiphon.config.settings import Settings
from antiphon.core.coordination.board import BoardStore
from antiphon.core.health import Health
from antiphon.core.retry import kept_up
from antiphon.host.awake import KeptAwake, inhibitors
from antiphon.host.reaper import reap_orphans
from antiphon.host.suspend import watch_sleep

log = logging.getLogger(__name__)

_AGAIN = 60.0  # seconds until what is only a comfort is begun anew, where a fault of ours has ended it
_SLEPT = 3600.0  # seconds for which a sleep of the machine is told


class Surroundings:
    """Of a bridge with a bot."""

    def __init__(self, settings: Settings, client: Bot, gateway: Gateway, bus: BoardStore, health: Health) -> None:
        self._settings = settings
        self._client = client
        self._gateway = gateway
        self._bus = bus
        self._health = health

    async def attend(self, at_work: Callable[[], int], environment: Mapping[str, str]) -> None:
        """Until cancelled. `environment`: what keeps the machine awake gets of ours."""
        find = partial(shutil.which, path=environment.get("PATH", ""))
        commands = inhibitors(sys.platform, find, os.getpid()) if self._settings.machine.stay_awake else ()
        async with asyncio.TaskGroup() as looks:
            awake = KeptAwake(commands, environment, at_work)
            looks.create_task(kept_up(awake.run, _AGAIN, _failed), name="awake")
            looks.create_task(watch_sleep(time.time, time.monotonic, self.woken), name="sleep")
            if os.getpid() == 1:
                looks.create_task(reap_orphans(), name="orphans")
            if self._settings.discord.presence:
                presence = Presence(self._client, lambda: self._gateway.socket, self._shown)
                looks.create_task(kept_up(presence.run, _AGAIN, _failed), name="presence")

    def woken(self, slept: float) -> None:
        """The machine has slept for so many seconds: its connections are dead, though none says so yet."""
        words = wording.slept(slept)
        log.warning("%s; reconnecting to Discord", words)
        self._health.begin("slept", words, said=True, lasts=_SLEPT, minor=True)
        self._gateway.renew()

    async def _shown(self) -> Shown:
        return presence_of(await self._bus.turns_at_work(), self._health.problems)


def _failed(error: BaseException) -> None:
    log.error("what tells how the bridge is begins anew in %g s", _AGAIN, exc_info=error)
