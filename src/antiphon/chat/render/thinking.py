"""What Claude thought, behind spoilers that nothing inside opens. Pure."""

from antiphon.chat.render.message import MessageSpec, Priority
from antiphon.chat.render.text.escape import escaped
from antiphon.chat.render.text.splitter import packed
from antiphon.core.blocks import ThinkingBlock
from antiphon.core.values import ThinkingStyle

_SUMMARY = 280  # characters
_LINE = 1900  # characters of a line in a spoiler of its own; 2,000 are a message
_MESSAGE = 1953
_BAR = "ǀ"  # looks like a vertical line; of the real ones, two end a spoiler, and no backslash helps


def thinking_specs(index: int, block: ThinkingBlock, style: ThinkingStyle) -> list[MessageSpec]:
    """The messages for a thinking block, once it is settled."""
    if style == "off" or not block.settled:
        return []
    if style == "summary":
        spoilers = _spoilers(escaped(block.text.replace("|", _BAR), _SUMMARY))
    else:
        spoilers = [spoiler for line in block.text.splitlines() for spoiler in _spoilers(*_pieces(line))]
    lines = [f"-# {'' if number else '💭 '}{spoiler}" for number, spoiler in enumerate(spoilers)]
    messages = packed(lines, _MESSAGE)
    return [MessageSpec(f"{index}.{n}", text, priority=Priority.PROGRESS) for n, text in enumerate(messages)]


def _pieces(line: str) -> list[str]:
    """A line in parts, each short enough for a message."""
    line = line.replace("|", _BAR)
    half = _LINE // 2  # punctuation is shown with a backslash each
    return [escaped(line[at : at + half], _LINE) for at in range(0, len(line), half)]


def _spoilers(*texts: str) -> list[str]:
    return [f"||{text}||" for text in texts if text]
