"""What hub and worker ask each other besides the boxes: a question, and its reply."""

from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from antiphon.core.records import Body, ClaimedRequest, Lease, WorkerRequest
from antiphon.store.schema import request, session
from antiphon.store.tables import inbox as boxes
from antiphon.store.tables import sessions
from antiphon.store.tables.leases import worker_of


def ask(connection: Connection, wanted: WorkerRequest, now: float) -> int:
    """Write a request down; its number."""
    row = insert(request).values(
        worker=wanted.worker,
        project=wanted.project,
        session=None if wanted.session is None else wanted.session.id,
        what=wanted.what,
        details=dict(wanted.details),
        state="queued",
        created=now,
    )
    return int(connection.execute(row.returning(request.c.n)).scalar_one())


def asked(connection: Connection, me: Lease) -> list[ClaimedRequest]:
    """The requests that wait for me; they wait no more."""
    mine = (request.c.worker == worker_of(me.name)) & (request.c.state == "queued")
    rows = connection.execute(select(request).where(mine).order_by(request.c.n)).all()
    if rows:
        taken = request.c.n.in_([row.n for row in rows])
        connection.execute(update(request).where(taken).values(state="running"))
    return [_asked(connection, row) for row in rows]


def _asked(connection: Connection, row: Any) -> ClaimedRequest:
    home = None
    if row.session is not None:
        home = sessions.of_row(connection.execute(select(session).where(session.c.id == row.session)).one())
    seq = 0 if home is None else boxes.next_seq(connection, home.id)
    return ClaimedRequest(row.n, WorkerRequest(row.worker, row.project, home, row.what, row.details), seq)


def reply(connection: Connection, n: int, body: Body) -> None:
    """Answer a request, if somebody still waits for it."""
    connection.execute(update(request).where(request.c.n == n).values(state="done", reply=dict(body)))


def replied(connection: Connection, n: int) -> Body | None:
    """The reply, if it is there."""
    return connection.execute(select(request.c.reply).where(request.c.n == n, request.c.state == "done")).scalar()


def drop(connection: Connection, n: int) -> None:
    """Nobody waits for this one any more."""
    connection.execute(delete(request).where(request.c.n == n))


def drop_all(connection: Connection, worker: str) -> None:
    """Whoever asked a worker is gone."""
    connection.execute(delete(request).where(request.c.worker == worker))
