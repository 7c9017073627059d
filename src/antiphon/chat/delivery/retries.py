"""When turns that are over are looked at again, because Discord did not take something of them: a message in any form,
or their mark. Slowly, more and more seldom, and at once when the bot's rights have changed."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from antiphon.core.retry import Backoff
from antiphon.core.values import Session, SessionId, TurnId

_PAUSES = 10.0, 6 * 3600.0  # seconds: the first and the longest
_GATHER = 1.0  # seconds: rights change in bunches
MOST = 16  # tries in a row: a day and a half; then only when rights change, and after a restart


@dataclass(slots=True)
class _Turn:
    session: Session
    backoff: Backoff = field(default_factory=lambda: Backoff(*_PAUSES))
    tries: int = 0
    timer: asyncio.TimerHandle | None = None

    def cancel(self) -> None:
        if self.timer is not None:
            self.timer.cancel()


class Retries:
    """Of one outbox. `again` is called when a turn's time has come."""

    def __init__(self, again: Callable[[Session, TurnId], None]) -> None:
        self._again = again
        self._turns: dict[tuple[SessionId, TurnId], _Turn] = {}

    def later(self, session: Session, turn: TurnId) -> None:
        """Something of the turn is missing (still)."""
        one = self._turns.setdefault((session.id, turn), _Turn(session))
        one.cancel()
        if one.tries < MOST:
            one.tries += 1
            self._schedule(turn, one, one.backoff.pause)
            one.backoff.grow()

    def done(self, session: Session, turn: TurnId) -> None:
        """Nothing is missing (any more)."""
        if (one := self._turns.pop((session.id, turn), None)) is not None:
            one.cancel()

    def soon(self) -> None:
        """What was refused may be allowed by now."""
        for (_, turn), one in self._turns.items():
            one.cancel()
            one.tries = 0
            one.backoff.reset()
            self._schedule(turn, one, _GATHER)

    def _schedule(self, turn: TurnId, one: _Turn, pause: float) -> None:
        one.timer = asyncio.get_running_loop().call_later(pause, self._again, one.session, turn)

    def stop(self) -> None:
        """Look at nothing any more."""
        for one in self._turns.values():
            one.cancel()
