"""What everything works with that posts without being asked by a click or command."""

from collections.abc import Callable
from dataclasses import dataclass

from antiphon.chat.connection.rate_limiter import RateLimiter
from antiphon.chat.delivery.poster import Poster
from antiphon.core.bus import DeliveryStore
from antiphon.core.ports import Clock
from antiphon.core.records import Lease
from antiphon.core.values import PersonId


@dataclass(frozen=True, slots=True)
class DeliveryContext:
    """`hub`: the lease under which posts are stored; `owners`: of the bot's application."""

    bus: DeliveryStore
    hub: Lease
    poster: Poster
    rate_limiter: RateLimiter
    clock: Clock
    owners: Callable[[], frozenset[PersonId]]
