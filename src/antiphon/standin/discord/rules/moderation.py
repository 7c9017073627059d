"""What may not be said: keywords that a guild blocks, and links that nobody may post (D resources/auto-moderation).

U: that answers to interactions and messages of webhooks are not moderated. Harmful links are refused everywhere
(discord-api-docs#5327).
"""

from __future__ import annotations

import re

from antiphon.standin.discord.backend import Backend
from antiphon.standin.discord.errors import DiscordError, Json, refusal
from antiphon.standin.discord.permissions import MANAGE_GUILD, guild_permissions
from antiphon.standin.discord.rules.members import time_out
from antiphon.standin.discord.state import AutoModRule, Channel, Guild, User

BLOCK, TIME_OUT = 1, 3  # action types
KEYWORD = 1  # trigger type
_MESSAGE_BLOCKED, _TITLE_BLOCKED, _HARMFUL = 200000, 200001, 240000
_HOST = re.compile(r"https?://(?:[^/\s@]*@)?([^/\s:?#]+)", re.IGNORECASE)


def check_links(backend: Backend, text: str) -> None:
    """Raises 240000 where a text links to a host that is known to be harmful, or to a part of one."""
    for host in _HOST.findall(text):
        names = host.lower().split(".")
        if any(".".join(names[n:]) in backend.world.harmful_hosts for n in range(len(names))):
            raise refusal(_HARMFUL)


def moderate(backend: Backend, channel: Channel, user: User, text: str, *, title: bool = False) -> None:
    """Applies the guild's rules to what somebody says in a channel; `title`: it is to be the name of a thread.

    Raises 200000 (200001 for a title) when a rule blocks it, 240000 for a harmful link. Apps are not exempt from rules;
    who manages the server is.
    """
    check_links(backend, text)
    guild = backend.world.guilds.get(channel.guild_id or "")
    if guild is None or guild_permissions(guild, user.id) & MANAGE_GUILD:
        return
    places = {channel.id, channel.parent_id}
    roles = set(guild.members[user.id].roles)
    for rule in guild.rules.values():
        if not rule.enabled or places & set(rule.exempt_channels) or roles & set(rule.exempt_roles):
            continue
        if (keyword := matched(rule, text)) is not None:
            about: Json = {"user_id": user.id, "channel_id": channel.id, "content": text, "matched_keyword": keyword}
            _act(backend, guild, rule, about | {"matched_content": keyword.strip("*")}, title=title)


def _act(backend: Backend, guild: Guild, rule: AutoModRule, about: Json, *, title: bool) -> None:
    """Carries out a rule's actions, and tells of each."""
    blocked: DiscordError | None = None
    for action in rule.actions:
        if action["type"] == BLOCK:
            blocked = refusal(_TITLE_BLOCKED if title else _MESSAGE_BLOCKED)
            blocked.message = action["metadata"].get("custom_message") or blocked.message
        else:
            until = backend.clock() + action["metadata"]["duration_seconds"]
            time_out(backend, guild, guild.members[about["user_id"]], until)
        body: Json = {"guild_id": guild.id, "action": action, "rule_id": rule.id, "rule_trigger_type": KEYWORD}
        tell_moderators(backend, guild, "AUTO_MODERATION_ACTION_EXECUTION", body | about)
    if blocked is not None:
        raise blocked


def tell_moderators(backend: Backend, guild: Guild, event: str, body: Json) -> None:
    """D events/gateway-events: only apps that may manage the server hear of automatic moderation."""
    for user_id in guild.members:
        if backend.world.users[user_id].bot and guild_permissions(guild, user_id) & MANAGE_GUILD:
            backend.gateway.to_user(user_id, event, body)


def matched(rule: AutoModRule, text: str) -> str | None:
    """The keyword of a rule that a text has, outside of what the rule allows."""
    for allowed in rule.allowed:
        text = _pattern(allowed).sub(" ", text)
    return next((keyword for keyword in rule.keywords if _pattern(keyword).search(text)), None)


def _pattern(keyword: str) -> re.Pattern[str]:
    """D resources/auto-moderation, "Keyword Matching Strategies": without stars a keyword stands between spaces."""
    start, end = ("" if keyword.startswith("*") else r"(?<!\S)"), ("" if keyword.endswith("*") else r"(?!\S)")
    return re.compile(start + re.escape(keyword.strip("*")) + end, re.IGNORECASE)
