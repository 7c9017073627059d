"""Where sessions work, and which of them share a working tree: what is durable of it. A protocol."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from antiphon.core import records, values
from antiphon.core.bus import Retried


class WorkplaceStore(Retried, Protocol):
    """The worker's side."""

    async def known(self, session: values.SessionId, /) -> values.Session | None:
        """A session, as it is stored."""
        ...

    async def isolated(self) -> Sequence[values.Session]:
        """The sessions that have trees of their own, or are about to get them."""
        ...

    async def leave(self, me: records.Lease, session: values.Session, since: float, /) -> bool:
        """Store that a session has no tree of its own any more, and where it works then, unless it was used since then
        (epoch seconds) or is at work. False: it was, or is."""
        ...

    async def occupy(self, me: records.Lease, session: values.SessionId, tree: Path, /) -> Sequence[values.Session]:
        """Let a session work in a tree, unless others do: those that are live (see core.coordination.claims), and
        whoever has it as its own; the one last used first."""
        ...

    async def settle_in(self, me: records.Lease, session: values.Session, /) -> None:
        """Store the directory, the tree and the worktree of a session."""
        ...
