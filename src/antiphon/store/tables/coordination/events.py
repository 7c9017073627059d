"""What sessions should know of each other: each event once, and how it ended; the newest are kept."""

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Row, Select, delete, func, select, update

from antiphon.core.blocks import End, HeldBlock
from antiphon.core.coordination.events import KEPT, CoordinationEvent, EventKind
from antiphon.core.values import SessionId, TurnId
from antiphon.store.schema import coordination_event, session
from antiphon.store.transaction import Transaction


def post(tx: Transaction, event: CoordinationEvent) -> bool:
    """Keep it, unless one of its key is there."""
    row = tx.insert(coordination_event).values(
        key=event.key,
        at=tx.now,
        project=event.project,
        session=event.session,
        by=event.by,
        text=event.text,
        kind=event.kind,
        note=event.note,
        moment=event.moment,
        outcome=event.outcome,
        changed=tx.now,
    )
    new = tx.execute(row.on_conflict_do_nothing(index_elements=[coordination_event.c.key])).rowcount == 1
    if new:
        newest = select(func.max(coordination_event.c.n)).scalar_subquery()
        over = (coordination_event.c.kind != "turn") | (coordination_event.c.outcome != "")
        tx.execute(delete(coordination_event).where(over, coordination_event.c.n <= newest - KEPT))
    return new


def begun(tx: Transaction, home: SessionId, turn: TurnId) -> None:
    """A turn has begun, perhaps anew after it was struck."""
    key = _of_turn(home, turn)
    if not _note(tx, home, key, "turn", turn):
        struck = coordination_event.c.key == key
        tx.execute(update(coordination_event).where(struck).values(outcome="", moment=None, changed=tx.now))


def struck(tx: Transaction, home: SessionId, turn: TurnId) -> None:
    """Nothing of it has happened, so far."""
    close(tx, [_of_turn(home, turn)], "withdrawn", tx.now)


def ended(tx: Transaction, home: SessionId, turn: TurnId, end: End) -> None:
    """It is over."""
    close(tx, [_of_turn(home, turn)], end.reason, end.at)


def held(tx: Transaction, home: SessionId, block: HeldBlock) -> None:
    """An edit was not made."""
    _note(tx, home, f"held:{home}:{block.id}", "held", block.path, block.text, block.time)


def let(tx: Transaction, home: SessionId, path: Path) -> None:
    """Edits of a file that were held may be made."""
    mine = (coordination_event.c.session == home) & (coordination_event.c.kind == "held")
    found = select(coordination_event.c.key).where(mine, coordination_event.c.text == f"{path}")
    close(tx, tx.execute(found).scalars().all(), "let", None)


def claimed(tx: Transaction, home: SessionId, resource: str, since: float, until: float, note: str) -> None:
    """A session has claimed a resource, or for longer."""
    key = of_claim(home, resource, since)
    if not _note(tx, home, key, "claim", resource, note, until):
        mine = (coordination_event.c.key == key) & (coordination_event.c.outcome == "")
        tx.execute(update(coordination_event).where(mine).values(moment=until, changed=tx.now))


def of_claim(home: SessionId, resource: str, since: float) -> str:
    """The key of a claim's event."""
    return f"claim:{home}:{since:.6f}:{resource}"


def close(tx: Transaction, keys: Sequence[str], outcome: str, at: float | None) -> None:
    """How events have ended, and when (None: their moment stays). The first time counts."""
    mine = coordination_event.c.key.in_(keys) & (coordination_event.c.outcome == "")
    moment = {} if at is None else {"moment": at}
    tx.execute(update(coordination_event).where(mine).values(outcome=outcome, changed=tx.now, **moment))


def events(tx: Transaction, projects: Collection[str], after: int, most: int) -> list[CoordinationEvent]:
    """The latest of these projects after one of them."""
    mine = coordination_event.c.project.in_(projects) & (coordination_event.c.n > after)
    rows = tx.execute(titled().where(mine).order_by(coordination_event.c.n.desc()).limit(most)).all()
    return [of_row(row) for row in reversed(rows)]


def titled() -> Select[tuple[Any, ...]]:
    """Events, with the titles that their sessions have by now."""
    joined = select(coordination_event, session.c.title)
    return joined.outerjoin(session, session.c.id == coordination_event.c.session)


def of_row(row: Row[*tuple[Any, ...]]) -> CoordinationEvent:
    """The event that such a row tells."""
    home = None if row.session is None else SessionId(row.session)
    by = row.by if row.title is None else row.title
    told = (row.key, row.project, home, by, row.text, row.n, row.at)
    return CoordinationEvent(*told, row.kind, row.note, row.moment, row.outcome)


def _note(
    tx: Transaction,
    home: SessionId,
    key: str,
    kind: EventKind,
    text: str,
    note: str = "",
    moment: float | None = None,
) -> bool:
    """Keep what a session does, unless it is left out."""
    row = tx.execute(select(session.c.project, session.c.title, session.c.terminal).where(session.c.id == home)).one()
    if row.terminal is not None and row.terminal.get("left_out"):
        return False
    return post(tx, CoordinationEvent(key, row.project, home, row.title, text, kind=kind, note=note, moment=moment))


def _of_turn(home: SessionId, turn: TurnId) -> str:
    return f"turn:{home}:{turn}"
