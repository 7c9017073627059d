"""The steps about the bot: its token, what its application may, and the server that it is to be in."""

import asyncio
import io
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import segno

from antiphon.attach.state import save
from antiphon.chat.permissions import INVITED_WITH
from antiphon.core.health import Finding
from antiphon.doctor import wording as doctor_wording
from antiphon.doctor.discord_api import DiscordApi, RequestRefused, discord_api
from antiphon.doctor.discord_facts import MESSAGE_CONTENT_LIMITED, BotFacts, bot_facts, guild_names
from antiphon.errors import BadToken, StoreError
from antiphon.setup import wording
from antiphon.setup.context import SetupContext
from antiphon.setup.questions import Choice, Question

_LOOK = 1.0  # seconds between two looks whether somebody has taken the invitation
_ANOTHER = "another"
_INSTALL = {"scopes": ["bot", "applications.commands"], "permissions": str(INVITED_WITH)}


async def token_step(at: SetupContext, known: str | None) -> tuple[str, BotFacts]:
    """The bot token: the one that is known, as long as it works, or one that is pasted. Where there is no configuration
    yet it is kept at once."""
    refused = False
    while True:
        token = None if refused else known or _read(at)
        if token is None:
            at.asker.show("portal", wording.FETCH.format(portal=doctor_wording.PORTAL))
            token = _bare(at.asker.ask(Question("token", wording.TOKEN, secret=True)))
        if not token or " " in token or len(token) > 200 or not token.isascii():
            at.asker.wrong(Finding("discord.token", "failure", wording.TOKEN_EMPTY, wording.TOKEN_WAY))
            refused = True
            continue
        try:
            bot = await at.online("discord.token", lambda token=token: _facts(at, token))
        except BadToken:
            refused = True
            told = doctor_wording.TOKEN_REJECTED
            at.asker.wrong(Finding("discord.token", "failure", told, wording.TOKEN_WAY))
            continue
        if not at.config.exists() and _read(at) != token:
            keep_token(at, at.token_file, token)
        at.well("discord.token", doctor_wording.BOT.format(name=bot.name))
        return token, bot


async def _facts(at: SetupContext, token: str) -> BotFacts:
    async with discord_api(at.api, token) as api:
        return await bot_facts(api)


def _bare(pasted: str) -> str:
    """Without what people copy along."""
    return pasted.strip().strip("\"'").removeprefix("Bot ").strip()


def _read(at: SetupContext) -> str | None:
    try:
        return at.token_file.read_text(encoding="utf-8").strip() or None
    except (OSError, UnicodeDecodeError):
        return None


def keep_token(at: SetupContext, file: Path, token: str) -> None:
    """Write it down, for this user alone. StoreError: it cannot be."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        save(file, f"{token}\n".encode())
    except OSError as error:
        raise StoreError(f"{error.filename}: {error.strerror}") from None
    at.well("discord.token_file", wording.TOKEN_KEPT.format(path=file))


async def intent_step(at: SetupContext, api: DiscordApi, bot: BotFacts) -> BotFacts:
    """Message Content Intent, and what the application's plain invitation asks for: switched on where they are not."""
    wanted: dict[str, object] = {} if bot.invites_with == INVITED_WITH else {"install_params": _INSTALL}
    if not bot.reads_messages:
        wanted["flags"] = bot.flags | MESSAGE_CONTENT_LIMITED
    was_off = not bot.reads_messages
    if wanted:
        with suppress(RequestRefused):  # what matters is looked at below
            await at.online("discord.intent", lambda: api.patch("/applications/@me", wanted), may_refuse=True)
        bot = await at.online("discord.intent", lambda: bot_facts(api))
    while not bot.reads_messages:
        way = doctor_wording.intent_page(bot.application)
        at.asker.again(Finding("discord.intent", "failure", wording.INTENT_STAYS_OFF, way))
        bot = await at.online("discord.intent", lambda: bot_facts(api))
        was_off = False
    at.well("discord.intent", wording.INTENT_ON if was_off else doctor_wording.INTENT)
    return bot


async def server_step(at: SetupContext, api: DiscordApi, bot: BotFacts) -> int:
    """The server: the only one that the bot is in, one that somebody chooses, or one that it is invited to now."""
    servers = await at.online("discord.servers", lambda: guild_names(api))
    chosen = at.progress.server if at.progress.server in servers else 0
    if not servers:
        servers, chosen = await _invited(at, api, bot, servers)
    elif not chosen and len(servers) == 1:
        chosen = next(iter(servers))
    elif not chosen:
        choices = [Choice(str(id_), doctor_wording.one(name)) for id_, name in sorted(servers.items())]
        question = Question("server", wording.SERVER, (*choices, Choice(_ANOTHER, wording.ANOTHER_SERVER)))
        answer = at.asker.ask(question)
        if answer == _ANOTHER:
            servers, chosen = await _invited(at, api, bot, servers)
        else:
            chosen = int(answer)
    at.progress.server = chosen
    at.save()
    at.well("discord.servers", doctor_wording.servers([servers[chosen]]))
    return chosen


async def _invited(
    at: SetupContext, api: DiscordApi, bot: BotFacts, before: Mapping[int, str]
) -> tuple[Mapping[int, str], int]:
    """Show the invitation, and wait until the bot is in one more server."""
    link = doctor_wording.invitation(bot.application)
    at.asker.show("invitation", f"{wording.INVITE}\n  {link}")
    if at.interactive:
        at.asker.show("qr", _qr(link))
        at.asker.show("waiting", wording.WAITING)
    while True:
        servers = await at.online("discord.servers", lambda: guild_names(api))
        if new := [id_ for id_ in servers if id_ not in before]:
            return servers, new[0]
        if not at.interactive:
            at.asker.again(
                Finding("discord.servers", "failure", wording.NOT_JOINED, doctor_wording.invite(bot.application))
            )
        await asyncio.sleep(_LOOK)


def _qr(link: str) -> str:
    drawn = io.StringIO()
    segno.make(link, error="l").terminal(out=drawn, compact=True)
    return drawn.getvalue()
