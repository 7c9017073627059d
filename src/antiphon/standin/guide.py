"""What the page says and suggests to somebody who sees it for the first time: of the owner's choice, not Discord's.

A suggestion is a prompt, which is posted as if it had been typed, or an action, which calls the owner of the stand-in.
An action is pressed at `POST /standin/actions/NAME`. Another site's page cannot: it would need a header that a
cross-origin request may only carry where the server agrees beforehand, which this one never does, and our origin.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from aiohttp import web

_HEADER = "X-Standin-Action"


@dataclass(frozen=True, slots=True)
class Prompt:
    """`text` is posted; `label` is what its button says, `shows` what there is to see."""

    label: str
    text: str
    shows: str = ""


@dataclass(frozen=True, slots=True)
class Action:
    """`run` is the owner's: it returns when what it did is over, and may raise ActionFailed. `began` and `ended` are
    said to whoever pressed it."""

    name: str
    label: str
    run: Callable[[], Awaitable[None]]
    shows: str = ""
    began: str = ""
    ended: str = ""


class ActionFailed(Exception):
    """What the owner could not do, in words for whoever pressed."""


@dataclass(frozen=True, slots=True)
class Guide:
    """`intro`: lines in the place of a channel's welcome. `chips`: suggestions above the composer, in their order."""

    intro: Sequence[str] = ()
    chips: Sequence[Prompt | Action] = ()

    def as_json(self) -> Mapping[str, object]:
        """As the page takes it."""
        return {"intro": list(self.intro), "chips": [_chip(one) for one in self.chips]}


class Actions:
    """Runs the actions of a guide, each at most once at a time."""

    def __init__(self, guide: Guide) -> None:
        self._known = {one.name: one for one in guide.chips if isinstance(one, Action)}
        self._running: dict[str, asyncio.Task[None]] = {}

    async def press(self, request: web.Request, name: str) -> web.Response:
        """Answer a press when what it asks for is over. Pressed while it runs, it waits for the one that runs."""
        if request.headers.get(_HEADER) != "1" or request.headers.get("Origin") != _origin(request):
            return web.json_response({"message": "Only the page itself may do this."}, status=403)
        action = self._known.get(name)
        if action is None:
            return web.json_response({"message": "There is no such action."}, status=404)
        task = self._running.get(name)
        if task is None or task.done():
            # Not the request's: it goes on when whoever pressed has left.
            task = self._running[name] = asyncio.create_task(_run(action), name=f"action {name}")
        try:
            await asyncio.shield(task)
        except ActionFailed as failed:
            return web.json_response({"message": str(failed)}, status=502)
        return web.Response(status=204)

    async def close(self) -> None:
        """End what still runs."""
        running = {task for task in self._running.values() if not task.done()}
        for task in running:
            task.cancel()
        if running:
            await asyncio.wait(running)


async def _run(action: Action) -> None:
    await action.run()


def _origin(request: web.Request) -> str:
    return f"{request.scheme}://{request.host}"


def _chip(one: Prompt | Action) -> Mapping[str, str]:
    if isinstance(one, Prompt):
        return {"label": one.label, "shows": one.shows, "text": one.text}
    return {"label": one.label, "shows": one.shows, "action": one.name, "began": one.began, "ended": one.ended}
