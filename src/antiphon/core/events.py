"""Facts that come from Claude Code, translated by the agent room and put into a conversation's mailbox.

Each is something that happened; none asks for anything. Times are added by the conversation when it takes them.
"""

from dataclasses import dataclass, field, replace
from typing import Literal

from antiphon.core.values import ClaudeSessionId, File, PermissionMode, PersonId, ToolUseId, TurnId

EndReason = Literal["done", "failed", "stopped", "timed_out", "limited", "interrupted", "lost"]
TaskState = Literal["pending", "in_progress", "completed", "deleted"]
JobKind = Literal["agent", "command"]
JobState = Literal["running", "ok", "failed", "stopped"]
RequestKind = Literal["permission", "questions", "plan"]  # what a tool call wants of a person
Outcome = Literal["allowed", "denied", "withdrawn", "expired"]
TIME = "{time}"  # stands in a text of ours where a moment is to be shown, which goes with it as a value
# What a tool does, in the terms of the Agent Client Protocol.
ToolKind = Literal["read", "edit", "delete", "move", "search", "execute", "think", "fetch", "other"]


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
class ToolTraits:
    """What is known of a tool beside its name: all by which a call is shown. `label`: the name for people, "" where it
    is the tool's own. `language`: in which the call's `detail` is written, "" where it tells by itself. `starts_agent`:
    a call starts a sub-agent. `quiet`: a call gets no line; its effect is shown otherwise, or means nothing to people.
    """

    kind: ToolKind = "other"
    label: str = ""
    language: str = ""
    starts_agent: bool = False
    quiet: bool = False


@dataclass(frozen=True, slots=True)
class ToolStarted:
    """A tool call with its complete input; `subject` is the one line that tells a person what it is about, `detail`
    the input in full, as a person would want to read it (a command, a diff, else JSON)."""

    id: ToolUseId
    name: str
    subject: str
    parent: ToolUseId | None = None
    detail: str = ""
    traits: ToolTraits = field(default_factory=ToolTraits)


@dataclass(frozen=True, slots=True)
class FileChange:
    """What a tool did to a file: lines added and removed, and the unified diff."""

    path: str
    added: int
    removed: int
    diff: str = ""


@dataclass(frozen=True, slots=True)
class ToolFinished:
    """A tool call's result; `text` is what the tool said, shortened by whoever shows it."""

    id: ToolUseId
    ok: bool
    text: str
    change: FileChange | None = None


@dataclass(frozen=True, slots=True)
class Option:
    """One of the answers that Claude offers."""

    label: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """What Claude wants to know; any other words are an answer too. `several`: more than one option may be chosen."""

    text: str
    header: str = ""
    options: tuple[Option, ...] = ()
    several: bool = False


@dataclass(frozen=True, slots=True)
class PermissionAsked:
    """A tool call waits for a person. `reason`: why Claude Code asks, "" when it does not say. `by_agent`: a
    sub-agent's call. `rules`: what could be allowed for good, in words; an answer names one by its place.

    `questions`: what is asked where the call is for asking. `detail` of a plan is the plan, in Markdown. `call`: a
    digest of tool and input: an equal one is the same request. `voices`: how many different people have to allow it.
    """

    id: ToolUseId
    name: str
    subject: str
    detail: str = ""
    reason: str = ""
    by_agent: bool = False
    rules: tuple[str, ...] = ()
    questions: tuple[Question, ...] = ()
    call: str = ""
    voices: int = 1
    traits: ToolTraits = field(default_factory=ToolTraits)
    kind: RequestKind = "permission"


@dataclass(frozen=True, slots=True)
class BudgetReached:
    """A budget keeps the turn from beginning until somebody raises it by `step` dollars. `text`: which, and how far."""

    id: ToolUseId
    text: str
    step: float


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
    person's name, "" for nobody. `words`: what Claude is told with a denial, or the rule by which it is allowed from
    now on."""

    id: ToolUseId
    outcome: Outcome
    by: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True)
class SteerDelivered:
    """Claude has taken in a prompt that was sent while it worked."""

    prompt: TurnId


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
class JobStarted:
    """A sub-agent, or a command in the background, begins; `tool` is the call that started it."""

    id: str
    kind: JobKind
    title: str
    tool: ToolUseId | None = None


@dataclass(frozen=True, slots=True)
class JobProgressed:
    """What a job does now, in a few words."""

    id: str
    activity: str


@dataclass(frozen=True, slots=True)
class JobEnded:
    """A job is over; `summary` is its last word."""

    id: str
    state: JobState
    summary: str = ""


@dataclass(frozen=True, slots=True)
class FilesSent:
    """Claude sends files to the thread; they are copies that nobody changes any more."""

    files: tuple[File, ...]
    caption: str = ""


@dataclass(frozen=True, slots=True)
class Delayed:
    """Something takes its time before the turn goes on (compaction), in words for people."""

    why: str


@dataclass(frozen=True, slots=True)
class PermissionDenied:
    """A tool wanted permission and did not get it; `reason` is what Claude was told."""

    id: ToolUseId | None
    name: str
    subject: str
    reason: str
    traits: ToolTraits = field(default_factory=ToolTraits)


@dataclass(frozen=True, slots=True)
class Retrying:
    """The model's API failed and Claude Code tries again in `delay` seconds."""

    attempt: int
    limit: int
    delay: float
    status: int | None


@dataclass(frozen=True, slots=True)
class NoteAdded:
    """Something worth a line in the thread, for people. `time`: the moment that `text` tells, in epoch seconds; it is
    shown in place of its first `TIME`."""

    text: str
    time: float | None = None


@dataclass(frozen=True, slots=True)
class UnknownMessage:
    """The SDK sent something that we have no name for; counted and logged, never dropped in silence."""

    kind: str


@dataclass(frozen=True, slots=True)
class Usage:
    """What a turn cost. Dollars are Claude Code's own estimate (in its events they are those of the whole session so
    far, also after a resume; the conversation takes the difference); tokens are those of the turn."""

    cost: float | None = None
    tokens_in: int = 0  # all that was read, from the cache too
    tokens_cached: int = 0
    tokens_out: int = 0
    window: int = 0  # tokens that the model's context holds; 0: not known

    def after(self, known: float) -> "Usage":
        """What a turn cost, of what the session has cost; `known`: before it. A total below that is a count begun
        anew."""
        if self.cost is None:
            return self
        return replace(self, cost=self.cost - known if self.cost >= known else self.cost)


@dataclass(frozen=True, slots=True)
class TurnEnded:
    """Claude Code says that a turn is over. `error` is its own words when the reason is failed; `prompts` are the
    prompts that it answered. `time`: of `error`, as in NoteAdded."""

    reason: EndReason
    error: str | None = None
    usage: Usage = field(default_factory=Usage)
    prompts: tuple[TurnId, ...] = ()
    self_started: bool = False  # begun by a background task that had ended, not by a prompt
    time: float | None = None

    def answers(self, turn: TurnId | None) -> bool:
        """Whether it ends this turn (None: one that no prompt began): a background task's turn may end while a prompt
        waits for its own, or answer the prompt too."""
        return turn is None or turn in self.prompts or not (self.self_started or self.prompts)


@dataclass(frozen=True, slots=True)
class SessionLost:
    """The process is gone; `error` says how. The session on disk stays, unless there is none to resume (`gone`)."""

    error: str
    gone: bool = False


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
    | PermissionAsked
    | BudgetReached
    | PermissionProgressed
    | PermissionSettled
    | SteerDelivered
    | ModeChanged
    | RuleAdded
    | TaskChanged
    | JobStarted
    | JobProgressed
    | JobEnded
    | FilesSent
    | Delayed
    | Retrying
    | NoteAdded
    | UnknownMessage
    | TurnEnded
    | SessionLost
)
