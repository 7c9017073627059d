"""The values that scripts are made of: what the model says and does, what it gets back, and what goes wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast

Json = Mapping[str, Any]


def json_object(value: object) -> Json:
    """A JSON object as it is, and anything else as an empty one."""
    return cast(Json, value) if isinstance(value, dict) else {}


def json_objects(value: object) -> tuple[Json, ...]:
    """The objects of a JSON array; anything else holds none."""
    items = cast(list[object], value) if isinstance(value, list) else []
    return tuple(cast(Json, item) for item in items if isinstance(item, dict))


@dataclass(frozen=True, slots=True)
class Text:
    """A text block of the answer."""

    text: str


@dataclass(frozen=True, slots=True)
class Thinking:
    """A thinking block; the stream adds the signature that the API always sends with one."""

    text: str


@dataclass(frozen=True, slots=True)
class Call:
    """One tool_use block. Its id is given when the answer is sent."""

    tool: str
    input: Json


@dataclass(frozen=True, slots=True)
class Calls:
    """Tool calls of one assistant message: they end it, and the script goes on with their results."""

    calls: tuple[Call, ...]


@dataclass(frozen=True, slots=True)
class Result:
    """What came back for one tool call: the text of the tool_result, and whether it is marked as an error."""

    text: str
    is_error: bool


@dataclass(frozen=True, slots=True)
class Slow:
    """Nothing of this answer is sent for so many seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Rate:
    """This answer streams at so many tokens (4 characters) a second. `piece`: the most characters that one delta
    brings; 0 leaves it to the pace."""

    tokens_per_second: float
    piece: int = 0


@dataclass(frozen=True, slots=True)
class Fault:
    """The request goes wrong: an HTTP error, a connection closed in the middle of the stream, or no answer at all.

    `times` is how many requests of the turn meet it before the script goes on; None is every one. `words`: of an HTTP
    error; "" leaves them to the server. `resets`: it is a subscription's usage limit, reset in so many seconds.
    """

    kind: Literal["error", "cut", "hang"]
    status: int = 0
    times: int | None = None
    words: str = ""
    resets: float | None = None


@dataclass(frozen=True, slots=True)
class Listen:
    """Asks what has come in while the turn ran, since it was last asked; each text comes back like a result."""


Act = Text | Thinking | Calls | Slow | Rate | Fault | Listen
Block = Text | Thinking | Call
StopReason = Literal["end_turn", "tool_use"]


@dataclass(frozen=True, slots=True)
class Reply:
    """What the model answers to one request.

    `script` names the scripts that ran ("bash", "say+tools", "plain"), for whoever observes. With a `fault` of kind
    "cut" the blocks are what would have been sent in full.
    """

    script: str
    blocks: tuple[Block, ...]
    stop_reason: StopReason = "end_turn"
    fault: Fault | None = None
    slow: Slow | None = None
    rate: Rate | None = None
