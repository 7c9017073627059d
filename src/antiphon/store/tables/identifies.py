"""When the gateway was told who we are, for as long as that counts."""

from sqlalchemy import delete, insert, select

from antiphon.store.schema import identify
from antiphon.store.transaction import Transaction

_KEPT = 86_400.0  # seconds; Discord counts session starts by the day


def note(tx: Transaction) -> None:
    """One more; those that count no longer are forgotten."""
    tx.execute(delete(identify).where(identify.c.at < tx.now - _KEPT))
    tx.execute(insert(identify).values(at=tx.now))


def identifies(tx: Transaction, since: float) -> list[float]:
    """When it was told so (epoch seconds, for a day), oldest first."""
    return list(tx.execute(select(identify.c.at).where(identify.c.at > since).order_by(identify.c.at)).scalars())
