"""`antiphon attach` and `antiphon detach`: the hooks come into Claude Code's settings, and go without a trace.

Everything that is changed is copied before. What says at the end what it said before comes back byte for byte; where
somebody has changed something since, only our own entries go. The copies are on the disk before the first change, so
`detach` also undoes an `attach` that was killed; any other failure in the middle puts the copies back at once.
"""

import fcntl
import json
import os
import shutil
import subprocess
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

from antiphon.attach import plugin, state, wording
from antiphon.attach.entries import ID, INSTALLED, KNOWN, as_object, same, with_hooks, without_ours
from antiphon.attach.files import (
    Copy,
    check_writable,
    copy,
    digest,
    missing_directories,
    put_back,
    read_object,
    refuse_unwritable,
    remove_empty,
    write_object,
)
from antiphon.attach.headers import SECRET
from antiphon.errors import ConfigError

Scope = Literal["user", "project", "local"]

_KEPT = "attach-kept.json"  # in the state directory: the copies, and what was made of them
_LIMIT = 60  # seconds for a command of Claude Code's
_MADE = ("cache", "marketplaces", "data")  # directories that Claude Code makes beside its files of plugins


@dataclass(frozen=True, slots=True)
class Where:
    """`directory`: of the bridge's state; `claude`: Claude Code's configuration; `project`: the directory whose
    settings the scopes project and local mean; `command`: Claude Code's executable, and its whole `environment`."""

    directory: Path
    claude: Path
    project: Path
    command: Path
    environment: Mapping[str, str]

    @property
    def plugins(self) -> Path:
        """Where Claude Code keeps what it knows of plugins."""
        given = self.environment.get("CLAUDE_CODE_PLUGIN_CACHE_DIR")
        return Path(given).expanduser() if given else self.claude / "plugins"

    def settings(self, scope: Scope) -> Path:
        """The settings file of a scope."""
        names = {"project": "settings.json", "local": "settings.local.json"}
        return self.claude / "settings.json" if scope == "user" else self.project / ".claude" / names[scope]


@dataclass(frozen=True, slots=True)
class Attached:
    """`written`: the files that have something new; `renewed`: it was attached already."""

    written: tuple[Path, ...]
    renewed: bool


@dataclass(frozen=True, slots=True)
class _Kept:
    """What `detach` needs of `attach`. `made`: the directories that were not there before."""

    plugin: bool
    scope: Scope
    project: str
    claude: str
    files: Mapping[str, Copy]
    made: Sequence[str]


def is_attached(directory: Path) -> bool:
    """Whether attaching is switched on."""
    return state.read(directory) is not None or _kept(directory) is not None


def written_files(where: Where, scope: Scope, *, as_plugin: bool) -> tuple[Path, ...]:
    """All that `attach` would change of Claude Code's own. ConfigError: it cannot be, as these files are."""
    if scope == "project" and not as_plugin:
        raise ConfigError((wording.SHARED,))
    known = _kept(where.directory)
    files = (*_files(where, scope, as_plugin=as_plugin), *(() if known is None else map(Path, known.files)))
    _check(files)
    if as_plugin:
        _no_other(where)
    else:
        _merged(where.settings(scope), {})
    return tuple(dict.fromkeys(files))


def own_files(where: Where, *, as_plugin: bool, webhook: bool) -> tuple[Path, ...]:
    """What `attach` would write beside: files of ours, and directories, among them Claude Code's copy of the plugin."""
    copied = (where.plugins / "cache" / plugin.NAME,) if as_plugin else ()
    names = (plugin.DIRECTORY, state.BELLS, state.FILE, _KEPT, *((state.WEBHOOK,) if webhook else ()))
    return (*(where.directory / name for name in names), *copied)


def attach(
    where: Where,
    scope: Scope,
    start: Sequence[str],
    config: str,
    version: str,
    *,
    as_plugin: bool,
    webhook: str | None = None,
) -> Attached:
    """Switch attaching on, or renew it: the port and the secret stay. `webhook`: the configuration of a bridge that has
    no bot, to be written where `config` says. ConfigError: it cannot be, and nothing was changed."""
    with _alone(where.directory) as own, ExitStack() as undo:
        files = written_files(where, scope, as_plugin=as_plugin)
        around = (path.resolve().parent for path in files)
        beside = (where.plugins / name for name in _MADE) if as_plugin else ()
        missing = missing_directories((*around, *beside, where.directory / state.BELLS))
        undo.enter_context(_undone_on_failure(where, files, missing))
        known = _kept(where.directory)
        told = replace(state.read(where.directory) or state.create(config), config=config)
        if known is not None:
            _take_out(where, known, told)
        state.write(where.directory, told)
        if webhook is not None:
            state.save(where.directory / state.WEBHOOK, webhook.encode())
        elif config != str((where.directory / state.WEBHOOK).resolve()):  # a secret that nobody reads any more
            (where.directory / state.WEBHOOK).unlink(missing_ok=True)
        market = plugin.write(told, where.directory, start, version)
        copies = {str(path): copy(path) for path in _files(where, scope, as_plugin=as_plugin)}
        made = (*map(str, (*own, *missing)), *(() if known is None else known.made))
        kept = _Kept(as_plugin, scope, str(where.project), str(where.claude), copies, made)
        _keep(where.directory, kept)
        if as_plugin:
            _claude(where, "plugin", "marketplace", "add", str(market))
            _claude(where, "plugin", "install", ID, "--scope", scope)
        else:
            settings = where.settings(scope)
            merged = _merged(settings, plugin.hooks(told, where.directory, start))
            write_object(settings, merged, 0o600)  # the secret stands in it
        done = {name: replace(one, after=digest(Path(name))) for name, one in copies.items()}
        _keep(where.directory, replace(kept, files=done))
    return Attached((*files, market), known is not None)


def detach(where: Where) -> tuple[Path, ...]:
    """Switch it off: what was changed is as it was. Returns the files that somebody else has changed since, from which
    only our entries were taken. ConfigError: it cannot be, as one of these files is."""
    if not is_attached(where.directory):
        return ()
    with _alone(where.directory):
        kept = _kept(where.directory)
        changed = () if kept is None else _take_out(where, kept, state.read(where.directory))
        for name in (plugin.DIRECTORY, state.BELLS):
            shutil.rmtree(where.directory / name, ignore_errors=True)
        for name in (state.WEBHOOK, state.FILE, _KEPT):  # the copies last: until then it can be done again
            (where.directory / name).unlink(missing_ok=True)
        remove_empty(() if kept is None else map(Path, kept.made))
    return changed


def _take_out(where: Where, kept: _Kept, told: state.AttachState | None) -> tuple[Path, ...]:
    """Take all of ours out of Claude Code's files; returns those that somebody else has changed."""
    if kept.claude != str(where.claude):
        where = replace(where, environment={**where.environment, "CLAUDE_CONFIG_DIR": kept.claude})
    where = replace(where, claude=Path(kept.claude), project=Path(kept.project))
    files = {Path(name): one for name, one in kept.files.items()}
    touched = [path for path, one in files.items() if digest(path) != one.after]
    _check(path for path in files if path.exists())
    if kept.plugin and touched:  # else the copies say it all
        with suppress(ConfigError):  # somebody has done so already, or Claude Code is gone: see below
            _claude(where, "plugin", "uninstall", ID, "--scope", kept.scope)
        with suppress(ConfigError):
            _claude(where, "plugin", "marketplace", "remove", plugin.NAME)
    changed: list[Path] = []
    for path, was in files.items():
        if path not in touched:
            put_back(path, was)
        elif path.exists() and _is_json(path):
            left = without_ours(path.name, read_object(path), was.object, SECRET if told is None else told.secret)
            if same(left, was.object):
                put_back(path, was)
            else:
                write_object(path, left, was.mode or copy(path).mode)
                changed.append(path)
    for ours in (Path("cache", plugin.NAME), Path("data", f"{plugin.NAME}-{plugin.NAME}")):
        shutil.rmtree(where.plugins / ours, ignore_errors=True)
    return tuple(changed)


@contextmanager
def _undone_on_failure(where: Where, files: Iterable[Path], missing: Iterable[Path]) -> Generator[None]:
    """Put everything back if what is done inside fails. `missing`: the directories that are not there yet."""
    trees = (where.directory / plugin.DIRECTORY, where.plugins / "cache" / plugin.NAME)
    with TemporaryDirectory() as backup, ExitStack() as undo:
        undo.callback(remove_empty, missing)
        for number, tree in enumerate(trees):
            if tree.exists():
                undo.callback(shutil.copytree, shutil.copytree(tree, Path(backup, str(number))), tree)
            undo.callback(shutil.rmtree, tree, ignore_errors=True)
        for path in (*(where.directory / name for name in (state.FILE, state.WEBHOOK, _KEPT)), *files):
            undo.callback(put_back, path, copy(path))
        yield
        undo.pop_all()


@contextmanager
def _alone(directory: Path) -> Generator[list[Path]]:
    """One at a time. Gives the directories that had to be made, which go again if it fails; what the disk refuses
    inside is a ConfigError."""
    made = missing_directories((directory,))
    try:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        with ExitStack() as undo:
            undo.callback(remove_empty, made)
            descriptor = os.open(directory, os.O_RDONLY)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX)
                yield made
            finally:
                os.close(descriptor)
            undo.pop_all()
    except OSError as error:
        refuse_unwritable(Path(error.filename or directory), error)


def _files(where: Where, scope: Scope, *, as_plugin: bool) -> tuple[Path, ...]:
    """Claude Code's files that get something of ours, or of what its commands leave behind."""
    files = [where.settings(scope)]
    if as_plugin:  # the marketplace is the user's, whatever the scope of the plugin
        files += [where.settings("user"), where.plugins / INSTALLED, where.plugins / KNOWN]
        files += [_ignored_everywhere(where)] if scope == "local" else []
    return tuple(files)


def _ignored_everywhere(where: Where) -> Path:
    """Git's list of what it ignores in all projects: Claude Code adds the local settings to it when it writes some."""
    home = Path(where.environment.get("HOME", "~")).expanduser()
    found = ""
    with suppress(OSError, subprocess.TimeoutExpired):
        found = _run(where, "git", "config", "--global", "--type=path", "core.excludesfile").stdout.strip()
    return Path(found or Path(where.environment.get("XDG_CONFIG_HOME", home / ".config"), "git", "ignore"))


def _is_json(path: Path) -> bool:
    """All are that are changed, but git's list."""
    return path.suffix == ".json"


def _check(files: Iterable[Path]) -> None:
    """ConfigError: one of them is not ours to change."""
    for path in filter(_is_json, files):
        read_object(path)
        check_writable(path)


def _no_other(where: Where) -> None:
    """ConfigError: Claude Code has this plugin from another bridge's directory, and would forget that one."""
    known = as_object(read_object(where.plugins / KNOWN).get(plugin.NAME))
    market = Path(str(as_object(known.get("source")).get("path", where.directory / plugin.DIRECTORY)))
    if market.exists() and market.resolve() != (where.directory / plugin.DIRECTORY).resolve():
        raise ConfigError((wording.other_bridge(where.plugins / KNOWN, market),))


def _merged(path: Path, hooks: Mapping[str, Any]) -> Mapping[str, Any]:
    merged = with_hooks(read_object(path), hooks)
    if merged is None:
        raise ConfigError((wording.no_hooks(path),))
    return merged


def _kept(directory: Path) -> _Kept | None:
    with suppress(OSError, ValueError, TypeError, LookupError):
        told: dict[str, Any] = json.loads((directory / _KEPT).read_text(encoding="utf-8"))
        told["files"] = {name: Copy(**one) for name, one in told["files"].items()}
        return _Kept(**told)
    return None


def _keep(directory: Path, kept: _Kept) -> None:
    state.save(directory / _KEPT, json.dumps(asdict(kept)).encode())


def _claude(where: Where, *arguments: str) -> None:
    """Run a command of Claude Code's. ConfigError with its own words when it fails."""
    try:
        done = _run(where, str(where.command), *arguments)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ConfigError((wording.not_run(where.command, str(error)),)) from error
    if done.returncode != 0:
        raise ConfigError((wording.refused((done.stderr or done.stdout).strip()),))


def _run(where: Where, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - the user's own Claude Code, or git
        command,
        env=dict(where.environment),
        cwd=where.project,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        timeout=_LIMIT,
        check=False,
    )
