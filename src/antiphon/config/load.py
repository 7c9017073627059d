"""From environment and file to one Settings value; every problem is reported at once, by its key's path.

The simple case needs no file: DISCORD_BOT_TOKEN, DISCORD_CHANNEL_ID and CLAUDE_WORKING_DIR. With a file, variables win
over it, except those that describe the single project of the simple case.
"""

import ctypes
import os
import stat
import sys
import tempfile
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import platformdirs
from pydantic import ValidationError

from antiphon.config.initial_environment import TOKEN
from antiphon.config.settings import Settings, WebhookSection, WebhookSettings
from antiphon.errors import ConfigError

# variable → where it goes
_SETTINGS = {
    TOKEN: ("discord", "token"),
    "ANTIPHON_DISCORD_API": ("discord", "api"),
    "CLAUDE_COMMAND": ("claude", "command"),
    "CLAUDE_MODEL": ("claude", "model"),
    "CLAUDE_PERMISSION_MODE": ("claude", "permission_mode"),
    "MAX_CONCURRENT_SESSIONS": ("limits", "sessions_at_work"),
    "SESSION_TIMEOUT_SECONDS": ("limits", "turn_silence"),
    "COORDINATION_CHANNEL_ID": ("coordination", "channel"),
    "CCDB_COORDINATION_CHANNEL_NAME": ("coordination", "channel_name"),  # before ours, which wins
    "COORDINATION_CHANNEL_NAME": ("coordination", "channel_name"),
}
_PROJECT = {"DISCORD_CHANNEL_ID": "channels", "CLAUDE_WORKING_DIR": "directory", "DISCORD_OWNER_ID": "people"}
_BOTS = "needs a bot: set discord.token (DISCORD_BOT_TOKEN), or take it out, and terminals are told of by webhook alone"
_IN_CLEAR = (
    "api.host is {host}: tokens go over the network in clear. Put a proxy with TLS before it, which talks to 127.0.0.1"
)
_NOT_NEEDED = "[webhook] is not used: there is a bot token, and the bot does all that the webhook would"
_CREDENTIALS = ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "CLAUDE_CODE_OAUTH_TOKEN")  # Claude Code's own
# Which get their own: names, and what begins some.
_OF_SESSIONS = ("ANTIPHON_API_URL", "ANTIPHON_API_TOKEN", "CCDB_API_URL")
_OF_THEIR_GIT = ("GIT_CONFIG_COUNT", "GIT_CONFIG_KEY_", "GIT_CONFIG_VALUE_")
FILE = "antiphon.toml"
_SHORTEST_CREDENTIAL = 20  # characters; the real ones have about 100, and a dummy may be a word


def environment() -> Mapping[str, str]:
    """This process's environment. Empty values count as unset."""
    return {name: value for name, value in os.environ.items() if value.strip()}  # noqa: TID251 - the one place


def hide_secrets() -> None:
    """Keep the bot token, and a program's to the API, from whatever this process starts: out of our environment (it has
    been read), and, on Linux, out of the reach of other processes of the same user, who could otherwise read it in
    /proc."""
    of_git = [name for name in os.environ if name.startswith(_OF_THEIR_GIT)]  # noqa: TID251
    for name in (TOKEN, *_OF_SESSIONS, *of_git):
        os.environ.pop(name, None)  # noqa: TID251
    if sys.platform.startswith("linux"):
        set_dumpable = 4  # PR_SET_DUMPABLE, linux/prctl.h
        ctypes.CDLL(None).prctl(set_dumpable, 0, 0, 0, 0)


def load_webhook(env: Mapping[str, str], file: Path | None) -> WebhookSettings | None:
    """The settings of a bridge that has a webhook and no bot; None: there is no webhook, or a bot, which wins. A token
    in the environment makes no bot of a file without projects. ConfigError: all problems."""
    data = _read(file) if file is not None else {}
    if file is None or "webhook" not in data or "discord" in data or (TOKEN in env and "projects" in data):
        return None
    known = WebhookSettings.model_fields
    bots = tuple(f"{name}: {_BOTS}" for name in data if name in Settings.model_fields and name not in known)
    problems = (*bots, *_exposed(file, "webhook.url"))
    if "CLAUDE_COMMAND" in env and isinstance(claude := data.setdefault("claude", {}), dict):
        claude["command"] = env["CLAUDE_COMMAND"]
    try:
        ours = {name: value for name, value in data.items() if name in known or name not in Settings.model_fields}
        settings = WebhookSettings.model_validate(ours)
    except ValidationError as error:
        raise ConfigError((*_problems(error, {}, file), *problems)) from None
    if problems:
        raise ConfigError(problems)
    return settings


def webhook_file(url: str, owner: int | None) -> str:
    """The configuration of a bridge that has this webhook and no bot. ConfigError: it would be none."""
    given = {"url": url, "owner": owner}
    try:
        found = WebhookSection.model_validate({name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        options = {"url": "--webhook", "owner": "--owner"}
        raise ConfigError(_problems(error, options, Path())) from None
    lines = ("[webhook]", f'url = "{found.url.get_secret_value()}"')
    lines += (f"owner = {found.owner}" if found.owner is not None else "# owner = 123  # the id of who is mentioned",)
    return "\n".join((*lines, '# ping = ["needs", "done", "failed"]  # all others are silent', ""))


def load(env: Mapping[str, str], file: Path | None, *, root: bool = False) -> tuple[Settings, tuple[str, ...]]:
    """The settings, and remarks for the operator. `root`: whether we run as root. ConfigError: all problems."""
    data = _read(file) if file is not None else {}
    held_by = file if isinstance(section := data.get("discord"), dict) and "token" in section else None
    remarks: tuple[str, ...] = ()
    names: dict[str, str] = {}  # key path → variable that set it
    for name, (section, key) in _SETTINGS.items():
        if name in env:
            if isinstance(values := data.setdefault(section, {}), dict):  # else the check below says that it is none
                values[key] = env[name]
            names[f"{section}.{key}"] = name
    if file is None:
        data["projects"] = _simple_project(env, names)
    elif unused := [name for name in _PROJECT if name in env]:
        remarks += (f"{', '.join(unused)} set, but projects come from {file}",)
    problems = () if held_by is None else _exposed(held_by, "discord.token")
    if file is not None and (token_file := _token_file(data, file)) is not None:
        problems += _from_file(data["discord"], token_file)
        held_by = held_by or token_file
    if file is not None and "webhook" in data:
        remarks += (_NOT_NEEDED,)
        problems = problems or _exposed(file, "webhook.url")
    try:
        settings = Settings.model_validate(data)
    except ValidationError as error:
        raise ConfigError((*_problems(error, names, file), *problems)) from None
    if file is not None and any(one.secret is not None for one in settings.triggers.values()):
        problems = problems or _exposed(file, "triggers.NAME.secret")
    if problems:
        raise ConfigError(problems)
    if settings.api is not None and not settings.api.is_local:
        remarks += (_IN_CLEAR.format(host=settings.api.host),)
    return settings, (*remarks, *_within_reach(held_by, root=root))


def secrets(env: Mapping[str, str], settings: Settings | WebhookSettings) -> tuple[str, ...]:
    """What may appear nowhere: the token of bot or webhook, and what Claude Code logs in with, as far as we know it."""
    names = (TOKEN, *_CREDENTIALS) if isinstance(settings, WebhookSettings) else _CREDENTIALS  # of a bot beside us
    credentials = (env.get(name, "").strip() for name in names)
    long = (one for one in credentials if len(one) >= _SHORTEST_CREDENTIAL)
    return (*settings.secrets, *long)


def state_directory(env: Mapping[str, str]) -> Path:
    """Where the database lies: ANTIPHON_STATE_DIR, else the user's state directory. Raises ConfigError."""
    given = env.get("ANTIPHON_STATE_DIR")
    if not given:
        return Path(platformdirs.user_state_dir("antiphon", appauthor=False))
    try:
        return Path(given).expanduser()
    except RuntimeError:
        raise ConfigError((f"ANTIPHON_STATE_DIR: nobody's home is known as {given}",)) from None


def config_directory(env: Mapping[str, str]) -> Path:
    """This user's directory for configurations: below XDG_CONFIG_HOME, else ~/.config."""
    base = env.get("XDG_CONFIG_HOME")
    return (Path(base) if base else Path(env.get("HOME", "~")).expanduser() / ".config") / "antiphon"


def default_file(env: Mapping[str, str]) -> Path | None:
    """The configuration that is used where none is named; None: there is none."""
    return next((one for one in (Path(FILE), config_directory(env) / FILE) if one.is_file()), None)


def runtime_directory(env: Mapping[str, str]) -> Path:
    """Where this user's programs of this machine find each other: XDG_RUNTIME_DIR, else a directory of the user's among
    the temporary ones."""
    given = env.get("XDG_RUNTIME_DIR")
    return Path(given) / "antiphon" if given else Path(tempfile.gettempdir()) / f"antiphon-{os.getuid()}"


def claude_directory(env: Mapping[str, str]) -> Path:
    """Where Claude Code keeps its sessions: CLAUDE_CONFIG_DIR, else ~/.claude."""
    given = env.get("CLAUDE_CONFIG_DIR")
    return Path(given) if given else Path(env.get("HOME", "~")).expanduser() / ".claude"


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError((f"{file}: cannot be read ({error.strerror})",)) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError((f"{file}: is not valid TOML: {error}",)) from None


def _token_file(data: Mapping[str, Any], file: Path) -> Path | None:
    """The file that is to be read for the token; None: there is a token, or none is named."""
    section = data.get("discord")
    if not isinstance(section, dict) or "token" in section:
        return None
    named: object = cast("dict[str, object]", section).get("token_file")
    return file.parent / Path(named).expanduser() if isinstance(named, str) else None


def _from_file(section: dict[str, Any], file: Path) -> tuple[str, ...]:
    """Put the token into its section; the problems of its file."""
    try:
        section["token"] = file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        section["token"] = "-"  # noqa: S105 - none: the file is what is wrong
        return (f"discord.token_file: {file} cannot be read ({getattr(error, 'strerror', None) or 'not text'})",)
    return _exposed(file, "discord.token_file")


def _exposed(file: Path, key: str) -> tuple[str, ...]:
    """The problem of a file with a secret, under this key, that others than its owner may read. Where it is not ours,
    its group is how we read it."""
    found = file.stat()
    ours = found.st_uid == os.getuid()
    if not found.st_mode & (stat.S_IRGRP | stat.S_IROTH if ours else stat.S_IROTH):
        return ()
    return (f"{key}: others can read {file}; run: chmod {'600' if ours else 'o-rwx'} {file}",)


def _within_reach(file: Path | None, *, root: bool) -> tuple[str, ...]:
    """Where Claude Code, which runs as the same user, could read the token all the same. `file`: with the token."""
    where = [f"in {file}"] if file is not None else []
    advice = f"set {TOKEN} instead (with systemd: by an EnvironmentFile of root's)"
    if root:
        where.append("in this process's memory, because both run as root")
        advice = f"run Antiphon as a user of its own, with {TOKEN} in its environment"
    return (f"Claude Code could read the bot token {' and '.join(where)}: {advice}",) if where else ()


def _simple_project(env: Mapping[str, str], names: dict[str, str]) -> dict[str, Any]:
    project: dict[str, Any] = {"directory": env.get("CLAUDE_WORKING_DIR", ".")}
    for variable, key in _PROJECT.items():
        value = env.get(variable)
        if value is not None and key != "directory":
            project[key] = [part.strip() for part in value.split(",")]
        names[f"projects.{_name(env)}.{key}"] = variable
    return {_name(env): project}


def _name(env: Mapping[str, str]) -> str:
    return Path(os.path.expanduser(env.get("CLAUDE_WORKING_DIR", "."))).resolve().name or "project"


def _problems(error: ValidationError, names: Mapping[str, str], file: Path | None) -> tuple[str, ...]:
    lines: list[str] = []
    for problem in error.errors(include_url=False, include_input=False):
        path = ".".join(str(part) for part in problem["loc"]) or "projects"
        variable = next((name for key, name in names.items() if path == key or path.startswith(key + ".")), None)
        if path in ("discord", "discord.token") and problem["type"] == "missing":
            path, variable = "discord.token", "DISCORD_BOT_TOKEN"
        where = f"{variable} ({path})" if variable else path
        what = problem["msg"].removeprefix("Value error, ")
        lines.append(f"{where}: {what[:1].lower()}{what[1:]}")
    if file is None and "DISCORD_BOT_TOKEN" not in names.values() and not any("DISCORD_BOT" in line for line in lines):
        lines.insert(0, "DISCORD_BOT_TOKEN (discord.token): field required")
    return tuple(lines)
