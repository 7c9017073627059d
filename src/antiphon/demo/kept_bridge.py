"""The demo's bridge, which people may kill: it is started again a few seconds later, on the same state."""

import asyncio
from collections.abc import Callable

from antiphon.demo.process import BridgeProcess
from antiphon.errors import ServerUnreachable
from antiphon.standin.guide import ActionFailed

_AWAY = 3.0  # seconds that a killed bridge stays away: long enough to be seen
_BACK_LIMIT = 180.0  # seconds to connect: one that was killed often waits longer each time before it identifies


class KeptBridge:
    """Keeps one bridge running until it is let go. `say`: tells the terminal. `away`: seconds."""

    def __init__(self, say: Callable[[str], object], away: float = _AWAY) -> None:
        self._say = say
        self._away = away
        self._bridge: BridgeProcess | None = None
        self._returning: asyncio.Task[None] | None = None

    async def start(self, bridge: BridgeProcess) -> None:
        """Start it; from now on it may be killed."""
        await bridge.start()
        self._bridge = bridge

    async def kill(self) -> None:
        """SIGKILL in the middle of whatever runs; returns when the next one is connected. While a killed one is on its
        way back, this waits for that one. Raises ActionFailed when it does not come back, or is not there yet."""
        if self._bridge is None:
            raise ActionFailed("The bridge has not started yet.")
        if self._returning is None or self._returning.done():
            self._returning = asyncio.create_task(self._return(self._bridge), name="bridge returns")
        await asyncio.shield(self._returning)

    async def let_go(self) -> None:
        """Nothing brings it back from now on. Whoever made it stops it."""
        self._bridge = None
        if self._returning is not None:
            self._returning.cancel()
            await asyncio.wait({self._returning})

    async def _return(self, bridge: BridgeProcess) -> None:
        killed = bridge.pid
        await bridge.kill()
        self._say(f"The bridge (process {killed}) is killed with SIGKILL. It starts again in {self._away:.0f} seconds.")
        await asyncio.sleep(self._away)
        try:
            await bridge.start(_BACK_LIMIT)
        except ServerUnreachable as error:
            self._say(str(error))
            raise ActionFailed("The bridge did not come back; the terminal says why.") from error
        self._say(f"The bridge is back (process {bridge.pid}).")
