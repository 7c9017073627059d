"""The JSON schema of the configuration file: for editors, and for the words in which we say what a setting must be."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, cast

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema
from pydantic_core import core_schema

from antiphon.config.base import KeyPath
from antiphon.config.settings import Settings

Node = Mapping[str, Any]
"""A part of a JSON schema."""

_DIALECT = "http://json-schema.org/draft-07/schema#"  # what editors' plugins for TOML read
_REFERENCE = "#/definitions/"


class _WithoutTitles(GenerateJsonSchema):
    """Titles would only be the keys once more."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        """See GenerateJsonSchema."""
        return False

    def model_schema(self, schema: core_schema.ModelSchema) -> dict[str, Any]:
        """See GenerateJsonSchema."""
        made = super().model_schema(schema)
        made.pop("title", None)
        return made


@cache
def schema_of(model: type[BaseModel] = Settings) -> Node:
    """The schema of the file that a model describes."""
    made = model.model_json_schema(ref_template=_REFERENCE + "{model}", schema_generator=_WithoutTitles)
    made["definitions"] = made.pop("$defs", {})
    return cast(Node, _for_toml(made))


def published() -> dict[str, Any]:
    """The whole schema, for editors. The token may come from the environment, and a webhook does without projects: by
    itself a file has to have neither."""
    made = dict(schema_of())
    made.pop("required", None)
    definitions = dict(made.pop("definitions"))
    definitions["DiscordSection"] = {key: it for key, it in definitions["DiscordSection"].items() if key != "required"}
    return {"$schema": _DIALECT, "title": "antiphon.toml", **made, "definitions": definitions}


def _for_toml(node: Any) -> Any:
    """Without null, which TOML does not have; and as older readers of schemas understand it."""
    if isinstance(node, list):
        return [_for_toml(one) for one in cast(list[Any], node)]
    if not isinstance(node, dict):
        return node
    made = {key: _for_toml(it) for key, it in cast(dict[str, Any], node).items()}
    if "anyOf" in made:
        made = {**_either([one for one in made.pop("anyOf") if one != {"type": "null"}]), **made}
    if isinstance(made.get("default"), dict | type(None)):  # of a section: its settings say theirs
        made.pop("default", None)
    if made.get("uniqueItems") and "default" in made:
        made["default"] = sorted(made["default"])
    if "patternProperties" in made:
        made["additionalProperties"] = False
    if "$ref" in made and len(made) > 1:
        made["allOf"] = [{"$ref": made.pop("$ref")}]
    return made


def _either(kinds: list[dict[str, Any]]) -> dict[str, Any]:
    if len(kinds) == 1:
        return kinds[0]
    if all("enum" in one or "const" in one for one in kinds):
        return {"type": "string", "enum": [word for one in kinds for word in one.get("enum", [one.get("const")])]}
    return {"anyOf": kinds}


def part(root: Node, path: KeyPath) -> Node | None:
    """The part of a schema that describes what stands at a path; None: nothing may stand there."""
    node: Node | None = root
    for piece in path:
        if node is None:
            return None
        node = _below(_resolved(root, node), piece)
    return None if node is None else _resolved(root, node)


def settings_of(node: Node) -> tuple[str, ...]:
    """The names of what may stand in a table."""
    return tuple(node.get("properties", {}))


def is_secret(node: Node | None) -> bool:
    """Whether nobody may see the value."""
    return node is not None and bool(node.get("writeOnly"))


def leaves(root: Node, path: KeyPath = ()) -> Iterator[tuple[KeyPath, Node]]:
    """Every setting. A table's name that people choose is "NAME" here."""
    node = part(root, path) or {}
    for name in settings_of(node):
        below = part(root, (*path, name)) or {}
        chosen = below.get("type") == "object" and not below.get("properties")
        if chosen and settings_of(part(root, (*path, name, "NAME")) or {}):
            yield from leaves(root, (*path, name, "NAME"))
        elif below.get("properties"):
            yield from leaves(root, (*path, name))
        else:
            yield (*path, name), below


@cache
def harmless_keys() -> frozenset[str]:
    """The keys whose values are no secrets, wherever they stand."""
    found = [(str(path[-1]), is_secret(node)) for path, node in leaves(schema_of())]
    return frozenset(name for name, _ in found) - {name for name, secret in found if secret}


def _below(node: Node, piece: str | int) -> Node | None:
    if isinstance(piece, int):
        lists = [one for one in node.get("anyOf", [node]) if one.get("type") == "array"]
        return lists[0].get("items") if lists else None
    if piece in node.get("properties", {}):
        return node["properties"][piece]
    for one in node.get("patternProperties", {}).values():
        return one
    others = node.get("additionalProperties")
    return cast(Node, others) if isinstance(others, dict) else None


def _resolved(root: Node, node: Node) -> Node:
    """With what it refers to."""
    for reference in (node.get("$ref"), *(one.get("$ref") for one in node.get("allOf", ()))):
        if reference is not None:
            own = {key: it for key, it in node.items() if key not in ("$ref", "allOf")}
            return {**root["definitions"][reference.removeprefix(_REFERENCE)], **own}
    return node
