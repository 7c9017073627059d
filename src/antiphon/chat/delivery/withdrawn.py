"""Shows the end of each prompt that was withdrawn before it became a turn. The store keeps what is not shown yet."""

import asyncio
import logging

from antiphon.chat.delivery.context import DeliveryContext
from antiphon.chat.delivery.outbox import Outbox
from antiphon.chat.render.withdrawn import withdrawn_view
from antiphon.core.values import TurnId
from antiphon.errors import StoreError

log = logging.getLogger(__name__)

_EVERY = 1.0  # seconds between two looks


class WithdrawnPrompts:
    """Hands them to the outbox, each once."""

    def __init__(self, context: DeliveryContext, outbox: Outbox) -> None:
        self._context = context
        self._outbox = outbox
        self._shown: set[TurnId] = set()

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            try:
                found = await self._context.bus.withdrawn()
            except StoreError as error:
                log.log(self._context.level(error), "what was withdrawn is shown later: %s", error)
            else:
                for one in found:
                    if one.prompt.turn not in self._shown:
                        self._outbox.finish(one.session, withdrawn_view(one))
                self._shown = {one.prompt.turn for one in found}
            await asyncio.sleep(_EVERY)
