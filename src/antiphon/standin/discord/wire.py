"""What a route is given and what it gives back, and the reading of fields from a body nobody has vouched for."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast

from antiphon.standin.discord.errors import Form, Json, form_error
from antiphon.standin.discord.ids import is_snowflake
from antiphon.standin.discord.state import User


@dataclass(frozen=True, slots=True)
class Upload:
    """One file of a multipart request; `field` is "files[0]"."""

    field: str
    filename: str
    content_type: str
    data: bytes


@dataclass(slots=True)
class Call:
    """One request: `args` are the ids of the path, `body` its JSON, whatever that turned out to be."""

    method: str
    path: str
    args: Mapping[str, str]
    query: Mapping[str, str]
    body: Any
    uploads: tuple[Upload, ...] = ()
    user: User | None = None

    @property
    def actor(self) -> User:
        """Who asks; routes that need nobody never look."""
        assert self.user is not None
        return self.user

    def form(self) -> Json:
        """The body as an object; anything else is 400/50035."""
        if self.body is None:
            return {}
        return as_object(self.body, "")

    def flag(self, name: str) -> bool:
        """A boolean of the query; discord.py writes 1 where the documents say true."""
        return self.query.get(name, "").lower() in ("1", "true")

    def number(self, name: str, default: int, low: int, high: int) -> int:
        raw = self.query.get(name)
        if raw is None:
            return default
        number = as_whole(raw)
        if number is None:
            raise form_error(name, "NUMBER_TYPE_COERCE", f'Value "{raw}" is not int.')
        if number < low:
            raise form_error(name, "NUMBER_TYPE_MIN", f"int value should be greater than or equal to {low}.")
        if number > high:
            raise form_error(name, "NUMBER_TYPE_MAX", f"int value should be less than or equal to {high}.")
        return number


@dataclass(frozen=True, slots=True)
class Reply:
    """Status and JSON (None: no body)."""

    status: int
    payload: Json | list[Any] | None = None
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


Result = Json | list[Any] | Reply | None
"""A route may return its JSON alone (200), None (204), or a whole Reply."""


def as_whole(value: object) -> int | None:
    """A JSON integer (2.0 is one), or one written in plain digits as Discord's large numbers are; None for all else."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        return None
    if isinstance(value, int):
        return value
    digits = value.removeprefix("-")
    # Longer than any number of Discord's, and long before int() itself refuses.
    return int(value) if digits.isascii() and digits.isdigit() and len(digits) <= 40 else None


def as_object(value: object, path: str) -> Json:
    if not isinstance(value, dict):
        raise form_error(path, "MODEL_TYPE_CONVERT", "Only dictionaries may be used in a ModelType")
    return cast(Json, value)


def as_list(value: object, path: str) -> list[Any]:
    if not isinstance(value, list):
        raise form_error(path, "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType")
    return cast(list[Any], value)


def objects(value: object, path: str) -> list[Json]:
    """A list of objects; null is an empty one."""
    if value is None:
        return []
    return [as_object(item, f"{path}.{n}") for n, item in enumerate(as_list(value, path))]


def ids(value: object, path: str) -> list[str]:
    """A list of snowflakes, given as strings or as JSON integers; null is an empty one."""
    if value is None:
        return []
    return [as_id(item, f"{path}.{n}") for n, item in enumerate(as_list(value, path))]


def as_id(value: object, path: str) -> str:
    if not is_snowflake(value):
        raise form_error(path, "NUMBER_TYPE_COERCE", f'Value "{value}" is not snowflake.')
    return str(value)


class Fields:
    """Reads single fields and notes what is wrong with each in a Form, so that all are reported at once."""

    def __init__(self, body: Json, form: Form, path: str = "") -> None:
        self.body = body
        self.form = form
        self._prefix = f"{path}." if path else ""

    def path(self, name: str) -> str:
        return self._prefix + name

    def text(self, name: str, longest: int, *, shortest: int = 0, required: bool = False) -> str | None:
        """A trimmed string counted in code points; a number is taken as text, as Discord does."""
        value = self.body.get(name)
        if value is None:
            if required:
                self.form.add(self.path(name), "BASE_TYPE_REQUIRED", "This field is required")
            return None
        if isinstance(value, bool) or not isinstance(value, (str, int, float)):
            self.form.add(self.path(name), "STRING_TYPE_CONVERT", f'Could not interpret "{value}" as string.')
            return None
        text = str(value).strip()
        if required and not text:
            self.form.add(self.path(name), "BASE_TYPE_REQUIRED", "This field is required")
        elif len(text) > longest or len(text) < shortest:
            self._length(name, shortest, longest)
        return text

    def _length(self, name: str, shortest: int, longest: int) -> None:
        if shortest:
            message = f"Must be between {shortest} and {longest} in length."
            self.form.add(self.path(name), "BASE_TYPE_BAD_LENGTH", message)
        else:
            self.form.add(self.path(name), "BASE_TYPE_MAX_LENGTH", f"Must be {longest} or fewer in length.")

    def number(self, name: str, low: int, high: int) -> int | None:
        value = self.body.get(name)
        if value is None:
            return None
        number = as_whole(value)
        if number is None:
            self.form.add(self.path(name), "NUMBER_TYPE_COERCE", f'Value "{value}" is not int.')
            return None
        if number < low:
            message = f"int value should be greater than or equal to {low}."
            self.form.add(self.path(name), "NUMBER_TYPE_MIN", message)
        elif number > high:
            message = f"int value should be less than or equal to {high}."
            self.form.add(self.path(name), "NUMBER_TYPE_MAX", message)
        return number

    def choice(self, name: str, allowed: tuple[int, ...]) -> int | None:
        value = self.body.get(name)
        if value is None:
            return None
        if isinstance(value, bool) or value not in allowed:
            listed = ", ".join(str(item) for item in allowed)
            self.form.add(self.path(name), "BASE_TYPE_CHOICES", f"Value must be one of ({listed}).")
            return None
        return int(value)

    def chosen(self, name: str, allowed: Collection[int]) -> list[int] | None:
        """A list of numbers out of a set, none twice; None when absent or null."""
        if self.body.get(name) is None:
            return None
        found: list[int] = []
        for n, item in enumerate(self.items(name, 25)):
            path = f"{self.path(name)}.{n}"
            if isinstance(item, bool) or not isinstance(item, int) or item not in allowed:
                listed = ", ".join(str(one) for one in allowed)
                self.form.add(path, "BASE_TYPE_CHOICES", f"Value must be one of ({listed}).")
            elif item in found:
                self.form.add(path, "SET_TYPE_ALREADY_CONTAINS_VALUE", "The set already contains this value")
            else:
                found.append(item)
        return found

    def instant(self, name: str) -> float | None:
        """A time in ISO 8601 with its offset, as seconds since 1970."""
        text = self.text(name, 100)
        if text is None:
            return None
        try:
            found = datetime.fromisoformat(text)
            return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
        except (ValueError, OverflowError):
            self.form.add(self.path(name), "DATETIME_TYPE_CONVERT", f'Could not parse "{text}".')
            return None

    def boolean(self, name: str) -> bool | None:
        value = self.body.get(name)
        if value is None or isinstance(value, bool):
            return value
        self.form.add(self.path(name), "BOOLEAN_TYPE_CONVERT", "Must be either true or false.")
        return None

    def items(self, name: str, longest: int, *, shortest: int = 0) -> list[Any]:
        """A list within its bounds; [] when absent or null."""
        value = self.body.get(name)
        if value is None:
            if shortest:
                self.form.add(self.path(name), "BASE_TYPE_REQUIRED", "This field is required")
            return []
        if not isinstance(value, list):
            self.form.add(self.path(name), "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType")
            return []
        found = cast(list[Any], value)
        if len(found) > longest or len(found) < shortest:
            self._length(name, shortest, longest)
        return found
