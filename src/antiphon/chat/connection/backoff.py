"""Backoff that honours Discord's Retry-After, with one line in the log when it begins and one when it is over. What an
operator must mend is not waited for."""

import math
from collections.abc import Awaitable, Callable
from typing import TypeVar

import aiohttp
import discord

from antiphon.chat import wording
from antiphon.core.health import Health
from antiphon.core.retry import Backoff, retry
from antiphon.errors import ChatError

T = TypeVar("T")

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0  # seconds; doubled each time
_TROUBLE = "start"


class Unready(ChatError):
    """Discord does not answer as it will again. `after`: seconds that it asks to wait; 0: it does not say."""

    def __init__(self, text: str, after: float = 0.0) -> None:
        super().__init__(text)
        self.after = after


async def until_ready(ask: Callable[[], Awaitable[T]], health: Health) -> T:
    """Ask until Discord is ready; whatever is not Unready goes up at once."""

    def failed(error: Unready, _: float) -> float:
        health.begin(_TROUBLE, wording.NOT_READY.format(why=error))
        return error.after

    found = await retry(ask, Unready, Backoff(FIRST_PAUSE, LONGEST_PAUSE), failed)
    health.over(_TROUBLE, wording.READY)
    return found


def unready(error: Exception) -> Unready | None:
    """What a failed request says, if it may be asked again: no answer, a rate limit, a failing server."""
    if isinstance(error, discord.HTTPException):
        if error.status != 429 and error.status < 500:
            return None
        return Unready(f"status {error.status}", seconds(error.response.headers.get("Retry-After")))
    if isinstance(error, discord.RateLimited):
        return Unready("status 429", error.retry_after)
    if isinstance(error, aiohttp.ClientError | OSError):
        return Unready(str(error) or type(error).__name__)
    return None


def seconds(header: str | None) -> float:
    """A Retry-After, as Discord writes it; 0 where it says nothing that we understand."""
    try:
        asked = float(header or 0)
    except ValueError:
        return 0.0
    return max(0.0, asked) if math.isfinite(asked) else 0.0
