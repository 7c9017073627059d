"""What the figures are taken from: a local Discord, a scripted model, and the bridge between them as it runs for real.

The local Discord enforces its rate limits. It and the model live in this process, the bridge in one of its own.
"""

import asyncio
import os
import tempfile
import time
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiohttp import ClientSession

from antiphon.demo.process import BridgeProcess
from antiphon.demo.world import World
from antiphon.standin import StandIn
from antiphon.standin.model.server import Seen
from antiphon.standin.person import Person
from bench import shown as turns
from bench.played import Played

TURN_LIMIT = 90.0


@dataclass
class Stage:
    """A bridge that runs, and what stands around it."""

    standin: StandIn
    world: World
    ada: Person
    bridge: BridgeProcess | Played

    @property
    def general(self) -> str:
        return self.world.about["channels"]["general"]

    async def first_request(self, words: str, act: Callable[[], Any]) -> float:
        """Seconds from the act to the first request of the model that carries these words."""
        start = time.monotonic()
        await act()
        while True:
            if (seen := self.request(words)) is not None:
                return seen.monotonic - start
            await asyncio.sleep(0.001)

    def request(self, words: str) -> Seen | None:
        """The model's latest request that was prompted by exactly these words."""
        found = (one for one in reversed(self.standin.model.requests) if one.kind == "main" and one.prompt == words)
        return next(found, None)

    def sent(self, words: str) -> list[tuple[float, int]]:
        """How the text of the answer to a prompt left (`ScriptedModel.sent`), from whoever answered."""
        if isinstance(self.bridge, Played):
            return self.bridge.sent(words)
        request = self.request(words)
        return [] if request is None else self.standin.model.sent(request.number)

    async def ended(self, place: str, turns: int = 1, limit: float = TURN_LIMIT) -> None:
        await self.ada.until(lambda _: len(self.ends(place)) >= turns, limit)

    def ends(self, place: str) -> list[str]:
        return turns.ends(self.ada.messages(place))

    async def requests(self) -> list[dict[str, Any]]:
        """What the bridge asked of Discord so far."""
        return [one for one in await self._standin("requests") if one["by"] == "antiphon"]

    async def violations(self) -> list[dict[str, Any]]:
        """What was asked of it that a well-made bot does not ask."""
        return await self._standin("violations")

    async def _standin(self, what: str) -> list[dict[str, Any]]:
        url = self.world.about["api"].removesuffix("/api/v10")
        async with ClientSession() as http, http.get(f"{url}/standin/{what}") as response:
            return await response.json()


@asynccontextmanager
async def stage(
    sections: Mapping[str, Mapping[str, Any]] | None = None,
    standin: StandIn | None = None,
    *,
    played: bool = False,
    **project: Any,
) -> AsyncGenerator[Stage]:
    """`sections` and `project`: of the bridge's configuration, as in `World.configure`. `played`: Claude Code is."""
    with tempfile.TemporaryDirectory(prefix="antiphon-bench-", ignore_cleanup_errors=True) as directory:
        async with standin or StandIn() as standing:
            about = standing.describe()
            world = World(Path(directory), about, os.environ["PATH"])  # noqa: TID251
            await world.create()
            world.configure(sections or {}, **project)
            bridge = Played(world) if played else BridgeProcess(world.config, world.environment())
            try:
                await bridge.start()
                async with Person(about["api"], about["gateway"], about["people"][0]["token"]) as ada:
                    yield Stage(standing, world, ada, bridge)
            finally:
                await bridge.stop()


def cpu(pid: int) -> float:
    """Seconds of CPU that a process itself has used (user and system, its children not counted)."""
    after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(after_name[11]) + int(after_name[12])) / os.sysconf("SC_CLK_TCK")  # utime and stime, proc_pid_stat(5)
