"""What is wrong with a bot, its servers and channels: pure, from facts that were asked for before."""

from collections.abc import Iterator, Mapping, Sequence

from antiphon.chat.kinds import KINDS, Style, state_of_tag, style
from antiphon.chat.permissions import (
    MANAGE_THREADS,
    NEEDLESS,
    SLOWMODE_EXEMPT,
    Permission,
    missing,
)
from antiphon.core.health import Finding
from antiphon.core.values import Project
from antiphon.doctor import wording
from antiphon.doctor.discord_facts import BotFacts, ChannelFacts, GuildFacts


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


def lacking_in(channel: ChannelFacts, talked: Style) -> tuple[Permission, ...]:
    """What the bot is not allowed in a channel, and needs there."""
    lacking = missing(channel.rights, NEEDLESS[talked])
    has_tags = any(state_of_tag(name) is not None for name in channel.tags)
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


def _style(channel: ChannelFacts, project: Project) -> Style:
    return style(channel.kind, isolated=project.thread_isolation)


def _pause(channel: ChannelFacts, project: Project) -> int:
    talks = _style(channel, project) == "conversation"
    return channel.slow if talks and not channel.rights & SLOWMODE_EXEMPT else 0
