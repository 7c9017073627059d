"""Where sessions work: which of them share a working tree, and which have one of their own."""

from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import select, update

from antiphon.core.values import Session, SessionId
from antiphon.store.schema import inbox, session
from antiphon.store.tables.sessions import of_row, workplace
from antiphon.store.transaction import Transaction

_OPEN = ("queued", "running", "suspended")  # of a prompt that is not over


def known(tx: Transaction, id_: SessionId) -> Session | None:
    """A session, as it is stored."""
    row = tx.execute(select(session).where(session.c.id == id_)).first()
    return None if row is None else of_row(row)


def isolated(tx: Transaction) -> Sequence[Session]:
    """The sessions that have trees of their own."""
    found = tx.execute(select(session).where(session.c.tree.is_not(None)))
    return [one for row in found if (one := of_row(row)).worktree is not None]


def leave(tx: Transaction, left: Session, since: float) -> bool:
    """Let a session have no tree of its own, if it is not used."""
    used = select(inbox.c.n).where(inbox.c.session == left.id, inbox.c.state.in_(_OPEN)).exists()
    unused = (session.c.id == left.id) & (session.c.touched <= since) & ~used
    return tx.execute(update(session).where(unused).values(**workplace(left))).rowcount == 1


def settle(tx: Transaction, current: Session) -> None:
    """Store where a session works."""
    tx.execute(update(session).where(session.c.id == current.id).values(**workplace(current)))


def occupy(tx: Transaction, id_: SessionId, tree: Path, since: float) -> Sequence[Session]:
    """Let a session work in a tree, unless others do; those."""
    others = [one for one in _in_tree(tx, tree, since) if one.id != id_]
    if not others:
        tx.execute(update(session).where(session.c.id == id_).values(tree=str(tree)))
    return others


def _in_tree(tx: Transaction, tree: Path, since: float) -> list[Session]:
    """The sessions that work in a tree: at work, open in a terminal, used since then, or it is their own."""
    waits = select(inbox.c.n).where(inbox.c.session == session.c.id, inbox.c.state.in_(_OPEN)).exists()
    found = select(session, waits.label("waits")).where(session.c.tree == str(tree)).order_by(session.c.touched.desc())
    return [one for row in tx.execute(found) if _is_there(one := of_row(row), row.waits or row.touched > since)]


def _is_there(one: Session, used: bool) -> bool:
    return used or one.worktree is not None or (one.terminal is not None and one.terminal.open)
