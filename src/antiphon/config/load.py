"""From environment and file to one Settings value; every problem is reported at once, with where it stands.

The simple case needs no file: DISCORD_BOT_TOKEN, DISCORD_CHANNEL_ID and CLAUDE_WORKING_DIR. With a file, variables win
over it, except those that describe the single project of the simple case.
"""

import ctypes
import os
import stat
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import platformdirs
from pydantic import ValidationError

from antiphon.config import secret_files, variables, wording
from antiphon.config.conflicts import conflicts, right_parts
from antiphon.config.initial_environment import TOKEN
from antiphon.config.problems import Problem, found_by, told
from antiphon.config.sections import WebhookSection
from antiphon.config.settings import Settings, WebhookSettings
from antiphon.config.sources import Sources
from antiphon.errors import ConfigError

FILE = "antiphon.toml"  # how a configuration is called that is found without its name

CREDENTIALS = ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "CLAUDE_CODE_OAUTH_TOKEN")
"""The variables by which Claude Code is logged in."""
# Which get their own: names, and what begins some.
_OF_SESSIONS = ("ANTIPHON_API_URL", "ANTIPHON_API_TOKEN", "CCDB_API_URL")
_OF_THEIR_GIT = ("GIT_CONFIG_COUNT", "GIT_CONFIG_KEY_", "GIT_CONFIG_VALUE_")
SECRETS = (TOKEN, *CREDENTIALS)
"""The variables that hold secrets."""
_SHORTEST_CREDENTIAL = 20  # characters; the real ones have about 100, and a dummy may be a word


@dataclass(frozen=True, slots=True)
class Configuration:
    """The settings, remarks for the operator, and where each setting comes from."""

    settings: Settings | WebhookSettings
    remarks: tuple[str, ...]
    sources: Sources


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


def default_file(env: Mapping[str, str]) -> Path | None:
    """The configuration that is used where none is named: antiphon.toml in this directory, else in the user's directory
    for configurations. None: there is none. ConfigError: there is one, but somebody else could have written it."""
    for file in (Path(FILE), config_directory(env) / FILE):
        try:
            found = file.stat()
        except OSError:
            continue
        if stat.S_ISDIR(found.st_mode):
            continue
        if found.st_uid not in (os.getuid(), 0) or found.st_mode & stat.S_IWOTH:
            raise ConfigError((wording.of_somebody_else(file),))
        return file
    return None


def chosen_file(env: Mapping[str, str], named: Path | None) -> Path | None:
    """The configuration to use: the one that somebody has named, else the default one, unless variables describe a
    project. ConfigError: see default_file."""
    return named if named is not None or variables.describe_a_project(env) else default_file(env)


def is_nothing_set(env: Mapping[str, str], file: Path | None) -> bool:
    """Whether nobody has begun to configure anything. `file`: the one to use."""
    return file is None and not variables.configure_anything(env)


def load_configuration(env: Mapping[str, str], file: Path | None, *, root: bool = False) -> Configuration:
    """Those of a bridge with a bot, or with a webhook alone. `root`: whether we run as root. ConfigError: all
    problems."""
    alone = None if file is None else _with_webhook(env, file)
    return alone or _with_bot(env, file, root=root)


def load(env: Mapping[str, str], file: Path | None, *, root: bool = False) -> tuple[Settings, tuple[str, ...]]:
    """The settings of a bridge with a bot, and remarks for the operator. `root`: whether we run as root. ConfigError:
    all problems."""
    found = _with_bot(env, file, root=root)
    assert isinstance(found.settings, Settings)
    return found.settings, found.remarks


def webhook_file(url: str, owner: int | None) -> str:
    """The configuration of a bridge that has this webhook and no bot. ConfigError: it would be none."""
    given = {name: value for name, value in (("url", url), ("owner", owner)) if value is not None}
    options = Sources(given, None, {("url",): "--webhook", ("owner",): "--owner"})
    try:
        found = WebhookSection.model_validate(given)
    except ValidationError as error:
        raise ConfigError(told(found_by(error, WebhookSection, options), options)) from None
    lines = ("[webhook]", f'url = "{found.url.get_secret_value()}"')
    lines += (f"owner = {found.owner}" if found.owner is not None else "# owner = 123  # the id of who is mentioned",)
    return "\n".join((*lines, '# ping = ["needs", "done", "failed"]  # all others are silent', ""))


def secrets(env: Mapping[str, str], settings: Settings | WebhookSettings) -> tuple[str, ...]:
    """What may appear nowhere: the token of bot or webhook, and what Claude Code logs in with, as far as we know it."""
    names = SECRETS if isinstance(settings, WebhookSettings) else CREDENTIALS  # of a bot beside us
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
    base = Path(env.get("XDG_CONFIG_HOME", ""))
    return (base if base.is_absolute() else Path(env.get("HOME", "~")).expanduser() / ".config") / "antiphon"


def runtime_directory(env: Mapping[str, str]) -> Path:
    """Where this user's programs of this machine find each other: XDG_RUNTIME_DIR, else a directory of the user's among
    the temporary ones."""
    given = env.get("XDG_RUNTIME_DIR")
    return Path(given) / "antiphon" if given else Path(tempfile.gettempdir()) / f"antiphon-{os.getuid()}"


def claude_directory(env: Mapping[str, str]) -> Path:
    """Where Claude Code keeps its sessions: CLAUDE_CONFIG_DIR, else ~/.claude."""
    given = env.get("CLAUDE_CONFIG_DIR")
    return Path(given) if given else Path(env.get("HOME", "~")).expanduser() / ".claude"


def _with_webhook(env: Mapping[str, str], file: Path) -> Configuration | None:
    sources = variables.gather_for_webhook(env, file)
    data = sources.data
    if "webhook" not in data or "discord" in data or (TOKEN in env and "projects" in data):
        return None
    known = WebhookSettings.model_fields
    bots = [Problem((name,), wording.BOTS) for name in data if name in Settings.model_fields and name not in known]
    problems = (*bots, *secret_files.exposed(file, ("webhook", "url")))
    try:
        ours = {name: value for name, value in data.items() if name in known or name not in Settings.model_fields}
        settings = WebhookSettings.model_validate(ours)
    except ValidationError as error:
        raise ConfigError(told((*found_by(error, WebhookSettings, sources), *problems), sources)) from None
    if problems:
        raise ConfigError(told(problems, sources))
    unused = variables.unused_beside_webhook(env)
    return Configuration(settings, (wording.unused_beside_webhook(unused, file),) if unused else (), sources)


def _with_bot(env: Mapping[str, str], file: Path | None, *, root: bool) -> Configuration:
    sources = variables.gather(env, file)
    problems = (*secret_files.token_from_file(sources), *secret_files.open_to_others(sources))
    misspelt = variables.misspelt(env)
    try:
        settings = Settings.model_validate(sources.data)
    except ValidationError as error:
        found = found_by(error, Settings, sources)
        parts = right_parts(sources.data, {one["loc"] for one in error.errors(include_url=False)})
        found += tuple(Problem(path, f": {words}") for path, words in conflicts(parts))
        raise ConfigError((*told((*dict.fromkeys(found), *problems), sources), *misspelt)) from None
    if problems:
        raise ConfigError(told(problems, sources))
    return Configuration(settings, (*_remarks(env, settings, sources, root=root), *misspelt), sources)


def _remarks(env: Mapping[str, str], settings: Settings, sources: Sources, *, root: bool) -> Iterator[str]:
    file = sources.file
    if file is not None and (unused := variables.describe_a_project(env)):
        yield wording.unused(unused, file)
    if settings.webhook is not None:
        yield wording.NOT_NEEDED
    if settings.api is not None and not settings.api.is_local:
        yield wording.IN_CLEAR.format(host=settings.api.host)
    yield from secret_files.within_reach(sources, root=root)
