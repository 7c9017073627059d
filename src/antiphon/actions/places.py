"""What actions need of the chat server: threads and announcements. A protocol, and what is announced as values."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal, Protocol

from antiphon.actions.reasons import NoChannel, Refused
from antiphon.core import requests
from antiphon.core.records import PastTurn
from antiphon.core.requests import TranscriptMessage
from antiphon.core.values import Guest, MessageId, Origin, PlaceId, Project, Session

RewindScope = Literal["files", "both", "conversation"]


@dataclass(frozen=True, slots=True)
class SessionStarted:
    """Somebody starts a session. `prompt`: the first one, "" for none yet."""

    by: str
    prompt: str


@dataclass(frozen=True, slots=True)
class SessionForked:
    """Somebody copies the session of a place, up to `before` a turn or up to now."""

    by: str
    place: PlaceId
    before: PastTurn | None
    prompt: str


@dataclass(frozen=True, slots=True)
class SessionResumed:
    """Somebody goes on with a session that had no place. `copied`: with a copy, for it is open in a terminal."""

    by: str
    title: str
    copied: bool
    prompt: str = ""


@dataclass(frozen=True, slots=True)
class SessionBrought:
    """A session of the machine gets a place, as it is. `live`: it is open in a terminal."""

    title: str
    live: bool
    prompt: ClassVar[str] = ""


@dataclass(frozen=True, slots=True)
class TerminalAttached:
    """A session is open in a terminal. What was typed there is shown with its turn: no prompt is announced."""

    directory: str
    branch: str
    terminal: str
    prompt: ClassVar[str] = ""


@dataclass(frozen=True, slots=True)
class History:
    """The last messages of a session that comes from elsewhere, and how many there were in all."""

    messages: Sequence[TranscriptMessage]
    total: int


@dataclass(frozen=True, slots=True)
class HistoryUnreadable:
    """Such messages could not be read."""

    why: Refused


@dataclass(frozen=True, slots=True)
class Continued:
    """Somebody lets Claude go on with a turn."""

    by: str


@dataclass(frozen=True, slots=True)
class RunAgain:
    """Somebody lets Claude run a turn's prompt again."""

    by: str


@dataclass(frozen=True, slots=True)
class TakenOver:
    """Somebody lets a session that was open in a terminal go on where it is shown."""

    by: str


@dataclass(frozen=True, slots=True)
class StartedAgain:
    """Somebody lets Claude begin anew, with a summary of what the place holds."""

    by: str


@dataclass(frozen=True, slots=True)
class Rewound:
    """Somebody took files, conversation or both back to before a turn. `changed`: what that was."""

    by: str
    turn: PastTurn
    what: RewindScope
    changed: requests.Rewound


@dataclass(frozen=True, slots=True)
class QueuedText:
    """A prompt that somebody has queued by a command."""

    text: str


@dataclass(frozen=True, slots=True)
class Said:
    """A prompt that somebody has sent from outside the chat. `source`: the session that did; None: a program, or
    somebody in a shell of the machine."""

    by: str
    text: str
    source: Session | None = None
    by_program: bool = False


@dataclass(frozen=True, slots=True)
class ScheduleStarted:
    """A schedule has started a session, or a trigger. What it asks is shown with its turn."""

    name: str
    triggered: bool = False
    prompt: ClassVar[str] = ""


@dataclass(frozen=True, slots=True)
class ProgramStarted:
    """A program has started a session. What it asks is shown with its turn."""

    by: str
    prompt: ClassVar[str] = ""


@dataclass(frozen=True, slots=True)
class AskedAside:
    """Somebody has asked a side question that is answered in a thread of its own. `prompt`: the question."""

    by: str
    prompt: str


@dataclass(frozen=True, slots=True)
class MergedBack:
    """Somebody has merged a session's commits into a branch."""

    by: str
    target: str
    commits: int


@dataclass(frozen=True, slots=True)
class ConflictsFound:
    """Somebody wanted that, and Claude is to resolve conflicts first."""

    by: str
    target: str
    files: Sequence[str]


@dataclass(frozen=True, slots=True)
class CommitAsked:
    """Somebody wants Claude to commit what it has changed."""

    by: str


@dataclass(frozen=True, slots=True)
class WriteAllowed:
    """Somebody lets a session write a file over what another one did."""

    by: str
    name: str


@dataclass(frozen=True, slots=True)
class GuestInvited:
    """Somebody has let somebody into a session; the one announcement that calls a person: the guest, once."""

    by: str
    guest: Guest


@dataclass(frozen=True, slots=True)
class GuestUninvited:
    """Somebody has taken that back. `name`: the guest's."""

    by: str
    name: str


@dataclass(frozen=True, slots=True)
class SchedulePaused:
    """A schedule has failed too often, or a trigger, and pauses itself."""

    name: str
    triggered: bool = False


Opening = (
    SessionStarted
    | SessionForked
    | SessionResumed
    | SessionBrought
    | TerminalAttached
    | ScheduleStarted
    | ProgramStarted
    | AskedAside
)
Announcement = (
    History
    | HistoryUnreadable
    | Continued
    | RunAgain
    | TakenOver
    | StartedAgain
    | Rewound
    | QueuedText
    | Said
    | SchedulePaused
    | MergedBack
    | ConflictsFound
    | CommitAsked
    | WriteAllowed
    | GuestInvited
    | GuestUninvited
)


@dataclass(frozen=True, slots=True)
class Thread:
    """A thread, the channel in which the message stands that it hangs on, that message, and its name as it fits. A
    forum's post hangs on none (`channel`: None): its first message is in it."""

    place: PlaceId
    channel: PlaceId | None
    message: MessageId
    name: str

    @property
    def origin(self) -> Origin:
        """Of the session that it is opened for."""
        return Origin() if self.channel is None else Origin(self.channel, self.message)


class Places(Protocol):
    """Where sessions are shown."""

    async def open_thread(
        self, project: Project, near: PlaceId | None, opening: Opening, name: str, key: str
    ) -> Thread:
        """Announce a session in a channel of the project, `near` if that is one, and open a thread on it. The same key
        again, soon after, finds the same thread. Raises Refused when there is no channel, or no thread may be
        opened."""
        ...

    async def remove_thread(self, thread: Thread) -> None:
        """Take a thread and its announcement away, as far as the chat server allows it."""
        ...

    async def announce(self, place: PlaceId, announcement: Announcement) -> MessageId | None:
        """Post it in a place; None: it has no text."""
        ...

    async def reword(self, place: PlaceId, message: MessageId, announcement: Announcement) -> None:
        """Let an announcement say something else from now on, as far as the chat server allows it."""
        ...

    async def retract(self, place: PlaceId, message: MessageId) -> None:
        """Delete an announcement."""
        ...

    async def channel_of(self, place: PlaceId) -> PlaceId | None:
        """The channel above a thread, a channel itself; None: there is no such place that can be seen. Raises Refused
        with ChatRefused where the chat server does not say."""
        ...

    def threads_of(self, channel: PlaceId) -> frozenset[PlaceId]:
        """The threads below a channel that are open now."""
        ...

    def opened_at(self, place: PlaceId) -> float:
        """When a place came to be, in epoch seconds."""
        ...


class NoPlaces:
    """Where there is no chat server: nothing is announced, and no thread can be opened."""

    async def open_thread(
        self, project: Project, near: PlaceId | None, opening: Opening, name: str, key: str
    ) -> Thread:
        """There is no channel."""
        raise Refused(NoChannel(project.name))

    async def remove_thread(self, thread: Thread) -> None:
        """There is none."""

    async def announce(self, place: PlaceId, announcement: Announcement) -> MessageId | None:
        """Nobody reads it."""
        return None

    async def reword(self, place: PlaceId, message: MessageId, announcement: Announcement) -> None:
        """There is none."""

    async def retract(self, place: PlaceId, message: MessageId) -> None:
        """There is none."""

    async def channel_of(self, place: PlaceId) -> PlaceId | None:
        """None can be seen."""
        return None

    def threads_of(self, channel: PlaceId) -> frozenset[PlaceId]:
        """None is known."""
        return frozenset()

    def opened_at(self, place: PlaceId) -> float:
        """Nobody knows."""
        return 0.0
