"""Where sessions work: which of them share a working tree, and which have one of their own."""

from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import or_, select, update

from antiphon.core.values import Session, SessionId
from antiphon.store.schema import session
from antiphon.store.tables.coordination.claims import is_live, waits
from antiphon.store.tables.sessions import of_row, workplace
from antiphon.store.transaction import Transaction


def known(tx: Transaction, id_: SessionId) -> Session | None:
    """A session, as it is stored."""
    row = tx.execute(select(session).where(session.c.id == id_)).first()
    return None if row is None else of_row(row)


def isolated(tx: Transaction) -> Sequence[Session]:
    """The sessions that have trees of their own."""
    found = tx.execute(select(session).where(session.c.tree.is_not(None)))
    return [one for row in found if (one := of_row(row)).worktree is not None]


def leave(tx: Transaction, left: Session, since: float) -> bool:
    """Let a session have no tree of its own, if neither it nor another one is there."""
    own = select(session.c.tree).where(session.c.id == left.id).scalar_subquery()
    guests = (session.c.tree == own) & (session.c.id != left.id) & is_live(tx.now)
    if tx.execute(select(session.c.id).where(guests)).first() is not None:
        return False
    unused = (session.c.id == left.id) & (session.c.touched <= min(since, tx.now)) & ~waits()
    return tx.execute(update(session).where(unused).values(**workplace(left))).rowcount == 1


def settle(tx: Transaction, current: Session) -> None:
    """Store where a session works."""
    tx.execute(update(session).where(session.c.id == current.id).values(**workplace(current)))


def occupy(tx: Transaction, id_: SessionId, tree: Path) -> Sequence[Session]:
    """Let a session work in a tree, unless others do; those."""
    there = or_(is_live(tx.now), session.c.worktree.is_not(None))
    others = (session.c.tree == str(tree)) & (session.c.id != id_) & there
    found = [of_row(row) for row in tx.execute(select(session).where(others).order_by(session.c.touched.desc()))]
    if not found:
        tx.execute(update(session).where(session.c.id == id_).values(tree=str(tree)))
    return found
