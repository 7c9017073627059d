"""What turns have cost, and what was allowed on top of a budget, in dollars."""

import time

from sqlalchemy import func, select, update

from antiphon.core.records import Audit, Spent
from antiphon.core.values import PersonId, SessionId
from antiphon.store.schema import allowance, inbox, session
from antiphon.store.tables import audits
from antiphon.store.transaction import Transaction


def spent(tx: Transaction, home: SessionId, person: PersonId | None) -> Spent:
    """Dollars so far. The day begins at the machine's midnight."""
    today = midnight(tx.now)
    thread = tx.execute(select(session.c.cost).where(session.c.id == home)).scalar_one_or_none() or 0.0
    total = select(func.coalesce(func.sum(inbox.c.cost), 0.0)).where(inbox.c.ended >= today)
    day = tx.execute(total).scalar_one()
    member = tx.execute(total.where(inbox.c.asker == person)).scalar_one() if person is not None else 0.0
    keys = {_scope(name, home, person, tx.now): name for name in ("thread", "member", "day")}
    rows = tx.execute(select(allowance).where(allowance.c.scope.in_(keys)))
    return Spent(thread, member, day, {keys[row.scope]: row.dollars for row in rows})


def charge(tx: Transaction, home: SessionId, person: PersonId | None, dollars: float, key: str) -> None:
    """Count what something beside a session's turns has cost, once for each key."""
    worker = tx.execute(select(session.c.worker).where(session.c.id == home)).scalar_one()
    row = tx.insert(inbox).values(
        key=key,
        worker=worker,
        session=home,
        kind="aside",
        body={},
        state="done",
        asker=person,
        cost=dollars,
        created=tx.now,
        ended=tx.now,
    )
    if tx.execute(row.on_conflict_do_nothing(index_elements=[inbox.c.key])).rowcount == 1:
        tx.execute(update(session).where(session.c.id == home).values(cost=session.c.cost + dollars))


def raise_budget(tx: Transaction, scope: str, home: SessionId, person: PersonId | None, dollars: float) -> None:
    """Allow so many dollars more."""
    key = _scope(scope, home, person, tx.now)
    row = tx.insert(allowance).values(scope=key, dollars=dollars)
    more = {"dollars": allowance.c.dollars + dollars}
    tx.execute(row.on_conflict_do_update(index_elements=[allowance.c.scope], set_=more))


def allow(tx: Transaction, scope: str, home: SessionId, person: PersonId | None, dollars: float, entry: Audit) -> None:
    """Allow so many dollars more, and keep who did: once for each key in what the audit keeps."""
    if not audits.has_key(tx, entry):
        raise_budget(tx, scope, home, person, dollars)
        audits.note(tx, entry)


def _scope(name: str, home: SessionId, person: PersonId | None, now: float) -> str:
    day = time.strftime("%Y-%m-%d", time.localtime(now))
    return {"thread": f"thread:{home}", "member": f"member:{person}:{day}"}.get(name, f"day:{day}")


def midnight(now: float) -> float:
    """The machine's last one, in epoch seconds."""
    year, month, day, *_ = time.localtime(now)
    return time.mktime((year, month, day, 0, 0, 0, 0, 0, -1))
