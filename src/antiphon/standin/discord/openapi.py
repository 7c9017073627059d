"""Checks bodies against Discord's own OpenAPI document, which its servers are built from.

The document is stricter than the servers in some places, which are read loosely here: ids may be JSON integers
(discord.py sends them so), permission bits strings, channels media channels, references forwards (as the prose says),
and `oneOf` means "at least one", since its alternatives overlap. jsonschema is imported when the first body is
checked: it is a dependency of development only.
"""

from __future__ import annotations

import gzip
import importlib
import json
from pathlib import Path
from typing import Any, cast

from antiphon.standin.discord.errors import Json

_URI = "urn:discord"
_BITS = frozenset({"allow", "deny", "permissions"})
_CHANNEL_TYPE, _FORUM, _MEDIA = [{"$ref": "#/components/schemas/ChannelTypes"}], 15, 16
_REFERENCE = {"type": "integer", "enum": [0, 1]}
_SNOWFLAKE = {"anyOf": [{"type": "string", "pattern": "^(0|[1-9][0-9]*)$"}, {"type": "integer", "minimum": 0}]}


class OpenApi:
    """One document (JSON, or that with gzip); validators are made on first use, one per operation."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._loaded: tuple[dict[str, Json], Any, Any] | None = None
        self._validators: dict[tuple[str, ...], Any] = {}

    def _load(self) -> tuple[dict[str, Json], Any, Any]:
        """Operations by their path with all parameters alike, the validator class and the registry."""
        if self._loaded is None:
            document = _loosen(json.loads(_read(self._path)))
            document["components"]["schemas"] |= {"SnowflakeType": _SNOWFLAKE, "MessageReferenceType": _REFERENCE}
            referencing: Any = importlib.import_module("referencing")
            dialect: Any = importlib.import_module("referencing.jsonschema").DRAFT202012
            resource = referencing.Resource(contents=document, specification=dialect)
            registry = referencing.Registry().with_resource(_URI, resource)
            validator: Any = importlib.import_module("jsonschema").Draft202012Validator
            operations = {_alike(path): {"path": path, **item} for path, item in document["paths"].items()}
            self._loaded = operations, validator, registry
        return self._loaded

    def request_error(self, method: str, path: str, body: Any) -> str | None:
        """What is wrong with a body, in words; None when it fits, or when the document does not know the route."""
        return self._check(method, path, body, "requestBody")

    def answer_error(self, method: str, path: str, status: int, body: Any) -> str | None:
        """The same for an answer of ours."""
        return self._check(method, path, body, "responses", str(status))

    def knows(self, method: str, path: str) -> bool:
        return method.lower() in self._load()[0].get(_alike(path), {})

    def _check(self, method: str, path: str, body: Any, *where: str) -> str | None:
        key = (method, path, *where)
        if key not in self._validators:
            self._validators[key] = self._validator(method, path, where)
        validator = self._validators[key]
        if validator is None:
            return None
        first: Any = next(validator.iter_errors(body), None)
        if first is None:
            return None
        meant = _meant(first)
        return f"{meant.json_path}: {meant.message[:300]}"

    def _validator(self, method: str, path: str, where: tuple[str, ...]) -> Any:
        operations, make, registry = self._load()
        item = operations.get(_alike(path), {})
        node: Any = item.get(method.lower(), {})
        steps = ["paths", item.get("path", ""), method.lower(), *where]
        for step in where:
            node = node.get(step, {})
        content: Json = node.get("content", {})
        kind = next((k for k in ("application/json", "multipart/form-data") if k in content), None)
        if kind is None:
            return None
        pointer = "/".join(s.replace("~", "~0").replace("/", "~1") for s in (*steps, "content", kind, "schema"))
        return make({"$ref": f"{_URI}#/{_escaped(pointer)}"}, registry=registry)


def _read(path: Path) -> bytes:
    return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()


def _meant(error: Any) -> Any:
    """Of alternatives that all failed, the error in the one that was meant: that of the same `type`."""
    branches: dict[int, list[Any]] = {}
    for inner in error.context or ():
        branches.setdefault(inner.schema_path[0], []).append(inner)
    if not branches:
        return error

    def distance(errors: list[Any]) -> tuple[bool, bool, int]:
        other_kind = any(e.path and e.path[-1] == "type" and len(e.path) == 1 for e in errors)
        not_at_all = any(e.validator == "type" and not e.path for e in errors)
        return other_kind, not_at_all, len(errors)

    return _meant(min(branches.values(), key=distance)[0])


def _escaped(pointer: str) -> str:
    return pointer.replace("{", "%7B").replace("}", "%7D")


def _alike(path: str) -> str:
    """A path in which every parameter is written alike, whether it came as :name or as {name}."""
    return "/".join("*" if part.startswith((":", "{")) else part for part in path.split("/"))


def _loosen(node: Any) -> Any:
    """`oneOf` becomes `anyOf` throughout, permission bits may be written as strings, and there are media channels."""
    if isinstance(node, dict):
        kind = cast(Json, node)
        if kind.get("allOf") == _CHANNEL_TYPE and _FORUM in kind["enum"]:
            return {"type": "integer", "enum": [*kind["enum"], _MEDIA]}
        for name in _BITS & cast(Json, node).get("properties", {}).keys():
            node["properties"][name] = {"type": ["integer", "string", "null"]}
        return {("anyOf" if k == "oneOf" else k): _loosen(v) for k, v in cast(Json, node).items()}
    if isinstance(node, list):
        return [_loosen(v) for v in cast(list[Any], node)]
    return node
