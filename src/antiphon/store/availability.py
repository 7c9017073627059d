"""Whether the database does its work: said in the log once when it stops, and once when it goes on.

One that only waits (a full disk, another program's lock) is asked again by whoever needs it. One that is damaged, or
gone, is left alone from then on: every further operation is refused, so that the bridge leaves and nothing more is
written, least of all into a file that nobody will find.
"""

import logging
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from antiphon.core.bus import Wait
from antiphon.core.ports import Clock
from antiphon.store.errors import Busy, Damaged, Unwritable, translated

log = logging.getLogger(__name__)

# Seconds. Whoever waits asks again after 30 s at most: while one write has no room, smaller ones may well succeed.
_CALM = 40.0


class Availability:
    """Looks on at each operation, in the store's thread; `wait` may be read anywhere."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self._path = path
        self._clock = clock
        self._file = _identity(path)
        self._ruin: str | None = None
        self._said: set[str] = set()  # in the log, of what makes us wait now
        self.wait: Wait | None = None  # None: nothing waits

    @contextmanager
    def over(self, *, writing: bool) -> Generator[None]:
        """Around an operation: its errors are StoreErrors. What can be read says nothing of what can be written."""
        if self._ruin is not None:
            raise Damaged(self._ruin)
        try:
            with translated(self._path):
                if writing:
                    self._require_there()
                yield
        except Damaged as error:
            self._ruin = str(error)
            log.critical("%s; nothing more is written to it", error)
            raise
        except (Busy, Unwritable) as error:
            self._waits(str(error))
            raise
        if writing:
            self._works()

    def _waits(self, words: str) -> None:
        now = self._clock()
        if words not in self._said:
            self._said.add(words)
            log.error("what must be kept waits for the database: %s", words)
        self.wait = Wait(words, now if self.wait is None else self.wait.since, now)

    def _works(self) -> None:
        wait = self.wait
        if wait is not None and self._clock() - wait.last >= _CALM:
            self.wait = None
            self._said.clear()
            log.warning("the database goes on; it made us wait for %.0f s", wait.last - wait.since)

    def _require_there(self) -> None:
        """Raises Damaged where our file is no longer found by its name: SQLite would go on writing into it."""
        try:
            now = _identity(self._path)
        except FileNotFoundError:
            now = None
        except OSError:
            return  # what is wrong with the disk, SQLite tells
        if now != self._file:
            raise Damaged(f"{self._path}: it was moved or removed while it was in use")


def _identity(path: Path) -> tuple[int, int]:
    """Which file it is, whatever its name."""
    found = path.stat()
    return found.st_dev, found.st_ino
