"""What is wrong with a bot, its servers and channels: pure, from facts that were asked for before."""

from collections.abc import Iterator, Mapping, Sequence

from antiphon.chat.permissions import (
    MANAGE_THREADS,
    NEEDLESS,
    PERMISSIONS,
    SLOWMODE_EXEMPT,
    VIEW_CHANNELS,
    Permission,
    missing,
)
from antiphon.core.health import Finding
from antiphon.core.values import Project
from antiphon.doctor import wording
from antiphon.doctor.discord_facts import FORUM, KINDS, MEDIA, STAGE, VOICE, BotFacts, ChannelFacts, GuildFacts

_STATES = frozenset({"running", "waiting", "done", "failed"})  # names of tags (chat/channels.py)


def bot_findings(bot: BotFacts) -> Iterator[Finding]:
    """The token and what the application may."""
    yield Finding("discord.token", "well", wording.BOT.format(name=bot.name))
    if bot.reads_messages:
        yield Finding("discord.intent", "well", wording.INTENT)
    else:
        yield Finding("discord.intent", "failure", wording.NO_INTENT, wording.intent_page(bot.application))


def server_findings(bot: BotFacts, servers: Mapping[int, str]) -> Iterator[Finding]:
    """Whether the bot is in a server."""
    if servers:
        yield Finding("discord.servers", "well", wording.servers(servers.values()))
    else:
        yield Finding("discord.servers", "failure", wording.NO_SERVER, wording.invite(bot.application))


def channel_findings(project: Project, guilds: Sequence[GuildFacts]) -> Iterator[Finding]:
    """Whether the bot can work in each of a project's channels."""
    known = {channel.id: (channel, guild) for guild in guilds for channel in guild.channels}
    for id_ in sorted(project.channels):
        check = f"discord.channel.{id_}"
        if id_ not in known:
            yield Finding(check, "failure", wording.no_channel(id_, project.name), wording.NO_CHANNEL_WAY)
            continue
        channel, guild = known[id_]
        lacking = lacking_in(channel, _style(channel, project))
        if lacking:
            required = any(one.required for one in lacking)
            grade = "failure" if required else "warning"
            text = wording.lacking(channel.name, guild.name, lacking)
            yield Finding(check, grade, text, permissions_way(channel, guild, lacking))
        elif (pause := _pause(channel, project)) > 0:
            yield Finding(check, "warning", wording.slow(channel.name, pause), wording.SLOW_WAY)
        else:
            yield Finding(check, "well", wording.channel(channel.name, guild.name, KINDS[channel.kind]))


def lacking_in(channel: ChannelFacts, style: str = "threads") -> tuple[Permission, ...]:
    """What the bot is not allowed in a channel, and needs there."""
    lacking = missing(channel.rights, NEEDLESS[style])
    has_tags = any(name.strip().casefold() in _STATES for name in channel.tags)
    if not lacking and has_tags and not channel.rights & MANAGE_THREADS.bit:
        return (MANAGE_THREADS,)
    return lacking


def permissions_way(channel: ChannelFacts, guild: GuildFacts, lacking: Sequence[Permission]) -> str:
    """Where to click, for each."""
    roles = [one for one in lacking if not channel.by_roles & one.bit]
    there = [one for one in lacking if one not in roles]
    return wording.permissions_way(guild.role, roles, there)


def command_findings(registered: int, expected: int) -> Iterator[Finding]:
    """Whether Discord has the slash commands. They are registered by a bridge that runs."""
    if registered >= expected:
        yield Finding("discord.commands", "well", wording.commands(registered))
    else:
        yield Finding("discord.commands", "warning", wording.NO_COMMANDS.format(count=registered), wording.RUN_ONCE)


def style_of(kind: int) -> str:
    """How people talk in a kind of channel, where a project does not say otherwise (chat/channels.py)."""
    if kind in (FORUM, MEDIA):
        return "posts"
    return "conversation" if kind in (VOICE, STAGE) else "threads"


def _style(channel: ChannelFacts, project: Project) -> str:
    style = style_of(channel.kind)
    return "conversation" if style == "threads" and not project.thread_isolation else style


def _pause(channel: ChannelFacts, project: Project) -> int:
    talks = _style(channel, project) == "conversation"
    return channel.slow if talks and not channel.rights & SLOWMODE_EXEMPT else 0


def everything(channel: ChannelFacts) -> Iterator[tuple[Permission, bool]]:
    """Each permission that a channel of its kind needs, and whether the bot has it."""
    needless = NEEDLESS[style_of(channel.kind)]
    for one in PERMISSIONS:
        if one not in needless:
            seen = bool(channel.rights & VIEW_CHANNELS.bit)
            yield one, seen and bool(channel.rights & one.bit)
