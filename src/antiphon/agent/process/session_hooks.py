"""The hooks of a hosted session: functions of ours that Claude Code asks before and after tools, and at each prompt."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, cast

from claude_agent_sdk import HookMatcher
from claude_agent_sdk.types import HookCallback, HookContext, HookEvent, HookInput, HookJSONOutput

from antiphon.agent.json_values import mapping
from antiphon.agent.own_tools import RULES, decision
from antiphon.agent.permissions.edit_guard import TOOLS, Guard
from antiphon.core.values import ToolUseId

Told = Callable[[], Awaitable[str]]


def session_hooks(asking_first: HookCallback, guard: Guard, told: Told) -> dict[HookEvent, list[HookMatcher]]:
    """`asking_first`: before our own tools; `told`: what Claude should know at a prompt, "" for nothing."""

    async def before(given: HookInput, _id: str | None, _context: HookContext) -> HookJSONOutput:
        why = await guard.before(*_call(given))
        return cast("HookJSONOutput", decision("deny", why)) if why else {}

    async def after(given: HookInput, _id: str | None, _context: HookContext) -> HookJSONOutput:
        name = str(mapping(given).get("hook_event_name"))
        return _context_of(name, await guard.after(*_call(given), done=name == "PostToolUse"))

    async def submitted(_given: HookInput, _id: str | None, _context: HookContext) -> HookJSONOutput:
        return _context_of("UserPromptSubmit", await told())

    watched = "|".join(TOOLS)
    return {
        "PreToolUse": [
            HookMatcher(matcher="|".join(RULES), hooks=[asking_first]),
            HookMatcher(matcher=watched, hooks=[before]),
        ],
        "PostToolUse": [HookMatcher(matcher=watched, hooks=[after])],
        "PostToolUseFailure": [HookMatcher(matcher=watched, hooks=[after])],
        "UserPromptSubmit": [HookMatcher(hooks=[submitted])],
    }


def _call(given: HookInput) -> tuple[ToolUseId, str, Mapping[str, Any]]:
    told = mapping(given)
    return ToolUseId(str(told.get("tool_use_id"))), str(told.get("tool_name")), mapping(told.get("tool_input"))


def _context_of(event: str, text: str) -> HookJSONOutput:
    if not text:
        return {}
    return cast("HookJSONOutput", {"hookSpecificOutput": {"hookEventName": event, "additionalContext": text}})
