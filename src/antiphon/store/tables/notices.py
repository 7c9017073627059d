"""Notices: each is accepted once, and goes from waiting to one end."""

from dataclasses import replace
from functools import cache
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Boolean, Executable, Integer, Row, bindparam, delete, func, select, update

from antiphon.core.programs.notices import Accepted, Notice, NoticeFile, NoticeId, StoredNotice
from antiphon.core.values import MessageId
from antiphon.store.schema import notice
from antiphon.store.transaction import Transaction, insert_for

_ADAPTER = TypeAdapter(Notice)
_COLUMNS = {"id", "project", "due", "later", "file"}  # what the body does not hold
_KEPT = 1000  # that wait no more
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
    open_ = notice.alias()
    waiting = select(func.count()).where(open_.c.state.in_(_OPEN), open_.c.later == bindparam("later", type_=Boolean()))
    values = [bindparam(column.name, type_=column.type) for column in notice.c]
    room = waiting.scalar_subquery() < bindparam("most", type_=Integer())
    rows = insert_for(dialect, notice).from_select([column.name for column in notice.c], select(*values).where(room))
    return rows.on_conflict_do_nothing(index_elements=[notice.c.id])


def one(tx: Transaction, id_: NoticeId) -> StoredNotice | None:
    """One, without its file."""
    row = tx.execute(select(*_SHOWN).where(notice.c.id == id_)).one_or_none()
    return None if row is None else _of_row(row)


def some(tx: Transaction, *, waiting: bool, most: int) -> list[StoredNotice]:
    """Those that wait, the next one first; or the latest that do not."""
    rows = select(*_SHOWN)
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


def is_notice(tx: Transaction, message: MessageId) -> bool:
    """Whether a message is known to show one."""
    return tx.execute(select(notice.c.id).where(notice.c.message == message)).first() is not None


def next_due(tx: Transaction) -> float | None:
    """When the next one is due."""
    return tx.execute(select(func.min(notice.c.due)).where(notice.c.state.in_(_OPEN))).scalar_one()


def send(tx: Transaction, id_: NoticeId) -> bool:
    """It is on its way from now on; since when, the first time counts."""
    waiting = (notice.c.id == id_) & (notice.c.state == "waiting")
    if tx.execute(update(notice).where(waiting).values(state="sending", since=tx.now)).rowcount == 1:
        return True
    return tx.execute(select(notice.c.id).where(notice.c.id == id_, notice.c.state == "sending")).first() is not None


def settle(tx: Transaction, id_: NoticeId, message: MessageId | None, error: str, *, again: bool = False) -> None:
    """It is there, or it will never be; `again`: it is to be tried once more."""
    mine = update(notice).where(notice.c.id == id_)
    if again:
        tx.execute(mine.values(state="waiting", since=tx.now, error=error))
        return
    state = "failed" if message is None else "sent"
    tx.execute(mine.values(state=state, since=tx.now, message=message, error=error, file=None))
    over = notice.c.state.not_in(_OPEN)
    old = select(notice.c.id).where(over).order_by(notice.c.since.desc()).offset(_KEPT)
    tx.execute(delete(notice).where(notice.c.id.in_(list(tx.execute(old).scalars()))))


def _of_row(row: Row[Any], content: bytes | None = None) -> StoredNotice:
    named = {"id": row.id, "project": row.project, "due": row.due, "later": row.later}
    kept = _ADAPTER.validate_python({**row.body, **named})
    if content is not None:
        kept = replace(kept, file=NoticeFile(row.file_name, content))
    return StoredNotice(kept, row.state, row.created, row.since, row.message, row.error)
