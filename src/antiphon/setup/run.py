"""Set-up from its beginning to its end: step after step, each of which checks what it was given."""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from antiphon.chat.kinds import style
from antiphon.chat.render.custom_ids import TryOut, control_id
from antiphon.config.load import load
from antiphon.config.settings import Settings
from antiphon.core.health import Finding
from antiphon.doctor.discord_api import DiscordApi, RequestRefused, discord_api
from antiphon.doctor.discord_facts import ChannelFacts
from antiphon.errors import ServerUnreachable
from antiphon.setup import progress, wording
from antiphon.setup.bot import intent_step, keep_token, server_step, token_step
from antiphon.setup.config_file import Answers, change, content, name_token_file, write
from antiphon.setup.context import SetupContext
from antiphon.setup.machine import claude_step, directory_step, people_step
from antiphon.setup.place import channel_step


async def set_up(at: SetupContext, token: str | None, named: Collection[str] = ()) -> Path:
    """From nothing to a configuration that works, or a look at the one that is there. `token`: the bot's, where it is
    known; `named`: the questions that are answered beforehand, whatever was answered earlier. Waits for people; what
    was answered is kept at once. Raises Unanswered, Failed, StoreError, ConfigError."""
    known = load(at.env, at.config)[0] if at.config.exists() else None
    if known is not None:
        _take_over(at, known)
        at.well("config", wording.EXISTS.format(path=at.config))
    _forget_named(at, named)
    named_one = at.env.get("CLAUDE_COMMAND")
    command = known.claude.command if known is not None else Path(named_one) if named_one else None
    await claude_step(at, command)
    token, bot = await token_step(at, token or (known and known.discord.token.get_secret_value()))
    if known is not None and token != known.discord.token.get_secret_value():
        _keep_new(at, known, token)
    async with discord_api(at.api, token) as api:
        bot = await intent_step(at, api, bot)
        server = await server_step(at, api, bot)
        channel = await channel_step(at, api, bot, server)
        directory = directory_step(at)
        people = await people_step(at, api, bot, server)
        answers = Answers(directory, channel.id, channel.name, people, bot.owners, at.api)
        if known is None:
            write(at.config, content(answers, at.token_file))
            at.well("config", wording.WRITTEN.format(path=at.config))
            await _post_ready(at, api, channel)
        else:
            _change(at, known, answers)
    progress.forget(at.state)
    return at.config


def _take_over(at: SetupContext, known: Settings) -> None:
    """What the configuration says is answered already."""
    project = next(iter(known.projects.values()))
    at.api = known.discord.api or at.api
    at.progress.channel = at.progress.channel or min(project.channels)
    at.progress.directory = at.progress.directory or str(project.directory)
    at.progress.people = tuple(project.people) if at.progress.people is None else at.progress.people


def _keep_new(at: SetupContext, known: Settings, token: str) -> None:
    """In place of the one that the configuration has, or names."""
    named = known.discord.token_file
    file = at.token_file if named is None else at.config.parent / named.expanduser()
    keep_token(at, file, token)
    if named is None:
        name_token_file(at.config, file.name)


def _forget_named(at: SetupContext, named: Collection[str]) -> None:
    """These are asked again."""
    if "server" in named or "channel" in named:
        at.progress.channel = 0
    if "server" in named:
        at.progress.server = 0
    if "directory" in named:
        at.progress.directory = ""
    if "people" in named:
        at.progress.people = None


def _change(at: SetupContext, known: Settings, answers: Answers) -> None:
    """Bring what was answered otherwise into the configuration that is there."""
    name, project = next(iter(known.projects.items()))
    wanted: dict[str, object] = {}
    if answers.channel not in project.channels:
        wanted["channels"] = [answers.channel]
    if answers.directory.resolve() != project.directory:
        wanted["directory"] = str(answers.directory)
    if set(answers.people) - set(answers.owners) != set(project.people) - set(answers.owners):
        wanted["people"] = sorted({*answers.people, *answers.owners})
    if wanted and len(known.projects) > 1:
        at.asker.say(Finding("config", "warning", wording.MANY_PROJECTS, str(at.config)))
    elif wanted:
        change(at.config, name, wanted)
        at.well("config", wording.CHANGED.format(path=at.config, keys=", ".join(sorted(wanted))))
    else:
        at.well("config", wording.EXISTS_CHECKED)


async def _post_ready(at: SetupContext, api: DiscordApi, channel: ChannelFacts) -> None:
    """Say in the channel that it is ready, with a button that asks Claude something. Where that fails nothing else
    does."""
    message = ready_message()
    path = f"/channels/{channel.id}/messages"
    if style(channel.kind) == "posts":
        path, message = f"/channels/{channel.id}/threads", {"name": wording.READY_TITLE, "message": message}
    try:
        await api.post(path, message)
    except (RequestRefused, ServerUnreachable) as error:
        at.asker.say(Finding("discord.ready", "warning", wording.NOT_POSTED, str(error)))
    else:
        at.well("discord.ready", wording.POSTED.format(name=channel.name))


def ready_message() -> Mapping[str, Any]:
    """What everybody in the channel reads, as Discord takes it."""
    button = {"type": 2, "style": 1, "label": wording.TRY, "custom_id": control_id(TryOut("example"))}
    return {
        "content": wording.READY_MESSAGE,
        "components": [{"type": 1, "components": [button]}],
        "allowed_mentions": {"parse": []},
    }
