"""Sessions, where each was last seen, and the figures about all of them."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from sqlalchemy import ColumnElement, Row, case, func, select, update

from antiphon.core.records import Overview
from antiphon.core.values import Choices, ClaudeSessionId, MessageId, Origin, PlaceId, Session, SessionId
from antiphon.store.schema import inbox, lease, session, watermark
from antiphon.store.transaction import Transaction


def of_row(row: Row[*tuple[Any, ...]]) -> Session:
    """The session that a row with the table's columns (and perhaps others) tells."""
    return Session(
        id=SessionId(row.id),
        place=PlaceId(row.place),
        project=row.project,
        claude=ClaudeSessionId(row.claude_session_id),
        title=row.title,
        origin=Origin(row.origin_channel, row.origin_message),
        cost=row.cost,
        choices=_choices(row.choices),
        begun=row.begun,
        counted=row.counted,
    )


def _choices(body: Mapping[str, Any]) -> Choices:
    return Choices(body.get("model"), body.get("mode"), body.get("effort"), tuple(body.get("rules", ())))


def at(tx: Transaction, place: PlaceId) -> Session | None:
    """The session that is shown in a place."""
    row = tx.execute(select(session).where(session.c.place == place)).one_or_none()
    return None if row is None else of_row(row)


def ensure(tx: Transaction, wanted: Session, worker: str) -> SessionId:
    """Create the session if its place has none; the id of the one that the place has."""
    row = tx.insert(session).values(
        id=wanted.id,
        place=wanted.place,
        project=wanted.project,
        worker=worker,
        claude_session_id=wanted.claude,
        title=wanted.title,
        origin_channel=wanted.origin.channel,
        origin_message=wanted.origin.message,
        cost=0.0,
        choices=asdict(wanted.choices),
        begun=wanted.begun,
        counted=wanted.counted,
        created=tx.now,
        touched=tx.now,
    )
    tx.execute(row.on_conflict_do_nothing(index_elements=[session.c.place]))
    return tx.execute(select(session.c.id).where(session.c.place == wanted.place)).scalar_one()


def keep(tx: Transaction, current: Session) -> None:
    """Store what the session is by now."""
    values = {
        "claude_session_id": current.claude,
        "choices": asdict(current.choices),
        "begun": current.begun,
        "counted": current.counted,
        "touched": tx.now,
    }
    tx.execute(update(session).where(session.c.id == current.id).values(**values))


def adopt(tx: Transaction, wanted: Session, worker: str) -> bool:
    """Create the session. False: its place has one."""
    if at(tx, wanted.place) is not None:
        return False
    ensure(tx, wanted, worker)
    return True


def every(tx: Transaction) -> list[Session]:
    """All sessions, the one last used first."""
    return [of_row(row) for row in tx.execute(select(session).order_by(session.c.touched.desc()))]


def seen(tx: Transaction, place: PlaceId, message: MessageId) -> None:
    """Raise the place's watermark; it never falls."""
    row = tx.insert(watermark).values(place=place, last_message_id=message)
    raised = row.on_conflict_do_update(
        index_elements=[watermark.c.place],
        set_={"last_message_id": row.excluded.last_message_id},
        where=row.excluded.last_message_id > watermark.c.last_message_id,
    )
    tx.execute(raised)


def watermarks(tx: Transaction) -> dict[PlaceId, MessageId]:
    """The last message seen in each place."""
    rows = tx.execute(select(watermark.c.place, watermark.c.last_message_id))
    return {PlaceId(place): MessageId(message) for place, message in rows}


def overview(tx: Transaction) -> Overview:
    """Counts of sessions and turns, and what all of it cost in dollars. What was said to a turn at work is none of its
    own, but for as long as it waits."""
    sessions, cost = tx.execute(select(func.count(), func.coalesce(func.sum(session.c.cost), 0.0))).one()
    state, turn = inbox.c.state, inbox.c.kind == "turn"
    at_work = state.in_(("running", "suspended"))
    waits = inbox.c.kind.in_(("turn", "steer")) & (state == "queued")
    ended = state.not_in(("running", "suspended", "queued", "held"))
    figures = select(_count(turn & at_work), _count(waits), _count(turn & ended))
    running, queued, over = tx.execute(figures.select_from(inbox)).one()
    held = tx.execute(select(lease.c.name, lease.c.holder, lease.c.expires).order_by(lease.c.name))
    leases = tuple((name, holder, expires) for name, holder, expires in held)
    return Overview(sessions, running, queued, over, cost, leases)


def _count(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)
