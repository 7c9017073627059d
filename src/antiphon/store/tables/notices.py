"""Notices: each is accepted once, and goes from waiting to one end."""

from dataclasses import replace
from functools import cache
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Boolean, Executable, Integer, Row, Text, bindparam, delete, func, select, update

from antiphon.core.programs.notices import Accepted, Notice, NoticeFile, NoticeId, StoredNotice
from antiphon.core.values import MessageId
from antiphon.store.schema import notice, post
from antiphon.store.tables import audits
from antiphon.store.transaction import Transaction, insert_for

_ADAPTER = TypeAdapter(Notice)
_COLUMNS = {"id", "project", "maker", "due", "later", "file"}  # what the body does not hold
_KEPT = 1000  # that wait no more
_FILES = 256 * 1024 * 1024  # bytes of all files that wait together
_OPEN = ("waiting", "sending")
_SHOWN = tuple(column for column in notice.c if column.name != "file")


def accept(tx: Transaction, one: Notice, most: int) -> Accepted:
    """Store it, unless it is there, or as many wait as may."""
    row = {
        "id": one.id,
        "project": one.project,
        "body": _ADAPTER.dump_python(one, mode="json", exclude=_COLUMNS),
        "file_name": None if one.file is None else one.file.name,
        "file": None if one.file is None else one.file.content,
        "file_size": 0 if one.file is None else len(one.file.content),
        "maker": one.maker,
        "target": one.target,
        "later": one.later,
        "state": "waiting",
        "due": one.due,
        "created": tx.now,
        "since": tx.now,
        "message": None,
        "error": "",
    }
    if tx.execute(_insert(tx.dialect), {**row, "most": most}).rowcount == 1:
        tx.rung.add("notice")
        return "new"
    known = tx.execute(select(notice.c.id).where(notice.c.id == one.id)).first() is not None
    return "known" if known else "full"


@cache
def _insert(dialect: str) -> Executable:
    """Of one that is not there, if fewer wait than may. Made once, and one statement: programs may post many, and to
    build one takes SQLAlchemy longer than it takes the database to run it."""
    open_, sizes = notice.alias(), notice.alias()
    own = (open_.c.maker == bindparam("maker", type_=Text())) & (open_.c.later == bindparam("later", type_=Boolean()))
    waiting = select(func.count()).where(open_.c.state.in_(_OPEN), own).scalar_subquery()
    files = select(func.coalesce(func.sum(sizes.c.file_size), 0)).where(sizes.c.state.in_(_OPEN)).scalar_subquery()
    values = [bindparam(column.name, type_=column.type) for column in notice.c]
    size = bindparam("file_size", type_=Integer())
    room = (waiting < bindparam("most", type_=Integer())) & ((size == 0) | (files + size <= _FILES))
    rows = insert_for(dialect, notice).from_select([column.name for column in notice.c], select(*values).where(room))
    return rows.on_conflict_do_nothing(index_elements=[notice.c.id])


def one(tx: Transaction, id_: NoticeId) -> StoredNotice | None:
    """One, without its file."""
    row = tx.execute(select(*_SHOWN).where(notice.c.id == id_)).one_or_none()
    return None if row is None else _of_row(row)


def some(tx: Transaction, maker: str | None, *, waiting: bool, most: int) -> list[StoredNotice]:
    """Those that wait, the next one first; or the latest that do not; of one maker, or of all."""
    rows = select(*_SHOWN) if maker is None else select(*_SHOWN).where(notice.c.maker == maker)
    if waiting:
        rows = rows.where(notice.c.state.in_(_OPEN)).order_by(notice.c.due, notice.c.created)
    else:
        rows = rows.where(notice.c.state.not_in(_OPEN)).order_by(notice.c.since.desc())
    return [_of_row(row) for row in tx.execute(rows.limit(most))]


def cancel(tx: Transaction, id_: NoticeId) -> bool:
    """Take back one that waits."""
    waiting = (notice.c.id == id_) & (notice.c.state == "waiting")
    done = tx.execute(update(notice).where(waiting).values(state="cancelled", since=tx.now, file=None))
    return done.rowcount == 1


def targets(tx: Transaction) -> list[str]:
    """Where something is to go by now."""
    due = (notice.c.state.in_(_OPEN)) & (notice.c.due <= tx.now)
    return list(tx.execute(select(notice.c.target).where(due).distinct()).scalars())


def next_of(tx: Transaction, target: str) -> StoredNotice | None:
    """The oldest that is to go there by now, with its file."""
    due = (notice.c.target == target) & notice.c.state.in_(_OPEN) & (notice.c.due <= tx.now)
    rows = select(*_SHOWN, notice.c.file).where(due).order_by(notice.c.due, notice.c.created).limit(1)
    row = tx.execute(rows).one_or_none()
    return None if row is None else _of_row(row, row.file)


def is_known_post(tx: Transaction, message: MessageId) -> bool:
    """Whether a message is known to show a notice, something of a turn's, or what Claude has sent."""
    ours = select(notice.c.id).where(notice.c.message == message)
    turns = select(post.c.turn).where(post.c.message == message)
    if tx.execute(ours).first() is not None or tx.execute(turns).first() is not None:
        return True
    return audits.decision(tx, "message", str(message)) is not None


def next_due(tx: Transaction) -> float | None:
    """When the next one is due that is not yet."""
    later = notice.c.state.in_(_OPEN) & (notice.c.due > tx.now)
    return tx.execute(select(func.min(notice.c.due)).where(later)).scalar_one()


def send(tx: Transaction, id_: NoticeId) -> bool:
    """It is on its way from now on; since when, the first time counts."""
    waiting = (notice.c.id == id_) & (notice.c.state == "waiting")
    if tx.execute(update(notice).where(waiting).values(state="sending", since=tx.now)).rowcount == 1:
        return True
    return tx.execute(select(notice.c.id).where(notice.c.id == id_, notice.c.state == "sending")).first() is not None


def settle(tx: Transaction, id_: NoticeId, message: MessageId | None, error: str) -> None:
    """It is there, or it will never be."""
    mine = update(notice).where(notice.c.id == id_)
    state = "failed" if message is None else "sent"
    tx.execute(mine.values(state=state, since=tx.now, message=message, error=error, file=None))
    over = notice.c.state.not_in(_OPEN)
    old = select(notice.c.id).where(over).order_by(notice.c.since.desc()).offset(_KEPT)
    tx.execute(delete(notice).where(notice.c.id.in_(list(tx.execute(old).scalars()))))


def _of_row(row: Row[Any], content: bytes | None = None) -> StoredNotice:
    named = {"id": row.id, "project": row.project, "maker": row.maker, "due": row.due, "later": row.later}
    kept = _ADAPTER.validate_python({**row.body, **named})
    if content is not None:
        kept = replace(kept, file=NoticeFile(row.file_name, content))
    return StoredNotice(kept, row.state, row.created, row.since, row.message, row.error)
