"""Routes of application commands, global and of one guild."""

from __future__ import annotations

from typing import Any

from antiphon.standin.discord.backend import Backend
from antiphon.standin.discord.errors import Form, Json, form_error, refusal
from antiphon.standin.discord.forms.commands import CHAT_INPUT, MESSAGE, USER, read_command
from antiphon.standin.discord.permissions import require_in_guild
from antiphon.standin.discord.router import BOT, PERSON, Route
from antiphon.standin.discord.wire import Call, Reply, as_list, as_object

_MOST = {CHAT_INPUT: 100, USER: 15, MESSAGE: 15}


def _commands(backend: Backend, call: Call) -> dict[str, Json]:
    """Those of the guild in the path, or the global ones."""
    if call.args["application"] != backend.world.application.id:
        raise refusal(20012)
    guild_id = call.args.get("guild")
    if guild_id is not None:
        require_in_guild(backend.world.guild(guild_id), call.actor)
    return backend.world.commands.setdefault(guild_id, {})


def _finish(backend: Backend, call: Call, command: Json, old: Json | None) -> Json:
    """Gives a command its ids: an old one keeps its own, a new one counts for the day's 200."""
    if old is None:
        guild = call.args.get("guild", "global")
        backend.rates.take_hidden("command_create", guild, code=30034)
    command["id"] = backend.snowflakes.next() if old is None else old["id"]
    changed = old is None or any(old.get(key) != value for key, value in command.items())
    command["version"] = backend.snowflakes.next() if old is None or changed else old["version"]
    command["application_id"] = backend.world.application.id
    if guild_id := call.args.get("guild"):
        command["guild_id"] = guild_id
    return command


def _same_name(commands: dict[str, Json], command: Json) -> Json | None:
    pairs = (c for c in commands.values() if c["name"] == command["name"] and c["type"] == command["type"])
    return next(pairs, None)


def _check_counts(commands: list[Json]) -> None:
    for kind, most in _MOST.items():
        if sum(1 for command in commands if command["type"] == kind) > most:
            raise refusal(30032)


def list_commands(backend: Backend, call: Call) -> list[Json]:
    return [_listed(call, command) for command in _commands(backend, call).values()]


def _listed(call: Call, command: Json) -> Json:
    if call.flag("with_localizations"):
        return command
    return {key: value for key, value in command.items() if not key.endswith("_localizations")}


def put_commands(backend: Backend, call: Call) -> list[Json]:
    """Replaces all of them; a command of the same name and type keeps its id."""
    commands = _commands(backend, call)
    form = Form()
    body: list[Any] = as_list(call.body, "")
    found = [read_command(as_object(raw, str(n)), form, str(n)) for n, raw in enumerate(body)]
    form.finish()
    names = [(command["name"], command["type"]) for command in found]
    for n, name in enumerate(names):
        if name in names[:n]:
            message = "Application command names must be unique"
            raise form_error(f"{n}.name", "APPLICATION_COMMANDS_DUPLICATE_NAME", message)
    _check_counts(found)
    finished = [_finish(backend, call, command, _same_name(commands, command)) for command in found]
    commands.clear()
    commands.update({command["id"]: command for command in finished})
    _tell(backend, call)
    return finished


def create_command(backend: Backend, call: Call) -> Reply:
    commands = _commands(backend, call)
    form = Form()
    command = read_command(call.form(), form)
    form.finish()
    old = _same_name(commands, command)
    if old is None:
        _check_counts([*commands.values(), command])
    finished = _finish(backend, call, command, old)
    commands[finished["id"]] = finished
    _tell(backend, call)
    return Reply(201 if old is None else 200, finished)


def _command(backend: Backend, call: Call) -> Json:
    command = _commands(backend, call).get(call.args["command"])
    if command is None:
        raise refusal(10063)
    return command


def get_command(backend: Backend, call: Call) -> Json:
    return _command(backend, call)


def edit_command(backend: Backend, call: Call) -> Json:
    old = _command(backend, call)
    form = Form()
    command = read_command(old | call.form() | {"type": old["type"]}, form)
    form.finish()
    finished = _finish(backend, call, command, old)
    _commands(backend, call)[finished["id"]] = finished
    _tell(backend, call)
    return finished


def delete_command(backend: Backend, call: Call) -> None:
    del _commands(backend, call)[_command(backend, call)["id"]]
    _tell(backend, call)


def _tell(backend: Backend, call: Call) -> None:
    """People's clients fetch the command list anew."""
    for guild_id in [call.args["guild"]] if "guild" in call.args else list(backend.world.guilds):
        for session in list(backend.gateway.sessions.values()):
            if not session.user.bot and session.user.id in backend.world.guilds[guild_id].members:
                body: Json = {"guild_id": guild_id, "application_command_counts": {}}
                backend.gateway.to_user(session.user.id, "GUILD_APPLICATION_COMMAND_INDEX_UPDATE", body)


def guild_index(backend: Backend, call: Call) -> Json:
    """What a person's client shows when a slash is typed."""
    guild = backend.world.guild(call.args["guild"])
    require_in_guild(guild, call.actor)
    world = backend.world
    shown = list(world.commands[None].values()) + list(world.commands.get(guild.id, {}).values())
    if world.application.bot_id not in guild.members:
        shown = []
    return {
        "applications": [{"id": world.application.id, "name": world.application.name}],
        "application_commands": shown,
    }


def channel_index(backend: Backend, call: Call) -> Json:
    """The same for a direct message: global commands that are offered there."""
    channel = backend.world.channel(call.args["channel"])
    if channel.guild_id is not None:
        return guild_index(backend, Call("GET", call.path, {"guild": channel.guild_id}, {}, None, (), call.user))
    application = backend.world.application
    shown = [c for c in backend.world.commands[None].values() if c["contexts"] is None or 1 in c["contexts"]]
    shown = [c for c in shown if c["dm_permission"] is not False]
    return {"applications": [{"id": application.id, "name": application.name}], "application_commands": shown}


_GLOBAL = "/applications/:application/commands"
_GUILD = "/applications/:application/guilds/:guild/commands"
ROUTES = (
    *(Route("GET", base, list_commands, who=BOT) for base in (_GLOBAL, _GUILD)),
    *(Route("PUT", base, put_commands, "command_put", BOT) for base in (_GLOBAL, _GUILD)),
    *(Route("POST", base, create_command, who=BOT) for base in (_GLOBAL, _GUILD)),
    *(Route("GET", f"{base}/:command", get_command, who=BOT) for base in (_GLOBAL, _GUILD)),
    *(Route("PATCH", f"{base}/:command", edit_command, who=BOT) for base in (_GLOBAL, _GUILD)),
    *(Route("DELETE", f"{base}/:command", delete_command, who=BOT) for base in (_GLOBAL, _GUILD)),
    Route("GET", "/guilds/:guild/application-command-index", guild_index, who=PERSON),
    Route("GET", "/channels/:channel/application-command-index", channel_index, who=PERSON),
)
