"""Internals of the SDK that agent/wire.py uses. When its pinned version moves, this fails first."""

import claude_agent_sdk
from claude_agent_sdk import ClaudeSDKClient, ResultMessage
from claude_agent_sdk._internal.query import Query

from antiphon.agent import wire
from antiphon.agent.claude import bundled
from antiphon.agent.translate import translate
from antiphon.core.events import TextDelta, TurnEnded, Unknown
from antiphon.core.values import ToolUseId

RESULT = {
    "type": "result",
    "subtype": "success",
    "duration_ms": 1,
    "duration_api_ms": 1,
    "is_error": False,
    "num_turns": 1,
    "session_id": "s",
}


def test_the_version_is_the_one_that_was_read() -> None:
    assert claude_agent_sdk.__version__ == "0.2.186"


def test_the_client_has_what_wire_reaches_for() -> None:
    client = ClaudeSDKClient()
    assert client._query is None
    assert client._transport is None
    assert hasattr(Query, "receive_messages")
    assert wire.pid(client) is None
    assert bundled().is_file()


def test_a_message_of_an_unknown_type_is_counted_not_dropped() -> None:
    assert wire.parsed({"type": "novelty"}) == Unknown("novelty")


def test_a_message_that_cannot_be_parsed_is_counted_and_ends_nothing() -> None:
    broken = wire.parsed({"type": "assistant", "message": {"content": "not a list"}})
    assert isinstance(broken, Unknown)
    assert broken.kind.startswith("assistant: ")
    assert isinstance(wire.parsed({}), Unknown)


def test_a_message_that_is_known_comes_typed() -> None:
    assert isinstance(wire.parsed(RESULT), ResultMessage)


def test_an_unknown_system_message_becomes_an_event() -> None:
    message = wire.parsed({"type": "system", "subtype": "novelty"})
    assert translate(message) == (Unknown("system novelty"),)


def test_an_interrupted_turn_is_stopped_and_not_failed() -> None:
    aborted = {**RESULT, "subtype": "error_during_execution", "is_error": True, "terminal_reason": "aborted_streaming"}
    (end,) = translate(wire.parsed(aborted))
    assert isinstance(end, TurnEnded)
    assert (end.reason, end.error) == ("stopped", None)


def test_a_result_that_says_success_may_be_a_failure() -> None:
    failed = {**RESULT, "is_error": True, "result": "Overloaded", "api_error_status": 529}
    (end,) = translate(wire.parsed(failed))
    assert isinstance(end, TurnEnded)
    assert (end.reason, end.error) == ("failed", "Overloaded (status 529)")


def test_the_words_of_a_sub_agent_carry_its_tool() -> None:
    event = {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "hm"}}
    raw = {"type": "stream_event", "uuid": "u", "session_id": "s", "event": event, "parent_tool_use_id": "agent-1"}
    assert translate(wire.parsed(raw)) == (TextDelta("hm", ToolUseId("agent-1")),)
