"""A small host of the real CLI, run as a child with an environment from nothing.

Takes one JSON object as its argument: `options` for the SDK, `prompts` sent one after the other, `decision` of every
permission request ("allow", "deny", or none to have no callback), `steer` sent once a tool has been called, and
`stop_at`, the system message after which nothing more is waited for. Prints every message as a line of JSON.
"""

import asyncio
import dataclasses
import json
import sys
from typing import Any

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


async def allow(name: str, inputs: dict[str, Any], _context: ToolPermissionContext) -> PermissionResultAllow:
    if name != "AskUserQuestion":
        return PermissionResultAllow()
    answers = {entry["question"]: entry["options"][0]["label"] for entry in inputs["questions"]}
    return PermissionResultAllow(updated_input={**inputs, "answers": answers})


async def deny(_name: str, _inputs: dict[str, Any], _context: ToolPermissionContext) -> PermissionResultDeny:
    return PermissionResultDeny(message="Not on a Friday.")


async def main() -> None:
    order = json.loads(sys.argv[1])
    options = ClaudeAgentOptions(
        system_prompt={"type": "preset", "preset": "claude_code"},
        can_use_tool={"allow": allow, "deny": deny}.get(order.get("decision")),
        **order["options"],
    )
    steer: str | None = order.get("steer")
    async with ClaudeSDKClient(options) as client:
        for prompt in order["prompts"]:
            await client.query(prompt)
            async for message in client.receive_messages():
                print(json.dumps({"kind": type(message).__name__, **dataclasses.asdict(message)}, default=str))
                if isinstance(message, SystemMessage) and message.subtype == order.get("stop_at"):
                    await client.interrupt()
                    return
                called = isinstance(message, AssistantMessage) and isinstance(message.content[0], ToolUseBlock)
                if steer and called:
                    await client.query(steer)
                    steer = None
                if isinstance(message, ResultMessage):
                    break


asyncio.run(main())
