"""What every part of inbound works with."""

from dataclasses import dataclass

import discord

from antiphon.chat.connection.rate_limiter import RateLimiter
from antiphon.core.bus import InboundStore
from antiphon.core.projects import Projects


@dataclass(frozen=True, slots=True)
class InboundContext:
    """`client`: logged in before anything is asked of it."""

    client: discord.Client
    projects: Projects
    bus: InboundStore
    rate_limiter: RateLimiter
