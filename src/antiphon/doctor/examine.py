"""Looks at everything: configuration, Claude Code, this machine, Discord; what `antiphon doctor` shows."""

import re
import time
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

from antiphon.agent.process.installation import handed_down
from antiphon.chat.interactions.wording import NAMES
from antiphon.config.load import SECRETS, claude_directory, load, runtime_directory, secrets, state_directory
from antiphon.config.settings import Settings
from antiphon.core.health import Finding
from antiphon.doctor import wording
from antiphon.doctor.claude_checks import claude_facts, claude_findings
from antiphon.doctor.discord_api import DiscordApi, RequestRefused, discord_api
from antiphon.doctor.discord_checks import bot_findings, channel_findings, command_findings, server_findings
from antiphon.doctor.discord_facts import bot_facts, guild_facts, guild_names
from antiphon.doctor.machine_checks import machine_facts_of, machine_findings
from antiphon.errors import BadToken, ConfigError, ServerUnreachable
from antiphon.startup import Places

# In a configuration that cannot be read: what such keys have, and anything long, may be a secret.
_SECRET = re.compile(r"""(?:token|secret|url)[^=\n]*=\s*["']*([^"'\s]{8,})""")
_LONG = re.compile(r"[\w.~+-]{20,}")
FAILED, WELL = 1, 0  # exit codes: where only a feature is missing the bridge works


async def examine(env: Mapping[str, str], file: Path | None) -> list[Finding]:
    """Every finding, in the order in which things are mended best. Waits for Discord and Claude Code, about a minute
    where neither answers."""
    findings: list[Finding] = []
    settings: Settings | None = None
    try:
        settings, _ = load(env, file)
    except ConfigError as error:
        findings += [Finding("config", "failure", problem, wording.SETUP) for problem in error.problems]
    else:
        findings.append(Finding("config", "well", wording.CONFIG.format(path=file or "environment")))
    places = Places(state_directory(env), claude_directory(env), runtime_directory(env))
    return [*findings, *await examine_around(settings, places, env)]


async def examine_around(settings: Settings | None, places: Places, env: Mapping[str, str]) -> list[Finding]:
    """The same without the configuration; None: there is none that can be used."""
    findings: list[Finding] = []
    command = None if settings is None else settings.claude.command
    claude = await claude_facts(command, handed_down(env))
    findings += claude_findings(claude, time.time())
    ahead = 0.0
    if settings is not None:
        async with discord_api(settings.discord.api, settings.discord.token.get_secret_value()) as api:
            findings += [one async for one in _in_discord(api, settings)]
            ahead = api.ahead
    findings += machine_findings(await machine_facts_of(settings, places, env), ahead)
    return findings


async def examine_machine(settings: Settings, places: Places, env: Mapping[str, str]) -> list[Finding]:
    """What a start looks at: nothing is asked of Discord, whose channels the bridge watches itself, and a Claude Code
    that Antiphon brings along is the one that it knows."""
    found = list(machine_findings(await machine_facts_of(settings, places, env), 0.0))
    if settings.claude.command is not None:
        found += claude_findings(await claude_facts(settings.claude.command, handed_down(env)), time.time())
    return found


async def _in_discord(api: DiscordApi, settings: Settings) -> AsyncIterator[Finding]:
    try:
        bot = await bot_facts(api)
        for one in bot_findings(bot):
            yield one
        servers = await guild_names(api)
        for one in server_findings(bot, servers):
            yield one
        if not servers:
            return
        guilds = [await guild_facts(api, guild, bot.id) for guild in servers]
        for project in settings.as_projects():
            for one in channel_findings(project, guilds):
                yield one
        registered = await api.get(f"/applications/{bot.application}/commands")
        for one in command_findings(len(registered), len(NAMES)):
            yield one
    except BadToken:
        yield Finding("discord.token", "failure", wording.TOKEN_REJECTED, wording.NEW_TOKEN)
    except ServerUnreachable as error:
        yield Finding("discord.reach", "failure", str(error), wording.UNREACHABLE_WAY)
    except RequestRefused as error:
        yield Finding("discord.reach", "failure", str(error), error.hint)


def known_secrets(env: Mapping[str, str], file: Path | None) -> tuple[str, ...]:
    """What may appear in no report: also where the configuration cannot be used."""
    known = [env[name] for name in SECRETS if name in env]
    try:
        return (*secrets(env, load(env, file)[0]), *known)
    except ConfigError:
        text = "" if file is None else _text(file)
        written = (*_SECRET.findall(text), *_LONG.findall(text))
        return (*known, *written)


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def exit_code(findings: list[Finding]) -> int:
    """1 where the bridge does not work, else 0."""
    return FAILED if any(one.grade == "failure" for one in findings) else WELL
