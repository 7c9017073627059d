"""Holds events of a place back until what was missed there has been read, so that messages keep their order."""

import asyncio
from dataclasses import dataclass, field
from weakref import WeakValueDictionary


@dataclass(slots=True)
class GatewayOutage:
    """A time without a gateway session. `read`: the places in which all that was said then is accepted; `over`: that
    is every place."""

    read: set[int] = field(default_factory=set[int])
    over: bool = False


class BackfillGate:
    """Waits for the newest outage: an earlier one that is still being read holds nobody up, and lets nobody pass."""

    def __init__(self) -> None:
        self.outage = GatewayOutage()
        self._news = asyncio.Event()
        self._queues: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()

    def begin(self) -> None:
        """There was an outage: every place may have been missed."""
        self.outage = GatewayOutage()

    def changed(self) -> None:
        """An outage has changed: whoever waits looks again."""
        news, self._news = self._news, asyncio.Event()
        news.set()

    async def passed(self, place: int) -> None:
        """Wait until a place was read. Whoever comes first goes on first, at once: without a wait in between."""
        queue = self._queues.setdefault(place, asyncio.Lock())
        async with queue:
            while not (self.outage.over or place in self.outage.read):
                await self._news.wait()
