"""Which events an app asked for (D events/gateway, "List of Intents")."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

GUILDS, GUILD_MEMBERS, GUILD_PRESENCES, MESSAGE_CONTENT = 1 << 0, 1 << 1, 1 << 8, 1 << 15
_KNOWN = (1 << 17) - 1 | 1 << 20 | 1 << 21 | 1 << 24 | 1 << 25

# The application's flags that switch each privileged intent on: the full one, and *_LIMITED.
PRIVILEGED: Mapping[int, int] = MappingProxyType(
    {GUILD_PRESENCES: 1 << 12 | 1 << 13, GUILD_MEMBERS: 1 << 14 | 1 << 15, MESSAGE_CONTENT: 1 << 18 | 1 << 19}
)

# Event -> (bit in a guild, bit in a direct message); an event that is not here always arrives.
EVENTS: Mapping[str, tuple[int, int]] = MappingProxyType(
    dict.fromkeys(
        (
            "GUILD_CREATE",
            "GUILD_UPDATE",
            "GUILD_DELETE",
            "GUILD_ROLE_CREATE",
            "GUILD_ROLE_UPDATE",
            "GUILD_ROLE_DELETE",
            "CHANNEL_CREATE",
            "CHANNEL_UPDATE",
            "CHANNEL_DELETE",
            "THREAD_CREATE",
            "THREAD_UPDATE",
            "THREAD_DELETE",
            "THREAD_LIST_SYNC",
            "THREAD_MEMBER_UPDATE",
        ),
        (GUILDS, GUILDS),
    )
    | {"CHANNEL_PINS_UPDATE": (GUILDS, 1 << 12), "WEBHOOKS_UPDATE": (1 << 5, 1 << 5)}
    | dict.fromkeys(("GUILD_MEMBER_ADD", "GUILD_MEMBER_UPDATE", "GUILD_MEMBER_REMOVE"), (GUILD_MEMBERS, 0))
    | {"GUILD_STICKERS_UPDATE": (1 << 3, 0), "AUTO_MODERATION_ACTION_EXECUTION": (1 << 21, 0)}
    | dict.fromkeys(
        ("AUTO_MODERATION_RULE_CREATE", "AUTO_MODERATION_RULE_UPDATE", "AUTO_MODERATION_RULE_DELETE"), (1 << 20, 0)
    )
    | dict.fromkeys(("MESSAGE_POLL_VOTE_ADD", "MESSAGE_POLL_VOTE_REMOVE"), (1 << 24, 1 << 25))
    | {"THREAD_MEMBERS_UPDATE": (GUILDS | GUILD_MEMBERS, 0), "PRESENCE_UPDATE": (GUILD_PRESENCES, 0)}
    | dict.fromkeys(("MESSAGE_CREATE", "MESSAGE_UPDATE", "MESSAGE_DELETE", "MESSAGE_DELETE_BULK"), (1 << 9, 1 << 12))
    | dict.fromkeys(
        (
            "MESSAGE_REACTION_ADD",
            "MESSAGE_REACTION_REMOVE",
            "MESSAGE_REACTION_REMOVE_ALL",
            "MESSAGE_REACTION_REMOVE_EMOJI",
        ),
        (1 << 10, 1 << 13),
    )
    | {"TYPING_START": (1 << 11, 1 << 14)}
)


def wants(event: str, intents: int, *, in_guild: bool) -> bool:
    """Whether somebody with these intents receives the event."""
    bits = EVENTS.get(event)
    return bits is None or bool(intents & (bits[0] if in_guild else bits[1]))


def unknown_bits(intents: int) -> bool:
    """Bits that no intent has: the gateway closes with 4013."""
    return intents < 0 or bool(intents & ~_KNOWN)


def switched_off(intents: int, application_flags: int) -> bool:
    """A privileged intent is asked for that the developer portal has not switched on: close 4014."""
    return any(intents & bit and not application_flags & flags for bit, flags in PRIVILEGED.items())
