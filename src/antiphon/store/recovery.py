"""What a dead worker left behind, brought into a state that people can see and a new worker can take up.

A turn whose begin is not in the outbox never reached Claude Code: it waits in line again. Every other one that has no
end gets one, `interrupted`; the live tail becomes rows before it, because the session's next turn overwrites the tail.
"""

from typing import Any

from sqlalchemy import Connection, Row, func, select, update

from antiphon.core.codec import assemble, rows_of
from antiphon.core.values import SessionId, TurnId
from antiphon.core.view import End, ended
from antiphon.store import outbox as events
from antiphon.store.schema import inbox, outbox


def recover(connection: Connection, worker: str, epoch: int, now: float) -> None:
    """End, or put back, everything that ran under an older epoch than this one. `now` is the time of the ends."""
    for home, turn in _unfinished(connection, worker):
        _interrupt(connection, worker, home, turn, now)
    left = select(inbox).where(inbox.c.worker == worker, inbox.c.state == "running", inbox.c.epoch < epoch)
    for row in connection.execute(left).all():
        if row.kind != "turn":
            values = {"state": "cancelled", "ended": now}
        elif _began(connection, row):
            values = {"state": "interrupted", "ended": now}
        else:
            values = {"state": "queued", "epoch": None}
        connection.execute(update(inbox).where(inbox.c.n == row.n).values(**values))


def _unfinished(connection: Connection, worker: str) -> list[tuple[SessionId, TurnId]]:
    """Turns with a begin and no end: those that people asked for, and those that Claude Code started by itself."""
    end = outbox.alias()
    same = (end.c.session == outbox.c.session) & (end.c.turn == outbox.c.turn) & (end.c.kind == "end")
    begun = select(outbox.c.session, outbox.c.turn).where(outbox.c.worker == worker, outbox.c.kind == "begin")
    rows = connection.execute(begun.where(~select(end.c.n).where(same).exists()).order_by(outbox.c.n))
    return [(SessionId(home), TurnId(turn)) for home, turn in rows.all()]


def _interrupt(connection: Connection, worker: str, home: SessionId, turn: TurnId, now: float) -> None:
    story = events.story(connection, home, turn)
    view = ended(assemble(story), End("interrupted", at=now))
    last = connection.execute(select(func.max(outbox.c.seq)).where(outbox.c.session == home)).scalar_one()
    told = sum(row.kind == "block" for row in story.rows)
    events.emit(connection, worker, rows_of(home, view, last + 1, told), now)


def _began(connection: Connection, row: Row[*tuple[Any, ...]]) -> bool:
    begin = select(outbox.c.n).where(
        outbox.c.session == row.session, outbox.c.turn == row.body["turn"], outbox.c.kind == "begin"
    )
    return connection.execute(begin).first() is not None
