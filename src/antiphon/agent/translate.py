"""SDK messages to events: pure, total (every message becomes events, a deliberate silence, or Unknown).

Only what a conversation acts on or shows gets an event. What is silent on purpose stands in `_QUIET`, with reasons.
"""

from typing import Any

from claude_agent_sdk import (
    AssistantMessage,
    RateLimitEvent,
    ResultMessage,
    StreamEvent,
    SystemMessage,
    TextBlock,
    ThinkingBlock,
    ToolResultBlock,
    ToolUseBlock,
    UserMessage,
)
from claude_agent_sdk.types import ConversationResetMessage, Message

from antiphon.core.events import (
    AgentEvent,
    Noted,
    PermissionDenied,
    ReplyStarted,
    Retrying,
    SessionStarted,
    TextDelta,
    TextFinished,
    ThinkingDelta,
    ThinkingFinished,
    ToolFinished,
    ToolStarted,
    TurnEnded,
    Unknown,
    Usage,
)
from antiphon.core.values import ClaudeSessionId, ToolUseId, TurnId

# System subtypes without an event yet, each for a reason: progress that tool lines already show (task_*, status),
# echoes of what we asked for ourselves, and figures that the result repeats.
_QUIET = frozenset(
    {
        "status",
        "task_started",
        "task_progress",
        "task_updated",
        "task_notification",
        "session_state_changed",
        "hook_started",
        "hook_progress",
        "hook_response",
        "thinking_tokens",
        "post_turn_summary",
        "commands_changed",
        "background_tasks_changed",
        "files_persisted",
        "command_lifecycle",  # a wire type that the SDK does not know: a queued prompt was taken, or is done
    }
)

_SUBJECTS = ("command", "file_path", "path", "pattern", "url", "query", "description", "skill", "prompt", "subject")


def translate(message: Message | Unknown) -> tuple[AgentEvent, ...]:
    """The events that one message of the process stands for."""
    match message:
        case Unknown(kind):
            return () if kind in _QUIET else (message,)
        case StreamEvent(event=event, parent_tool_use_id=parent):
            return _delta(event, _tool(parent))
        case AssistantMessage():
            return tuple(_assistant(message))
        case UserMessage():
            return tuple(_results(message))
        case ResultMessage():
            return (_ended(message),)
        case ConversationResetMessage(new_conversation_id=id_):
            return (SessionStarted(ClaudeSessionId(id_), ""),)
        case SystemMessage():
            return _system(message)
        case RateLimitEvent():
            return _rate_limit(message)
        case _:
            return (Unknown(type(message).__name__),)


def subject(tool: str, given: dict[str, Any]) -> str:
    """The one line that tells what a tool call is about: its command, its file, its pattern."""
    for key in _SUBJECTS:
        value = given.get(key)
        if isinstance(value, str) and value.strip():
            return " ".join(value.split())
    return ""


def _tool(id_: str | None) -> ToolUseId | None:
    return None if id_ is None else ToolUseId(id_)


def _delta(event: dict[str, Any], parent: ToolUseId | None) -> tuple[AgentEvent, ...]:
    if event.get("type") == "message_start" and parent is None:
        return (ReplyStarted(),)
    if event.get("type") != "content_block_delta":
        return ()
    delta: dict[str, Any] = event.get("delta") or {}
    match delta.get("type"):
        case "text_delta":
            return (TextDelta(str(delta.get("text", "")), parent),)
        case "thinking_delta":
            return (ThinkingDelta(str(delta.get("thinking", "")), parent),)
        case _:
            return ()  # tool input arrives whole with its block; signatures are for the API


def _assistant(message: AssistantMessage) -> list[AgentEvent]:
    parent = _tool(message.parent_tool_use_id)
    if message.error is not None:
        return []  # the words of an API error come again, with its status, in the result
    events: list[AgentEvent] = []
    for block in message.content:
        match block:
            case TextBlock(text):
                events.append(TextFinished(text, parent))
            case ThinkingBlock(thinking):
                events.append(ThinkingFinished(thinking, parent))
            case ToolUseBlock(id_, name, given):
                events.append(ToolStarted(ToolUseId(id_), name, subject(name, given), parent))
            case _:
                events.append(Unknown(f"assistant block {type(block).__name__}"))
    return events


def _results(message: UserMessage) -> list[AgentEvent]:
    if isinstance(message.content, str):
        return []  # our own words, replayed
    return [
        ToolFinished(ToolUseId(block.tool_use_id), not block.is_error, _plain(block.content))
        for block in message.content
        if isinstance(block, ToolResultBlock)
    ]


def _plain(content: str | list[dict[str, Any]] | None) -> str:
    if content is None or isinstance(content, str):
        return content or ""
    return "\n".join(str(part.get("text", f"[{part.get('type')}]")) for part in content)


def _ended(result: ResultMessage) -> TurnEnded:
    prompts = tuple(TurnId(id_) for id_ in result.user_message_uuids or ())
    usage = _usage(result)
    self_started = result.origin is not None and result.origin.get("kind") == "task-notification"
    if result.subtype == "success" and not result.is_error:
        return TurnEnded("done", None, usage, prompts, self_started)
    if (result.terminal_reason or "").startswith("aborted"):
        return TurnEnded("stopped", None, usage, prompts, self_started)
    words = result.result or "; ".join(result.errors or ()) or result.subtype.replace("_", " ")
    if result.api_error_status is not None and str(result.api_error_status) not in words:
        words = f"{words} (status {result.api_error_status})"
    return TurnEnded("failed", words, usage, prompts, self_started)


def _usage(result: ResultMessage) -> Usage:
    usage = result.usage or {}
    cached = int(usage.get("cache_read_input_tokens") or 0)
    fresh = int(usage.get("input_tokens") or 0) + int(usage.get("cache_creation_input_tokens") or 0)
    return Usage(result.total_cost_usd, fresh + cached, cached, int(usage.get("output_tokens") or 0))


def _system(message: SystemMessage) -> tuple[AgentEvent, ...]:
    data = message.data
    match message.subtype:
        case "init":
            return (SessionStarted(ClaudeSessionId(str(data.get("session_id"))), str(data.get("model", ""))),)
        case "api_retry":
            status = data.get("error_status")
            return (
                Retrying(
                    int(data.get("attempt") or 0),
                    int(data.get("max_retries") or 0),
                    float(data.get("retry_delay_ms") or 0) / 1000,
                    int(status) if status else None,
                ),
            )
        case "permission_denied":
            id_, tool = data.get("tool_use_id"), str(data.get("tool_name", ""))
            return (PermissionDenied(_tool(id_), tool, "", str(data.get("message", ""))),)
        case "compact_boundary":
            return (Noted("Claude Code has compacted the conversation to make room."),)
        case subtype if subtype in _QUIET:
            return ()
        case subtype:
            return (Unknown(f"system {subtype}"),)


def _rate_limit(message: RateLimitEvent) -> tuple[AgentEvent, ...]:
    info = message.rate_limit_info
    if info.status == "allowed":
        return ()
    return (Noted(f"Claude's usage limit: {info.status.replace('_', ' ')}."),)
