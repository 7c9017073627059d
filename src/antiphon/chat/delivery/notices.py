"""Delivers notices: each to its place, in order, once; what is killed meanwhile goes on after a restart.

One on its way when the bridge ended may have arrived: it is looked for before it is sent again.
"""

import asyncio
import logging
from contextlib import AbstractAsyncContextManager

from antiphon.chat.delivery.context import DeliveryContext
from antiphon.chat.delivery.failures import ContentRefused, MessageGone, PlaceClosed, PlaceGone
from antiphon.chat.delivery.poster import OwnMessage, first_message
from antiphon.chat.render.message import MessageSpec
from antiphon.chat.render.notices import notice_spec
from antiphon.chat.render.page import nonce
from antiphon.core.file_names import safe_name
from antiphon.core.programs.notices import NoticeDeliveryStore, StoredNotice
from antiphon.core.retry import Backoff
from antiphon.core.values import MessageId, PlaceId, SessionId
from antiphon.errors import ChatError, StoreError

log = logging.getLogger(__name__)

_NAP = 30.0  # seconds after which it is looked at the clock: timers stand still while a machine sleeps
_PAUSES = 1.0, 300.0  # seconds between tries, the first and the longest
_EARLIER = 60.0  # seconds before it was first sent: the two clocks may differ
_ERROR = 200  # characters that are kept
_KEPT = 3 * 86_400.0  # seconds for which one waits for a place that is closed to us


class NoticeDelivery:
    """Of one hub. A target that waits holds up no other one."""

    def __init__(self, context: DeliveryContext, bus: NoticeDeliveryStore) -> None:
        self._context = context
        self._bus = bus
        self._at_work: dict[str, asyncio.Task[None]] = {}

    async def run(self) -> None:
        """Deliver until cancelled."""
        try:
            while True:
                try:
                    due = await self._look()
                except StoreError as error:
                    log.log(self._context.level(error), "notices are delivered later: %s", error)
                    due = self._context.clock() + _PAUSES[0]
                left = _NAP if due is None else min(_NAP, due - self._context.clock())
                await self._bus.wait("notice", left if left > 0 else _NAP)  # what is due is being delivered
        finally:
            for task in self._at_work.values():
                task.cancel()
            await asyncio.gather(*self._at_work.values(), return_exceptions=True)

    async def _look(self) -> float | None:
        """Begin where something is to go; when the next is due."""
        for target in await self._bus.notice_targets():
            known = self._at_work.get(target)
            if known is not None and known.done():
                log.error("notices to %s are tried again", target, exc_info=known.exception())
            if known is None or known.done():
                self._at_work[target] = asyncio.create_task(self._serve(target), name=f"notices to {target}")
        return await self._bus.next_notice_due()

    async def _serve(self, target: str) -> None:
        """Deliver what is to go there, one after the other, as often as it takes."""
        backoff = Backoff(*_PAUSES)
        while True:
            try:
                found = await self._bus.next_notice(target)
                if found is None:
                    del self._at_work[target]  # at once: whoever comes from now on is seen by the next look
                    return
                await self._deliver(found)
            except (ChatError, StoreError) as error:
                log.log(self._context.level(error), "notices to %s wait: %s", target, error)
                await asyncio.sleep(backoff.pause)
                backoff.grow()
            else:
                backoff.reset()

    async def _deliver(self, found: StoredNotice) -> None:
        notice, hub = found.notice, self._context.hub
        if not await self._bus.send_notice(hub, notice.id):
            return
        spec = notice_spec(notice, self._context.clock())
        try:
            place = notice.place
            if place is None:
                assert notice.person is not None
                place = await self._context.poster.direct_place(notice.person)
            sent = await self._arrived(found, place) if found.state == "sending" else None
            if sent is None:
                sent = await self._send(found, place, spec)
        except PlaceClosed as error:  # perhaps only for now
            if self._context.clock() - max(found.made, notice.due) < _KEPT:
                raise
            await self._fail(found, error)
        except (PlaceGone, ContentRefused, MessageGone) as error:
            await self._fail(found, error)
        else:
            await self._bus.settle_notice(hub, notice.id, sent, await self._open_below(found, place, sent, spec))

    async def _fail(self, found: StoredNotice, error: ChatError) -> None:
        log.warning("notice %s of %s is not delivered: %s", found.notice.id, found.notice.by, error)
        await self._bus.settle_notice(self._context.hub, found.notice.id, None, str(error)[:_ERROR])

    async def _open_below(self, found: StoredNotice, place: PlaceId, sent: MessageId, spec: MessageSpec) -> str:
        """Open its thread, if it is to have one; why there is none, "" if all is well."""
        notice = found.notice
        if not notice.thread or notice.place is None:
            return ""
        try:
            async with self._turn("POST", f"/channels/{place}/messages/0/threads", spec):
                await self._context.poster.open_below(place, sent, notice.thread)
        except (PlaceGone, ContentRefused, MessageGone) as error:
            log.warning("notice %s of %s has no thread: %s", notice.id, notice.by, error)
            return str(error)[:_ERROR]
        return ""

    async def _send(self, found: StoredNotice, place: PlaceId, spec: MessageSpec) -> MessageId:
        id_ = found.notice.id
        async with self._turn("POST", f"/channels/{place}/messages", spec):
            return await self._context.poster.send(place, spec, nonce("notice", id_), SessionId(id_))

    async def _arrived(self, found: StoredNotice, place: PlaceId) -> MessageId | None:
        """Where it is, if it was sent and nobody has noted that."""
        specs = [notice_spec(found.notice, at) for at in (found.notice.due, self._context.clock())]  # in time, and late
        first = first_message(found.since - _EARLIER)
        async for seen in self._context.posts_after(place, first, specs[0].priority):
            for one in seen:
                if any(_shows(one, spec) for spec in specs) and not await self._bus.is_known_post(one.message):
                    return one.message
        return None

    def _turn(self, method: str, path: str, spec: MessageSpec) -> AbstractAsyncContextManager[None]:
        return self._context.rate_limiter.turn(method, path, spec.priority)


def _shows(one: OwnMessage, spec: MessageSpec) -> bool:
    """Whether a message is what was made of the notice, to the letter."""
    if one.files != tuple(safe_name(upload.name) for upload in spec.uploads):
        return False
    if spec.card is None:
        return not one.is_card and one.text.strip() == spec.content.strip()
    said, wanted = ([text.strip() for text in texts] for texts in (one.texts, spec.card.texts))
    return one.is_card and said == wanted
