"""Permission requests that wait for a person: Claude Code asks here, and an answer from anywhere ends the wait.

Promises: each request is told once and settled once, also when Claude Code withdraws it (an interrupt, a close). There
is no limit of time here: the conversation has one, and ends the turn. May not know: who may answer.
"""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

from claude_agent_sdk import PermissionResultAllow, PermissionResultDeny, ToolPermissionContext
from claude_agent_sdk.types import PermissionUpdate

from antiphon.agent.rules import in_words, offered
from antiphon.agent.toolview import detail, subject
from antiphon.core.events import AgentEvent, PermissionAsked, PermissionDenied, PermissionSettled
from antiphon.core.values import Answer, ToolUseId

_DENIED = "The person denied this."
_NO_QUESTIONS = (
    "AskUserQuestion is denied: this bridge cannot ask for it in Discord yet. Put the question into your answer as "
    "text; the person will write back."
)


class Desk:
    """The requests of one process. Not a queue: several wait at once, each for its own answer."""

    def __init__(self, root: Path, post: Callable[[AgentEvent], None]) -> None:
        """`root`: the directory that Claude Code works in; files below it are told relative to it."""
        self._root = root
        self._post = post
        self._waiting: dict[ToolUseId, asyncio.Future[Answer]] = {}
        self._asked: set[ToolUseId] = set()

    async def ask(
        self, tool: str, given: dict[str, Any], context: ToolPermissionContext
    ) -> PermissionResultAllow | PermissionResultDeny:
        """Claude Code's callback: waits for the answer. Cancelled when Claude Code withdraws the request."""
        id_ = ToolUseId(context.tool_use_id or uuid4().hex)
        about, full = subject(tool, given, self._root), detail(tool, given, self._root)
        if tool == "AskUserQuestion":
            self._post(PermissionDenied(id_, tool, about, _NO_QUESTIONS))
            return PermissionResultDeny(message=_NO_QUESTIONS)
        if id_ in self._asked:  # asked twice: an answer could not tell which one it means, or was given to the first
            id_ = ToolUseId(uuid4().hex)
        self._asked.add(id_)
        reason, by_agent = context.decision_reason or "", context.agent_id is not None
        waiting: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting[id_] = waiting
        rules = offered(context.suggestions)
        self._post(PermissionAsked(id_, tool, about, full, reason, by_agent, tuple(map(in_words, rules))))
        try:
            answer = await waiting
        except asyncio.CancelledError:
            self._post(PermissionSettled(id_, "withdrawn"))
            raise
        finally:
            del self._waiting[id_]
        if answer.allowed:
            chosen: list[PermissionUpdate] = []
            if answer.rule is not None and answer.rule < len(rules):
                chosen.append(rules[answer.rule])
            self._post(PermissionSettled(id_, "allowed", answer.by, "".join(map(in_words, chosen))))
            return PermissionResultAllow(updated_input=given, updated_permissions=chosen or None)
        self._post(PermissionSettled(id_, "denied", answer.by, answer.words))
        return PermissionResultDeny(message=answer.words or _DENIED)

    def answer(self, answer: Answer) -> bool:
        """Hand an answer to the request that it is for; the first one counts. False: nothing waits for it."""
        waiting = self._waiting.get(answer.request)
        if waiting is None or waiting.done():
            return False
        waiting.set_result(answer)
        return True
