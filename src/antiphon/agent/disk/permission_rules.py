"""The rules in files of settings that allow something without asking: listed, taken out, put back.

A file is data that others made: regular ones only, of a limited size, UTF-8, a JSON object. Of it nothing changes but
the rules. It is replaced as a whole, by a file beside it; changes of ours wait for each other, and one that somebody
else has made meanwhile is read again, not overwritten. Every function raises NotDone with a text for people.
"""

import asyncio
import errno
import fcntl
import json
import os
import re
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, cast
from uuid import uuid4

from antiphon.agent import wording
from antiphon.agent.disk.denials import MANAGED
from antiphon.agent.disk.reading import ANYWHERE, open_regular
from antiphon.agent.disk.settings_files import SettingsFile, local_settings, shared_settings, user_settings
from antiphon.agent.json_values import array, mapping
from antiphon.agent.permissions.rules import meaning, told
from antiphon.agent.process.installation import Installation
from antiphon.agent.redaction import GONE
from antiphon.core import requests
from antiphon.core.rules import Scope, directory, directory_in
from antiphon.errors import NotDone

_LARGEST = 4 * 1024 * 1024  # bytes of a file of settings
_TRIES = 5  # to replace a file that others change at the same time
_LOOKS, _BETWEEN = 10, 0.1  # how often a rule is looked for that is about to be written, and seconds between
_LOCK_TRIES = 20  # as far apart
_INDENT = re.compile(r"\s*\{[ \t]*\r?\n([ \t]+)\"")
_MARK = "\ufeff"  # may stand before a text

Settings = dict[str, Any]
Shown = Callable[[str], str]  # a text without our own secrets, as people have seen it

# Where a file has what it allows, and how an entry is told as a rule.
_LISTS: Mapping[str, Callable[[str], str]] = {"allow": str, "additionalDirectories": directory}


async def reply(
    installation: Installation, root: Path, request: requests.ListRules | requests.RemoveRules | requests.AddRules
) -> requests.Reply:
    """Answer a request about the rules of the project in `root`."""
    try:
        return await _reply(installation, root, request)
    except OSError as error:
        raise NotDone(wording.failed(wording.RULES_NOT_CHANGED, error.strerror or "")) from error


async def _reply(
    installation: Installation, root: Path, request: requests.ListRules | requests.RemoveRules | requests.AddRules
) -> requests.Reply:
    disk, config, shown = installation.disk, installation.config_directory, installation.redaction.text
    match request:
        case requests.ListRules(session):
            return await disk.run(root, listed, root, config, session)
        case requests.AddRules(texts):
            if any(GONE in text for text in texts):
                raise NotDone(wording.RULE_REDACTED)
            (file, *_) = await disk.run(root, local_settings, root)
            await disk.run(root, add, file, texts)
            return requests.RulesChanged(texts)
        case requests.RemoveRules(scope, texts, awaited):
            files = await disk.run(root, _files, scope, root, config)
            found: set[str] = set()
            for look in range(_LOOKS if awaited else 1):
                if look:
                    await asyncio.sleep(_BETWEEN)
                for file in files:
                    found |= await disk.run(root, remove, file, texts, shown)
                if found:
                    break
            return requests.RulesChanged(tuple(text for text in texts if text in found))


def _files(scope: Scope, root: Path, config_directory: Path) -> tuple[SettingsFile, ...]:
    match scope:
        case "project":
            return local_settings(root)
        case "shared":
            return (shared_settings(root),)
        case "user":
            return (user_settings(config_directory),)
        case "session":
            return ()


def listed(root: Path, config_directory: Path, session: tuple[str, ...], managed: Path = MANAGED) -> requests.RuleList:
    """What is allowed in a project, and by whom. Reads files: not for the event loop."""
    unreadable: list[str] = []

    def rules(*files: SettingsFile) -> list[str]:
        found: list[str] = []
        for file in files:
            try:
                found += _rules(_read(file)[0])
            except FileNotFoundError:
                pass
            except (OSError, NotDone):
                unreadable.append(_name(file.path, root))
        return list(dict.fromkeys(found))

    local = local_settings(root)
    machine = [managed / "managed-settings.json", *sorted((managed / "managed-settings.d").glob("*.json"))]
    return requests.RuleList(
        told(session, "session", root),
        told(rules(*local), "project", root),
        _name(local[0].path, root),
        len(rules(shared_settings(root))),
        len(rules(user_settings(config_directory))),
        len(rules(*(SettingsFile(path, ANYWHERE) for path in machine))),
        tuple(unreadable),
    )


def remove(file: SettingsFile, texts: Iterable[str], shown: Shown = str) -> frozenset[str]:
    """Take rules out of a file; those of `texts` that were there. Reads and writes files: not for the event loop."""
    wanted = {meaning(text): text for text in texts}
    found: set[str] = set()

    def change(settings: Settings) -> bool:
        found.clear()
        permissions = mapping(settings.get("permissions"))
        for key, text_of in _LISTS.items():
            values = array(permissions.get(key))
            named = [wanted.get(meaning(text_of(shown(one)))) if isinstance(one, str) else None for one in values]
            kept = [one for one, name in zip(values, named, strict=True) if name is None]
            if len(kept) < len(values):
                found.update(name for name in named if name is not None)
                settings["permissions"] = permissions = {**permissions, key: kept}
        return bool(found)

    with suppress(FileNotFoundError):
        _rewrite(file, change)
    return frozenset(found)


def add(file: SettingsFile, texts: Iterable[str]) -> None:
    """Put rules into a file, which is made if need be. Reads and writes files: not for the event loop."""

    def change(settings: Settings) -> bool:
        there = set(map(meaning, _rules(settings)))
        new = [text for text in texts if meaning(text) not in there]
        permissions = settings.setdefault("permissions", {})
        if not isinstance(permissions, dict):
            raise NotDone(wording.not_settings(file.path.name))
        permissions = cast("Settings", permissions)
        for text in new:
            path = directory_in(text)
            key, value = ("allow", text) if path is None else ("additionalDirectories", path)
            permissions[key] = [*array(permissions.get(key)), value]
        return bool(new)

    file.path.parent.mkdir(exist_ok=True)
    _rewrite(file, change, make=True)


def _rules(settings: Settings) -> list[str]:
    """What a file allows, in its order."""
    permissions = mapping(settings.get("permissions"))
    return [
        text_of(one)
        for key, text_of in _LISTS.items()
        for one in array(permissions.get(key))
        if isinstance(one, str) and one.strip()
    ]


# Files


def _read(file: SettingsFile) -> tuple[Settings, str, os.stat_result]:
    """A file's settings, its text, and which file that was. FileNotFoundError: there is none."""
    with open_regular(file.path, file.below) as opened:
        status, content = os.fstat(opened.fileno()), opened.read(_LARGEST + 1)
    if len(content) > _LARGEST:
        raise NotDone(wording.settings_too_large(file.path.name, _LARGEST // (1024 * 1024)))
    try:
        text = content.decode("utf-8")
        settings = json.loads(text.removeprefix(_MARK).strip() or "{}", parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise NotDone(wording.not_settings(file.path.name)) from error
    if not isinstance(settings, dict):
        raise NotDone(wording.not_settings(file.path.name))
    return cast("Settings", settings), text, status


def _refuse(constant: str) -> object:
    raise ValueError(constant)  # Python's JSON has NaN, Claude Code's has not


def _rewrite(file: SettingsFile, change: Callable[[Settings], bool], *, make: bool = False) -> None:
    """Change a file's settings in place (False: nothing is to change). `make`: also where there is none."""
    try:
        target = file.path.resolve(strict=not make)
        if not target.is_relative_to(file.below.resolve()):
            raise PermissionError(errno.EACCES, wording.LEADS_ELSEWHERE)
        within = os.open(target.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except RuntimeError as error:
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP)) from error
    try:
        if not _locked(within):
            raise NotDone(wording.settings_busy(file.path.name))
        for _ in range(_TRIES):
            if _try_to_rewrite(file, change, (within, target.name), make=make):
                return
    finally:
        os.close(within)
    raise NotDone(wording.settings_busy(file.path.name))


def _locked(within: int) -> bool:
    """Wait for our turn, two seconds at most: whoever else may write there can hold the lock for ever."""
    for _ in range(_LOCK_TRIES):
        try:
            fcntl.flock(within, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(_BETWEEN)
        except OSError:  # a file system without locks: what changes meanwhile is seen all the same
            return True
        else:
            return True
    return False


def _try_to_rewrite(
    file: SettingsFile, change: Callable[[Settings], bool], where: tuple[int, str], *, make: bool
) -> bool:
    """`where`: the directory, open, and the name in it. False: somebody else has changed it meanwhile."""
    within, name = where
    try:
        settings, text, status = _read(file)
    except FileNotFoundError:
        if not make:
            raise
        settings, text, status = {}, "", None
    if not change(settings):
        return True
    content = _json(settings, text, file)
    temporary = f".{name}.{uuid4().hex[:12]}"
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600, dir_fd=within)
    try:
        with os.fdopen(descriptor, "wb") as out:
            out.write(content)
            if status is not None:
                with suppress(PermissionError):  # it is then ours, as it is when Claude Code writes it
                    os.fchown(out.fileno(), status.st_uid, status.st_gid)
            os.fchmod(out.fileno(), 0o644 if status is None else status.st_mode & 0o7777)
            out.flush()
            os.fsync(out.fileno())
        if _stamp(name, within) != (None if status is None else _stamp_of(status)):
            return False
        os.replace(temporary, name, src_dir_fd=within, dst_dir_fd=within)
        temporary = ""
        os.fsync(within)
    finally:
        if temporary:
            os.unlink(temporary, dir_fd=within)
    return True


def _stamp(name: str, within: int) -> tuple[int, ...] | None:
    """Tells a file from one that was changed, or replaced; None: there is none."""
    try:
        return _stamp_of(os.stat(name, dir_fd=within, follow_symlinks=False))
    except FileNotFoundError:
        return None


def _stamp_of(status: os.stat_result) -> tuple[int, ...]:
    return status.st_ino, status.st_size, status.st_mtime_ns


def _json(settings: Settings, before: str, file: SettingsFile) -> bytes:
    """As it was laid out before, as far as that can be told; else as Claude Code does."""
    found = _INDENT.match(before.removeprefix(_MARK))
    one_line = bool(before.strip()) and "\n" not in before.strip()
    layout: dict[str, Any] = {"indent": None if one_line else found[1] if found else 2}
    if one_line and ", " not in before and ": " not in before:
        layout["separators"] = (",", ":")
    mark, ending = _MARK if before.startswith(_MARK) else "", "\n" if before.endswith("\n") or not before else ""
    try:
        escaped = before.isascii() and "\\u" in before
        text = json.dumps(settings, ensure_ascii=escaped, allow_nan=False, **layout)
        if any("\ud800" <= one <= "\udfff" for one in text):
            text = json.dumps(settings, allow_nan=False, **layout)
    except (ValueError, RecursionError) as error:  # a number that is none
        raise NotDone(wording.not_settings(file.path.name)) from error
    return f"{mark}{text}{ending}".encode()


def _name(path: Path, root: Path) -> str:
    """A file's name for people."""
    home = Path.home()
    for base, prefix in ((root, ""), (home, "~/")):
        if path.is_relative_to(base):
            return f"{prefix}{path.relative_to(base)}"
    return str(path)
