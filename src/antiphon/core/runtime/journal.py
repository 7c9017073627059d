"""What a conversation makes durable, in order. Giving up would lose it, so a busy database is asked until it answers.

Promises: a row is written once, under the next free number; settled blocks and the end before anybody shows them.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeVar

from antiphon.core.bus import WorkerStore
from antiphon.core.events import EndReason
from antiphon.core.records import Audit, Closing, InboxEnd, Lease, Spent
from antiphon.core.requests import Reply
from antiphon.core.stored_turn import rows_of, tail_of
from antiphon.core.values import PersonId, Session, TurnId
from antiphon.core.view import TurnView, settled_prefix

log = logging.getLogger(__name__)

T = TypeVar("T")

FIRST_PAUSE, LONGEST_PAUSE = 0.1, 30.0  # seconds after a failed write; doubled each time

_CLOSED: Mapping[EndReason, InboxEnd] = {
    "done": "done",
    "failed": "failed",
    "timed_out": "failed",
    "limited": "failed",
    "lost": "failed",
    "stopped": "cancelled",
    "interrupted": "interrupted",
}


class Journal:
    """The rows of one session's turns."""

    def __init__(self, bus: WorkerStore, lease: Lease, session: Session, next_seq: int) -> None:
        """`next_seq`: the first unused outbox number of the session."""
        self._bus = bus
        self._lease = lease
        self._session = session
        self._seq = next_seq
        self._turn: TurnId | None = None  # the one whose rows are being written
        self._rows = 0  # how many of its blocks are in rows

    def resume(self, turn: TurnId, rows: int) -> None:
        """The next view goes on with a turn of which so many blocks are in rows."""
        self._turn, self._rows = turn, rows

    async def write(self, view: TurnView, inbox: int | None) -> None:
        """Write what is new and settled in `view`; another turn than before begins. `inbox`: the row that its end
        closes, in the same transaction; None: no prompt began it."""
        rows = rows_of(self._session.id, view, self._seq, self._rows if view.turn == self._turn else None)
        closing: tuple[Closing, ...] = ()
        if view.end is not None and inbox is not None:
            closing = (Closing(inbox, _CLOSED[view.end.reason], view.end.usage.cost or 0.0),)
        if rows:
            await self._insist(lambda: self._bus.emit(self._lease, rows, closing))
            self._seq += len(rows)
        self._turn, self._rows = (view.turn, settled_prefix(view)) if view.end is None else (None, 0)

    async def save(self, view: TurnView) -> None:
        """Keep what is not settled yet."""
        tail = tail_of(view, settled_prefix(view))
        await self._insist(lambda: self._bus.preview(self._lease, self._session.id, view.turn, tail))

    async def close(self, inbox: int) -> None:
        """End an inbox row that tells nothing."""
        await self._insist(lambda: self._bus.emit(self._lease, (), (Closing(inbox, "done"),)))

    async def keep(self, session: Session) -> None:
        """Store what the session is by now."""
        await self._insist(lambda: self._bus.keep(self._lease, session))

    async def spent(self, person: PersonId | None) -> Spent:
        """What has been spent so far."""
        return await self._insist(lambda: self._bus.spent(self._session.id, person))

    async def raise_budget(self, scope: str, person: PersonId | None, by: float) -> None:
        """Allow more dollars."""
        await self._insist(lambda: self._bus.raise_budget(self._lease, scope, self._session.id, person, by))

    async def note(self, audit: Audit) -> None:
        """Keep what somebody decided."""
        await self._insist(lambda: self._bus.note(audit))

    async def reply(self, n: int, reply: Reply) -> None:
        """Answer a request."""
        await self._insist(lambda: self._bus.reply(self._lease, n, reply))

    async def _insist(self, write: Callable[[], Awaitable[T]]) -> T:
        pause = FIRST_PAUSE
        while True:
            try:
                return await write()
            except self._bus.transient as error:
                log.debug("written again in %.1f s: %s", pause, error, extra={"session": self._session.id})
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)
