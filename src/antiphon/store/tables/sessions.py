"""Sessions, where each was last seen, and the figures about all of them."""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, Row, case, func, null, select, update

from antiphon.core.coordination.worktrees import Worktree
from antiphon.core.records import UNDELIVERED, Overview
from antiphon.core.values import (
    NOWHERE,
    Choices,
    ClaudeSessionId,
    MessageId,
    Origin,
    PersonId,
    PlaceId,
    Session,
    SessionId,
    Terminal,
)
from antiphon.store.schema import direct_place, inbox, lease, post, session, watermark
from antiphon.store.tables.coordination import claims
from antiphon.store.transaction import Transaction

_TERMINAL = TypeAdapter(Terminal)
_WORKTREE = TypeAdapter(Worktree)


def of_row(row: Row[*tuple[Any, ...]]) -> Session:
    """The session that a row with the table's columns (and perhaps others) tells."""
    return Session(
        id=SessionId(row.id),
        place=PlaceId(row.place or NOWHERE),
        project=row.project,
        claude=ClaudeSessionId(row.claude_session_id),
        title=row.title,
        origin=Origin(row.origin_channel, row.origin_message),
        cost=row.cost,
        choices=_choices(row.choices),
        begun=row.begun,
        counted=row.counted,
        directory=None if row.directory is None else Path(row.directory),
        owner=row.owner,
        model=row.model,
        terminal=None if row.terminal is None else _TERMINAL.validate_python(row.terminal),
        schedule=row.schedule,
        program=row.program,
        tree=None if row.tree is None else Path(row.tree),
        worktree=None if row.worktree is None else _WORKTREE.validate_python(row.worktree),
        sharing=row.sharing,
    )


def workplace(one: Session) -> dict[str, Any]:
    """The columns that say where a session works."""
    return {
        "directory": None if one.directory is None else str(one.directory),
        "tree": None if one.tree is None else str(one.tree),
        "worktree": null() if one.worktree is None else _WORKTREE.dump_python(one.worktree, mode="json"),
    }


def _terminal(one: Session) -> Mapping[str, Any] | ColumnElement[Any]:
    return null() if one.terminal is None else asdict(one.terminal)


def _choices(body: Mapping[str, Any]) -> Choices:
    return Choices(
        body.get("model"), body.get("mode"), body.get("effort"), tuple(body.get("rules", ())), body.get("budget")
    )


def at(tx: Transaction, place: PlaceId, person: PersonId | None = None) -> Session | None:
    """The session that is shown in a place: the one last used, where there are several; in direct messages that of the
    project that was chosen there. `person`: the one of theirs, in a channel where each has one."""
    rows = select(session).where(session.c.place == place)
    project = tx.execute(select(direct_place.c.project).where(direct_place.c.place == place)).scalar()
    if project is not None:
        rows = rows.where(session.c.project == project)
    if person is not None:
        rows = rows.where(session.c.sharing == "person", session.c.owner == person)
    row = tx.execute(rows.order_by(session.c.touched.desc(), session.c.created.desc())).first()
    return None if row is None else of_row(row)


def ensure(tx: Transaction, wanted: Session, worker: str) -> SessionId:
    """The id of the session that a call is for: itself, else the one that its place shows; it is created where neither
    is there."""
    known = tx.execute(select(session.c.id).where(session.c.id == wanted.id)).first() is not None
    own = wanted.owner if wanted.sharing == "person" else None
    shown = None if known or wanted.place == NOWHERE else at(tx, wanted.place, own)
    if shown is not None and shown.sharing == wanted.sharing:
        return shown.id
    adopt(tx, wanted, worker)
    return wanted.id


def adopt(tx: Transaction, wanted: Session, worker: str) -> bool:
    """Create the session. False: it is there."""
    row = tx.insert(session).values(
        id=wanted.id,
        place=wanted.place or None,
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
        **workplace(wanted),
        owner=wanted.owner,
        model=wanted.model,
        terminal=_terminal(wanted),
        schedule=wanted.schedule,
        program=wanted.program,
        sharing=wanted.sharing,
        created=tx.now,
        touched=tx.now,
    )
    return tx.execute(row.on_conflict_do_nothing(index_elements=[session.c.id])).rowcount == 1


def move(tx: Transaction, current: Session) -> None:
    """Store in which project, and which directory, the session is by now."""
    values = {"project": current.project, **workplace(current)}
    tx.execute(update(session).where(session.c.id == current.id).values(**values))


def keep(tx: Transaction, current: Session) -> None:
    """Store what the session is by now."""
    values = {
        "claude_session_id": current.claude,
        "choices": asdict(current.choices),
        "begun": current.begun,
        "counted": current.counted,
        "model": current.model,
        "terminal": _terminal(current),
        "touched": tx.now,
    }
    begun_anew = (session.c.id == current.id) & (session.c.claude_session_id != current.claude)
    closed = current.terminal is not None and not current.terminal.open
    if closed or tx.execute(select(session.c.id).where(begun_anew)).first() is not None:
        claims.forget(tx, current.id)
    tx.execute(update(session).where(session.c.id == current.id).values(**values))
    tx.rung.add("inbox")  # what waits for its terminal may run


def settle(tx: Transaction, home: SessionId, shown: Session) -> Session:
    """Give a session that is shown nowhere its place (if any), origin and title, unless it has one by now; the session.
    What is said in the place while nobody listens is looked for from its first message on."""
    free = (session.c.id == home) & session.c.place.is_(None)
    origin = {"origin_channel": shown.origin.channel, "origin_message": shown.origin.message}
    tx.execute(update(session).where(free).values(place=shown.place or None, title=shown.title, **origin))
    found = of_row(tx.execute(select(session).where(session.c.id == home)).one())
    if found.place != NOWHERE:
        seen(tx, found.place, MessageId(found.place))  # a thread has the id of its first message
    return found


def want(tx: Transaction, wanted: Session, worker: str) -> bool:
    """A session that is shown nowhere is to have a place in the channel of `wanted.origin`; it is created if it is not
    there. False: it has a place, or is to have one already."""
    if adopt(tx, wanted, worker):
        return True
    free = (session.c.id == wanted.id) & session.c.place.is_(None) & session.c.origin_channel.is_(None)
    told = {"origin_channel": wanted.origin.channel, "title": wanted.title}
    return tx.execute(update(session).where(free).values(**told)).rowcount == 1


def wanted(tx: Transaction) -> list[Session]:
    """The sessions that are to have a place, but for those that are left out; the one that was wanted first first."""
    by_itself = session.c.schedule.is_not(None) | session.c.program.is_not(None)  # when it has something to show
    waiting = session.c.place.is_(None) & session.c.origin_channel.is_not(None) & ~by_itself
    found = [of_row(row) for row in tx.execute(select(session).where(waiting).order_by(session.c.created))]
    return [one for one in found if not one.left_out]


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


def choose_project(tx: Transaction, place: PlaceId, project: str, after: MessageId) -> None:
    """Direct messages in a place are about this project, those after that message included."""
    row = tx.insert(direct_place).values(place=place, project=project)
    tx.execute(row.on_conflict_do_update(index_elements=[direct_place.c.place], set_={"project": project}))
    seen(tx, place, after)


def chosen_projects(tx: Transaction) -> dict[PlaceId, str]:
    """The projects that direct messages are about, by their places."""
    rows = tx.execute(select(direct_place.c.place, direct_place.c.project))
    return {PlaceId(place): project for place, project in rows}


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
    return Overview(sessions, running, queued, over, cost, leases, _undelivered(tx))


def _undelivered(tx: Transaction) -> tuple[tuple[PlaceId, str, int], ...]:
    """Of a mark that is missing, the digest says more than that."""
    lost = select(session.c.place, func.min(session.c.title), func.count()).join(post, post.c.session == session.c.id)
    places = lost.where(post.c.digest == UNDELIVERED, session.c.place.is_not(None)).group_by(session.c.place)
    return tuple(
        (PlaceId(place), title, messages) for place, title, messages in tx.execute(places.order_by(session.c.place))
    )


def _count(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)
