"""Checks that an event is what its class promises. The SDK checks little of what Claude Code sends, and a number in
place of a text would only fail where nobody expects it: in a view, in the database, in Discord.

Pure. Looks at the declared types alone, so an event that is new needs nothing here.
"""

import math
from collections.abc import Mapping
from dataclasses import is_dataclass
from functools import cache
from types import UnionType
from typing import Any, Literal, NewType, Union, cast, get_args, get_origin, get_type_hints

_BITS = 63  # of the largest number that every database and every Discord takes


def is_valid(event: object) -> bool:
    """Whether each part is of its declared type, and each number finite and of 64 bits."""
    return all(_is(getattr(event, name), kind) for name, kind in _parts(type(event)).items())


@cache
def _parts(kind: type) -> Mapping[str, Any]:
    return get_type_hints(kind)


def _is(value: object, kind: Any) -> bool:
    if isinstance(kind, NewType):
        return _is(value, kind.__supertype__)
    match get_origin(kind):
        case origin if origin is Literal:
            return isinstance(value, str) and value in get_args(kind)
        case origin if origin in (Union, UnionType):
            return any(_is(value, one) for one in get_args(kind))
        case origin if origin is tuple:
            return isinstance(value, tuple) and all(_is(one, get_args(kind)[0]) for one in cast("tuple[object]", value))
        case _ if isinstance(kind, type) and is_dataclass(kind):
            return isinstance(value, kind) and is_valid(value)
        case _:
            return _is_plain(value, kind)


def _is_plain(value: object, kind: Any) -> bool:
    match value:
        case bool():
            return kind is bool
        case int():
            return kind in (int, float) and value.bit_length() <= _BITS
        case float():
            return kind is float and math.isfinite(value)
        case _:
            return isinstance(value, kind)
