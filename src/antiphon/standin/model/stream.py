"""An answer as the Messages API sends it: server-sent events, or one JSON message. Pure: no clock, no socket."""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from antiphon.standin.model.acts import Block, Call, Json, Reply, Text, Thinking, json_object, json_objects
from antiphon.standin.model.reading import text_of

CHARACTERS_PER_TOKEN = 4
_SIGNATURE = base64.b64encode(b"scripted thinking: nothing to verify").decode()
# What the CLI is told to have cost beside the text: the tools' own framing, and one uncached tail.
_UNCACHED_INPUT = 4


@dataclass(frozen=True, slots=True)
class Event:
    """One server-sent event, and how many tokens of the answer it brings (0 for the frame around them)."""

    data: Json
    tokens: int = 0

    @property
    def text(self) -> str:
        """What a reader gets of it: "" for everything but a part of the answer's text."""
        return str(json_object(self.data.get("delta")).get("text", ""))

    def encode(self) -> bytes:
        """The event as it goes over the wire."""
        return f"event: {self.data['type']}\ndata: {json.dumps(self.data, ensure_ascii=False)}\n\n".encode()


def tokens_in(text: str) -> int:
    """How many tokens a text is taken for: four characters each, at least one when there is any."""
    return math.ceil(len(text) / CHARACTERS_PER_TOKEN)


def input_usage(body: Json) -> dict[str, int]:
    """Plausible input counts of a request: all but its last message is read from the cache, the last is written."""
    fixed = tokens_in(text_of(body.get("system"))) + tokens_in(json.dumps(body.get("tools") or []))
    sizes = [tokens_in(json.dumps(message)) for message in json_objects(body.get("messages"))]
    first = len(sizes) <= 2  # a prompt, and perhaps a system message after it
    return {
        "input_tokens": _UNCACHED_INPUT,
        "cache_creation_input_tokens": fixed + sum(sizes) if first else sizes[-1],
        "cache_read_input_tokens": 0 if first else fixed + sum(sizes[:-1]),
    }


def output_tokens(reply: Reply) -> int:
    """What the answer counts as output."""
    return max(1, sum(tokens_in(_wire_text(block)) for block in reply.blocks))


def message(reply: Reply, *, model: str, message_id: str, usage: Json) -> dict[str, Any]:
    """The whole answer as one JSON message, as a request without `stream` gets it."""
    return _frame(model, message_id) | {
        "content": [_whole(block, _tool_id(message_id, index)) for index, block in enumerate(reply.blocks)],
        "stop_reason": reply.stop_reason,
        "usage": {**usage, "output_tokens": output_tokens(reply)},
    }


def events(reply: Reply, *, model: str, message_id: str, usage: Json, piece: int = 16) -> Iterator[Event]:
    """The answer as events, in the order of the real API; a delta brings at most `piece` characters."""
    started = _frame(model, message_id) | {"usage": {**usage, "output_tokens": 1}}
    yield Event({"type": "message_start", "message": started})
    for index, block in enumerate(reply.blocks):
        yield Event({"type": "content_block_start", "index": index, "content_block": _empty(block, message_id, index)})
        if index == 0:
            yield Event({"type": "ping"})
        text = _wire_text(block)
        for start in range(0, len(text), piece):
            part = text[start : start + piece]
            yield Event(
                {"type": "content_block_delta", "index": index, "delta": _delta(block, part)}, tokens=tokens_in(part)
            )
        if isinstance(block, Thinking):
            signature = {"type": "signature_delta", "signature": _SIGNATURE}
            yield Event({"type": "content_block_delta", "index": index, "delta": signature})
        yield Event({"type": "content_block_stop", "index": index})
    delta = {"stop_reason": reply.stop_reason, "stop_sequence": None}
    yield Event({"type": "message_delta", "delta": delta, "usage": {**usage, "output_tokens": output_tokens(reply)}})
    yield Event({"type": "message_stop"})


def _frame(model: str, message_id: str) -> dict[str, Any]:
    return {
        "id": message_id,
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
    }


def _tool_id(message_id: str, index: int) -> str:
    return f"toolu_{message_id.removeprefix('msg_')}{index:02}"


def _wire_text(block: Block) -> str:
    return json.dumps(block.input, ensure_ascii=False) if isinstance(block, Call) else block.text


def _delta(block: Block, part: str) -> Json:
    match block:
        case Text():
            return {"type": "text_delta", "text": part}
        case Thinking():
            return {"type": "thinking_delta", "thinking": part}
        case Call():
            return {"type": "input_json_delta", "partial_json": part}


def _empty(block: Block, message_id: str, index: int) -> Json:
    match block:
        case Text():
            return {"type": "text", "text": ""}
        case Thinking():
            return {"type": "thinking", "thinking": "", "signature": ""}
        case Call(tool=tool):
            return {"type": "tool_use", "id": _tool_id(message_id, index), "name": tool, "input": {}}


def _whole(block: Block, tool_id: str) -> Json:
    match block:
        case Text(text):
            return {"type": "text", "text": text}
        case Thinking(text):
            return {"type": "thinking", "thinking": text, "signature": _SIGNATURE}
        case Call(tool, inputs):
            return {"type": "tool_use", "id": tool_id, "name": tool, "input": inputs}
