"""What sessions and scripts tell the others on their project: values, and the store of them. Each is kept once."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from antiphon.core.values import SessionId

LONGEST_EVENT = 500  # characters
MOST_READ = 100
KEPT = 2000  # that are kept, the newest ones


@dataclass(frozen=True, slots=True)
class CoordinationEvent:
    """Something that somebody tells. `key` makes it happen once; `by`: the session's title, or a name; `session` None:
    it comes from none; `n`: its number, which grows (0: it has none yet); `at`: epoch seconds."""

    key: str
    project: str
    session: SessionId | None
    by: str
    text: str
    n: int = 0
    at: float = 0.0


class EventStore(Protocol):
    """Where they are kept."""

    async def post_event(self, event: CoordinationEvent, /) -> bool:
        """Keep it. False: one of this key is there."""
        ...

    async def events(self, projects: Collection[str], after: int, most: int, /) -> Sequence[CoordinationEvent]:
        """The latest of these projects with numbers above `after`, oldest first."""
        ...
