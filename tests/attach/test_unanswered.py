"""Permission requests of terminals where nobody else answers: told of, and not waited for."""

import asyncio
from collections.abc import Mapping
from typing import Any

from antiphon.attach.unanswered import UnansweredHooks

CALL = {"session_id": "s", "tool_name": "Bash", "tool_input": {"command": "ls"}}


class Asking:
    """Waits for an answer to each request, as TerminalLink does, and answers all else at once."""

    def __init__(self) -> None:
        self.open: list[Mapping[str, Any]] = []
        self.changed = asyncio.Event()

    async def hook(self, name: str, given: Mapping[str, Any], environment: Mapping[str, str]) -> Mapping[str, Any]:
        if name != "PermissionRequest":
            return {"heard": name}
        self.open.append(given)
        try:
            self.changed.set()
            await asyncio.Event().wait()
        finally:
            self.open.remove(given)
            self.changed.set()
        return {}

    async def wake(self, claude: Any) -> str:
        return f"woken {claude}"

    async def tool(self, pid: int, name: str, given: Mapping[str, Any], key: str) -> Mapping[str, Any]:
        return {"text": "done", "failed": False}

    async def until(self, count: int) -> None:
        async with asyncio.timeout(5):
            while len(self.open) != count:
                self.changed.clear()
                await self.changed.wait()


async def test_a_request_is_answered_at_once_and_told_until_its_call_has_a_result() -> None:
    asking = Asking()
    hooks = UnansweredHooks(asking)
    other = {**CALL, "tool_input": {"command": "rm"}}
    for request in (CALL, other):
        assert await hooks.hook("PermissionRequest", request, {}) == {}
    await asking.until(2)
    assert await hooks.hook("PostToolUse", {**CALL, "tool_response": "x"}, {}) == {"heard": "PostToolUse"}
    await asking.until(1)
    assert asking.open == [other]
    await hooks.close()
    assert asking.open == []


async def test_a_sub_agents_request_is_over_with_it() -> None:
    asking = Asking()
    hooks = UnansweredHooks(asking)
    for agent in ("a", "b"):
        await hooks.hook("PermissionRequest", {**CALL, "agent_id": agent}, {})
    await asking.until(2)
    await hooks.hook("SubagentStop", {"session_id": "s", "agent_id": "a"}, {})
    await asking.until(1)
    assert asking.open[0]["agent_id"] == "b"
    assert await hooks.wake("s") == "woken s"
    await hooks.close()


async def test_none_of_claudes_tools_does_anything() -> None:
    told = await UnansweredHooks(Asking()).tool(1, "discord_ask", {"question": "?"}, "key")
    assert told["failed"]
