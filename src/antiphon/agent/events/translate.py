"""SDK messages to events: pure; every message becomes events, a deliberate silence, or Unknown. One whose parts are not
of the types that the SDK promises raises, or becomes an event that is not valid: event_stream.py makes Unknown of both.
What the model itself writes (a tool's input) may be anything.

Only what a conversation acts on or shows gets an event. What is silent on purpose stands in `_QUIET`, with reasons.
What one message cannot tell alone (jobs, refused requests, a task's new name) is told by event_stream.py.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

from claude_agent_sdk import types as sdk

from antiphon.agent import wording
from antiphon.agent.events.tool_traits import call_traits, traits_of
from antiphon.agent.events.tool_view import change, detail, result_text, subject
from antiphon.agent.json_values import mapping, mappings
from antiphon.agent.process.wire import Received
from antiphon.core import blocks, events
from antiphon.core.events import AgentEvent
from antiphon.core.values import ClaudeSessionId, PermissionMode, ToolUseId, TurnId, mode_named

# System subtypes without an event here, each for a reason: jobs (task_*: event_stream.py has their events) and what
# hooks say (hooks.py), echoes of what we asked for ourselves, and figures that the result repeats.
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
        "informational",
        "notification",
        "thinking_tokens",
        "post_turn_summary",
        "commands_changed",
        "background_tasks_changed",
        "files_persisted",
        "tool_progress",  # that a tool still runs, every 30 s: the card's clock says it
        "command_lifecycle",  # that a prompt is queued, or done: its start has a type of its own (wire.py)
    }
)

_USAGE_LIMIT = re.compile(
    r"hit your [^.]*limit|usage limit reached|(?:hour|session|weekly|monthly|opus|sonnet) limit reached", re.IGNORECASE
)  # not of the context, of which Claude Code says the same
_TOO_MANY_REQUESTS = 429  # RFC 6585
UNAUTHORIZED, _TOO_LARGE, _SERVER_ERROR = 401, 413, 500  # RFC 9110
_OVERLOADED = 529  # Anthropic's API documentation, Errors
_FIRST_CLAUSE = re.compile(r" — |\. ")  # what follows is advice, of which ours is enough
_NO_CREDIT = re.compile(r"(?i)credit balance is too low")
_LAST_TIME = 10**11  # epoch seconds; more is no time
_LONGEST_KIND = 60  # characters of a name
_MOST_TOKENS, _MOST_DOLLARS = 10**12, 10**9  # of one session; more is no figure
_SESSION_ID = re.compile(r"[0-9a-fA-F-]{36}")  # it names a file of Claude Code's


def translate(message: Received, root: Path | None = None) -> tuple[AgentEvent, ...]:
    """The events that one message of the process stands for. Files below `root` are named relative to it."""
    return tuple(_events(message, root))


def _events(message: Received, root: Path | None) -> Iterable[AgentEvent]:
    match message:
        case events.UnknownMessage(kind):
            return () if kind in _QUIET else (message,)
        case events.SteerDelivered() | events.SelfStarted():
            return (message,)
        case sdk.StreamEvent(event=event, parent_tool_use_id=parent):
            return _delta(event, _tool(parent))
        case sdk.AssistantMessage():
            return _assistant(message, root)
        case sdk.UserMessage():
            return _results(message, root)
        case sdk.ResultMessage():
            return (_ended(message),)
        case sdk.ConversationResetMessage():
            return (blocks.NoteBlock(wording.CONVERSATION_CLEARED),)
        case sdk.SystemMessage():
            return _system(message)
        case sdk.RateLimitEvent():
            return _rate_limit(message)
        case _:
            return (events.UnknownMessage(type(message).__name__),)


def _tool(id_: str | None) -> ToolUseId | None:
    return None if id_ is None else ToolUseId(id_)


def _delta(event: dict[str, Any], parent: ToolUseId | None) -> Iterator[AgentEvent]:
    match event.get("type"):
        case "message_start" if parent is None:
            yield events.ReplyStarted(_read(mapping(mapping(event.get("message")).get("usage"))))
        case "content_block_delta":
            delta: dict[str, Any] = event.get("delta") or {}
            if delta.get("type") == "text_delta":
                yield events.TextDelta(str(delta.get("text", "")), parent)
            elif delta.get("type") == "thinking_delta":
                yield events.TextDelta(str(delta.get("thinking", "")), parent, thinking=True)
        case _:
            pass  # tool input arrives whole with its block; signatures are for the API


def _assistant(message: sdk.AssistantMessage, root: Path | None) -> Iterator[AgentEvent]:
    parent = _tool(message.parent_tool_use_id)
    if message.error is not None:
        return  # the words of an API error come again, with its status, in the result
    for block in message.content:
        match block:
            case sdk.TextBlock(text):
                yield events.TextFinished(text, parent)
            case sdk.ThinkingBlock(thinking):
                yield events.TextFinished(thinking, parent, thinking=True)
            case sdk.ToolUseBlock(id_, name, given) | sdk.ServerToolUseBlock(id_, name, given):
                about, full = subject(name, given, root), detail(name, given, root)
                traits = call_traits(name, mapping(given), root)
                yield blocks.ToolBlock(ToolUseId(id_), name, about, parent=parent, detail=full, traits=traits)
            case sdk.ServerToolResultBlock(id_, content):  # a search has a list of results
                failed = str(mapping(content).get("type")).endswith("_error")
                yield events.ToolFinished(ToolUseId(id_), not failed, "")
            case _:
                yield events.UnknownMessage(f"assistant block {type(block).__name__}")


def _results(message: sdk.UserMessage, root: Path | None) -> Iterator[AgentEvent]:
    if isinstance(message.content, str):
        return  # our own words, replayed
    result = message.tool_use_result  # the structure of the one result in the message; an error's words
    for block in message.content:
        if isinstance(block, sdk.ToolResultBlock):
            ok = not block.is_error
            what = change(result, root) if ok else None
            yield events.ToolFinished(ToolUseId(block.tool_use_id), ok, result_text(block.content, result), what)
            if ok:
                yield from _tasks(result)


def _tasks(result: Any) -> Iterator[events.TaskChanged]:
    """Claude's own task list: TaskCreate tells the task, TaskUpdate its new state, TaskList all of them."""
    match result:
        case {"task": {"id": str(id_), "subject": str(text)}}:
            yield events.TaskChanged(id_, text, "pending")
        case {"success": True, "taskId": str(id_), "statusChange": {"to": str(state)}}:
            yield events.TaskChanged(id_, None, _state(state))
        case {"success": True, "taskId": str(id_)}:
            yield events.TaskChanged(id_)  # its name, or what people do not see
        case {"tasks": tasks}:
            for task in mappings(tasks):
                match task:
                    case {"id": str(id_), "subject": str(text), "status": str(state)}:
                        yield events.TaskChanged(id_, text, _state(state))
                    case _:
                        pass
        case _:
            pass


def _state(name: str) -> blocks.TaskState | None:
    return next((state for state in get_args(blocks.TaskState) if state == name), None)


def _ended(result: sdk.ResultMessage) -> events.TurnEnded:
    prompts = tuple(TurnId(id_) for id_ in result.user_message_uuids or () if isinstance(id_, str))  # pyright: ignore[reportUnnecessaryIsInstance]
    usage = _usage(result)
    self_started = result.origin is not None and result.origin.get("kind") == "task-notification"
    if (result.terminal_reason or "").startswith("aborted"):  # also where it is called a success
        return events.TurnEnded("stopped", None, usage, prompts, self_started)
    if result.subtype == "success" and not result.is_error:
        return events.TurnEnded("done", None, usage, prompts, self_started)
    error = original_error(result)
    if (limit := _limit(result, error)) is not None:
        of_usage = _is_usage_limit(result, error)
        return events.TurnEnded("limited", limit, usage, prompts, self_started, usage_limit=of_usage)
    return events.TurnEnded("failed", _cause(result, error) or error, usage, prompts, self_started)


def _cause(result: sdk.ResultMessage, error: str) -> str | None:
    """Why a turn failed, where that is one of the usual causes, with what can be done about it; None: it is another."""
    status, reason = result.api_error_status, result.terminal_reason
    if reason == "prompt_too_long":
        return wording.CONTEXT_FULL
    if status == _TOO_LARGE:
        return wording.REQUEST_TOO_LARGE
    if status == UNAUTHORIZED:
        return wording.LOGIN_REFUSED
    if _NO_CREDIT.search(error):
        return wording.NO_CREDIT
    if status == _OVERLOADED:
        return wording.OVERLOADED
    if status is not None and status >= _SERVER_ERROR:
        return wording.server_error(status)
    if status is None and reason == "api_error":
        return wording.not_reached(_FIRST_CLAUSE.split(error.removeprefix("API Error: "), 1)[0])
    return wording.refused(status, error) if status is not None else None


def original_error(result: sdk.ResultMessage) -> str:
    """Why a turn failed, in Claude Code's own words."""
    return result.result or "; ".join(result.errors or ()) or result.subtype.replace("_", " ")


def _limit(result: sdk.ResultMessage, error: str) -> str | None:
    """Which limit ended the turn, with what can be done; None: it was no limit."""
    if result.subtype == "error_max_turns":
        found = re.search(r"\((\d+)\)", error)
        what = wording.turns_reached(found[1] if found else "")
    elif result.subtype == "error_max_budget_usd":
        what = wording.BUDGET_REACHED
    elif _is_usage_limit(result, error):
        what = wording.limited(wording.USAGE_LIMIT_REACHED, error)
    elif result.api_error_status == _TOO_MANY_REQUESTS:
        what = wording.TOO_MANY_REQUESTS
    else:
        return None
    return what


def _is_usage_limit(result: sdk.ResultMessage, error: str) -> bool:
    """Whether a subscription's limit ended the turn, by Claude Code's own words."""
    return not result.subtype.startswith("error_max_") and _USAGE_LIMIT.search(error) is not None


def _usage(result: sdk.ResultMessage) -> blocks.Usage:
    tokens = usage_of(mapping(result.usage))
    return replace(tokens, cost=_dollars(result.total_cost_usd), window=_window(mapping(result.model_usage)))


def usage_of(usage: Mapping[str, Any]) -> blocks.Usage:
    """The tokens that the API has counted."""
    cached, written = _count(usage.get("cache_read_input_tokens")), _count(usage.get("output_tokens"))
    return blocks.Usage(None, _read(usage), cached, written)


def _read(usage: Mapping[str, Any]) -> int:
    """Tokens that a request held: fresh ones, those from the cache, and those put into it."""
    return _total(usage, "input_tokens", "cache_read_input_tokens", "cache_creation_input_tokens")


def _window(models: Mapping[str, Any]) -> int:
    """The context of the model that did most of the session's work, in tokens; 0: not known."""
    kinds = ("inputTokens", "cacheReadInputTokens", "cacheCreationInputTokens", "outputTokens")
    chief = max(map(mapping, models.values()), key=lambda model: _total(model, *kinds), default=None)
    return 0 if chief is None else _count(chief.get("contextWindow"))


def _total(figures: Mapping[str, Any], *kinds: str) -> int:
    return sum(_count(figures.get(kind)) for kind in kinds)


# Figures are worth less than the end of a turn that they come with: odd ones count as none.


def _count(value: object) -> int:
    return value if isinstance(value, int) and 0 <= value < _MOST_TOKENS else 0


def _dollars(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and 0 <= value < _MOST_DOLLARS else None


def _system(message: sdk.SystemMessage) -> Iterator[AgentEvent]:
    data = message.data
    match message.subtype:
        case "init" if _SESSION_ID.fullmatch(str(data.get("session_id"))):
            yield events.SessionStarted(ClaudeSessionId(data["session_id"]), str(data.get("model", "")))
        case "api_retry":
            attempt, limit, status = (
                _count(int(data.get(key) or 0)) for key in ("attempt", "max_retries", "error_status")
            )
            delay = float(data.get("retry_delay_ms") or 0) / 1000
            yield events.Delayed(wording.api_retry(attempt, limit, delay, status or None))
        case "permission_denied":
            id_, tool = ToolUseId(data.get("tool_use_id") or ""), str(data.get("tool_name", ""))
            told = str(data.get("message", ""))
            yield blocks.ToolBlock(id_, tool, "", state="denied", text=told, traits=traits_of(tool))
        case "status" if data.get("status") == "compacting":
            yield events.Delayed(wording.COMPACTING)
        case "status" if data.get("compact_result") == "failed":
            yield blocks.NoteBlock(wording.not_compacted(str(data.get("compact_error") or "")))
        case "status":  # without a mode a request begins: its reply tells that
            told = mode_named(str(data.get("permissionMode")))
            yield from (events.ModeChanged(mode) for mode in get_args(PermissionMode) if mode == told)
        case "compact_boundary":
            yield blocks.NoteBlock(wording.COMPACTED)
        case subtype if subtype in _QUIET:
            pass
        case subtype:
            yield events.UnknownMessage(f"system {subtype}"[:_LONGEST_KIND])


def reset_time(message: sdk.RateLimitEvent) -> float | None:
    """When the limit is reset, in epoch seconds; None: it is not said."""
    at = message.rate_limit_info.resets_at
    return float(at) if isinstance(at, int) and 0 < at < _LAST_TIME else None


def _rate_limit(message: sdk.RateLimitEvent) -> Iterator[AgentEvent]:
    info, time = message.rate_limit_info, reset_time(message)
    if info.status != "allowed":
        text = wording.usage_limit(
            info.rate_limit_type,
            info.utilization,
            resets=time is not None,
            rejected=info.status == "rejected",
            charged=info.overage_status in {"allowed", "allowed_warning"},
        )
        yield blocks.NoteBlock(text, time)
