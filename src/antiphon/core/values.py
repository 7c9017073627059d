"""The nouns: projects, sessions, prompts. Frozen, without behaviour; every room may hold them.

May not know: Discord, the Claude SDK, SQL, the clock.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, NewType
from uuid import UUID, uuid5

PlaceId = NewType("PlaceId", int)  # a Discord channel or thread in which a session is shown
MessageId = NewType("MessageId", int)  # a Discord message
PersonId = NewType("PersonId", int)
RoleId = NewType("RoleId", int)
SessionId = NewType("SessionId", str)  # ours; one place has one session
ClaudeSessionId = NewType("ClaudeSessionId", str)  # Claude Code's own uuid: names the transcript
TurnId = NewType("TurnId", str)  # the uuid of the prompt that began the turn
ToolUseId = NewType("ToolUseId", str)

# The names under which our uuids are derived: changing one makes every known id a stranger.
_NAMESPACE = UUID("5b0f3b0e-6d0c-5a8e-9d3b-a1f2c3d4e5f6")

PermissionMode = Literal["default", "acceptEdits", "plan", "bypassPermissions", "dontAsk"]


@dataclass(frozen=True, slots=True)
class Access:
    """Who may use a project. Empty means: only the owner of the bot's application."""

    people: frozenset[PersonId] = frozenset()
    roles: frozenset[RoleId] = frozenset()


@dataclass(frozen=True, slots=True)
class ClaudeSettings:
    """How Claude Code is started for a project. None leaves the choice to Claude Code."""

    model: str | None = None
    permission_mode: PermissionMode = "default"
    allowed_tools: tuple[str, ...] = ()  # run without asking, in the CLI's rule syntax
    append_prompt: str | None = None  # added to Claude Code's own system prompt


@dataclass(frozen=True, slots=True)
class Project:
    """A directory with code, and the channels in which people talk about it."""

    name: str
    directory: Path
    channels: frozenset[PlaceId]
    access: Access = field(default_factory=Access)
    claude: ClaudeSettings = field(default_factory=ClaudeSettings)
    mention_required: bool = False


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a session's place comes from: the channel above it and the message that opened it (both None: it was
    there before)."""

    channel: PlaceId | None = None
    message: MessageId | None = None


@dataclass(frozen=True, slots=True)
class Session:
    """One place and the Claude Code session that is shown in it."""

    id: SessionId
    place: PlaceId
    project: str
    claude: ClaudeSessionId
    title: str  # at most 100 characters: becomes the thread's name
    origin: Origin = field(default_factory=Origin)
    cost: float = 0.0  # dollars, of all turns that prompts began


@dataclass(frozen=True, slots=True)
class Person:
    """Who is at the other end of a message, a command or a button."""

    id: PersonId
    name: str
    roles: frozenset[RoleId] = frozenset()
    owns_application: bool = False


@dataclass(frozen=True, slots=True)
class Prompt:
    """Words for Claude. `inbox` is the number of the inbox row that the turn's end closes."""

    turn: TurnId
    text: str
    author: str
    message: MessageId | None
    inbox: int


@dataclass(frozen=True, slots=True)
class Interrupt:
    """Stop the running turn, keep the session. `inbox` as in Prompt."""

    by: str
    inbox: int


@dataclass(frozen=True, slots=True)
class Close:
    """Leave: end the running turn as `reason` if there is one, then close the client."""

    reason: str


def session_at(place: PlaceId) -> SessionId:
    """The id of the session shown in `place`."""
    return SessionId(str(place))


def turn_of(message: MessageId) -> TurnId:
    """The prompt uuid for a Discord message: the same message can never become two prompts."""
    return TurnId(str(uuid5(_NAMESPACE, f"message:{message}")))


def turn_after(turn: TurnId) -> TurnId:
    """The id of the turn that Claude Code starts by itself after `turn` (a background task has ended)."""
    return TurnId(str(uuid5(_NAMESPACE, f"after:{turn}")))


def first_claude_session(session: SessionId, generation: int = 0) -> ClaudeSessionId:
    """The uuid under which Claude Code is asked to start: known, and stored, before the process exists."""
    return ClaudeSessionId(str(uuid5(_NAMESPACE, f"session:{session}:{generation}")))
