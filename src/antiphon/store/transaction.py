"""What an operation of the store works with: one transaction, of which everything happens or nothing."""

from dataclasses import dataclass, field

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite

from antiphon.core.bus import Topic
from antiphon.core.records import Lease


@dataclass(frozen=True, slots=True)
class Transaction:
    """`now`: epoch seconds, the same for all that it writes. `rung`: whom to wake once it is committed."""

    connection: Connection
    now: float = 0.0
    lease: Lease | None = None  # of the caller, and current
    rung: set[Topic] = field(default_factory=set[Topic])

    @property
    def execute(self):
        """Run a statement."""
        return self.connection.execute

    @property
    def dialect(self) -> str:
        """The name of the database's."""
        return self.connection.dialect.name

    def insert(self, table: Table) -> sqlite.Insert | postgresql.Insert:
        """See `insert_for`."""
        return insert_for(self.dialect, table)

    @property
    def me(self) -> Lease:
        """The caller's lease."""
        assert self.lease is not None
        return self.lease


def insert_for(dialect: str, table: Table) -> sqlite.Insert | postgresql.Insert:
    """An insert that knows `on_conflict_do_nothing` and `on_conflict_do_update`: the one statement that the dialects
    spell alike, but SQLAlchemy keeps apart."""
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)
