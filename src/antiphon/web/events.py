"""What happens in sessions, as it is written down: followed from any event on, so that nothing is missed."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager

from antiphon.core.blocks import End, TakenBack
from antiphon.core.programs.api_store import ApiStore
from antiphon.core.records import TurnBegun
from antiphon.core.stored_turn import assemble
from antiphon.core.values import SessionId, TurnId
from antiphon.web.shapes.events import Event, event, open_request

_MOST, _MOST_OF_ONE = 50, 10  # streams at once; of one caller
_BATCH = 200  # rows that are read in one go
_LOOK = 1.0  # seconds between two looks, if the bell is not heard


class Streams:
    """Of one bridge."""

    def __init__(self, store: ApiStore) -> None:
        self._store = store
        self._open: Counter[str] = Counter()
        self._closed = asyncio.Event()

    def close(self) -> None:
        """End all of them: the bridge leaves."""
        self._closed.set()

    def has_room(self, caller: str) -> bool:
        """Whether one more may be opened for a caller."""
        return self._open.total() < _MOST and self._open[caller] < _MOST_OF_ONE

    @asynccontextmanager
    async def counted(self, caller: str) -> AsyncGenerator[None]:
        """One is open."""
        self._open[caller] += 1
        try:
            yield
        finally:
            self._open[caller] -= 1

    async def follow(self, session: SessionId, after: int, is_good: Callable[[], bool]) -> AsyncIterator[Event]:
        """The session's events after one of them, until `is_good` says that whoever follows may no more, or the bridge
        leaves. What Claude asks is told when it does, without a number, and again with one when it has its answer. What
        is slow to take them is waited for."""
        turn = await self._turn_at(session, after)
        asked: set[str] = set()
        while is_good() and not self._closed.is_set():
            rows = await self._store.rows_after(session, after, _BATCH)
            for row in rows:
                after = row.seq
                turn = (
                    row.turn if isinstance(row.content, TurnBegun) else None if isinstance(row.content, End) else turn
                )
                yield event(row)
            if rows:
                continue
            async for one in self._asked(session, turn, asked):
                yield one
            await self._ring()

    async def _turn_at(self, session: SessionId, seq: int) -> TurnId | None:
        """The turn that is at work after a row, as far as that tells; None: none is."""
        rows = await self._store.rows_after(session, seq - 1, 1)
        if not rows or rows[0].seq != seq or isinstance(rows[0].content, End | TakenBack):
            return None
        return rows[0].turn

    async def _asked(self, session: SessionId, turn: TurnId | None, asked: set[str]) -> AsyncIterator[Event]:
        """What the turn at work waits for, and has not been told."""
        story = None if turn is None else await self._store.story(session, turn)
        for need in () if story is None else assemble(story).needs:
            if need.id not in asked:
                asked.add(need.id)
                assert turn is not None
                yield open_request(turn, need)

    async def _ring(self) -> None:
        """Wait for the next look; not when the bridge leaves."""
        waits = {
            asyncio.create_task(self._store.wait("outbox", _LOOK), name="events"),
            asyncio.create_task(self._closed.wait(), name="events end"),
        }
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
