"""Opens places for the sessions that somebody has brought, one after the other. Which are left stands in the store, so
it goes on after a restart; a session whose place was opened and not noted finds the same one by its nonce."""

import asyncio
import logging

from antiphon.actions.context import ActionContext
from antiphon.actions.reasons import Refused
from antiphon.actions.sessions import place_of
from antiphon.chat.connection.endpoint import FAILURES
from antiphon.chat.delivery.context import DeliveryContext
from antiphon.chat.render.message import Priority
from antiphon.chat.wording import why
from antiphon.core.retry import Backoff
from antiphon.core.values import Session, SessionId
from antiphon.errors import StoreError

log = logging.getLogger(__name__)

_EVERY = 1.0  # seconds between two looks
_LONGEST = 300.0  # seconds until what failed is tried again


class WantedPlaces:
    """Those of the machine's sessions."""

    def __init__(self, context: DeliveryContext, actions: ActionContext) -> None:
        self._context = context
        self._actions = actions
        self._failed: dict[SessionId, tuple[float, Backoff]] = {}  # not before when

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            try:
                wanted = await self._context.bus.wanted()
            except StoreError as error:
                log.log(self._context.level(error), "sessions are brought later: %s", error)
            else:
                self._failed = {one.id: self._failed[one.id] for one in wanted if one.id in self._failed}
                for session in wanted:
                    await self._bring(session)
            await asyncio.sleep(_EVERY)

    async def _bring(self, session: Session) -> None:
        """What fails holds up no other one."""
        now = self._context.clock()
        not_before, backoff = self._failed.get(session.id, (0.0, Backoff(2 * _EVERY, _LONGEST)))
        if now < not_before:
            return
        try:
            await self._open(session)
        except (Refused, *FAILURES, StoreError) as error:
            log.warning("session %s has no thread yet: %s", session.id, why(error))
            self._failed[session.id] = now + backoff.pause, backoff
            backoff.grow()

    async def _open(self, session: Session) -> None:
        async with self._context.rate_limiter.turn(
            "POST", f"/channels/{session.origin.channel}/messages", Priority.PROGRESS
        ):
            thread = await place_of(self._actions, session)
        shown = Session(session.id, thread.place, session.project, session.claude, thread.name, thread.origin)
        await self._context.bus.settle(self._context.hub, session.id, shown)
