"""What Claude thought, behind spoilers that nothing inside opens. Pure."""

from antiphon.chat.render.message import MessageSpec, Priority
from antiphon.chat.render.text.escape import escaped
from antiphon.core.blocks import ThinkingBlock
from antiphon.core.values import ThinkingStyle

_SUMMARY = 280  # characters
_LINE = 1900  # characters of a line in a spoiler of its own; 2,000 are a message
_MESSAGE = 1950
_BAR = "ǀ"  # looks like a vertical line; of the real ones, two end a spoiler, and no backslash helps


def thinking_specs(index: int, block: ThinkingBlock, style: ThinkingStyle) -> list[MessageSpec]:
    """The messages for a thinking block, once it is settled."""
    if style == "off" or not block.settled:
        return []
    if style == "summary":
        words = _hidden(escaped(block.text.replace("|", _BAR), _SUMMARY))
        return [_spec(index, 0, f"💭 {words}")] if words else []
    rows = [row for line in block.text.splitlines() for row in _rows(line)]
    messages: list[str] = []
    for row in rows:
        if messages and len(messages[-1]) + len(row) + 4 <= _MESSAGE:
            messages[-1] += f"\n-# {row}"
        else:
            messages.append(f"💭 {row}" if not messages else row)
    return [_spec(index, number, text) for number, text in enumerate(messages)]


def _rows(line: str) -> list[str]:
    """A line as spoilers, each short enough for a message."""
    line = line.replace("|", _BAR)
    half = _LINE // 2  # punctuation is shown with a backslash each
    pieces = [escaped(line[at : at + half], _LINE) for at in range(0, len(line), half)]
    return [_hidden(piece) for piece in pieces if piece]


def _hidden(text: str) -> str:
    return f"||{text}||" if text else ""


def _spec(index: int, number: int, text: str) -> MessageSpec:
    return MessageSpec(f"{index}.{number}", f"-# {text}", priority=Priority.PROGRESS)
