"""Hub → worker: what people did. Accepted once, run at most once, one turn a session at a time, in order."""

from collections.abc import Iterable, Set
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, func, select, update

from antiphon.core.permission_requests import spoken_to
from antiphon.core.records import ClaimedEntry, Closing, InboxEntry, Lease, QueuedPrompt, StoredTurn, prompt_in
from antiphon.core.stored_turn import assemble
from antiphon.core.values import Answer, Change, Interrupt, PlaceId, Prompt, SessionId, Steer, TurnId
from antiphon.store.encoding import ERRANDS, PROMPTS, inbox_body, inbox_content, prompt_of, reworded
from antiphon.store.schema import inbox, outbox, preview, session
from antiphon.store.tables import audits, sessions
from antiphon.store.tables import outbox as events
from antiphon.store.tables.leases import worker_of
from antiphon.store.upsert import insert

_BUSY = ("running", "suspended")
_WAITS = ("queued", "held")
_ORDER = (Answer, Steer, Change, Interrupt, Prompt)  # as they are taken up: errands overtake turns


def accept(connection: Connection, call: InboxEntry, now: float) -> bool:
    """Write the call down, with its session and its watermark. False: the key is there already."""
    home, content = sessions.ensure(connection, call.session, call.worker, now), call.content
    if isinstance(content, Prompt) and not call.held and _answers(connection, content, home):
        content = Steer(content)
    prompt = prompt_in(content)
    kind, body = inbox_body(content)
    row = insert(connection, inbox).values(
        key=call.key,
        worker=call.worker,
        session=home,
        kind=kind,
        body=body,
        state="held" if call.held else "queued",
        asker=prompt and prompt.asker.id,
        created=now,
    )
    new = connection.execute(row.on_conflict_do_nothing(index_elements=[inbox.c.key])).rowcount == 1
    if new:
        connection.execute(update(session).where(session.c.id == home).values(touched=now))
        if isinstance(content, Change):
            _reword(connection, home, content)
        if call.audit is not None:
            audits.note(connection, call.audit, now)
    if call.seen is not None:
        sessions.seen(connection, *call.seen)
    if new and call.session.origin.message is not None:
        # Its thread is new: what is said there while nobody listens is looked for from the first message on.
        sessions.seen(connection, call.session.place, call.session.origin.message)
    return new


def _answers(connection: Connection, prompt: Prompt, home: SessionId) -> bool:
    """Whether a message that would wait in line answers what the turn at work asks."""
    if prompt.message is None or not prompt.may_answer:
        return False
    tail = select(preview.c.turn).where(preview.c.session == home)
    turn = connection.execute(tail).scalar_one_or_none() if running(connection, home) else None
    return turn is not None and spoken_to(assemble(events.story(connection, home, TurnId(turn)))) is not None


def _reword(connection: Connection, home: SessionId, change: Change) -> None:
    """Words that a turn at work has, and may not have taken in, are run as they read now if it dies with them."""
    if change.prompt is not None:
        handed = (inbox.c.session == home) & (inbox.c.kind == "steer") & (inbox.c.state == "running")
        _replace(connection, handed & (inbox.c.key == str(change.message)), change.prompt)


def _replace(connection: Connection, row: ColumnElement[bool], prompt: Prompt) -> bool:
    """Give a row another prompt. False: there is no such row."""
    body = connection.execute(select(inbox.c.body).where(row)).scalar_one_or_none()
    if body is None:
        return False
    connection.execute(update(inbox).where(row).values(body=reworded(body, prompt)))
    return True


def prompt(connection: Connection, home: SessionId, turn: TurnId) -> Prompt | None:
    """The prompt that a turn began with."""
    rows = select(inbox.c.body).where(inbox.c.session == home, inbox.c.kind.in_(PROMPTS)).order_by(inbox.c.n.desc())
    body = next((body for body in connection.execute(rows).scalars() if body["turn"] == turn), None)
    return None if body is None else prompt_of(body)


def running(connection: Connection, home: SessionId) -> bool:
    """Whether a turn of the session is at work, or waits for a person."""
    turn = select(inbox.c.n).where(inbox.c.session == home, inbox.c.kind.in_(PROMPTS), inbox.c.state.in_(_BUSY))
    return connection.execute(turn).first() is not None


def line(connection: Connection, place: PlaceId | None, *, held: bool) -> list[QueuedPrompt]:
    """The prompts that wait, in the order in which they will run; with those that are held, which count for nobody."""
    rows = select(inbox, session).join(session, inbox.c.session == session.c.id)
    states = _WAITS if held else ("queued",)
    waiting = rows.where(inbox.c.kind.in_(PROMPTS), inbox.c.state.in_(states)).order_by(inbox.c.n)
    ahead: dict[str, int] = {}
    others = 0
    found: list[QueuedPrompt] = []
    busy = set(connection.execute(_busy_sessions()).scalars())
    for row in connection.execute(waiting):
        home, kept = sessions.of_row(row), row.state == "held"
        before = ahead.get(home.id, int(home.id in busy))
        one = QueuedPrompt(row.n, row.key, home, prompt_of(row.body, row.n), row.created, before, others, kept)
        if place is None or home.place == place:
            found.append(one)
        if not kept:
            ahead[home.id] = before + 1
            others += before == 0
    return found


def changeable(connection: Connection, key: str | None) -> list[QueuedPrompt]:
    """The prompts that an edit or a deletion of their message still changes, oldest first."""
    rows = select(inbox, session).join(session, inbox.c.session == session.c.id)
    handed = (inbox.c.kind == "steer") & (inbox.c.state == "running")
    found = rows.where(inbox.c.kind.in_(PROMPTS), handed | inbox.c.state.in_(_WAITS)).order_by(inbox.c.n)
    if key is not None:
        found = found.where(inbox.c.key == key)
    return [
        QueuedPrompt(
            row.n, row.key, sessions.of_row(row), prompt_of(row.body, row.n), row.created, 0, 0, row.state == "held"
        )
        for row in connection.execute(found)
    ]


def release(connection: Connection, key: str) -> bool:
    """Put a prompt that is held in line, as its project wants such words; it was no answer to what is asked by now.
    False: there is none, or it is not held any more."""
    kept = (inbox.c.key == key) & (inbox.c.state == "held")
    body = connection.execute(select(inbox.c.body).where(kept)).scalar_one_or_none()
    if body is None:
        return False
    freed = update(inbox).where(kept).values(state="queued", body={**body, "may_answer": False})
    return connection.execute(freed).rowcount == 1


def promote(connection: Connection, key: str) -> bool:
    """Let a row that waits go to the turn that runs, at once: it answers nothing that is asked there. False: there is
    none, or it waits no more."""
    waiting = (inbox.c.key == key) & (inbox.c.state == "queued") & inbox.c.kind.in_(PROMPTS)
    body = connection.execute(select(inbox.c.body).where(waiting)).scalar_one_or_none()
    if body is None:
        return False
    now = {"kind": "steer", "body": {**body, "now": True, "may_answer": False}}
    return connection.execute(update(inbox).where(waiting).values(**now)).rowcount == 1


def revise(connection: Connection, key: str, prompt: Prompt) -> bool:
    """Give a row that waits, or is held, another prompt. False: there is none, or it waits no more."""
    waiting = (inbox.c.key == key) & inbox.c.kind.in_(PROMPTS) & inbox.c.state.in_(_WAITS)
    return _replace(connection, waiting, prompt)


def withdraw(connection: Connection, key: str, now: float) -> bool:
    """Take a row that waits, or is held, out of the line. False: there is none, or it waits no more."""
    waiting = (inbox.c.key == key) & inbox.c.state.in_(_WAITS)
    gone = update(inbox).where(waiting).values(state="cancelled", ended=now)
    return connection.execute(gone).rowcount == 1


def claim(connection: Connection, me: Lease, known: Set[int], room: int) -> list[ClaimedEntry]:
    """Errands of turns at work first, then turns by number: what was lost on the way to me, what waits for an answer
    since an earlier epoch, and at most `room` turns in all that are new to me (a lost one takes the place of one)."""
    mine = inbox.c.worker == worker_of(me.name)
    running = select(inbox.c.n, inbox.c.kind).where(mine, inbox.c.state == "running", inbox.c.epoch == me.epoch)
    lost = [(n, kind) for n, kind in connection.execute(running) if n not in known]
    suspended = select(inbox.c.n).where(mine, inbox.c.state == "suspended")
    again = [n for n, _ in lost] + list(connection.execute(suspended).scalars())
    steers = (inbox.c.kind == "steer") & inbox.c.session.in_(_busy_sessions())
    errands = select(inbox.c.n).where(mine, inbox.c.state == "queued", steers | inbox.c.kind.in_(ERRANDS))
    fresh = list(connection.execute(errands).scalars())
    places = room - sum(kind == "turn" for _, kind in lost)
    turns = _next_turns(connection, me, places) if places > 0 else []
    if numbers := [*fresh, *again]:
        flip = update(inbox).where(inbox.c.n.in_(numbers)).values(state="running", epoch=me.epoch)
        connection.execute(flip)
    if turns:  # what was said for a turn that is over is a turn of its own
        flip = update(inbox).where(inbox.c.n.in_(turns)).values(state="running", epoch=me.epoch, kind="turn")
        connection.execute(flip)
    return _items(connection, again + fresh + turns, frozenset(again))


def _busy_sessions() -> Select[tuple[str]]:
    """The sessions with a turn at work, or one that waits for a person."""
    turns = inbox.alias()
    return select(turns.c.session).where(turns.c.kind.in_(PROMPTS), turns.c.state.in_(_BUSY))


def _next_turns(connection: Connection, me: Lease, room: int) -> list[int]:
    """The first waiting prompt of each session without a turn at work, oldest first."""
    first = func.min(inbox.c.n)
    waiting = select(first).where(
        inbox.c.worker == worker_of(me.name),
        inbox.c.state == "queued",
        inbox.c.kind.in_(PROMPTS),
        inbox.c.session.not_in(_busy_sessions()),
    )
    return list(connection.execute(waiting.group_by(inbox.c.session).order_by(first).limit(room)).scalars())


def _items(connection: Connection, numbers: list[int], again: Set[int]) -> list[ClaimedEntry]:
    """`again`: those that may have begun before, whose story comes with them. They come first: what else is new may
    be for them."""
    rows = select(inbox, session).join(session, inbox.c.session == session.c.id).where(inbox.c.n.in_(numbers))
    items = [
        ClaimedEntry(
            n=row.n,
            key=row.key,
            session=sessions.of_row(row),
            content=inbox_content(row.kind, row.body, row.n),
            next_seq=next_seq(connection, SessionId(row.session)),
            story=_story(connection, row) if row.n in again and row.kind in PROMPTS else None,
        )
        for row in connection.execute(rows).all()
    ]
    return sorted(
        items, key=lambda one: (one.story is None, one.n not in again, _ORDER.index(type(one.content)), one.n)
    )


def _story(connection: Connection, row: Row[*tuple[Any, ...]]) -> StoredTurn | None:
    found = events.told(connection, SessionId(row.session), TurnId(row.body["turn"]))
    return found[0] if found else None


def next_seq(connection: Connection, home: SessionId) -> int:
    """The first unused outbox number of a session."""
    last = connection.execute(select(func.max(outbox.c.seq)).where(outbox.c.session == home)).scalar_one()
    return 0 if last is None else last + 1


def close(connection: Connection, me: Lease, closings: Iterable[Closing], now: float) -> None:
    """End rows that run under my epoch and add what they cost; one that has ended already is left as it is."""
    for closing in closings:
        row = (inbox.c.n == closing.n) & (inbox.c.state == "running") & (inbox.c.epoch == me.epoch)
        ended = connection.execute(
            update(inbox).where(row).values(state=closing.state, ended=now, cost=closing.cost)
        ).rowcount
        if ended and closing.cost:
            home = select(inbox.c.session).where(inbox.c.n == closing.n).scalar_subquery()
            cost = session.c.cost + closing.cost
            connection.execute(update(session).where(session.c.id == home).values(cost=cost, touched=now))
