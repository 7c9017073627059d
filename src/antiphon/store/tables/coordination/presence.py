"""The sessions that are live, and what each has changed lately."""

from pathlib import Path
from typing import Any

from sqlalchemy import Select, select

from antiphon.core.coordination.claims import LIVE_FOR, LiveSession
from antiphon.core.values import SessionId
from antiphon.store.schema import file_use, session
from antiphon.store.tables.coordination.claims import is_live, waits
from antiphon.store.tables.sessions import of_row
from antiphon.store.transaction import Transaction

_MOST = 50  # sessions that are told
_MOST_ON_BOARDS = 500
_CHANGED = 20  # files of a session that are told


def live(tx: Transaction) -> list[LiveSession]:
    """All that are."""
    return _told(tx, select(session, waits().label("waits")).where(is_live(tx.now)))


def on_boards(tx: Transaction) -> list[LiveSession]:
    """All that are and that people see, those with something to do first; without what they have changed."""
    out = session.c.terminal["left_out"].as_boolean()
    seen = is_live(tx.now) & (session.c.terminal.is_(None) | out.is_(None) | ~out)
    found = select(session, waits().label("waits")).where(seen)
    rows = tx.execute(found.order_by(waits().desc(), session.c.touched.desc()).limit(_MOST_ON_BOARDS)).all()
    return [LiveSession(of_row(row), bool(row.waits), row.touched) for row in rows]


def beside(tx: Transaction, id_: SessionId) -> list[LiveSession]:
    """The other live ones in a session's tree."""
    tree = select(session.c.tree).where(session.c.id == id_).scalar_subquery()
    others = (session.c.tree == tree) & (session.c.id != id_) & is_live(tx.now)
    return _told(tx, select(session, waits().label("waits")).where(others))


def _told(tx: Transaction, found: Select[tuple[Any, ...]]) -> list[LiveSession]:
    rows = tx.execute(found.order_by(session.c.touched.desc()).limit(_MOST)).all()
    return [LiveSession(of_row(row), bool(row.waits), row.touched, _changed(tx, SessionId(row.id))) for row in rows]


def _changed(tx: Transaction, id_: SessionId) -> tuple[Path, ...]:
    lately = (file_use.c.session == id_) & (file_use.c.changed > tx.now - LIVE_FOR)
    found = select(file_use.c.path).where(lately).order_by(file_use.c.changed.desc()).limit(_CHANGED)
    return tuple(map(Path, tx.execute(found).scalars()))
