"""Translates what only several messages together tell: when a job ends, why a request was refused, a task's new name.

One `EventStream` belongs to one process. It remembers only what is still open, and leaves every message that speaks for
itself to `translate`.
"""

import logging
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from claude_agent_sdk import types as sdk
from pydantic import ConfigDict, TypeAdapter, ValidationError

from antiphon.agent import wording
from antiphon.agent.events.hooks import Hooks
from antiphon.agent.events.schedules import Schedules
from antiphon.agent.events.tool_view import intended
from antiphon.agent.events.translate import UNAUTHORIZED, original_error, reset_time, translate
from antiphon.agent.json_values import mapping, mappings
from antiphon.agent.process.wire import GARBLED, Received
from antiphon.core import blocks, events
from antiphon.core.events import AgentEvent
from antiphon.core.values import SessionId, ToolUseId

log = logging.getLogger(__name__)

_MOST_KINDS = 100  # so many have a line and a count of their own; what is garbled has a new kind each time
_OTHERS = "more kinds"
_VALID_EVENT = TypeAdapter[AgentEvent](
    AgentEvent, config=ConfigDict(strict=True, revalidate_instances="always", allow_inf_nan=False)
)
_KINDS: dict[str | None, blocks.JobKind] = {"local_agent": "agent", "local_bash": "command"}
_ENDS: dict[str | None, blocks.JobState] = {
    "completed": "ok",
    "failed": "failed",
    "stopped": "stopped",
    "killed": "stopped",
}
_TASKS = (sdk.TaskStartedMessage, sdk.TaskProgressMessage, sdk.TaskUpdatedMessage, sdk.TaskNotificationMessage)


@dataclass(slots=True)
class _Jobs:
    """Tracks sub-agents and background commands. An end comes as an update, as a notification with a summary, or as
    both, the notification next: one event comes out. A command that Claude waits for is no job until it is sent to the
    background."""

    running: set[str] = field(default_factory=set[str])
    _waited_for: dict[str, blocks.Job] = field(default_factory=dict[str, blocks.Job])
    _ended: dict[str, blocks.JobState] = field(default_factory=dict[str, blocks.JobState])  # without a summary so far

    def receive(self, message: Received) -> Iterator[AgentEvent]:
        if isinstance(message, _TASKS) and not isinstance(message.task_id, str):  # pyright: ignore[reportUnnecessaryIsInstance] - nobody checks it
            raise TypeError("a job without a name")
        match message:
            case sdk.TaskStartedMessage():
                yield from self._started(message)
            case sdk.TaskProgressMessage(task_id=id_) if id_ in self.running:
                yield events.JobChanged(id_, _activity(message))
            case sdk.TaskUpdatedMessage(task_id=id_, patch=patch):
                if message.status in _ENDS:
                    self._ended[id_] = _ENDS[message.status]
                if patch.get("is_backgrounded") and id_ in self._waited_for:
                    self.running.add(id_)
                    yield self._waited_for.pop(id_)
            case sdk.TaskNotificationMessage(task_id=id_, status=status, summary=summary):
                self._ended.pop(id_, None)
                yield from self._end(id_, _ENDS.get(status, "ok"), summary)
            case _:
                ended, self._ended = self._ended, {}
                for id_, state in ended.items():
                    yield from self._end(id_, state)

    def _started(self, message: sdk.TaskStartedMessage) -> Iterator[AgentEvent]:
        kind = _KINDS.get(message.task_type)
        if kind is None:
            return
        started = blocks.Job(message.task_id, kind, message.description)
        if kind == "command" and not message.data.get("is_backgrounded"):
            self._waited_for[started.id] = started
        else:
            self.running.add(started.id)
            yield started

    def _end(self, id_: str, state: blocks.JobState, summary: str = "") -> Iterator[AgentEvent]:
        self._waited_for.pop(id_, None)
        if id_ in self.running:
            self.running.remove(id_)
            yield events.JobChanged(id_, summary, state)


class EventStream:
    """Turns the messages of one process, in order, into events."""

    def __init__(self, root: Path, told: set[tuple[str, str]] | None = None) -> None:
        """`root`: the directory that Claude Code works in; files below it are named relative to it. `told`: what the
        session was told of what does not work (an MCP server, a file), and in which state; it is filled."""
        self._root = root
        self._told = set[tuple[str, str]]() if told is None else told
        self._jobs = _Jobs()
        self._hooks = Hooks()
        self._schedules = Schedules()
        self._self_started = False  # the turn that runs
        self._changes: dict[ToolUseId, blocks.FileChange] = {}  # what running calls of sub-agents mean to do to files
        self._names: dict[ToolUseId, str] = {}  # that running calls give to tasks
        self._name: str | None = None  # given by the call whose result is being translated
        self.login_refused = False  # in this turn: trying again does not help
        self.interrupted = False  # in this turn
        self.subscription = False  # nobody is charged what Claude Code counts
        self._refused: sdk.RateLimitEvent | None = None  # the limit that refused this turn's requests: its end shows it

    def receive(self, message: Received) -> tuple[AgentEvent, ...]:
        """The events that a message stands for, after those before it. What is garbled becomes Unknown; where it is
        the result of a turn it ends the turn all the same, or nothing would."""
        try:
            found = tuple(self._events(message))
        except GARBLED as error:
            found = (events.UnknownMessage(f"{type(message).__name__}: {type(error).__name__}"),)
        valid = tuple(
            one if is_valid(one) else events.UnknownMessage(f"{type(one).__name__} with odd parts") for one in found
        )
        if _ends_turn(message) and not any(isinstance(event, events.TurnEnded) for event in valid):
            return (*valid, events.TurnEnded("failed", wording.END_NOT_UNDERSTOOD))
        return valid

    def _events(self, message: Received) -> Iterator[AgentEvent]:
        if isinstance(message, sdk.RateLimitEvent) and message.rate_limit_info.status == "rejected":
            self._refused = message
            return
        if isinstance(message, sdk.AssistantMessage):
            self._remember(message)
        if isinstance(message, sdk.SystemMessage) and message.subtype == "api_retry":
            again = message.data.get("attempt")  # the first one comes with a fresh access token
            self.login_refused |= message.data.get("error_status") == UNAUTHORIZED and again != 1
        yield from self._jobs.receive(message)
        yield from self._schedules.receive(message, time.time())
        yield from self._hooks.receive(message)
        self._self_started |= isinstance(message, events.SelfStarted)
        for event in translate(message, self._root):
            yield from self._completed(event, message)
        if isinstance(message, sdk.SystemMessage) and message.subtype == "init":  # a turn begins
            self.interrupted = False  # a stop that came too late was for the one before
            yield from self._servers(mappings(message.data.get("mcp_servers")))

    def _servers(self, servers: Iterable[Mapping[str, Any]]) -> Iterator[AgentEvent]:
        """The MCP servers that Claude has to do without, each once."""
        found: dict[str, list[str]] = {state: [] for state in wording.MCP_SERVERS}
        for one in servers:
            name, state = str(one.get("name")), str(one.get("status"))
            if state in found and (name, state) not in self._told:
                self._told.add((name, state))
                found[state].append(name)
        yield from (blocks.NoteBlock(wording.mcp_servers(state, names)) for state, names in found.items() if names)

    def _remember(self, message: sdk.AssistantMessage) -> None:
        for block in message.content:
            if not isinstance(block, sdk.ToolUseBlock):
                continue
            id_ = ToolUseId(block.id)
            if message.parent_tool_use_id and (change := intended(block.name, block.input, self._root)) is not None:
                self._changes[id_] = change
            elif block.name == "TaskUpdate" and isinstance(name := mapping(block.input).get("subject"), str):
                self._names[id_] = name

    def _completed(self, event: AgentEvent, message: Received) -> Iterator[AgentEvent]:
        """The event, completed with what earlier messages told."""
        if isinstance(event, events.TurnEnded):
            usage = replace(event.usage, billed=not self.subscription)
            event = replace(event, self_started=event.self_started or self._self_started, usage=usage)
            self._self_started = self.interrupted = False
        match event:
            case events.ToolFinished(id=id_, ok=ok):
                change, self._name = self._changes.pop(id_, None), self._names.pop(id_, None)
                event = replace(event, cut=not ok and self.interrupted)
                yield replace(event, change=change) if ok and event.change is None else event
            case events.TaskChanged(subject=None):
                yield replace(event, subject=self._name)
            case events.TurnEnded(reason=reason):
                refused, self._refused = self._refused, None
                login_refused, self.login_refused = self.login_refused, False
                if login_refused and reason != "done":
                    yield replace(event, reason="failed", error=wording.LOGIN_REFUSED)
                    return
                if refused is None or reason not in ("failed", "limited"):
                    yield from translate(refused) if refused else ()
                    yield from self._hooks.ended(event, message) if isinstance(message, sdk.ResultMessage) else (event,)
                    return
                time = reset_time(refused)
                text = wording.usage_limit_refused(resets=time is not None)
                if time is None and isinstance(message, sdk.ResultMessage):
                    text = wording.limited(text, original_error(message))
                yield replace(event, reason="limited", error=text, time=time, usage_limit=True)
            case _:
                yield event


def is_valid(event: AgentEvent) -> bool:
    """Whether it is what its class promises: each part of its declared type, each number finite, each text fit for
    UTF-8. The SDK checks little of what Claude Code sends, and a number in place of a text would only fail where nobody
    expects it: in a view, in the database, in Discord."""
    try:
        _VALID_EVENT.validate_python(event)
    except ValidationError:
        return False
    return True


def _ends_turn(message: Received) -> bool:
    """Whether it is a turn's result, or could not be parsed and calls itself one."""
    if isinstance(message, events.UnknownMessage):
        return message.kind.partition(":")[0] == "result"
    return isinstance(message, sdk.ResultMessage)


def _activity(message: sdk.TaskProgressMessage) -> str:
    activity = message.description.removeprefix("Running ")  # followed by what the call says of itself
    return ": ".join(part for part in (message.last_tool_name, activity) if part)


class UnknownMessages:
    """Counts what Claude Code sends to a bridge that is unknown here, or is not what it promises to be: each kind is
    logged once. A newer CLI may send hundreds in every turn: a line for each would bury everything else."""

    def __init__(self) -> None:
        self.counts = Counter[str]()  # how many came of each kind

    def count(self, kind: str, session: SessionId) -> None:
        """Count one; the first of its kind is logged."""
        if kind not in self.counts and len(self.counts) >= _MOST_KINDS:
            kind = _OTHERS
        self.counts[kind] += 1
        if self.counts[kind] == 1:
            text = "unknown message from Claude Code: %s (further ones of this kind are only counted)"
            log.warning(text, kind, extra={"session": session})
