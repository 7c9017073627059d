"""Requests that wait for a person: Claude Code asks here, and a complete answer from anywhere ends the wait.

Promises: each request is posted and settled once, also when Claude Code withdraws it (an interrupt, a close). There is
no limit of time here: the conversation has one, and ends the turn. May not know: who may answer, and what a request
needs to be complete (core.permission_requests).
"""

import asyncio
import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

from claude_agent_sdk import PermissionResultAllow, PermissionResultDeny, ToolPermissionContext
from claude_agent_sdk.types import PermissionUpdate

from antiphon.agent import wording
from antiphon.agent.disk.reading import DiskThreads
from antiphon.agent.events.event_stream import is_valid
from antiphon.agent.events.tool_traits import traits_of
from antiphon.agent.events.tool_view import subject
from antiphon.agent.json_values import mappings, without_surrogates
from antiphon.agent.permissions.proposals import proposed
from antiphon.agent.permissions.rules import is_dangerous, offer, offered, session_rules
from antiphon.core import blocks, events
from antiphon.core.permission_requests import settled
from antiphon.core.values import Answer, ToolUseId
from antiphon.tools.definitions import ASK

_DENIED = "The person denied this."
_GARBLED = "The request could not be understood."
_PLAIN_ID = re.compile(r"[A-Za-z0-9_-]{1,48}")
_MOST_QUESTIONS = 4  # in one call, and options of one (the tool's own schema)
_KINDS: dict[str, blocks.RequestKind] = {"AskUserQuestion": "questions", ASK: "questions", "ExitPlanMode": "plan"}

Result = PermissionResultAllow | PermissionResultDeny


class PermissionDesk:
    """The requests of one process. Not a queue: several wait at once, each for its own answer."""

    def __init__(
        self,
        root: Path,
        dangerous: tuple[str, ...],
        post: Callable[[events.AgentEvent], None],
        disk: DiskThreads,
    ) -> None:
        """`root`: the directory that Claude Code works in; files below it are named relative to it. `dangerous`: rules
        whose requests two people have to allow."""
        self._root = root
        self._disk = disk
        self._dangerous = dangerous
        self._post = post
        self._waiting: dict[ToolUseId, asyncio.Future[Answer]] = {}
        self._asked: set[ToolUseId] = set()
        self._expected: dict[str, Answer] = {}  # digest of a call → its answer, given before it was made again

    @property
    def waits(self) -> bool:
        """Whether a request waits for a person."""
        return bool(self._waiting)

    async def ask(self, tool: str, given: dict[str, Any], context: ToolPermissionContext) -> Result:
        """Claude Code's callback: waits for the answer. Cancelled when Claude Code withdraws the request."""
        id_ = ToolUseId(context.tool_use_id or uuid4().hex)
        # Asked twice: an answer could not tell which one it means, or was given to the first. And models of others have
        # ids that no button can carry.
        if id_ in self._asked or not _PLAIN_ID.fullmatch(id_):
            id_ = ToolUseId(uuid4().hex)
        self._asked.add(id_)
        given = without_surrogates(given)
        kind = _KINDS.get(tool, "permission")
        rules = offered(context.suggestions) if kind == "permission" else ()
        about = subject(tool, given, self._root)
        asked = blocks.AskBlock(
            id_,
            tool,
            about,
            detail=await proposed(tool, given, self._root, self._disk),
            reason=context.decision_reason or "",
            by_agent=context.agent_id is not None,
            rules=tuple(offer(one, self._root) for one in rules),
            questions=_questions(given) if kind == "questions" else (),
            call=digest(tool, given),
            voices=2 if is_dangerous(tool, given, about, self._dangerous) else 1,
            traits=traits_of(tool),
            kind=kind,
            asked_again=tool == ASK,
        )
        if not is_valid(asked):
            return PermissionResultDeny(message=_GARBLED)
        answer = self._expected.pop(asked.call, None)
        if answer is None:
            answer = await self._answer(asked)
        return self._settled(asked, given, answer, rules)

    async def _answer(self, asked: blocks.AskBlock) -> Answer:
        waiting: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting[asked.id] = waiting
        self._post(asked)
        try:
            return await waiting
        except asyncio.CancelledError:
            self._post(events.PermissionSettled(asked.id, "withdrawn"))
            raise
        finally:
            del self._waiting[asked.id]

    def _settled(
        self, asked: blocks.AskBlock, given: dict[str, Any], answer: Answer, rules: tuple[PermissionUpdate, ...]
    ) -> Result:
        if not answer.allowed:
            self._post(settled(asked, answer))
            return PermissionResultDeny(message=answer.words or _DENIED)
        chosen: list[PermissionUpdate] = []
        if asked.questions:
            texts = (question.text for question in asked.questions)
            given = {**given, "answers": dict(zip(texts, answer.answers, strict=False))}
        elif asked.kind == "plan" and answer.mode is not None:  # else Claude Code goes back to the mode before
            chosen.append(PermissionUpdate(type="setMode", mode=answer.mode, destination="session"))
        elif answer.rule is not None and answer.rule < len(rules):
            chosen.append(rules[answer.rule])
            for rule in session_rules(rules[answer.rule]):
                self._post(events.RuleAdded(rule))
        self._post(settled(asked, answer))
        return PermissionResultAllow(updated_input=given, updated_permissions=chosen or None)

    def answer(self, answer: Answer) -> bool:
        """Hand an answer to the request that it is for; the first one counts. False: nothing waits for it."""
        waiting = self._waiting.get(answer.request)
        if waiting is None or waiting.done():
            return False
        waiting.set_result(answer)
        return True

    def expect(self, call: str, answer: Answer) -> None:
        """Answer the next request of this digest at once."""
        self._expected[call] = answer

    def withhold(self, call: str) -> None:
        """Such an answer adds no rule any more."""
        if (answer := self._expected.get(call)) is not None:
            self._expected[call] = replace(answer, rule=None)

    def forget(self) -> None:
        """Forget expected answers at a turn's end: an "Allow once" is for the turn in which it was given."""
        self._expected.clear()


def digest(tool: str, given: dict[str, Any]) -> str:
    """Equal for equal calls."""
    shown = json.dumps([tool, given], sort_keys=True, default=str)
    return hashlib.sha256(shown.encode()).hexdigest()[:32]


def _questions(given: Mapping[str, Any]) -> tuple[blocks.Question, ...]:
    """What a call of AskUserQuestion asks, at least one question: whatever the model has written, something readable
    comes back."""
    found = tuple(_question(one) for one in mappings(given.get("questions")))[:_MOST_QUESTIONS]
    return found or (blocks.Question(str(given.get("question") or wording.A_QUESTION), several=False),)


def _question(one: Mapping[str, Any]) -> blocks.Question:
    options = tuple(
        blocks.Option(str(option.get("label", "")), str(option.get("description") or ""))
        for option in mappings(one.get("options"))
        if str(option.get("label", "")).strip()
    )
    return blocks.Question(
        str(one.get("question", "")),
        str(one.get("header") or ""),
        options[:_MOST_QUESTIONS],
        bool(one.get("multiSelect")),
    )
