"""What people see of a turn, as a value, and the pure function that takes it one event further.

`fold(view, event, now) -> view` never waits, never fails and never forgets text. `now` is in epoch seconds.
A block is settled when no later event can change it: settled blocks are durable, the rest is live.
"""

from dataclasses import dataclass, field, replace
from typing import Literal

from antiphon.core.events import (
    AgentEvent,
    EndReason,
    Noted,
    PermissionDenied,
    ReplyStarted,
    Retrying,
    SessionLost,
    SessionStarted,
    TextDelta,
    TextFinished,
    ThinkingDelta,
    ThinkingFinished,
    ToolFinished,
    ToolStarted,
    TurnEnded,
    Unknown,
    Usage,
)
from antiphon.core.values import MessageId, ToolUseId, TurnId

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

    @property
    def settled(self) -> bool:
        """True once the outcome is known."""
        return self.state != "running"


@dataclass(frozen=True, slots=True)
class NoteBlock:
    """A line from the bridge itself."""

    text: str
    settled: bool = True


Block = TextBlock | ThinkingBlock | ToolBlock | NoteBlock


@dataclass(frozen=True, slots=True)
class End:
    """The one state in which a turn ends."""

    reason: EndReason
    at: float
    error: str | None = None
    usage: Usage = field(default_factory=Usage)


@dataclass(frozen=True, slots=True)
class TurnView:
    """One turn. `prompt` is the Discord message that asked (None: Claude Code began it by itself)."""

    turn: TurnId
    prompt: MessageId | None
    started: float
    blocks: tuple[Block, ...] = ()
    trouble: str | None = None  # what holds the turn up right now
    end: End | None = None


_RESULT_KEPT = 4000  # characters of a tool's result that are kept in the view (the transcript has all of it)


def fold(view: TurnView, event: AgentEvent, now: float) -> TurnView:
    """The view after `event`. A view that has ended does not change any more."""
    if view.end is not None:
        return view
    match event:
        case ReplyStarted():
            kept = tuple(block for block in view.blocks if block.settled or isinstance(block, ToolBlock))
            return replace(view, blocks=kept)
        case TextDelta(text, None):
            return _grow(view, TextBlock, text)
        case TextFinished(text, None):
            return _settle(view, TextBlock, text)
        case ThinkingDelta(text, None):
            return _grow(view, ThinkingBlock, text)
        case ThinkingFinished(text, None):
            return _settle(view, ThinkingBlock, text)
        case ToolStarted(id_, name, subject, parent):
            return _add(view, ToolBlock(id_, name, subject, started=now, parent=parent))
        case ToolFinished(id_, ok, text):
            return _finish_tool(view, id_, "ok" if ok else "failed", text, now)
        case PermissionDenied(id_, name, subject, reason):
            return _deny(view, event, now)
        case Retrying(attempt, limit, delay, status):
            why = "the API is not reachable" if status is None else f"the API answered {status}"
            return replace(view, trouble=f"{why}; attempt {attempt} of {limit} in {delay:.0f} s")
        case Noted(text):
            return _add(view, NoteBlock(text))
        case TurnEnded(reason, error, usage):
            return ended(view, End(reason, now, error, usage))
        case SessionLost(error):
            return ended(view, End("failed", now, error))
        case SessionStarted() | Unknown() | TextDelta() | TextFinished() | ThinkingDelta() | ThinkingFinished():
            return view  # sub-agents' words stay with them: their tool line shows that they work


def ended(view: TurnView, end: End) -> TurnView:
    """The view in its final state: every block settled, what still ran shown as cut off."""
    blocks = tuple(_closed(block, end.at) for block in view.blocks)
    return replace(view, blocks=blocks, trouble=None, end=end)


def settled_prefix(view: TurnView) -> int:
    """How many blocks, counted from the first, can not change any more."""
    for index, block in enumerate(view.blocks):
        if not block.settled:
            return index
    return len(view.blocks)


def _closed(block: Block, now: float) -> Block:
    match block:
        case ToolBlock(state="running"):
            return replace(block, state="cut", ended=now)
        case TextBlock(settled=False) | ThinkingBlock(settled=False):
            return replace(block, settled=True)
        case _:
            return block


def _add(view: TurnView, block: Block) -> TurnView:
    return replace(view, blocks=(*view.blocks, block), trouble=None)


def _open_index(view: TurnView, kind: type[TextBlock] | type[ThinkingBlock]) -> int | None:
    for index in range(len(view.blocks) - 1, -1, -1):
        block = view.blocks[index]
        if isinstance(block, kind) and not block.settled:
            return index
    return None


def _grow(view: TurnView, kind: type[TextBlock] | type[ThinkingBlock], text: str) -> TurnView:
    index = _open_index(view, kind)
    if index is None:
        return _add(view, kind(text))
    return _swap(view, index, kind(view.blocks[index].text + text))


def _settle(view: TurnView, kind: type[TextBlock] | type[ThinkingBlock], text: str) -> TurnView:
    index = _open_index(view, kind)
    if index is None:
        return _add(view, kind(text, settled=True)) if text else view
    return _swap(view, index, kind(text, settled=True))


def _swap(view: TurnView, index: int, block: Block) -> TurnView:
    return replace(view, blocks=(*view.blocks[:index], block, *view.blocks[index + 1 :]), trouble=None)


def _tool_index(view: TurnView, id_: ToolUseId | None) -> int | None:
    for index in range(len(view.blocks) - 1, -1, -1):
        block = view.blocks[index]
        if isinstance(block, ToolBlock) and block.id == id_:
            return index
    return None


def _finish_tool(view: TurnView, id_: ToolUseId, state: ToolState, text: str, now: float) -> TurnView:
    index = _tool_index(view, id_)
    if index is None:
        return view
    block = view.blocks[index]
    if not isinstance(block, ToolBlock) or block.settled:
        return view  # a denial is followed by the CLI's own error result: the denial says more
    return _swap(view, index, replace(block, state=state, ended=now, text=text[:_RESULT_KEPT]))


def _deny(view: TurnView, event: PermissionDenied, now: float) -> TurnView:
    if event.id is not None and _tool_index(view, event.id) is not None:
        return _finish_tool(view, event.id, "denied", event.reason, now)
    id_ = event.id or ToolUseId(f"denied-{len(view.blocks)}")
    return _add(view, ToolBlock(id_, event.name, event.subject, now, "denied", now, event.reason))
