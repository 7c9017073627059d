"""Claims, and which session has read and changed which file. A claim holds while its session is live, and for its time:
whoever looks sees no other, and whoever writes removes them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, case, delete, or_, select

from antiphon.core.coordination.claims import LIVE_FOR, Claim, Conflict, FileUse
from antiphon.core.values import NOWHERE, PlaceId, SessionId
from antiphon.store.schema import claim, file_use, inbox, session
from antiphon.store.tables.coordination import events
from antiphon.store.transaction import Transaction

_OPEN = ("queued", "running", "suspended")  # of a prompt that is not over


def waits() -> ColumnElement[bool]:
    """Whether a prompt of the session is not over."""
    return select(inbox.c.n).where(inbox.c.session == session.c.id, inbox.c.state.in_(_OPEN)).exists()


def is_live(now: float) -> ColumnElement[bool]:
    """Whether a session is live."""
    hosted = and_(session.c.terminal.is_(None), session.c.touched > now - LIVE_FOR)
    in_terminal = and_(session.c.terminal.is_not(None), session.c.terminal["open"].as_boolean())
    return and_(session.c.ended.is_(None), or_(hosted, in_terminal, waits()))


def claims(tx: Transaction) -> list[Claim]:
    """All that hold."""
    return [_claim(row) for row in tx.execute(_held(tx).order_by(claim.c.since, claim.c.resource))]


def take(tx: Transaction, wanted: Claim) -> Claim | None:
    """Give a session a resource, unless another one has it: that claim."""
    row = tx.execute(_held(tx).where(claim.c.resource == wanted.resource)).first()
    if row is not None and row.session != wanted.session:
        return _claim(row)
    tx.execute(delete(claim).where(claim.c.resource == wanted.resource))
    alive = select(session.c.id).where(session.c.id == wanted.session, is_live(tx.now))
    if tx.execute(alive).first() is not None:
        since = tx.now if row is None else row.since
        told = {"resource": wanted.resource, "session": wanted.session, "since": since}
        tx.execute(tx.insert(claim).values(**told, until=wanted.until, note=wanted.note))
        events.claimed(tx, wanted.session, wanted.resource, since, wanted.until, wanted.note)
    return None


def release(tx: Transaction, id_: SessionId, resources: Sequence[str] | None) -> list[str]:
    """Take claims of a session back, None: all; those that it had."""
    mine = claim.c.session == id_
    if resources is not None:
        mine &= claim.c.resource.in_(resources)
    return _end(tx, mine)


def forget(tx: Transaction, id_: SessionId) -> None:
    """A session has ended, or begun anew: it claims nothing, and has read nothing."""
    _end(tx, claim.c.session == id_)
    tx.execute(delete(file_use).where(file_use.c.session == id_, file_use.c.changed == 0.0))
    mine = file_use.c.session == id_
    tx.execute(file_use.update().where(mine).values(read=0.0, allowed=0.0))


def _end(tx: Transaction, which: ColumnElement[bool]) -> list[str]:
    """End claims; their resources."""
    rows = tx.execute(select(claim).where(which).order_by(claim.c.resource)).all()
    tx.execute(delete(claim).where(which))
    events.close(tx, [events.of_claim(row.session, row.resource, row.since) for row in rows], "released", tx.now)
    return [row.resource for row in rows]


def use(tx: Transaction, id_: SessionId, uses: Sequence[FileUse]) -> None:
    """Write down what a session has read and changed."""
    for one in uses:
        row = tx.insert(file_use).values(
            session=id_, path=str(one.path), read=one.read, changed=one.changed, allowed=0.0
        )
        newer = {
            "read": _later(file_use.c.read, row.excluded.read),
            "changed": _later(file_use.c.changed, row.excluded.changed),
        }
        tx.execute(row.on_conflict_do_update(index_elements=[file_use.c.session, file_use.c.path], set_=newer))
    old = (file_use.c.read < tx.now - LIVE_FOR) & (file_use.c.changed < tx.now - 6 * LIVE_FOR)
    tx.execute(delete(file_use).where(old, file_use.c.allowed < tx.now))


def let_write(tx: Transaction, id_: SessionId, path: Path, until: float) -> None:
    """Let a session write over what others did."""
    row = tx.insert(file_use).values(session=id_, path=str(path), read=0.0, changed=0.0, allowed=until)
    keys = [file_use.c.session, file_use.c.path]
    tx.execute(row.on_conflict_do_update(index_elements=keys, set_={"allowed": until}))
    events.let(tx, id_, path)


def conflict(tx: Transaction, id_: SessionId, path: Path, resource: str) -> Conflict | None:
    """Why a session should not write a file now."""
    mine = (file_use.c.session == id_) & (file_use.c.path == str(path))
    own = tx.execute(select(file_use).where(mine)).first()
    if own is not None and own.allowed > tx.now:
        return None
    claimed = tx.execute(_held(tx).where(claim.c.resource == resource, claim.c.session != id_)).first()
    if claimed is not None:
        return Conflict("claimed", *_shown(claimed), claimed.project, claimed.since, _note(claimed))
    known = 0.0 if own is None else own.read  # what it has written it has read before
    theirs = (file_use.c.path == str(path)) & (file_use.c.session != id_) & (file_use.c.changed > known)
    told = (session.c.title, session.c.place, session.c.terminal, session.c.project)
    joined = select(file_use.c.session, file_use.c.changed, *told)
    joined = joined.join(session, session.c.id == file_use.c.session).where(theirs, is_live(tx.now))
    row = tx.execute(joined.order_by(file_use.c.changed.desc())).first()
    if row is None:
        return None
    return Conflict("changed", *_shown(row), row.project, row.changed)


def changed_between(tx: Transaction, id_: SessionId, begin: float, end: float) -> frozenset[Path]:
    """The files that other sessions have changed in that time."""
    theirs = (file_use.c.session != id_) & (file_use.c.changed >= begin) & (file_use.c.changed <= end)
    return frozenset(map(Path, tx.execute(select(file_use.c.path).where(theirs)).scalars()))


def _held(tx: Transaction) -> Select[tuple[Any, ...]]:
    told = (session.c.title, session.c.place, session.c.terminal, session.c.project)
    joined = select(claim, *told).join(session, session.c.id == claim.c.session)
    return joined.where(claim.c.until > tx.now, is_live(tx.now))


def _claim(row: Row[*tuple[Any, ...]]) -> Claim:
    return Claim(row.resource, *_shown(row), row.since, row.until, _note(row))


def _note(row: Row[*tuple[Any, ...]]) -> str:
    """The note of a claim, but for one of a session that is left out."""
    return "" if row.terminal is not None and row.terminal.get("left_out") else row.note


def _shown(row: Row[*tuple[Any, ...]]) -> tuple[SessionId, str, PlaceId]:
    """The session, its title and place: neither of one that is left out."""
    if row.terminal is not None and row.terminal.get("left_out"):
        return SessionId(row.session), "", NOWHERE
    return SessionId(row.session), row.title, PlaceId(row.place or NOWHERE)


def _later(known: ColumnElement[float], told: ColumnElement[float]) -> ColumnElement[float]:
    return case((told > known, told), else_=known)
