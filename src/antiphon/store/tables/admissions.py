"""What strangers have written in sessions, the offers to let it in, and what was decided about them."""

from dataclasses import replace
from typing import Any

from sqlalchemy import Row, case, delete, func, select, update

from antiphon.core.guests.admission import (
    AGAIN,
    MOST_KEPT,
    MOST_OPEN,
    TEXT,
    Choice,
    Kept,
    LetIn,
    MessageState,
    StrangerMessage,
    StrangerOffer,
)
from antiphon.core.records import Audit
from antiphon.core.values import MessageId, PersonId, PlaceId
from antiphon.store.schema import guest, stranger_message, stranger_offer
from antiphon.store.tables import audits, sessions
from antiphon.store.transaction import Transaction

_LET_IN = ("let_in", "always")


def keep(tx: Transaction, said: StrangerMessage) -> Kept:
    """Keep a message, in its author's open offer or in a new one, within the limits."""
    if tx.execute(select(stranger_message.c.offer).where(stranger_message.c.message == said.message)).first():
        return "known"
    session = sessions.at(tx, said.place)
    if session is None or session.left_out:
        return "no_session"
    here = stranger_offer.c.place == said.place
    theirs = select(stranger_offer).where(here, stranger_offer.c.person == said.person).order_by(stranger_offer.c.n)
    offers = tx.execute(theirs).all()
    if any(one.state == "declined" for one in offers):
        return "declined"
    open_ = next((one for one in offers if one.state == "open"), None)
    if open_ is not None:
        if _count(tx, stranger_message, stranger_message.c.offer == open_.n) >= MOST_KEPT:
            return "full"
        _add(tx, open_.n, said)
        return "joined"
    if any(one.state == "withdrawn" and one.opened > tx.now - AGAIN for one in offers):
        return "crowded"
    if _count(tx, stranger_offer, here & (stranger_offer.c.state == "open")) >= MOST_OPEN:
        return "crowded"
    lately = here & stranger_offer.c.calls & (stranger_offer.c.opened > tx.now - AGAIN)
    row = tx.insert(stranger_offer).values(
        place=said.place,
        project=session.project,
        person=said.person,
        name=said.name,
        owner=session.owner,
        calls=session.owner is not None and _count(tx, stranger_offer, lately) == 0,
        state="open",
        by="",
        closed=False,
        opened=tx.now,
    )
    _add(tx, tx.execute(row.returning(stranger_offer.c.n)).scalar_one(), said)
    return "offered"


def gone(tx: Transaction, message: MessageId) -> None:
    """A message was deleted before it was let in."""
    kept = (stranger_message.c.message == message) & (stranger_message.c.state == "kept")
    n = tx.execute(update(stranger_message).where(kept).values(state="deleted").returning(stranger_message.c.offer))
    offer = n.scalar_one_or_none()
    left = (stranger_message.c.offer == offer) & (stranger_message.c.state == "kept")
    if offer is not None and _count(tx, stranger_message, left) == 0:
        open_ = (stranger_offer.c.n == offer) & (stranger_offer.c.state == "open")
        tx.execute(update(stranger_offer).where(open_).values(state="withdrawn", decided=tx.now))


def let_in(tx: Transaction) -> list[LetIn]:
    """What is to become a prompt, in the order in which it was let in and written."""
    waits = stranger_offer.c.state.in_(_LET_IN) & ~stranger_offer.c.closed & (stranger_message.c.state == "kept")
    rows = select(stranger_offer.c.place, stranger_message.c.message).join(
        stranger_message, stranger_message.c.offer == stranger_offer.c.n
    )
    ordered = rows.where(waits).order_by(stranger_offer.c.decided, stranger_offer.c.n, stranger_message.c.message)
    return [LetIn(PlaceId(place), MessageId(message)) for place, message in tx.execute(ordered)]


def note(tx: Transaction, message: MessageId, state: MessageState) -> None:
    """What has become of a message."""
    tx.execute(update(stranger_message).where(stranger_message.c.message == message).values(state=state))


def decide(tx: Transaction, n: int, choice: Choice, by: str, audit: Audit) -> bool:
    """Decide about an open offer."""
    open_ = (stranger_offer.c.n == n) & (stranger_offer.c.state == "open")
    told = {"state": choice, "by": by, "decided": tx.now}
    if tx.execute(update(stranger_offer).where(open_).values(**told)).rowcount == 0:
        return False
    if choice == "always":
        one = tx.execute(select(stranger_offer).where(stranger_offer.c.n == n)).one()
        row = tx.insert(guest).values(
            place=one.place, person=one.person, name=one.name, by=by, answers=False, since=tx.now
        )
        tx.execute(row.on_conflict_do_nothing(index_elements=[guest.c.place, guest.c.person]))
    if choice == "declined":  # nobody needs it any more
        tx.execute(update(stranger_message).where(stranger_message.c.offer == n).values(text=""))
    audits.note(tx, audit)
    tx.rung.add("guest")
    return True


def offers(tx: Transaction) -> list[StrangerOffer]:
    """Those whose message does not say yet, for good, what has become of them."""
    found = tx.execute(_counted().where(~stranger_offer.c.closed).order_by(stranger_offer.c.n))
    return [_of_row(row) for row in found]


def offer(tx: Transaction, n: int) -> StrangerOffer | None:
    """An offer, by its number."""
    row = tx.execute(_counted().where(stranger_offer.c.n == n)).first()
    if row is None:
        return None
    text = tx.execute(select(stranger_message.c.text).where(stranger_message.c.message == row.first)).scalar_one()
    return replace(_of_row(row), text=text)


def close(tx: Transaction, n: int) -> None:
    """Its message says what has become of it."""
    tx.execute(update(stranger_offer).where(stranger_offer.c.n == n).values(closed=True))


def forget(tx: Transaction, place: PlaceId) -> None:
    """The place is not there any more."""
    here = select(stranger_offer.c.n).where(stranger_offer.c.place == place)
    tx.execute(delete(stranger_message).where(stranger_message.c.offer.in_(here)))
    tx.execute(delete(stranger_offer).where(stranger_offer.c.place == place))


def _add(tx: Transaction, offer: int, said: StrangerMessage) -> None:
    values = {"message": said.message, "offer": offer, "text": said.text[:TEXT], "state": "kept", "at": tx.now}
    tx.execute(tx.insert(stranger_message).values(**values))


def _count(tx: Transaction, table: Any, condition: Any) -> int:
    return int(tx.execute(select(func.count()).select_from(table).where(condition)).scalar_one())


def _counted() -> Any:
    message = stranger_message.c
    states = {
        name: func.sum(case((message.state == state, 1), else_=0)).label(name)
        for name, state in (("waiting", "kept"), ("prompts", "prompt"), ("deleted", "deleted"))
    }
    first = func.min(message.message).label("first")
    rows = select(stranger_offer, first, *states.values())
    return rows.join(stranger_message, message.offer == stranger_offer.c.n).group_by(stranger_offer.c.n)


def _of_row(row: Row[*tuple[Any, ...]]) -> StrangerOffer:
    return StrangerOffer(
        row.n,
        PlaceId(row.place),
        row.project,
        PersonId(row.person),
        row.name,
        row.state,
        row.by,
        row.owner,
        row.calls,
        MessageId(row.first),
        row.waiting,
        row.prompts,
        row.deleted,
    )
