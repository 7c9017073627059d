"""What hooks are asked about, and what they tell Claude: the same for hosted sessions and those in terminals. Pure."""

from collections.abc import Mapping
from typing import Any

from antiphon.agent.json_values import mapping
from antiphon.core.values import ToolUseId


def call_of(given: Mapping[str, Any]) -> tuple[ToolUseId, str, Mapping[str, Any]]:
    """The tool call that a hook is about: its id, the tool, its input."""
    return ToolUseId(str(given.get("tool_use_id"))), str(given.get("tool_name")), mapping(given.get("tool_input"))


def context(event: str, *texts: str) -> dict[str, Any]:
    """What Claude is told besides; {}: nothing is."""
    text = "\n\n".join(filter(None, texts))
    return {"hookSpecificOutput": {"hookEventName": event, "additionalContext": text}} if text else {}
