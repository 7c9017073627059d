"""The lines of a terminal session's transcript as what happened: pure.

The transcript is Claude Code's own and its format moves: what is not understood means nothing here, and never fails.
Sub-agents' lines stand elsewhere, or are marked; they mean nothing either.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from antiphon.agent import wording
from antiphon.agent.disk.transcripts import Line, written_by_person
from antiphon.agent.events.event_stream import is_valid
from antiphon.agent.events.translate import translate
from antiphon.agent.json_values import array, mapping, mappings
from antiphon.agent.process import wire
from antiphon.agent.terminal.prompts import ids_in
from antiphon.core import blocks, events
from antiphon.core.events import AgentEvent
from antiphon.core.values import TurnId

_INTERRUPTED = "[Request interrupted by user"
_OWN = ("assistant", "user", "attachment", "system")  # the types of lines that mean something


@dataclass(frozen=True, slots=True)
class Received:
    """Claude has these prompts."""

    prompts: frozenset[TurnId]


@dataclass(frozen=True, slots=True)
class Interrupted:
    """Whoever sits at the terminal has stopped the turn."""


@dataclass(frozen=True, slots=True)
class Stopped:
    """Claude has come to the end of a turn. `final`: no hook can let it go on any more."""

    final: bool


@dataclass(frozen=True, slots=True)
class Began:
    """A turn begins: whatever came before is over."""


@dataclass(frozen=True, slots=True)
class Replied:
    """The model has given a reply, or a part of it. `usage`: the tokens of the request."""

    usage: Mapping[str, Any]
    error: str = ""  # of the API, in Claude Code's words: there was no reply


Sign = AgentEvent | Received | Interrupted | Stopped | Began | Replied


def signs(line: Line, root: Path) -> Iterator[Sign]:
    """What a line tells, in order. Files below `root` are named relative to it."""
    if line.get("isSidechain") or line.get("type") not in _OWN:
        return
    match line["type"]:
        case "assistant":
            yield from _assistant(line, root)
        case "user":
            yield from _user(line, root)
        case "attachment":
            yield from _attachment(line)
        case _:
            yield from _system(line)


def _assistant(line: Line, root: Path) -> Iterator[Sign]:
    message, source = mapping(line.get("message")), str(line.get("uuid") or "")
    if line.get("isApiErrorMessage"):
        yield Replied({}, _text(message.get("content")) or wording.A_FAILURE)
        return
    yield Replied(mapping(message.get("usage")))
    for event in _translated({"type": "assistant", "message": message, "parent_tool_use_id": None}, root):
        yield _with_source(event, source)


def _user(line: Line, root: Path) -> Iterator[Sign]:
    message = mapping(line.get("message"))
    content = message.get("content")
    if any(block.get("type") == "tool_result" for block in mappings(content)):
        raw = {"type": "user", "message": message, "parent_tool_use_id": None}
        yield from _translated({**raw, "tool_use_result": line.get("toolUseResult")}, root)
        return
    text = _text(content)
    if found := ids_in(text):
        yield Received(found)
    elif text.startswith(_INTERRUPTED):
        yield Interrupted()
    elif not line.get("isMeta") and not line.get("isCompactSummary") and (typed := [*_typed(text, line)]):
        yield Began()
        yield from typed


def _attachment(line: Line) -> Iterator[Sign]:
    attached = mapping(line.get("attachment"))
    match attached.get("type"):
        case "hook_additional_context":
            if found := ids_in(json.dumps(attached.get("content"), ensure_ascii=False).replace('\\"', '"')):
                yield Received(found)
        case "queued_command":  # typed while Claude worked, or what a hook has said meanwhile
            text = _text(attached.get("prompt"))
            if found := ids_in(text):
                yield Received(found)
            elif attached.get("commandMode") in (None, "prompt"):
                yield from _typed(text, line)
        case _:
            pass


def _typed(text: str, line: Line) -> Iterator[Sign]:
    if text := written_by_person(text).strip():
        yield events.PromptTyped(text, str(line.get("uuid") or ""))


def _system(line: Line) -> Iterator[Sign]:
    match line.get("subtype"):
        case "compact_boundary":
            yield blocks.NoteBlock(wording.COMPACTED)
        case "stop_hook_summary":  # what a hook says lets Claude go on
            said = [line.get("hookErrors"), line.get("hookAdditionalContext")]
            yield Stopped(final=not any(array(one) for one in said))
        case "turn_duration":
            yield Stopped(final=True)
        case _:
            pass


def _translated(raw: dict[str, Any], root: Path) -> Iterator[AgentEvent]:
    try:
        found = translate(wire.parsed(raw), root)
    except wire.GARBLED:
        return
    yield from (event for event in found if is_valid(event) and not isinstance(event, events.UnknownMessage))


def _with_source(event: AgentEvent, source: str) -> AgentEvent:
    if isinstance(event, events.TextFinished):
        return events.TextFinished(event.text, event.parent, event.thinking, source)
    return event


def _text(content: object) -> str:
    if isinstance(content, str):
        return content
    return "\n".join(str(block.get("text") or "") for block in mappings(content) if block.get("type") == "text")
