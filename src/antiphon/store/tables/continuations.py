"""Turns that a usage limit has ended, and whether each goes on by itself.

One is planned in the step in which its turn's end is written, and over in the step in which a prompt goes on with the
turn, or a newer one begins. With each change the turn's end is to be shown again, also after a restart.
"""

from collections.abc import Collection
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, Row, func, null, select, update

from antiphon.core.blocks import End
from antiphon.core.records import InboxEntry
from antiphon.core.schedules.values import CONTINUES, Continuation, ContinuationState, GoingOn
from antiphon.core.values import Asker, Session, SessionId, TurnId
from antiphon.store.encoding import PROMPTS
from antiphon.store.schema import continuation, inbox, outbox, session, switch
from antiphon.store.tables import sessions
from antiphon.store.transaction import Transaction

_SWITCH = "after_limit"
_ASKER = TypeAdapter(Asker)
_PLANNED = continuation.c.state == "planned"
_AT_WORK = ("queued", "running", "suspended")  # states of a prompt that comes before whatever goes on by itself


def of(tx: Transaction, home: SessionId, turn: TurnId) -> Continuation | None:
    """Whether the turn goes on by itself; None: nobody has said so."""
    found = tx.execute(select(continuation).where(_is(home, turn))).one_or_none()
    return None if found is None else _of_row(found)


def planned(tx: Transaction) -> list[tuple[Session, Continuation]]:
    """Those that are to go on, each with its session; what is due next first."""
    rows = select(session, continuation).join(continuation, continuation.c.session == session.c.id).where(_PLANNED)
    return [(sessions.of_row(row), _of_row(row)) for row in tx.execute(rows.order_by(continuation.c.due))]


def next_due(tx: Transaction) -> float | None:
    """When the next one is due; None: none is."""
    return tx.execute(select(func.min(continuation.c.due)).where(_PLANNED)).scalar_one()


def due(tx: Transaction, most: int) -> list[Continuation]:
    """Those that are due by now, the longest first."""
    rows = select(continuation).where(_PLANNED, continuation.c.due <= tx.now).order_by(continuation.c.due).limit(most)
    return [_of_row(row) for row in tx.execute(rows)]


def changed(tx: Transaction) -> list[tuple[Session, TurnId]]:
    """The turns whose end is not shown as it is by now."""
    same = (outbox.c.session == continuation.c.session) & (outbox.c.turn == continuation.c.turn)
    rows = select(session, continuation.c.turn).join(continuation, continuation.c.session == session.c.id)
    rows = rows.join(outbox, same & (outbox.c.kind == "end") & (outbox.c.state == "todo"))
    return [(sessions.of_row(row), TurnId(row.turn)) for row in tx.execute(rows)]


def going_on(tx: Transaction) -> GoingOn:
    """Whether turns go on by themselves at all."""
    found = tx.execute(select(switch).where(switch.c.name == _SWITCH)).one_or_none()
    return GoingOn() if found is None else GoingOn(found.is_on, found.by)


def set_going_on(tx: Transaction, wanted: GoingOn) -> int:
    """Switch it. Off: those that are planned are stopped as well; returns how many."""
    row = tx.insert(switch).values(name=_SWITCH, is_on=wanted.on, by=wanted.by)
    told = {"is_on": wanted.on, "by": wanted.by}
    tx.execute(row.on_conflict_do_update(index_elements=[switch.c.name], set_=told))
    return 0 if wanted.on else _set(tx, _PLANNED, "off", Asker(wanted.by))


def plan(tx: Transaction, wanted: Continuation) -> bool:
    """Let one go on that does not. False: it has gone on, or there is something newer, or it is switched off."""
    known = of(tx, wanted.session, wanted.turn)
    if not going_on(tx).on or (known is not None and known.state in ("begun", "dropped")):
        return False
    _put(tx, wanted)
    return True


def at_end(tx: Transaction, home: SessionId, turn: TurnId, end: End) -> None:
    """A turn has ended that is to go on by itself: it takes the place of an earlier one of its session."""
    if end.goes_on is None:
        return
    drop(tx, (home,))
    going = going_on(tx)
    by = None if going.on else Asker(going.by)
    _put(tx, Continuation(home, turn, end.goes_on, "planned" if going.on else "off", by))


def at_begin(tx: Transaction, home: SessionId, turn: TurnId) -> None:
    """A turn begins: where a prompt began it, nothing older of its session goes on by itself."""
    rows = (continuation.c.session == home) & _PLANNED & (continuation.c.turn != turn)
    if tx.execute(select(continuation.c.turn).where(rows)).first() is None:
        return
    prompts = (inbox.c.session == home) & inbox.c.kind.in_(PROMPTS) & (inbox.c.state == "running")
    if tx.execute(select(inbox.c.n).where(prompts, inbox.c.body["turn"].as_string() == turn)).first() is not None:
        _set(tx, rows, "dropped")


def at_prompt(tx: Transaction, entry: InboxEntry, home: SessionId) -> None:
    """A prompt comes: where it goes on with a turn, that one has gone on."""
    if entry.key.startswith(CONTINUES):
        _set(tx, _is(home, TurnId(entry.key.removeprefix(CONTINUES))), "begun")


def stop(tx: Transaction, home: SessionId, turn: TurnId | None, by: Asker) -> bool:
    """It does not go on by itself; `turn` None: whichever of the session's would. False: none does."""
    rows = continuation.c.session == home if turn is None else _is(home, turn)
    return _set(tx, rows & _PLANNED, "stopped", by) > 0


def drop(tx: Transaction, homes: Collection[SessionId]) -> None:
    """Nothing of these sessions goes on by itself: there is something newer, or nothing to go on with."""
    _set(tx, continuation.c.session.in_(homes) & _PLANNED, "dropped")


def is_current(tx: Transaction, one: Continuation) -> bool:
    """Whether it is still planned like this."""
    current = of(tx, one.session, one.turn)
    return current is not None and (current.state, current.due) == ("planned", one.due)


def is_next(tx: Transaction, home: SessionId) -> bool:
    """Whether something may go on in the session: no prompt comes first, and it is in no terminal."""
    hosted = select(session.c.id).where(session.c.id == home, session.c.terminal.is_(None))
    prompts = (inbox.c.session == home) & inbox.c.kind.in_(PROMPTS) & inbox.c.state.in_(_AT_WORK)
    return tx.execute(hosted).first() is not None and tx.execute(select(inbox.c.n).where(prompts)).first() is None


def _put(tx: Transaction, wanted: Continuation) -> None:
    by = null() if wanted.by is None else _ASKER.dump_python(wanted.by, mode="json")
    told = {"due": wanted.due, "state": wanted.state, "by": by}
    row = tx.insert(continuation).values(session=wanted.session, turn=wanted.turn, **told)
    key = [continuation.c.session, continuation.c.turn]
    tx.execute(row.on_conflict_do_update(index_elements=key, set_=told))
    _show(tx, wanted.session, wanted.turn)


def _set(tx: Transaction, rows: ColumnElement[bool], state: ContinuationState, by: Asker | None = None) -> int:
    """Change the state of these rows; how many there were."""
    found = tx.execute(select(continuation.c.session, continuation.c.turn).where(rows)).all()
    told = null() if by is None else _ASKER.dump_python(by, mode="json")
    for home, turn in found:
        tx.execute(update(continuation).where(_is(home, turn)).values(state=state, by=told))
        _show(tx, home, turn)
    return len(found)


def _show(tx: Transaction, home: SessionId, turn: TurnId) -> None:
    end = (outbox.c.session == home) & (outbox.c.turn == turn) & (outbox.c.kind == "end")
    tx.execute(update(outbox).where(end).values(state="todo"))
    tx.rung.add("continuation")


def _is(home: SessionId, turn: TurnId) -> ColumnElement[bool]:
    return (continuation.c.session == home) & (continuation.c.turn == turn)


def _of_row(row: Row[*tuple[Any, ...]]) -> Continuation:
    by = None if row.by is None else _ASKER.validate_python(row.by)
    return Continuation(SessionId(row.session), TurnId(row.turn), row.due, row.state, by)
