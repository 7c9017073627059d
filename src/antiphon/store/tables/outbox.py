"""Worker → hub: what Claude Code did, in order, and what of it is posted in Discord."""

from collections.abc import Iterable

from sqlalchemy import delete, func, select, update

from antiphon.core.blocks import End, HeldBlock
from antiphon.core.records import (
    ELSEWHERE,
    LINE,
    STATUS,
    UNDELIVERED,
    OutboxRow,
    PastTurn,
    Post,
    StoredTurn,
    Tail,
    TurnBegun,
)
from antiphon.core.values import MessageId, PlaceId, Session, SessionId, TurnId, turn_of
from antiphon.errors import StoreError
from antiphon.store.encoding import OUTBOX, outbox_body, outbox_content, prompt_of, stored_tail, tail_body
from antiphon.store.schema import inbox, outbox, post, preview, session
from antiphon.store.tables import continuations, sessions, withdrawals
from antiphon.store.tables.coordination import events
from antiphon.store.transaction import Transaction


def emit(tx: Transaction, worker: str, rows: Iterable[OutboxRow]) -> None:
    """Write the rows; those that are there already are left as they are. A turn's end drops its live tail: the rows
    say all of it.

    StoreError: a number is taken by another event, which would be lost without a word.
    """
    tx.rung.add("outbox")
    for event in rows:
        kind, body = outbox_body(event.content)
        row = tx.insert(outbox).values(
            worker=worker,
            session=event.session,
            seq=event.seq,
            turn=event.turn,
            kind=kind,
            body=body,
            state="todo",
            created=tx.now,
        )
        new = tx.execute(row.on_conflict_do_nothing(index_elements=[outbox.c.session, outbox.c.seq]))
        if not new.rowcount:
            _require_same(tx, event, kind)
        else:
            _follow(tx, event)
        if kind == "end":
            drop_preview(tx, event.session, event.turn)


def _follow(tx: Transaction, event: OutboxRow) -> None:
    """What else changes with a new event."""
    match event.content:
        case TurnBegun():
            continuations.at_begin(tx, event.session, event.turn)
            events.begun(tx, event.session, event.turn)
        case HeldBlock() as block:
            events.held(tx, event.session, block)
        case End() as end:
            continuations.at_end(tx, event.session, event.turn, end)
            events.ended(tx, event.session, event.turn, end)
        case _:
            pass


def _require_same(tx: Transaction, event: OutboxRow, mine: str) -> None:
    there = select(outbox.c.turn, outbox.c.kind).where(outbox.c.session == event.session, outbox.c.seq == event.seq)
    turn, kind = tx.execute(there).one()
    if (turn, kind) != (event.turn, mine):
        raise StoreError(
            f"session {event.session} has the {kind} of turn {turn} under number {event.seq}: "
            f"the {mine} of turn {event.turn} cannot take it"
        )


def overwrite_preview(tx: Transaction, home: SessionId, turn: TurnId, tail: Tail) -> None:
    """Make this the session's live tail, unless the turn has ended meanwhile: then its rows say more."""
    over = select(outbox.c.n).where(outbox.c.session == home, outbox.c.turn == turn, outbox.c.kind == "end")
    if tx.execute(over).first() is not None:
        return
    row = tx.insert(preview).values(session=home, turn=turn, body=tail_body(tail), rev=1, updated=tx.now)
    newest = {"turn": turn, "body": tail_body(tail), "rev": preview.c.rev + 1, "updated": tx.now}
    tx.execute(row.on_conflict_do_update(index_elements=[preview.c.session], set_=newest))


def drop_preview(tx: Transaction, home: SessionId, turn: TurnId) -> None:
    """The turn has no live tail any more; another turn's is left alone."""
    tx.execute(delete(preview).where(preview.c.session == home, preview.c.turn == turn))


def pending(tx: Transaction) -> list[tuple[Session, TurnId]]:
    """Every turn of a session that is shown, with rows that are not posted, by the number of its first row. Their names
    alone: after a night without Discord there may be thousands."""
    todo = select(outbox.c.session, outbox.c.turn).where(outbox.c.state == "todo").distinct().subquery()
    same = (outbox.c.session == todo.c.session) & (outbox.c.turn == todo.c.turn)
    named = select(todo, func.min(outbox.c.n).label("first")).join(outbox, same).group_by(todo.c.session, todo.c.turn)
    turns = named.subquery()
    unseen = session.c.terminal.is_not(None) | session.c.schedule.is_not(None) | session.c.program.is_not(None)
    shown = session.c.place.is_not(None) | unseen
    rows = select(session, turns.c.turn).join(turns, turns.c.session == session.c.id).where(shown)
    return [(sessions.of_row(row), TurnId(row.turn)) for row in tx.execute(rows.order_by(turns.c.first))]


def open_turn(tx: Transaction, home: SessionId) -> TurnId | None:
    """The session's newest turn, unless that has ended."""
    mine = outbox.c.session == home
    begun = select(outbox.c.turn).where(mine, outbox.c.kind == "begin").order_by(outbox.c.seq.desc()).limit(1)
    turn = tx.execute(begun).scalar_one_or_none()
    end = select(outbox.c.n).where(mine, outbox.c.turn == turn, outbox.c.kind == "end")
    return None if turn is None or tx.execute(end).first() is not None else TurnId(turn)


def story(tx: Transaction, home: SessionId, turn: TurnId) -> StoredTurn | None:
    """What is known of a turn, posted or not; None: the session had no such turn."""
    mine = (outbox.c.session == home) & (outbox.c.turn == turn) & outbox.c.kind.in_(OUTBOX)
    told = select(outbox.c.seq, outbox.c.kind, outbox.c.body).where(mine).order_by(outbox.c.seq)
    rows = [OutboxRow(home, seq, turn, outbox_content(kind, body)) for seq, kind, body in tx.execute(told)]
    if not rows:
        return None
    live = select(preview.c.body).where(preview.c.session == home, preview.c.turn == turn)
    tail = tx.execute(live).scalar_one_or_none()
    shown = sessions.of_row(tx.execute(select(session).where(session.c.id == home)).one())
    limited = any(isinstance(row.content, End) and row.content.reason == "limited" for row in rows)
    goes_on = continuations.of(tx, home, turn) if limited else None
    return StoredTurn(shown, turn, tuple(rows), None if tail is None else stored_tail(tail), goes_on)


def rows_after(tx: Transaction, home: SessionId, seq: int, most: int) -> list[OutboxRow]:
    """What the session's rows say after one of them, oldest first; what this version cannot read is left out."""
    mine = (outbox.c.session == home) & (outbox.c.seq > seq) & outbox.c.kind.in_(OUTBOX)
    told = select(outbox.c.seq, outbox.c.turn, outbox.c.kind, outbox.c.body).where(mine)
    found = tx.execute(told.order_by(outbox.c.seq).limit(most))
    return [OutboxRow(home, seq, TurnId(turn), outbox_content(kind, body)) for seq, turn, kind, body in found]


def shown_by(tx: Transaction, place: PlaceId, which: TurnId | MessageId) -> Session | None:
    """The session of a place that has this turn, or on whose pages this message of ours is."""
    if isinstance(which, int):
        rows = select(session).join(post, post.c.session == session.c.id).where(post.c.message == which)
    else:
        rows = select(session).join(outbox, outbox.c.session == session.c.id).where(outbox.c.turn == which)
    row = tx.execute(rows.where(session.c.place == place).limit(1)).first()
    return None if row is None else sessions.of_row(row)


def turn_at(tx: Transaction, home: SessionId, message: MessageId) -> StoredTurn | None:
    """The turn that a message belongs to: its prompt's, that of a post of ours, or the one that took its words in;
    None: there is none."""
    ours = select(post.c.turn).where(post.c.session == home, post.c.message == message)
    turn = tx.execute(ours).scalars().first() or turn_of(message)
    if found := story(tx, home, TurnId(turn)):
        return found
    block = outbox.c.body
    said = (block["block"].as_string() == "steer") & (block["message"].as_integer() == message)
    steered = select(outbox.c.turn).where(outbox.c.session == home, outbox.c.kind == "block", said)
    taken = tx.execute(steered).scalars().first()
    return None if taken is None else story(tx, home, TurnId(taken))


def turns(tx: Transaction, home: SessionId, most: int) -> list[PastTurn]:
    """The session's turns, the newest first."""
    begins = select(outbox.c.turn, outbox.c.body).where(outbox.c.session == home, outbox.c.kind == "begin")
    rows = tx.execute(begins.order_by(outbox.c.seq.desc()).limit(most)).all()
    said = select(inbox.c.body).where(inbox.c.session == home, inbox.c.kind.in_(("turn", "steer")))
    prompts = map(prompt_of, tx.execute(said).scalars()) if rows else ()
    words = {prompt.turn: prompt.text for prompt in prompts}
    found: list[PastTurn] = []
    for turn, body in rows:
        begun = outbox_content("begin", body)
        assert isinstance(begun, TurnBegun)
        found.append(PastTurn(turn, begun.known_as or turn, begun.prompt, begun.started, words.get(turn, "")))
    return found


def posted(tx: Transaction, home: SessionId, turn: TurnId) -> None:
    """The turn's rows that exist now need no more attention, nor do its live tail and its withdrawn prompt."""
    withdrawals.shown(tx, home, turn)
    rows = (outbox.c.session == home) & (outbox.c.turn == turn) & (outbox.c.state == "todo")
    tx.execute(update(outbox).where(rows).values(state="posted"))
    drop_preview(tx, home, turn)


def posts(tx: Transaction, home: SessionId, turn: TurnId) -> list[Post]:
    """What is posted of a turn's page, in the order in which Discord shows it."""
    rows = select(post).where(post.c.session == home, post.c.turn == turn).order_by(post.c.message)
    return [Post(TurnId(row.turn), row.slot, MessageId(row.message), row.digest) for row in tx.execute(rows)]


def undelivered(tx: Transaction) -> list[tuple[Session, TurnId]]:
    """Every turn of a session that is shown of which Discord has not taken something, oldest first."""
    turns = select(post.c.session, post.c.turn).where(post.c.digest.startswith(UNDELIVERED)).distinct().subquery()
    first = func.min(outbox.c.n)
    same = (outbox.c.session == turns.c.session) & (outbox.c.turn == turns.c.turn)
    named = select(turns, first.label("first")).join(outbox, same).group_by(turns.c.session, turns.c.turn).subquery()
    shown = select(session, named.c.turn).join(named, named.c.session == session.c.id)
    rows = tx.execute(shown.where(session.c.place.is_not(None)).order_by(named.c.first))
    return [(sessions.of_row(row), TurnId(row.turn)) for row in rows]


def last_post(tx: Transaction, home: SessionId) -> MessageId | None:
    """The newest message of the session's pages, also of those of which no row tells: prompts that ended before they
    became turns. What belongs to no turn is none of them."""
    newest = select(func.max(post.c.message)).where(
        post.c.session == home, post.c.turn.not_in((LINE, ELSEWHERE, STATUS))
    )
    found = tx.execute(newest).scalar_one()
    return MessageId(found) if found else None


def record(tx: Transaction, home: SessionId, shown: Post) -> None:
    """Write down which message is in a slot and what it shows."""
    shows = {"message": shown.message, "digest": shown.digest}
    row = tx.insert(post).values(session=home, turn=shown.turn, slot=shown.slot, **shows)
    slot = [post.c.session, post.c.turn, post.c.slot]
    tx.execute(row.on_conflict_do_update(index_elements=slot, set_=shows))


def forget(tx: Transaction, home: SessionId, shown: Post) -> None:
    """Strike a message from its slot, unless another one is there by now."""
    slot = (post.c.session == home) & (post.c.turn == shown.turn) & (post.c.slot == shown.slot)
    tx.execute(delete(post).where(slot, post.c.message == shown.message))
