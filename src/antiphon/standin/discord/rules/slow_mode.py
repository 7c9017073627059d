"""Slow mode: how often somebody may write in a channel, and start threads there (D resources/channel)."""

from __future__ import annotations

from antiphon.standin.discord.backend import Backend
from antiphon.standin.discord.permissions import BYPASS_SLOWMODE
from antiphon.standin.discord.ratelimit import RateLimited
from antiphon.standin.discord.state import Channel, User

_CODE = 20016


def apply_slow_mode(backend: Backend, channel: Channel, user: User, bits: int, *, thread: bool = False) -> None:
    """Counts one message (or one started thread, which is counted apart) of somebody in a channel.

    Raises RateLimited, 429/20016, before `rate_limit_per_user` seconds are over. Bots are not held up, nor is whoever
    may bypass slow mode. U: interactions are not counted (discord-api-docs#6465 tells of a time when they were).
    """
    if not channel.rate_limit_per_user or user.bot or bits & BYPASS_SLOWMODE:
        return
    key, now = f"{'thread' if thread else 'message'} {user.id}", backend.clock()
    wait = channel.last_done.get(key, float("-inf")) + channel.rate_limit_per_user - now
    if wait > 0:
        raise RateLimited(wait, "user", {}, _CODE)
    channel.last_done[key] = now
