"""The nouns: projects, sessions, prompts. Frozen, without behaviour; every room may hold them.

May not know: Discord, the Claude SDK, SQL, the clock.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, NewType
from uuid import UUID, uuid5

from antiphon.core.coordination.worktrees import Worktree, WorktreeSettings

PlaceId = NewType("PlaceId", int)  # a Discord channel or thread in which a session is shown
MessageId = NewType("MessageId", int)  # a Discord message
PersonId = NewType("PersonId", int)
RoleId = NewType("RoleId", int)
SessionId = NewType("SessionId", str)  # ours
ClaudeSessionId = NewType("ClaudeSessionId", str)  # Claude Code's own uuid: names the transcript
TurnId = NewType("TurnId", str)  # the uuid of the prompt that began the turn
ToolUseId = NewType("ToolUseId", str)

NOWHERE = PlaceId(0)  # of a session that is shown in no place

# The names under which our uuids are derived: changing one makes every known id a stranger.
_NAMESPACE = UUID("5b0f3b0e-6d0c-5a8e-9d3b-a1f2c3d4e5f6")
_ATTEMPTS = 32  # of handing a prompt over that are looked for after a restart

PermissionMode = Literal["default", "acceptEdits", "plan", "auto", "bypassPermissions", "dontAsk"]
ProgressStyle = Literal["card", "compact", "legacy"]
ThinkingStyle = Literal["off", "summary", "full"]
Effort = Literal["low", "medium", "high", "xhigh", "max"]
Sharing = Literal["channel", "person", "direct"]  # whose a session is that all messages of a place go to
SideTalk = Literal["prompt", "context"]  # what becomes of a message that is plainly for another person
WhileWorking = Literal["steer", "queue", "interrupt"]  # what becomes of a message that comes while Claude works
Pinged = Literal["asker", "owner", "nobody"]
# What a program's token is good for, in this order: looking; notices; schedules; sessions; what Claude asks; triggers.
TokenScope = Literal["read", "notify", "tasks", "sessions", "answer", "triggers"]
AfterRestart = Literal["ask", "continue"]  # what becomes of a turn that was cut off with the bridge
Strangers = Literal["offer", "ignore"]  # what becomes of a message in a session by somebody who may not prompt
AfterLimit = Literal["ask", "continue"]  # the same of one that a usage limit has ended, once that is reset


def mode_named(name: str) -> str:
    """A permission mode by the name that we have for it: `manual` is Claude Code's newer one of its default."""
    return "default" if name == "manual" else name


@dataclass(frozen=True, slots=True)
class Group:
    """People, named or by their roles."""

    people: frozenset[PersonId] = frozenset()
    roles: frozenset[RoleId] = frozenset()


@dataclass(frozen=True, slots=True)
class Guest:
    """Somebody who may prompt and stop in one session's thread, invited `by` somebody. `answers`: answer there too."""

    person: PersonId
    name: str
    by: str
    answers: bool = False


@dataclass(frozen=True, slots=True)
class Access:
    """Who may do what in a project (core.access), besides the owner of the bot's application, who may do everything."""

    people: frozenset[PersonId] = frozenset()  # who may prompt and stop
    roles: frozenset[RoleId] = frozenset()
    approvers: Group | None = None  # who may answer Claude's requests; None: who may prompt
    admins: Group = field(default_factory=Group)  # who may do everything, and raise a budget
    guests: tuple[Guest, ...] = ()  # in one session's thread; of a project itself: nobody


@dataclass(frozen=True, slots=True)
class ClaudeSettings:
    """How Claude Code is started for a project. None leaves the choice to Claude Code."""

    model: str | None = None
    permission_mode: PermissionMode = "default"
    allowed_tools: tuple[str, ...] = ()  # run without asking, in the CLI's rule syntax
    append_prompt: str | None = None  # added to Claude Code's own system prompt
    max_turns: int | None = None  # model requests in one turn; then it ends as limited
    allow_bypass: bool = False  # whether people may switch a session to bypassPermissions
    dangerous: tuple[str, ...] = ()  # rules (the CLI's syntax) whose requests two different people have to allow
    send_from: tuple[Path, ...] = ()  # directories, besides the project's, from which Claude may send files


@dataclass(frozen=True, slots=True)
class Display:
    """How a project's turns look in Discord, and whom they call. Times in seconds."""

    progress: ProgressStyle = "card"
    thinking: ThinkingStyle = "off"
    ping: Pinged = "asker"
    short_turn: float = 60.0  # a turn under this calls nobody while the asker is still there
    remind_after: float = 300.0  # an unanswered need: once more in the thread, and by direct message after twice that
    names_asker: bool = False  # answers say whom they are for: many write in the place


@dataclass(frozen=True, slots=True)
class Budgets:
    """Most dollars that may be spent; None: no limit. Reached: the next turn waits until an admin raises it."""

    turn: float | None = None  # one turn: it is stopped there
    thread: float | None = None
    member: float | None = None  # one person, in a day
    day: float | None = None  # everybody together, in a day of the machine's clock


@dataclass(frozen=True, slots=True)
class Project:
    """A directory with code, and the channels in which people talk about it. `mentionable`: whom a message that Claude
    sends may call."""

    name: str
    directory: Path
    channels: frozenset[PlaceId]
    access: Access = field(default_factory=Access)
    claude: ClaudeSettings = field(default_factory=ClaudeSettings)
    mention_required: bool = False
    display: Display = field(default_factory=Display)
    while_working: WhileWorking = "steer"
    after_restart: AfterRestart = "ask"
    budgets: Budgets = field(default_factory=Budgets)
    mentionable: Group = field(default_factory=Group)
    session_key: frozenset[TokenScope] = frozenset()  # what scripts may do that Claude runs in its sessions
    after_limit: AfterLimit = "ask"
    worktrees: WorktreeSettings = field(default_factory=WorktreeSettings)
    side_talk: SideTalk = "prompt"
    thread_isolation: bool = True  # each message of a channel opens a session with a thread; else they go to one
    share: Literal["channel", "person"] = "channel"  # whose that one is
    strangers: Strangers = "offer"
    co_authors: tuple[tuple[PersonId, str], ...] = ()  # who is named in Claude's commits, and how


@dataclass(frozen=True, slots=True)
class Choices:
    """What people have chosen for one session; None: as its project says. A resume would lose it, so it is stored.
    `model`: as it was given, an alias stays one. `rules`: what is allowed in this session without asking. `budget`: the
    most dollars of one turn, where the project allows no fewer."""

    model: str | None = None
    mode: PermissionMode | None = None
    effort: Effort | None = None
    rules: tuple[str, ...] = ()
    budget: float | None = None


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a session's place comes from: the channel above, and the message that opened it; None: it was there."""

    channel: PlaceId | None = None
    message: MessageId | None = None


@dataclass(frozen=True, slots=True)
class Terminal:
    """The terminal in which a person has a session open, or had it last. `pid`: of Claude Code's process in it, `began`
    when that began (ticks since the machine's start, "" where it is not told); `name`: the terminal for people; `open`:
    whether it is, as far as is known, and may be heard. `left_out`: nothing of it is shown, nothing reaches it;
    `shown_from`: what was written before is not shown (epoch seconds)."""

    pid: int
    began: str = ""
    name: str = ""
    branch: str = ""
    since: float = 0.0  # epoch seconds
    open: bool = True
    left_out: bool = False
    shown_from: float = 0.0


@dataclass(frozen=True, slots=True)
class Session:
    """A Claude Code session, and the place in which it is shown, if it is; a place may show several. `sharing`: whose
    it is, where a channel itself is the place; None: it is a thread. `directory`: the one it works in; None: its
    project's. `tree`: the working tree around that; None: not settled yet; `worktree`: its own one. `owner`: who opened
    it; None: nobody in Discord. `terminal`: where a person runs it; None: we host it."""

    id: SessionId
    place: PlaceId
    project: str
    claude: ClaudeSessionId
    title: str  # at most 100 characters: becomes the thread's name
    origin: Origin = field(default_factory=Origin)
    cost: float = 0.0  # dollars, of all turns that prompts began
    choices: Choices = field(default_factory=Choices)
    begun: bool = False  # Claude Code has done something under its id, and written it down: there is something to lose
    counted: float = 0.0  # dollars that Claude Code itself has told of its session so far
    directory: Path | None = None
    owner: PersonId | None = None
    model: str = ""  # that its last turn began with, in Claude Code's words; "": not known
    terminal: Terminal | None = None
    schedule: str | None = None  # the id of the schedule that has started it
    program: str | None = None  # the program that has started it, by the API
    tree: Path | None = None
    worktree: Worktree | None = None
    sharing: Sharing | None = None

    @property
    def begins_unseen(self) -> bool:
        """Whether it begins without a place, which is opened when there is something to show."""
        return self.terminal is not None or self.schedule is not None or self.program is not None

    @property
    def left_out(self) -> bool:
        """Whether nothing of it is to be seen, and nothing may reach it."""
        return self.terminal is not None and self.terminal.left_out


@dataclass(frozen=True, slots=True)
class Person:
    """Who is at the other end of a message, a command or a button."""

    id: PersonId
    name: str
    roles: frozenset[RoleId] = frozenset()
    owns_application: bool = False


@dataclass(frozen=True, slots=True)
class Asker:
    """Who wrote a prompt. `id` None: nobody in Discord (a schedule, a test). `is_claude`: another session of Claude's,
    whose words are not its user's."""

    name: str
    id: PersonId | None = None
    is_claude: bool = False


@dataclass(frozen=True, slots=True)
class File:
    """A file on the worker's disk, on its way from Discord to Claude or back. `size` in bytes."""

    name: str
    path: str
    size: int


@dataclass(frozen=True, slots=True)
class Attachments:
    """What came with a prompt's words: files, and what the asker has to be told about others (left out, and why)."""

    files: tuple[File, ...] = ()
    notes: tuple[str, ...] = ()


PromptSource = Literal["schedule", "program", "trigger"]
Command = Literal["none", "skill", "claude"]
"""What a prompt's text may be to Claude Code: words, whatever they look like; a skill or command of the project, if it
has one of that name; a command of Claude Code's own, from an action."""


def typed_command(text: str) -> Command:
    """What a person's own text may be to Claude Code."""
    return "skill" if text.startswith("/") else "none"


@dataclass(frozen=True, slots=True)
class Prompt:
    """Words for Claude. `inbox` is the number of the inbox row that the turn's end closes (0: it is in none yet)."""

    turn: TurnId
    text: str
    asker: Asker
    message: MessageId | None
    inbox: int = 0
    attachments: Attachments = field(default_factory=Attachments)
    may_answer: bool = False  # whether the asker may answer what Claude asks: then words answer an open question
    own: str = ""  # `text` without Claude's words, where it quotes them ("": it does not): what answers a question
    late: str = ""  # that its message was missed at first, in words for people
    edited: float = 0.0  # when its message was last edited, in epoch seconds (0: never)
    command: Command = "none"
    announced: bool = False  # its message is ours, and shows `text`: where that changes, the message does
    scheduled: str = ""  # the name of the schedule, program or trigger by which it comes ("": by none)
    source: PromptSource = "schedule"  # which of these that is
    limit: float | None = None  # seconds that its turn may take (None: as all may)
    revised: bool = False  # somebody has changed `text` while it was queued: its message says something else
    note: str = ""  # why it comes, for people, where no message of theirs says it
    limits_met: int = 0  # how many turns before it, which this one goes on with, had met a usage limit for nothing
    background: str = ""  # what was said before it and was not for Claude, marked as that: Claude alone gets it


@dataclass(frozen=True, slots=True)
class Steer:
    """Words for a turn that runs: Claude takes them in at its next step; `now`: its running step is stopped for them.
    Where no turn runs, a prompt like any other."""

    prompt: Prompt
    now: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """A message that was handed to a running turn reads differently by now (`prompt` None: it was deleted). It counts
    only while Claude has not taken it in. `inbox` as in Prompt."""

    message: MessageId
    prompt: Prompt | None
    inbox: int = 0


@dataclass(frozen=True, slots=True)
class Interrupt:
    """Stop the running turn, keep the session. `inbox` as in Prompt. `turn`: only if it is this one; None: any."""

    by: str
    inbox: int = 0
    turn: TurnId | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """A person's answer to a request of Claude's. `inbox` as in Prompt. `words`: what Claude is told with a denial, or
    the answer to a question (labels joined by ", "). `question`: which of the request's questions that is; None: none.
    `rule`: which of its rules allows it from now on. `mode`: the permission mode in which to go on after a plan."""

    request: ToolUseId
    allowed: bool
    by: str
    inbox: int = 0
    words: str = ""
    rule: int | None = None
    question: int | None = None
    mode: PermissionMode | None = None
    person: PersonId | None = None
    answers: tuple[str, ...] = ()  # of all questions, once they are complete


@dataclass(frozen=True, slots=True)
class Close:
    """Leave: end the running turn if there is one, then close the client."""


def session_at(place: PlaceId) -> SessionId:
    """The id of the session that people open in `place`."""
    return SessionId(str(place))


def turn_of(message: MessageId) -> TurnId:
    """The prompt uuid for a Discord message: the same message can never become two prompts."""
    return turn_for(str(message))


def turn_for(key: str) -> TurnId:
    """The same for whatever else began a turn, by the key that makes that happen once."""
    return TurnId(str(uuid5(_NAMESPACE, f"message:{key}")))


def typed_turn(line: str) -> TurnId:
    """The id of the turn that began with this line of a transcript, typed at a terminal."""
    return TurnId(str(uuid5(_NAMESPACE, f"typed:{line}")))


def terminal_session(claude: ClaudeSessionId) -> SessionId:
    """Our id of a session that began in a terminal."""
    return SessionId(f"terminal-{claude}")


def turn_after(turn: TurnId) -> TurnId:
    """The id of the turn that Claude Code starts by itself after `turn` (a background task has ended)."""
    return TurnId(str(uuid5(_NAMESPACE, f"after:{turn}")))


def turn_before(row: int) -> TurnId:
    """Stands for the newest turn of a session of which only the number of its next row is known, as after a restart: no
    two turns that come after it have one id."""
    return TurnId(f"before:{row}")


def steered(turn: TurnId, attempt: int) -> TurnId:
    """The uuid under which a prompt is handed to a running turn, each time: Claude Code skips one that it has seen."""
    return TurnId(str(uuid5(_NAMESPACE, f"steered:{turn}:{attempt}")))


def attempts(turn: TurnId) -> frozenset[TurnId]:
    """The uuids under which a prompt may have been handed to running turns; it is handed over again only when it was
    edited, or when a process has died with it."""
    return frozenset(steered(turn, n) for n in range(_ATTEMPTS))


def carried_on(turn: TurnId, attempt: int) -> TurnId:
    """The uuid of the words with which a turn goes on whose process has ended."""
    return TurnId(str(uuid5(_NAMESPACE, f"carried on:{turn}:{attempt}")))


def first_claude_session(session: SessionId, generation: int = 0) -> ClaudeSessionId:
    """The uuid under which Claude Code is asked to start: known, and stored, before the process exists."""
    return ClaudeSessionId(str(uuid5(_NAMESPACE, f"session:{session}:{generation}")))


def claude_session_for(key: str) -> ClaudeSessionId:
    """The uuid under which Claude Code begins anew, by the key that makes that happen once."""
    return ClaudeSessionId(str(uuid5(_NAMESPACE, f"claude:{key}")))
