"""What programs send and get: the shapes of the API, with their limits. Ids of Discord are text: JavaScript cannot hold
them as numbers. Times are epoch seconds.
"""

import base64
import binascii
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from antiphon.actions.schedules.manage import Described
from antiphon.actions.schedules.recurrence import described as in_words
from antiphon.core import blocks
from antiphon.core.file_names import safe_name
from antiphon.core.notices import NoticeFile, StoredNotice
from antiphon.core.records import OutboxRow, QueuedPrompt, TurnBegun
from antiphon.core.schedules.values import ScheduledPrompt, ScheduledRun
from antiphon.core.values import NOWHERE, PermissionMode, Project, Session, SessionId
from antiphon.core.view import TurnView

NO_SESSION = SessionId("")  # where figures are of no session
_FILE = 8 * 1024 * 1024  # bytes; Discord takes 10 MiB from every bot
_LINK = re.compile(r"https?://[^\s()<>\"\\]{1,500}")
_SURROGATES = re.compile("[\ud800-\udfff]")


def _whole(text: str) -> str:
    """Half a surrogate pair is no text."""
    if _SURROGATES.search(text) or "\0" in text:
        raise ValueError("it has characters that are no text")
    return text


def _snowflake(given: object) -> object:
    return str(given) if isinstance(given, int) and not isinstance(given, bool) else given


def _is_link(text: str) -> str:
    if text and _LINK.fullmatch(text) is None:
        raise ValueError("it must be an http or https address")
    return text


Text = Annotated[str, AfterValidator(_whole)]
DiscordId = Annotated[str, BeforeValidator(_snowflake), Field(pattern=r"^[0-9]{1,20}$")]
Key = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[\x21-\x7e]+$")]
Link = Annotated[Text, Field(max_length=512), AfterValidator(_is_link)]
Color = Annotated[int, Field(ge=0, le=0xFFFFFF)]
Words = Annotated[Text, Field(min_length=1, max_length=100_000)]
PromptText = Annotated[Text, Field(min_length=1, max_length=8000)]
Name = Annotated[Text, Field(max_length=100)]
Moment = Annotated[float, Field(ge=0, le=253_402_300_799)]


class Asked(BaseModel):
    """What comes in. Fields that nobody knows are refused: they are mistyped."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Told(BaseModel):
    """What goes out."""

    model_config = ConfigDict(frozen=True)


class ProblemTold(Told):
    """problem+json (RFC 9457). `error`: the same as `detail`; `errors`: the fields that are wrong."""

    type: str
    title: str
    status: int
    detail: str
    error: str
    request_id: str
    errors: list[dict[str, str]] | None = None


# Notices


class FileAsked(Asked):
    """A file, in base64; at most 8 MiB."""

    name: Annotated[Text, Field(min_length=1, max_length=200)]
    content: Annotated[str, Field(max_length=_FILE * 4 // 3 + 8)]

    def decoded(self) -> NoticeFile:
        """Raises ValueError where it is no base64, or too large."""
        try:
            content = base64.b64decode(self.content, validate=True)
        except binascii.Error as error:
            raise ValueError("the file's content is no base64") from error
        if len(content) > _FILE:
            raise ValueError(f"the file has more than {_FILE} bytes")
        return NoticeFile(safe_name(self.name), content)


class NoticeAsked(Asked):
    """A message for people: to a channel or a thread (`place`), to a person, or else to the project's first channel."""

    text: Words
    project: Name = ""
    place: DiscordId | None = None
    person: DiscordId | None = None
    title: Annotated[Text, Field(max_length=256)] = ""
    color: Color | None = None
    link: Link = ""
    plain: bool = False
    thread: Name = ""
    file: FileAsked | None = None
    at: Moment | None = None


class NoticeTold(Told):
    """A notice. `message`: where it is shown; `error`: why it is not."""

    id: str
    project: str
    by: str
    state: Literal["waiting", "sending", "sent", "failed", "cancelled"]
    text: str
    title: str
    due: float
    place: str | None
    person: str | None
    message: str | None
    error: str


def notice(found: StoredNotice) -> NoticeTold:
    one = found.notice
    return NoticeTold(
        id=one.id,
        project=one.project,
        by=one.by,
        state=found.state,
        text=one.text,
        title=one.title,
        due=one.due,
        place=_id(one.place),
        person=_id(one.person),
        message=_id(found.message),
        error=found.error,
    )


class NoticesTold(Told):
    """Notices: those that wait, the next one first; else the latest first."""

    notices: list[NoticeTold]


# Projects and sessions


class ProjectTold(Told):
    """A project, and its channels in the chat server."""

    name: str
    channels: list[str]


def project(one: Project) -> ProjectTold:
    return ProjectTold(name=one.name, channels=sorted(map(str, one.channels)))


class ProjectsTold(Told):
    """Those that the token is good for."""

    projects: list[ProjectTold]


class SessionAsked(Asked):
    """A new session, in a thread of its own in a project's channel."""

    prompt: PromptText
    project: Name = ""
    title: Name = ""
    model: Annotated[Text, Field(max_length=100)] | None = None
    mode: PermissionMode | None = None
    budget: Annotated[float, Field(gt=0, le=1_000_000)] | None = None


class SessionTold(Told):
    """A session. `thread`: null while it has none yet; `state`: of its newest turn."""

    id: str
    project: str
    title: str
    thread: str | None
    claude_session: str
    state: Literal["working", "waiting", "idle"]
    cost: float
    in_terminal: bool


def session(one: Session, *, working: bool, waiting: bool) -> SessionTold:
    return SessionTold(
        id=one.id,
        project=one.project,
        title=one.title,
        thread=None if one.place == NOWHERE else str(one.place),
        claude_session=one.claude,
        state="working" if working else "waiting" if waiting else "idle",
        cost=one.cost,
        in_terminal=one.terminal is not None and one.terminal.open,
    )


class SessionsTold(Told):
    """The one last used first."""

    sessions: list[SessionTold]


class MessageAsked(Asked):
    """Words for a session. `when`: "now" reaches a turn at work at its next step, "after" runs when it is over."""

    text: PromptText
    when: Literal["now", "after"] = "now"


class MessageTold(Told):
    """`turn`: the id of the turn that it begins, or takes part in."""

    session: str
    turn: str


class StopTold(Told):
    """What was done: the turn at work is being stopped; else so many prompts that waited were taken out."""

    stopping: bool
    taken_out: int
    waiting: int


class QueuedTold(Told):
    """A prompt that waits. `ahead`: how many stand before it in its session; `others`: how many turns of others."""

    session: str
    text: str
    ahead: int
    others: int


def queued(one: QueuedPrompt) -> QueuedTold:
    return QueuedTold(session=one.session.id, text=one.prompt.text, ahead=one.ahead, others=one.others)


class QueueTold(Told):
    """What waits, in the order in which it will run."""

    queue: list[QueuedTold]


class AnswerAsked(Asked):
    """An answer to what Claude asks. For a permission: `allow`, with `rule` for good, or not, with `words`. For a plan:
    `allow` and `mode`. For a question: its number, and `options` by number or `words`."""

    turn: Key
    request: Key
    allow: bool | None = None
    rule: Annotated[int, Field(ge=0, le=20)] | None = None
    mode: Literal["acceptEdits", "auto", "default"] | None = None
    question: Annotated[int, Field(ge=0, le=20)] | None = None
    options: Annotated[list[Annotated[int, Field(ge=0, le=100)]], Field(max_length=100)] = []
    words: Annotated[Text, Field(max_length=4000)] = ""


class RequestTold(Told):
    """Something that Claude asks, and nobody has answered. `options`: of each question, their labels."""

    turn: str
    request: str
    kind: Literal["permission", "questions", "plan", "budget"]
    tool: str
    subject: str
    detail: str
    rules: list[str]
    questions: list[dict[str, Any]]


def requests(view: TurnView) -> list[RequestTold]:
    return [_request(view, one) for one in view.needs]


def _request(view: TurnView, one: blocks.Need) -> RequestTold:
    if isinstance(one, blocks.BudgetBlock):
        return RequestTold(
            turn=view.turn, request=one.id, kind="budget", tool="Budget", subject=one.text, detail="", rules=[],
            questions=[],
        )  # fmt: skip
    return RequestTold(
        turn=view.turn,
        request=one.id,
        kind=one.kind,
        tool=one.name,
        subject=one.subject,
        detail=one.detail,
        rules=[rule.label for rule in one.rules],
        questions=[
            {"text": each.text, "several": each.several, "options": [option.label for option in each.options]}
            for each in one.questions
        ],
    )


class SessionDetails(Told):
    """A session, and what it waits for."""

    session: SessionTold
    queue: list[QueuedTold]
    requests: list[RequestTold]


# Events


@dataclass(frozen=True, slots=True)
class Event:
    """One of a session's events: `id` by which a stream goes on, its name, and what it says."""

    id: int
    name: str
    data: dict[str, Any]


def event(row: OutboxRow) -> Event:
    """What a row says, for programs."""
    match row.content:
        case TurnBegun(started=started):
            return Event(row.seq, "turn", {"turn": row.turn, "started": started})
        case blocks.End() as end:
            told = {"reason": end.reason, "at": end.at, "error": end.error, "cost": end.usage.cost}
            return Event(row.seq, "end", {"turn": row.turn, **told})
        case blocks.TextBlock(text):
            return Event(row.seq, "text", {"turn": row.turn, "text": text})
        case blocks.ToolBlock() as tool:
            told = {"tool": tool.name, "subject": tool.subject, "state": tool.state}
            return Event(row.seq, "tool", {"turn": row.turn, **told})
        case blocks.AskBlock() as ask:
            told = {"request": ask.id, "kind": ask.kind, "tool": ask.name, "subject": ask.subject}
            return Event(row.seq, "request", {"turn": row.turn, **told, "outcome": ask.outcome, "by": ask.by})
        case blocks.BudgetBlock() as budget:
            told = {"request": budget.id, "kind": "budget", "subject": budget.text}
            return Event(row.seq, "request", {"turn": row.turn, **told, "outcome": budget.outcome, "by": budget.by})
        case blocks.NoteBlock(text):
            return Event(row.seq, "note", {"turn": row.turn, "text": text})
        case blocks.SteerBlock(text=text, by=by):
            return Event(row.seq, "said", {"turn": row.turn, "text": text, "by": by})
        case blocks.TypedBlock(text):
            return Event(row.seq, "said", {"turn": row.turn, "text": text, "by": "terminal"})
        case blocks.FileBlock(files, caption):
            return Event(row.seq, "files", {"turn": row.turn, "files": [one.name for one in files], "text": caption})
        case blocks.ScheduledBlock(name, text):
            return Event(row.seq, "said", {"turn": row.turn, "text": text, "by": name})
        case _:
            return Event(row.seq, "other", {"turn": row.turn})


def encoded(data: dict[str, Any]) -> str:
    """As a line of a stream; half a surrogate pair becomes a question mark."""
    return json.dumps(data, ensure_ascii=False).encode("utf-8", "replace").decode()


# Schedules


class ScheduleAsked(Asked):
    """A prompt by the clock. `when`: "in 2h", "every 30m", "daily 9:00", "2026-12-24 18:30", or five fields of cron;
    `zone`: of the times in it. `thread`: in whose session its runs are shown ("here"); else they have their own."""

    when: Annotated[Text, Field(min_length=1, max_length=100)]
    prompt: PromptText
    name: Annotated[Text, Field(max_length=80)] | None = None
    project: Name = ""
    thread: DiscordId | None = None
    zone: Annotated[Text, Field(max_length=60)] | None = None
    show: Literal["new_thread", "one_thread"] = "new_thread"
    overlap: Literal["skip", "queue"] = "skip"
    missed: Literal["skip", "once", "each"] = "once"
    mode: PermissionMode | None = None
    model: Annotated[Text, Field(max_length=100)] | None = None
    tools: Annotated[list[Annotated[Text, Field(min_length=1, max_length=200)]], Field(max_length=50)] = []
    budget: Annotated[float, Field(gt=0, le=1_000_000)] | None = None
    time_limit: Annotated[float, Field(gt=0, le=604_800)] | None = None


class ScheduleChange(Asked):
    """What is to be otherwise; what is not given stays."""

    when: Annotated[Text, Field(min_length=1, max_length=100)] | None = None
    prompt: PromptText | None = None
    name: Annotated[Text, Field(min_length=1, max_length=80)] | None = None
    zone: Annotated[Text, Field(max_length=60)] | None = None
    overlap: Literal["skip", "queue"] | None = None
    missed: Literal["skip", "once", "each"] | None = None
    mode: PermissionMode | None = None
    model: Annotated[Text, Field(max_length=100)] | None = None
    budget: Annotated[float, Field(gt=0, le=1_000_000)] | None = None
    time_limit: Annotated[float, Field(gt=0, le=604_800)] | None = None
    paused: bool | None = None


class RunTold(Told):
    """One time that it was due. `session`: that shows it."""

    due: float
    state: Literal["due", "started", "over", "skipped", "missed"]
    ended: str
    session: str | None


class ScheduleTold(Told):
    """A schedule. `next`: when it is due, null where it is paused or over; `runs`: the latest first."""

    id: str
    name: str
    project: str
    prompt: str
    when: str
    next: float | None
    paused: str
    upcoming: list[float] = []
    runs: list[RunTold] = []


def schedule(one: ScheduledPrompt, upcoming: Sequence[float] = (), runs: Sequence[ScheduledRun] = ()) -> ScheduleTold:
    told = [RunTold(due=run.due, state=run.state, ended=run.ended, session=run.session) for run in runs]
    return ScheduleTold(
        id=one.id,
        name=one.name,
        project=one.project,
        prompt=one.prompt,
        when=in_words(one.when),
        next=one.next,
        paused=one.paused,
        upcoming=list(upcoming),
        runs=told,
    )


def described(found: Described) -> ScheduleTold:
    return schedule(found.schedule, found.next, [run for run, _ in found.runs])


class SchedulesTold(Told):
    """What is due next first."""

    schedules: list[ScheduleTold]


# Figures


class UsageTold(Told):
    """Counts since the database was made, and dollars: Claude Code's own estimate."""

    sessions: int
    turns_ended: int
    turns_at_work: int
    prompts_waiting: int
    cost: float
    cost_today: float


def _id(number: int | None) -> str | None:
    return None if number is None else str(number)
