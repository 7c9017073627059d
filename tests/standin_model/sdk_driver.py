"""The real CLI under the SDK, as a test needs it: prompts go in, messages come out as they would be printed."""

import asyncio
import dataclasses
import json
from collections.abc import Sequence
from typing import Any, Literal

from claude_agent_sdk import (
    AssistantMessage,
    ClaudeAgentOptions,
    ClaudeSDKClient,
    PermissionResultAllow,
    PermissionResultDeny,
    ResultMessage,
    SystemMessage,
    ToolPermissionContext,
    ToolUseBlock,
)

Json = dict[str, Any]


async def allow(name: str, inputs: Json, _context: ToolPermissionContext) -> PermissionResultAllow:
    if name != "AskUserQuestion":
        return PermissionResultAllow()
    answers = {entry["question"]: entry["options"][0]["label"] for entry in inputs["questions"]}
    return PermissionResultAllow(updated_input={**inputs, "answers": answers})


async def deny(_name: str, _inputs: Json, _context: ToolPermissionContext) -> PermissionResultDeny:
    return PermissionResultDeny(message="Not on a Friday.")


async def drive(
    prompts: Sequence[str],
    options: Json,
    *,
    decision: Literal["allow", "deny"] | None = None,
    steer: str | None = None,
    stop_at: str | None = None,
) -> list[Json]:
    """Send the prompts one after the other to a fresh CLI; every message until the last one's result.

    `options`: the SDK's. `decision`: of every permission request; None: there is no callback. `steer`: sent once a tool
    has been called. `stop_at`: the system message after which nothing more is waited for.
    """
    said: list[Json] = []
    sdk = ClaudeAgentOptions(
        system_prompt={"type": "preset", "preset": "claude_code"},
        can_use_tool={"allow": allow, "deny": deny}.get(decision or ""),
        **options,
    )
    async with asyncio.timeout(20), ClaudeSDKClient(sdk) as client:
        for prompt in prompts:
            await client.query(prompt)
            async for message in client.receive_messages():
                printed = json.dumps({"kind": type(message).__name__, **dataclasses.asdict(message)}, default=str)
                said.append(json.loads(printed))
                if isinstance(message, SystemMessage) and message.subtype == stop_at:
                    await client.interrupt()
                    return said
                called = isinstance(message, AssistantMessage) and isinstance(message.content[0], ToolUseBlock)
                if steer and called:
                    await client.query(steer)
                    steer = None
                if isinstance(message, ResultMessage):
                    break
    return said
