"""What sessions and scripts tell each other; the newest are kept."""

from collections.abc import Collection

from sqlalchemy import delete, func, select

from antiphon.core.coordination.events import KEPT, CoordinationEvent
from antiphon.core.values import SessionId
from antiphon.store.schema import coordination_event
from antiphon.store.transaction import Transaction


def post(tx: Transaction, event: CoordinationEvent) -> bool:
    """Keep it, unless one of its key is there."""
    told = {"key": event.key, "at": tx.now, "project": event.project, "session": event.session}
    row = tx.insert(coordination_event).values(**told, by=event.by, text=event.text)
    new = tx.execute(row.on_conflict_do_nothing(index_elements=[coordination_event.c.key])).rowcount == 1
    if new:
        newest = select(func.max(coordination_event.c.n)).scalar_subquery()
        tx.execute(delete(coordination_event).where(coordination_event.c.n <= newest - KEPT))
    return new


def events(tx: Transaction, projects: Collection[str], after: int, most: int) -> list[CoordinationEvent]:
    """The latest of these projects after one of them."""
    mine = coordination_event.c.project.in_(projects) & (coordination_event.c.n > after)
    rows = tx.execute(select(coordination_event).where(mine).order_by(coordination_event.c.n.desc()).limit(most)).all()
    return [
        CoordinationEvent(
            row.key,
            row.project,
            None if row.session is None else SessionId(row.session),
            row.by,
            row.text,
            row.n,
            row.at,
        )
        for row in reversed(rows)
    ]
