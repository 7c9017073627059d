"""What the sessions of a project should know of each other: values, and the store of them. Each is kept once.

Somebody tells the others something, a turn begins and ends, a session claims a resource, an edit is held.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from antiphon.core.values import SessionId

LONGEST_EVENT = 500  # characters
MOST_READ = 100
KEPT = 5000  # that are kept, the newest ones, and those of turns that are not over

EventKind = Literal["said", "turn", "claim", "held"]


@dataclass(frozen=True, slots=True)
class CoordinationEvent:
    """Something that others should know. `key` makes it happen once; `by`: the session's title, or a name; `session`
    None: it comes from none; `n`: its number, which grows (0: it has none yet); `at`: epoch seconds.

    `text`: what was said; the turn's id; the resource; the file. `note`: what was said with a claim, or why an edit was
    held. `moment`: when the turn ended, until when the claim holds, since when another session has the file (epoch
    seconds). `outcome`: how it ended: as the turn did, "released", "let" (written all the same); "": it has not.
    """

    key: str
    project: str
    session: SessionId | None
    by: str
    text: str
    n: int = 0
    at: float = 0.0
    kind: EventKind = "said"
    note: str = ""
    moment: float | None = None
    outcome: str = ""


class EventStore(Protocol):
    """Where they are kept."""

    async def post_event(self, event: CoordinationEvent, /) -> bool:
        """Keep it. False: one of this key is there."""
        ...

    async def events(self, projects: Collection[str], after: int, most: int, /) -> Sequence[CoordinationEvent]:
        """The latest of these projects with numbers above `after`, oldest first."""
        ...
