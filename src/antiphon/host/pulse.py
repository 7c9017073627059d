"""Tells the service manager how the bridge is: that it starts, serves, lives, and lets its turns end.

The watchdog is fed from the event loop, and only while the bridge may act (`is_alive`): a loop that hangs, a process
that is frozen and a database that answers nothing any more are silent, and the manager starts the bridge again.
"""

import asyncio
from collections.abc import Callable
from typing import Literal

from antiphon.host.notify import Notifier

_TICK = 5.0  # seconds between two looks, at most
_STARTING = 60.0  # seconds that a start may go on after each look: Discord is waited for as long as it takes


class Pulse:
    """Speaks from the start of the bridge to its end."""

    def __init__(
        self, notifier: Notifier, is_alive: Callable[[], bool], status: Callable[[], str], closing: float
    ) -> None:
        """`status`: how the bridge is, for whoever runs it; `closing`: seconds that leaving takes once no turn runs."""
        self._notifier = notifier
        self._is_alive = is_alive
        self._status = status
        self._closing = closing
        self._told = ""
        self._phase: Literal["starting", "serving", "stopping"] = "starting"
        self._fed = float("-inf")  # when the watchdog was, in the loop's time

    def ready(self) -> None:
        """Prompts are served from now on."""
        self._phase = "serving"
        self._notifier.tell(ready=True)
        self._beat()

    def stopping(self) -> None:
        """No turn begins any more; those that run may end, while `run` goes on."""
        self._phase = "stopping"
        self._notifier.tell(stopping=True, needs=self._closing)

    async def run(self) -> None:
        """Until cancelled; returns where nobody listens."""
        if not self._notifier.is_heard:
            return
        while True:
            self._beat()
            await asyncio.sleep(min(_TICK, self._interval))

    @property
    def _interval(self) -> float:
        """Seconds between two signs of life: half of the manager's limit."""
        return _TICK if self._notifier.watchdog is None else self._notifier.watchdog / 2

    def _beat(self) -> None:
        now, status = asyncio.get_running_loop().time(), self._status()
        if status != self._told:
            self._notifier.tell(status=status)
            self._told = status
        if not self._is_alive():
            return
        needs = {"starting": _STARTING, "stopping": self._closing}.get(self._phase)
        watched = self._notifier.watchdog is not None and self._phase != "starting"
        alive = watched and now - self._fed >= self._interval * 0.99  # timers may be early by a hair
        if alive:
            self._fed = now
        self._notifier.tell(alive=alive, needs=needs)
