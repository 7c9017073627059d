"""Lines of the coordination channel, where Discord, the cache or the disk are not as they should be."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

from antiphon.chat.connection.rate_limiter import RateLimiter
from antiphon.chat.delivery.context import DeliveryContext
from antiphon.chat.delivery.standing.coordination_channel import CoordinationChannel
from antiphon.core.coordination.board import CoordinationLine, TurnAtWork
from antiphon.core.coordination.events import CoordinationEvent
from antiphon.core.records import Lease
from antiphon.core.values import MessageId, PlaceId, Session, TurnId
from antiphon.errors import StoreError
from chat.test_boards import HOUR, Pinboard
from chat.test_outbox import HUB, now

from fakes import SESSION
from memory_store import Busy, MemoryStore
from virtual_time import virtually

PLACE = PlaceId(77)
TURN = TurnId("7d9a3c1e-0000-4000-8000-000000000001")


class Room(Pinboard):
    """A channel in which it is not always known who sees which thread."""

    known: bool | None = True

    def is_shown_to_all(self, session: Session) -> bool | None:
        return self.known

    def may_write(self, place: PlaceId) -> bool:
        return True


class Lines(MemoryStore):
    """Events in memory, as the store keeps them."""

    def __init__(self) -> None:
        super().__init__()
        self.events_kept: dict[int, CoordinationLine] = {}
        self.writes = 0
        self.fails: list[StoreError] = []

    def tell(self, n: int, **event: object) -> None:
        """Something happens, or goes on."""
        before = self.events_kept.get(n)
        if before is None:
            told = CoordinationEvent(f"turn:{n}", "site", SESSION.id, "", TURN, n, now(), "turn")
            before = CoordinationLine(told, SESSION, MessageId(0), "", now())
        self.events_kept[n] = replace(before, event=replace(before.event, **event), changed=now(), is_news=True)  # type: ignore[arg-type]

    async def tell_from_now(self, hub: Lease, key: str, place: PlaceId) -> int:
        return 0

    async def lines(self, after: int, most: int) -> Sequence[CoordinationLine]:
        return [one for one in self.events_kept.values() if one.is_news or not one.event.outcome]

    async def turns_at_work(self) -> Sequence[TurnAtWork]:
        return []

    async def line_messages(self, after: MessageId) -> frozenset[MessageId]:
        return frozenset(one.message for one in self.events_kept.values() if one.message)

    async def note_line(self, hub: Lease, line: CoordinationLine) -> None:
        self.writes += 1
        if self.fails:
            raise self.fails.pop()
        known = self.events_kept[line.event.n]
        news = known.changed > line.changed
        self.events_kept[line.event.n] = replace(known, message=line.message, digest=line.digest, is_news=news)


@asynccontextmanager
async def told(room: Room, bus: Lines) -> AsyncGenerator[None]:
    context = DeliveryContext(bus, HUB, room, RateLimiter(), now, frozenset)
    running = asyncio.create_task(CoordinationChannel(context, bus, PLACE).run())  # type: ignore[arg-type]
    try:
        yield
    finally:
        running.cancel()
        await asyncio.wait({running})
        assert running.cancelled(), running.exception()


@virtually
async def test_a_line_waits_where_nobody_knows_whether_all_may_see_its_thread() -> None:
    room, bus = Room(), Lines()
    async with told(room, bus):
        room.known = None
        bus.tell(1)
        await asyncio.sleep(60)
        assert room.texts == []
        room.known = True
        await asyncio.sleep(10)
        assert room.texts[0].startswith("▶️")
        room.known = None
        bus.tell(1, outcome="done", moment=now())
        await asyncio.sleep(60)
        room.known = True
        await asyncio.sleep(10)
        assert room.texts[0].startswith("✅")
        room.known = False
        bus.tell(2)
        await asyncio.sleep(60)
        assert len(room.texts) == 1


@virtually
async def test_the_end_of_a_line_of_which_discord_takes_no_more_edits_is_told_once_it_does() -> None:
    room, bus = Room(), Lines()
    async with told(room, bus):
        bus.tell(1)
        await asyncio.sleep(2 * HOUR)
        room.old_edits = [now()] * 30
        bus.tell(1, outcome="done", moment=now())
        await asyncio.sleep(HOUR / 2)
        assert room.texts[0].startswith("▶️")
        await asyncio.sleep(HOUR)
        assert room.texts[0].startswith("✅")
        assert bus.events_kept[1].is_news is False
    assert room.sent.count("edit") < 50


@virtually
async def test_what_could_not_be_written_down_is_written_down_later_once() -> None:
    room, bus = Room(), Lines()
    bus.fails = [Busy("locked")]
    async with told(room, bus):
        bus.tell(1)
        await asyncio.sleep(60)
        bus.fails = [Busy("locked")]
        bus.tell(1, outcome="done", moment=now())
        await asyncio.sleep(HOUR)
    assert len(room.messages) == 1
    assert room.texts[0].startswith("✅")
    assert bus.events_kept[1].message in room.messages
    assert bus.events_kept[1].is_news is False
    assert bus.writes < 10


@virtually
async def test_after_a_night_without_discord_each_line_is_told_once_as_it_is_by_then() -> None:
    room, bus = Room(), Lines()
    async with told(room, bus):
        room.away_until = now() + 2 * HOUR
        for n in range(1, 21):
            bus.tell(n)
            await asyncio.sleep(60)
            bus.tell(n, outcome="done", moment=now())
        await asyncio.sleep(3 * HOUR)
    assert len(room.texts) == 20
    assert all(text.startswith("✅") for text in room.texts)
