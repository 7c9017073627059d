"""Facts that come from Claude Code, translated by the agent room and put into a conversation's mailbox.

Each is something that happened; none asks for anything. Times are added by the conversation when it takes them.
"""

from dataclasses import dataclass, field
from typing import Literal

from antiphon.core.values import ClaudeSessionId, ToolUseId, TurnId

EndReason = Literal["done", "failed", "stopped", "timed_out", "interrupted"]


@dataclass(frozen=True, slots=True)
class SessionStarted:
    """Claude Code is ready for a turn, under this session id (it changes after /clear)."""

    claude: ClaudeSessionId
    model: str


@dataclass(frozen=True, slots=True)
class ReplyStarted:
    """The model begins a reply. What an earlier one left unfinished (its stream broke off) will come again."""


@dataclass(frozen=True, slots=True)
class TextDelta:
    """More of the text that Claude is writing. `parent`: the sub-agent's tool use, None for Claude itself."""

    text: str
    parent: ToolUseId | None = None


@dataclass(frozen=True, slots=True)
class TextFinished:
    """One whole text block; replaces what its deltas had built, so a lost delta cannot lose text."""

    text: str
    parent: ToolUseId | None = None


@dataclass(frozen=True, slots=True)
class ThinkingDelta:
    """More of Claude's thinking."""

    text: str
    parent: ToolUseId | None = None


@dataclass(frozen=True, slots=True)
class ThinkingFinished:
    """One whole thinking block."""

    text: str
    parent: ToolUseId | None = None


@dataclass(frozen=True, slots=True)
class ToolStarted:
    """A tool call with its complete input; `subject` is the one line that tells a person what it is about."""

    id: ToolUseId
    name: str
    subject: str
    parent: ToolUseId | None = None


@dataclass(frozen=True, slots=True)
class ToolFinished:
    """A tool call's result; `text` is what the tool said, shortened by whoever shows it."""

    id: ToolUseId
    ok: bool
    text: str


@dataclass(frozen=True, slots=True)
class PermissionDenied:
    """A tool wanted permission and did not get it; `reason` is what Claude was told."""

    id: ToolUseId | None
    name: str
    subject: str
    reason: str


@dataclass(frozen=True, slots=True)
class Retrying:
    """The model's API failed and Claude Code tries again in `delay` seconds."""

    attempt: int
    limit: int
    delay: float
    status: int | None


@dataclass(frozen=True, slots=True)
class Noted:
    """Something worth a line in the thread, in words for people."""

    text: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """The SDK sent something that we have no name for; counted and logged, never dropped in silence."""

    kind: str


@dataclass(frozen=True, slots=True)
class Usage:
    """What a turn cost. Dollars are Claude Code's own estimate (in its events they are those of the whole session so
    far, also after a resume; the conversation takes the difference); tokens are those of the turn."""

    cost: float | None = None
    tokens_in: int = 0
    tokens_cached: int = 0
    tokens_out: int = 0


@dataclass(frozen=True, slots=True)
class TurnEnded:
    """Claude Code says that a turn is over. `error` is its own words when the reason is failed; `prompts` are the
    prompts that it answered."""

    reason: EndReason
    error: str | None = None
    usage: Usage = field(default_factory=Usage)
    prompts: tuple[TurnId, ...] = ()
    self_started: bool = False  # begun by a background task that had ended, not by a prompt


@dataclass(frozen=True, slots=True)
class SessionLost:
    """The process is gone; `error` says how. The session on disk stays."""

    error: str


AgentEvent = (
    SessionStarted
    | ReplyStarted
    | TextDelta
    | TextFinished
    | ThinkingDelta
    | ThinkingFinished
    | ToolStarted
    | ToolFinished
    | PermissionDenied
    | Retrying
    | Noted
    | Unknown
    | TurnEnded
    | SessionLost
)
