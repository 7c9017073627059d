"""The parts of what people see of a turn, as values. A block is settled when no later event can change it.

Tool calls, requests, files, notes and jobs come from Claude Code as they stand here; `core.view.fold` adds the times,
which are epoch seconds.
"""

from dataclasses import dataclass, field, replace
from typing import ClassVar, Literal

from antiphon.core.rules import OfferedRule
from antiphon.core.values import File, MessageId, PersonId, PromptSource, ToolUseId, TurnId

# closed: no turn, but the end of a session in its terminal. left_out, shown_again: from here on such a session is not
# shown, or is. withdrawn: prompts that never became a turn; no row has it.
EndReason = Literal[
    "done", "failed", "stopped", "timed_out", "limited", "interrupted", "lost", "closed", "left_out", "shown_again",
    "withdrawn",
]  # fmt: skip
TaskState = Literal["pending", "in_progress", "completed", "deleted"]
JobKind = Literal["agent", "command", "schedule"]
JobState = Literal["running", "ok", "failed", "stopped"]
RequestKind = Literal["permission", "questions", "plan"]  # what a tool call wants of a person
Outcome = Literal["allowed", "denied", "withdrawn", "expired"]
TIME = "{time}"  # stands in a text of ours where a moment is to be shown, which goes with it as a value
# What a tool does, in the terms of the Agent Client Protocol.
ToolKind = Literal["read", "edit", "delete", "move", "search", "execute", "think", "fetch", "other"]
ToolState = Literal["running", "ok", "failed", "denied", "cut"]


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
class FileChange:
    """What a tool did to a file: lines added and removed, and the unified diff."""

    path: str
    added: int
    removed: int
    diff: str = ""


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
class Usage:
    """What a turn cost. Dollars are Claude Code's own estimate (in its events they are those of the whole session so
    far, also after a resume; the conversation takes the difference); tokens are those of the turn. `billed` False: a
    subscription pays, nobody is charged these dollars."""

    cost: float | None = None
    tokens_in: int = 0  # all that was read, from the cache too
    tokens_cached: int = 0
    tokens_out: int = 0
    window: int = 0  # tokens that the model's context holds; 0: not known
    billed: bool = True

    def after(self, known: float) -> "Usage":
        """What a turn cost, of what the session has cost; `known`: before it. A total below that is a count begun
        anew."""
        if self.cost is None:
            return self
        return replace(self, cost=self.cost - known if self.cost >= known else self.cost)


@dataclass(frozen=True, slots=True)
class TextBlock:
    """Words for the reader. `source`: the line of a terminal session's transcript that they come from, "" elsewhere."""

    text: str
    settled: bool = False
    source: str = ""


@dataclass(frozen=True, slots=True)
class ThinkingBlock:
    """Words that Claude wrote for itself. `source` as in TextBlock."""

    text: str
    settled: bool = False
    source: str = ""


@dataclass(frozen=True, slots=True)
class ToolBlock:
    """A tool call, from its start to its outcome. `subject`: the one line that tells a person what it is about."""

    id: ToolUseId
    name: str
    subject: str
    started: float = 0.0
    state: ToolState = "running"
    ended: float | None = None
    text: str = ""  # the result, or the reason of a denial
    parent: ToolUseId | None = None
    detail: str = ""  # the input in full, as a person would want to read it (a command, a diff, else JSON)
    change: FileChange | None = None
    traits: ToolTraits = field(default_factory=ToolTraits)

    @property
    def settled(self) -> bool:
        """True once the outcome is known."""
        return self.state != "running"


@dataclass(frozen=True, slots=True)
class AskBlock:
    """A permission request, from the question to its outcome.

    `reason`: why Claude Code asks, "" when it does not say. `by_agent`: a sub-agent's call. `rules`: what could be
    allowed for good; an answer names one by its place, and `rule` is the one that was (None: none, or another
    outcome). `questions`: what is asked where the call is for asking. `detail` of a plan is the plan, in Markdown.
    `call`: a digest of tool and input: an equal one is the same request. `voices`: how many different people have to
    allow it. `asked_again`: whoever asks does so until there is an answer, also after a restart of the bridge.
    """

    id: ToolUseId
    name: str
    subject: str
    asked: float = 0.0
    detail: str = ""
    reason: str = ""
    by_agent: bool = False
    outcome: Outcome | None = None
    by: str = ""
    answered: float | None = None
    rules: tuple[OfferedRule, ...] = ()
    rule: int | None = None
    words: str = ""  # see PermissionSettled
    questions: tuple[Question, ...] = ()
    chosen: tuple[str, ...] = ()  # the answers so far, one for each question; "" where there is none yet
    given_by: tuple[str, ...] = ()  # the names of those who have: of each answer, or of each voice
    call: str = ""
    voices: int = 1
    allowed_by: tuple[PersonId, ...] = ()  # who has, so far
    traits: ToolTraits = field(default_factory=ToolTraits)  # of the tool that is asked for
    kind: RequestKind = "permission"
    asked_again: bool = False

    @property
    def settled(self) -> bool:
        """True once nobody can answer any more."""
        return self.outcome is not None

    @property
    def always(self) -> OfferedRule | None:
        """What its answer has allowed for good."""
        if self.outcome != "allowed" or self.rule is None or self.rule >= len(self.rules):
            return None
        return self.rules[self.rule]


@dataclass(frozen=True, slots=True)
class TakenBack:
    """Somebody has taken back what the answer to a request had allowed for good."""

    request: ToolUseId
    by: str


@dataclass(frozen=True, slots=True)
class BudgetBlock:
    """A budget that is used up, from the question whether it is raised by `step` dollars to the outcome."""

    id: ToolUseId
    text: str
    step: float
    asked: float = 0.0
    outcome: Outcome | None = None
    by: str = ""
    answered: float | None = None

    @property
    def settled(self) -> bool:
        """True once nobody can answer any more."""
        return self.outcome is not None


@dataclass(frozen=True, slots=True)
class FileBlock:
    """Files that Claude sent: copies that nobody changes any more."""

    settled: ClassVar[bool] = True
    files: tuple[File, ...]
    caption: str = ""


@dataclass(frozen=True, slots=True)
class SteerBlock:
    """What somebody said while Claude worked, and Claude took in. `message`: where it was said."""

    settled: ClassVar[bool] = True
    prompt: TurnId
    message: MessageId | None
    text: str
    by: str


@dataclass(frozen=True, slots=True)
class TypedBlock:
    """What somebody has typed at the session's terminal. `source` as in TextBlock."""

    settled: ClassVar[bool] = True
    text: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class ScheduledBlock:
    """The prompt by which a schedule, a program or a trigger of this name has begun the turn."""

    settled: ClassVar[bool] = True
    name: str
    text: str
    source: PromptSource = "schedule"


@dataclass(frozen=True, slots=True)
class NoteBlock:
    """Something worth a line, for people. `time`: the moment that `text` tells, in epoch seconds; it is shown in place
    of its first `TIME`."""

    settled: ClassVar[bool] = True
    text: str
    time: float | None = None


@dataclass(frozen=True, slots=True)
class HeldBlock:
    """A call that was not let write a file, because of what another session does. `path`: of the file, absolute;
    `text`, `time`: why, as in NoteBlock."""

    settled: ClassVar[bool] = True
    id: ToolUseId
    path: str
    text: str
    time: float | None = None


Need = AskBlock | BudgetBlock  # what waits for a person, or did
Block = (
    TextBlock
    | ThinkingBlock
    | ToolBlock
    | AskBlock
    | BudgetBlock
    | FileBlock
    | SteerBlock
    | TypedBlock
    | ScheduledBlock
    | NoteBlock
    | HeldBlock
)


@dataclass(frozen=True, slots=True)
class Task:
    """An item of Claude's own task list."""

    id: str
    subject: str
    state: TaskState = "pending"


@dataclass(frozen=True, slots=True)
class Job:
    """A sub-agent or a command in the background, or what Claude has planned for later: it runs until that is over."""

    id: str
    kind: JobKind
    title: str
    started: float = 0.0
    state: JobState = "running"
    activity: str = ""
    ended: float | None = None


@dataclass(frozen=True, slots=True)
class End:
    """The one state in which a turn ends. `time`: of `error`, see NoteBlock. `left`: the titles of the background work
    that its process has gone on with. `source`: the last line of the transcript that it has, as in TextBlock.
    `usage_limit`: it was limited by what a subscription may use. `goes_on`: when it is to go on by itself, in epoch
    seconds, as was meant then; what holds by now is its continuation (core.schedules)."""

    reason: EndReason
    at: float
    error: str | None = None
    usage: Usage = field(default_factory=Usage)
    context: int = 0  # tokens that the model's context holds by now
    time: float | None = None
    left: tuple[str, ...] = ()
    source: str = ""
    usage_limit: bool = False
    goes_on: float | None = None
