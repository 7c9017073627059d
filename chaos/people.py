"""What people do beside writing: answer requests, edit, delete and like messages, stop turns, take rights from the bot
and give them back. As in life, nothing of it need succeed: a message may be gone, a bridge may be away."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from itertools import cycle
from typing import Any

from aiohttp import ClientError
from bench import shown as turns

from antiphon.standin.person import Person, Refused
from chaos.plan import Act, Press
from chaos.verdict import LIKED

Json = dict[str, Any]

_FAILS = (Refused, TimeoutError, ConnectionError, ClientError, LookupError)  # the last: no such command yet
_LOOK = 0.2  # seconds
_AGAIN = 6.0  # seconds after which a request that is still open is answered once more


async def act(one: Act, author: Person, person: Person, message: Json, place: str) -> None:
    """Do it, when its time has come."""
    await asyncio.sleep(one.after)
    with suppress(*_FAILS):
        match one.kind:
            case "edit":
                await author.edit(message, message["content"] + "\nplease")
            case "delete":
                await author.delete(message)
            case "react":
                await person.react(message, LIKED)
            case "stop":
                await person.command(place, "stop")


async def answer_requests(people: Sequence[Person], presses: Sequence[Press], places: set[str]) -> None:
    """Answer whatever Claude asks in these places, until cancelled: each request in its own time, and again where it
    stays open (a bridge that was killed has heard nothing)."""
    eyes, next_press = people[0], cycle(presses)
    pressed: dict[str, float] = {}
    loop = asyncio.get_running_loop()
    async with asyncio.TaskGroup() as tasks:
        while True:
            for message in [one for place in places for one in eyes.messages(place) if turns.open_buttons(one)]:
                if loop.time() - pressed.get(message["id"], 0.0) > _AGAIN:
                    press = next(next_press)
                    pressed[message["id"]] = loop.time() + press.after
                    tasks.create_task(_press(press, people[press.person], message), name=f"answer {message['id']}")
            await asyncio.sleep(_LOOK)


async def _press(press: Press, person: Person, message: Json) -> None:
    await asyncio.sleep(press.after)
    custom_ids = [one for one in turns.open_buttons(message) if one.startswith(f"a1:{press.button}:")]
    with suppress(*_FAILS):
        if custom_ids:
            await person.click(message, custom_ids[0])


async def without_permission(owner: Person, bot: str, channel: str, denied: Json, seconds: float) -> None:
    """Take something from the bot in a channel, for a while."""
    path = f"/channels/{channel}/permissions/{bot}"
    await owner.request("PUT", path, {"type": 1, **denied})
    await asyncio.sleep(seconds)
    await owner.request("DELETE", path)


async def without_bot(owner: Person, bot: str, guild: str, seconds: float) -> None:
    """Take the bot out of the server, and invite it again after a while."""
    path = f"/guilds/{guild}/members/{bot}"
    await owner.request("DELETE", path)
    await asyncio.sleep(seconds)
    await owner.request("PUT", path, {})
