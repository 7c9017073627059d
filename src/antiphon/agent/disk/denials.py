"""Which files Claude Code's own settings deny to its Read tool: what it may not read is not ours to send either.

Claude Code matches as .gitignore does, without regard to case (measured: tests/agent/test_denials.py asks both). Here
is denied what it denies and a little more: an exception ("!name") does not take a file out again. Settings are read at
each question, for Claude Code reads them anew, too.
"""

import json
import os
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from antiphon.agent.disk.reading import ANYWHERE, read_regular
from antiphon.agent.disk.settings_files import local_settings, shared_settings
from antiphon.agent.json_values import array, mapping

MANAGED = Path("/Library/Application Support/ClaudeCode" if sys.platform == "darwin" else "/etc/claude-code")
_LARGEST = 4 * 1024 * 1024  # bytes of a settings file
_RULE = re.compile(r"(?:Read|\*)(?:\((?P<pattern>.*)\))?", re.DOTALL)
_TOKEN = re.compile(r"\*\*/|\*\*|\*|\?|\[!?\]?[^]/]*\]|\\.|.", re.DOTALL)
_PLACEHOLDERS = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}


class UnknownRules(Exception):
    """What is denied cannot be told; the message names the file that cannot be read."""


@dataclass(frozen=True, slots=True)
class _Rule:
    base: Path
    pattern: re.Pattern[str]

    def denies(self, path: Path) -> bool:
        return any(
            path.is_relative_to(base) and self.pattern.fullmatch(path.relative_to(base).as_posix()) is not None
            for base in (self.base, self.base.resolve())
        )


def denied(paths: tuple[Path, ...], project: Path, config_directory: Path, managed: Path = MANAGED) -> bool:
    """Whether settings of the user, the project or the machine deny one of these absolute paths. UnknownRules: a file
    of settings cannot be read. Reads files: not for the event loop."""
    rules = list(_rules(project, config_directory, managed))
    return any(rule.denies(path) for rule in rules for path in paths)


def unreadable(project: Path, config_directory: Path, managed: Path = MANAGED) -> list[Path]:
    """The files of these settings that cannot be read: Claude Code goes without them, and without their rules. Reads
    files: not for the event loop."""
    found: list[Path] = []
    for file, _ in _files(project, config_directory, managed):
        try:
            _denials(file)
        except UnknownRules:
            found.append(file)
    return found


def _files(project: Path, config_directory: Path, managed: Path) -> list[tuple[Path, Path]]:
    """The files of settings that there may be, each with what its patterns that begin with "/" are relative to."""
    return [
        (config_directory / "settings.json", config_directory),
        (shared_settings(project).path, project),
        *((one.path, project) for one in local_settings(project)),
        (managed / "managed-settings.json", Path("/")),
        *((path, Path("/")) for path in sorted((managed / "managed-settings.d").glob("*.json"))),
    ]


def _rules(project: Path, config_directory: Path, managed: Path) -> Iterator[_Rule]:
    for file, root in _files(project, config_directory, managed):
        for text in _denials(file):
            if (found := _RULE.fullmatch(text.strip())) is not None:
                yield _rule(found["pattern"], root, project)


def _denials(file: Path) -> list[str]:
    try:
        settings = mapping(json.loads(read_regular(file, _LARGEST, ANYWHERE)))  # nothing of it is shown
    except FileNotFoundError:
        return []
    except (OSError, ValueError, RecursionError) as error:
        raise UnknownRules(f"{file} cannot be read") from error
    return [one for one in array(mapping(settings.get("permissions")).get("deny")) if isinstance(one, str)]


def _rule(text: str | None, root: Path, project: Path) -> _Rule:
    """`root`: what a pattern that begins with "/" is relative to."""
    match text:
        case None | "" | "*" | "**":
            return _Rule(Path("/"), re.compile(".*", re.DOTALL))
        case _ if text.startswith("//"):
            base, text = Path("/"), text[1:]
        case _ if text.startswith("~/"):
            base, text = Path(os.path.expanduser("~")), text[1:]
        case _ if text.startswith("/"):
            base = root
        case _:
            base, text = project, text.removeprefix("./")
    text = text.removesuffix("/**").rstrip("/")
    anywhere = "" if "/" in text else "(?:.*/)?"
    parts = (_translated(found[0]) for found in _TOKEN.finditer(text.lstrip("/")))
    return _Rule(base, re.compile(f"{anywhere}{''.join(parts)}(?:/.*)?", re.IGNORECASE | re.DOTALL))


def _translated(token: str) -> str:
    if token.startswith("[") and len(token) > 1:
        inner = token[1:-1].replace("\\", "\\\\").replace("[", "\\[")
        return "[^/]" if inner.startswith(("!", "^")) else f"[{inner}]" if inner else re.escape(token)
    return _PLACEHOLDERS.get(token) or re.escape(token.removeprefix("\\") or token)
