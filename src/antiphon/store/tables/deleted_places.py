"""A place that is not there any more: nobody will see what runs or waits for it."""

from sqlalchemy import select, update

from antiphon.core.records import InboxContent, InboxEntry, Withdrawal
from antiphon.core.values import Change, Interrupt, PlaceId, Session, SessionId
from antiphon.store.encoding import PROMPTS, prompt_of
from antiphon.store.schema import inbox, session
from antiphon.store.tables import admissions, continuations, guests, schedules, sessions, withdrawals
from antiphon.store.tables import inbox as calls
from antiphon.store.tables.coordination import claims
from antiphon.store.transaction import Transaction

_BY = "the thread was deleted"


def abandon(tx: Transaction, place: PlaceId) -> int:
    """Take the prompts of the place's sessions out of the line, those away that a turn at work has not taken in, and
    stop that turn. Returns how many were in line. Harmless to repeat."""
    tx.rung.update(("inbox", "schedule"))
    rows = tx.execute(select(session).where(session.c.place == place)).all()
    homes = [SessionId(row.id) for row in rows]
    schedules.place_gone(tx, homes)
    continuations.drop(tx, homes)
    guests.forget(tx, place)
    admissions.forget(tx, place)
    for home in homes:
        claims.forget(tx, home)
    tx.execute(update(session).where(session.c.place == place).values(ended=tx.now))
    return sum(_abandon(tx, sessions.of_row(row), row.worker) for row in rows)


def _abandon(tx: Transaction, home: Session, worker: str) -> int:
    mine = (inbox.c.session == home.id) & inbox.c.kind.in_(PROMPTS)
    waiting = mine & inbox.c.state.in_(("queued", "held"))
    line = tx.execute(select(inbox.c.n, inbox.c.body).where(waiting)).all()
    tx.execute(update(inbox).where(waiting).values(state="cancelled", ended=tx.now))
    for n, body in line:
        if home.origin.channel is not None and prompt_of(body).message == home.origin.message:
            withdrawals.outside(tx, n, Withdrawal("place_deleted"))
    at_work = tx.execute(select(inbox).where(mine, inbox.c.state.in_(("running", "suspended")))).all()

    def ask(key: str, content: InboxContent) -> None:
        calls.accept(tx, InboxEntry(key, worker, home, content))

    for one in at_work:  # before the stop: what was not taken in would run as a turn of its own
        message = prompt_of(one.body).message
        if one.kind == "steer" and message is not None:
            ask(f"deletion:{message}", Change(message, None))
    if at_work:
        ask(f"deleted:{home.place}:{max(one.n for one in at_work)}", Interrupt(_BY))
    return len(line)
