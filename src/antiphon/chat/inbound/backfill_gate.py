"""How far what was missed has been read: what happens in a place meanwhile waits until it was, in its order."""

import asyncio
from dataclasses import dataclass, field
from weakref import WeakValueDictionary


@dataclass(slots=True)
class GatewayOutage:
    """A time in which nobody listened. `read`: the places in which all that was said then is accepted; `over`: that is
    every place."""

    read: set[int] = field(default_factory=set[int])
    over: bool = False


class BackfillGate:
    """Of the newest gap: an earlier one that is still being read holds nobody up, and lets nobody pass."""

    def __init__(self) -> None:
        self.gap = GatewayOutage()
        self._news = asyncio.Event()
        self._lines: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()

    def begin(self) -> None:
        """There was a gap: every place may have been missed."""
        self.gap = GatewayOutage()

    def told(self) -> None:
        """A gap has changed: whoever waits looks again."""
        news, self._news = self._news, asyncio.Event()
        news.set()

    async def passed(self, place: int) -> None:
        """Wait until a place was read. Whoever comes first goes on first, at once: without a wait in between."""
        line = self._lines.setdefault(place, asyncio.Lock())
        async with line:
            while not (self.gap.over or place in self.gap.read):
                await self._news.wait()
