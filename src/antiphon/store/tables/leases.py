"""Who may write under a name. Epochs fence: what an older epoch writes is refused, however late it arrives."""

from sqlalchemy import bindparam, insert, select, update

from antiphon.core.records import Lease
from antiphon.core.requests import HUB
from antiphon.store.errors import Fenced
from antiphon.store.schema import lease
from antiphon.store.transaction import Transaction

_WORKER = "worker:"
# Each write asks, so it is built once. FOR KEY SHARE: writers of one epoch do not wait for each other, nor for `renew`;
# `hold` waits for them.
_HELD = (
    select(lease.c.name, lease.c.epoch)
    .where(lease.c.name.in_(bindparam("names", expanding=True)))
    .with_for_update(read=True, key_share=True)
)


def hold(tx: Transaction, name: str, holder: str, ttl: float) -> Lease | None:
    """Take the lease under a new epoch. None: another holder has it and it has not expired."""
    # FOR UPDATE (PostgreSQL) waits for the writes of the old epoch that `check` let through.
    row = tx.execute(select(lease).where(lease.c.name == name).with_for_update()).one_or_none()
    if row is not None and row.holder != holder and row.expires > tx.now:
        return None
    mine = Lease(name, holder, 1 if row is None else row.epoch + 1)
    taken = {"holder": mine.holder, "epoch": mine.epoch, "since": tx.now, "expires": tx.now + ttl}
    if row is None:
        tx.execute(insert(lease).values(name=name, **taken))
    else:
        tx.execute(update(lease).where(lease.c.name == name).values(**taken))
    return mine


def renew(tx: Transaction, mine: Lease, ttl: float) -> bool:
    """Prolong a lease that is still mine, even when it was late. False: somebody took over."""
    current = (lease.c.name == mine.name) & (lease.c.epoch == mine.epoch)
    return tx.execute(update(lease).where(current).values(expires=tx.now + ttl)).rowcount == 1


def check(tx: Transaction, *mine: Lease) -> None:
    """Lock my lease rows for the rest of the transaction. Fenced: one is not at my epoch any more."""
    if not mine:
        return
    rows = tx.execute(_HELD, {"names": [one.name for one in mine]})
    found = {row.name: row.epoch for row in rows}
    for one in mine:
        epoch = found.get(one.name)
        if epoch != one.epoch:
            raise Fenced(f"{one.name} is held under epoch {epoch} now; epoch {one.epoch} may not write any more")


def is_current(tx: Transaction, mine: Lease) -> bool:
    """Whether a lease is still at my epoch."""
    return tx.execute(select(lease.c.epoch).where(lease.c.name == mine.name)).scalar_one_or_none() == mine.epoch


def expire_all(tx: Transaction) -> None:
    """Every holder is known to be gone: the next `hold` of each name need not wait."""
    tx.execute(update(lease).where(lease.c.expires > 0).values(expires=0))


def lease_of(to: str) -> str:
    """The lease of a worker, by its name, or of the HUB."""
    return to if to == HUB else f"{_WORKER}{to}"


def worker_of(name: str) -> str:
    """The worker whose lease has this name; "" for the hub's."""
    return name.removeprefix(_WORKER) if name.startswith(_WORKER) else ""
