"""What the API has answered, for whoever asks again with the same key."""

from sqlalchemy import delete, select

from antiphon.core.records import ApiAnswer
from antiphon.store.schema import answer
from antiphon.store.transaction import Transaction

_KEPT = 7 * 86_400.0  # seconds


def one(tx: Transaction, key: str) -> ApiAnswer | None:
    """What was answered under a key."""
    row = tx.execute(select(answer).where(answer.c.key == key, answer.c.created > tx.now - _KEPT)).one_or_none()
    return None if row is None else ApiAnswer(row.asked, row.status, row.body)


def keep(tx: Transaction, key: str, given: ApiAnswer) -> None:
    """Keep it; the first one counts."""
    tx.execute(delete(answer).where(answer.c.created <= tx.now - _KEPT))
    row = tx.insert(answer).values(key=key, asked=given.asked, status=given.status, body=given.body, created=tx.now)
    tx.execute(row.on_conflict_do_nothing(index_elements=[answer.c.key]))
