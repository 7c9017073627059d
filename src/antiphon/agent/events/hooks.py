"""Tells what hooks of Claude Code say to people, and that one of them ended a turn: Claude Code calls that a success.

Measured: a prompt that a hook blocks ends in a success of no turns, after `system/informational` with the reason; a
tool's hook that says `continue: false` ends the turn with the terminal reason `hook_stopped`, and its words come only
in the hook's own response; what a Stop hook wants of Claude comes as a user's message.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace

from claude_agent_sdk import types as sdk

from antiphon.agent import wording
from antiphon.agent.json_values import mapping
from antiphon.agent.process.wire import Received
from antiphon.core import blocks, events
from antiphon.core.events import AgentEvent

_FEEDBACK = "Stop hook feedback:"
_ONLY_FOR_A_TERMINAL = frozenset({"stop-hook-error"})  # notifications of what comes as feedback as well
_KEYS = " · ctrl+"  # how to see more of it, there


@dataclass(slots=True)
class Hooks:
    """Follows the messages of one process, turn by turn."""

    _blocked: str | None = None  # why the prompt was not taken
    _stopped: str = ""  # what the last hook said that wanted the turn to end
    _said: bool = False  # whether Claude has said anything in this turn

    def receive(self, message: Received) -> Iterator[AgentEvent]:
        """The notes that a message stands for."""
        match message:
            case sdk.SystemMessage(subtype="informational", data=data):
                outcome, text = mapping(data.get("prompt_submit_outcome")), str(data.get("content") or "").strip()
                if data.get("prevent_continuation") and outcome:
                    self._blocked = str(outcome.get("reason") or text)
                elif text:
                    yield blocks.NoteBlock(text)
            case sdk.SystemMessage(subtype="notification", data=data) if data.get("key") not in _ONLY_FOR_A_TERMINAL:
                if text := str(data.get("text") or "").partition(_KEYS)[0].strip():
                    yield blocks.NoteBlock(text)
            case sdk.SystemMessage(subtype="hook_response", data=data):
                self._stopped = _stop_reason(data.get("stdout")) or self._stopped
            case sdk.UserMessage(content=[sdk.TextBlock(text)]) if text.startswith(_FEEDBACK):
                yield blocks.NoteBlock(wording.stop_hook(text.removeprefix(_FEEDBACK).strip()))
            case sdk.AssistantMessage(parent_tool_use_id=None):
                self._said = True
            case _:
                pass

    def ended(self, event: events.TurnEnded, result: sdk.ResultMessage) -> Iterator[AgentEvent]:
        """The end of a turn as what it was, after what nobody has said so far."""
        blocked, stopped, said = self._blocked, self._stopped, self._said
        self._blocked, self._stopped, self._said = None, "", False
        if event.reason != "done":
            yield event
        elif blocked is not None:
            yield replace(event, reason="failed", error=wording.prompt_blocked(blocked))
        elif result.terminal_reason == "hook_stopped":
            yield replace(event, reason="failed", error=wording.stopped_by_hook(stopped))
        else:
            if result.num_turns == 0 and not said and (text := (result.result or "").strip()):
                yield blocks.NoteBlock(text)  # Claude Code itself has answered
            yield event


def _stop_reason(output: object) -> str:
    """Why a hook wants the turn to end; "": it does not, or gives no reason."""
    try:
        told = mapping(json.loads(str(output)))
    except (ValueError, RecursionError):
        return ""
    return str(told.get("stopReason") or "") if told.get("continue") is False else ""
