"""What a conversation makes durable, in order. Giving up would lose it, so a busy database is asked until it answers.

Promises: a row is written once, under the next free number; settled blocks and the end before anybody shows them.
"""

import logging
from collections.abc import Mapping

from antiphon.core.blocks import EndReason
from antiphon.core.bus import WorkerStore
from antiphon.core.machine import effects
from antiphon.core.records import Closing, InboxEnd, Lease, OutboxRow
from antiphon.core.retry import Backoff, retry
from antiphon.core.stored_turn import rows_of, tail_of
from antiphon.core.values import SessionId, TurnId
from antiphon.core.view import TurnView, settled_prefix

log = logging.getLogger(__name__)

_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 30.0  # seconds after a failed write; doubled each time

_CLOSED: Mapping[EndReason, InboxEnd] = {
    "done": "done",
    "failed": "failed",
    "timed_out": "failed",
    "limited": "failed",
    "lost": "failed",
    "closed": "done",
    "left_out": "done",
    "shown_again": "done",
    "stopped": "cancelled",
    "interrupted": "interrupted",
}


class Journal:
    """The rows of one session's turns, and what else is stored of it."""

    def __init__(self, bus: WorkerStore, lease: Lease, session: SessionId, next_seq: int) -> None:
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

    async def carry_out(self, effect: effects.Durable) -> effects.SpendingKnown | None:
        """Do it, however often the database has no time for it; a question's result."""
        backoff = Backoff(_FIRST_PAUSE, _LONGEST_PAUSE)
        return await retry(lambda: self._do(effect), self._bus.transient, backoff, self._failed)

    async def _do(self, effect: effects.Durable) -> effects.SpendingKnown | None:
        bus, lease, session = self._bus, self._lease, self._session
        match effect:
            case effects.Write(view, inbox):
                await self._write(view, inbox)
            case effects.SaveTail(view):
                await bus.preview(lease, session, view.turn, tail_of(view, settled_prefix(view)))
            case effects.CloseRow(inbox):
                await bus.emit(lease, (), (Closing(inbox, "done"),))
            case effects.KeepSession(kept):
                await bus.keep(lease, kept)
            case effects.NoteTakenBack(turn, taken_back):
                await bus.emit(lease, (OutboxRow(session, self._seq, turn, taken_back),))
                self._seq += 1
            case effects.KeepAudit(audit):
                await bus.note(audit)
            case effects.RaiseBudget(scope, person, by):
                await bus.raise_budget(lease, scope, session, person, by)
            case effects.SendReply(n, reply):
                await bus.reply(lease, n, reply)
            case effects.LookUpSpending(prompt):
                return effects.SpendingKnown(await bus.spent(session, prompt.asker.id))
        return None

    async def _write(self, view: TurnView, inbox: int | None) -> None:
        """Write what is new and settled; another turn than before begins."""
        rows = rows_of(self._session, view, self._seq, self._rows if view.turn == self._turn else None)
        closing: tuple[Closing, ...] = ()
        if view.end is not None and inbox is not None:
            closing = (Closing(inbox, _CLOSED[view.end.reason], view.end.usage.cost or 0.0),)
        if rows:
            await self._bus.emit(self._lease, rows, closing)
            self._seq += len(rows)
        self._turn, self._rows = (view.turn, settled_prefix(view)) if view.end is None else (None, 0)

    def _failed(self, error: Exception, pause: float) -> None:
        log.debug("written again in %.1f s: %s", pause, error, extra={"session": self._session})
