"""A turn's view to the messages that show it: pure.

A page is a turn's messages in one place, in order: the status line first, then what Claude said. Each message has a
slot, its name within the page, that stays the same while the turn goes on.
"""

import hashlib
from dataclasses import dataclass

from antiphon.chat.look.chunks import split
from antiphon.core.view import NoteBlock, TextBlock, ToolBlock, TurnView

_SUBJECT = 80  # characters of a tool's subject that are shown
_LATEST = 4  # tools shown while the turn runs
_ERROR = 1500  # characters of an error or a reason that are shown (a message holds 2,000)

_ENDS = {
    "done": "✅ done",
    "failed": "❌ failed",
    "stopped": "⏹️ stopped",
    "timed_out": "⌛ stopped: nothing was heard from Claude Code for too long",
    "interrupted": "⚠️ interrupted: the bridge went away during this turn",
}
_MARKS = {"running": "▸", "ok": "✓", "failed": "✗", "denied": "🚫", "cut": "⏹"}


@dataclass(frozen=True, slots=True)
class Spec:
    """One message as it should be. `live`: it will change again soon, so its edits may be spaced out."""

    slot: str
    content: str
    live: bool = False

    @property
    def digest(self) -> str:
        """Equal digests: the message shows this already."""
        return hashlib.sha256(self.content.encode()).hexdigest()[:16]


def render(view: TurnView) -> tuple[Spec, ...]:
    """The page of a view."""
    specs = [Spec("status", _status(view), live=view.end is None)]
    for index, block in enumerate(view.blocks):
        match block:
            case TextBlock(text, settled):
                chunks = split(text)
                last = len(chunks) - 1
                specs.extend(Spec(f"{index}.{n}", chunk, not settled and n == last) for n, chunk in enumerate(chunks))
            case NoteBlock(text):
                specs.append(Spec(f"{index}", f"-# ℹ️ {text}"))
            case _:
                pass  # tools are in the status; thinking is not shown yet
    return tuple(specs)


def nonce(turn: str, slot: str) -> str:
    """At most 25 characters (Discord's limit), the same for the same message of the same turn, for ever."""
    return hashlib.sha256(f"{turn}:{slot}".encode()).hexdigest()[:25]


def title(text: str) -> str:
    """A thread's name from the first words of a prompt: 1 to 100 characters, one line (Discord's limits)."""
    words = " ".join(text.split()).strip("`*_~#> ")
    if not any(character.isprintable() and not character.isspace() for character in words):
        return "Session"  # nothing that a reader could see
    return words if len(words) <= 100 else words[:99].rsplit(" ", 1)[0][:99] + "…"


def _status(view: TurnView) -> str:
    tools = [block for block in view.blocks if isinstance(block, ToolBlock)]
    if view.end is None:
        head = f"-# ⏳ working since <t:{int(view.started)}:R>"
        lines = [_tool(tool) for tool in tools[-_LATEST:]]
        if view.trouble:
            lines.append(f"-# ⚠️ {view.trouble}")
        return "\n".join([head, *lines])
    usage = view.end.usage
    facts = [_ENDS[view.end.reason]]
    if tools:
        failed = sum(tool.state == "failed" for tool in tools)
        facts.append(f"{len(tools)} tool" + ("s" if len(tools) > 1 else "") + (f", {failed} failed" if failed else ""))
    facts.append(_seconds(view.end.at - view.started))
    if usage.cost:
        facts.append(f"${usage.cost:.2f}" if usage.cost >= 0.01 else "under $0.01")
    lines = ["-# " + " · ".join(facts)]
    if view.end.error:
        lines.append(_quote(view.end.error))
    lines += [f"{_tool(tool)}\n{_quote(tool.text)}" for tool in tools if tool.state == "denied"][:3]
    return "\n".join(lines)[:2000]


def _tool(tool: ToolBlock) -> str:
    took = "" if tool.ended is None else f" · {_seconds(tool.ended - tool.started)}"
    about = f" {_code(tool.subject)}" if tool.subject else ""
    outcome = " denied" if tool.state == "denied" else ""
    inner = "↳ " if tool.parent else ""
    return f"-# {inner}{_MARKS[tool.state]} {tool.name}{outcome}{about}{took}"


def _code(text: str) -> str:
    """Inline code that nothing inside can end."""
    text = text if len(text) <= _SUBJECT else text[: _SUBJECT - 1] + "…"
    return f"`{text.replace('`', 'ˋ')}`"


def _quote(text: str) -> str:
    text = text if len(text) <= _ERROR // 3 else text[: _ERROR // 3 - 1] + "…"
    return "\n".join(f"> {line}" for line in text.strip().splitlines())


def _seconds(seconds: float) -> str:
    if seconds < 10:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
