"""JSON that others wrote (Claude Code, its tools, the model), read tolerantly: it may be of any shape. Pure."""

from collections.abc import Mapping
from typing import Any, TypeVar, cast

T = TypeVar("T")


def mapping(value: object) -> Mapping[str, Any]:
    """A JSON object; {}: it is something else."""
    return cast("Mapping[str, Any]", value) if isinstance(value, dict) else {}


def mappings(value: object) -> list[Mapping[str, Any]]:
    """The objects in a JSON array; []: it is something else."""
    return [cast("Mapping[str, Any]", one) for one in array(value) if isinstance(one, dict)]


def array(value: object) -> list[object]:
    """A JSON array; []: it is something else."""
    return cast("list[object]", value) if isinstance(value, list) else []


def without_surrogates(value: T) -> T:
    """JSON in which lone surrogates are replaced, which UTF-8 cannot encode: the CLI leaves them where it cuts a text
    within a character, since it counts as JavaScript does."""
    changed: object = value
    match value:
        case str() if not value.isascii():
            changed = value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        case dict():
            parts = cast("dict[str, object]", value)
            changed = {without_surrogates(key): without_surrogates(one) for key, one in parts.items()}
        case list():
            changed = [without_surrogates(one) for one in cast("list[object]", value)]
        case _:
            pass
    return cast("T", changed)
