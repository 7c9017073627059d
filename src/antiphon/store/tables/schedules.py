"""Schedules, and their runs: each is started once, in the step in which its prompt comes into the inbox."""

from collections.abc import Collection
from dataclasses import asdict, replace
from typing import Literal

from pydantic import TypeAdapter
from sqlalchemy import Row, delete, func, null, select, update

from antiphon.core.blocks import End
from antiphon.core.records import InboxEntry
from antiphon.core.schedules.values import (
    MOST_FAILURES,
    PREFIX_OF_TRIGGERS,
    Firing,
    Paused,
    ScheduledPrompt,
    ScheduledRun,
    ScheduleId,
    TriggeredBy,
)
from antiphon.core.values import SessionId, turn_for
from antiphon.store.encoding import outbox_content
from antiphon.store.schema import inbox, outbox, schedule, schedule_run, session
from antiphon.store.tables import inbox as calls
from antiphon.store.transaction import Transaction

_ADAPTER = TypeAdapter(ScheduledPrompt)
_EVENT = TypeAdapter(TriggeredBy)
_APART = 0.001  # seconds between two events of a trigger, by which they are told apart
_COLUMNS = ("id", "name", "project", "next", "paused", "failures")  # what the body does not hold
_KEPT = 50  # runs of one schedule
_OVER = ("done", "failed", "interrupted", "cancelled", "withdrawn")  # states of a prompt that runs no more


def put(tx: Transaction, wanted: ScheduledPrompt) -> None:
    """Store it, in place of the one with its id."""
    columns = {name: getattr(wanted, name) for name in _COLUMNS}
    columns["body"] = _ADAPTER.dump_python(wanted, mode="json", exclude=set(_COLUMNS))
    row = tx.insert(schedule).values(**columns, created=tx.now)
    tx.execute(row.on_conflict_do_update(index_elements=[schedule.c.id], set_=columns))
    tx.rung.add("schedule")


def drop(tx: Transaction, id_: ScheduleId) -> bool:
    """Forget it and its runs; what runs goes on. False: there is none."""
    tx.execute(delete(schedule_run).where(schedule_run.c.schedule == id_))
    return tx.execute(delete(schedule).where(schedule.c.id == id_)).rowcount == 1


def every(tx: Transaction) -> list[ScheduledPrompt]:
    """All of them, in the order in which they were made."""
    return [_of_row(row) for row in tx.execute(select(schedule).order_by(schedule.c.created, schedule.c.id))]


def one(tx: Transaction, id_: ScheduleId) -> ScheduledPrompt | None:
    """None: there is none (any more)."""
    row = tx.execute(select(schedule).where(schedule.c.id == id_)).one_or_none()
    return None if row is None else _of_row(row)


def next_due(tx: Transaction) -> float | None:
    """When the next one is due; None: none is."""
    return tx.execute(select(func.min(schedule.c.next))).scalar_one()


def due(tx: Transaction, most: int) -> list[ScheduledPrompt]:
    """Those that are due by now, the longest first."""
    rows = select(schedule).where(schedule.c.next <= tx.now).order_by(schedule.c.next).limit(most)
    return [_of_row(row) for row in tx.execute(rows)]


def fire(tx: Transaction, fired: Firing) -> bool:
    """Write down what becomes of one that has come due. False: that was done, or it was changed meanwhile."""
    current = (schedule.c.id == fired.schedule) & (schedule.c.next == fired.was)
    if tx.execute(update(schedule).where(current).values(next=fired.next)).rowcount != 1:
        return False
    for run in fired.runs:
        add_run(tx, run)
    _forget_old(tx, fired.schedule)
    return True


def add_run(tx: Transaction, run: ScheduledRun) -> bool:
    """Write down that a schedule is to be run. False: it is known already."""
    row = tx.insert(schedule_run).values(
        schedule=run.schedule,
        due=run.due,
        key=run.key,
        state=run.state,
        session=run.session,
        ended=run.ended,
        event=null() if run.event is None else asdict(run.event),
    )
    tx.rung.add("schedule")
    return tx.execute(row.on_conflict_do_nothing()).rowcount == 1


def add_event(tx: Transaction, run: ScheduledRun, most: int) -> Literal["new", "known", "full"]:
    """Write down that a trigger is to be run for an event, after those that came before."""
    mine = schedule_run.c.schedule == run.schedule
    if knows(tx, run.key):
        return "known"
    waiting = select(func.count()).where(mine, schedule_run.c.state == "due")
    if run.state == "due" and tx.execute(waiting).scalar_one() >= most:
        return "full"
    last = tx.execute(select(func.max(schedule_run.c.due)).where(mine)).scalar_one()
    add_run(tx, replace(run, due=run.due if last is None else max(run.due, last + _APART)))
    _forget_old(tx, run.schedule)
    return "new"


def knows(tx: Transaction, key: str) -> bool:
    """Whether a run has this key, or had: its prompt is kept for ever."""
    if tx.execute(select(schedule_run.c.key).where(schedule_run.c.key == key)).first() is not None:
        return True
    return tx.execute(select(inbox.c.n).where(inbox.c.key == key)).first() is not None


def skip(tx: Transaction, key: str) -> bool:
    """It is not started."""
    waiting = (schedule_run.c.key == key) & (schedule_run.c.state == "due")
    tx.rung.add("schedule")  # another one may have waited for it
    return tx.execute(update(schedule_run).where(waiting).values(state="skipped")).rowcount == 1


def _forget_old(tx: Transaction, id_: ScheduleId) -> None:
    over = (schedule_run.c.schedule == id_) & schedule_run.c.state.not_in(("due", "started"))
    old = select(schedule_run.c.due).where(over).order_by(schedule_run.c.due.desc()).offset(_KEPT)
    tx.execute(delete(schedule_run).where(over, schedule_run.c.due.in_(list(tx.execute(old).scalars()))))


def open_runs(tx: Transaction) -> list[ScheduledRun]:
    """The runs that wait, and those that are at work, oldest first."""
    rows = select(schedule_run).where(schedule_run.c.state.in_(("due", "started"))).order_by(schedule_run.c.due)
    return [_run_of(row) for row in tx.execute(rows)]


def start(tx: Transaction, run: ScheduledRun, entry: InboxEntry) -> bool:
    """Put its prompt into the inbox, and note the session that it is for. False: it waits no more."""
    waiting = (schedule_run.c.key == run.key) & (schedule_run.c.state == "due")
    started = update(schedule_run).where(waiting).values(state="started", session=entry.session.id)
    if tx.execute(started).rowcount != 1:
        return False
    calls.accept(tx, entry)
    # What its runs may do is what it says by now, also in a thread that is there already.
    own = (session.c.id == entry.session.id) & (session.c.schedule == run.schedule)
    tx.execute(update(session).where(own).values(choices=asdict(entry.session.choices)))
    return True


def pause(tx: Transaction, id_: ScheduleId, why: Paused) -> None:
    """It is not due before somebody lets it go on, and what waits is not started."""
    tx.execute(update(schedule).where(schedule.c.id == id_).values(next=None, paused=why))
    _skip_waiting(tx, id_)
    tx.rung.add("schedule")


def _skip_waiting(tx: Transaction, id_: ScheduleId) -> None:
    waiting = (schedule_run.c.schedule == id_) & (schedule_run.c.state == "due")
    tx.execute(update(schedule_run).where(waiting).values(state="skipped"))


def settle(tx: Transaction) -> list[ScheduledPrompt]:
    """Note which runs are over, and how. The schedules that have paused themselves, and whose place is not told."""
    columns = schedule_run.c.key, schedule_run.c.schedule, inbox.c.session, inbox.c.state
    ended = select(*columns).join(inbox, inbox.c.key == schedule_run.c.key)
    rows = ended.where(schedule_run.c.state == "started", inbox.c.state.in_(_OVER)).order_by(schedule_run.c.due)
    for key, id_, home, state in tx.execute(rows).all():
        how = "cancelled" if state == "withdrawn" else state
        if how == "failed" and _met_usage_limit(tx, key, home):  # which is no failure of its own
            how = "limited"
        tx.execute(update(schedule_run).where(schedule_run.c.key == key).values(state="over", ended=how))
        row = schedule.c.id == id_
        if how == "done":
            tx.execute(update(schedule).where(row).values(failures=0))
        elif how == "failed":
            tx.execute(update(schedule).where(row).values(failures=schedule.c.failures + 1))
            goes_on = schedule.c.next.is_not(None) | schedule.c.id.startswith(PREFIX_OF_TRIGGERS)
            often = row & (schedule.c.failures >= MOST_FAILURES) & goes_on & (schedule.c.paused == "")
            if tx.execute(update(schedule).where(often).values(next=None, paused="failures_untold")).rowcount:
                _skip_waiting(tx, ScheduleId(id_))
    untold = select(schedule).where(schedule.c.paused == "failures_untold")
    return [_of_row(row) for row in tx.execute(untold)]


def _met_usage_limit(tx: Transaction, key: str, home: str) -> bool:
    """Whether a usage limit has ended the turn of the run with this key."""
    end = (outbox.c.session == home) & (outbox.c.turn == turn_for(key)) & (outbox.c.kind == "end")
    body = tx.execute(select(outbox.c.body).where(end)).scalars().first()
    told = None if body is None else outbox_content("end", body)
    return isinstance(told, End) and told.usage_limit


def place_gone(tx: Transaction, homes: Collection[SessionId]) -> None:
    """The thread of these sessions was deleted: a schedule that replies there pauses, one that shows all of its runs
    there has another thread from now on."""
    own = select(session.c.schedule).where(session.c.id.in_(homes), session.c.schedule.is_not(None))
    about = schedule.c.id.in_(own) | schedule.c.body["home"].as_string().in_(homes)
    for known in map(_of_row, tx.execute(select(schedule).where(about)).all()):
        if known.shown_in == "here" and known.home in homes:
            pause(tx, known.id, "session_gone")
        elif known.shown_in == "one_thread" and known.thread in homes:
            put(tx, replace(known, threads=known.threads + 1))


def runs(tx: Transaction, id_: ScheduleId, most: int) -> list[ScheduledRun]:
    """The latest runs, the newest first."""
    rows = select(schedule_run).where(schedule_run.c.schedule == id_).order_by(schedule_run.c.due.desc()).limit(most)
    return [_run_of(row) for row in tx.execute(rows)]


def _of_row(row: Row[*tuple[object, ...]]) -> ScheduledPrompt:
    columns = {name: getattr(row, name) for name in _COLUMNS}
    return _ADAPTER.validate_python({**row.body, **columns})


def _run_of(row: Row[*tuple[object, ...]]) -> ScheduledRun:
    event = None if row.event is None else _EVENT.validate_python(row.event)
    return ScheduledRun(row.schedule, row.due, row.state, row.session, row.ended, event)
