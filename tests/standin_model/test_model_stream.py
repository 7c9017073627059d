"""An answer on the wire: the events of the Messages API, and the counts that come with them."""

import json
from typing import Any

import pytest

from antiphon.standin.model.acts import Call, Reply, Text, Thinking
from antiphon.standin.model.stream import events, input_usage, message

USAGE = {"input_tokens": 4, "cache_creation_input_tokens": 10, "cache_read_input_tokens": 0}
REPLY = Reply(
    "x",
    (Thinking("Is it?"), Text("Grüße 👋 and more than one piece"), Call("Bash", {"command": "echo 'ä'"})),
    "tool_use",
)


def event_data(reply: Reply, piece: int = 5) -> list[Any]:
    return [event.data for event in events(reply, model="m", message_id="msg_1", usage=USAGE, piece=piece)]


def test_the_events_come_in_the_order_of_the_api() -> None:
    kinds = [data["type"] for data in event_data(REPLY, piece=1000)]
    block = ["content_block_start", "content_block_delta", "content_block_stop"]
    thinking = ["content_block_start", "ping", "content_block_delta", "content_block_delta", "content_block_stop"]
    assert kinds == ["message_start", *thinking, *block, *block, "message_delta", "message_stop"]


@pytest.mark.parametrize("piece", [1, 5, 1000])
def test_the_pieces_put_together_are_the_whole_message(piece: int) -> None:
    whole = message(REPLY, model="m", message_id="msg_1", usage=USAGE)
    blocks: list[dict[str, Any]] = []
    for data in event_data(REPLY, piece):
        if data["type"] == "content_block_start":
            blocks.append({**data["content_block"], "json": ""})
        if data["type"] == "content_block_delta":
            delta = dict(data["delta"])
            delta.pop("type")
            for key, value in delta.items():
                into = "json" if key == "partial_json" else key
                blocks[data["index"]][into] += value
    for block in blocks:
        text = block.pop("json")
        if block["type"] == "tool_use":
            block["input"] = json.loads(text)
    assert blocks == whole["content"]


def test_an_event_is_framed_as_a_server_sent_event() -> None:
    frames = [event.encode().decode() for event in events(REPLY, model="m", message_id="msg_1", usage=USAGE)]
    assert all(frame.endswith("\n\n") and frame.count("\n") == 3 for frame in frames)
    assert frames[0].startswith("event: message_start\ndata: {")


def test_the_end_tells_why_and_how_much() -> None:
    last = event_data(REPLY)[-2]
    assert last["delta"]["stop_reason"] == "tool_use"
    assert last["usage"]["output_tokens"] > 5


def test_the_cache_grows_with_the_conversation() -> None:
    prompt = {"role": "user", "content": "x" * 400}
    first = input_usage({"system": "y" * 4000, "messages": [prompt]})
    answer = {"role": "assistant", "content": "z" * 400}
    second = input_usage({"system": "y" * 4000, "messages": [prompt, answer, prompt]})
    assert first["cache_read_input_tokens"] == 0
    assert first["cache_creation_input_tokens"] > 1000
    assert second["cache_read_input_tokens"] > first["cache_creation_input_tokens"]
    assert 0 < second["cache_creation_input_tokens"] < 200
