"""Triggers: prompts that something outside sets off. The words are the operator's; what comes with an event is data.

Pure. Times are epoch seconds.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, cast

from antiphon.core.schedules.values import PREFIX_OF_TRIGGERS, ScheduleId, ShownIn
from antiphon.core.values import Choices

Concurrency = Literal["queue", "replace", "drop"]
"""What becomes of an event that comes while a run is at work: it waits, it ends that one, or it is left out."""
MOST_WAITING = 100  # events of one trigger
FILE = "event.json"  # how what comes with an event is called where Claude reads it

_VALUE = 200  # characters of what stands in a prompt
_PLACEHOLDER = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]{0,39})\}")
_NOTHING = "(not given)"


@dataclass(frozen=True, slots=True)
class Trigger:
    """What the operator has configured. `variables`: the fields of an event that the prompt may name, each with its
    path ("pull_request.title"); `only`: paths, and the values that they must have; `events`: kinds of events, empty:
    any (see `is_wanted`). `webhooks` of the chat server, whose messages in the project's channels fire it where they
    begin with `prefix` ("": none do); `secret`: with which events are signed ("": none are); `tokens`: the names of
    those that may fire it (empty: all with the scope). `turn_limit`: seconds of a run."""

    name: str
    project: str
    prompt: str
    variables: Mapping[str, str] = field(default_factory=dict[str, str])
    only: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    events: frozenset[str] = frozenset()
    prefix: str = ""
    webhooks: frozenset[int] = frozenset()
    secret: str = ""
    tokens: frozenset[str] = frozenset()
    shown_in: ShownIn = "new_thread"
    concurrency: Concurrency = "queue"
    choices: Choices = field(default_factory=Choices)
    turn_limit: float | None = None
    directory: Path | None = None  # in which its runs work; None: the project's

    @property
    def id(self) -> ScheduleId:
        """Under which its runs are kept."""
        return ScheduleId(f"{PREFIX_OF_TRIGGERS}{self.name}")


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened outside. `id`: of its delivery, by which it counts once; `kind`: "push", "" where it
    says none; `content`: what comes with it, as it came; None: such events bring nothing (a message)."""

    id: str
    kind: str = ""
    content: bytes | None = None


def fields_of(event: Event) -> Mapping[str, Any]:
    """What comes with it as JSON; empty where it is none."""
    try:
        found: Any = json.loads(event.content) if event.content else {}
    except (ValueError, RecursionError):
        return {}
    return cast(Mapping[str, Any], found) if isinstance(found, dict) else {}


def is_wanted(trigger: Trigger, event: Event) -> bool:
    """Whether the trigger is for an event like this. One that says no kind (a program's, a message) is of every kind.
    What is asked of fields has to hold, unless such events have none: what cannot be read has none that is right."""
    if event.kind and trigger.events and event.kind not in trigger.events:
        return False
    fields = fields_of(event)
    return event.content is None or all(_text(fields, path) in values for path, values in trigger.only.items())


def prompt_of(trigger: Trigger, fields: Mapping[str, Any]) -> str:
    """The operator's words, with what they name of the event: quoted, on one line, cut where it is long."""
    texts = {name: _text(fields, path) for name, path in trigger.variables.items()}
    return _filled(trigger.prompt, texts)


def without_event(prompt: str, names: Iterable[str]) -> str:
    """The operator's words where a person has it run, and nothing has happened. `names`: those that stand in braces."""
    return _filled(prompt, dict.fromkeys(names))


def _filled(prompt: str, texts: Mapping[str, str | None]) -> str:
    def said(found: re.Match[str]) -> str:
        if found[1] not in texts:  # no name of the operator's: these are braces
            return found[0]
        text = texts[found[1]]
        return _NOTHING if text is None else f"“{_quoted(text)}”"

    return _PLACEHOLDER.sub(said, prompt)


def _text(fields: Mapping[str, Any], path: str) -> str | None:
    """A field by its path; None: there is none, or it is no mere text, number or truth."""
    found: Any = fields
    for part in path.split("."):
        if not isinstance(found, Mapping):
            return None
        found = cast(Mapping[str, Any], found).get(part)
    if isinstance(found, bool):
        return str(found).lower()
    return str(found) if isinstance(found, str | int | float) else None


def _quoted(text: str) -> str:
    """Nothing in it ends the quotation, or looks like another line."""
    line = " ".join("".join(one if one.isprintable() else " " for one in text).split())
    line = re.sub("[“”]", "'", line)
    return line if len(line) <= _VALUE else f"{line[: _VALUE - 1]}…"
