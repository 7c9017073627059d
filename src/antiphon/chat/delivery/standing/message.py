"""One message that is kept as it should be for as long as there is something to show: posted once, edited, taken away.

It is beside the outbox, because it belongs to no turn. It is in a ledger before it is posted, so that a restarted
bridge finds it.
"""

import logging
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Protocol

from antiphon.chat.delivery.context import DeliveryContext
from antiphon.chat.delivery.failures import ContentRefused, MessageGone, PlaceGone
from antiphon.chat.delivery.poster import OwnMessage
from antiphon.chat.delivery.reconcile import GONE, UNPOSTED, forms
from antiphon.chat.render.format import snowflake_time
from antiphon.chat.render.message import MessageSpec, Priority
from antiphon.chat.render.page import nonce
from antiphon.core.retry import Backoff
from antiphon.core.values import MessageId, PlaceId, SessionId
from antiphon.errors import ChatError, StoreError

log = logging.getLogger(__name__)

_PAUSES = 5.0, 300.0  # seconds after a request that failed: the first and the longest
# Discord takes some 30 edits in an hour of messages that are older than an hour (error 30046; the number is not
# published).
_OLD, _EDITS = 55 * 60.0, 20


class Ledger(Protocol):
    """Where it is written down which message that is."""

    async def note(self, message: MessageId, digest: str) -> None:
        """It is this one, and shows that; UNPOSTED: it is being posted, under the nonce `digest`."""
        ...

    async def forget(self, message: MessageId) -> None:
        """It is not this one (any more)."""
        ...


class StandingMessage:
    """`message`: where it is (None: nowhere); `not_before`: until when it waits after a failure (epoch seconds)."""

    def __init__(
        self,
        context: DeliveryContext,
        place: PlaceId,
        name: str,
        ledger: Ledger,
        is_ours: Callable[[OwnMessage], bool],
        *,
        home: SessionId | None = None,
        before: Callable[[], Awaitable[None]] | None = None,
        for_ever: bool = False,
    ) -> None:
        """`name`: of what it shows, for its nonce and the log; `is_ours`: whether it is a message that was found;
        `home`: whose files it carries; `before`: what is done before it is posted. `for_ever`: where somebody has
        deleted it, or Discord takes no more edits of it, another one takes its place; else it stays as it is."""
        self._context = context
        self._ledger = ledger
        self._is_ours = is_ours
        self._before = before
        self._name, self._home, self._for_ever = name, home or SessionId(""), for_ever
        self._digest = ""
        self._key = ""  # of a message that is being posted, or may have been
        self._refused = ""  # the digest of what Discord takes in no form: it waits until there is something else
        self._edits: deque[float] = deque(maxlen=_EDITS)  # when it was edited, being old
        self._backoff = Backoff(*_PAUSES)
        self.place = place
        self.message: MessageId | None = None
        self.not_before = 0.0

    def known(self, message: MessageId, digest: str) -> None:
        """What an earlier bridge has written down."""
        if message == UNPOSTED:
            self._key = digest
        else:
            self.message, self._digest = message, digest

    @property
    def is_nowhere(self) -> bool:
        """Whether it is not posted, for all that is known."""
        return self.message is None and not self._key

    async def note_again(self) -> None:
        """Write down once more which message it is: somebody has asked, or it could not be written."""
        message = self.message or UNPOSTED
        await self._ledger.note(message, self._digest if self.message is not None else GONE)

    def lost(self) -> None:
        """Somebody has deleted the message."""
        self._digest = "" if self._for_ever else GONE
        if self._for_ever:
            self.message = None

    def retry(self) -> None:
        """What was refused may be allowed by now."""
        self.not_before = 0.0
        self._backoff.reset()

    def shows(self, spec: MessageSpec | None) -> bool:
        """Whether it is as it should be, or as far as Discord lets us."""
        if spec is not None and self._refused == spec.digest:
            return True
        if self.message is None or spec is None:
            return self.message is None and spec is None and not self._key
        return self._digest in (spec.digest, GONE)

    async def show(self, spec: MessageSpec | None, after: MessageId) -> bool:
        """Bring it about, if it can be now. `after`: a message before it, from which on it is looked for where it may
        have been posted. False: it is tried again later."""
        try:
            if self.message is None:
                await self._send(spec, after)
            elif spec is None:
                await self._remove(self.message)
            else:
                await self._edit(self.message, spec)
        except (ChatError, StoreError) as error:
            log.log(self._context.level(error), "%s in place %s is behind: %s", self._name, self.place, error)
            self.not_before = self._context.clock() + self._backoff.pause
            self._backoff.grow()
            return False
        self._backoff.reset()
        return True

    async def _send(self, spec: MessageSpec | None, after: MessageId) -> None:
        """Post, under a key that is in the ledger before. One that was there already may have been used, longer ago
        than Discord remembers: then the message is looked for first."""
        context, doubtful = self._context, bool(self._key)
        if doubtful and (there := await self._search(after)) is not None:
            await self._note(there, "")
            return
        if spec is None:
            await self._ledger.forget(UNPOSTED)
            self._key = ""
            return
        self._key = self._key or nonce(self._name, f"{self._home or self.place}:{context.clock()}")
        await self._ledger.note(UNPOSTED, self._key)
        if self._before is not None:
            await self._before()

        async def send(form: MessageSpec) -> MessageId:
            async with context.rate_limiter.turn("POST", f"/channels/{self.place}/messages", form.priority):
                return await context.poster.send(self.place, form, self._key, self._home)

        message = await self._in_best_form(spec, send)
        if message is not None:
            await self._note(message, "" if doubtful else spec.digest)
        self._key = ""

    async def _in_best_form(
        self, spec: MessageSpec, ask: Callable[[MessageSpec], Awaitable[MessageId]]
    ) -> MessageId | None:
        """None: Discord takes it in no form."""
        for form in forms(spec):
            try:
                return await ask(form)
            except ContentRefused as error:
                log.warning("%s cannot be shown in place %s: %s", self._name, self.place, error)
        self._refused = spec.digest
        return None

    async def _search(self, after: MessageId) -> MessageId | None:
        """The message, where it is posted and nobody has noted that."""
        with suppress(PlaceGone, ContentRefused):
            async for seen in self._context.posts_after(self.place, after, Priority.PROGRESS):
                if found := [one.message for one in seen if self._is_ours(one)]:
                    return found[-1]
        return None

    async def _edit(self, message: MessageId, spec: MessageSpec) -> None:
        context, now = self._context, self._context.clock()
        is_old = now - snowflake_time(message) > _OLD
        if is_old and self._for_ever and len(self._edits) == _EDITS and now - self._edits[0] < 3600.0:
            await self._replace(message, spec)
            return

        async def edit(form: MessageSpec) -> MessageId:
            path = f"/channels/{self.place}/messages/{message}"
            async with context.rate_limiter.turn("PATCH", path, form.priority):
                await context.poster.edit(self.place, message, form, self._home)
                return message

        try:
            taken = await self._in_best_form(spec, edit)
        except MessageGone:
            self.lost()
            if self._for_ever:
                await self._send(spec, message)
            else:
                await self._note(message, GONE)
            return
        if taken is not None:
            await self._note(message, spec.digest)
            self._edits.extend([now] if is_old else [])
        elif is_old and self._for_ever:
            await self._replace(message, spec)
        elif is_old:
            self._refused = ""
            raise ContentRefused("Discord takes no more edits of it for a while")

    async def _replace(self, message: MessageId, spec: MessageSpec) -> None:
        """Discord takes no more edits of it for a while."""
        await self._delete(message)
        self.lost()
        self._refused = ""  # it was the message that was refused, not what it was to show
        self._edits.clear()
        await self._send(spec, message)

    async def _remove(self, message: MessageId) -> None:
        """There is nothing to show any more."""
        if self._digest != GONE:
            await self._delete(message)
        await self._ledger.forget(message)
        self.message, self._digest = None, ""

    async def _delete(self, message: MessageId) -> None:
        path = f"/channels/{self.place}/messages/{message}"
        async with self._context.rate_limiter.turn("DELETE", path, Priority.MARK):
            with suppress(MessageGone, PlaceGone, ContentRefused):
                await self._context.poster.delete(self.place, message, None)

    async def _note(self, message: MessageId, digest: str) -> None:
        self.message, self._digest, self._key, self._refused = message, digest, "", ""
        await self._ledger.note(message, digest)
