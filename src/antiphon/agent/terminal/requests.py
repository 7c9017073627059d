"""Permission requests of a terminal's Claude Code, which a hook tells of: as the SDK would have asked, and its answers
as the hook gives them.
"""

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from claude_agent_sdk import PermissionResultAllow, PermissionResultDeny, ToolPermissionContext
from claude_agent_sdk.types import PermissionRuleValue, PermissionUpdate

from antiphon.agent import wording
from antiphon.agent.events.tool_traits import call_traits
from antiphon.agent.events.tool_view import detail, subject
from antiphon.agent.json_values import array, mapping, mappings
from antiphon.agent.permissions.permission_desk import PermissionDesk, digest
from antiphon.agent.terminal.reader import Reader
from antiphon.core.blocks import ToolBlock
from antiphon.core.events import AgentEvent
from antiphon.core.values import Answer, ToolUseId

_PLAN = "ExitPlanMode"
_STOP = PermissionResultDeny(message=wording.STOPPED_FROM_DISCORD, interrupt=True)


class TerminalRequests:
    """Those of one session. The terminal asks at the same time: the first answer counts."""

    def __init__(self, desk: PermissionDesk, root: Path, reader: Reader, tell: Callable[[AgentEvent], None]) -> None:
        self._desk = desk
        self._root = root
        self._reader = reader
        self._tell = tell
        self._asking: dict[ToolUseId, asyncio.Task[Any]] = {}
        self._calls: dict[ToolUseId, str] = {}  # that have begun, and the digest by which a request names its call
        self._reasons: dict[ToolUseId, str] = {}
        self._stopping = False

    def began(self, given: Mapping[str, Any], why: str = "") -> None:
        """A tool is about to be called. `why`: of ours, where people are to be asked about it."""
        tool, input_ = str(given.get("tool_name")), dict(mapping(given.get("tool_input")))
        id_ = ToolUseId(str(given.get("tool_use_id")))
        self._calls[id_] = digest(tool, input_)
        self._reasons[id_] = why

    async def asked(self, given: Mapping[str, Any], *, by_agent: bool) -> dict[str, Any]:
        """Ask people. Cancelled when the request has its answer there, and the hook waits no more."""
        tool, input_ = str(given.get("tool_name")), dict(mapping(given.get("tool_input")))
        call = digest(tool, input_)
        id_ = next((one for one, of in self._calls.items() if of == call and one not in self._asking), None)
        if id_ is not None:
            about, full = subject(tool, input_, self._root), detail(tool, input_, self._root)
            block = ToolBlock(id_, tool, about, detail=full, traits=call_traits(tool, input_, self._root))
            for event in self._reader.call(block):
                self._tell(event)
        why = "" if id_ is None else self._reasons.get(id_, "")
        context = permission_context(given, id_, why, by_agent=by_agent)
        asking = asyncio.create_task(self._desk.ask(tool, input_, context), name=f"request {tool}")
        key = id_ or ToolUseId(f"{id(asking)}")
        self._asking[key] = asking
        try:
            await asyncio.wait({asking})
        finally:
            self._asking.pop(key, None)
            asking.cancel()
        if asking.cancelled():
            return decided(_STOP, tool) if self._stopping else {}
        return decided(asking.result(), tool)

    def answer(self, answer: Answer) -> bool:
        """Somebody's, for what waits. False: nothing does."""
        return self._desk.answer(answer)

    def finished(self, id_: ToolUseId) -> None:
        """The tool has a result."""
        self._calls.pop(id_, None)
        self._reasons.pop(id_, None)
        self.withdraw(id_)

    def withdraw(self, id_: ToolUseId) -> None:
        """The request has its answer, from the terminal."""
        if (asking := self._asking.get(id_)) is not None:
            asking.cancel()

    def stop(self) -> None:
        """End the turn at what it asks."""
        self._stopping = True
        for one in self._asking.values():
            one.cancel()

    def turn_over(self) -> None:
        """Whatever was asked is asked no more."""
        self._stopping = False
        self._calls.clear()
        self._reasons.clear()
        for one in self._asking.values():
            one.cancel()

    async def close(self) -> None:
        """The same, and wait until it is told."""
        tasks = [*self._asking.values()]
        self.turn_over()
        if tasks:
            await asyncio.wait(tasks)


def permission_context(
    given: Mapping[str, Any], call: ToolUseId | None, why: str = "", *, by_agent: bool
) -> ToolPermissionContext:
    """What the hook's input says of a request. `why`: ours, of asking."""
    suggestions = [_update(one) for one in mappings(given.get("permission_suggestions"))]
    return ToolPermissionContext(
        suggestions=suggestions,
        tool_use_id=call,
        decision_reason=why or None,
        agent_id=str(given.get("agent_id")) if by_agent else None,
    )


def decided(result: PermissionResultAllow | PermissionResultDeny, tool: str) -> dict[str, Any]:
    """The hook's answer."""
    if isinstance(result, PermissionResultDeny):
        decision: dict[str, Any] = {"behavior": "deny", "message": result.message}
        if result.interrupt:
            decision["interrupt"] = True
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
