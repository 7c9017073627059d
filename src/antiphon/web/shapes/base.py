"""What all shapes have in common: texts and ids with their limits. Ids of Discord are text: JavaScript cannot hold
them as numbers. Times are epoch seconds.
"""

import re
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

_LARGEST = 2**63  # what the database takes
_LINK = re.compile(r"https?://[^\s()<>\"\\]{1,500}")
_SURROGATES = re.compile("[\ud800-\udfff]")


def _whole(text: str) -> str:
    """Half a surrogate pair is no text."""
    if _SURROGATES.search(text) or "\0" in text:
        raise ValueError("it has characters that are no text")
    return text


def _snowflake(given: object) -> object:
    return str(given) if isinstance(given, int) and not isinstance(given, bool) else given


def _is_link(text: str) -> str:
    if text and _LINK.fullmatch(text) is None:
        raise ValueError("it must be an http or https address")
    return text


def _is_id(text: str) -> str:
    if int(text) >= _LARGEST:
        raise ValueError("no id of Discord's is so large")
    return text


Text = Annotated[str, AfterValidator(_whole)]
DiscordId = Annotated[str, BeforeValidator(_snowflake), Field(pattern=r"^[0-9]{1,19}$"), AfterValidator(_is_id)]
Key = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[\x21-\x7e]+$")]
Link = Annotated[Text, Field(max_length=512), AfterValidator(_is_link)]
Color = Annotated[int, Field(ge=0, le=0xFFFFFF)]
Words = Annotated[Text, Field(min_length=1, max_length=100_000)]
PromptText = Annotated[Text, Field(min_length=1, max_length=8000)]
Name = Annotated[Text, Field(max_length=100)]
Moment = Annotated[float, Field(ge=0, le=253_402_300_799)]


class Asked(BaseModel):
    """What comes in. Fields that nobody knows are refused: they are mistyped."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Told(BaseModel):
    """What goes out."""

    model_config = ConfigDict(frozen=True)


class ProblemTold(Told):
    """problem+json (RFC 9457). `error`: the same as `detail`; `errors`: the fields that are wrong."""

    type: str
    title: str
    status: int
    detail: str
    error: str
    request_id: str
    errors: list[dict[str, str]] | None = None


def id_of(number: int | None) -> str | None:
    """An id of Discord's as text."""
    return None if number is None else str(number)
