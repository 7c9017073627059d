"""Whether a session's thread can be made in a channel, as far as is known without asking Discord.

Known are the bot's permissions, and what Discord has refused lately. Where no thread can be made, no prompt is accepted
that would need one: its turn would have no place to be shown in.
"""

import time

import discord

from antiphon.chat.permissions import (
    CREATE_PUBLIC_THREADS,
    SEND_MESSAGES_IN_THREADS,
    VIEW_CHANNELS,
    NoThread,
    Permission,
)
from antiphon.core.values import PlaceId

_NEEDED = (VIEW_CHANNELS, CREATE_PUBLIC_THREADS, SEND_MESSAGES_IN_THREADS)
_REMEMBERED = 300.0  # seconds for which a refusal counts; then a prompt may try anew


class ThreadCreation:
    """What is known of the channels that a client sees."""

    def __init__(self, client: discord.Client) -> None:
        self._client = client
        # By which code, until when (monotonic) it counts, and with which rights: others may be enough.
        self._refused: dict[PlaceId, tuple[int, float, int | None]] = {}

    def obstacle(self, channel: PlaceId) -> NoThread | None:
        """Why no thread can be made there; None: nothing is known against it."""
        if lacking := self._lacking(channel):
            return NoThread(channel, lacking=lacking)
        code, until, granted = self._refused.get(channel, (0, 0.0, 0))
        counts = time.monotonic() < until and granted == self._granted(channel)
        return NoThread(channel, code) if counts else None

    def refused(self, channel: PlaceId, code: int) -> NoThread:
        """Discord has refused to make one."""
        self._refused[channel] = code, time.monotonic() + _REMEMBERED, self._granted(channel)
        return NoThread(channel, code, self._lacking(channel))

    def made(self, channel: PlaceId) -> None:
        """One was made."""
        self._refused.pop(channel, None)

    def _lacking(self, channel: PlaceId) -> tuple[Permission, ...]:
        granted = self._granted(channel)
        return () if granted is None else tuple(one for one in _NEEDED if not granted & one.bit)

    def _granted(self, channel: PlaceId) -> int | None:
        """The bot's rights there; None: they are not known."""
        place = self._client.get_channel(channel)
        if not isinstance(place, discord.TextChannel) or place.guild.unavailable:
            return None
        return place.permissions_for(place.guild.me).value
