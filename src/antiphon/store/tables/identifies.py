"""When the gateway was told who we are, for as long as that counts."""

from sqlalchemy import Connection, delete, insert, select

from antiphon.store.schema import identify

_KEPT = 86_400.0  # seconds; Discord counts session starts by the day


def note(connection: Connection, now: float) -> None:
    """One more; those that count no longer are forgotten."""
    connection.execute(delete(identify).where(identify.c.at < now - _KEPT))
    connection.execute(insert(identify).values(at=now))


def since(connection: Connection, at: float) -> list[float]:
    """The times (epoch seconds) after `at`, oldest first."""
    return list(connection.execute(select(identify.c.at).where(identify.c.at > at).order_by(identify.c.at)).scalars())
