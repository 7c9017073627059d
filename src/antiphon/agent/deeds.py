"""What is asked of a live Claude Code process besides prompts: other choices, a look at its context, files put back.

Every function raises AgentError with words for people when Claude Code refuses or does not answer. The bare exceptions
are the SDK's: it has no class of its own for a refused control request.
"""

import asyncio
from collections.abc import Awaitable
from dataclasses import replace
from typing import Any, TypeVar

from claude_agent_sdk import ClaudeSDKClient

from antiphon.agent import wire
from antiphon.core.ports import Body
from antiphon.core.values import Choices, Project, TurnId
from antiphon.errors import AgentError

T = TypeVar("T")

_LIMIT = 20.0  # seconds for an answer (ms are usual; the context's figures take up to a second)


async def withdraw(client: ClaudeSDKClient, prompt: TurnId) -> bool:
    """Take back a prompt that waits in Claude Code. False: it is taken in."""
    reply = await _asked(wire.control(client, {"subtype": "cancel_async_message", "message_uuid": prompt}))
    return bool(reply.get("cancelled"))


async def choose(client: ClaudeSDKClient, project: Project, before: Choices, now: Choices) -> bool:
    """Go on with other choices. False: only a new process can."""
    if before.mode != now.mode:
        mode = now.mode or project.claude.permission_mode
        if mode == "bypassPermissions" and not project.claude.allow_bypass:
            raise AgentError("This project does not let anybody switch to bypassPermissions.")
        await _asked(client.set_permission_mode(mode))
    if before.model != now.model:
        await _asked(client.set_model(now.model or project.claude.model))
    if before.effort != now.effort:
        if now.effort is None:
            return False
        await _asked(wire.control(client, {"subtype": "apply_flag_settings", "settings": {"effortLevel": now.effort}}))
    return replace(before, mode=now.mode, model=now.model, effort=now.effort) == now


async def do(client: ClaudeSDKClient, what: str, details: Body) -> dict[str, Any]:
    """A deed by its name; see the functions below for what each wants and gives."""
    match what:
        case "context":
            return dict(await _asked(client.get_context_usage()))
        case _:
            raise AgentError(f"This version knows no {what}.")


async def _asked(request: Awaitable[T]) -> T:
    try:
        async with asyncio.timeout(_LIMIT):
            return await request
    except TimeoutError:
        raise AgentError(f"Claude Code did not answer within {_LIMIT:.0f} s.") from None
    except Exception as error:
        raise AgentError(f"Claude Code refuses: {str(error).splitlines()[0] if str(error) else error!r}") from error
