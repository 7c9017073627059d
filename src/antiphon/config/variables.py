"""The variables of the environment that configure the bridge, and what they say together with a file."""

from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from antiphon.config import wording
from antiphon.config.base import KeyPath, resolved
from antiphon.config.initial_environment import TOKEN
from antiphon.config.sources import Sources
from antiphon.config.toml_file import read

COMMAND = "CLAUDE_COMMAND"
TOKEN_FILE = ("discord", "token_file")
# variable → where it goes
_SETTINGS = {
    TOKEN: ("discord", "token"),
    "ANTIPHON_DISCORD_API": ("discord", "api"),
    COMMAND: ("claude", "command"),
    "CLAUDE_MODEL": ("claude", "model"),
    "CLAUDE_PERMISSION_MODE": ("claude", "permission_mode"),
    "MAX_CONCURRENT_SESSIONS": ("limits", "sessions_at_work"),
    "SESSION_TIMEOUT_SECONDS": ("limits", "turn_silence"),
    "COORDINATION_CHANNEL_ID": ("coordination", "channel"),
    "CCDB_COORDINATION_CHANNEL_NAME": ("coordination", "channel_name"),  # before ours, which wins
    "COORDINATION_CHANNEL_NAME": ("coordination", "channel_name"),
}
# The single project of the simple case.
_PROJECT = {"DISCORD_CHANNEL_ID": "channels", "CLAUDE_WORKING_DIR": "directory", "DISCORD_OWNER_ID": "people"}
NAMES = frozenset({*_SETTINGS, *_PROJECT, "ANTIPHON_STATE_DIR", "CLAUDE_CONFIG_DIR"})
"""Those that a bridge reads, wherever it is started."""
_OTHERS = ("ANTIPHON_STATE_DIR", "ANTIPHON_API_URL", "ANTIPHON_API_TOKEN", "CLAUDE_CONFIG_DIR", "CCDB_API_URL")
_OURS = ("ANTIPHON_", "DISCORD_", "CLAUDE_", "COORDINATION_", "CCDB_", "MAX_", "SESSION_")
_ANOTHERS = "CLAUDE_CODE_"  # Claude Code's own
_ALIKE = 0.8


def settings_by_variable() -> Mapping[str, KeyPath]:
    """Which setting each variable is; NAME stands for the only project of the simple case."""
    return {**_SETTINGS, **{name: ("projects", "NAME", key) for name, key in _PROJECT.items()}}


def describe_a_project(env: Mapping[str, str]) -> tuple[str, ...]:
    """Those that are set of the variables that do."""
    return tuple(name for name in _PROJECT if name in env)


def configure_anything(env: Mapping[str, str]) -> bool:
    """Whether a variable is set that begins a configuration."""
    return TOKEN in env or bool(describe_a_project(env))


def gather(env: Mapping[str, str], file: Path | None) -> Sources:
    """What they say to a bridge with a bot. ConfigError: the file cannot be read."""
    document = None if file is None else read(file)
    data = {} if document is None else document.data
    variables: dict[KeyPath, str] = {}
    for name, (section, key) in _SETTINGS.items():
        if name in env:
            if isinstance(values := data.setdefault(section, {}), dict):  # else it is found to be no table
                values[key] = env[name]
            variables[section, key] = name
    if document is None:
        data["projects"] = _simple_project(env, variables)
    said_by: dict[KeyPath, KeyPath] = {}
    if TOKEN not in env and (document is None or not document.lines.has(_SETTINGS[TOKEN])):
        if document is not None and document.lines.has(TOKEN_FILE):
            said_by[_SETTINGS[TOKEN]] = TOKEN_FILE
        else:
            variables[_SETTINGS[TOKEN]] = TOKEN  # where it is looked for
    return Sources(data, document, variables, said_by)


def gather_for_webhook(env: Mapping[str, str], file: Path) -> Sources:
    """What they say to a bridge that has a webhook and no bot. ConfigError: the file cannot be read."""
    document = read(file)
    if COMMAND in env and isinstance(claude := document.data.setdefault("claude", {}), dict):
        claude["command"] = env[COMMAND]
    return Sources(document.data, document, {_SETTINGS[COMMAND]: COMMAND} if COMMAND in env else {})


def unused_beside_webhook(env: Mapping[str, str]) -> tuple[str, ...]:
    """Those that are set, and that a bridge without a bot does not use."""
    return tuple(name for name in (*_SETTINGS, *_PROJECT) if name in env and name != COMMAND)


def misspelt(env: Mapping[str, str]) -> tuple[str, ...]:
    """A remark for each variable that nobody reads, and whose name is nearly one of ours."""
    known = (*_SETTINGS, *_PROJECT, *_OTHERS)
    remarks: list[str] = []
    for name in sorted(env):
        if name.startswith(_OURS) and not name.startswith(_ANOTHERS) and name not in known:
            meant = get_close_matches(name, [one for one in known if one not in env], n=1, cutoff=_ALIKE)
            remarks += [wording.misspelt(name, one) for one in meant]
    return tuple(remarks)


def _simple_project(env: Mapping[str, str], variables: dict[KeyPath, str]) -> dict[str, Any]:
    directory = env.get("CLAUDE_WORKING_DIR", ".")
    name = _name(directory)
    project: dict[str, Any] = {"directory": directory}
    for variable, key in _PROJECT.items():
        if key != "directory" and variable in env:
            project[key] = [part.strip() for part in env[variable].split(",")]
        if key != "directory" or variable in env:  # what is missing is told by its variable's name
            variables["projects", name, key] = variable
    return {name: project}


def _name(directory: str) -> str:
    try:
        return resolved(Path(directory)).name or "project"
    except ValueError:  # which is said when it is checked
        return "project"
