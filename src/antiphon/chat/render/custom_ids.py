"""What a button, a menu or a form means, in its custom_id: every control works after a restart, for it carries all
that is needed.

`parse(control_id(control)) == control`; whatever else a custom_id says, `parse` gives None. May not know: who may
press.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Literal, cast

from antiphon.core.values import ToolUseId, TurnId

LONGEST = 100  # characters of a custom_id (Discord's API documentation, Components)
ELSE = "else"  # the entry of a menu that stands for words of one's own


@dataclass(frozen=True, slots=True)
class Stop:
    """End the turn, keep the session."""

    turn: TurnId


@dataclass(frozen=True, slots=True)
class Details:
    """Show the turn's tool log to the one who asks."""

    turn: TurnId


@dataclass(frozen=True, slots=True)
class Continue:
    """Go on with a turn that has ended too early."""

    turn: TurnId


@dataclass(frozen=True, slots=True)
class Rerun:
    """Say the prompt of a turn that has ended too early once more."""

    turn: TurnId


@dataclass(frozen=True, slots=True)
class Again:
    """Start again where a session cannot be resumed, with a summary of what the thread holds."""

    turn: TurnId


@dataclass(frozen=True, slots=True)
class Now:
    """Stop the running step for a prompt that waits: `turn` is the uuid of that prompt's own turn."""

    turn: TurnId


@dataclass(frozen=True, slots=True)
class Queued:
    """Something about the prompt that waits, or is held, as inbox row `n`. `edit` opens the form that comes back as
    `edited`; `pick` is a menu whose values are such numbers (its own `n` is 0)."""

    n: int
    what: Literal["edit", "edited", "remove", "now", "pick", "run"]


@dataclass(frozen=True, slots=True)
class RewindTo:
    """Go back to before a turn."""

    turn: TurnId
    what: Literal["files", "both", "conversation"]


@dataclass(frozen=True, slots=True)
class Page:
    """Show page `n` of a project's sessions."""

    n: int
    origin: str
    since: str
    project: str


@dataclass(frozen=True, slots=True)
class Allow:
    """Let a tool call run, this once."""

    turn: TurnId
    request: ToolUseId


@dataclass(frozen=True, slots=True)
class Deny:
    """Do not let a tool call run."""

    turn: TurnId
    request: ToolUseId


@dataclass(frozen=True, slots=True)
class Always:
    """Let a tool call run, and by the request's rule number `rule` every one like it."""

    turn: TurnId
    request: ToolUseId
    rule: int


@dataclass(frozen=True, slots=True)
class Words:
    """Ask the person for the words of a denial."""

    turn: TurnId
    request: ToolUseId


@dataclass(frozen=True, slots=True)
class Keep:
    """Ask the person what is to change in a plan."""

    turn: TurnId
    request: ToolUseId


@dataclass(frozen=True, slots=True)
class Decline:
    """Ask the person why there is no answer to a question."""

    turn: TurnId
    request: ToolUseId


@dataclass(frozen=True, slots=True)
class Say:
    """Do not let a tool call run, and tell Claude why: the form that `Words`, `Keep` or `Decline` opens, filled in."""

    turn: TurnId
    request: ToolUseId


@dataclass(frozen=True, slots=True)
class Go:
    """Approve a plan, and go on in `mode`."""

    turn: TurnId
    request: ToolUseId
    mode: Literal["acceptEdits", "default"]


@dataclass(frozen=True, slots=True)
class Pick:
    """Answer question number `question` with its option number `option`."""

    turn: TurnId
    request: ToolUseId
    question: int
    option: int


@dataclass(frozen=True, slots=True)
class Choose:
    """Answer a question with what was chosen in its menu: the numbers of options, or `ELSE`."""

    turn: TurnId
    request: ToolUseId
    question: int


@dataclass(frozen=True, slots=True)
class Other:
    """Ask the person for an answer in their own words."""

    turn: TurnId
    request: ToolUseId
    question: int


@dataclass(frozen=True, slots=True)
class Reply:
    """Answer a question in one's own words: the form that `Other` opens, filled in."""

    turn: TurnId
    request: ToolUseId
    question: int


Ask = Allow | Deny | Always | Words | Keep | Decline | Say | Go | Pick | Choose | Other | Reply
Control = Stop | Details | Continue | Rerun | Again | Now | Queued | RewindTo | Page | Ask

# A name says for ever what it said first: ids of it stand below messages that nobody edits any more.
_KINDS: Mapping[str, type[Control]] = {
    "stop": Stop,
    "details": Details,
    "continue": Continue,
    "rerun": Rerun,
    "again": Again,
    "now": Now,
    "queued": Queued,
    "rewind": RewindTo,
    "page": Page,
    "allow": Allow,
    "deny": Deny,
    "always": Always,
    "words": Words,
    "keep": Keep,
    "decline": Decline,
    "say": Say,
    "go": Go,
    "pick": Pick,
    "choose": Choose,
    "other": Other,
    "reply": Reply,
}
_NAMES = {kind: name for name, kind in _KINDS.items()}

# What a part of an id looks like, by the name of its field, or of the kind and the field. Other ones could be mistaken
# for another's.
_PARTS = {
    "turn": r"[\w-]{1,40}",
    "request": r"[\w-]{1,48}",
    "rule": r"[0-9]",
    "question": r"[0-9]",
    "option": r"[0-9]",
    "n": r"0|[1-9][0-9]{0,17}",
    "queued.what": r"edit|edited|remove|now|pick|run",
    "rewind.what": r"files|both|conversation",
    "origin": r"all|discord|terminal",
    "since": r"hour|day|week|all",
    "project": r"[\w.-]{1,60}",
    "mode": r"acceptEdits|default",
}
_NUMBERS = frozenset({"rule", "question", "option", "n"})


def control_id(control: Control) -> str | None:
    """The custom_id of a control; None when its ids are too long, or of a kind, for one."""
    parts = (str(getattr(control, field.name)) for field in fields(control))
    text = ":".join(["a1", _NAMES[type(control)], *parts])  # "a1": the version
    return text if parse(text) == control else None


def parse(custom_id: str) -> Control | None:
    """The control that a custom_id stands for; None for any that is not exactly ours."""
    version, *named = custom_id.split(":")
    if version != "a1" or not named or len(custom_id) > LONGEST:
        return None
    name, *parts = named
    kind = _KINDS.get(name)
    if kind is None or len(parts) != len(fields(kind)):
        return None
    values: list[str | int] = []
    for field, part in zip(fields(kind), parts, strict=True):
        shape = _PARTS.get(field.name) or _PARTS[f"{name}.{field.name}"]
        if not re.fullmatch(shape, part, re.ASCII):
            return None
        values.append(int(part) if field.name in _NUMBERS else part)
    return cast("Callable[..., Control]", kind)(*values)
