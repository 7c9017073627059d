"""Makes openapi.json.gz beside this file from Discord's whole OpenAPI document:

    .venv/bin/python tests/discord_document/reduce.py DOCUMENT

What remains: the operations that the stand-in has a route for, the schemas that those name, and of these what a
validator reads. See README.md.
"""

import gzip
import json
import re
import sys
from pathlib import Path
from typing import Any

from antiphon.standin.discord.routes import ROUTES

REDUCED = Path(__file__).with_name("openapi.json.gz")
_PROSE = frozenset({"description", "summary", "example", "examples", "deprecated", "title"})
_OF_AN_OPERATION = ("operationId", "requestBody", "responses")
_REFERENCE = "#/components/"


def reduced(document: dict[str, Any], routes: set[tuple[str, str]]) -> dict[str, Any]:
    """The part of a document that concerns these (method, path) pairs; parameters in paths are all alike."""
    paths: dict[str, Any] = {}
    for path, item in document["paths"].items():
        kept = {
            method: {key: operation[key] for key in _OF_AN_OPERATION if key in operation}
            for method, operation in item.items()
            if (method.upper(), _alike(path)) in routes
        }
        if kept:
            paths[path] = _without_prose(kept)
    components: dict[str, dict[str, Any]] = {"schemas": {}}
    waiting = _references(paths)
    while waiting:
        kind, name = waiting.pop()
        group = components.setdefault(kind, {})
        if name not in group:
            group[name] = _without_prose(document["components"][kind][name])
            waiting |= _references(group[name])
    info = {key: document["info"][key] for key in ("title", "license", "version")}
    return {"openapi": document["openapi"], "info": info, "paths": paths, "components": components}


def routes() -> set[tuple[str, str]]:
    """Every route of the stand-in: (method, path)."""
    return {(route.method, _alike(route.path)) for route in ROUTES}


def _alike(path: str) -> str:
    return re.sub(r"(?<=/)(?::|\{)[^/]*", "*", path)


def _references(node: Any) -> set[tuple[str, str]]:
    """The components that a part names: (kind, name)."""
    if isinstance(node, dict):
        found = set().union(*map(_references, node.values()))
        where = node.get("$ref")
        if isinstance(where, str) and where.startswith(_REFERENCE):
            kind, _, name = where.removeprefix(_REFERENCE).partition("/")
            found.add((kind, name))
        return found
    return set().union(*map(_references, node)) if isinstance(node, list) else set()


def _without_prose(node: Any, names: bool = False) -> Any:
    """A part without what only people read. `names`: the keys are names of properties, of which none is prose."""
    if isinstance(node, dict):
        return {
            key: _without_prose(value, key == "properties" and not names)
            for key, value in node.items()
            if names or not (key in _PROSE or key.startswith("x-"))
        }
    return [_without_prose(one) for one in node] if isinstance(node, list) else node


if __name__ == "__main__":
    made = reduced(json.loads(Path(sys.argv[1]).read_text()), routes())
    # No time of its own: the same document makes the same bytes.
    REDUCED.write_bytes(gzip.compress(json.dumps(made, sort_keys=True, separators=(",", ":")).encode(), mtime=0))
    print(f"{REDUCED}: {len(made['paths'])} paths, {len(made['components']['schemas'])} schemas")
