"""Asking again what failed for now, after growing pauses."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")
E = TypeVar("E", bound=Exception)


class Backoff:
    """Pauses in seconds: the first, then each twice as long as the one before, up to the longest."""

    def __init__(self, first: float, longest: float) -> None:
        self._first, self._longest = first, longest
        self.pause = first

    @property
    def is_longest(self) -> bool:
        """Whether it grows no more."""
        return self.pause == self._longest

    def grow(self) -> None:
        """A pause is over, and what was tried again failed again."""
        self.pause = min(2 * self.pause, self._longest)

    def reset(self) -> None:
        """Something has worked."""
        self.pause = self._first


async def retry(
    ask: Callable[[], Awaitable[T]],
    errors: type[E] | tuple[type[E], ...],
    backoff: Backoff,
    failed: Callable[[E, float], float | None],
) -> T:
    """What `ask` returns, however often it raises one of `errors` before; every other exception goes up at once.
    Cancelling ends it. `failed` is told of each failure and the pause after it, to log it; what it returns is the least
    pause in seconds (None: as planned)."""
    while True:
        try:
            return await ask()
        except errors as error:
            least = failed(error, backoff.pause)
        await asyncio.sleep(max(backoff.pause, least or 0.0))
        backoff.grow()


async def kept_up(work: Callable[[], Awaitable[None]], pause: float, failed: Callable[[BaseException], None]) -> None:
    """Do a work beside others that is not to end them: where it fails, with whatever, it is begun anew after `pause`
    seconds. `failed` is told, to log it. Returns when the work does; cancelling ends it."""
    while True:
        (error,) = await asyncio.gather(work(), return_exceptions=True)
        if error is None:
            return
        failed(error)
        await asyncio.sleep(pause)
