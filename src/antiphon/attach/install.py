"""`antiphon attach` and `antiphon detach`: the hooks come into Claude Code's settings, and go without a trace.

Everything that is changed is copied before. Whatever has not been changed since by somebody else comes back byte for
byte; where somebody has, only our own entries go. Either way a failure in the middle puts the copies back.
"""

import base64
import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Generator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

from antiphon.attach import plugin, state, wording
from antiphon.errors import ConfigError

Scope = Literal["user", "project", "local"]

_KEPT = "attach-kept.json"  # in the state directory: the copies, and what was made of them
_LIMIT = 60  # seconds for a command of Claude Code's
_MADE = ("cache", "marketplaces")  # directories that they make beside the files of plugins
_LEFT_EMPTY = ("enabledPlugins", "extraKnownMarketplaces")  # what its commands leave in settings


@dataclass(frozen=True, slots=True)
class Where:
    """`directory`: of the bridge's state; `claude`: Claude Code's configuration; `project`: the directory whose
    settings the scopes project and local mean; `command`: Claude Code's executable, and its whole `environment`."""

    directory: Path
    claude: Path
    project: Path
    command: Path
    environment: Mapping[str, str]

    def settings(self, scope: Scope) -> Path:
        """The settings file of a scope."""
        names = {"project": "settings.json", "local": "settings.local.json"}
        return self.claude / "settings.json" if scope == "user" else self.project / ".claude" / names[scope]


@dataclass(frozen=True, slots=True)
class Attached:
    """`written`: the files that have something new; `renewed`: it was attached already."""

    written: tuple[Path, ...]
    renewed: bool


def is_attached(directory: Path) -> bool:
    """Whether attaching is switched on."""
    return state.read(directory) is not None or _kept(directory) is not None


def written_files(where: Where, scope: Scope, *, as_plugin: bool) -> tuple[Path, ...]:
    """All that `attach` would change of Claude Code's own."""
    plugins = where.claude / "plugins"
    more = (plugins / "installed_plugins.json", plugins / "known_marketplaces.json") if as_plugin else ()
    return (where.settings(scope), *more)


def attach(where: Where, scope: Scope, start: Sequence[str], config: str, version: str, *, as_plugin: bool) -> Attached:
    """Switch attaching on, or renew it: the port and the secret stay. ConfigError: it cannot be, and nothing was
    changed."""
    known = _kept(where.directory)
    told = state.read(where.directory)
    told = state.create(config) if told is None else state.AttachState(told.port, told.secret, config or told.config)
    if known is not None:
        detach(where)
    files = written_files(where, scope, as_plugin=as_plugin)
    settings = files[0]
    if scope == "project" and not as_plugin:
        raise ConfigError((wording.SHARED,))
    _parsed(settings)
    _writable(settings)
    state.write(where.directory, told)
    market = plugin.write(told, where.directory, start, version)
    with _undone_on_failure(where, files, scope):
        if as_plugin:
            _claude(where, "plugin", "marketplace", "add", str(market))
            _claude(where, "plugin", "install", f"{plugin.NAME}@{plugin.NAME}", "--scope", scope)
        else:
            merged = _merged(_parsed(settings), plugin.hooks(told, where.directory, start))
            _replace(settings, merged, mode=0o600)  # the secret stands in it
    return Attached((*files, market), known is not None)


def detach(where: Where) -> tuple[Path, ...]:
    """Switch it off: what was changed is as it was. Returns the files that somebody else has changed since, from which
    only our entries were taken. ConfigError: it cannot be."""
    kept = _kept(where.directory)
    told = state.read(where.directory)
    changed: list[Path] = []
    if kept is not None:
        files = {Path(name): one for name, one in kept["files"].items()}
        same = {path for path, one in files.items() if _digest(path) == one["after"]}
        if kept["plugin"] and same != set(files):  # else the copies say it all
            for command in (("uninstall", f"{plugin.NAME}@{plugin.NAME}"), ("marketplace", "remove", plugin.NAME)):
                with suppress(ConfigError):  # somebody has done so already
                    _claude(
                        where, "plugin", *command, *(("--scope", kept["scope"]) if command[0] == "uninstall" else ())
                    )
        for path, one in files.items():
            if path in same:
                _put_back(path, one["before"], one["mode"])
            else:
                changed.append(path)
                _without_ours(path, told, one["before"], one["mode"])
        plugins = where.claude / "plugins"
        shutil.rmtree(plugins / "cache" / plugin.NAME, ignore_errors=True)
        for directory in (*(plugins / name for name in _MADE), *map(Path, kept["made"])):
            with suppress(OSError):  # something else is in it
                directory.rmdir()
        (where.directory / _KEPT).unlink(missing_ok=True)
    shutil.rmtree(where.directory / plugin.DIRECTORY, ignore_errors=True)
    shutil.rmtree(where.directory / state.BELLS, ignore_errors=True)
    (where.directory / state.FILE).unlink(missing_ok=True)
    return tuple(changed)


@contextmanager
def _undone_on_failure(where: Where, files: Sequence[Path], scope: Scope) -> Generator[None]:
    """Keep copies of the files, and note what is made of them; put them back if that fails."""
    before = {path: _content(path) for path in files}
    modes = {path: _mode(path) for path in files}
    made = [str(one) for path in files for one in _missing(path.parent)]
    with ExitStack() as undo:
        undo.callback((where.directory / state.FILE).unlink, missing_ok=True)
        for path, content in before.items():
            undo.callback(_put_back, path, content, modes[path])
        yield
        undo.pop_all()
    told = {
        "scope": scope,
        "plugin": len(files) > 1,
        "files": {
            str(path): {"before": content, "mode": modes[path], "after": _digest(path)}
            for path, content in before.items()
        },
        "made": sorted(set(made), key=len, reverse=True),
    }
    kept = where.directory / _KEPT
    kept.write_text(json.dumps(told), encoding="utf-8")
    kept.chmod(0o600)


def _missing(directory: Path) -> list[Path]:
    """The directory and those above it that are not there, the innermost first."""
    found: list[Path] = []
    while not directory.exists():
        found.append(directory)
        directory = directory.parent
    return found


def _kept(directory: Path) -> dict[str, Any] | None:
    with suppress(OSError, ValueError):
        return cast("dict[str, Any]", json.loads((directory / _KEPT).read_text(encoding="utf-8")))
    return None


def _content(path: Path) -> str | None:
    """As it can stand in JSON; None: there is no such file."""
    try:
        return base64.b64encode(path.read_bytes()).decode()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ConfigError((wording.unreadable(path, error.strerror or ""),)) from error


def _put_back(path: Path, content: str | None, mode: int | None) -> None:
    if content is None:
        path.unlink(missing_ok=True)
    elif _content(path) != content or _mode(path) != mode:
        _write(path, base64.b64decode(content), mode)


def _mode(path: Path) -> int | None:
    with suppress(OSError):
        return path.stat().st_mode & 0o777
    return None


def _digest(path: Path) -> str:
    content = _content(path)
    return "" if content is None else hashlib.sha256(content.encode()).hexdigest()


def _parsed(path: Path) -> dict[str, Any]:
    """A settings file; {} where there is none. ConfigError: it is no JSON object, and so not ours to change."""
    if (content := _content(path)) is None:
        return {}
    try:
        found = json.loads(base64.b64decode(content).decode("utf-8"))
    except ValueError as error:
        raise ConfigError((wording.no_json(path, str(error)),)) from error
    if not isinstance(found, dict):
        raise ConfigError((wording.no_json(path, wording.NO_OBJECT),))
    return cast("dict[str, Any]", found)


def _writable(path: Path) -> None:
    there = path.resolve()
    while not there.exists():
        there = there.parent
    if not os.access(there, os.W_OK) or (there.is_file() and not os.access(there.parent, os.W_OK)):
        raise ConfigError((wording.read_only(path),))
    if there.is_file() and not there.stat().st_mode & 0o200:  # root may all the same, and is not meant to
        raise ConfigError((wording.read_only(path),))


def _merged(settings: dict[str, Any], hooks: Mapping[str, Any]) -> dict[str, Any]:
    """The settings with our hooks after those that are there."""
    there = _object(settings.get("hooks"))
    both = {**there, **{name: [*_list(there.get(name)), *ours] for name, ours in hooks.items()}}
    return {**settings, "hooks": both}


def _without_ours(path: Path, told: state.AttachState | None, before: str | None, mode: int | None) -> None:
    """Take our hooks out, and what Claude Code's commands leave behind empty."""
    settings = _parsed(path)
    was: dict[str, Any] = {} if before is None else json.loads(base64.b64decode(before))
    for name in _LEFT_EMPTY:
        if settings.get(name) == {} and name not in was:
            del settings[name]
    there, had = _object(settings.get("hooks")), _object(was.get("hooks"))
    if there and told is not None:
        left = {name: [one for one in _list(entries) if not _is_ours(one, told)] for name, entries in there.items()}
        settings["hooks"] = {name: entries for name, entries in left.items() if entries or name in had}
        if not settings["hooks"] and "hooks" not in was:
            del settings["hooks"]
    if settings or before is not None:
        _replace(path, settings, mode)
    else:
        path.unlink(missing_ok=True)


def _is_ours(entry: object, told: state.AttachState) -> bool:
    """Whether a hook calls the endpoint, or one of our scripts."""
    text = json.dumps(entry)
    return told.secret in text or f"/{plugin.DIRECTORY}/{plugin.NAME}/scripts/" in text


def _object(value: object) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _list(value: object) -> list[Any]:
    return cast("list[Any]", value) if isinstance(value, list) else []


def _replace(path: Path, settings: Mapping[str, Any], mode: int | None = None) -> None:
    _write(path, (json.dumps(settings, indent=2, ensure_ascii=False) + "\n").encode(), mode)


def _write(path: Path, content: bytes, mode: int | None) -> None:
    """All of it or nothing, through a link to where it leads. `mode` None: with the rights that it has."""
    there = path.resolve()
    try:
        there.parent.mkdir(parents=True, exist_ok=True)
        mode = (_mode(there) or 0o600) if mode is None else mode
        part = there.with_name(f".{there.name}.antiphon")
        part.write_bytes(content)
        part.chmod(mode)
        part.replace(there)
    except OSError as error:
        raise ConfigError((wording.unwritable(path, error.strerror or ""),)) from error


def _claude(where: Where, *arguments: str) -> None:
    """Run a command of Claude Code's. ConfigError with its own words when it fails."""
    try:
        done = subprocess.run(  # noqa: S603 - the user's own Claude Code
            [str(where.command), *arguments],
            env=dict(where.environment),
            cwd=where.project,
            capture_output=True,
            text=True,
            timeout=_LIMIT,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ConfigError((wording.not_run(where.command, str(error)),)) from error
    if done.returncode != 0:
        raise ConfigError((wording.refused((done.stderr or done.stdout).strip()),))
