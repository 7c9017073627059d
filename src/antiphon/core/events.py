"""Facts that come from Claude Code, translated by the agent room and put into a conversation's mailbox.

Each is something that happened; none asks for anything. A tool call, a request, files, a note and a job begin as the
blocks that they are. Times are added by the conversation when it takes them.
"""

from dataclasses import dataclass, field

from antiphon.core.blocks import (
    AskBlock,
    BudgetBlock,
    EndReason,
    FileBlock,
    FileChange,
    HeldBlock,
    Job,
    JobState,
    NoteBlock,
    Outcome,
    TaskState,
    ToolBlock,
    Usage,
)
from antiphon.core.values import ClaudeSessionId, PermissionMode, PersonId, ToolUseId, TurnId


@dataclass(frozen=True, slots=True)
class SessionStarted:
    """Claude Code is ready for a turn, under this session id (it changes after /clear)."""

    claude: ClaudeSessionId
    model: str


@dataclass(frozen=True, slots=True)
class ReplyStarted:
    """The model begins a reply. What an earlier one left unfinished (its stream broke off) will come again.
    `context`: tokens that the request held."""

    context: int = 0


@dataclass(frozen=True, slots=True)
class TextDelta:
    """More of the text that Claude is writing, or of its thinking. `parent`: the sub-agent's tool use, None for Claude
    itself."""

    text: str
    parent: ToolUseId | None = None
    thinking: bool = False


@dataclass(frozen=True, slots=True)
class TextFinished:
    """One whole block of text, or of thinking; replaces what its deltas had built, so a lost delta cannot lose text."""

    text: str
    parent: ToolUseId | None = None
    thinking: bool = False
    source: str = ""  # see TextBlock


@dataclass(frozen=True, slots=True)
class ToolFinished:
    """A tool call's result; `text` is what the tool said, shortened by whoever shows it. `cut`: it was stopped,
    which is no failure of its own."""

    id: ToolUseId
    ok: bool
    text: str
    change: FileChange | None = None
    cut: bool = False


@dataclass(frozen=True, slots=True)
class PermissionProgressed:
    """A request has a part of what it needs: the answer to a question (`words`), or the first voice of two."""

    id: ToolUseId
    by: str = ""
    question: int | None = None
    words: str = ""
    person: PersonId | None = None


@dataclass(frozen=True, slots=True)
class PermissionSettled:
    """A request has its answer, or needs none any more (withdrawn; expired: nobody gave one in time). `by`: the
    person's name, "" for nobody. `words`: what Claude is told with a denial, or what was answered. `rule`: the number
    of the request's rule by which it is allowed from now on."""

    id: ToolUseId
    outcome: Outcome
    by: str = ""
    words: str = ""
    rule: int | None = None


@dataclass(frozen=True, slots=True)
class SteerDelivered:
    """Claude has taken in a prompt that was sent while it worked."""

    prompt: TurnId


@dataclass(frozen=True, slots=True)
class SelfStarted:
    """Claude Code begins to work without a prompt of ours: a time has come that Claude had planned."""


@dataclass(frozen=True, slots=True)
class PromptTyped:
    """Somebody has typed a prompt at the session's terminal: `text`, on this line of the transcript."""

    text: str
    source: str


@dataclass(frozen=True, slots=True)
class TerminalClosed:
    """The session is not open in its terminal any more. `crashed`: nobody has closed it there."""

    crashed: bool = False


@dataclass(frozen=True, slots=True)
class ModeChanged:
    """The session's permission mode is another one: by a plan, by an answer, or because somebody asked for it."""

    mode: PermissionMode


@dataclass(frozen=True, slots=True)
class RuleAdded:
    """Something is allowed from now on that the process would forget at its end, in the CLI's rule syntax."""

    rule: str


@dataclass(frozen=True, slots=True)
class TaskChanged:
    """Claude's own task list: a new task (with its subject), or one in another state."""

    id: str
    subject: str | None = None
    state: TaskState | None = None


@dataclass(frozen=True, slots=True)
class JobChanged:
    """What a job does now, in a few words; the last ones where it is over."""

    id: str
    activity: str = ""
    state: JobState = "running"


@dataclass(frozen=True, slots=True)
class Delayed:
    """Something takes its time before the turn goes on (compaction, a failing API), in words for people."""

    why: str


@dataclass(frozen=True, slots=True)
class UnknownMessage:
    """The SDK sent something that we have no name for; counted and logged, never dropped in silence."""

    kind: str


@dataclass(frozen=True, slots=True)
class TurnEnded:
    """Claude Code says that a turn is over. `error` is its own words when the reason is failed; `prompts` are the
    prompts that it answered. `time`: of `error`, as in NoteBlock; `source`, `usage_limit`: see End."""

    reason: EndReason
    error: str | None = None
    usage: Usage = field(default_factory=Usage)
    prompts: tuple[TurnId, ...] = ()
    self_started: bool = False  # begun by background work that had ended or by a schedule, not by a prompt
    time: float | None = None
    source: str = ""
    usage_limit: bool = False

    def answers(self, turn: TurnId | None) -> bool:
        """Whether it ends this turn (None: one that no prompt began): a background task's turn may end while a prompt
        waits for its own, or answer the prompt too."""
        return turn is None or turn in self.prompts or not (self.self_started or self.prompts)


@dataclass(frozen=True, slots=True)
class SessionLost:
    """The process is gone; `error` says how. The session on disk stays, unless there is none to resume (`gone`).
    `ours`: we have ended it."""

    error: str
    gone: bool = False
    ours: bool = False


AgentEvent = (
    SessionStarted
    | ReplyStarted
    | TextDelta
    | TextFinished
    | ToolBlock
    | ToolFinished
    | AskBlock
    | BudgetBlock
    | PermissionProgressed
    | PermissionSettled
    | SteerDelivered
    | SelfStarted
    | PromptTyped
    | TerminalClosed
    | ModeChanged
    | RuleAdded
    | TaskChanged
    | Job
    | JobChanged
    | FileBlock
    | Delayed
    | NoteBlock
    | HeldBlock
    | UnknownMessage
    | TurnEnded
    | SessionLost
)
