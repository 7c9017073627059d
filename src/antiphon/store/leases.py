"""Who may write under a name. Epochs fence: what an older epoch writes is refused, however late it arrives."""

from sqlalchemy import Connection, insert, select, update

from antiphon.core.rows import Lease
from antiphon.store.errors import Fenced
from antiphon.store.schema import lease

_WORKER = "worker:"


def hold(connection: Connection, name: str, holder: str, ttl: float, now: float) -> Lease | None:
    """Take the lease under a new epoch. None: another holder has it and it has not expired."""
    # FOR UPDATE (PostgreSQL) waits for the writes of the old epoch that `check` let through.
    row = connection.execute(select(lease).where(lease.c.name == name).with_for_update()).one_or_none()
    if row is not None and row.holder != holder and row.expires > now:
        return None
    mine = Lease(name, holder, 1 if row is None else row.epoch + 1)
    taken = {"holder": mine.holder, "epoch": mine.epoch, "since": now, "expires": now + ttl}
    if row is None:
        connection.execute(insert(lease).values(name=name, **taken))
    else:
        connection.execute(update(lease).where(lease.c.name == name).values(**taken))
    return mine


def renew(connection: Connection, mine: Lease, ttl: float, now: float) -> bool:
    """Prolong a lease that is still mine, even when it was late. False: somebody took over."""
    current = (lease.c.name == mine.name) & (lease.c.epoch == mine.epoch)
    return connection.execute(update(lease).where(current).values(expires=now + ttl)).rowcount == 1


def check(connection: Connection, mine: Lease) -> None:
    """Lock my lease row for the rest of the transaction. Fenced: it is not at my epoch any more."""
    # FOR KEY SHARE: writers of one epoch do not wait for each other, nor for `renew`; `hold` waits for them.
    row = select(lease.c.epoch).where(lease.c.name == mine.name).with_for_update(read=True, key_share=True)
    epoch = connection.execute(row).scalar_one_or_none()
    if epoch != mine.epoch:
        raise Fenced(f"{mine.name} is held under epoch {epoch} now; epoch {mine.epoch} may not write any more")


def expire_all(connection: Connection) -> None:
    """Every holder is known to be gone: the next `hold` of each name need not wait."""
    connection.execute(update(lease).where(lease.c.expires > 0).values(expires=0))


def worker_of(name: str) -> str | None:
    """The worker whose lease has this name; None for the hub's."""
    return name.removeprefix(_WORKER) if name.startswith(_WORKER) else None
