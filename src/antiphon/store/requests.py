"""What hub and worker ask each other besides the boxes, what people decided, and what may be spent."""

import time
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from antiphon.core.ports import Asked, Audit, Body, Lease, Request, Spent
from antiphon.core.values import PersonId, SessionId
from antiphon.store import inbox as boxes
from antiphon.store import sessions
from antiphon.store.leases import worker_of
from antiphon.store.schema import allowance, audit, inbox, request, session
from antiphon.store.sql import insert as insert_or


def ask(connection: Connection, wanted: Request, now: float) -> int:
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


def asked(connection: Connection, me: Lease) -> list[Asked]:
    """The requests that wait for me; they wait no more."""
    mine = (request.c.worker == worker_of(me.name)) & (request.c.state == "queued")
    rows = connection.execute(select(request).where(mine).order_by(request.c.n)).all()
    if rows:
        taken = request.c.n.in_([row.n for row in rows])
        connection.execute(update(request).where(taken).values(state="running"))
    return [_asked(connection, row) for row in rows]


def _asked(connection: Connection, row: Any) -> Asked:
    home = None
    if row.session is not None:
        home = sessions.of_row(connection.execute(select(session).where(session.c.id == row.session)).one())
    seq = 0 if home is None else boxes.next_seq(connection, home.id)
    return Asked(row.n, Request(row.worker, row.project, home, row.what, row.details), seq)


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


def note(connection: Connection, entry: Audit, now: float) -> None:
    """Keep what was decided."""
    row = insert(audit).values(
        at=now,
        deed=entry.deed,
        session=entry.session,
        person=entry.person,
        name=entry.name,
        door=entry.door,
        what=dict(entry.what),
    )
    connection.execute(row)


def audits(connection: Connection, home: SessionId | None, most: int) -> list[Audit]:
    """The latest decisions, of one session or of all, oldest first."""
    rows = select(audit).order_by(audit.c.n.desc()).limit(most)
    if home is not None:
        rows = rows.where(audit.c.session == home)
    return [
        Audit(row.deed, row.session, row.person, row.name, row.door, row.what, row.at)
        for row in reversed(connection.execute(rows).all())
    ]


def spent(connection: Connection, home: SessionId, person: PersonId | None, now: float) -> Spent:
    """Dollars so far. The day begins at the machine's midnight."""
    today = _midnight(now)
    thread = connection.execute(select(session.c.cost).where(session.c.id == home)).scalar_one_or_none() or 0.0
    total = select(func.coalesce(func.sum(inbox.c.cost), 0.0)).where(inbox.c.ended >= today)
    day = connection.execute(total).scalar_one()
    member = connection.execute(total.where(inbox.c.asker == person)).scalar_one() if person is not None else 0.0
    keys = {_scope(name, home, person, now): name for name in ("thread", "member", "day")}
    rows = connection.execute(select(allowance).where(allowance.c.scope.in_(keys)))
    return Spent(thread, member, day, {keys[row.scope]: row.dollars for row in rows})


def raise_budget(
    connection: Connection, scope: str, home: SessionId, person: PersonId | None, dollars: float, now: float
) -> None:
    """Allow so many dollars more."""
    key = _scope(scope, home, person, now)
    row = insert_or(connection, allowance).values(scope=key, dollars=dollars)
    more = {"dollars": allowance.c.dollars + dollars}
    connection.execute(row.on_conflict_do_update(index_elements=[allowance.c.scope], set_=more))


def _scope(name: str, home: SessionId, person: PersonId | None, now: float) -> str:
    day = time.strftime("%Y-%m-%d", time.localtime(now))
    return {"thread": f"thread:{home}", "member": f"member:{person}:{day}"}.get(name, f"day:{day}")


def _midnight(now: float) -> float:
    year, month, day, *_ = time.localtime(now)
    return time.mktime((year, month, day, 0, 0, 0, 0, 0, -1))
