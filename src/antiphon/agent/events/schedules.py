"""Follows what Claude has planned for later in a session. Claude Code keeps that in its process: it ends with that.

Measured (CLI 2.1): the result of CronCreate tells `id`, `humanSchedule`, `recurring` and `nextFireAt`, that of CronList
all of them as `jobs`, that of ScheduleWakeup `scheduledFor`, of which there is one at a time; times are in
milliseconds. A turn that one of them begins is announced by a `wakeup_source`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from claude_agent_sdk import types as sdk

from antiphon.agent.json_values import mapping, mappings
from antiphon.agent.process.wire import Received
from antiphon.core import blocks, events
from antiphon.core.events import AgentEvent

_WAKE_UP = "wake-up"  # the name of the one that ScheduleWakeup plans, which has none
_TOOLS = frozenset({"CronCreate", "CronDelete", "CronList", "ScheduleWakeup"})
_EARLY = 1.0  # seconds by which Claude Code may be ahead of the time that it has told
_LONGEST_TITLE = 200  # characters


@dataclass(slots=True)
class Schedules:
    """Of one process: each is a job that runs until it is over."""

    _times: dict[str, float | None] = field(default_factory=dict[str, float | None])  # None: again and again
    _calls: dict[str, tuple[str, Mapping[str, Any]]] = field(
        default_factory=dict[str, tuple[str, Mapping[str, Any]]]
    )  # that run: the tool and its input

    def receive(self, message: Received, now: float) -> Iterator[AgentEvent]:
        """What a message says of them. `now`: in epoch seconds."""
        match message:
            case sdk.AssistantMessage(content=content):
                for block in content:
                    if isinstance(block, sdk.ToolUseBlock) and block.name in _TOOLS:
                        self._calls[block.id] = block.name, mapping(block.input)
            case sdk.UserMessage(content=[sdk.ToolResultBlock() as block]):
                tool, given = self._calls.pop(block.tool_use_id, ("", {}))
                if not block.is_error:
                    yield from self._result(tool, given, mapping(message.tool_use_result))
            case events.SelfStarted():
                for id_ in [one for one, at in self._times.items() if at is not None and at <= now + _EARLY]:
                    yield from self._over(id_, "ok")
            case _:
                pass

    def _result(self, tool: str, given: Mapping[str, Any], result: Mapping[str, Any]) -> Iterator[AgentEvent]:
        match tool, result:
            case "CronCreate", {"id": str(id_)}:
                yield self._planned(id_, {**given, **result})
            case "CronDelete", _:
                yield from self._over(str(given.get("id")), "stopped")
            case "ScheduleWakeup", {"scheduledFor": int() | float() as at}:
                self._times[_WAKE_UP] = at / 1000
                yield blocks.Job(_WAKE_UP, "schedule", str(given.get("reason") or "")[:_LONGEST_TITLE])
            case "CronList", {"jobs": [*_]}:
                known = {str(one.get("id")): one for one in mappings(result["jobs"])}
                for id_ in [one for one in self._times if one not in known and one != _WAKE_UP]:
                    yield from self._over(id_, "ok")
                for id_ in [one for one in known if one not in self._times]:
                    yield self._planned(id_, known[id_])
            case _:
                pass

    def _planned(self, id_: str, told: Mapping[str, Any]) -> blocks.Job:
        at = told.get("nextFireAt")
        self._times[id_] = None if told.get("recurring") or not isinstance(at, int | float) else at / 1000
        words = (str(told.get(key) or "") for key in ("humanSchedule", "prompt"))
        return blocks.Job(id_, "schedule", ": ".join(one for one in words if one)[:_LONGEST_TITLE])

    def _over(self, id_: str, state: blocks.JobState) -> Iterator[AgentEvent]:
        if id_ in self._times:
            del self._times[id_]
            yield events.JobChanged(id_, state=state)
