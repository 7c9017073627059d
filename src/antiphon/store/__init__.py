"""What survives a restart: the bus between hub and worker, on a database. Sole importer of a database driver.

May not know: Discord, the Claude SDK, what people see. Everything that the bridge must not forget is a row here, and
every promise about it (once, in order, all or nothing) is a transaction of the database.
"""

from antiphon.store.errors import Busy, Fenced
from antiphon.store.store import Store, open_store

__all__ = ["Busy", "Fenced", "Store", "open_store"]
