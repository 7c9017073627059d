"""Code fences as Discord reads them: it knows three backticks and nothing else, and the first three end a block.

Pure; what is shown of a growing text stays, for each line is changed by what stands before it.
"""

from itertools import zip_longest

from antiphon.chat.render.text.markdown import Kind, Line, scan

_FENCE = "```"
_HARMLESS = "`\u200b`\u200b`"  # looks the same, and ends nothing


def as_discord_reads(text: str) -> str:
    """The text with its fences of tildes, or of more than three backticks, as fences of three; three backticks inside
    them are kept apart by characters of no width."""
    if "````" not in text and "~~~" not in text:
        return text
    lines = scan(text)
    return "\n".join(_line(text[one.start : one.end], one, after) for one, after in zip_longest(lines, lines[1:]))


def _line(words: str, line: Line, after: Line | None) -> str:
    fence = line.fence if line.kind in (Kind.CODE, Kind.CLOSER) else after.fence if after is not None else None
    if fence is None or fence.marker == _FENCE or (line.kind not in (Kind.OPENER, Kind.CODE, Kind.CLOSER)):
        return words
    match line.kind:
        case Kind.OPENER:
            return words.replace(fence.marker, _FENCE, 1)
        case Kind.CLOSER:
            quote, _, _ = words.partition(fence.marker)
            return quote + _FENCE
        case _:
            return words.replace(_FENCE, _HARMLESS)
