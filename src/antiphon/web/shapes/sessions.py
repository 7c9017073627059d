"""Projects and sessions, what waits for these, and what they ask."""

from typing import Annotated, Any, Literal

from pydantic import Field

from antiphon.core import blocks
from antiphon.core.records import QueuedPrompt
from antiphon.core.values import NOWHERE, PermissionMode, Project, Session
from antiphon.core.view import TurnView
from antiphon.web.shapes.base import Asked, Key, Name, PromptText, Text, Told


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
    """`prompt`: by which the words are known; a turn that they begin has the same id."""

    session: str
    prompt: str


class AnswerTold(Told):
    """The request that was answered."""

    session: str
    turn: str
    request: str


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
    options: Annotated[list[Annotated[int, Field(ge=0, le=100)]], Field(max_length=100, default_factory=list[int])]
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
