"""The clock of turns that a usage limit has ended: each goes on when its time has come, once, whatever is killed when.

It sleeps until the earliest one is due, and is woken when that changes and when the machine has slept; it looks into
the database at no other time. Where one has changed, its turn is shown again.
"""

import logging

from antiphon.actions.schedules.going_on import entry
from antiphon.core.ports import Clock, Screen
from antiphon.core.projects import Projects
from antiphon.core.records import Lease
from antiphon.core.schedules.clock import ContinuationClock
from antiphon.core.schedules.values import Continuation
from antiphon.core.stored_turn import assemble

log = logging.getLogger(__name__)

_NAP = 30.0  # seconds after which it is looked at the clock: timers stand still while a machine sleeps
_AGAIN = 5.0  # seconds after something could not be done
_AT_ONCE = 200  # turns that are looked at in one go


class Continuations:
    """Of one hub."""

    def __init__(
        self,
        store: ContinuationClock,
        hub: Lease,
        projects: Projects,
        screen: Screen,
        clock: Clock,
        nap: float = _NAP,
    ) -> None:
        """`nap`: seconds after which it looks at the clock at the latest."""
        self._store = store
        self._hub = hub
        self._projects = projects
        self._screen = screen
        self._clock = clock
        self._nap = nap

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                until = await self._round()
            except self._store.transient as error:
                log.warning("what goes on by itself waits: %s", error)
                until = self._clock() + _AGAIN
            await self._sleep(until)

    async def _sleep(self, until: float) -> None:
        """Until then, or somebody rings."""
        while (left := until - self._clock()) > 0:
            if await self._store.wait("continuation", min(left, self._nap)):
                return

    async def _round(self) -> float:
        """Do what is due, and show what has changed; when the next is due, in epoch seconds."""
        while due := await self._store.due_continuations(_AT_ONCE):
            for one in due:
                await self._go_on(one)
        for session, turn in await self._store.changed_continuations():
            self._screen.refresh(session, turn)
        soonest = await self._store.next_continuation()
        return float("inf") if soonest is None else soonest

    async def _go_on(self, one: Continuation) -> None:
        story = await self._store.story(one.session, one.turn)
        call = None
        if story is not None:
            own = await self._store.prompt(one.session, one.turn)
            call = entry(self._projects, story.session, assemble(story), own, one)
        if await self._store.go_on(self._hub, one, call):
            log.info("session %s goes on after a usage limit", one.session)
