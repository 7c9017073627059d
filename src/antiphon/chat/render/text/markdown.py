"""The subset of Markdown that splitting a text into messages needs: lines, code fences, inline spans.

Promises: pure functions, linear in the text, never an error: any text is Markdown. A text is read as Discord reads
a message: on its own, from its first character, knowing nothing of the message before it. Lines end at ``\\n`` only.

Fences are read by CommonMark's rule (a line of its own opens, a line of its own at least as long closes) with two
liberties, both because Claude writes them and Discord shows them: any indentation, and a list marker before the
opener. A fence in a quotation ends with the quotation.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from itertools import zip_longest
from typing import NamedTuple

LONGEST_CLOSER = 15
"""Characters that closing a fence adds at most: a line feed, quotation marks (6), the marker (8)."""

# A run of more than eight is not read as a fence: what is added around a cut must stay small against a message.
_OPENER = re.compile(
    r"(?: {0,3}(?P<quote>(?:> ?){1,3}))?[ \t]*+(?:(?:[-*+]|\d{1,9}[.)])[ \t]++)?"
    r"(?:(?P<ticks>`{3,8})(?!`)(?P<name>[^`\n]*+)|(?P<tildes>~{3,8})(?!~)(?P<title>[^\n]*+))\Z"
)
_QUOTE = re.compile(r"\A {0,3}(?:> ?){0,3}")
_PREFIX = re.compile(
    r"(?P<quote>[ \t]*+(?:> ?){0,3}[ \t]*+)(?:(?P<heading>#{1,6}|-#)[ \t]++|(?P<item>[-*+]|\d{1,9}[.)])[ \t]++)?"
)
_DELIMITER = frozenset("|:- \t\r")


@dataclass(frozen=True, slots=True)
class Fence:
    """An open code fence: the quotation marks before it (mostly none), its marker as opened, and its info string."""

    quote: str
    marker: str
    info: str

    @property
    def closer(self) -> str:
        """The line that closes it."""
        return self.quote + self.marker

    def opener(self, limit: int) -> str:
        """The line that opens it again. A longer info string than `limit` becomes its first word or nothing."""
        info = self.info if len(self.info) <= limit else self.info.split(maxsplit=1)[0]
        return self.quote + self.marker + (info if len(info) <= limit else "")


class Kind(Enum):
    """What a line is."""

    BLANK = auto()
    TEXT = auto()
    HEADING = auto()
    ITEM = auto()
    OPENER = auto()
    CODE = auto()
    CLOSER = auto()
    HEADER = auto()
    DELIMITER = auto()
    ROW = auto()


FENCE = (Kind.OPENER, Kind.CODE, Kind.CLOSER)
TABLE = (Kind.HEADER, Kind.DELIMITER, Kind.ROW)


class Line(NamedTuple):
    """One line: [start, end) without its line feed, and the fence that is open before it.

    A tuple and not a dataclass because a long text of short lines makes half a million of them.
    """

    start: int
    end: int
    kind: Kind
    fence: Fence | None


def unquoted(line: str) -> str:
    """The line without quotation marks and indentation."""
    return _QUOTE.sub("", line, count=1).lstrip()


def leaves(fence: Fence, line: str) -> bool:
    """Whether the line stands outside the quotation that the fence stands in, so that the fence ended before it."""
    return bool(fence.quote) and not line[:4].lstrip(" ").startswith(">")


def _opened_by(line: str) -> Fence | None:
    found = _OPENER.match(line)
    if not found:
        return None
    info = found["name"] or found["title"] or ""
    return Fence(found["quote"] or "", found["ticks"] or found["tildes"], info.strip())


def _closed_by(fence: Fence, line: str) -> bool:
    run = (unquoted(line) if fence.quote else line).strip()
    return run.startswith(fence.marker) and not run.strip(fence.marker[0])


def fence_after(fence: Fence | None, line: str) -> Fence | None:
    """The fence that is open after a line, given the one that is open before it."""
    if fence is None or leaves(fence, line):
        return _opened_by(line)
    return None if _closed_by(fence, line) else fence


def closer_after(fence: Fence | None, line: str) -> str:
    """What to add so that a message may end after `line`, before which `fence` is open; "" where nothing is open.

    It completes what is there: a line of two backticks that is becoming the closer gets its third, and an opener that
    has no line feed yet is closed on its own line, since it may still become inline code. So closing a text that is
    still growing takes no more room than the text's own closer will take.
    """
    after = fence_after(fence, line)
    if after is None:
        return ""
    if after is not fence:
        return after.marker if after.info and after.marker[0] == "`" else "\n" + after.closer
    begun = line if after.quote else line.lstrip()
    if after.closer.startswith(begun):
        return after.closer[len(begun) :]
    return "\n" + after.closer


def is_row(header: str, line: str) -> bool:
    """Whether a line that follows the table under `header` belongs to it: told by its first characters alone."""
    first = unquoted(line)[:1]
    return first == "|" if unquoted(header).startswith("|") else first not in ("", "#", "`", "~", ">")


def may_be_delimiter(line: str) -> bool:
    """Whether the line, perhaps with more written to it, is a table's second: dashes between pipes."""
    return _DELIMITER.issuperset(unquoted(line))


def prefix_end(message: str, line: Line) -> int:
    """Where the content of a line begins, after indentation, quotation marks and the marker of a heading or item."""
    found = _PREFIX.match(message, line.start, line.end)
    return found.end() if found else line.start


def scan(message: str) -> list[Line]:
    """The lines of a message, at least one. A text that ends in a line feed has an empty last line."""
    lines: list[Line] = []
    fence: Fence | None = None
    header: str | None = None  # of the table that the line before stands in
    before = ""
    code = Kind.CODE  # looking it up for each line takes longer than the rest
    start, size = 0, len(message)
    while start <= size:
        end = message.find("\n", start)
        end = size if end < 0 else end
        text = message[start:end]
        if fence and not leaves(fence, text):
            if fence.marker in text and _closed_by(fence, text):
                lines.append(Line(start, end, Kind.CLOSER, fence))
                fence = None
            else:
                lines.append(Line(start, end, code, fence))
            start = end + 1
            continue
        kind, fence = _classify(text)
        if kind is Kind.TEXT or kind is Kind.ITEM:
            if header is not None and is_row(header, text):
                kind = Kind.ROW
            elif "|" in before and "|" in text and "-" in text and may_be_delimiter(text):
                lines[-1] = lines[-1]._replace(kind=Kind.HEADER)
                kind, header = Kind.DELIMITER, before
        if kind not in TABLE:
            header = None
        before = text if kind is Kind.TEXT else ""
        lines.append(Line(start, end, kind, None))
        start = end + 1
    return lines


def _classify(text: str) -> tuple[Kind, Fence | None]:
    """The kind of a line outside of fences, tables apart, and the fence that it opens."""
    if not text or text.isspace():
        return Kind.BLANK, None
    if text[0].isalpha():
        return Kind.TEXT, None
    fence = _opened_by(text)
    if fence:
        return Kind.OPENER, fence
    found = _PREFIX.match(text)
    if found and found["heading"]:
        return Kind.HEADING, None
    return (Kind.ITEM if found and found["item"] else Kind.TEXT), None


# --- fences as Discord reads them ---

_MARKER = "```"  # the only one that Discord knows; the first three backticks end a block, wherever they stand
_HARMLESS = "`\u200b`\u200b`"  # looks the same, and ends nothing


def as_discord_reads(text: str) -> str:
    """The text with its fences of tildes, or of more than three backticks, as fences of three; three backticks inside
    them are kept apart by characters of no width. Each line is changed by what stands before it, so that what is shown
    of a growing text stays."""
    if "````" not in text and "~~~" not in text:
        return text
    lines = scan(text)
    return "\n".join(_fence_line(text[one.start : one.end], one, after) for one, after in zip_longest(lines, lines[1:]))


def _fence_line(text: str, line: Line, after: Line | None) -> str:
    fence = after.fence if line.kind is Kind.OPENER and after is not None else line.fence
    if fence is None or fence.marker == _MARKER:
        return text
    match line.kind:
        case Kind.OPENER:
            return text.replace(fence.marker, _MARKER, 1)
        case Kind.CLOSER:
            quote, _, _ = text.partition(fence.marker)
            return quote + _MARKER
        case _:
            return text.replace(_MARKER, _HARMLESS)


# --- inside a line ---

_TOKEN = re.compile(r"\\[^\w\s]|`+|https?://[^\s<>\[\]*`|]+|<[^\s<>]{1,200}>|\*+|_+|~~|\|\||\[|\]")
_TARGET = re.compile(r"\((?:[^()\n]++|\([^()\n]*+(?:\)|\Z))*(\)?)")
_TICKS = re.compile(r"`+")
_MOST_BEGUN = 16  # brackets and marks left open; more of them are no markup


class Span(NamedTuple):
    """A stretch that a cut would break: a cut at c breaks it when start < c < end.

    `end` None: it goes on past what is seen. `sure`: it is what it looks like, whatever follows.
    """

    start: int
    end: int | None
    sure: bool


def spans(message: str, low: int, high: int) -> Iterator[Span]:
    """Inline code, links, addresses, mentions and emphasised text of the block [low, high), in no order.

    A block that ends where the message ends may go on: what is open there is a span without an end.
    """
    more = high == len(message)
    ticks: dict[int, list[int]] | None = None
    brackets: list[int] = []
    marks: dict[str, list[tuple[int, int]]] = {}
    at = low
    while token := _TOKEN.search(message, at, high):
        start, at = token.span()
        first = message[start]
        if first == "`":
            ticks = _ticks(message, low, high) if ticks is None else ticks
            same = ticks.get(at - start, [])  # none where a backslash took the first of them
            after = bisect_left(same, at)
            if after < len(same):
                yield Span(start, same[after] + at - start, True)
                at = same[after] + at - start
            elif more:
                yield Span(start, None, False)
        elif first in "h<":
            yield Span(start, None if more and at == high and first == "h" else at, True)
        elif first == "[":
            brackets.append(start - 1 if message[start - 1 : start] == "!" else start)
        elif first == "]":
            if brackets and not (more and at == high):
                opened = brackets.pop()
                target = _TARGET.match(message, at, high)
                if target and target[1]:
                    at = target.end()
                    yield Span(opened, at, True)
                elif target and more and target.end() == high:
                    at = high
                    yield Span(opened, None, True)
        elif first != "\\":
            yield from _mark(message, start, at, low, marks.setdefault(first, []))
    begun = [*brackets, *(start for stack in marks.values() for start, _ in stack)]
    if more and len(begun) <= _MOST_BEGUN:
        for start in begun:
            yield Span(start, None, False)


def _ticks(message: str, low: int, high: int) -> dict[int, list[int]]:
    """Where the runs of backticks begin, by their length."""
    found: dict[int, list[int]] = {}
    for run in _TICKS.finditer(message, low, high):
        found.setdefault(run.end() - run.start(), []).append(run.start())
    return found


def _mark(message: str, start: int, end: int, low: int, stack: list[tuple[int, int]]) -> Iterator[Span]:
    """A run of one of ``* _ ~~ ||``: closes what it can, else opens. `stack`: what is open of the same sign."""
    left = message[start - 1] if start > low else " "
    length = end - start
    if not left.isspace():
        while stack and length >= stack[-1][1]:
            opened, size = stack.pop()
            length -= size
            yield Span(opened, end, True)
    if length == end - start and not left.isalnum() and not message[end : end + 1].isspace():
        stack.append((start, length))
