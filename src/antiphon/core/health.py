"""What is wrong, for as long as it lasts: said in the log once when it begins and once when it is over, and told to
whoever asks how the bridge is."""

import asyncio
import logging
from collections import Counter
from dataclasses import dataclass
from typing import Literal

from antiphon.core.ports import Clock

log = logging.getLogger(__name__)

LOGIN = "login"  # the problem that Claude Code is not logged in
_MOST_KINDS = 100  # of what was dropped; more are counted together
_OTHERS = "others"
_REMEMBERED = 3600.0  # seconds for which something that was dropped counts as a trouble


Grade = Literal["well", "note", "warning", "failure"]
"""How bad it is. "note": nothing is wrong, but good to know; "warning": a feature is missing, or will be; "failure":
the bridge does not work."""


@dataclass(frozen=True, slots=True)
class Finding:
    """`check`: what was looked at, for programs ("discord.token"); `text`: one line for people; `way_out`: what to do,
    where something is wrong."""

    check: str
    grade: Grade
    text: str
    way_out: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """`words` for the operator; `since` in epoch seconds; `minor`: the bridge works, only a feature does not."""

    name: str
    since: float
    words: str
    minor: bool = False


class Health:
    """What is wrong with this bridge now, for the log and for whoever asks."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._until: dict[str, float] = {}  # of troubles that nobody can say to be over
        self._troubles: dict[str, Problem] = {}
        self._dropped: Counter[str] = Counter()
        self.news = asyncio.Event()  # set when a trouble begins, and when it is over

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is wrong now, the longest first."""
        return tuple(self._troubles.values())

    @property
    def dropped(self) -> int:
        """How many events of Discord's could not be read."""
        return self._dropped.total()

    def begin(
        self, name: str, words: str, *, said: bool = False, lasts: float | None = None, minor: bool = False
    ) -> None:
        """Something is wrong; other words for what is wrong already are taken over. `said`: the log has it. `lasts`:
        seconds after which it counts as over, where nothing tells. `minor`: see Problem."""
        if lasts is not None:
            self._until[name] = self._clock() + lasts
        before = self._troubles.get(name)
        if before is not None and (before.words, before.minor) == (words, minor):
            return
        if before is None and not said:
            log.error("%s", words)
        self._troubles[name] = Problem(name, self._clock() if before is None else before.since, words, minor)
        if before is None:
            self.news.set()

    def over(self, name: str, words: str = "", *, said: bool = False) -> None:
        """It is mended; harmless where nothing was wrong. `words`: what the log says of it."""
        trouble = self._troubles.pop(name, None)
        self._until.pop(name, None)
        if trouble is None:
            return
        if not said:
            log.warning("%s (after %.0f s)", words or f"over: {trouble.words}", self._clock() - trouble.since)
        self.news.set()

    def expire(self) -> None:
        """End the problems that have lasted their time."""
        for name in [name for name, until in self._until.items() if until <= self._clock()]:
            self.over(name)

    def drop(self, kind: str, error: BaseException) -> None:
        """Something could not be read, and is left out: counted, and logged once for its kind and error."""
        key = f"{kind} {type(error).__name__}"
        if key not in self._dropped and len(self._dropped) >= _MOST_KINDS:
            key = _OTHERS
        self._dropped[key] += 1
        self.begin("dropped", f"{self.dropped} events of Discord's could not be used", said=True, lasts=_REMEMBERED)
        if self._dropped[key] == 1:
            log.error("%s could not be read and is dropped (further ones are only counted)", kind, exc_info=error)
