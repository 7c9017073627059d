"""The hooks of a hosted session: functions of ours that Claude Code asks before and after tools, and at each prompt."""

from collections.abc import Awaitable, Callable
from typing import cast

from claude_agent_sdk import HookMatcher
from claude_agent_sdk.types import HookCallback, HookContext, HookEvent, HookInput, HookJSONOutput

from antiphon.agent.events.hook_calls import call_of, context
from antiphon.agent.json_values import mapping
from antiphon.agent.own_tools import RULES, decision
from antiphon.agent.permissions.edit_guard import TOOLS, Guard

Told = Callable[[], Awaitable[str]]


def session_hooks(asking_first: HookCallback, guard: Guard, told: Told) -> dict[HookEvent, list[HookMatcher]]:
    """`asking_first`: before our own tools; `told`: what Claude should know at a prompt, "" for nothing."""

    async def before(given: HookInput, _id: str | None, _context: HookContext) -> HookJSONOutput:
        why = await guard.before(*call_of(mapping(given)))
        return cast("HookJSONOutput", decision("deny", why)) if why else {}

    async def after(given: HookInput, _id: str | None, _context: HookContext) -> HookJSONOutput:
        told = mapping(given)
        name = str(told.get("hook_event_name"))
        return _said(name, await guard.after(*call_of(told), done=name == "PostToolUse"))

    async def submitted(_given: HookInput, _id: str | None, _context: HookContext) -> HookJSONOutput:
        return _said("UserPromptSubmit", await told())

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


def _said(event: str, text: str) -> HookJSONOutput:
    return cast("HookJSONOutput", context(event, text))
