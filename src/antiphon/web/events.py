"""What happens in sessions, as it is written down: followed from any event on, so that nothing is missed."""

from collections.abc import AsyncIterator

from antiphon.core.bus import ApiStore
from antiphon.core.values import SessionId
from antiphon.web.shapes.events import Event, event

_MOST = 100  # streams at once
_BATCH = 200  # rows that are read in one go
_LOOK = 1.0  # seconds between two looks, if the bell is not heard


class Streams:
    """Of one bridge."""

    def __init__(self, store: ApiStore) -> None:
        self._store = store
        self._open = 0

    @property
    def has_room(self) -> bool:
        """Whether one more may be opened."""
        return self._open < _MOST

    async def follow(self, session: SessionId, after: int) -> AsyncIterator[Event]:
        """The session's events after one of them, without an end. What is slow to take them is waited for."""
        self._open += 1
        try:
            while True:
                rows = await self._store.rows_after(session, after, _BATCH)
                for row in rows:
                    after = row.seq
                    yield event(row)
                if not rows:
                    await self._store.wait("outbox", _LOOK)
        finally:
            self._open -= 1
