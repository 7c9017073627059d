"""Lone surrogates, which the CLI leaves where it cuts a text within a character."""

from typing import cast


def without_surrogates(value: object) -> object:
    """JSON in which lone surrogates are replaced (the CLI cuts strings as JavaScript counts them): UTF-8 cannot encode
    them."""
    match value:
        case str() if not value.isascii():
            return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        case dict():
            return {
                without_surrogates(key): without_surrogates(one)
                for key, one in cast("dict[str, object]", value).items()
            }
        case list():
            return [without_surrogates(one) for one in cast("list[object]", value)]
        case _:
            return value
