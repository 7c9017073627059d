"""Why an action is refused: values. Whoever shows one has the text."""

from dataclasses import dataclass
from enum import Enum, auto
from typing import Literal

from antiphon.core.access import Action
from antiphon.core.budgets import Scope
from antiphon.core.values import PlaceId, Session
from antiphon.errors import AntiphonError


class Condition(Enum):
    """The reasons that need no more to be said."""

    ONLY_DIRECTLY = auto()  # it is about direct messages
    NO_PROJECT = auto()  # the place belongs to none
    PROJECT_UNCLEAR = auto()  # none is named, and several or none may be meant
    NO_SESSION = auto()
    AT_WORK = auto()  # a turn runs
    NO_SUCH_TURN = auto()
    NOT_IN_HISTORY = auto()  # the session's list of turns does not have it
    NO_TURN_AT_MESSAGE = auto()
    TURN_OVER = auto()
    TURN_NOT_OVER = auto()
    HOSTED_ALREADY = auto()  # the session is in no terminal
    LEFT_OUT = auto()  # nothing of the session is to be seen
    NEWER_TURN = auto()  # only the last turn can be gone on with
    NOTHING_TO_CONTINUE = auto()
    NOTHING_TO_RUN_AGAIN = auto()
    SESSION_NOT_LOST = auto()
    CONTINUED_ALREADY = auto()
    NOTHING_TO_COPY = auto()  # Claude has not answered in the session yet
    NOTHING_TO_RESUME = auto()  # the same
    NOT_REWOUND = auto()
    NO_SUCH_REQUEST = auto()  # the turn asked nothing under this id
    NO_SUCH_ANSWER = auto()  # the request does not offer it
    EMPTY_ANSWER = auto()
    WITHDRAWN = auto()  # the request
    REQUEST_EXPIRED = auto()
    NOT_AWAITED = auto()  # the request's turn is over
    ANOTHER_PERSON_NEEDED = auto()  # the same person has allowed it before
    NOT_QUEUED = auto()  # the prompt does not wait any more
    NOT_PENDING = auto()  # the same of a prompt that was handed to a turn at work
    EMPTY_PROMPT = auto()
    BYPASS_NOT_ALLOWED = auto()  # the mode bypassPermissions
    NO_SUCH_RULE = auto()  # it does not hold (any more)
    TAKEN_BACK_ALREADY = auto()  # what an answer had allowed for good
    WORKER_SILENT = auto()
    CHANNEL_OF_OTHERS = auto()  # it does not belong to the project
    EMPTY_MESSAGE = auto()
    NO_PLACE_YET = auto()  # the session is not shown anywhere
    NOT_SENT_BY_CLAUDE = auto()  # the message: only those that it has sent can be edited
    NO_SUCH_SCHEDULE = auto()  # or the caller does not see it
    SCHEDULE_CONFIGURED = auto()  # it is changed in the configuration
    SCHEDULE_OF_OTHERS = auto()
    SCHEDULE_OVER = auto()  # it is not due any more
    CLAUDE_SCHEDULES_HERE = auto()  # Claude's own run in its session, as that is
    NO_SUCH_NOTICE = auto()  # or the caller does not see it, or it waits no more
    PERSON_OF_OTHERS = auto()  # the project names them nowhere
    WHOLE_BRIDGE = auto()  # what is asked is of all projects, the caller is good for some
    NOT_KEPT = auto()  # on the disk, what comes with an event
    NO_SUCH_TRIGGER = auto()  # or the caller may not fire it
    NOT_GOING_ON = auto()  # by itself: nothing is planned (any more)
    GOING_ON_SWITCHED_OFF = auto()
    NOTHING_NAMED = auto()
    TOO_MANY_CLAIMS = auto()  # the session has as many as it may
    NO_WORKTREE = auto()  # of its own has the session
    BOT_NOT_INVITED = auto()
    NO_SUCH_OFFER = auto()  # to let somebody in
    GUESTS_ALLOW_ONCE = auto()  # a rule for more than the session is for the project's own people
    NOT_OF_ALL = auto()  # it is for who may administer every project
    MARK_OF_OURS = auto()  # the emoji: it says something of ours on a message


@dataclass(frozen=True, slots=True)
class NotAllowed:
    """The caller may not do this in the project."""

    action: Action


@dataclass(frozen=True, slots=True)
class NoSuchProject:
    """No project has this name."""

    name: str


@dataclass(frozen=True, slots=True)
class AnsweredAlready:
    """The request has its answer. `text`: the answer to a question, where it is known."""

    by: str
    outcome: Literal["allowed", "denied", "answered"]
    text: str = ""


@dataclass(frozen=True, slots=True)
class AnsweredMeanwhile:
    """Somebody's answer came a moment earlier; what it says is not known yet."""

    by: str


@dataclass(frozen=True, slots=True)
class NotYours:
    """The prompt is somebody else's."""

    author: str


@dataclass(frozen=True, slots=True)
class NoSuchSkill:
    """The project has no skill or command of this name."""

    name: str


@dataclass(frozen=True, slots=True)
class NoBudget:
    """The project has no budget of this scope."""

    scope: Scope


@dataclass(frozen=True, slots=True)
class NoChannel:
    """No channel of the project can be seen."""

    project: str


@dataclass(frozen=True, slots=True)
class ThreadRefused:
    """No thread may be opened in the channel. `text`: the chat server's own."""

    channel: PlaceId
    text: str


@dataclass(frozen=True, slots=True)
class NoSuchChannel:
    """The project has no channel of this name. `known`: those that it has."""

    wanted: str
    known: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ChatRefused:
    """The chat server refuses it, or cannot be reached. `text`: its own, for people."""

    text: str


@dataclass(frozen=True, slots=True)
class SessionUnclear:
    """What was named is no session, or (`several`) may be any of the candidates; else these are all that there are."""

    wanted: str
    several: bool
    candidates: tuple[Session, ...]


@dataclass(frozen=True, slots=True)
class NotATimeGiven:
    """What was given says no time. `text`: what is wrong, for people."""

    text: str


@dataclass(frozen=True, slots=True)
class TooManySchedules:
    """There are as many as there may be."""

    most: int


@dataclass(frozen=True, slots=True)
class TooManyNotices:
    """As many wait as may."""

    most: int


@dataclass(frozen=True, slots=True)
class TooManyPrompts:
    """As many wait as programs may add to."""

    most: int


@dataclass(frozen=True, slots=True)
class BudgetUsedUp:
    """Nothing more may be spent. `text`: which budget, and how much of it, for people."""

    text: str


@dataclass(frozen=True, slots=True)
class MayAnyway:
    """Somebody need not be invited: the project lets them do that already."""

    name: str


@dataclass(frozen=True, slots=True)
class InvitedAlready:
    """Somebody is a guest of the session already."""

    name: str


@dataclass(frozen=True, slots=True)
class OfferDecided:
    """Somebody was let in already, or not. `by`: who has decided; "": nobody, for they have deleted what they wrote."""

    by: str


@dataclass(frozen=True, slots=True)
class NotInvited:
    """Somebody is no guest of the session (any more)."""

    name: str


@dataclass(frozen=True, slots=True)
class ProjectExists:
    """There is a project of this name."""

    name: str


@dataclass(frozen=True, slots=True)
class ProjectOfFile:
    """The project stands in the configuration file, and is changed there."""

    name: str


@dataclass(frozen=True, slots=True)
class ProjectUnusable:
    """A project cannot be as it is wanted. `problems`: what is wrong, for people, each beginning with where."""

    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ProjectChangedMeanwhile:
    """Somebody has changed the project since it was looked at."""

    name: str
    by: str


@dataclass(frozen=True, slots=True)
class WorkerRefused:
    """The worker could not do it. `text`: its own, for people."""

    text: str


Reason = (
    Condition
    | NotAllowed
    | NoSuchProject
    | AnsweredAlready
    | AnsweredMeanwhile
    | NotYours
    | NoSuchSkill
    | NoBudget
    | NoChannel
    | ThreadRefused
    | NoSuchChannel
    | ChatRefused
    | SessionUnclear
    | NotATimeGiven
    | TooManySchedules
    | TooManyNotices
    | TooManyPrompts
    | BudgetUsedUp
    | MayAnyway
    | InvitedAlready
    | NotInvited
    | OfferDecided
    | ProjectExists
    | ProjectOfFile
    | ProjectUnusable
    | ProjectChangedMeanwhile
    | WorkerRefused
)


class Refused(AntiphonError):
    """An action was refused. Its text is for logs; the person who asked reads what their interface says of `reason`."""

    hint = "Ask whoever runs the bridge."

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.name if isinstance(reason, Condition) else repr(reason))
        self.reason = reason
