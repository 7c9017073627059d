"""What a button means, in its custom_id: every control works after a restart, for it carries all that is needed.

`parse(control_id(control)) == control`; whatever else a custom_id says, `parse` gives None. May not know: who may
press.
"""

import re
from dataclasses import dataclass

from antiphon.core.values import ToolUseId, TurnId

LONGEST = 100  # characters of a custom_id (Discord's API documentation, Components)

# "a1": the version. Ids that do not look so could be mistaken for another's, or would not fit together.
_ID = re.compile(
    r"a1:(?:(stop|details):([\w-]{1,40})|(allow|deny|words|say):([\w-]{1,40}):([\w-]{1,48})"
    r"|always:([\w-]{1,40}):([\w-]{1,44}):([0-9]))",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Stop:
    """End the turn, keep the session."""

    turn: TurnId


@dataclass(frozen=True, slots=True)
class Details:
    """Show the turn's tool log to the one who asks."""

    turn: TurnId


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
class Say:
    """Do not let a tool call run, and tell Claude why: the form that `Words` opens, filled in."""

    turn: TurnId
    request: ToolUseId


Control = Stop | Details | Allow | Deny | Always | Words | Say


_KINDS: dict[str, type[Allow] | type[Deny] | type[Words] | type[Say]] = {
    "allow": Allow,
    "deny": Deny,
    "words": Words,
    "say": Say,
}


def control_id(control: Control) -> str | None:
    """The custom_id of a control; None when its ids are too long, or of a kind, for one."""
    match control:
        case Stop(turn):
            text = f"a1:stop:{turn}"
        case Details(turn):
            text = f"a1:details:{turn}"
        case Allow(turn, request):
            text = f"a1:allow:{turn}:{request}"
        case Deny(turn, request):
            text = f"a1:deny:{turn}:{request}"
        case Always(turn, request, rule):
            text = f"a1:always:{turn}:{request}:{rule}"
        case Words(turn, request):
            text = f"a1:words:{turn}:{request}"
        case Say(turn, request):
            text = f"a1:say:{turn}:{request}"
    return text if _ID.fullmatch(text) else None


def parse(custom_id: str) -> Control | None:
    """The control that a custom_id stands for; None for any that is not exactly ours."""
    found = _ID.fullmatch(custom_id)
    if found is None:
        return None
    if found[1]:
        turn = TurnId(found[2])
        return Stop(turn) if found[1] == "stop" else Details(turn)
    if found[3]:
        return _KINDS[found[3]](TurnId(found[4]), ToolUseId(found[5]))
    return Always(TurnId(found[6]), ToolUseId(found[7]), int(found[8]))
