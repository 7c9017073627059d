"""Requests to a live Claude Code process besides prompts: other choices, its context usage, a rewind."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any, TypeVar, cast, get_args

from claude_agent_sdk import ClaudeSDKClient, ClaudeSDKError

from antiphon.agent import wording
from antiphon.agent.events.tool_view import relative
from antiphon.agent.json_values import mapping, mappings
from antiphon.agent.permissions.rules import meaning
from antiphon.agent.process import wire
from antiphon.core.requests import ContextPart, ContextUsage, Rewind, Rewound
from antiphon.core.rules import directory
from antiphon.core.values import Choices, Effort, Project, TurnId
from antiphon.errors import AgentError, NotDone

T = TypeVar("T")
Prompts = Callable[[], Awaitable[Sequence[str]]]  # the uuids of the prompts in the conversation, newest first

_SAID_TWICE = re.compile(r"(exit code (-?\d+)) \(exit code: \2\)")  # the SDK's words
_LIMIT = 20.0  # seconds for an answer (ms are usual; the context's figures take up to a second)
_POLL_INTERVAL = 0.05  # seconds between polls for what Claude Code has to write (0.1 s is usual)
_POLLS = 40
_SETTINGS = ("localSettings", "projectSettings", "userSettings")  # the files of rules, in Claude Code's names
_RULE_POLLS = 30  # as above, until Claude Code has taken notice of a file of settings (1.0 to 1.8 s is usual)
_RULE_INTERVAL = 0.1
_TRIES = 3  # of the newest prompts: the transcript may lack what Claude Code is about to write


class ControlRequests:
    """The part of the core's AgentLink port that is no prompt.

    Every method raises AgentError, with a text for people, when Claude Code refuses or does not answer.
    """

    def __init__(self, client: ClaudeSDKClient, project: Project, choices: Choices, prompts: Prompts) -> None:
        """`choices`: those with which the process is started."""
        self._client = client
        self._project = project
        self._choices = choices
        self._rules = set(choices.rules)  # what it knows of them by now
        self._prompts = prompts

    def rule_added(self, rule: str) -> None:
        """An answer has allowed something in the session, which the process knows until its end."""
        self._rules.add(rule)

    async def withdraw(self, prompt: TurnId) -> bool:
        reply = await self._control("cancel_async_message", message_uuid=prompt)
        return bool(reply.get("cancelled"))

    async def choose(self, choices: Choices) -> bool:
        """The mode is sent in any case: Claude changes it too."""
        before, claude = self._choices, self._project.claude
        if choices.mode == "bypassPermissions" and not claude.allow_bypass:
            raise NotDone(wording.NO_BYPASS)
        if choices.effort is not None and choices.effort not in get_args(Effort):  # Claude Code would say nothing
            raise NotDone(wording.no_effort(choices.effort, ", ".join(get_args(Effort))))
        await answered(self._client.set_permission_mode(choices.mode or claude.permission_mode))
        if before.model != choices.model:
            await answered(self._client.set_model(choices.model or claude.model))
        if before.effort != choices.effort:
            await self._control("apply_flag_settings", settings={"effortLevel": choices.effort})
        self._choices = choices
        return self._rules == set(choices.rules)  # it forgets none, and takes none

    async def has_forgotten(self, rules: Sequence[str]) -> bool:
        gone = set(map(meaning, rules))
        for _ in range(_RULE_POLLS):
            try:
                state = mapping((await self._control("list_permission_rules")).get("state"))
            except AgentError:  # another version of Claude Code: a new process certainly has
                return False
            known = [one.get("rule") for one in mappings(state.get("rules")) if one.get("source") in _SETTINGS]
            paths = mappings(state.get("workspaceDirectories"))
            known += [directory(str(one.get("path"))) for one in paths if one.get("source") in _SETTINGS]
            if "rules" in state and gone.isdisjoint(meaning(str(one)) for one in known):
                return True
            await asyncio.sleep(_RULE_INTERVAL)
        return False

    async def reload_skills(self) -> frozenset[str]:
        """Let Claude Code look for skills and commands that came since it started; the names of those that it may use
        itself, its own included. Without an answer it knows the old."""
        with suppress(AgentError):
            reply = await self._control("reload_skills")
            return frozenset(str(one.get("name")) for one in mappings(reply.get("skills")))
        return frozenset()

    async def context(self) -> ContextUsage:
        """The categories are those that are in the total."""
        usage = await answered(self._client.get_context_usage())
        parts = cast("list[dict[str, Any]]", usage["categories"])
        used = (ContextPart(one["name"], one["tokens"]) for one in parts if one.get("kind") == "used" and one["tokens"])
        memory = (file["path"] for file in usage["memoryFiles"])
        return ContextUsage(
            usage["totalTokens"], usage["maxTokens"], usage["percentage"], usage["model"], tuple(used), tuple(memory)
        )

    async def rewind(self, request: Rewind) -> Rewound:
        turn, reply = request.turn, Rewound()
        if request.files:
            found = await self._control("rewind_files", user_message_id=turn, dry_run=True)
            if not found.get("canRewind"):
                raise NotDone(wording.files_cannot_be_put_back(str(found.get("error") or "")))
            files = tuple(relative(path, self._project.directory) for path in found.get("filesChanged") or ())
            reply = Rewound(files, found.get("insertions") or 0, found.get("deletions") or 0)
        if request.conversation:
            sent = await self._prompts()
            if request.dry and turn not in sent:
                raise NotDone(wording.MESSAGE_NOT_IN_CONVERSATION)
            reply = replace(reply, prompts=sent.index(turn) + 1 if turn in sent else 0)
            if not request.dry:
                await self._truncate(turn, sent[:_TRIES])
                await self._wait_until_written(turn)
        if request.files and not request.dry:
            done = await self._control("rewind_files", user_message_id=turn)
            if not done.get("canRewind"):
                raise AgentError(wording.problem(wording.FILES_NOT_PUT_BACK, str(done.get("error"))))
        return replace(reply, done=not request.dry and (request.files or request.conversation))

    async def _truncate(self, turn: str, newest: Sequence[str]) -> None:
        """Take a prompt and all after it out of the conversation. `newest`: which prompt may be the last one, likeliest
        first: Claude Code asks for it, so that nothing is cut that nobody has seen. NotDone with a reason."""
        reasons = {
            "turn_running": wording.CLAUDE_AT_WORK,
            "target_not_found": wording.MESSAGE_NOT_IN_CONVERSATION,
        }
        reason = "target_not_found"
        for last in dict.fromkeys(newest):
            reply = await self._control(
                "rewind_conversation", target_message_uuid=turn, last_seen_user_message_uuid=last
            )
            if reply.get("rewound"):
                return
            reason = str(reply.get("reason"))
            if reason not in ("stale_target", "unseen_later_turn"):
                break
        raise NotDone(reasons.get(reason, wording.GONE_ON_SINCE))

    async def _wait_until_written(self, turn: str) -> None:
        """Wait until the cut is on disk, where forks and resumes look for it: Claude Code writes a moment later."""
        for _ in range(_POLLS):
            if turn not in await self._prompts():
                break
            await asyncio.sleep(_POLL_INTERVAL)

    async def _control(self, subtype: str, **given: object) -> dict[str, Any]:
        """A control request that the SDK has no method for."""
        return await answered(wire.control(self._client, {"subtype": subtype, **given}))


async def answered(
    request: Awaitable[T],
    limit: float = _LIMIT,
    late: str = wording.NOT_ANSWERED,
    problem: str = wording.REFUSES,
) -> T:
    """The answer to a request to the SDK, within `limit` seconds. AgentError, with a text for people, when it is `late`
    or fails, which means a `problem`. The SDK has no class of its own for a refused request: it raises a bare
    Exception, which is told from all others by its type."""
    try:
        async with asyncio.timeout(limit):
            (answer,) = await asyncio.gather(request, return_exceptions=True)
    except TimeoutError:
        raise AgentError(wording.not_within(limit, late)) from None
    if not isinstance(answer, BaseException):
        return answer
    if type(answer) is Exception or isinstance(answer, ClaudeSDKError | OSError):
        raise AgentError(wording.problem(problem, first_line(answer))) from answer
    raise answer


def first_line(error: BaseException) -> str:
    """What it says, as one line."""
    line = (str(error) or type(error).__name__).splitlines()[0]
    return _SAID_TWICE.sub(r"\1", line)
