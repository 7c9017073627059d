"""Projects that were added while the bridge ran."""

from sqlalchemy import delete, select, update

from antiphon.core.projects import AddedProject
from antiphon.store.schema import added_project
from antiphon.store.transaction import Transaction

_columns = added_project.c


def every(tx: Transaction) -> list[AddedProject]:
    """All of them, the oldest first."""
    rows = tx.execute(select(added_project).order_by(_columns.at, _columns.name))
    return [AddedProject(row.name, row.settings, row.version, row.by) for row in rows]


def put(tx: Transaction, one: AddedProject) -> bool:
    """See core.projects.AddedProjects."""
    said = {"settings": dict(one.settings), "version": one.version, "by": one.by}
    if one.version == 1:
        row = tx.insert(added_project).values(name=one.name, at=tx.now, **said)
        return tx.execute(row.on_conflict_do_nothing(index_elements=[_columns.name])).rowcount == 1
    known = (_columns.name == one.name) & (_columns.version == one.version - 1)
    return tx.execute(update(added_project).where(known).values(**said)).rowcount == 1


def drop(tx: Transaction, name: str) -> bool:
    """See core.projects.AddedProjects."""
    return tx.execute(delete(added_project).where(_columns.name == name)).rowcount == 1
