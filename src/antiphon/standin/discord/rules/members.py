"""Members: time-outs, and who is told of a change."""

from __future__ import annotations

from antiphon.standin.discord.backend import Backend
from antiphon.standin.discord.errors import refusal
from antiphon.standin.discord.payloads.users import member_json
from antiphon.standin.discord.permissions import ALL, guild_permissions
from antiphon.standin.discord.state import Guild, Member

LONGEST_TIME_OUT = 28 * 86_400  # D resources/guild, "Modify Guild Member": seconds


def time_out(backend: Backend, guild: Guild, member: Member, until: float | None) -> None:
    """Silences a member until a time, in seconds since 1970; None ends it. Nobody silences an administrator."""
    if until is not None and guild_permissions(guild, member.user_id) == ALL:
        raise refusal(50013)
    member.timed_out_until = until
    tell_member(backend, guild, member)


def tell_member(backend: Backend, guild: Guild, member: Member) -> None:
    """An app hears of itself whatever its intents (D events/gateway, "List of Intents")."""
    body = member_json(member, backend.world.users[member.user_id]) | {"guild_id": guild.id}
    backend.gateway.to_guild(guild.id, "GUILD_MEMBER_UPDATE", body, about=member.user_id)
