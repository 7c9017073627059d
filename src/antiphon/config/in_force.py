"""The settings in force, each with where it comes from. Secrets are not among what is told."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from pydantic import SecretStr

from antiphon.config.base import KeyPath, Section
from antiphon.config.load import Configuration
from antiphon.config.project import ProjectSection
from antiphon.config.settings import Settings
from antiphon.config.sources import Sources


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a setting comes from: a variable, a line of the file; nothing: its default. `taken_from`: the section that
    fills it in ("claude"), "" for its own."""

    variable: str | None = None
    line: int | None = None
    taken_from: str = ""


@dataclass(frozen=True, slots=True)
class Setting:
    """One of them. `value`: as JSON has it; None: not set. `secret`: it is set, and nobody may see it."""

    path: KeyPath
    value: Any
    origin: Origin
    secret: bool = False


def in_force(configuration: Configuration) -> tuple[Setting, ...]:
    """Every setting, in the order of the sections."""
    return tuple(_of(configuration.settings, (), configuration))


def _of(section: Section, path: KeyPath, configuration: Configuration) -> Iterator[Setting]:
    for name, info in type(section).model_fields.items():
        value, here = getattr(section, name), (*path, info.alias or name)
        if isinstance(section, ProjectSection) and value in (None, ""):
            yield _filled_in(name, here, configuration)
            continue
        yield from _at(here, value, configuration)


def _at(here: KeyPath, value: Any, configuration: Configuration) -> Iterator[Setting]:
    if isinstance(value, Section):
        yield from _of(value, here, configuration)
    elif isinstance(value, dict) and any(isinstance(one, Section) for one in cast(dict[str, Any], value).values()):
        for key, section in cast(dict[str, Section], value).items():
            yield from _of(section, (*here, key), configuration)
    else:
        yield Setting(here, _plain(value), _origin(here, configuration.sources), isinstance(value, SecretStr))


def _filled_in(name: str, here: KeyPath, configuration: Configuration) -> Setting:
    """What a project does not say: what [claude] or [display] say for all."""
    settings = configuration.settings
    common: tuple[tuple[str, Section], ...] = ()
    if isinstance(settings, Settings):
        common = (("claude", settings.claude), ("display", settings.display))
    for table, section in common:
        if name in type(section).model_fields:
            origin = _origin((table, *here[-1:]), configuration.sources)
            return Setting(here, _plain(getattr(section, name)), Origin(origin.variable, origin.line, table))
    return Setting(here, None, Origin())


def _origin(path: KeyPath, sources: Sources) -> Origin:
    known: Any = sources.data
    for piece in path:
        known = cast(Mapping[Any, Any], known).get(piece) if isinstance(known, Mapping) else None
    if known is None:
        return Origin()
    return Origin(variable) if (variable := sources.variable(path)) else Origin(line=sources.line(path))


def _plain(value: Any) -> Any:
    """As JSON has it."""
    match value:
        case SecretStr():
            return None
        case Path():
            return str(value)
        case frozenset():
            return sorted(_plain(one) for one in cast(frozenset[Any], value))
        case tuple():
            return [_plain(one) for one in cast(tuple[Any, ...], value)]
        case dict():
            return {key: _plain(one) for key, one in cast(dict[str, Any], value).items()}
        case float() if value.is_integer():
            return int(value)
        case _:
            return value
