"""Snowflakes and times: the ids that Discord gives, and the way it writes an instant.

An id carries its own creation time (milliseconds since 2015 in the upper bits), so later ids are always
greater; discord.py and the bridge both order messages by id and rely on that.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

EPOCH_MS = 1_420_070_400_000
"""The first second of 2015, from which Discord counts (reference, "Snowflakes")."""

Clock = Callable[[], float]
"""Seconds since 1970, as `time.time` gives them; passed in, so that a test may own time."""


class Snowflakes:
    """Gives ids that only grow, also within one millisecond and when the clock steps back."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._last = 0

    def next(self) -> str:
        now = (int(self._clock() * 1000) - EPOCH_MS) << 22
        self._last = max(now, self._last + 1)
        return str(self._last)


def fixed_id(number: int) -> str:
    """An id of the first moment of 2024, for what exists before anybody logs in; equal in every run."""
    return str(((1_704_067_200_000 - EPOCH_MS) << 22) + number)


def created_at(snowflake: str) -> float:
    """Seconds since 1970 at which an id was given."""
    return ((int(snowflake) >> 22) + EPOCH_MS) / 1000


def timestamp(seconds: float) -> str:
    """ISO 8601 with an explicit offset, as Discord writes it."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="microseconds")


def is_snowflake(value: object) -> bool:
    """Whether a value may be read as an id: digits, or a JSON integer (discord.py sends those)."""
    if isinstance(value, bool):
        return False
    if isinstance(value, int):
        return 0 <= value < 1 << 63
    return isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 19 and int(value) < 1 << 63
