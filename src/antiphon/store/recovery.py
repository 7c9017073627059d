"""What a dead worker left behind, brought into a state that people can see and a new worker can take up.

A turn whose begin is not in the outbox never reached Claude Code: it waits in line again. One that waits for a person
goes on waiting: the answer carries it on, also one that was on its way. Every other one that has no end gets one,
`interrupted`; the live tail becomes rows before it, because the session's next turn overwrites the tail.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Row, func, select, update

from antiphon.core.asks import outlives
from antiphon.core.blocks import End
from antiphon.core.codec import assemble, rows_of
from antiphon.core.values import SessionId, TurnId
from antiphon.core.view import ended
from antiphon.store import outbox as events
from antiphon.store import requests
from antiphon.store.schema import inbox, outbox, preview

_AGAIN: Mapping[str, Any] = {"state": "queued", "epoch": None}  # of a row that is to be claimed once more


def recover(connection: Connection, worker: str, epoch: int, now: float) -> None:
    """End, or put back, everything that ran under an older epoch than this one. `now` is the time of the ends."""
    requests.drop_all(connection, worker)
    left = select(inbox).where(inbox.c.worker == worker, inbox.c.state == "running", inbox.c.epoch < epoch)
    rows = connection.execute(left).all()
    prompts = {(row.session, row.body["turn"]): row for row in rows if row.kind in ("turn", "steer")}
    for home, turn in _unfinished(connection, worker):
        row = prompts.get((home, turn))
        if row is not None and outlives(assemble(events.story(connection, home, turn))):
            del prompts[home, turn]
            _set(connection, row, state="suspended", epoch=None)
        elif row is not None or not _suspended(connection, home, turn):
            _interrupt(connection, worker, home, turn, now)
    waiting = _waiting(connection, worker)
    for row in rows:
        if row.kind not in ("turn", "steer"):
            again = row.kind == "change" or row.session in waiting
            _set(connection, row, **(_AGAIN if again else {"state": "cancelled", "ended": now}))
    for row in prompts.values():
        if _told(connection, row, "begin"):
            _set(connection, row, state="interrupted", ended=now)
        elif _taken_in(connection, row):  # also by a turn that Claude began
            _set(connection, row, state="done", ended=now)
        else:
            _set(connection, row, **_AGAIN)
    _change(connection, worker, now)


def _change(connection: Connection, worker: str, now: float) -> None:
    """Words that are back in line read as people have changed them meanwhile; for others no change counts any more."""
    mine = (inbox.c.worker == worker) & (inbox.c.state == "queued")
    line = {
        (row.session, row.body["message"]): row
        for row in connection.execute(select(inbox).where(mine, inbox.c.kind.in_(("turn", "steer"))))
    }
    for row in connection.execute(select(inbox).where(mine, inbox.c.kind == "change").order_by(inbox.c.n)).all():
        prompt, words = line.get((row.session, row.body["message"])), row.body["prompt"]
        if prompt is not None:
            _set(connection, prompt, **({"body": words} if words else {"state": "cancelled", "ended": now}))
        _set(connection, row, state="done", ended=now)


def _waiting(connection: Connection, worker: str) -> set[str]:
    """The sessions with a turn that waits for its answer."""
    rows = select(inbox.c.session).where(inbox.c.worker == worker, inbox.c.state == "suspended")
    return set(connection.execute(rows).scalars())


def _set(connection: Connection, row: Row[*tuple[Any, ...]], **values: Any) -> None:
    connection.execute(update(inbox).where(inbox.c.n == row.n).values(**values))


def _suspended(connection: Connection, home: SessionId, turn: TurnId) -> bool:
    """Whether the turn waits for its answer since an earlier start."""
    rows = select(inbox.c.body).where(inbox.c.session == home, inbox.c.state == "suspended")
    return any(body["turn"] == turn for body in connection.execute(rows).scalars())


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


def _told(connection: Connection, row: Row[*tuple[Any, ...]], kind: str) -> bool:
    rows = select(outbox.c.n).where(
        outbox.c.session == row.session, outbox.c.turn == row.body["turn"], outbox.c.kind == kind
    )
    return connection.execute(rows).first() is not None


def _taken_in(connection: Connection, row: Row[*tuple[Any, ...]]) -> bool:
    """Whether a turn has taken these words in while it worked; one that waits for a person may have them in its tail
    alone."""
    rows = select(outbox.c.body).where(
        outbox.c.session == row.session, outbox.c.kind == "block", outbox.c.created >= row.created
    )
    blocks = list(connection.execute(rows).scalars())
    for tail in connection.execute(select(preview.c.body).where(preview.c.session == row.session)).scalars():
        blocks += tail["blocks"]
    return any(body["block"] == "steer" and body["prompt"] == row.body["turn"] for body in blocks)
