"""Shows at the bot's name how it is: whether something is at work, whether somebody is waited for, what is wrong.

Everybody in the bot's servers sees that, so it tells how many, and never what. Discord takes five changes in twenty
seconds from one connection and drops the others (developer docs, Update Presence): one in twenty is made at most.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Literal

import aiohttp
import discord

from antiphon.chat.connection import wording
from antiphon.core.coordination.board import TurnAtWork
from antiphon.core.health import LOGIN, Problem
from antiphon.errors import StoreError

log = logging.getLogger(__name__)

_LOOK = 3.0  # seconds between two looks
_PAUSE = 20.0  # seconds between two changes


@dataclass(frozen=True, slots=True)
class Shown:
    """What stands at the bot's name."""

    status: Literal["idle", "online", "dnd"]
    text: str


def presence_of(turns: Iterable[TurnAtWork], problems: Iterable[Problem]) -> Shown:
    """What it is to be. Pure."""
    waiting = [bool(one.needs) for one in turns]
    grave = [one.name for one in problems if not one.minor]
    if LOGIN in grave:
        return Shown("dnd", wording.LOGGED_OUT)
    if grave:
        return Shown("dnd", wording.TROUBLED)
    text = wording.at_work(waiting.count(False), waiting.count(True))
    return Shown("online", text) if waiting else Shown("idle", wording.IDLE)


class Presence:
    """Keeps a client's presence."""

    def __init__(
        self,
        client: discord.Client,
        socket: Callable[[], object],
        look: Callable[[], Awaitable[Shown]],
        every: float = _LOOK,
        pause: float = _PAUSE,
    ) -> None:
        """`socket`: the connection, each of which is told anew (None: there is none); `look`: what is to be shown;
        StoreError: nobody knows at the moment. `every`, `pause`: seconds between two looks, and two changes."""
        self._client = client
        self._socket = socket
        self._look = look
        self._every = every
        self._pause = pause

    async def run(self) -> None:
        """Until cancelled. It is gone with the connection."""
        clock, told, changed = asyncio.get_running_loop().time, None, float("-inf")
        while True:
            try:
                socket, wanted = self._socket(), await self._look()
                if socket is not None and told != (socket, wanted) and clock() - changed >= self._pause:
                    changed = clock()
                    await self._show(wanted)
                    told = socket, wanted
            except (StoreError, aiohttp.ClientError, OSError) as error:  # the socket is just being closed
                log.debug("the presence is changed later: %s", error)
            await asyncio.sleep(self._every)

    async def _show(self, wanted: Shown) -> None:
        activity = discord.CustomActivity(wanted.text)
        await self._client.change_presence(status=discord.Status(wanted.status), activity=activity)
