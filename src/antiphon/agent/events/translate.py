"""SDK messages to events: pure; every message becomes events, a deliberate silence, or Unknown. One whose parts are not
of the types that the SDK promises raises, or becomes an event that is not valid: event_stream.py makes Unknown of both.
What the model itself writes (a tool's input) may be anything.

Only what a conversation acts on or shows gets an event. What is silent on purpose stands in `_QUIET`, with reasons.
What one message cannot tell alone (jobs, refused requests, a task's new name) is told by event_stream.py.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast, get_args

from claude_agent_sdk import (
    AssistantMessage,
    RateLimitEvent,
    ResultMessage,
    ServerToolResultBlock,
    ServerToolUseBlock,
    StreamEvent,
    SystemMessage,
    TextBlock,
    ThinkingBlock,
    ToolResultBlock,
    ToolUseBlock,
    UserMessage,
)
from claude_agent_sdk.types import ConversationResetMessage, Message

from antiphon.agent import wording
from antiphon.agent.events.tool_traits import traits_of
from antiphon.agent.events.tool_view import change, detail, result_text, subject
from antiphon.core.events import (
    AgentEvent,
    Delayed,
    ModeChanged,
    NoteAdded,
    PermissionDenied,
    ReplyStarted,
    Retrying,
    SessionStarted,
    SteerDelivered,
    TaskChanged,
    TaskState,
    TextDelta,
    TextFinished,
    ThinkingDelta,
    ThinkingFinished,
    ToolFinished,
    ToolStarted,
    TurnEnded,
    UnknownMessage,
    Usage,
)
from antiphon.core.values import ClaudeSessionId, PermissionMode, ToolUseId, TurnId

# System subtypes without an event here, each for a reason: jobs (task_*: event_stream.py has their events), echoes of
# what we asked for ourselves, and figures that the result repeats.
_QUIET = frozenset(
    {
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
        "command_lifecycle",  # that a prompt is queued, or done: its start has a type of its own (wire.py)
    }
)

_USAGE_LIMIT = re.compile(
    r"hit your [^.]*limit|usage limit reached|(?:hour|session|weekly|monthly|opus|sonnet) limit reached", re.IGNORECASE
)  # not of the context, of which Claude Code says the same
_TOO_MANY_REQUESTS = 429  # RFC 6585
_LAST_TIME = 10**11  # epoch seconds; more is no time
_LONGEST_KIND = 60  # characters of a name
_MOST_TOKENS, _MOST_DOLLARS = 10**12, 10**9  # of one session; more is no figure
_SESSION_ID = re.compile(r"[0-9a-fA-F-]{36}")  # it names a file of Claude Code's


def translate(message: Message | SteerDelivered | UnknownMessage, root: Path | None = None) -> tuple[AgentEvent, ...]:
    """The events that one message of the process stands for. Files below `root` are named relative to it."""
    match message:
        case UnknownMessage(kind):
            return () if kind in _QUIET else (message,)
        case SteerDelivered():
            return (message,)
        case StreamEvent(event=event, parent_tool_use_id=parent):
            return _delta(event, _tool(parent))
        case AssistantMessage():
            return tuple(_assistant(message, root))
        case UserMessage():
            return tuple(_results(message, root))
        case ResultMessage():
            return (_ended(message),)
        case ConversationResetMessage():
            return (NoteAdded(wording.CONVERSATION_CLEARED),)
        case SystemMessage():
            return _system(message)
        case RateLimitEvent():
            return _rate_limit(message)
        case _:
            return (UnknownMessage(type(message).__name__),)


def _tool(id_: str | None) -> ToolUseId | None:
    return None if id_ is None else ToolUseId(id_)


def _delta(event: dict[str, Any], parent: ToolUseId | None) -> tuple[AgentEvent, ...]:
    if event.get("type") == "message_start" and parent is None:
        return (ReplyStarted(_read(_mapping(_mapping(event.get("message")).get("usage")))),)
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


def _assistant(message: AssistantMessage, root: Path | None) -> list[AgentEvent]:
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
            case ToolUseBlock(id_, name, given) | ServerToolUseBlock(id_, name, given):
                about, full = subject(name, given, root), detail(name, given, root)
                events.append(ToolStarted(ToolUseId(id_), name, about, parent, full, traits_of(name)))
            case ServerToolResultBlock(id_, content):
                kind = cast("Mapping[str, Any] | list[Any]", content)  # a search has a list of results
                failed = isinstance(kind, dict) and str(kind.get("type")).endswith("_error")
                events.append(ToolFinished(ToolUseId(id_), not failed, ""))
            case _:
                events.append(UnknownMessage(f"assistant block {type(block).__name__}"))
    return events


def _results(message: UserMessage, root: Path | None) -> list[AgentEvent]:
    if isinstance(message.content, str):
        return []  # our own words, replayed
    events: list[AgentEvent] = []
    result = message.tool_use_result  # the structure of the one result in the message; an error's words
    for block in message.content:
        if isinstance(block, ToolResultBlock):
            ok = not block.is_error
            what = change(result, root) if ok else None
            events.append(ToolFinished(ToolUseId(block.tool_use_id), ok, result_text(block.content, result), what))
            events += _tasks(result) if ok else ()
    return events


def _tasks(result: Any) -> list[TaskChanged]:
    """Claude's own task list: TaskCreate tells the task, TaskUpdate its new state, TaskList all of them."""
    match result:
        case {"task": {"id": str(id_), "subject": str(text)}}:
            return [TaskChanged(id_, text, "pending")]
        case {"success": True, "taskId": str(id_), "statusChange": {"to": str(state)}}:
            return [TaskChanged(id_, None, _state(state))]
        case {"success": True, "taskId": str(id_)}:
            return [TaskChanged(id_)]  # its name, or what people do not see
        case {"tasks": [*_]}:
            return [task for one in result["tasks"] if (task := _listed(one)) is not None]
        case _:
            return []


def _listed(task: Any) -> TaskChanged | None:
    match task:
        case {"id": str(id_), "subject": str(text), "status": str(state)}:
            return TaskChanged(id_, text, _state(state))
        case _:
            return None


def _state(name: str) -> TaskState | None:
    return next((state for state in get_args(TaskState) if state == name), None)


def _ended(result: ResultMessage) -> TurnEnded:
    prompts = tuple(TurnId(id_) for id_ in result.user_message_uuids or () if isinstance(id_, str))  # pyright: ignore[reportUnnecessaryIsInstance]
    usage = _usage(result)
    self_started = result.origin is not None and result.origin.get("kind") == "task-notification"
    if (result.terminal_reason or "").startswith("aborted"):  # also where it is called a success
        return TurnEnded("stopped", None, usage, prompts, self_started)
    if result.subtype == "success" and not result.is_error:
        return TurnEnded("done", None, usage, prompts, self_started)
    error = original_error(result)
    if (limit := _limit(result, error)) is not None:
        return TurnEnded("limited", limit, usage, prompts, self_started)
    if result.api_error_status is not None and str(result.api_error_status) not in error:
        error = f"{error} (status {result.api_error_status})"
    return TurnEnded("failed", error, usage, prompts, self_started)


def original_error(result: ResultMessage) -> str:
    """Why a turn failed, in Claude Code's own words."""
    return result.result or "; ".join(result.errors or ()) or result.subtype.replace("_", " ")


def _limit(result: ResultMessage, error: str) -> str | None:
    """Which limit ended the turn, with what can be done; None: it was no limit."""
    if result.subtype == "error_max_turns":
        found = re.search(r"\((\d+)\)", error)
        what = wording.turns_reached(found[1] if found else "")
    elif result.subtype == "error_max_budget_usd":
        what = wording.BUDGET_REACHED
    elif _USAGE_LIMIT.search(error):
        what = wording.USAGE_LIMIT_REACHED
    elif result.api_error_status == _TOO_MANY_REQUESTS:
        what = wording.TOO_MANY_REQUESTS
    else:
        return None
    return wording.limited(what, error)


def _usage(result: ResultMessage) -> Usage:
    usage = _mapping(result.usage)
    cached, written = _count(usage.get("cache_read_input_tokens")), _count(usage.get("output_tokens"))
    return Usage(_dollars(result.total_cost_usd), _read(usage), cached, written, _window(_mapping(result.model_usage)))


def _read(usage: Mapping[str, Any]) -> int:
    """Tokens that a request held: fresh ones, those from the cache, and those put into it."""
    kinds = ("input_tokens", "cache_read_input_tokens", "cache_creation_input_tokens")
    return sum(_count(usage.get(kind)) for kind in kinds)


def _window(models: Mapping[str, Any]) -> int:
    """The context of the model that did most of the session's work, in tokens; 0: not known."""

    def work(model: Mapping[str, Any]) -> int:
        kinds = ("inputTokens", "cacheReadInputTokens", "cacheCreationInputTokens", "outputTokens")
        return sum(_count(model.get(kind)) for kind in kinds)

    chief = max(map(_mapping, models.values()), key=work, default=None)
    return 0 if chief is None else _count(chief.get("contextWindow"))


# Figures are worth less than the end of a turn that they come with: odd ones count as none.


def _count(value: object) -> int:
    """Tokens."""
    return value if isinstance(value, int) and 0 <= value < _MOST_TOKENS else 0


def _dollars(value: object) -> float | None:
    """What something cost; None: it is not said."""
    return float(value) if isinstance(value, int | float) and 0 <= value < _MOST_DOLLARS else None


def _mapping(value: object) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, dict) else {}


def _system(message: SystemMessage) -> tuple[AgentEvent, ...]:
    data = message.data
    match message.subtype:
        case "init" if _SESSION_ID.fullmatch(str(data.get("session_id"))):
            return (SessionStarted(ClaudeSessionId(data["session_id"]), str(data.get("model", ""))),)
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
            return (PermissionDenied(_tool(id_), tool, "", str(data.get("message", "")), traits_of(tool)),)
        case "status" if data.get("status") == "compacting":
            return (Delayed(wording.COMPACTING),)
        case "status" if data.get("compact_result") == "failed":
            return (NoteAdded(wording.not_compacted(str(data.get("compact_error") or ""))),)
        case "status":  # without a mode a request begins: its reply tells that
            return tuple(ModeChanged(mode) for mode in get_args(PermissionMode) if mode == data.get("permissionMode"))
        case "compact_boundary":
            return (NoteAdded(wording.COMPACTED),)
        case subtype if subtype in _QUIET:
            return ()
        case subtype:
            return (UnknownMessage(f"system {subtype}"[:_LONGEST_KIND]),)


def reset_time(message: RateLimitEvent) -> float | None:
    """When the limit is reset, in epoch seconds; None: it is not said."""
    at = message.rate_limit_info.resets_at
    return float(at) if isinstance(at, int) and 0 < at < _LAST_TIME else None


def _rate_limit(message: RateLimitEvent) -> tuple[AgentEvent, ...]:
    info, time = message.rate_limit_info, reset_time(message)
    if info.status == "allowed":
        return ()
    text = wording.usage_limit(
        info.rate_limit_type,
        info.utilization,
        resets=time is not None,
        rejected=info.status == "rejected",
        charged=info.overage_status in {"allowed", "allowed_warning"},
    )
    return (NoteAdded(text, time),)
