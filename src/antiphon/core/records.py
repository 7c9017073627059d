"""What crosses the bus and what it keeps: rows as values. Frozen, without behaviour, JSON inside."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from antiphon.core import values
from antiphon.core.blocks import Block, End, TakenBack
from antiphon.core.requests import Request
from antiphon.core.schedules.values import Continuation

Body = Mapping[str, Any]  # JSON: what a row carries
InboxContent = values.Prompt | values.Steer | values.Interrupt | values.Answer | values.Change
InboxEnd = Literal["done", "failed", "interrupted", "cancelled"]
AuditKind = Literal[
    "answer",
    "stop",
    "change",
    "choose",
    "reset",
    "rewind",
    "raise",
    "rules",
    "message",
    "schedule",
    "notice",
    "trigger",
    "project",
    "claim",
    "guest",
]  # what the audit keeps


def prompt_in(content: InboxContent) -> values.Prompt | None:
    """The prompt that becomes a turn, or a part of one; None: it is about a turn."""
    match content:
        case values.Prompt():
            return content
        case values.Steer(prompt):
            return prompt
        case _:
            return None


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to write under a name, until somebody takes it over. `epoch` is the fencing token."""

    name: str
    holder: str
    epoch: int


@dataclass(frozen=True, slots=True)
class InboxEntry:
    """What a person did in Discord, on its way to a worker. `key` makes it unique for ever. `audit`: what the audit
    keeps of it, in the same transaction. `held`: a prompt that is kept, and not run before somebody says so. `said`:
    when it was said, which decides its place in line, since Discord may tell of two messages in the wrong order; epoch
    seconds, None: now."""

    key: str
    worker: str
    session: values.Session  # created with the call when its place has none yet
    content: InboxContent
    seen: tuple[values.PlaceId, values.MessageId] | None = None  # raises that place's watermark in the same transaction
    audit: "Audit | None" = None
    held: bool = False
    said: float | None = None


# What there is no room for; terminal: the session is open in none; left_out: people may not reach it.
WaitsFor = Literal["turns", "processes", "person", "terminal", "left_out"]


@dataclass(frozen=True, slots=True)
class Room:
    """How many turns a worker may begin: `turns` in all, kept low by `scarce`; for each person so many that they have
    no more than `per_person` at work (None: no limit), of whom `at_work` counts those that they have already."""

    turns: int
    scarce: Literal["turns", "processes"] = "turns"
    per_person: int | None = None
    at_work: Mapping[values.PersonId, int] = field(default_factory=dict[values.PersonId, int])


@dataclass(frozen=True, slots=True)
class ClaimedEntry:
    """An inbox row, claimed."""

    n: int
    key: str
    session: values.Session
    content: InboxContent
    next_seq: int  # the first unused outbox sequence number of the session
    story: "StoredTurn | None" = None  # what is known of the turn, where it had begun before


@dataclass(frozen=True, slots=True)
class ClaimedRequest:
    """A request, claimed by whoever answers it. `n`: its number, for the reply; `session` None: it is about the
    project; `next_seq` as in ClaimedEntry."""

    n: int
    project: str
    session: values.Session | None
    request: Request[Any]
    next_seq: int


@dataclass(frozen=True, slots=True)
class Audit:
    """What a person decided. `door`: command, button, form or message. `at`: epoch seconds."""

    deed: AuditKind
    session: values.SessionId | None
    person: values.PersonId | None
    name: str
    door: str
    what: Body
    at: float = 0.0


@dataclass(frozen=True, slots=True)
class QueuedPrompt:
    """A prompt in line. `ahead`: how many stand before it in its own session, `others`: how many turns of other
    sessions, where its own could begin were the machine not busy. `held`: it is not in line before somebody says so.
    `waits_for`: where none is ahead, what its worker had no room for."""

    n: int
    key: str
    session: values.Session
    prompt: values.Prompt
    since: float
    ahead: int
    others: int
    held: bool = False
    waits_for: WaitsFor = "turns"


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """Why a prompt ends without a turn of its own: `by` (a name for people, "" for nobody in particular) has stopped
    the session or taken it out of the queue, its message or its place was deleted, or another turn has taken it in."""

    why: Literal["stopped", "removed", "deleted", "place_deleted", "taken_in"]
    by: str = ""


@dataclass(frozen=True, slots=True)
class WithdrawnPrompt:
    """A prompt that has ended so, and whose end is not shown yet. `at`: when, in epoch seconds."""

    session: values.Session
    prompt: values.Prompt
    withdrawal: Withdrawal
    at: float


@dataclass(frozen=True, slots=True)
class PastTurn:
    """A turn of a session, as a list of them tells it. `words`: the prompt's; "" where Claude began by itself.
    `known_as`: the uuid under which Claude Code has the prompt."""

    turn: values.TurnId
    known_as: values.TurnId
    prompt: values.MessageId | None
    started: float
    words: str


@dataclass(frozen=True, slots=True)
class Spent:
    """Dollars: of a thread, of a person today, of everybody today. `raised`: what admins have allowed beyond the
    budgets, by the same names (thread, member, day)."""

    thread: float = 0.0
    member: float = 0.0
    day: float = 0.0
    raised: Mapping[str, float] = field(default_factory=dict[str, float])


@dataclass(frozen=True, slots=True)
class TurnBegun:
    """A turn's first row; each field as in TurnView."""

    prompt: values.MessageId | None
    started: float
    asker: values.PersonId | None = None
    known_as: values.TurnId | None = None


@dataclass(frozen=True, slots=True)
class UnknownBlock:
    """A block that this version cannot read."""


OutboxContent = TurnBegun | Block | UnknownBlock | TakenBack | End


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """An outbox row. (session, seq) is unique: emitting it twice is harmless."""

    session: values.SessionId
    seq: int
    turn: values.TurnId
    content: OutboxContent


@dataclass(frozen=True, slots=True)
class Tail:
    """The blocks of a running turn after its first `start` ones, which were in rows when it was written."""

    start: int
    blocks: tuple[Block | UnknownBlock, ...]


@dataclass(frozen=True, slots=True)
class Closing:
    """The end of an inbox row, in the same transaction as the events that tell of it."""

    n: int
    state: InboxEnd
    cost: float = 0.0


@dataclass(frozen=True, slots=True)
class StoredTurn:
    """A turn that is not yet completely posted: its rows in order, and the last live tail (None: all is in rows).
    `continuation`: as in TurnView."""

    session: values.Session
    turn: values.TurnId
    rows: tuple[OutboxRow, ...]
    tail: Tail | None
    continuation: Continuation | None = None


@dataclass(frozen=True, slots=True)
class Anchor:
    """Up to where a transcript is in rows: a line's id, a tool call's, or a prompt's."""

    kind: Literal["line", "tool", "prompt"]
    id: str


@dataclass(frozen=True, slots=True)
class LeftSession:
    """A session of a terminal as an earlier bridge has left it. `turn`: its unfinished one; `next_seq` as in
    ClaimedEntry; `anchor` None: nothing of it is in rows."""

    session: values.Session
    next_seq: int
    turn: StoredTurn | None = None
    anchor: Anchor | None = None


@dataclass(frozen=True, slots=True)
class Offer:
    """That a prompt was given to a terminal's Claude Code, which may not have got it. `at`: epoch seconds; `way`: how;
    `after`: the tool call whose result it went with, or a digest of what was typed; "" where it went otherwise."""

    prompt: values.TurnId
    at: float
    way: Literal["tool", "stop", "wake", "typed"]
    after: str = ""


# How the digest of a post begins whose content Discord has taken in no form so far: it is tried again, and never counts
# as done.
UNDELIVERED = "undelivered"
# The turns, in the ledger of posts, of what belongs to none: the message of the line, what is said elsewhere, and a
# webhook's status of the session.
LINE, ELSEWHERE, STATUS = values.TurnId("line"), values.TurnId("elsewhere"), values.TurnId("status")


@dataclass(frozen=True, slots=True)
class Post:
    """A message of ours in a place. `slot` says which part of the turn's page it is, `digest` what it shows."""

    turn: values.TurnId
    slot: str
    message: values.MessageId
    digest: str


@dataclass(frozen=True, slots=True)
class ApiAnswer:
    """What a program was answered that may ask again. `asked`: a digest of what it asked; `body`: JSON."""

    asked: str
    status: int
    body: str


@dataclass(frozen=True, slots=True)
class Overview:
    """Figures for /status: sessions, turns at work, prompts in line, turns ended, dollars spent. `leases`: the name of
    each, who holds it, and until when (epoch seconds). `undelivered`: each place with messages that Discord has taken
    in no form, its session's title, and how many."""

    sessions: int
    running: int
    queued: int
    ended: int
    cost: float
    leases: tuple[tuple[str, str, float], ...] = ()
    undelivered: tuple[tuple[values.PlaceId, str, int], ...] = ()
