"""What the routes of one local Discord share: the world, its gateway, its clock and its numbers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from antiphon.standin.discord.attachments import Files
from antiphon.standin.discord.errors import Json
from antiphon.standin.discord.gateway import Gateway
from antiphon.standin.discord.ids import Clock, Snowflakes
from antiphon.standin.discord.limits import Limits
from antiphon.standin.discord.payloads.messages import message_event, message_json, without_content
from antiphon.standin.discord.ratelimit import RateLimits
from antiphon.standin.discord.seed import new_world
from antiphon.standin.discord.state import Channel, Interaction, Message, User

_CONTENT_FLAGS = 1 << 18 | 1 << 19


class Backend:
    """One local Discord without its sockets. Every operation on it is synchronous."""

    def __init__(self, limits: Limits, clock: Clock, bot_permissions: int) -> None:
        self.limits = limits
        self.clock = clock
        self.world = new_world(bot_permissions, clock)
        self.snowflakes = Snowflakes(clock)
        self.rates = RateLimits(limits, clock)
        self.gateway = Gateway(self.world, limits, clock)
        self.files = Files(self.world, self.snowflakes, clock)
        self.interactions: dict[str, Interaction] = {}
        self.violations: list[Json] = []
        self.gone_webhooks: set[str] = set()
        self._timers: set[asyncio.TimerHandle] = set()

    def later(self, seconds: float, act: Callable[[], None]) -> None:
        """Runs `act` after a while, unless the local Discord has been closed by then."""

        def fire() -> None:
            self._timers.discard(handle)
            act()

        handle = asyncio.get_running_loop().call_later(seconds, fire)
        self._timers.add(handle)

    def close(self) -> None:
        for handle in self._timers:
            handle.cancel()
        self._timers.clear()

    def violation(self, rule: str, detail: str, **more: Any) -> None:
        """Notes something that a well-made bot does not do; tests read these (GET /standin/violations)."""
        self.violations.append({"rule": rule, "detail": detail, "time": self.clock(), **more})

    def shown(self, message: Message, viewer: User) -> Json:
        """A message as REST shows it to one viewer: gated for an app without the message content switch."""
        body = message_json(self.world, message, viewer.id)
        return body if self.may_read(message, viewer) else without_content(body)

    def may_read(self, message: Message, viewer: User) -> bool:
        """Whether the content of a message is for somebody: apps may need the message content switch."""
        if not viewer.bot or self.world.application.flags & _CONTENT_FLAGS:
            return True
        direct = self.world.channels[message.channel_id].guild_id is None
        return direct or viewer.id in (message.author, message.application_id, *message.mentions)

    def tell_message(self, channel: Channel, event: str, message: Message) -> None:
        """MESSAGE_CREATE or MESSAGE_UPDATE to everybody who sees the channel, or to the one who may see it."""

        def build(viewer: str | None = None) -> Json:
            return message_event(self.world, channel, message, viewer, created=event == "MESSAGE_CREATE")

        if message.ephemeral_for is not None:
            self.gateway.to_user(message.ephemeral_for, event, build())
        elif message.reactions or message.flags or message.poll is not None:
            # `me` of reactions, own votes and the membership of a message's thread differ from viewer to viewer.
            self.gateway.to_channel(channel, event, build)
        else:
            self.gateway.to_channel(channel, event, build())
