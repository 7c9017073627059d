"""Whom people have invited into one session's thread: a row each, which nobody else writes."""

from sqlalchemy import delete, select, update

from antiphon.core.records import Audit
from antiphon.core.values import Guest, PersonId, PlaceId
from antiphon.store.schema import guest
from antiphon.store.tables import audits
from antiphon.store.transaction import Transaction


def guests(tx: Transaction, place: PlaceId) -> list[Guest]:
    """Those of a place, the one first invited first."""
    rows = tx.execute(select(guest).where(guest.c.place == place).order_by(guest.c.since, guest.c.person))
    return [Guest(PersonId(row.person), row.name, row.by, row.answers) for row in rows]


def invite(tx: Transaction, place: PlaceId, one: Guest, audit: Audit) -> bool:
    """Keep an invitation, or add to one what is new in it."""
    values = {"place": place, "person": one.person, "name": one.name, "by": one.by, "answers": one.answers}
    row = tx.insert(guest).values(**values, since=tx.now)
    new = tx.execute(row.on_conflict_do_nothing(index_elements=[guest.c.place, guest.c.person])).rowcount == 1
    if not new and one.answers:
        fewer = _mine(place, one.person) & ~guest.c.answers
        new = tx.execute(update(guest).where(fewer).values(answers=True, by=one.by)).rowcount == 1
    if new:
        audits.note(tx, audit)
    return new


def uninvite(tx: Transaction, place: PlaceId, person: PersonId, audit: Audit) -> bool:
    """Take an invitation back."""
    gone = tx.execute(delete(guest).where(_mine(place, person))).rowcount == 1
    if gone:
        audits.note(tx, audit)
    return gone


def forget(tx: Transaction, place: PlaceId) -> None:
    """The place is not there any more."""
    tx.execute(delete(guest).where(guest.c.place == place))


def _mine(place: PlaceId, person: PersonId):
    return (guest.c.place == place) & (guest.c.person == person)
