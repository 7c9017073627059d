"""What a button, a menu or a form means, in its custom_id: every control works after a restart, for it carries all
that is needed. And buttons made of controls.

`parse(control_id(control)) == control`; whatever else a custom_id says, `parse` gives None. May not know: who may
press.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import Field, dataclass, fields, replace
from typing import Any, Literal, cast, get_args

from antiphon.chat.render.message import Button, ButtonStyle, Menu, MessageSpec, Row
from antiphon.chat.render.text.escape import one_line
from antiphon.core.values import PlaceId, ToolUseId, TurnId

LONGEST, _LABEL = 100, 80  # characters of a custom_id and of a button (Discord's API documentation, Components)
ELSE = "else"  # the entry of a menu that stands for an answer of one's own

OriginFilter = Literal["all", "discord", "terminal"]
Since = Literal["hour", "day", "week", "all"]


@dataclass(frozen=True, slots=True)
class OnTurn:
    """About a turn: end it and keep the session; show its tool log to the one who asks; go on with it, or send its
    prompt once more, where it has ended too early; start again, with a summary, where its session is lost; stop the
    running step for a prompt that waits (whose own turn this is); host the session that was closed in its terminal.
    Let one go on by itself that a usage limit has ended, or not (`stay`). `answer`: show the request that it waits with
    to the one who asks."""

    what: Literal["stop", "details", "continue", "rerun", "again", "now", "here", "later", "stay", "answer"]
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
    origin: OriginFilter
    since: Since
    project: str


@dataclass(frozen=True, slots=True)
class Sync:
    """Bring sessions of a project into places: those that were chosen in the menu, or all of the last `days` days."""

    what: Literal["pick", "all"]
    days: int
    origin: OriginFilter
    project: str


@dataclass(frozen=True, slots=True)
class OnRequest:
    """Answer a request: allow a tool call this once, or deny it. `words`, `keep` and `decline` ask for the text of a
    denial, of a plan, of a question; the form comes back as `say`. `tell`: deny it, because of what was written in the
    thread meanwhile, which Claude reads next."""

    what: Literal["allow", "deny", "tell", "words", "keep", "decline", "say"]
    turn: TurnId
    request: ToolUseId


@dataclass(frozen=True, slots=True)
class Always:
    """Let a tool call run, and by the request's rule number `rule` every one like it."""

    turn: TurnId
    request: ToolUseId
    rule: int


@dataclass(frozen=True, slots=True)
class Undo:
    """Take back what the answer to a request has allowed for good."""

    turn: TurnId
    request: ToolUseId


@dataclass(frozen=True, slots=True)
class Rules:
    """Page `n` of a list of rules: show it, or take away one that was chosen in its menu."""

    what: Literal["page", "remove"]
    n: int


@dataclass(frozen=True, slots=True)
class AddRule:
    """Add a rule again that was taken away: by the decision with this key. Page `n` of the list is shown then."""

    key: str
    n: int


@dataclass(frozen=True, slots=True)
class Go:
    """Approve a plan, and go on in `mode`."""

    turn: TurnId
    request: ToolUseId
    mode: Literal["acceptEdits", "auto", "default"]


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


@dataclass(frozen=True, slots=True)
class OnSchedule:
    """About a schedule: let it go on, pause it, run it once now, or take it away. `edit` opens the form that comes back
    as `edited`; `made` is the form of a new one (`schedule` says where it is to be shown, "0": as usual), and `pick` a
    menu of them."""

    what: Literal["resume", "pause", "run", "remove", "edit", "edited", "made", "pick"]
    schedule: str


@dataclass(frozen=True, slots=True)
class AfterLimit:
    """Switch for everything whether turns go on by themselves after a usage limit."""

    what: Literal["on", "off"]


@dataclass(frozen=True, slots=True)
class OnWorktree:
    """About the working tree of the session that is shown in a place: have it get one, share the project's directory,
    merge it back, have Claude commit, open a pull request, remove it. `pick` is a menu whose values are places; `list`
    shows all of the project of the place where it is pressed (their own `place` is 0)."""

    what: Literal["pick", "list", "isolate", "share", "merge", "commit", "publish", "remove"]
    place: int


@dataclass(frozen=True, slots=True)
class LoseWorktree:
    """Remove it although something is lost: what `state` stands for."""

    place: int
    state: str


@dataclass(frozen=True, slots=True)
class OnProject:
    """The form of a project that comes back (`project` is "0" of a new one), or the button that takes one away. `n`:
    the version that was seen."""

    what: Literal["added", "changed", "removed"]
    project: str
    n: int


@dataclass(frozen=True, slots=True)
class PickProject:
    """Talk about the chosen project in direct messages, from this message on."""

    message: int


@dataclass(frozen=True, slots=True)
class LetWrite:
    """Let a session write a file although another one has claimed or changed it: what this call wanted to."""

    turn: TurnId
    request: ToolUseId


@dataclass(frozen=True, slots=True)
class OnOffer:
    """Let in what a stranger has written, by the offer of number `n`: this time, or as a guest's from now on; or never
    in this session."""

    n: int
    what: Literal["let_in", "always", "declined"]


@dataclass(frozen=True, slots=True)
class TryOut:
    """Ask Claude something, to see that it works: below the message of set-up."""

    what: Literal["example"]


Ask = OnRequest | Always | Go | Pick | OnQuestion
OnSettings = (
    Undo
    | Rules
    | AddRule
    | OnSchedule
    | AfterLimit
    | OnWorktree
    | LoseWorktree
    | LetWrite
    | OnProject
    | PickProject
    | OnOffer
    | TryOut
)
Control = OnTurn | Queued | RewindTo | Page | Sync | OnSettings | Ask

# A name says for ever what it said first: ids of it stand below messages that nobody edits any more. Kinds with several
# names have theirs in the field `what`, which is their first.
_NAMED: Mapping[str, type[Control]] = {
    "queued": Queued,
    "rewind": RewindTo,
    "page": Page,
    "sync": Sync,
    "always": Always,
    "go": Go,
    "pick": Pick,
    "undo": Undo,
    "rules": Rules,
    "addrule": AddRule,
    "schedule": OnSchedule,
    "limit": AfterLimit,
    "tree": OnWorktree,
    "losetree": LoseWorktree,
    "letwrite": LetWrite,
    "projects": OnProject,
    "project": PickProject,
    "offer": OnOffer,
    "try": TryOut,
}
_NAMES: Mapping[type[Control], str] = {kind: name for name, kind in _NAMED.items()}
_KINDS = {
    **_NAMED,
    **{name: kind for kind in (OnTurn, OnRequest, OnQuestion) for name in get_args(fields(kind)[0].type)},
}
_VERSION = "a1"
_HEAD = re.compile(rf"{_VERSION}(?:@([1-9a-z][0-9a-z]{{0,12}}))?:", re.ASCII)
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"  # of a place in an id, which has to be short
# What a part of an id looks like, by the name of its field, where its type does not list what it may be.
_SHAPES = {
    "turn": r"[\w-]{1,40}",
    "request": r"[\w-]{1,48}",
    "project": r"[\w.-]{1,60}",
    "schedule": r"[\w.-]{1,60}",
    "message": r"[1-9][0-9]{0,19}",
    "place": r"0|[1-9][0-9]{0,19}",
    "state": r"[\w-]{1,40}",
    "n": r"0|[1-9][0-9]{0,17}",
    "days": r"[1-9][0-9]{0,3}",
    "rule": r"[0-9]",
    "key": r"[0-9]{1,20}",
    "question": r"[0-9]",
    "option": r"[0-9]",
}


def control_id(control: Control, place: PlaceId | None = None) -> str | None:
    """The custom_id of a control; None when its ids are too long, or of a kind, for one. `place`: where the session is
    shown that it is about, if that is another place than where it is pressed."""
    name = [_NAMES[type(control)]] if type(control) in _NAMES else []
    parts = (str(getattr(control, field.name)) for field in fields(control))
    text = ":".join([_VERSION if place is None else f"{_VERSION}@{_short(place)}", *name, *parts])
    return text if parse(text) == control else None


def _short(place: PlaceId) -> str:
    rest, digits = int(place), ""
    while rest:
        rest, digit = divmod(rest, len(_DIGITS))
        digits = _DIGITS[digit] + digits
    return digits


def place_of(custom_id: str) -> PlaceId | None:
    """Where the session of a control is shown; None: where it is pressed."""
    found = _HEAD.match(custom_id)
    place = None if found is None or found[1] is None else int(found[1], len(_DIGITS))
    return None if place is None or place >= 1 << 63 else PlaceId(place)


def elsewhere(spec: MessageSpec, place: PlaceId) -> MessageSpec:
    """The message with controls that work outside `place`, which they are about; those that cannot are left out."""

    def moved(custom_id: str) -> str | None:
        control = parse(custom_id)
        return None if control is None else control_id(control, place)

    def buttons(row: tuple[Button, ...]) -> tuple[Button, ...]:
        return tuple(replace(one, custom_id=id_) for one in row if (id_ := moved(one.custom_id)) is not None)

    rows: list[Row] = []
    for row in spec.rows:
        if not isinstance(row, Menu):
            rows += [kept] if (kept := buttons(row)) else []
        elif (id_ := moved(row.custom_id)) is not None:
            rows.append(replace(row, custom_id=id_))
    return replace(spec, rows=tuple(rows), buttons=buttons(spec.buttons))


def parse(custom_id: str) -> Control | None:
    """The control that a custom_id stands for, wherever; None for any that is not exactly ours."""
    head = _HEAD.match(custom_id)
    name, *parts = custom_id[head.end() :].split(":") if head is not None else [""]
    kind = _KINDS.get(name)
    if kind is None or len(custom_id) > LONGEST:
        return None
    if kind not in _NAMES:
        parts = [name, *parts]
    if len(parts) != len(fields(kind)):
        return None
    values = [_value(field, part) for field, part in zip(fields(kind), parts, strict=True)]
    return None if None in values else cast("Callable[..., Control]", kind)(*values)


def _value(field: Field[Any], part: str) -> str | int | None:
    """What a part of an id says; None for what could be mistaken for another's."""
    if not re.fullmatch("|".join(get_args(field.type)) or _SHAPES[field.name], part, re.ASCII):
        return None
    return int(part) if field.type is int else part


def button(
    control: Control, text: str, style: ButtonStyle = "secondary", place: PlaceId | None = None
) -> tuple[Button, ...]:
    """A button; none where no custom_id can name its control. A label that is too long is cut: its text has to stand in
    the message. `place`: see `control_id`."""
    id_ = control_id(control, place)
    return () if id_ is None else (Button(id_, label(text), style),)


def label(text: str, limit: int = _LABEL) -> str:
    """A text as the label of a control, which shows no Markdown and may not be blank."""
    return one_line(text, limit) or "…"
