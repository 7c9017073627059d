"""What everything works with that posts without being asked by a click or command."""

import logging
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from antiphon.chat.connection.rate_limiter import RateLimiter
from antiphon.chat.delivery.failures import DiscordUnavailable, PlaceGone, ThreadRefused
from antiphon.chat.delivery.poster import OwnMessage, Poster
from antiphon.chat.permissions import NoThread
from antiphon.chat.render.message import Priority
from antiphon.core.bus import DeliveryStore
from antiphon.core.ports import Clock
from antiphon.core.records import Lease
from antiphon.core.values import MessageId, PersonId, PlaceId, Session
from antiphon.errors import ChatError, StoreError

MOST_TRIES = 5  # of a request that fails in a row, while Discord answers others
_MOST_SEARCHES = 10  # requests for what may have been posted before


@dataclass(frozen=True, slots=True)
class DeliveryContext:
    """`hub`: the lease under which posts are stored; `owners`: of the bot's application; `tries`: how
    often a request has failed in a row because Discord did not answer, by a key of who makes it."""

    bus: DeliveryStore
    hub: Lease
    poster: Poster
    rate_limiter: RateLimiter
    clock: Clock
    owners: Callable[[], frozenset[PersonId]]
    tries: Counter[str] = field(default_factory=Counter[str])

    async def is_hopeless(self, key: str, place: PlaceId) -> bool:
        """Whether a request failed so often, while Discord answers others, that it makes no sense to insist: another
        way may be tried. Before that, Discord is asked for `place`. DiscordUnavailable: it does not answer that either,
        so it is away."""
        if self.tries[key] < MOST_TRIES:
            return False
        self.tries[key] = 0  # what failed while Discord was away does not count
        async with self.rate_limiter.turn("GET", f"/channels/{place}", Priority.ANSWER):
            with suppress(PlaceGone):  # an answer as well
                await self.poster.visit(place)
        self.tries[key] = MOST_TRIES
        return True

    def level(self, error: ChatError | StoreError) -> int:
        """Of what the log says of an error: what the database makes everybody wait for is said by the store, once."""
        return logging.DEBUG if isinstance(error, self.bus.transient) else logging.WARNING

    async def open(self, session: Session) -> None:
        """Make the session's thread, unless it is known to be there. Waits for its turn. ThreadRefused also where
        Discord fails at it for ever, and answers otherwise."""
        if self.poster.is_open(session):
            return
        channel, key = session.origin.channel or session.place, f"open:{session.place}"
        try:
            async with self.rate_limiter.turn("POST", f"/channels/{channel}/messages/0/threads", Priority.ANSWER):
                await self.poster.open(session)
        except DiscordUnavailable as error:
            self.tries[key] += 1
            if await self.is_hopeless(key, channel):
                raise ThreadRefused(str(error), NoThread(channel)) from error
            raise
        del self.tries[key]

    async def posts_after(
        self, place: PlaceId, message: MessageId, priority: Priority
    ) -> AsyncGenerator[Sequence[OwnMessage]]:
        """What we have posted in a place after a message, oldest first, request by request: people may have written
        many. Each waits for its turn."""
        after: MessageId | None = message
        for _ in range(_MOST_SEARCHES):
            if after is not None:
                async with self.rate_limiter.turn("GET", f"/channels/{place}/messages", priority):
                    seen, after = await self.poster.find_posts(place, after)
                yield seen
