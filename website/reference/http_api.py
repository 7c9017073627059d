"""The routes of the HTTP API, from its OpenAPI document."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from website.markdown import below, code, plain, table

_DOCUMENT = Path(__file__).parents[2] / "docs" / "openapi.json"
_TITLES = {"system": "The bridge", "scripts": "For scripts of claude-code-discord-bridge"}
Json = Mapping[str, Any]


def http_api() -> str:
    document = json.loads(_DOCUMENT.read_text(encoding="utf-8"))
    by_tag: dict[str, list[str]] = {}
    for path, routes in document["paths"].items():
        for method, route in routes.items():
            by_tag.setdefault(route["tags"][0], []).append(_route(document, method.upper(), path, route))
    parts = (part for tag, found in by_tag.items() for part in (f"## {_TITLES.get(tag, tag.capitalize())}\n", *found))
    return "\n".join(parts)


def http_errors() -> str:
    told: dict[str, str] = {}
    for routes in json.loads(_DOCUMENT.read_text(encoding="utf-8"))["paths"].values():
        for route in routes.values():
            told |= {status: one["description"] for status, one in route["responses"].items() if status[0] in "45"}
    return table(("status", "meaning"), [(status, plain(told[status])) for status in sorted(told)])


def _route(document: Json, method: str, path: str, route: Json) -> str:
    lines = [f"### {code(f'{method} {path}')}\n"]
    lines.append(f"{plain(route.get('description') or route['summary'])}\n")
    if asked := [*_parameters(document, route), *_body(document, route)]:
        lines.append(table(("field", "meaning"), asked))
    lines += _answers(document, route)
    return "\n".join(lines)


def _parameters(document: Json, route: Json) -> Iterator[tuple[str, str]]:
    for one in route.get("parameters", ()):
        yield _field(document, one["name"], one["in"], {**one["schema"], **one}, needed=one.get("required", False))


def _body(document: Json, route: Json) -> Iterator[tuple[str, str]]:
    for found in route.get("requestBody", {}).get("content", {}).values():
        schema = _resolved(document, found.get("schema", {}))
        for name, one in schema.get("properties", {}).items():
            yield _field(document, name, "body", one, needed=name in schema.get("required", ()))


def _field(document: Json, name: str, where: str, one: Json, *, needed: bool) -> tuple[str, str]:
    kind = f"{_kind(document, one)}, in the {where}{', **needed**' if needed else ''}"
    return code(name), below(plain(one.get("description", "")), kind[:1].upper() + kind[1:])


def _answers(document: Json, route: Json) -> Iterator[str]:
    for status, answer in route["responses"].items():
        if not status.startswith("2"):
            continue
        content = answer.get("content", {})
        names = [_resolved(document, one.get("schema", {})).get("properties", {}) for one in content.values()]
        fields = ", ".join(code(name) for name in {name: None for found in names for name in found})
        kinds = ", ".join(code(kind) for kind in content if kind != "application/json")
        told = f" with {fields}" if fields else f" as {kinds}" if kinds else ""
        yield f"Answers {status}{told}.\n"


def _kind(document: Json, one: Json) -> str:
    if "anyOf" in one:
        kinds = [_kind(document, part) for part in one["anyOf"] if part.get("type") != "null"]
        return " or ".join(dict.fromkeys(kinds))
    found = _resolved(document, one)
    if choices := found.get("enum"):
        return ", ".join(code(str(choice)) for choice in choices)
    if "const" in found:
        return code(str(found["const"]))
    if found.get("type") == "array":
        return f"list of {_kind(document, found.get('items', {}))}"
    kind = str(found.get("type", "anything"))
    return {"integer": "whole number", "string": "text"}.get(kind, kind)


def _resolved(document: Json, one: Json) -> Json:
    if "$ref" not in one:
        return one
    found: Any = document
    for piece in one["$ref"].removeprefix("#/").split("/"):
        found = found[piece]
    return found
