"""What is wrong with settings, in our words: where each problem stands, what should stand there, what to do.

pydantic finds the problems; nothing that it says is shown. Neither is a secret.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from antiphon.config import wording
from antiphon.config.base import KeyPath, Section, Unfitting
from antiphon.config.schema import Node, is_secret, leaves, part, schema_of, settings_of
from antiphon.config.settings import Settings
from antiphon.config.sources import Sources

_MOST = 50  # lines; more of them help nobody
_LOOKED_AT = 500  # of what pydantic finds, which may be something in every line of a large file
_SECRETS = ("token", "url", "secret")  # keys, wherever they stand: a section may be misspelt
_SHORTEST_SECRET = 6
# A bot's token and a webhook's address, wherever somebody has put them.
_LOOKS_SECRET = re.compile(r"[\w-]{20,}\.[\w-]{5,}\.[\w-]{20,}|/webhooks/\d+/[\w-]+")
_KEY = "[key]"  # with what pydantic ends the place of a table's name


@dataclass(frozen=True, slots=True)
class Problem:
    """One of them. `words` continue the name of what stands at `path`; `alternative`: it is so of one of the types
    that a setting may have."""

    path: KeyPath
    words: str
    alternative: bool = field(default=False, compare=False)


def found_by(error: ValidationError, model: type[Section], sources: Sources) -> tuple[Problem, ...]:
    """The problems of settings that are not as `model` says."""
    found = error.errors(include_url=False)[:_LOOKED_AT]
    every = [one for details in found for one in _of(details, model, sources)]
    deeper = {one.path for one in every if one.alternative}
    kept = (one for one in every if not (one.alternative and any(_is_below(path, one.path) for path in deeper)))
    return tuple(dict.fromkeys(kept))


def told(problems: tuple[Problem, ...], sources: Sources) -> tuple[str, ...]:
    """A line for each, in the order of the file."""
    ordered = sorted(problems, key=lambda one: (sources.variable(one.path) is None, sources.line(one.path) or 0))
    hidden = [one for one in _secrets(sources.data) if len(one) >= _SHORTEST_SECRET]
    lines = [wording.printable(_without(sources.about(one.path, one.words), hidden)) for one in ordered]
    return tuple(lines if len(lines) <= _MOST else [*lines[:_MOST], wording.AND_MORE])


def _of(details: ErrorDetails, model: type[Section], sources: Sources) -> Iterator[Problem]:
    kind, root = details["type"], schema_of(model)
    path, is_alternative = _place(details, sources.data)
    match details.get("ctx", {}).get("error"):
        case Unfitting() as error:
            yield from (Problem((*path, *below), f": {words}") for below, words in error.problems)
        case ValueError() as error:
            yield Problem(path, f": {error}")
        case _ if kind == "missing":
            yield _missing(path, root, sources)
        case _ if kind == "extra_forbidden":
            yield _unknown(path, root, sources)
        case _ if path == ("projects",) and not details["input"]:
            yield Problem(path, wording.NO_PROJECT_AT_ALL)
        case _ if details["loc"][-1:] == (_KEY,):
            patterns = (part(root, path[:-1]) or {}).get("patternProperties", {})
            yield Problem(path, wording.bad_name(next(iter(patterns), "")))
        case _:
            node = part(root, path) or {}
            words = wording.must_be(node, details["input"], hidden=is_secret(node))
            yield Problem(path, words, is_alternative)


def _place(details: ErrorDetails, data: Any) -> tuple[KeyPath, bool]:
    """Where it stands in the data; and whether pydantic has named one of several types on the way."""
    path: KeyPath = ()
    passed = False
    for piece in details["loc"]:
        if isinstance(data, Mapping) and piece in data:
            data = cast(Mapping[Any, Any], data)[piece]
        elif isinstance(data, list) and isinstance(piece, int):
            data = cast(list[Any], data)[piece]
        elif details["type"] != "missing":
            passed = True
            continue
        path = (*path, piece)
    return path, passed


def _missing(path: KeyPath, root: Node, sources: Sources) -> Problem:
    if path in (("discord",), ("discord", "token")):
        path = ("discord", "token")
    description = (part(root, path) or {}).get("description", "")
    if sources.variable(path) is not None:
        return Problem(path, wording.not_set(description, sources.file, path))
    if path == ("projects",):
        return Problem(path, wording.NO_PROJECT_AT_ALL)
    return Problem(path[:-1], wording.lacks(str(path[-1]), description))


def _unknown(path: KeyPath, root: Node, sources: Sources) -> Problem:
    *table, name = path
    known = settings_of(part(root, tuple(table)) or {})
    value: Any = sources.data
    for piece in path:
        value = value[piece]
    if not table and isinstance(value, dict | list):
        return Problem(path, wording.unknown_section(str(name), known))
    tables = [f"[{wording.name_of(one[:-1])}]" for one, _ in leaves(schema_of(Settings)) if one[-1] == name]
    return Problem(path, wording.unknown(str(name), known, tables))


def _is_below(path: KeyPath, other: KeyPath) -> bool:
    return len(path) > len(other) and path[: len(other)] == other


def _secrets(data: Any, *, inside: bool = False) -> Iterator[str]:
    """The texts that nobody may see."""
    match data:
        case str() if inside:
            yield data
        case dict():
            for key, value in cast(dict[str, Any], data).items():
                yield from _secrets(value, inside=inside or key in _SECRETS)
        case list():
            for value in cast(list[Any], data):
                yield from _secrets(value, inside=inside)
        case _:
            pass


def _without(line: str, hidden: list[str]) -> str:
    for secret in hidden:
        line = line.replace(secret, "…")
    return _LOOKS_SECRET.sub("…", line)
