"""Sessions that people run in terminals: what an earlier bridge has left of them, and what was given to them."""

from collections.abc import Iterable

from sqlalchemy import delete, select

from antiphon.core.records import Anchor, LeftSession, Offer
from antiphon.core.stored_turn import anchor_of
from antiphon.core.values import SessionId, TurnId
from antiphon.store.encoding import OUTBOX, outbox_content
from antiphon.store.schema import inbox, offer, outbox, session
from antiphon.store.tables import inbox as calls
from antiphon.store.tables import outbox as events
from antiphon.store.tables import sessions
from antiphon.store.transaction import Transaction

_LOOKED_AT = 500  # rows, the newest ones


def unfinished(tx: Transaction, home: SessionId) -> LeftSession:
    """The session, and its newest turn if that has not ended. There is a session of this name."""
    found = sessions.of_row(tx.execute(select(session).where(session.c.id == home)).one())
    turn = events.open_turn(tx, home)
    story = None if turn is None else events.story(tx, home, turn)
    return LeftSession(found, calls.next_seq(tx, home), story, _anchor(tx, home))


def _anchor(tx: Transaction, home: SessionId) -> Anchor | None:
    """The newest row that stands in the transcript."""
    rows = select(outbox.c.turn, outbox.c.kind, outbox.c.body).where(outbox.c.session == home)
    for row in tx.execute(rows.where(outbox.c.kind.in_(OUTBOX)).order_by(outbox.c.seq.desc()).limit(_LOOKED_AT)):
        if (found := anchor_of(outbox_content(row.kind, row.body), TurnId(row.turn))) is not None:
            return found
    return None


def note_offers(tx: Transaction, home: SessionId, offers: Iterable[Offer]) -> None:
    """Write offers down, each in place of an older one of its prompt."""
    for one in offers:
        told = {"at": one.at, "way": one.way, "after": one.after}
        row = tx.insert(offer).values(session=home, prompt=one.prompt, **told)
        key = [offer.c.session, offer.c.prompt]
        tx.execute(row.on_conflict_do_update(index_elements=key, set_=told))


def offers(tx: Transaction, home: SessionId) -> list[Offer]:
    """Those of prompts that have not ended; all others are forgotten."""
    waiting = {
        calls.prompt_of(body).turn
        for body in tx.execute(
            select(inbox.c.body).where(
                inbox.c.session == home, inbox.c.kind.in_(calls.PROMPTS), inbox.c.state.in_(("queued", "running"))
            )
        ).scalars()
    }
    rows = tx.execute(select(offer).where(offer.c.session == home)).all()
    gone = [row.prompt for row in rows if row.prompt not in waiting]
    if gone:
        tx.execute(delete(offer).where(offer.c.session == home, offer.c.prompt.in_(gone)))
    return [Offer(TurnId(row.prompt), row.at, row.way, row.after) for row in rows if row.prompt in waiting]
