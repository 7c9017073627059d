"""What the HTTP API needs of the bus, for itself."""

from collections.abc import Sequence
from typing import Protocol

from antiphon.core import records, values
from antiphon.core.bus import Retried, Topic


class ApiStore(Retried, Protocol):
    """What the HTTP API keeps, and what it follows."""

    async def api_answer(self, key: str, /) -> records.ApiAnswer | None:
        """What was answered under a key; None: nothing was, or it was long ago."""
        ...

    async def keep_api_answer(self, key: str, answer: records.ApiAnswer, /) -> None:
        """Keep it for some days; the first one counts."""
        ...

    async def story(self, session: values.SessionId, turn: values.TurnId, /) -> records.StoredTurn | None:
        """See TurnReader."""
        ...

    async def rows_after(self, session: values.SessionId, seq: int, most: int, /) -> Sequence[records.OutboxRow]:
        """What a session's rows say after that number, oldest first."""
        ...

    async def wait(self, topic: Topic, timeout: float, /) -> bool:
        """See WorkerStore."""
        ...
