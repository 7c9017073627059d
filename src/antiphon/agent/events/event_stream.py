"""Translates what only several messages together tell: when a job ends, why a request was refused, a task's new name.

One `EventStream` belongs to one process. It remembers only what is still open, and leaves every message that speaks for
itself to `translate`.
"""

from dataclasses import dataclass, field, replace
from pathlib import Path

from claude_agent_sdk import AssistantMessage, RateLimitEvent, ResultMessage, ToolUseBlock
from claude_agent_sdk.types import (
    Message,
    TaskNotificationMessage,
    TaskProgressMessage,
    TaskStartedMessage,
    TaskUpdatedMessage,
)

from antiphon.agent import wording
from antiphon.agent.events.event_validation import is_valid
from antiphon.agent.events.tool_view import intended
from antiphon.agent.events.translate import original_error, reset_time, translate
from antiphon.agent.process.wire import GARBLED
from antiphon.core.events import (
    AgentEvent,
    FileChange,
    JobEnded,
    JobKind,
    JobProgressed,
    JobStarted,
    JobState,
    SteerDelivered,
    TaskChanged,
    ToolFinished,
    TurnEnded,
    UnknownMessage,
)
from antiphon.core.values import ToolUseId

_KINDS: dict[str | None, JobKind] = {"local_agent": "agent", "local_bash": "command"}
_ENDS: dict[str | None, JobState] = {"completed": "ok", "failed": "failed", "stopped": "stopped", "killed": "stopped"}


@dataclass(slots=True)
class _Jobs:
    """Tracks sub-agents and background commands. An end comes as an update, as a notification with a summary, or as
    both, the notification next: one event comes out. A command that Claude waits for is no job until it is sent to the
    background."""

    running: set[str] = field(default_factory=set[str])
    _waited_for: dict[str, JobStarted] = field(default_factory=dict[str, JobStarted])
    _ended: dict[str, JobState] = field(default_factory=dict[str, JobState])  # without a summary so far

    def receive(self, message: Message | SteerDelivered | UnknownMessage) -> list[AgentEvent]:
        """The events of jobs that a message stands for."""
        match message:
            case TaskStartedMessage() | TaskProgressMessage() | TaskUpdatedMessage() | TaskNotificationMessage() if (
                not isinstance(message.task_id, str)  # pyright: ignore[reportUnnecessaryIsInstance] - nobody checks it
            ):
                raise TypeError("a job without a name")
            case TaskStartedMessage(task_id=id_):
                return self._started(message)
            case TaskProgressMessage(task_id=id_) if id_ in self.running:
                return [JobProgressed(id_, _activity(message))]
            case TaskUpdatedMessage(task_id=id_, patch=patch):
                self._ended |= {id_: _ENDS[message.status]} if message.status in _ENDS else {}
                started = self._waited_for.pop(id_, None) if patch.get("is_backgrounded") else None
                return [] if started is None else self._begin(started)
            case TaskNotificationMessage(task_id=id_, status=status, summary=summary):
                self._ended.pop(id_, None)
                return self._end(id_, _ENDS.get(status, "ok"), summary)
            case _ if self._ended:
                ended, self._ended = self._ended, {}
                return [event for id_, state in ended.items() for event in self._end(id_, state, "")]
            case _:
                return []

    def _started(self, message: TaskStartedMessage) -> list[AgentEvent]:
        kind = _KINDS.get(message.task_type)
        if kind is None:
            return []
        tool = ToolUseId(message.tool_use_id) if message.tool_use_id else None
        started = JobStarted(message.task_id, kind, message.description, tool)
        if kind == "command" and not message.data.get("is_backgrounded"):
            self._waited_for[message.task_id] = started
            return []
        return self._begin(started)

    def _begin(self, started: JobStarted) -> list[AgentEvent]:
        self.running.add(started.id)
        return [started]

    def _end(self, id_: str, state: JobState, summary: str) -> list[AgentEvent]:
        self._waited_for.pop(id_, None)
        if id_ not in self.running:
            return []
        self.running.remove(id_)
        return [JobEnded(id_, state, summary)]


class EventStream:
    """Turns the messages of one process, in order, into events."""

    def __init__(self, root: Path) -> None:
        """`root`: the directory that Claude Code works in; files below it are named relative to it."""
        self._root = root
        self._jobs = _Jobs()
        self._changes: dict[ToolUseId, FileChange] = {}  # what running calls of sub-agents mean to do to files
        self._names: dict[ToolUseId, str] = {}  # that running calls give to tasks
        self._name: str | None = None  # given by the call whose result is being translated
        self._refused: RateLimitEvent | None = None  # the limit that refused this turn's requests
        self._notes: list[AgentEvent] = []  # of that: shown only if the turn's end does not show it

    def receive(self, message: Message | SteerDelivered | UnknownMessage) -> tuple[AgentEvent, ...]:
        """The events that a message stands for, after those before it. What is garbled becomes Unknown; where it is
        the result of a turn it ends the turn all the same, or nothing would."""
        try:
            events = self._events(message)
        except GARBLED as error:
            events = (UnknownMessage(f"{type(message).__name__}: {type(error).__name__}"),)
        valid = tuple(
            one if is_valid(one) else UnknownMessage(f"{type(one).__name__} with odd parts") for one in events
        )
        last = isinstance(message, ResultMessage) or (isinstance(message, UnknownMessage) and _is_result(message))
        if last and not any(isinstance(event, TurnEnded) for event in valid):
            return (*valid, TurnEnded("failed", wording.END_NOT_UNDERSTOOD))
        return valid

    def _events(self, message: Message | SteerDelivered | UnknownMessage) -> tuple[AgentEvent, ...]:
        match message:
            case AssistantMessage():
                self._remember(message)
            case RateLimitEvent(rate_limit_info=info) if info.status == "rejected":
                self._refused = message
                self._notes = [*translate(message)]
                return ()
            case _:
                pass
        events = [*self._jobs.receive(message)]
        for event in translate(message, self._root):
            events += self._completed(event, message)
        return tuple(events)

    def close(self) -> tuple[AgentEvent, ...]:
        """The process has ended: the ends of its jobs."""
        running, self._jobs = self._jobs.running, _Jobs()
        return tuple(JobEnded(id_, "stopped") for id_ in sorted(running))

    def _remember(self, message: AssistantMessage) -> None:
        for block in message.content:
            if not isinstance(block, ToolUseBlock):
                continue
            id_, given = ToolUseId(block.id), block.input
            if message.parent_tool_use_id and (change := intended(block.name, given, self._root)) is not None:
                self._changes[id_] = change
            elif block.name == "TaskUpdate":
                match given:
                    case {"subject": str(name)}:
                        self._names[id_] = name
                    case _:
                        pass

    def _completed(self, event: AgentEvent, message: Message | SteerDelivered | UnknownMessage) -> list[AgentEvent]:
        """The event, completed with what earlier messages told."""
        match event:
            case ToolFinished(id=id_, ok=ok):
                change, self._name = self._changes.pop(id_, None), self._names.pop(id_, None)
                return [replace(event, change=change) if ok and event.change is None else event]
            case TaskChanged(subject=None):
                return [replace(event, subject=self._name)]
            case TurnEnded(reason=reason, error=error):
                refused, self._refused = self._refused, None
                notes, self._notes = self._notes, []
                if refused is None or reason not in ("failed", "limited"):
                    return [*notes, event]
                if reason == "limited" and isinstance(message, ResultMessage):
                    error = original_error(message)
                time = reset_time(refused)
                text = wording.limited(wording.usage_limit_refused(resets=time is not None), error or "")
                return [replace(event, reason="limited", error=text, time=time)]
            case _:
                return [event]


def _is_result(message: UnknownMessage) -> bool:
    """Whether a message that could not be parsed calls itself a result."""
    return message.kind.partition(":")[0] == "result"


def _activity(message: TaskProgressMessage) -> str:
    activity = message.description.removeprefix("Running ")  # followed by what the call says of itself
    return ": ".join(part for part in (message.last_tool_name, activity) if part)
