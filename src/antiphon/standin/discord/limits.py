"""Every number that tests may want to change, in one table, each with its source.

D = github.com/discord/discord-api-docs, P = discord.py 2.7.1, U = never published by Discord: either seen by
users in the thread named, or our guess. The per-route numbers are all U, since Discord says they "should not
be hard coded" (D topics/rate-limits).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import NamedTuple


class Rate(NamedTuple):
    """How many requests one window allows, and its length in seconds."""

    limit: int
    seconds: float


RATES: Mapping[str, Rate] = MappingProxyType(
    {
        "send": Rate(5, 5.0),  # U: what bots have seen for years, per channel
        "edit": Rate(5, 5.0),  # U: same, separate from sending
        "delete": Rate(5, 1.0),  # U
        "react": Rate(1, 0.25),  # U: discord-api-docs#182 and others
        "typing": Rate(5, 5.0),  # U
        "bulk_delete": Rate(1, 1.0),  # U
        "webhook": Rate(5, 2.0),  # U: discord-api-docs#1454
        "thread_create": Rate(50, 300.0),  # U
        "history": Rate(5, 1.0),  # U
        "command_put": Rate(2, 20.0),  # U
        "channel_create": Rate(10, 10.0),  # U
        "default": Rate(30, 10.0),  # U: everything else
        # What follows has no headers of its own.
        "global": Rate(50, 1.0),  # D topics/rate-limits: 50 a second per bot
        "webhook_hidden": Rate(30, 60.0),  # U: discord-api-docs#367 (Discord staff), per channel
        "rename": Rate(2, 600.0),  # U: discord-api-docs#1900, #2208; names of channels and threads
        "topic": Rate(2, 600.0),  # U: the same threads
        "old_edit": Rate(30, 3600.0),  # number U; the error is 30046 (D topics/opcodes)
        "command_create": Rate(200, 86_400.0),  # D application-commands; the error is 30034
        "invalid": Rate(10_000, 600.0),  # D topics/rate-limits, "Invalid Request Limit"
        "gateway_send": Rate(120, 60.0),  # D events/gateway, "Rate Limiting"; close 4008
        "presence": Rate(5, 20.0),  # D events/gateway-events, "Update Presence"; U: what is more is dropped
    }
)


@dataclass(frozen=True, slots=True)
class Limits:
    """What the local Discord enforces beyond the shape of a request. Times in seconds, sizes in bytes."""

    rates: Mapping[str, Rate] = field(default_factory=lambda: RATES)
    enforce_rates: bool = True
    old_message_age: float = 3600.0  # D topics/opcodes, 30046: "older than 1 hour"

    heartbeat_interval: float = 41.25  # U: seen in every Hello; the documents' example is 45
    heartbeat_grace: float = 1.5  # U: intervals without a beat until the server hangs up
    gateway_payload_bytes: int = 4096  # D events/gateway, "Sending Events"; close 4002
    identifies_per_day: int = 1000  # D events/gateway, "Session Start Limit"; beyond it the token is reset
    identify_window: float = 5.0  # D: max_concurrency identifies per 5 seconds; else op 9
    max_concurrency: int = 1  # D: one for a bot that is not sharded heavily
    resume_window: float = 90.0  # U: how long a lost session waits for its client
    replay_events: int = 4000  # U: events kept for a resume
    identify_wait: float = 30.0  # U: how long a silent connection is kept

    interaction_ack: float = 3.0  # D receiving-and-responding: first answer within three seconds
    interaction_token: float = 900.0  # D: the token is valid for fifteen minutes

    file_bytes: int = 10 * 1024 * 1024  # D reference, "Uploading Files": 10 MiB each by default
    request_bytes: int = 25 * 1024 * 1024  # D resources/message: the whole request
    active_threads: int = 1000  # U; the error is 160006
    thread_members: int = 1000  # D topics/threads; 30033
    guild_channels: int = 500  # D topics/opcodes, 30013
    category_channels: int = 50  # D resources/channel
    pins: int = 250  # D resources/message, since 2025
    reactions: int = 20  # D topics/opcodes, 30010
    stickers: int = 5  # D resources/sticker: of a guild without boosts; 30039
    sticker_bytes: int = 512 * 1024  # D resources/sticker
    webhooks: int = 15  # D topics/opcodes, 30007
    nonce_seconds: float = 300.0  # U: D resources/message says "in the past few minutes"
    typing_seconds: float = 10.0  # D resources/channel: how long one typing start is shown

    def with_rates(self, **rates: Rate) -> Limits:
        """The same, with some of the windows changed; what a test does to meet one soon."""
        return replace(self, rates=MappingProxyType({**self.rates, **rates}))

    @classmethod
    def unlimited(cls) -> Limits:
        """No rate limits at all (neither REST, nor identify), everything else as on Discord."""
        return cls(enforce_rates=False, identify_window=0.0, max_concurrency=1_000_000)
