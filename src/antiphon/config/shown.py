"""The settings in force, as TOML with where each comes from, and as JSON."""

import json
from collections.abc import Mapping
from typing import Any, cast

from antiphon.config import wording
from antiphon.config.base import KeyPath
from antiphon.config.in_force import Origin, Setting, in_force
from antiphon.config.load import Configuration

_LONGEST = 70  # characters of a value; the file has it all
_COLUMN = 36  # from which on it is said where a value comes from


def as_toml(configuration: Configuration) -> str:
    """A table for each section; what is not set, and what is too long, stands in comments."""
    tables: dict[KeyPath, list[Setting]] = {}
    for setting in in_force(configuration):
        tables.setdefault(setting.path[:-1], []).append(setting)
    lines: list[str] = []
    absent = tables.pop((), [])  # sections
    for path, settings in tables.items():
        lines += ["", f"[{wording.name_of(path)}]", *map(_line, settings)]
    lines += ["", *(f"# [{wording.name_of(one.path)}]: {wording.NOT_SET}" for one in absent)]
    return "\n".join(lines[1:])


def as_json(configuration: Configuration) -> Mapping[str, Any]:
    """The same for programs. The value of a secret is null."""
    file = configuration.sources.file
    return {
        "file": None if file is None else str(file.absolute()),
        "notes": list(configuration.remarks),
        "settings": [
            {
                "key": wording.name_of(one.path),
                "path": list(one.path),
                "value": one.value,
                "secret": one.secret,
                "from": _kind(one.origin),
                "variable": one.origin.variable,
                "line": one.origin.line,
                "section": one.origin.taken_from or None,
            }
            for one in in_force(configuration)
        ],
    }


def _kind(origin: Origin) -> str:
    if origin.variable is not None:
        return "variable"
    return "default" if origin.line is None else "file"


def _line(setting: Setting) -> str:
    key, origin = wording.name_of(setting.path[-1:]), setting.origin
    told = wording.origin(origin.variable, origin.line, origin.taken_from)
    if setting.secret:
        return _commented(f'{key} = "…"', told)
    if setting.value is None:
        return f"# {key}: {wording.NOT_SET}"
    value = _toml(setting.value)
    if len(value) > _LONGEST:
        return f"# {key} = {wording.cut(value, _LONGEST)}  # {told}"
    return _commented(f"{key} = {wording.printable(value)}", told)


def _commented(line: str, told: str) -> str:
    return f"{line.ljust(_COLUMN)}  # {told}"


def _toml(value: Any) -> str:
    """JSON's texts, numbers and lists are TOML's too."""
    if isinstance(value, dict):
        pairs = [f"{wording.name_of((key,))} = {_toml(one)}" for key, one in cast(dict[str, Any], value).items()]
        return f"{{ {', '.join(pairs)} }}" if value else "{}"
    return json.dumps(value, ensure_ascii=False)
