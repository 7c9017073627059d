"""What was decided, by whom and by which door: rows that are added, never changed."""

from typing import Any

from sqlalchemy import Row, insert, select

from antiphon.core.records import Audit, AuditKind
from antiphon.core.values import SessionId
from antiphon.store.schema import audit
from antiphon.store.transaction import Transaction


def note(tx: Transaction, entry: Audit) -> None:
    """Keep what was decided."""
    row = insert(audit).values(
        at=tx.now,
        deed=entry.deed,
        session=entry.session,
        person=entry.person,
        name=entry.name,
        door=entry.door,
        what=dict(entry.what),
    )
    tx.execute(row)


def has_key(tx: Transaction, entry: Audit) -> bool:
    """Whether a decision of this kind was kept under the same key before."""
    key = entry.what.get("key")
    return key is not None and decision(tx, entry.deed, key) is not None


def decision(tx: Transaction, kind: AuditKind, key: str) -> Audit | None:
    """The decision of this kind that was kept under a key."""
    same = (audit.c.deed == kind) & (audit.c.what["key"].as_string() == key)
    row = tx.execute(select(audit).where(same).order_by(audit.c.n)).first()
    return None if row is None else _of_row(row)


def audits(tx: Transaction, home: SessionId | None, most: int) -> list[Audit]:
    """The latest decisions, of one session or of all, oldest first."""
    rows = select(audit).order_by(audit.c.n.desc()).limit(most)
    if home is not None:
        rows = rows.where(audit.c.session == home)
    return [_of_row(row) for row in reversed(tx.execute(rows).all())]


def _of_row(row: Row[*tuple[Any, ...]]) -> Audit:
    return Audit(row.deed, row.session, row.person, row.name, row.door, row.what, row.at)
