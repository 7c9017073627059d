"""Halves of characters, which the CLI leaves where it cuts a text."""

from typing import cast


def whole(value: object) -> object:
    """JSON without halves of surrogate pairs (the CLI cuts strings as JavaScript counts them): no encoder of UTF-8 and
    no Discord takes those."""
    match value:
        case str() if not value.isascii():
            return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        case dict():
            return {whole(key): whole(one) for key, one in cast("dict[str, object]", value).items()}
        case list():
            return [whole(one) for one in cast("list[object]", value)]
        case _:
            return value
