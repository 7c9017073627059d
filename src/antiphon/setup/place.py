"""The steps about where people talk to Claude: the channel, and what the bot may do in it."""

from antiphon.chat.kinds import KINDS, TEXT, style
from antiphon.core.health import Finding
from antiphon.doctor import wording as doctor_wording
from antiphon.doctor.discord_api import DiscordApi, RequestRefused
from antiphon.doctor.discord_checks import lacking_in, permissions_way
from antiphon.doctor.discord_facts import BotFacts, ChannelFacts, GuildFacts, guild_facts
from antiphon.setup import wording
from antiphon.setup.context import SetupContext
from antiphon.setup.questions import Choice, Question

_NEW = "new"
_DEFAULT_NAME = "claude"
_MOST = 50  # channels that are offered


async def _channel(at: SetupContext, api: DiscordApi, bot: BotFacts, server: int) -> tuple[ChannelFacts, GuildFacts]:
    """A channel that the bot sees, chosen by name, or made; with its server, as they are now."""
    while True:
        guild = await at.online("discord.channel", lambda: guild_facts(api, server, bot.id))
        seen = {channel.id: channel for channel in guild.channels if channel.is_seen}
        if at.progress.channel in seen:
            return seen[at.progress.channel], guild
        made = await _chosen(at, api, guild, list(seen.values()))
        if made is not None:
            at.progress.channel = made
            at.save()


async def _chosen(at: SetupContext, api: DiscordApi, guild: GuildFacts, seen: list[ChannelFacts]) -> int | None:
    """Its id; None: it could not be made, and somebody may have done so meanwhile."""
    text = [one for one in seen if one.kind == TEXT]
    offered = [*text, *(one for one in seen if one.kind != TEXT)][:_MOST]
    choices = [Choice(str(one.id), _label(one)) for one in offered]
    answer = at.asker.ask(Question("channel", wording.CHANNEL, (*choices, Choice(_NEW, wording.NEW_CHANNEL))))
    if answer != _NEW:
        return int(answer)
    name = at.asker.ask(Question("channel-name", wording.CHANNEL_NAME, default=_DEFAULT_NAME))
    name = "-".join(name.strip().lstrip("#").lower().split())[:100] or _DEFAULT_NAME
    try:
        path, body = f"/guilds/{guild.id}/channels", {"name": name, "type": TEXT}
        made = await at.online("discord.channel", lambda: api.post(path, body), may_refuse=True)
    except RequestRefused:
        told = wording.CHANNEL_NOT_MADE, wording.CHANNEL_NOT_MADE_WAY
        at.asker.again(Finding("discord.channel", "failure", *told))
        return None
    at.well("discord.channel", wording.CHANNEL_MADE.format(name=name))
    return int(made["id"])


def _label(channel: ChannelFacts) -> str:
    kind = "" if channel.kind == TEXT else f" ({KINDS[channel.kind]})"
    return f"#{doctor_wording.one(channel.name)}{kind}"


async def channel_step(at: SetupContext, api: DiscordApi, bot: BotFacts, server: int) -> ChannelFacts:
    """The channel in which people talk to Claude. Nothing that is required is missing there; what else is is told."""
    while True:
        channel, guild = await _channel(at, api, bot, server)
        lacking = lacking_in(channel, style(channel.kind))
        check = f"discord.channel.{channel.id}"
        if not lacking:
            at.well(check, wording.HAS_ALL.format(name=doctor_wording.one(channel.name)))
            return channel
        text = doctor_wording.lacking(channel.name, guild.name, lacking)
        way = permissions_way(channel, guild, lacking)
        if not any(one.required for one in lacking):
            at.asker.say(Finding(check, "warning", text, way))
            return channel
        at.asker.again(Finding(check, "failure", text, way))
