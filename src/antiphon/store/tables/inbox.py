"""Hub → worker: what people did. Accepted once, run at most once, one turn a session at a time, in order."""

from collections.abc import Iterable, Set
from dataclasses import replace

from sqlalchemy import ColumnElement, Select, func, select, update

from antiphon.core.permission_requests import spoken_to
from antiphon.core.records import (
    ClaimedEntry,
    Closing,
    InboxEntry,
    OutboxRow,
    QueuedPrompt,
    Room,
    Withdrawal,
    prompt_in,
)
from antiphon.core.runtime.capacity import share
from antiphon.core.schedules.values import RUNS, Continuation
from antiphon.core.stored_turn import assemble
from antiphon.core.values import (
    Answer,
    Change,
    Interrupt,
    MessageId,
    PlaceId,
    Prompt,
    SessionId,
    Sharing,
    Steer,
    TurnId,
)
from antiphon.store import schema
from antiphon.store.encoding import ERRANDS, PROMPTS, inbox_body, inbox_content, prompt_of, reworded
from antiphon.store.schema import inbox, preview, session
from antiphon.store.tables import audits, continuations, outbox, sessions, withdrawals
from antiphon.store.tables.leases import worker_of
from antiphon.store.transaction import Transaction

_WAITS_FOR = "waits_for"  # beside a waiting prompt in its row's body
_BUSY = ("running", "suspended")
_WAITS = ("queued", "held")
_LOOKED_AT = 200  # prompts, the newest ones: what Discord tells comes nearly in its order
_IS_OPEN = session.c.terminal["open"].as_boolean().label("is_open")  # None: the session is in no terminal
_LINE = (inbox.c.said, inbox.c.n)  # Discord may tell of two messages in the wrong order
_ORDER = (Answer, Steer, Change, Interrupt, Prompt)  # as they are taken up: errands overtake turns


def accept(tx: Transaction, call: InboxEntry) -> bool:
    """Write the call down, with its session and its watermark. False: the key is there already."""
    home, content = sessions.ensure(tx, call.session, call.worker), call.content
    if isinstance(content, Prompt) and not call.held and _answers(tx, content, home, call.session.sharing):
        content = Steer(content)
    prompt = prompt_in(content)
    kind, body = inbox_body(content)
    row = tx.insert(inbox).values(
        key=call.key,
        worker=call.worker,
        session=home,
        kind=kind,
        body=body,
        state="held" if call.held else "queued",
        asker=prompt and prompt.asker.id,
        created=tx.now,
        said=tx.now if call.said is None else call.said,
    )
    new = tx.execute(row.on_conflict_do_nothing(index_elements=[inbox.c.key])).rowcount == 1
    if new:
        tx.execute(update(session).where(session.c.id == home).values(touched=tx.now))
        if isinstance(content, Change):
            _reword(tx, home, content)
        continuations.at_prompt(tx, call, home)
        if call.audit is not None:
            audits.note(tx, call.audit)
    if call.seen is not None:
        sessions.seen(tx, *call.seen)
    tx.rung.add("inbox")
    if new and call.session.origin.message is not None:
        # Its thread is new: what is said there while nobody listens is looked for from the first message on.
        sessions.seen(tx, call.session.place, call.session.origin.message)
    return new


def go_on(tx: Transaction, one: Continuation, entry: InboxEntry | None) -> bool:
    """Put the prompt in line with which a turn goes on whose time has come; None: there is none any more. False: it
    does not go on (any more)."""
    if not continuations.is_current(tx, one):
        return False
    if entry is None or not continuations.is_next(tx, one.session):
        continuations.drop(tx, (one.session,))
        return False
    new = accept(tx, entry)
    if not new:  # somebody has gone on with it before that was planned
        continuations.at_prompt(tx, entry, one.session)
    return new


def _answers(tx: Transaction, prompt: Prompt, home: SessionId, sharing: Sharing | None) -> bool:
    """Whether a message that would wait in line answers what the turn at work asks. Where everybody in a channel talks
    to one session, whoever has not asked talks about something else."""
    if prompt.message is None or not prompt.may_answer:
        return False
    tail = select(preview.c.turn).where(preview.c.session == home)
    turn = tx.execute(tail).scalar_one_or_none() if running(tx, home) else None
    story = None if turn is None else outbox.story(tx, home, TurnId(turn))
    if story is None:
        return False
    view = assemble(story)
    return spoken_to(view) is not None and (sharing != "channel" or view.asker in (None, prompt.asker.id))


def _reword(tx: Transaction, home: SessionId, change: Change) -> None:
    """Words that a turn at work has, and may not have taken in, are run as they read now if it dies with them."""
    if change.prompt is not None:
        handed = (inbox.c.session == home) & (inbox.c.kind == "steer") & (inbox.c.state == "running")
        _replace(tx, handed & (inbox.c.key == str(change.message)), change.prompt)


def _replace(tx: Transaction, row: ColumnElement[bool], prompt: Prompt) -> bool:
    """Give a row another prompt. False: there is no such row."""
    body = tx.execute(select(inbox.c.body).where(row)).scalar_one_or_none()
    if body is None:
        return False
    tx.execute(update(inbox).where(row).values(body=reworded(body, prompt)))
    return True


def prompt(tx: Transaction, home: SessionId, turn: TurnId) -> Prompt | None:
    """The prompt that a turn began with."""
    rows = select(inbox.c.body).where(inbox.c.session == home, inbox.c.kind.in_(PROMPTS)).order_by(inbox.c.n.desc())
    body = next((body for body in tx.execute(rows).scalars() if body["turn"] == turn), None)
    return None if body is None else prompt_of(body)


def at_work(tx: Transaction) -> frozenset[SessionId]:
    """The sessions that have a turn at work, or one that waits for a person; those of terminals by their prompts."""
    turns = select(inbox.c.session).where(inbox.c.kind.in_(PROMPTS), inbox.c.state.in_(_BUSY)).distinct()
    return frozenset(SessionId(one) for one in tx.execute(turns).scalars())


def running(tx: Transaction, home: SessionId) -> bool:
    """Whether a turn of the session is at work, or waits for a person; in a terminal it needs no prompt of ours."""
    turn = select(inbox.c.n).where(inbox.c.session == home, inbox.c.kind.in_(PROMPTS), inbox.c.state.in_(_BUSY))
    if tx.execute(turn).first() is not None:
        return True
    in_terminal = select(session.c.id).where(session.c.id == home, session.c.terminal.is_not(None))
    return tx.execute(in_terminal).first() is not None and outbox.open_turn(tx, home) is not None


def line(tx: Transaction, wanted: SessionId | None = None, *, held: bool = False) -> list[QueuedPrompt]:
    """The prompts that wait, in the order in which they will run; with those that are held, which count for nobody."""
    rows = select(inbox, session).join(session, inbox.c.session == session.c.id)
    states = _WAITS if held else ("queued",)
    waiting = rows.where(inbox.c.kind.in_(PROMPTS), inbox.c.state.in_(states)).order_by(*_LINE)
    ahead: dict[str, int] = {}
    others = 0
    found: list[QueuedPrompt] = []
    busy = set(tx.execute(_busy_sessions()).scalars())
    for row in tx.execute(waiting):
        home, kept = sessions.of_row(row), row.state == "held"
        before = ahead.get(home.id, int(home.id in busy))
        why = row.body.get(_WAITS_FOR, "turns")
        if home.terminal is not None and not home.terminal.open:
            why = "left_out" if home.terminal.left_out else "terminal"
        one = QueuedPrompt(row.n, row.key, home, prompt_of(row.body, row.n), row.created, before, others, kept, why)
        if wanted in (None, home.id):
            found.append(one)
        if not kept:
            ahead[home.id] = before + 1
            others += before == 0
    return found


def changeable(tx: Transaction, key: str | None = None) -> list[QueuedPrompt]:
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
        for row in tx.execute(found)
    ]


def last_prompt(tx: Transaction, place: PlaceId, before: MessageId) -> MessageId | None:
    """The newest message of a place that was accepted for Claude before that one."""
    rows = select(inbox.c.key).join(session, inbox.c.session == session.c.id)
    found = rows.where(session.c.place == place, inbox.c.kind.in_(PROMPTS)).order_by(inbox.c.n.desc()).limit(_LOOKED_AT)
    keys = (int(key) for key in tx.execute(found).scalars() if key.isdecimal())
    return MessageId(max((key for key in keys if key < before), default=0)) or None


def release(tx: Transaction, key: str) -> bool:
    """Put a prompt that is held in line, as its project wants such words; it was no answer to what is asked by now.
    False: there is none, or it is not held any more."""
    kept = (inbox.c.key == key) & (inbox.c.state == "held")
    body = tx.execute(select(inbox.c.body).where(kept)).scalar_one_or_none()
    if body is None:
        return False
    freed = update(inbox).where(kept).values(state="queued", body={**body, "may_answer": False})
    tx.rung.add("inbox")
    return tx.execute(freed).rowcount == 1


def promote(tx: Transaction, key: str) -> bool:
    """Let a row that waits go to the turn that runs, at once: it answers nothing that is asked there. False: there is
    none, or it waits no more."""
    waiting = (inbox.c.key == key) & (inbox.c.state == "queued") & inbox.c.kind.in_(PROMPTS)
    body = tx.execute(select(inbox.c.body).where(waiting)).scalar_one_or_none()
    if body is None:
        return False
    now = {"kind": "steer", "body": {**body, "now": True, "may_answer": False}}
    tx.rung.add("inbox")
    return tx.execute(update(inbox).where(waiting).values(**now)).rowcount == 1


def revise(tx: Transaction, key: str, prompt: Prompt) -> bool:
    """Give a row that waits, or is held, another prompt. False: there is none, or it waits no more."""
    waiting = (inbox.c.key == key) & inbox.c.kind.in_(PROMPTS) & inbox.c.state.in_(_WAITS)
    return _replace(tx, waiting, prompt)


def withdraw(tx: Transaction, key: str, why: Withdrawal) -> bool:
    """Take a row that waits, or is held, out of the line. False: there is none, or it waits no more."""
    waiting = tx.execute(select(inbox.c.n).where(inbox.c.key == key, inbox.c.state.in_(_WAITS))).scalar_one_or_none()
    if waiting is not None:
        withdrawals.withdraw(tx, waiting, why)
        tx.rung.add("schedule")
    return waiting is not None


def claim(tx: Transaction, known: Set[int], room: Room) -> list[ClaimedEntry]:
    """Errands of turns at work first, then turns as they were said: what was lost on the way to me, what waits for an
    answer since an earlier epoch, and what is new to me, as far as there is room (a lost one takes one place). What is
    in nobody's hands and was for a terminal that is closed by now has its old place in line again."""
    mine = inbox.c.worker == worker_of(tx.me.name)
    at_work = (inbox.c.state == "running") & (inbox.c.epoch == tx.me.epoch)
    running = select(inbox.c.n, inbox.c.kind, _IS_OPEN).join(session).where(mine, at_work)
    unknown = [row for row in tx.execute(running) if row.n not in known]
    back = [row.n for row in unknown if row.is_open is False and row.kind in PROMPTS]
    if back:
        line = update(inbox).where(inbox.c.n.in_(back)).values(state="queued", epoch=None, kind="steer")
        tx.execute(line)
    lost = [(row.n, row.kind) for row in unknown if row.n not in back]
    suspended = select(inbox.c.n).where(mine, inbox.c.state == "suspended")
    again = [n for n, _ in lost] + list(tx.execute(suspended).scalars())
    steers = (inbox.c.kind == "steer") & inbox.c.session.in_(_busy_sessions()) & _IS_OPEN.is_not(False)
    errands = select(inbox.c.n).join(session).where(mine, inbox.c.state == "queued", steers | inbox.c.kind.in_(ERRANDS))
    fresh = list(tx.execute(errands).scalars())
    turns = _next_turns(tx, replace(room, turns=room.turns - sum(kind == "turn" for _, kind in lost)))
    if numbers := [*fresh, *again]:
        flip = update(inbox).where(inbox.c.n.in_(numbers)).values(state="running", epoch=tx.me.epoch)
        tx.execute(flip)
    if turns:  # what was said for a turn that is over is a turn of its own
        flip = update(inbox).where(inbox.c.n.in_(turns)).values(state="running", epoch=tx.me.epoch, kind="turn")
        tx.execute(flip)
    return _items(tx, again + fresh + turns, frozenset(again))


def _busy_sessions() -> Select[tuple[str]]:
    """The sessions with a turn at work, or one that waits for a person."""
    turns = inbox.alias()
    return select(turns.c.session).where(turns.c.kind.in_(PROMPTS), turns.c.state.in_(_BUSY))


def _next_turns(tx: Transaction, room: Room) -> list[int]:
    """The first waiting prompts of sessions without a turn at work, the one that was said first first, as far as there
    is room. Of the others it is kept what they wait for. A terminal takes no room, and gets them when it is open."""
    place = func.row_number().over(partition_by=inbox.c.session, order_by=_LINE).label("place")
    waiting = (
        select(inbox.c.n, inbox.c.said, inbox.c.asker, inbox.c.body, _IS_OPEN, place)
        .join(session)
        .where(
            inbox.c.worker == worker_of(tx.me.name),
            inbox.c.state == "queued",
            inbox.c.kind.in_(PROMPTS),
            inbox.c.session.not_in(_busy_sessions()),
        )
    )
    line = waiting.subquery()
    first = select(line.c.n, line.c.asker, line.c.body, line.c.is_open).where(line.c.place == 1)
    found = tx.execute(first.order_by(line.c.said, line.c.n)).all()
    in_terminals = [row.n for row in found if row.is_open]
    rows = [row for row in found if row.is_open is None]
    shares = share(room, ((row.n, row.asker) for row in rows))
    for row in rows:
        why = shares[row.n]
        if why is not None and row.body.get(_WAITS_FOR, "turns") != why:
            tx.execute(update(inbox).where(inbox.c.n == row.n).values(body={**row.body, _WAITS_FOR: why}))
    return [*in_terminals, *(n for n, why in shares.items() if why is None)]


def _items(tx: Transaction, numbers: list[int], again: Set[int]) -> list[ClaimedEntry]:
    """`again`: those that may have begun before, whose story comes with them. They come first: what else is new may
    be for them."""
    rows = select(inbox, session).join(session, inbox.c.session == session.c.id).where(inbox.c.n.in_(numbers))
    items = [
        ClaimedEntry(
            n=row.n,
            key=row.key,
            session=sessions.of_row(row),
            content=inbox_content(row.kind, row.body, row.n),
            next_seq=next_seq(tx, SessionId(row.session)),
            story=outbox.story(tx, row.session, row.body["turn"]) if row.n in again and row.kind in PROMPTS else None,
        )
        for row in tx.execute(rows).all()
    ]
    return sorted(
        items, key=lambda one: (one.story is None, one.n not in again, _ORDER.index(type(one.content)), one.n)
    )


def next_seq(tx: Transaction, home: SessionId) -> int:
    """The first unused outbox number of a session."""
    last = tx.execute(select(func.max(schema.outbox.c.seq)).where(schema.outbox.c.session == home)).scalar_one()
    return 0 if last is None else last + 1


def emit(tx: Transaction, events: Iterable[OutboxRow], close: Iterable[Closing] = ()) -> None:
    """Write the events and the ends in one transaction.

    StoreError, besides: an event's number belongs to another event of the session.
    """
    outbox.emit(tx, worker_of(tx.me.name), events)
    _close(tx, close)


def _close(tx: Transaction, closings: Iterable[Closing]) -> None:
    """End rows that run under my epoch and add what they cost; one that has ended already is left as it is."""
    for closing in closings:
        row = (inbox.c.n == closing.n) & (inbox.c.state == "running") & (inbox.c.epoch == tx.me.epoch)
        ended = tx.execute(select(inbox).where(row)).one_or_none()
        if ended is not None:
            over = withdrawals.ended(tx, ended, Withdrawal("taken_in"), closing.state)
            tx.execute(update(inbox).where(row).values({**over, "cost": closing.cost}))
            if ended.key.startswith(RUNS):
                tx.rung.add("schedule")
        tx.rung.add("inbox")
        if ended and closing.cost:
            home = select(inbox.c.session).where(inbox.c.n == closing.n).scalar_subquery()
            cost = session.c.cost + closing.cost
            tx.execute(update(session).where(session.c.id == home).values(cost=cost, touched=tx.now))
