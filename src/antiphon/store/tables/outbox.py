"""Worker → hub: what Claude Code did, in order, and what of it is posted in Discord."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Row, delete, func, select, update

from antiphon.core.records import OutboxRow, PastTurn, Post, StoredTurn, Tail, TurnBegun
from antiphon.core.values import MessageId, PlaceId, Session, SessionId, TurnId, turn_of
from antiphon.errors import StoreError
from antiphon.store.encoding import OUTBOX, outbox_body, outbox_content, prompt_of, stored_tail, tail_body
from antiphon.store.schema import inbox, outbox, post, preview, session
from antiphon.store.tables import sessions
from antiphon.store.upsert import insert


def emit(connection: Connection, worker: str | None, events: Iterable[OutboxRow], now: float) -> None:
    """Write the events; those that are there already are left as they are. A turn's end drops its live tail: the rows
    say all of it.

    StoreError: a number is taken by another event, which would be lost without a word.
    """
    for event in events:
        kind, body = outbox_body(event.content)
        row = insert(connection, outbox).values(
            worker=worker or "",
            session=event.session,
            seq=event.seq,
            turn=event.turn,
            kind=kind,
            body=body,
            state="todo",
            created=now,
        )
        new = connection.execute(row.on_conflict_do_nothing(index_elements=[outbox.c.session, outbox.c.seq]))
        if not new.rowcount:
            _require_same(connection, event, kind)
        if kind == "end":
            drop_preview(connection, event.session, event.turn)


def _require_same(connection: Connection, event: OutboxRow, mine: str) -> None:
    there = select(outbox.c.turn, outbox.c.kind).where(outbox.c.session == event.session, outbox.c.seq == event.seq)
    turn, kind = connection.execute(there).one()
    if (turn, kind) != (event.turn, mine):
        raise StoreError(
            f"session {event.session} has the {kind} of turn {turn} under number {event.seq}: "
            f"the {mine} of turn {event.turn} cannot take it"
        )


def overwrite_preview(connection: Connection, home: SessionId, turn: TurnId, tail: Tail, now: float) -> None:
    """Make this the session's live tail, unless the turn has ended meanwhile: then its rows say more."""
    over = select(outbox.c.n).where(outbox.c.session == home, outbox.c.turn == turn, outbox.c.kind == "end")
    if connection.execute(over).first() is not None:
        return
    row = insert(connection, preview).values(session=home, turn=turn, body=tail_body(tail), rev=1, updated=now)
    newest = {"turn": turn, "body": tail_body(tail), "rev": preview.c.rev + 1, "updated": now}
    connection.execute(row.on_conflict_do_update(index_elements=[preview.c.session], set_=newest))


def drop_preview(connection: Connection, home: SessionId, turn: TurnId) -> None:
    """The turn has no live tail any more; another turn's is left alone."""
    connection.execute(delete(preview).where(preview.c.session == home, preview.c.turn == turn))


def pending(connection: Connection) -> list[tuple[Session, TurnId]]:
    """Every turn with rows that are not posted, by the number of its first row. Their names alone: after a night
    without Discord there may be thousands."""
    todo = select(outbox.c.session, outbox.c.turn).where(outbox.c.state == "todo").distinct().subquery()
    same = (outbox.c.session == todo.c.session) & (outbox.c.turn == todo.c.turn)
    named = select(todo, func.min(outbox.c.n).label("first")).join(outbox, same).group_by(todo.c.session, todo.c.turn)
    turns = named.subquery()
    rows = select(session, turns.c.turn).join(turns, turns.c.session == session.c.id).order_by(turns.c.first)
    return [(sessions.of_row(row), TurnId(row.turn)) for row in connection.execute(rows)]


def story(connection: Connection, home: SessionId, turn: TurnId) -> StoredTurn:
    """One turn that has rows, posted or not."""
    (found,) = told(connection, home, turn)
    return found


def told(connection: Connection, home: SessionId, turn: TurnId) -> list[StoredTurn]:
    """The turn's story; none if the session had no such turn."""
    rows = _ROWS.where(outbox.c.session == home, outbox.c.turn == turn, outbox.c.kind.in_(OUTBOX)).order_by(outbox.c.n)
    return _stories(connection.execute(rows).all())


def turn_at(connection: Connection, place: PlaceId, message: MessageId) -> list[StoredTurn]:
    """The turn that a message in a place belongs to: its prompt's, that of a post of ours, or the one that took its
    words in; none if there is none."""
    home = connection.execute(select(session.c.id).where(session.c.place == place)).scalar_one_or_none()
    if home is None:
        return []
    ours = select(post.c.turn).where(post.c.session == home, post.c.message == message)
    turn = connection.execute(ours).scalars().first() or turn_of(message)
    if found := told(connection, SessionId(home), TurnId(turn)):
        return found
    block = outbox.c.body
    said = (block["block"].as_string() == "steer") & (block["message"].as_integer() == message)
    steered = select(outbox.c.turn).where(outbox.c.session == home, outbox.c.kind == "block", said)
    taken = connection.execute(steered).scalars().first()
    return [] if taken is None else told(connection, SessionId(home), TurnId(taken))


def turns(connection: Connection, home: SessionId, most: int) -> list[PastTurn]:
    """The session's turns, the newest first."""
    begins = select(outbox.c.turn, outbox.c.body).where(outbox.c.session == home, outbox.c.kind == "begin")
    rows = connection.execute(begins.order_by(outbox.c.seq.desc()).limit(most)).all()
    said = select(inbox.c.body).where(inbox.c.session == home, inbox.c.kind.in_(("turn", "steer")))
    prompts = map(prompt_of, connection.execute(said).scalars()) if rows else ()
    words = {prompt.turn: prompt.text for prompt in prompts}
    found: list[PastTurn] = []
    for turn, body in rows:
        begun = outbox_content("begin", body)
        assert isinstance(begun, TurnBegun)
        found.append(PastTurn(turn, begun.known_as or turn, begun.prompt, begun.started, words.get(turn, "")))
    return found


_ROWS = (
    select(outbox.c.seq, outbox.c.turn, outbox.c.kind, outbox.c.body, session, preview.c.body.label("tail"))
    .join(session, outbox.c.session == session.c.id)
    .outerjoin(preview, (preview.c.session == outbox.c.session) & (preview.c.turn == outbox.c.turn))
)


def _stories(rows: Iterable[Row[*tuple[Any, ...]]]) -> list[StoredTurn]:
    turns: dict[tuple[str, str], list[Row[*tuple[Any, ...]]]] = {}
    for row in rows:
        turns.setdefault((row.id, row.turn), []).append(row)
    return [
        StoredTurn(
            session=sessions.of_row(lines[0]),
            turn=TurnId(turn),
            rows=tuple(
                OutboxRow(SessionId(home), row.seq, TurnId(turn), outbox_content(row.kind, row.body))
                for row in sorted(lines, key=lambda row: row.seq)
            ),
            tail=None if lines[0].tail is None else stored_tail(lines[0].tail),
        )
        for (home, turn), lines in turns.items()
    ]


def posted(connection: Connection, home: SessionId, turn: TurnId) -> None:
    """The turn's rows that exist now need no more attention, nor does its live tail."""
    rows = (outbox.c.session == home) & (outbox.c.turn == turn) & (outbox.c.state == "todo")
    connection.execute(update(outbox).where(rows).values(state="posted"))
    drop_preview(connection, home, turn)


def posts(connection: Connection, home: SessionId, turn: TurnId) -> list[Post]:
    """What is posted of a turn's page, in the order in which Discord shows it."""
    rows = select(post).where(post.c.session == home, post.c.turn == turn).order_by(post.c.message)
    return [Post(TurnId(row.turn), row.slot, MessageId(row.message), row.digest) for row in connection.execute(rows)]


def last_post(connection: Connection, home: SessionId) -> MessageId | None:
    """The newest message of the session's pages: what belongs to no turn (the line, say) is none of them."""
    turns = select(outbox.c.turn).where(outbox.c.session == home)
    newest = select(func.max(post.c.message)).where(post.c.session == home, post.c.turn.in_(turns))
    found = connection.execute(newest).scalar_one()
    return MessageId(found) if found else None


def record(connection: Connection, home: SessionId, shown: Post) -> None:
    """Write down which message is in a slot and what it shows."""
    shows = {"message": shown.message, "digest": shown.digest}
    row = insert(connection, post).values(session=home, turn=shown.turn, slot=shown.slot, **shows)
    slot = [post.c.session, post.c.turn, post.c.slot]
    connection.execute(row.on_conflict_do_update(index_elements=slot, set_=shows))


def forget(connection: Connection, home: SessionId, shown: Post) -> None:
    """Strike a message from its slot, unless another one is there by now."""
    slot = (post.c.session == home) & (post.c.turn == shown.turn) & (post.c.slot == shown.slot)
    connection.execute(delete(post).where(slot, post.c.message == shown.message))
