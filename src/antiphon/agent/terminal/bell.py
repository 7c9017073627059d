"""Wakes an idle session: Claude Code watches a file, and runs a script that takes it away and asks what it is for."""

import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

_LATE = 20.0  # seconds after which it rings once more for what nobody has fetched
_NOT_TAKEN = 2.0  # seconds after which it does where the file is still there: a session that begins does not watch yet


class Bell:
    """Of one session. `path`: the file; `clock`: in seconds."""

    def __init__(self, path: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self._path = path
        self._clock = clock
        self._rung: float | None = None  # when it rang last for what waits

    def ring(self) -> None:
        """Wake the session now. Where the file cannot be written, what waits goes with the session's next step."""
        self._rung = self._clock()
        with suppress(OSError):
            self._path.write_text(f"{time.time()}\n")

    def answered(self) -> None:
        """What it rang for has been fetched, or there is something new to ring for."""
        self._rung = None

    @property
    def is_due(self) -> bool:
        """Whether it has not rung lately for what waits."""
        if self._rung is None:
            return True
        return self._clock() - self._rung >= (_NOT_TAKEN if self._path.exists() else _LATE)
