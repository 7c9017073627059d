"""Hub → worker: what people did. Accepted once, run at most once, one turn a session at a time, in order."""

from collections.abc import Iterable, Set

from sqlalchemy import Connection, func, select, update

from antiphon.core.ports import Body, Call, Closing, Item, Lease
from antiphon.core.values import SessionId
from antiphon.store import sessions
from antiphon.store.leases import worker_of
from antiphon.store.schema import inbox, outbox, session
from antiphon.store.sql import insert


def accept(connection: Connection, call: Call, now: float) -> bool:
    """Write the call down, with its session and its watermark. False: the key is there already."""
    home = sessions.ensure(connection, call.session, call.worker, now)
    row = insert(connection, inbox).values(
        key=call.key,
        worker=call.worker,
        session=home,
        kind=call.kind,
        body=dict(call.body),
        state="queued",
        created=now,
    )
    new = connection.execute(row.on_conflict_do_nothing(index_elements=[inbox.c.key])).rowcount == 1
    if new:
        connection.execute(update(session).where(session.c.id == home).values(touched=now))
    if call.seen is not None:
        sessions.seen(connection, *call.seen)
    if new and call.session.origin.message is not None:
        # Its thread is new: what is said there while nobody listens is looked for from the first message on.
        sessions.seen(connection, call.session.place, call.session.origin.message)
    return new


def running(connection: Connection, home: SessionId) -> bool:
    """Whether a turn of the session is at work."""
    turn = select(inbox.c.n).where(inbox.c.session == home, inbox.c.kind == "turn", inbox.c.state == "running")
    return connection.execute(turn).first() is not None


def revise(connection: Connection, key: str, body: Body) -> bool:
    """Give a row that waits another body. False: there is none, or it waits no more."""
    waiting = (inbox.c.key == key) & (inbox.c.state == "queued")
    return connection.execute(update(inbox).where(waiting).values(body=dict(body))).rowcount == 1


def withdraw(connection: Connection, key: str, now: float) -> bool:
    """Take a row that waits out of the line. False: there is none, or it waits no more."""
    waiting = (inbox.c.key == key) & (inbox.c.state == "queued")
    gone = update(inbox).where(waiting).values(state="cancelled", ended=now)
    return connection.execute(gone).rowcount == 1


def claim(connection: Connection, me: Lease, known: Set[int], room: int) -> list[Item]:
    """Errands (stops, answers) first, then turns by number: what was lost on the way to me, and at most `room` turns
    in all that are new to me (a lost one takes the place of a new one)."""
    mine = inbox.c.worker == worker_of(me.name)
    running = select(inbox.c.n, inbox.c.kind).where(mine, inbox.c.state == "running", inbox.c.epoch == me.epoch)
    lost = [(n, kind) for n, kind in connection.execute(running) if n not in known]
    errands = select(inbox.c.n).where(mine, inbox.c.state == "queued", inbox.c.kind != "turn")
    fresh = list(connection.execute(errands).scalars())
    places = room - sum(kind == "turn" for _, kind in lost)
    if places > 0:
        fresh.extend(_next_turns(connection, me, places))
    if fresh:
        flip = update(inbox).where(inbox.c.n.in_(fresh)).values(state="running", epoch=me.epoch)
        connection.execute(flip)
    return _items(connection, [n for n, _ in lost] + fresh)


def _next_turns(connection: Connection, me: Lease, room: int) -> list[int]:
    """The first waiting turn of each session without a running one, oldest first."""
    turns = inbox.alias()
    busy = select(turns.c.session).where(turns.c.kind == "turn", turns.c.state == "running")
    first = func.min(inbox.c.n)
    waiting = select(first).where(
        inbox.c.worker == worker_of(me.name),
        inbox.c.state == "queued",
        inbox.c.kind == "turn",
        inbox.c.session.not_in(busy),
    )
    return list(connection.execute(waiting.group_by(inbox.c.session).order_by(first).limit(room)).scalars())


def _items(connection: Connection, numbers: list[int]) -> list[Item]:
    last = select(func.max(outbox.c.seq)).where(outbox.c.session == inbox.c.session).scalar_subquery()
    rows = select(inbox, session, last.label("last")).join(session, inbox.c.session == session.c.id)
    # The kind names sort as they must: answers and stops overtake turns.
    ordered = rows.where(inbox.c.n.in_(numbers)).order_by(inbox.c.kind, inbox.c.n)
    return [
        Item(
            n=row.n,
            key=row.key,
            session=sessions.of_row(row),
            kind=row.kind,
            body=row.body,
            next_seq=0 if row.last is None else row.last + 1,
        )
        for row in connection.execute(ordered)
    ]


def close(connection: Connection, me: Lease, closings: Iterable[Closing], now: float) -> None:
    """End rows that run under my epoch and add what they cost; one that has ended already is left as it is."""
    for closing in closings:
        row = (inbox.c.n == closing.n) & (inbox.c.state == "running") & (inbox.c.epoch == me.epoch)
        ended = connection.execute(update(inbox).where(row).values(state=closing.state, ended=now)).rowcount
        if ended and closing.cost:
            home = select(inbox.c.session).where(inbox.c.n == closing.n).scalar_subquery()
            cost = session.c.cost + closing.cost
            connection.execute(update(session).where(session.c.id == home).values(cost=cost, touched=now))
