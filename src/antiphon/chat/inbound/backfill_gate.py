"""Holds events of a place back until what was missed there has been read, so that messages keep their order."""

import asyncio
from dataclasses import dataclass, field
from weakref import WeakValueDictionary


@dataclass(slots=True)
class Gap:
    """A time in which we were not told what was said: without a gateway session, or without the right to see a channel.
    `channels`: those concerned, with the threads in them (None: everything); `read`: the places in which all that was
    said then is accepted; `over`: that is every place."""

    channels: frozenset[int] | None = None
    read: set[int] = field(default_factory=set[int])
    over: bool = False

    def holds(self, place: int, parent: int | None) -> bool:
        """Whether something of it may still be unread in a place. `parent`: the channel above a thread."""
        concerned = self.channels is None or place in self.channels or parent in self.channels
        return concerned and not self.over and place not in self.read


class BackfillGate:
    """Waits for the newest outage of the gateway (an earlier one that is still being read holds nobody up, and lets
    nobody pass), and for each gap of sight."""

    def __init__(self) -> None:
        self.outage = Gap()
        self._out_of_sight: list[Gap] = []
        self._news = asyncio.Event()
        self._queues: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()

    def begin(self) -> None:
        """There was an outage: every place may have been missed."""
        self.outage = Gap()

    def begin_reading(self, channels: frozenset[int]) -> Gap:
        """Channels are seen again that were not: what was said in them meanwhile is about to be read."""
        gap = Gap(channels)
        self._out_of_sight.append(gap)
        return gap

    def end(self, gap: Gap) -> None:
        """All of it is read, or cannot be."""
        gap.over = True
        if gap in self._out_of_sight:
            self._out_of_sight.remove(gap)
        self.changed()

    def begun(self, place: int) -> None:
        """A place has begun just now: nothing was missed in it."""
        for gap in (self.outage, *self._out_of_sight):
            gap.read.add(place)
        self.changed()

    def changed(self) -> None:
        """A gap has changed: whoever waits looks again."""
        news, self._news = self._news, asyncio.Event()
        news.set()

    async def passed(self, place: int, parent: int | None = None) -> None:
        """Wait until a place was read. Whoever comes first goes on first, at once: without a wait in between. `parent`:
        the channel above a thread."""
        queue = self._queues.setdefault(place, asyncio.Lock())
        async with queue:
            while any(gap.holds(place, parent) for gap in (self.outage, *self._out_of_sight)):
                await self._news.wait()
