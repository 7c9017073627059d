"""What is asked of a live Claude Code process besides prompts: other choices, a look at its context, files put back.

Every function raises AgentError with words for people when Claude Code refuses or does not answer. The bare exceptions
are the SDK's: it has no class of its own for a refused control request.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar, cast, get_args

from claude_agent_sdk import ClaudeSDKClient

from antiphon.agent.process import wire
from antiphon.core.requests import ContextPart, ContextUsage, Rewind, Rewound
from antiphon.core.values import Choices, Effort, Project, TurnId
from antiphon.errors import AgentError, NotDone

T = TypeVar("T")
Prompts = Callable[[], Sequence[str]]  # the uuids of what was said to Claude, newest first; reads files

_LIMIT = 20.0  # seconds for an answer (ms are usual; the context's figures take up to a second)
_LOOK_AGAIN = 0.05  # seconds between looks for what Claude Code has to write (0.1 s is usual)
_LOOKS = 40
_TRIES = 3  # of the newest prompts: the transcript may lack what Claude Code is about to write


async def withdraw(client: ClaudeSDKClient, prompt: TurnId) -> bool:
    """Take back a prompt that waits in Claude Code. False: it is taken in."""
    reply = await _asked(wire.control(client, {"subtype": "cancel_async_message", "message_uuid": prompt}))
    return bool(reply.get("cancelled"))


async def choose(client: ClaudeSDKClient, project: Project, before: Choices, now: Choices) -> bool:
    """Go on with other choices. False: only a new process can. The mode is told in any case: Claude changes it too."""
    mode = now.mode or project.claude.permission_mode
    if now.mode == "bypassPermissions" and not project.claude.allow_bypass:
        raise NotDone("This project does not let anybody switch to bypassPermissions.")
    if now.effort is not None and now.effort not in get_args(Effort):  # Claude Code would say nothing
        raise NotDone(f"There is no effort {now.effort}; there are {', '.join(get_args(Effort))}.")
    await _asked(client.set_permission_mode(mode))
    if before.model != now.model:
        await _asked(client.set_model(now.model or project.claude.model))
    if before.effort != now.effort:
        await _asked(wire.control(client, {"subtype": "apply_flag_settings", "settings": {"effortLevel": now.effort}}))
    return replace(before, mode=now.mode, model=now.model, effort=now.effort) == now


async def reload_skills(client: ClaudeSDKClient) -> None:
    """Let Claude Code look for skills and commands that came since it started. Without an answer it knows the old."""
    with suppress(AgentError):
        await _asked(wire.control(client, {"subtype": "reload_skills"}))


async def context(client: ClaudeSDKClient) -> ContextUsage:
    """What fills the context; the categories are those that are in the total."""
    told = await _asked(client.get_context_usage())
    parts = cast("list[dict[str, Any]]", told["categories"])
    return ContextUsage(
        told["totalTokens"],
        told["maxTokens"],
        told["percentage"],
        told["model"],
        tuple(ContextPart(one["name"], one["tokens"]) for one in parts if one.get("kind") == "used" and one["tokens"]),
        tuple(file["path"] for file in told["memoryFiles"]),
    )


async def rewind(client: ClaudeSDKClient, root: Path, prompts: Prompts, wanted: Rewind) -> Rewound:
    """Go back to before a prompt; files below `root` are named relative to it."""
    turn, reply = wanted.turn, Rewound()
    back = {"subtype": "rewind_files", "user_message_id": turn}
    if wanted.files:
        found = await _asked(wire.control(client, {**back, "dry_run": True}))
        if not found.get("canRewind"):
            raise NotDone(f"The files cannot be put back: {found.get('error') or 'Claude Code does not say why.'}")
        files = tuple(_relative(path, root) for path in found.get("filesChanged") or ())
        reply = Rewound(files, found.get("insertions") or 0, found.get("deletions") or 0)
    if wanted.conversation:
        said = await asyncio.to_thread(prompts)
        if wanted.dry and turn not in said:
            raise NotDone("That message is not in the conversation any more.")
        reply = replace(reply, prompts=said.index(turn) + 1 if turn in said else 0)
        if not wanted.dry:
            await _cut(client, turn, said[:_TRIES])
            await _written(turn, prompts)
    if wanted.files and not wanted.dry:
        done = await _asked(wire.control(client, back))
        if not done.get("canRewind"):
            raise AgentError(f"The files could not be put back: {done.get('error')}")
    return replace(reply, done=not wanted.dry and (wanted.files or wanted.conversation))


async def _cut(client: ClaudeSDKClient, turn: str, newest: Sequence[str]) -> None:
    """Take a prompt and all after it out of the conversation. `newest`: which prompt may be the last one, likeliest
    first: Claude Code wants to hear it, so that nothing is cut that nobody has seen. NotDone with a reason."""
    words = {
        "turn_running": "Claude is at work: stop it first, or wait until it is done.",
        "target_not_found": "That message is not in the conversation any more.",
    }
    reason = "target_not_found"
    for last in dict.fromkeys(newest):
        request = {"target_message_uuid": turn, "last_seen_user_message_uuid": last}
        reply = await _asked(wire.control(client, {"subtype": "rewind_conversation", **request}))
        if reply.get("rewound"):
            return
        reason = str(reply.get("reason"))
        if reason not in ("stale_target", "unseen_later_turn"):
            break
    raise NotDone(words.get(reason, "The conversation has gone on since; try again."))


async def _written(turn: str, prompts: Prompts) -> None:
    """Wait until the cut is on disk, where forks and resumes look for it: Claude Code writes a moment later."""
    for _ in range(_LOOKS):
        if turn not in await asyncio.to_thread(prompts):
            break
        await asyncio.sleep(_LOOK_AGAIN)


def _relative(path: str, root: Path) -> str:
    return str(Path(path).relative_to(root)) if Path(path).is_relative_to(root) else path


async def _asked(request: Awaitable[T]) -> T:
    try:
        async with asyncio.timeout(_LIMIT):
            return await request
    except TimeoutError:
        raise AgentError(f"Claude Code did not answer within {_LIMIT:.0f} s.") from None
    except Exception as error:
        raise AgentError(f"Claude Code refuses: {str(error).splitlines()[0] if str(error) else error!r}") from error
