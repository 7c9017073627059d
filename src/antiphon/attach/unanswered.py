"""Hooks where nobody answers but the terminal: a permission request is told of, and waits for nobody else.

Its hook is answered at once. What was told of it ends with the call's result, or with its sub-agent's or turn's end.
"""

import asyncio
import json
from collections.abc import Mapping
from typing import Any

from antiphon.attach import wording
from antiphon.attach.endpoint import TerminalHooks

_RESULTS = ("PostToolUse", "PostToolUseFailure")


class UnansweredHooks:
    """Implements TerminalHooks, on others that would wait for an answer."""

    def __init__(self, hooks: TerminalHooks) -> None:
        self._hooks = hooks
        self._told: dict[asyncio.Task[Mapping[str, Any]], tuple[str, str]] = {}  # requests: the call, the sub-agent

    async def hook(self, name: str, given: Mapping[str, Any], environment: Mapping[str, str]) -> Mapping[str, Any]:
        """See TerminalHooks."""
        call, agent = _call(given), json.dumps([given.get("session_id"), given.get("agent_id")], default=str)
        if name == "PermissionRequest":
            telling = asyncio.create_task(self._tell(given, environment), name="request in a terminal")
            self._told[telling] = call, agent
            telling.add_done_callback(lambda done: self._told.pop(done, None))
            return {}
        for telling, (of_call, of_agent) in list(self._told.items()):
            if (name in _RESULTS and of_call == call) or (name == "SubagentStop" and of_agent == agent):
                telling.cancel()
        return await self._hooks.hook(name, given, environment)

    async def wake(self, claude: Any) -> str:
        """See TerminalHooks."""
        return await self._hooks.wake(claude)

    async def tool(self, pid: int, name: str, given: Mapping[str, Any], key: str) -> Mapping[str, Any]:
        """See TerminalHooks: none of the tools has anybody to speak to."""
        return {"text": wording.NO_TOOLS, "failed": True}

    async def close(self) -> None:
        """Tell of no request any more."""
        told = [*self._told]
        for telling in told:
            telling.cancel()
        await asyncio.gather(*told, return_exceptions=True)

    async def _tell(self, given: Mapping[str, Any], environment: Mapping[str, str]) -> Mapping[str, Any]:
        return await self._hooks.hook("PermissionRequest", given, environment)


def _call(given: Mapping[str, Any]) -> str:
    """Equal for a request and the result of its call."""
    told = [given.get(key) for key in ("session_id", "agent_id", "tool_name", "tool_input")]
    return json.dumps(told, sort_keys=True, default=str)
