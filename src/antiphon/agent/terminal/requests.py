"""Permission requests of a terminal's Claude Code, which a hook tells of: as the SDK would have asked, and its answers
as the hook gives them. Pure.
"""

from collections.abc import Mapping
from typing import Any

from claude_agent_sdk import PermissionResultAllow, PermissionResultDeny, ToolPermissionContext
from claude_agent_sdk.types import PermissionRuleValue, PermissionUpdate

from antiphon.agent.json_values import array, mappings
from antiphon.core.values import ToolUseId

_PLAN = "ExitPlanMode"


def permission_context(given: Mapping[str, Any], call: ToolUseId | None, *, by_agent: bool) -> ToolPermissionContext:
    """What the hook's input says of a request."""
    suggestions = [_update(one) for one in mappings(given.get("permission_suggestions"))]
    return ToolPermissionContext(
        suggestions=suggestions,
        tool_use_id=call,
        agent_id=str(given.get("agent_id")) if by_agent else None,
    )


def decided(result: PermissionResultAllow | PermissionResultDeny, tool: str) -> dict[str, Any]:
    """The hook's answer."""
    if isinstance(result, PermissionResultDeny):
        decision: dict[str, Any] = {"behavior": "deny", "message": result.message}
    else:
        decision = {"behavior": "allow", "updatedInput": {} if tool == _PLAN else result.updated_input}
        if result.updated_permissions:
            decision["updatedPermissions"] = [one.to_dict() for one in result.updated_permissions]
    return {"hookSpecificOutput": {"hookEventName": "PermissionRequest", "decision": decision}}


def _update(told: Mapping[str, Any]) -> PermissionUpdate:
    rules = [
        PermissionRuleValue(str(rule.get("toolName")), _text(rule.get("ruleContent")))
        for rule in mappings(told.get("rules"))
    ]
    directories = [one for one in array(told.get("directories")) if isinstance(one, str)]
    return PermissionUpdate(
        type=told.get("type", "addRules"),
        rules=rules or None,
        behavior=told.get("behavior"),
        mode=told.get("mode"),
        directories=directories or None,
        destination=told.get("destination"),
    )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
