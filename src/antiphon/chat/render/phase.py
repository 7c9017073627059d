"""What a turn does right now, and the one emoji that says it: the reaction on its prompt. Pure.

May not know: how often a reaction may change (the outbox debounces).
"""

from collections.abc import Mapping
from typing import Literal

from antiphon.chat.render.format import tools
from antiphon.chat.render.wording import ENDS
from antiphon.core.blocks import TextBlock, ThinkingBlock, ToolBlock, ToolKind
from antiphon.core.values import ProgressStyle
from antiphon.core.view import TurnView

Phase = Literal["accepted", "thinking", "writing", "reading", "editing", "command", "web", "agent", "tool", "waiting"]

SOFT, HARD = 60.0, 300.0  # seconds without a word from Claude Code
SOFT_AT_WORK, HARD_AT_WORK = 120.0, 600.0  # the same while a tool runs: a build or a test is silent for long

SOFT_MARK, HARD_MARK = "🥱", "😨"
MARKS: dict[Phase, str] = {
    "accepted": "👀",
    "thinking": "🤔",
    "writing": "✍️",
    "reading": "📖",
    "editing": "✏️",
    "command": "💻",
    "web": "🌐",
    "agent": "🤖",
    "tool": "🔧",
    "waiting": "✋",
}
UNDELIVERED_MARK = "📭"  # on the prompt of a turn that is over, where not all that it said could be shown
TAKEN_IN = "📥"  # on what was said while Claude worked, once it has taken it in
ALL_MARKS = frozenset(  # without the selector that asks for a picture
    one.strip("\N{VARIATION SELECTOR-16}")
    for one in (*MARKS.values(), SOFT_MARK, HARD_MARK, UNDELIVERED_MARK, TAKEN_IN, *(end.mark for end in ENDS.values()))
)
_KINDS: Mapping[ToolKind, Phase] = {
    "read": "reading",
    "search": "reading",
    "edit": "editing",
    "delete": "editing",
    "move": "editing",
    "execute": "command",
    "fetch": "web",
}


def mark(view: TurnView, now: float) -> str:
    """One Unicode emoji for the turn's state at `now` (epoch seconds)."""
    if view.end is not None:
        return ENDS[view.end.reason].mark
    return silence(view, now) or MARKS[phase(view)]


def mark_taken_in(view: TurnView) -> str:
    """One Unicode emoji for words that the turn has taken in. Where it ends without being done, they share its end:
    nobody is to take them for answered."""
    return TAKEN_IN if view.end is None or view.end.reason == "done" else ENDS[view.end.reason].mark


def is_typing(view: TurnView, style: ProgressStyle) -> bool:
    """Whether the turn shows the typing indicator: while a text is being written. A message ends the indicator, an edit
    does not: where the turn could end without one, it would stay for ten seconds. In the legacy style, which has no
    card, it is what shows that a turn runs, and every end has a message."""
    if view.end is not None or view.needs:
        return False
    return style == "legacy" or phase(view) == "writing"


def phase(view: TurnView) -> Phase:
    """What a running turn does."""
    if view.needs:
        return "waiting"
    if tool := _running(view):
        return "agent" if tool.traits.starts_agent else _KINDS.get(tool.traits.kind, "tool")
    match view.blocks[-1] if view.blocks else None:
        case TextBlock(settled=False):
            return "writing"
        case ThinkingBlock(settled=False):
            return "thinking"
        case _:
            return "thinking" if view.heard else "accepted"


def is_live(view: TurnView) -> bool:
    """Whether the turn's state will soon be another one. It stays as it is while it waits for a person: that must be
    seen at once."""
    return view.end is None and not view.needs


def silence(view: TurnView, now: float) -> str:
    """One Unicode emoji for how long Claude Code has been silent, "" where that is normal. Nobody is late who waits for
    a person."""
    soft, hard = _stalls(view)
    return HARD_MARK if now >= hard else SOFT_MARK if now >= soft else ""


def next_silence(view: TurnView, now: float) -> float | None:
    """When `silence` changes, if nothing is heard until then; None: never."""
    return min((at for at in _stalls(view) if now < at < float("inf")), default=None)


def last_heard(view: TurnView) -> float:
    """When Claude Code was heard last, or the turn's start."""
    return max(view.heard, view.started)


def _stalls(view: TurnView) -> tuple[float, float]:
    if view.end is not None or view.needs:
        return float("inf"), float("inf")
    soft, hard = (SOFT_AT_WORK, HARD_AT_WORK) if _running(view) else (SOFT, HARD)
    return last_heard(view) + soft, last_heard(view) + hard


def _running(view: TurnView) -> ToolBlock | None:
    """The newest tool at work; Claude's own before those of sub-agents."""
    found = [tool for tool in reversed(tools(view)) if not tool.settled]
    return next((tool for tool in found if tool.parent is None), found[0] if found else None)
