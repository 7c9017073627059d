"""Reads skills and commands of a project and of its user from disk: what people can call by "/name".

A live process tells the same only on request, and only while it lives. Those that plugins bring are not among them.
No YAML library: people write heads that are no YAML (a description with a colon in it, a hint like "[a] [b]"), which
Claude Code reads all the same.
"""

import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Literal

from antiphon.agent.disk.reading import ANYWHERE, read_regular
from antiphon.core.requests import Skill

_LARGEST = 64 * 1024  # bytes of a file that are read: its front matter stands at the top
_MOST = 500  # files of one place
_LONGEST = 300  # characters of a description

_FRONT = re.compile(r"\A\ufeff?---[ \t]*\r?\n(?P<front>.*?)^---[ \t]*\r?$\n?(?P<body>.*)\Z", re.DOTALL | re.MULTILINE)
_KEY = re.compile(r"(?P<key>[A-Za-z][\w-]*)[ \t]*:(?:[ \t]+(?P<value>.*?))?[ \t]*")
_QUOTED = re.compile(r"""'(?P<one>(?:[^']|'')*)'|"(?P<two>(?:[^"\\]|\\.)*)\"""")
_CALL = re.compile(r"/(?P<name>[\w:.-]+)(?=\s|\Z)")
_BLOCK = re.compile(r"[|>][+-]?\d?(?:[ \t]+#.*)?")

Source = Literal["user", "project"]


def skills(project: Path, config_directory: Path) -> tuple[Skill, ...]:
    """All there are, by name; the user's own stand before those of the project, as they do for Claude Code. Reads
    files: not for the event loop."""
    found: dict[str, Skill] = {}
    roots: tuple[tuple[Path, Source], ...] = ((project / ".claude", "project"), (config_directory, "user"))
    for root, source in roots:
        links = ANYWHERE if source == "user" else project  # a repository's lead nowhere else
        for name, path in _files(root, links):
            try:
                head = front_matter(read_regular(path, _LARGEST, links).decode("utf-8", "replace"))
            except OSError:
                continue
            if head.get("user-invocable", "").lower() != "false":
                description = " ".join(head.get("description", "").split())[:_LONGEST]
                found[name] = Skill(name, description, head.get("argument-hint", ""), source)
    return tuple(found[name] for name in sorted(found))


def command_name(text: str) -> str | None:
    """Which command a text calls, if it calls one."""
    called = _CALL.match(text)
    return called and called["name"]


def front_matter(text: str) -> dict[str, str]:
    """The simple values of a YAML head, as text; "description" without one: the first line of what follows. Total:
    what is not understood is left out."""
    found = _FRONT.match(text)
    body = found["body"] if found else text
    values = _values(found["front"].splitlines()) if found else {}
    if not values.get("description"):
        values["description"] = next((line.lstrip("# ").strip() for line in body.splitlines() if line.strip()), "")
    return values


def _values(lines: list[str]) -> dict[str, str]:
    values: dict[str, str] = {}
    blocks: set[str] = set()
    key = ""
    for line in lines:
        begun = _KEY.fullmatch(line)
        if begun is not None:
            key, value = begun["key"], begun["value"] or ""
            if _BLOCK.fullmatch(value):
                blocks.add(key)
                value = ""
            values[key] = value
        elif key and line.strip() and line[0] in " \t-":  # the value goes on
            values[key] = f"{values[key]} {line.strip()}".strip()
    return {key: value if key in blocks else _scalar(value) for key, value in values.items()}


def _scalar(value: str) -> str:
    """A value without its quotes or brackets, or a comment behind it."""
    quoted = _QUOTED.match(value)
    if quoted is not None:
        return quoted["one"].replace("''", "'") if quoted["two"] is None else re.sub(r"\\(.)", r"\1", quoted["two"])
    value = re.split(r"[ \t]+#", value, maxsplit=1)[0]
    return value[1:-1].strip() if value.startswith("[") and value.endswith("]") else value


def _files(root: Path, links: Path) -> Iterator[tuple[str, Path]]:
    """What can be called, by name; a command in directories by all their names, with colons between. A directory that
    leads out of `links` is not searched: it may be the whole disk."""
    for folder, pattern in ((root / "commands", "**/*.md"), (root / "skills", "*/SKILL.md")):
        try:
            if not folder.resolve(strict=True).is_relative_to(links.resolve()):
                continue
        except (OSError, RuntimeError):
            continue
        for path in sorted(islice(folder.glob(pattern), _MOST)):
            inside = path.relative_to(folder)
            parts = inside.with_suffix("").parts
            yield (parts[0] if folder.name == "skills" else ":".join(parts)), path
