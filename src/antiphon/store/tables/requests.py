"""What Discord's side and the workers ask each other besides the boxes: a question, and its reply.

`worker` is the name of the lease under which somebody listens.
"""

from typing import Any

from sqlalchemy import Row, delete, insert, select, update

from antiphon.core.records import ClaimedRequest
from antiphon.core.requests import HUB, Reply, ReplyT, Request, RequestFailed
from antiphon.core.values import Session
from antiphon.store.encoding import REQUESTS, reply_body, reply_to, request_body, request_of
from antiphon.store.schema import request, session
from antiphon.store.tables import inbox as boxes
from antiphon.store.tables import sessions
from antiphon.store.tables.leases import lease_of
from antiphon.store.transaction import Transaction


def ask(tx: Transaction, to: str, project: str, home: Session | None, wanted: Request[Any]) -> int:
    """Write a request down; its number."""
    what, details = request_body(wanted)
    tx.rung.add("outbox" if to == HUB else "inbox")
    row = insert(request).values(
        worker=lease_of(to),
        project=project,
        session=None if home is None else home.id,
        what=what,
        details=details,
        state="queued",
        created=tx.now,
    )
    return int(tx.execute(row.returning(request.c.n)).scalar_one())


def asked(tx: Transaction) -> list[ClaimedRequest]:
    """The requests that wait for me; they wait no more."""
    mine = (request.c.worker == tx.me.name) & (request.c.state == "queued") & request.c.what.in_(REQUESTS)
    rows = tx.execute(select(request).where(mine).order_by(request.c.n)).all()
    if rows:
        taken = request.c.n.in_([row.n for row in rows])
        tx.execute(update(request).where(taken).values(state="running"))
    return [_asked(tx, row) for row in rows]


def _asked(tx: Transaction, row: Row[*tuple[Any, ...]]) -> ClaimedRequest:
    home = None
    if row.session is not None:
        home = sessions.of_row(tx.execute(select(session).where(session.c.id == row.session)).one())
    seq = 0 if home is None else boxes.next_seq(tx, home.id)
    return ClaimedRequest(row.n, row.project, home, request_of(row.what, row.details), seq)


def reply(tx: Transaction, n: int, told: Reply) -> None:
    """Answer a request to me, if somebody still waits for it."""
    tx.rung.add("reply")
    mine = (request.c.n == n) & (request.c.worker == tx.me.name)
    tx.execute(update(request).where(mine).values(state="done", reply=reply_body(told)))


def replied(tx: Transaction, n: int, wanted: Request[ReplyT]) -> ReplyT | RequestFailed | None:
    """The reply, if it is there."""
    body = tx.execute(select(request.c.reply).where(request.c.n == n, request.c.state == "done")).scalar()
    return None if body is None else reply_to(wanted, body)


def drop(tx: Transaction, n: int) -> None:
    """Nobody waits for this one any more."""
    tx.execute(delete(request).where(request.c.n == n))


def drop_all(tx: Transaction, lease: str) -> None:
    """Whoever was asked is gone."""
    tx.execute(delete(request).where(request.c.worker == lease))
