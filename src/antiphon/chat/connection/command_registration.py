"""Registers the slash commands at Discord, beside the connection: whether that works decides nothing else.

What Discord refuses or does not answer is tried again, calmly; until then the commands of the last registration that
worked go on working. It is a problem of core/health.py while it lasts.
"""

import asyncio
import logging
from dataclasses import dataclass
from typing import Any, cast

import aiohttp
from discord.ext import commands

from antiphon.chat.connection import wording
from antiphon.chat.connection.endpoint import unready
from antiphon.chat.connection.gateway import BAD_DATA
from antiphon.chat.render.text.escape import one_line
from antiphon.core.health import Health
from antiphon.core.retry import Backoff

log = logging.getLogger(__name__)

_PROBLEM = "commands"
_WHY = 150  # characters of Discord's reason
_LIMIT = 900.0  # seconds for one try


@dataclass(frozen=True, slots=True)
class Pace:
    """In seconds. `away`: the first and the longest pause after Discord did not answer, or asked to wait; `refused`:
    after it has refused, which somebody may mend, or nobody; `slow`: after how long it is said that Discord makes us
    wait, for discord.py itself waits for rate limits."""

    away: tuple[float, float] = (5.0, 300.0)
    refused: tuple[float, float] = (600.0, 6 * 3600.0)
    slow: float = 20.0


class CommandRegistration:
    """Brings a client's commands to Discord, where it has other ones."""

    def __init__(self, client: commands.Bot, health: Health, pace: Pace = Pace()) -> None:
        self._client = client
        self._pace = pace
        self._health = health

    async def run(self) -> None:
        """Return when Discord has the commands. The client is logged in; may take for ever, which cancelling ends."""
        away, refused = Backoff(*self._pace.away), Backoff(*self._pace.refused)
        while True:
            slow = asyncio.get_running_loop().call_later(self._pace.slow, self._say, wording.COMMANDS_SLOW)
            try:
                async with asyncio.timeout(_LIMIT):
                    await self._register()
            except (*BAD_DATA, aiohttp.ClientError, RuntimeError) as error:  # the last: the client is closed
                wait = unready(error)
                backoff = refused if wait is None else away
                pause = max(backoff.pause, 0.0 if wait is None else wait.after)
                backoff.grow()
                why = one_line(str(error) or type(error).__name__, _WHY)
                self._say(wording.COMMANDS_REFUSED.format(why=why) if wait is None else wording.COMMANDS_SLOW)
                log.info("the slash commands are registered again in %.0f s: %s", pause, why)
            else:
                self._health.over(_PROBLEM, wording.COMMANDS_REGISTERED)
                return
            finally:
                slow.cancel()
            await asyncio.sleep(pause)

    def _say(self, text: str) -> None:
        self._health.begin(_PROBLEM, text)

    async def _register(self) -> None:
        """A needless registration is not harmless: a few of them in a row run into a rate limit."""
        assert self._client.application_id is not None
        there = await self._client.http.get_global_commands(self._client.application_id)
        here = [command.to_dict(self._client.tree) for command in self._client.tree.get_commands()]
        names = {command["name"] for command in here}
        if names != {command["name"] for command in there} or not all(
            any(same_command(mine, theirs) for theirs in there) for mine in here
        ):
            await self._client.tree.sync()


def same_command(mine: Any, theirs: Any) -> bool:
    """Whether Discord's form of a command says what ours says: it adds fields, and leaves out empty ones."""
    match mine, theirs:
        case dict(), dict():
            wanted = cast(dict[str, Any], mine)
            found = cast(dict[str, Any], theirs)
            return all(
                same_command(value, found.get(key))
                for key, value in wanted.items()
                if value is not None or key != "integration_types"  # Discord fills in the application's own
            )
        case list(), list():
            pairs = cast(list[Any], mine), cast(list[Any], theirs)
            return len(pairs[0]) == len(pairs[1]) and all(map(same_command, *pairs))
        case int(), str():  # permissions are sent as a number, and come as a text
            return str(mine) == theirs
        case _:
            return mine == theirs or (not mine and not theirs)
