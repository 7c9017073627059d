"""The parts of what people see of a turn, as values. A block is settled when no later event can change it."""

from dataclasses import dataclass, field
from typing import Literal

from antiphon.core import events
from antiphon.core.values import File, MessageId, PersonId, ToolUseId, TurnId

ToolState = Literal["running", "ok", "failed", "denied", "cut"]


@dataclass(frozen=True, slots=True)
class TextBlock:
    """Words for the reader."""

    text: str
    settled: bool = False


@dataclass(frozen=True, slots=True)
class ThinkingBlock:
    """Words that Claude wrote for itself."""

    text: str
    settled: bool = False


@dataclass(frozen=True, slots=True)
class ToolBlock:
    """A tool call, from its start to its outcome."""

    id: ToolUseId
    name: str
    subject: str
    started: float
    state: ToolState = "running"
    ended: float | None = None
    text: str = ""  # the result, or the reason of a denial
    parent: ToolUseId | None = None
    detail: str = ""  # the input in full
    change: events.FileChange | None = None
    traits: events.ToolTraits = field(default_factory=events.ToolTraits)

    @property
    def settled(self) -> bool:
        """True once the outcome is known."""
        return self.state != "running"


@dataclass(frozen=True, slots=True)
class AskBlock:
    """A permission request, from the question to its outcome; `asked` and `answered` in epoch seconds."""

    id: ToolUseId
    name: str
    subject: str
    asked: float
    detail: str = ""
    reason: str = ""
    by_agent: bool = False
    outcome: events.Outcome | None = None
    by: str = ""
    answered: float | None = None
    rules: tuple[str, ...] = ()
    words: str = ""  # see PermissionSettled
    questions: tuple[events.Question, ...] = ()
    chosen: tuple[str, ...] = ()  # the answers so far, one for each question; "" where there is none yet
    given_by: tuple[str, ...] = ()  # the names of those who have: of each answer, or of each voice
    call: str = ""  # see PermissionAsked
    voices: int = 1  # how many people have to allow it
    allowed_by: tuple[PersonId, ...] = ()  # who has, so far
    traits: events.ToolTraits = field(default_factory=events.ToolTraits)  # of the tool that is asked for
    kind: events.RequestKind = "permission"

    @property
    def settled(self) -> bool:
        """True once nobody can answer any more."""
        return self.outcome is not None


@dataclass(frozen=True, slots=True)
class BudgetBlock:
    """A budget that is used up, from the question whether it is raised by `step` dollars to the outcome."""

    id: ToolUseId
    text: str
    step: float
    asked: float
    outcome: events.Outcome | None = None
    by: str = ""
    answered: float | None = None

    @property
    def settled(self) -> bool:
        """True once nobody can answer any more."""
        return self.outcome is not None


@dataclass(frozen=True, slots=True)
class FileBlock:
    """Files that Claude sent."""

    files: tuple[File, ...]
    caption: str = ""
    settled: bool = True


@dataclass(frozen=True, slots=True)
class SteerBlock:
    """What somebody said while Claude worked, and Claude took in. `message`: where it was said."""

    prompt: TurnId
    message: MessageId | None
    text: str
    by: str
    settled: bool = True


@dataclass(frozen=True, slots=True)
class NoteBlock:
    """A line from the bridge itself. `time`: see NoteAdded."""

    text: str
    settled: bool = True
    time: float | None = None


Need = AskBlock | BudgetBlock  # what waits for a person, or did
Block = TextBlock | ThinkingBlock | ToolBlock | AskBlock | BudgetBlock | FileBlock | SteerBlock | NoteBlock


@dataclass(frozen=True, slots=True)
class Task:
    """An item of Claude's own task list."""

    id: str
    subject: str
    state: events.TaskState = "pending"


@dataclass(frozen=True, slots=True)
class Job:
    """A sub-agent or a command in the background."""

    id: str
    kind: events.JobKind
    title: str
    started: float
    state: events.JobState = "running"
    activity: str = ""
    ended: float | None = None


@dataclass(frozen=True, slots=True)
class End:
    """The one state in which a turn ends. `time`: of `error`, see NoteAdded."""

    reason: events.EndReason
    at: float
    error: str | None = None
    usage: events.Usage = field(default_factory=events.Usage)
    context: int = 0  # tokens that the model's context holds by now
    time: float | None = None
