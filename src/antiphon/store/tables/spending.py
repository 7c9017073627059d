"""What turns have cost, and what was allowed on top of a budget, in dollars."""

import time

from sqlalchemy import Connection, func, select

from antiphon.core.records import Spent
from antiphon.core.values import PersonId, SessionId
from antiphon.store.schema import allowance, inbox, session
from antiphon.store.upsert import insert as insert_or


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
