"""Requests to a live Claude Code process besides prompts: other choices, its context usage, a rewind.

Every function raises AgentError, with a text for people, when Claude Code refuses or does not answer.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar, cast, get_args

from claude_agent_sdk import ClaudeSDKClient, ClaudeSDKError

from antiphon.agent import wording
from antiphon.agent.process import wire
from antiphon.core.requests import ContextPart, ContextUsage, Rewind, Rewound
from antiphon.core.values import Choices, Effort, Project, TurnId
from antiphon.errors import AgentError, NotDone

T = TypeVar("T")
Prompts = Callable[[], Sequence[str]]  # gives the uuids of the prompts in the conversation, newest first; reads files

_LIMIT = 20.0  # seconds for an answer (ms are usual; the context's figures take up to a second)
_POLL_INTERVAL = 0.05  # seconds between polls for what Claude Code has to write (0.1 s is usual)
_POLLS = 40
_TRIES = 3  # of the newest prompts: the transcript may lack what Claude Code is about to write


async def withdraw(client: ClaudeSDKClient, prompt: TurnId) -> bool:
    """Take back a prompt that waits in Claude Code. False: it is taken in."""
    reply = await _answered(wire.control(client, {"subtype": "cancel_async_message", "message_uuid": prompt}))
    return bool(reply.get("cancelled"))


async def choose(client: ClaudeSDKClient, project: Project, before: Choices, now: Choices) -> bool:
    """Apply other choices. False: only a new process can. The mode is sent in any case: Claude changes it too."""
    mode = now.mode or project.claude.permission_mode
    if now.mode == "bypassPermissions" and not project.claude.allow_bypass:
        raise NotDone(wording.NO_BYPASS)
    if now.effort is not None and now.effort not in get_args(Effort):  # Claude Code would say nothing
        raise NotDone(wording.no_effort(now.effort, ", ".join(get_args(Effort))))
    await _answered(client.set_permission_mode(mode))
    if before.model != now.model:
        await _answered(client.set_model(now.model or project.claude.model))
    if before.effort != now.effort:
        await _answered(
            wire.control(client, {"subtype": "apply_flag_settings", "settings": {"effortLevel": now.effort}})
        )
    return replace(before, mode=now.mode, model=now.model, effort=now.effort) == now


async def reload_skills(client: ClaudeSDKClient) -> None:
    """Let Claude Code look for skills and commands that came since it started. Without an answer it knows the old."""
    with suppress(AgentError):
        await _answered(wire.control(client, {"subtype": "reload_skills"}))


async def context(client: ClaudeSDKClient) -> ContextUsage:
    """What fills the context; the categories are those that are in the total."""
    usage = await _answered(client.get_context_usage())
    parts = cast("list[dict[str, Any]]", usage["categories"])
    return ContextUsage(
        usage["totalTokens"],
        usage["maxTokens"],
        usage["percentage"],
        usage["model"],
        tuple(ContextPart(one["name"], one["tokens"]) for one in parts if one.get("kind") == "used" and one["tokens"]),
        tuple(file["path"] for file in usage["memoryFiles"]),
    )


async def rewind(client: ClaudeSDKClient, root: Path, prompts: Prompts, wanted: Rewind) -> Rewound:
    """Go back to before a prompt; files below `root` are named relative to it."""
    turn, reply = wanted.turn, Rewound()
    back = {"subtype": "rewind_files", "user_message_id": turn}
    if wanted.files:
        found = await _answered(wire.control(client, {**back, "dry_run": True}))
        if not found.get("canRewind"):
            raise NotDone(wording.files_cannot_be_put_back(str(found.get("error") or "")))
        files = tuple(_relative(path, root) for path in found.get("filesChanged") or ())
        reply = Rewound(files, found.get("insertions") or 0, found.get("deletions") or 0)
    if wanted.conversation:
        sent = await asyncio.to_thread(prompts)
        if wanted.dry and turn not in sent:
            raise NotDone(wording.MESSAGE_NOT_IN_CONVERSATION)
        reply = replace(reply, prompts=sent.index(turn) + 1 if turn in sent else 0)
        if not wanted.dry:
            await _truncate(client, turn, sent[:_TRIES])
            await _wait_until_written(turn, prompts)
    if wanted.files and not wanted.dry:
        done = await _answered(wire.control(client, back))
        if not done.get("canRewind"):
            raise AgentError(wording.files_not_put_back(str(done.get("error"))))
    return replace(reply, done=not wanted.dry and (wanted.files or wanted.conversation))


async def _truncate(client: ClaudeSDKClient, turn: str, newest: Sequence[str]) -> None:
    """Take a prompt and all after it out of the conversation. `newest`: which prompt may be the last one, likeliest
    first: Claude Code asks for it, so that nothing is cut that nobody has seen. NotDone with a reason."""
    reasons = {
        "turn_running": wording.CLAUDE_AT_WORK,
        "target_not_found": wording.MESSAGE_NOT_IN_CONVERSATION,
    }
    reason = "target_not_found"
    for last in dict.fromkeys(newest):
        request = {"target_message_uuid": turn, "last_seen_user_message_uuid": last}
        reply = await _answered(wire.control(client, {"subtype": "rewind_conversation", **request}))
        if reply.get("rewound"):
            return
        reason = str(reply.get("reason"))
        if reason not in ("stale_target", "unseen_later_turn"):
            break
    raise NotDone(reasons.get(reason, wording.GONE_ON_SINCE))


async def _wait_until_written(turn: str, prompts: Prompts) -> None:
    """Wait until the cut is on disk, where forks and resumes look for it: Claude Code writes a moment later."""
    for _ in range(_POLLS):
        if turn not in await asyncio.to_thread(prompts):
            break
        await asyncio.sleep(_POLL_INTERVAL)


def _relative(path: str, root: Path) -> str:
    return str(Path(path).relative_to(root)) if Path(path).is_relative_to(root) else path


async def _answered(request: Awaitable[T]) -> T:
    """The answer to a control request. The SDK has no class of its own for a refused one: it raises a bare Exception,
    which is told from all others by its type."""
    try:
        async with asyncio.timeout(_LIMIT):
            (answer,) = await asyncio.gather(request, return_exceptions=True)
    except TimeoutError:
        raise AgentError(wording.no_answer_within(_LIMIT)) from None
    if not isinstance(answer, BaseException):
        return answer
    if type(answer) is Exception or isinstance(answer, ClaudeSDKError | OSError):
        text = str(answer)
        raise AgentError(wording.refused(text.splitlines()[0] if text else repr(answer))) from answer
    raise answer
