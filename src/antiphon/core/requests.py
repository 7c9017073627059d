"""What Discord's side and a worker ask each other, besides what goes through the inbox: questions that are answered
soon or not at all. Each request names, by its type, the reply that belongs to it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, Literal, TypeVar

from antiphon.core.rules import Scope, StandingRule
from antiphon.core.values import ClaudeSessionId, ToolUseId, TurnId

HUB = "hub"  # to whom a request goes that no worker answers

ReplyT = TypeVar("ReplyT", bound="Reply")
ChoiceName = Literal["model", "mode", "effort"]


class Reply:
    """What a request is replied."""

    __slots__ = ()


class Request(Generic[ReplyT]):
    """A question whose reply is a ReplyT. `live`: only the session's conversation can answer it."""

    __slots__ = ()
    live: ClassVar[bool] = False


@dataclass(frozen=True, slots=True)
class RequestFailed(Reply):
    """It could not be done. `reason`: for people."""

    reason: str


# What lies on the worker's disk


@dataclass(frozen=True, slots=True)
class Skill:
    """A skill or a command of a project. `name`: as it is called, without the slash; `hint`: which arguments it
    wants."""

    name: str
    description: str = ""
    hint: str = ""
    source: Literal["project", "user"] = "project"


@dataclass(frozen=True, slots=True)
class SkillList(Reply):
    """By name."""

    skills: tuple[Skill, ...]


@dataclass(frozen=True, slots=True)
class ListSkills(Request[SkillList]):
    """The skills and commands of the project, and the user's own."""


@dataclass(frozen=True, slots=True)
class DiffText(Reply):
    """What differs from the last commit. `files`: how many, `untracked` ones among them; `cut`: it was too long."""

    diff: str
    files: int = 0
    added: int = 0
    removed: int = 0
    untracked: tuple[str, ...] = ()
    cut: bool = False


@dataclass(frozen=True, slots=True)
class ReadDiff(Request[DiffText]):
    """The project's directory against its last commit."""


@dataclass(frozen=True, slots=True)
class SessionInfo(Reply):
    """A session of Claude Code's on disk. `first`: its first prompt; `modified`: epoch seconds; `origin`: where it
    began (whoever uses the same SDK counts as Discord); `live`: it is open in a terminal; `command`: what goes on with
    it in a terminal ("" in a list)."""

    claude: ClaudeSessionId
    title: str
    first: str
    modified: float
    branch: str = ""
    cwd: str = ""
    origin: str = "script"
    live: bool = False
    command: str = ""


@dataclass(frozen=True, slots=True)
class SessionList(Reply):
    """The newest first."""

    sessions: tuple[SessionInfo, ...]


@dataclass(frozen=True, slots=True)
class ListSessions(Request[SessionList]):
    """The sessions of the project's directory and its worktrees."""

    limit: int


@dataclass(frozen=True, slots=True)
class DescribeSession(Request[SessionInfo]):
    """One of them."""

    claude: str


@dataclass(frozen=True, slots=True)
class ForkedSession(Reply):
    """The copy."""

    claude: ClaudeSessionId


@dataclass(frozen=True, slots=True)
class ForkSession(Request[ForkedSession]):
    """Copy a session: all of it, or what was before a prompt, with the files that were kept at its messages. What is
    lost: what the session has cost, its choices, and the text of its sub-agents."""

    claude: str
    before: TurnId | None = None


@dataclass(frozen=True, slots=True)
class TranscriptMessage:
    """What a person or Claude has said. `at`: an ISO time, "" where it is not known."""

    role: Literal["user", "assistant"]
    text: str
    at: str = ""


@dataclass(frozen=True, slots=True)
class TranscriptTail(Reply):
    """The last messages of a session, and how many there are in all."""

    messages: tuple[TranscriptMessage, ...]
    total: int


@dataclass(frozen=True, slots=True)
class ReadTranscript(Request[TranscriptTail]):
    """The last so many messages of a session."""

    claude: str
    last: int


@dataclass(frozen=True, slots=True)
class RuleList(Reply):
    """What is allowed without asking: in the session, and by the project's own settings, in `file` (relative to the
    project's directory). How many rules others have made: those that come with the project, the user's, the machine's.
    `unreadable`: files of settings that cannot be read, so that Claude Code goes without their rules."""

    session: tuple[StandingRule, ...] = ()
    project: tuple[StandingRule, ...] = ()
    file: str = ""
    shared: int = 0
    user: int = 0
    machine: int = 0
    unreadable: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ListRules(Request[RuleList]):
    """The rules that hold in the project's directory. `session`: those of the session, which are told in words, too."""

    session: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RulesChanged(Reply):
    """`texts`: those that were there, or are now."""

    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RemoveRules(Request[RulesChanged]):
    """Take rules out of settings. `awaited`: Claude Code may be about to write them there."""

    scope: Scope
    texts: tuple[str, ...]
    awaited: bool = False


@dataclass(frozen=True, slots=True)
class AddRules(Request[RulesChanged]):
    """Write rules into the project's own settings."""

    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SideAnswer(Reply):
    """What Claude said to a side question; `cost` in dollars."""

    text: str
    cost: float = 0.0


@dataclass(frozen=True, slots=True)
class AskAside(Request[SideAnswer]):
    """Ask a copy of a session's conversation, as far as it has come, which is forgotten then. It has no tools."""

    claude: str
    text: str
    model: str | None = None


# What needs the session's conversation


@dataclass(frozen=True, slots=True)
class ContextPart:
    """A part of Claude's context."""

    name: str
    tokens: int


@dataclass(frozen=True, slots=True)
class ContextUsage(Reply):
    """What fills Claude's context, in tokens. `memory`: the paths of its memory files."""

    total: int
    max: int
    percent: float
    model: str
    categories: tuple[ContextPart, ...] = ()
    memory: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReadContext(Request[ContextUsage]):
    """What fills the session's context."""

    live = True


@dataclass(frozen=True, slots=True)
class ChoicesMade(Reply):
    """`at_once`: they hold already; else from the next turn on."""

    at_once: bool


@dataclass(frozen=True, slots=True)
class Choose(Request[ChoicesMade]):
    """Other choices for the session; None, or "": as its project says."""

    live = True
    changes: Mapping[ChoiceName, str | None]


@dataclass(frozen=True, slots=True)
class ChangeRules(Request[ChoicesMade]):
    """Allow something else in the session."""

    live = True
    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TakeBackAnswer(Request[ChoicesMade]):
    """What the answer to a request has allowed for good is allowed no longer; `by` is told where the request is shown.
    `session`: what of it stands in the session; what is in settings goes by RemoveRules, before `done`: until then it
    is only seen to that the answer, if Claude Code does not have it yet, adds nothing any more."""

    live = True
    turn: TurnId
    request: ToolUseId
    by: str
    session: tuple[str, ...] = ()
    done: bool = True


@dataclass(frozen=True, slots=True)
class ConversationSwitched(Reply):
    """`was`: Claude Code's id of the one before."""

    was: ClaudeSessionId


@dataclass(frozen=True, slots=True)
class SwitchConversation(Request[ConversationSwitched]):
    """Go on with another conversation of Claude Code's. `begun`: it exists already."""

    live = True
    claude: ClaudeSessionId
    begun: bool = False
    keep_choices: bool = True


@dataclass(frozen=True, slots=True)
class Rewound(Reply):
    """What going back has changed, or would. `files`: relative to the project's directory where they lie below it;
    `added`, `removed`: lines; `prompts`: how many are forgotten; `done`: it was no dry run."""

    files: tuple[str, ...] = ()
    added: int = 0
    removed: int = 0
    prompts: int = 0
    done: bool = False


@dataclass(frozen=True, slots=True)
class Rewind(Request[Rewound]):
    """Go back to before a prompt. Nothing is changed when one of both cannot be. `dry`: only tell what would be."""

    live = True
    turn: TurnId  # the prompt's uuid
    files: bool = False
    conversation: bool = False
    dry: bool = False


@dataclass(frozen=True, slots=True)
class StepInterrupted(Reply):
    """False: the prompt does not wait (any more)."""

    stopped: bool


@dataclass(frozen=True, slots=True)
class InterruptFor(Request[StepInterrupted]):
    """Stop the running step for a prompt that waits for its end."""

    live = True
    prompt: TurnId


@dataclass(frozen=True, slots=True)
class JobsStopped(Reply):
    """`titles`: of what ran in the background and is ended; none: nothing did."""

    titles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StopJobs(Request[JobsStopped]):
    """End what runs in the background between turns: with its process, for nothing else in it is at work."""

    live = True


@dataclass(frozen=True, slots=True)
class SessionTaken(Reply):
    """It is hosted from now on."""


@dataclass(frozen=True, slots=True)
class TakeOver(Request[SessionTaken]):
    """Host a session that was open in a terminal."""

    live = True


@dataclass(frozen=True, slots=True)
class SessionLeftOut(Reply):
    """`changed` False: it was so already."""

    changed: bool


@dataclass(frozen=True, slots=True)
class LeaveOut(Request[SessionLeftOut]):
    """Show nothing more of a session that is open in a terminal, and let nothing reach it; or (`out` False) show it
    again from now on. `told`: it has a place, which is to say so."""

    live = True
    out: bool
    told: bool = False


@dataclass(frozen=True, slots=True)
class SessionRequest:
    """A live one in its conversation's mailbox. `n`: the number under which the reply is written."""

    n: int
    request: Request[Any]
