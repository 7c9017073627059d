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
class OnTurn:
    """About a turn: end it and keep the session; show its tool log to the one who asks; go on with it, or send its
    prompt once more, where it has ended too early; start again, with a summary, where its session is lost; stop the
    running step for a prompt that waits (whose own turn this is)."""

    what: Literal["stop", "details", "continue", "rerun", "again", "now"]
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
class OnRequest:
    """Answer a request: allow a tool call this once, or deny it. `words`, `keep` and `decline` ask for the text of a
    denial, of a plan, of a question; the form comes back as `say`."""

    what: Literal["allow", "deny", "words", "keep", "decline", "say"]
    turn: TurnId
    request: ToolUseId


@dataclass(frozen=True, slots=True)
class Always:
    """Let a tool call run, and by the request's rule number `rule` every one like it."""

    turn: TurnId
    request: ToolUseId
    rule: int


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
class OnQuestion:
    """Answer a question with what was chosen in its menu (the numbers of options, or `ELSE`), or in one's own words:
    `other` asks for them, and the form comes back as `reply`."""

    what: Literal["choose", "other", "reply"]
    turn: TurnId
    request: ToolUseId
    question: int


Ask = OnRequest | Always | Go | Pick | OnQuestion
Control = OnTurn | Queued | RewindTo | Page | Ask

# A name says for ever what it said first: ids of it stand below messages that nobody edits any more. Where a kind has
# several names, its first field is the name.
_KINDS: Mapping[str, type[Control]] = {
    **dict.fromkeys(("stop", "details", "continue", "rerun", "again", "now"), OnTurn),
    "queued": Queued,
    "rewind": RewindTo,
    "page": Page,
    **dict.fromkeys(("allow", "deny", "words", "keep", "decline", "say"), OnRequest),
    "always": Always,
    "go": Go,
    "pick": Pick,
    **dict.fromkeys(("choose", "other", "reply"), OnQuestion),
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
    parts = [str(getattr(control, field.name)) for field in fields(control)]
    if not isinstance(control, OnTurn | OnRequest | OnQuestion):
        parts.insert(0, _NAMES[type(control)])
    text = ":".join(["a1", *parts])  # "a1": the version
    return text if parse(text) == control else None


def parse(custom_id: str) -> Control | None:
    """The control that a custom_id stands for; None for any that is not exactly ours."""
    version, *named = custom_id.split(":")
    if version != "a1" or not named or len(custom_id) > LONGEST:
        return None
    name, *parts = named
    kind = _KINDS.get(name)
    if kind is None:
        return None
    named_by_field = kind in (OnTurn, OnRequest, OnQuestion)
    wanted = fields(kind)[1:] if named_by_field else fields(kind)
    if len(parts) != len(wanted):
        return None
    values: list[str | int] = [name] if named_by_field else []
    for field, part in zip(wanted, parts, strict=True):
        shape = _PARTS.get(field.name) or _PARTS[f"{name}.{field.name}"]
        if not re.fullmatch(shape, part, re.ASCII):
            return None
        values.append(int(part) if field.name in _NUMBERS else part)
    return cast("Callable[..., Control]", kind)(*values)
