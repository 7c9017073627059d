"""What the turn machine takes and what it wants done, as values.

Effects are carried out in the order in which they stand. A question is an effect with a result; it is always a step's
last one, and its result is the next input, before anything else from the mailbox.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from antiphon.core import values
from antiphon.core.blocks import AskBlock, TakenBack
from antiphon.core.events import AgentEvent, SessionLost
from antiphon.core.records import Audit, Spent
from antiphon.core.requests import ReadContext, Reply, Rewind, SessionRequest, TakeBackAnswer
from antiphon.core.view import TurnView

# Inputs


@dataclass(frozen=True, slots=True)
class Suspended:
    """A turn that waits for a person since before a restart, or goes on after it: its prompt (None: nobody's in
    Discord), what is known of it, and how many of its blocks are in rows."""

    prompt: values.Prompt | None
    view: TurnView
    rows: int = 0


@dataclass(frozen=True, slots=True)
class Attended:
    """A person has the session open in this terminal: what Claude does there is to be heard."""

    terminal: values.Terminal


@dataclass(frozen=True, slots=True)
class Park:
    """The process is needed elsewhere: give it back if nothing works in it."""


@dataclass(frozen=True, slots=True)
class RulesRemoved:
    """These rules are in settings no longer. A process that has read them there may not know yet."""

    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ProjectChanged:
    """The session's project is this from now on: what it limits holds at once, what a process is started with from the
    next turn on. None: there is none any more, and nobody may do anything in it."""

    project: values.Project | None


@dataclass(frozen=True, slots=True)
class Elapsed:
    """The mailbox is empty, and was for as long as the state waits."""


@dataclass(frozen=True, slots=True)
class Broken:
    """An effect has failed as it never should: a defect of ours, or the database is gone for good. `text`: what people
    are told; `undone`: that effect, and those of its step after it."""

    text: str
    undone: "tuple[Effect, ...]" = ()


@dataclass(frozen=True, slots=True)
class SpendingKnown:
    """The result of LookUpSpending."""

    spent: Spent


@dataclass(frozen=True, slots=True)
class Done:
    """The result of every other question but Control. `ok` False: the process has refused (an answer that nothing waits
    for, a prompt that is taken in already, choices that only a new process can have), or knows rules that are gone."""

    ok: bool = True


@dataclass(frozen=True, slots=True)
class ControlReplied:
    """The result of Control."""

    reply: Reply


@dataclass(frozen=True, slots=True)
class Failed:
    """The process could not do what a question wants. `error`: why, for people; `gone`: there is no session to resume;
    `alive`: whether there is a process by now."""

    error: str
    gone: bool = False
    alive: bool = False


Inbound = (
    values.Prompt
    | values.Steer
    | Suspended
    | Attended
    | values.Interrupt
    | values.Answer
    | values.Change
    | SessionRequest
    | values.Close
    | Park
    | ProjectChanged
    | RulesRemoved
    | AgentEvent
)
Result = SpendingKnown | Done | ControlReplied | Failed
Input = Inbound | Result | Elapsed | Broken

# What is durable


@dataclass(frozen=True, slots=True)
class Write:
    """Make durable what is new and settled in a turn, then show it. `inbox`: the row that the turn's end closes in the
    same transaction; None: no prompt began it."""

    view: TurnView
    inbox: int | None


@dataclass(frozen=True, slots=True)
class SaveTail:
    """Keep also those blocks of the turn that are not settled yet."""

    view: TurnView


@dataclass(frozen=True, slots=True)
class CloseRow:
    """An inbox row that no turn's end closes is done with."""

    inbox: int


@dataclass(frozen=True, slots=True)
class KeepSession:
    """Store what the session is by now."""

    session: values.Session


@dataclass(frozen=True, slots=True)
class NoteTakenBack:
    """Write down that what an answer of a turn had allowed for good is not allowed any more."""

    turn: values.TurnId
    taken_back: TakenBack


@dataclass(frozen=True, slots=True)
class KeepAudit:
    """Keep what somebody has decided."""

    audit: Audit


@dataclass(frozen=True, slots=True)
class RaiseBudget:
    """Allow `by` more dollars."""

    scope: str
    person: values.PersonId | None
    by: float


@dataclass(frozen=True, slots=True)
class SendReply:
    """Answer a session request."""

    n: int
    reply: Reply


# The process, and the loop


@dataclass(frozen=True, slots=True)
class CloseProcess:
    """No process is left afterwards."""


@dataclass(frozen=True, slots=True)
class Post:
    """Put a value into the mailbox, behind what the process has said before."""

    value: SessionLost


@dataclass(frozen=True, slots=True)
class ShowUnsaved:
    """Show a turn although it cannot be made durable."""

    view: TurnView


@dataclass(frozen=True, slots=True)
class ShowAgain:
    """A turn that is over reads differently by now."""

    turn: values.TurnId


@dataclass(frozen=True, slots=True)
class Pause:
    """Wait, in seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Leave:
    """The conversation is over. `if_idle`: unless something has come meanwhile."""

    if_idle: bool = False


# Questions


@dataclass(frozen=True, slots=True)
class OpenProcess:
    """Hear what Claude does in the session's terminal."""


@dataclass(frozen=True, slots=True)
class LookUpSpending:
    """What has been spent so far, so that the prompt may begin its turn, be handed to the one that runs (and stop its
    running step: steer_now), or that a budget be raised for it."""

    prompt: values.Prompt
    purpose: Literal["begin", "steer", "steer_now", "raise"]


@dataclass(frozen=True, slots=True)
class Send:
    """Hand a prompt to the process, which is started if there is none. `expected`: answers to requests that it will
    make again, by their digests."""

    prompt: values.Prompt
    purpose: Literal["begin", "carry_on", "steer", "steer_now"]
    expected: Mapping[str, values.Answer] = field(default_factory=dict[str, values.Answer])


@dataclass(frozen=True, slots=True)
class InterruptTurn:
    """Ask the running turn to end; the result comes with the acknowledgement, not with the end."""


@dataclass(frozen=True, slots=True)
class Withdraw:
    """Take back a prompt that was handed over under this uuid, because its message has changed."""

    uuid: values.TurnId
    change: values.Change


@dataclass(frozen=True, slots=True)
class DeliverAnswer:
    """Hand a complete answer to the process that waits for it."""

    ask: AskBlock
    answer: values.Answer


@dataclass(frozen=True, slots=True)
class ApplyChoices:
    """Let the process go on as the person has chosen. `n`: the request that wants it; `taken_back`: what is noted with
    it, of which turn."""

    n: int
    choices: values.Choices
    taken_back: tuple[values.TurnId, TakenBack] | None = None


@dataclass(frozen=True, slots=True)
class Withhold:
    """An answer that the process still expects to need allows nothing for good. `call`: of the request that it answers;
    `n` as in ApplyChoices."""

    n: int
    wanted: TakeBackAnswer
    call: str


@dataclass(frozen=True, slots=True)
class CheckRules:
    """Before a prompt begins its turn: whether the process knows these rules no longer, which were removed from
    settings."""

    prompt: values.Prompt
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Control:
    """Something else of the live process; it is started if there is none. `n` as in ApplyChoices."""

    n: int
    request: Rewind | ReadContext


ProcessQuestion = (
    OpenProcess | Send | InterruptTurn | Withdraw | DeliverAnswer | ApplyChoices | Withhold | CheckRules | Control
)
Question = LookUpSpending | ProcessQuestion
Durable = (
    Write | SaveTail | CloseRow | KeepSession | NoteTakenBack | KeepAudit | RaiseBudget | SendReply | LookUpSpending
)
Effect = Durable | CloseProcess | Post | ShowUnsaved | ShowAgain | Pause | Leave | ProcessQuestion
