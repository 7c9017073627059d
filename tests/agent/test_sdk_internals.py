"""Internals of the SDK that agent/process/wire.py uses. When its pinned version moves, this fails first."""

import inspect
import json
from pathlib import Path
from uuid import uuid4

import claude_agent_sdk
import pytest
from claude_agent_sdk import ClaudeSDKClient, ClaudeSDKError, ResultMessage, project_key_for_directory
from claude_agent_sdk._internal.query import Query

from antiphon.agent import wording
from antiphon.agent.disk.archive import Archive
from antiphon.agent.events.translate import translate
from antiphon.agent.process import wire
from antiphon.agent.process.installation import bundled
from antiphon.core.events import SelfStarted, SteerDelivered, TextDelta, TurnEnded, UnknownMessage
from antiphon.core.values import ToolUseId, TurnId

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
    assert list(inspect.signature(Query._send_control_request).parameters)[:2] == ["self", "request"]
    assert wire.pid(client) is None
    assert bundled().is_file()


async def test_a_request_without_a_process_is_the_sdks_own_error() -> None:
    with pytest.raises(ClaudeSDKError, match="not connected"):
        await wire.control(ClaudeSDKClient(), {"subtype": "reload_skills"})


def test_a_prompt_that_is_taken_in_is_told_by_its_own_uuid_and_other_states_are_no_event_of_a_turn() -> None:
    raw = {"type": "command_lifecycle", "command_uuid": "ours", "state": "started", "uuid": "its own"}
    assert wire.parsed(raw) == SteerDelivered(TurnId("ours"))
    assert isinstance(wire.parsed({**raw, "state": "queued"}), UnknownMessage)
    assert wire.parsed({**raw, "wakeup_source": "schedule_wakeup"}) == SelfStarted()


def test_the_archive_is_laid_out_as_the_sdk_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLAUDE_CONFIG_DIR", str(tmp_path))
    directory, claude = tmp_path / ("long" * 60), str(uuid4())
    for key in (project_key_for_directory(directory), "-tmp-short"):
        archive = tmp_path / "projects" / key
        archive.mkdir(parents=True)
    said = {"role": "user", "content": "hi"}
    line = {"type": "user", "uuid": claude, "cwd": str(directory), "message": said, "entrypoint": "cli"}
    (tmp_path / "projects" / project_key_for_directory(directory) / f"{claude}.jsonl").write_text(json.dumps(line))
    (told,) = Archive(tmp_path, (directory,)).sessions()
    assert (told.claude, told.first, told.origin) == (claude, "hi", "terminal")


def test_a_message_of_an_unknown_type_is_counted_not_dropped() -> None:
    assert wire.parsed({"type": "novelty"}) == UnknownMessage("novelty")


def test_a_message_that_cannot_be_parsed_is_counted_and_ends_nothing() -> None:
    broken = wire.parsed({"type": "assistant", "message": {"content": "not a list"}})
    assert isinstance(broken, UnknownMessage)
    assert broken.kind.startswith("assistant: ")
    assert isinstance(wire.parsed({}), UnknownMessage)


def test_a_message_that_is_known_comes_typed() -> None:
    assert isinstance(wire.parsed(RESULT), ResultMessage)


def test_an_unknown_system_message_becomes_an_event() -> None:
    message = wire.parsed({"type": "system", "subtype": "novelty"})
    assert translate(message) == (UnknownMessage("system novelty"),)


def test_an_interrupted_turn_is_stopped_and_not_failed() -> None:
    aborted = {**RESULT, "subtype": "error_during_execution", "is_error": True, "terminal_reason": "aborted_streaming"}
    (end,) = translate(wire.parsed(aborted))
    assert isinstance(end, TurnEnded)
    assert (end.reason, end.error) == ("stopped", None)


def test_a_result_that_says_success_may_be_a_failure() -> None:
    failed = {**RESULT, "is_error": True, "result": "Conflict", "api_error_status": 409}
    (end,) = translate(wire.parsed(failed))
    assert isinstance(end, TurnEnded)
    assert (end.reason, end.error) == ("failed", wording.refused(409, "Conflict"))
    assert "Conflict (status 409)" in (end.error or "")


def test_the_words_of_a_sub_agent_carry_its_tool() -> None:
    event = {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "hm"}}
    raw = {"type": "stream_event", "uuid": "u", "session_id": "s", "event": event, "parent_tool_use_id": "agent-1"}
    assert translate(wire.parsed(raw)) == (TextDelta("hm", ToolUseId("agent-1")),)
