"""Where a text that is too long for a message is best split.

Promises: `split_point` looks at nothing but the window it is given, so the same beginning is always cut the same way.
The order of preference is written in `antiphon.chat.render.text.splitter`.
"""

import itertools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import IntEnum

import wcwidth

from antiphon.chat.render.text import markdown

_GAP = re.compile(r"(?<=\S)[^\S\n]++(?=\S)")
_SENTENCE = re.compile(r"(?:(?<![\d\s])[.!?…]|[。！？])[\"'”’»)\]*_]*+(?=\s)")
# At the start of a message this would be read as a marker, which it is not in the middle of a line.
# Ends with what is seen of it where the message ends.
_HAZARD = re.compile(r"(?:#{1,6}|-#|[-*+]|>{1,3}|\d{1,9}[.)])(?:\s|\Z)|`{3}|~{3}|(?:\d{1,9}|`{1,2}|~{1,2})\Z")
_PROSE = (markdown.Kind.TEXT, markdown.Kind.ITEM)


@dataclass(frozen=True, slots=True)
class Window:
    """The shortest beginning of what is left that does not fit a message, as the message would begin.

    The first `start` characters repeat an opener or a table's top, and are not to be cut.
    """

    message: str
    lines: list[markdown.Line]
    start: int
    limit: int


class _Rank(IntEnum):
    HEADING = 0
    PARAGRAPH = 1
    CODE_PARAGRAPH = 2
    LINE = 3
    HEADER = 4  # between a table's header and its delimiter row: not even where nothing else is left


def _uncut(window: Window, spans: Iterable[markdown.Span]) -> bytearray:
    """1 for each place in the message where a cut breaks none of `spans`, else 0. Left out are spans that begin the
    message and do not end in it, and doubtful ones of over three quarters."""
    size = len(window.message)
    whole = bytearray(b"\1") * size
    for start, end, sure in spans:
        stop = size if end is None else min(end, size)
        if (end is None and start <= window.start) or (not sure and stop - start > window.limit * 3 // 4):
            continue
        whole[start + 1 : stop] = bytes(max(stop - start - 1, 0))
    return whole


def split_point(window: Window) -> int:
    """Where to cut: an index with start < index < len(message). A line's end is given as the index of its line feed."""
    message, size = window.message, len(window.message)
    half, quarter = (
        (window.start + size) // 2,
        (3 * window.start + size) // 4,
    )  # where the last half, the last 3/4 begin
    ends = list(_line_ends(window))
    blocks = list(_block_spans(window))
    uncut = _uncut(window, blocks)
    for wanted in (_Rank.HEADING, _Rank.PARAGRAPH, _Rank.CODE_PARAGRAPH):
        for at, rank in reversed(ends):
            if at < half:
                break
            if rank is wanted and uncut[at]:
                return at
    uncut = _uncut(window, [*blocks, *_inline_spans(window)])
    lines = [at for at, _ in ends if uncut[at]]
    gaps = [at for at in _gaps(window) if uncut[at]]
    sentence_ends = {found.end() for found in _SENTENCE.finditer(message, half)}
    for points in (lines, [at for at in gaps if at in sentence_ends], gaps):
        if points and points[-1] >= half:
            return points[-1]
    point = max([*lines, *gaps], default=0)
    if point >= quarter:
        return point
    boundaries = _grapheme_boundaries(window)
    within = next((at for at in reversed(boundaries) if uncut[at] and _is_harmless(message, at)), 0)
    if within >= half or not point:
        point = within
    if point:
        return point
    late_ends = [at for at, rank in ends if at >= half and rank is not _Rank.HEADER]
    broken = late_ends or [at for at in _gaps(window) if at >= half] or boundaries
    return broken[-1] if broken else size - 1


def _line_ends(window: Window) -> Iterator[tuple[int, _Rank]]:
    """The ends of lines, first to last."""
    size = len(window.message)
    for line, following in itertools.pairwise(window.lines):
        if line.end <= window.start:
            continue
        unseen = following.start == size
        if (
            unseen
            and line.fence
            and markdown.closer_after(line.fence, window.message[line.start : line.end])[:1] != "\n"
        ):
            continue  # a blank line of code is seen only if there is room for the closer below it
        yield line.end, _Rank.LINE if unseen else _rank(window.message, line, following)


def _rank(message: str, line: markdown.Line, following: markdown.Line) -> _Rank:
    if line.kind is markdown.Kind.HEADER:
        return _Rank.HEADER
    if following.fence:
        seen = message[line.start : line.end].strip() and message[following.start : following.end].strip()
        return _Rank.LINE if seen else _Rank.CODE_PARAGRAPH
    if following.kind is markdown.Kind.HEADING:
        return _Rank.HEADING
    if (
        line.kind is markdown.Kind.BLANK
        or following.kind is markdown.Kind.BLANK
        or line.kind in markdown.FENCE
        or following.kind in markdown.FENCE
    ):
        return _Rank.PARAGRAPH
    return _Rank.LINE if (line.kind in markdown.TABLE) == (following.kind in markdown.TABLE) else _Rank.PARAGRAPH


def _gaps(window: Window) -> Iterator[int]:
    """The spaces inside lines, first to last, after which a message may begin."""
    for gap in _GAP.finditer(window.message, window.start + 1):
        if not _HAZARD.match(window.message, gap.end()):
            yield gap.start()


def _grapheme_boundaries(window: Window) -> list[int]:
    """Where a message may be cut between two graphemes of a line, first to last."""
    message, last = window.message, len(window.message) - 1  # there one character is over
    ends = itertools.accumulate(map(len, wcwidth.iter_graphemes(message, window.start)), initial=window.start)
    found = [at for at in ends if window.start < at <= last and message[at - 1] != "\n"]
    if found and found[-1] == last and message[last - 1].isspace():
        found.pop()  # indentation of code is seen only if there is room for the closer below it
    return found


def _is_harmless(message: str, at: int) -> bool:
    """Whether neither side of a cut there is read as a marker or an escape that the text does not have."""
    return message[at - 1] not in "`~\\" and not _HAZARD.match(message, at)


def _block_spans(window: Window) -> Iterator[markdown.Span]:
    """What is to stay whole because of the lines it is made of."""
    message, lines, code, blank = window.message, window.lines, markdown.Kind.CODE, markdown.Kind.BLANK
    for index, line in enumerate(lines):
        if line.kind is code or line.kind is blank:
            continue
        if line.kind is markdown.Kind.OPENER:  # with something of its code
            yield markdown.Span(line.start, line.end + 2 if line.end < len(message) else None, True)
        elif line.kind is markdown.Kind.CLOSER:  # with something of its code
            yield markdown.Span(line.start - 2, line.end, True)
        elif line.kind is markdown.Kind.HEADER:
            yield from _table_spans(window, index)
        elif line.kind in (markdown.Kind.HEADING, markdown.Kind.ITEM) or message[line.start : line.start + 1] == ">":
            yield markdown.Span(line.start, min(markdown.prefix_end(message, line) + 1, line.end), True)
    yield from _possible_table(window)


def _table_spans(window: Window, top: int) -> Iterator[markdown.Span]:
    """A table if it is seen whole or does not begin the message; of one that is too long, its top and its rows."""
    lines = window.lines
    after = next((i for i in range(top + 1, len(lines)) if lines[i].kind not in markdown.TABLE), len(lines))
    if after == len(lines) - 1 and markdown.may_be_delimiter(window.message[lines[after].start :]):
        after += 1  # not enough is seen of the last line to tell that it is no row
    if after < len(lines) or lines[top].start > window.start:
        yield markdown.Span(lines[top].start, lines[after - 1].end if after < len(lines) else None, True)
        return
    yield markdown.Span(lines[top].start, lines[top + 1].end + 1, True)
    for index in range(top + 2, after):
        yield markdown.Span(
            lines[top if index == top + 2 else index].start, lines[index].end if index + 1 < after else None, True
        )


def _possible_table(window: Window) -> Iterator[markdown.Span]:
    """The last line, or the one before an unfinished last one, where it may turn out to be a table's header."""
    message, lines = window.message, window.lines
    header = lines[-1]
    if len(lines) > 1 and not header.fence and markdown.may_be_delimiter(message[header.start : header.end]):
        header = lines[-2]
    if header.kind is markdown.Kind.TEXT and "|" in message[header.start : header.end]:
        yield markdown.Span(header.start, None, message[markdown.prefix_end(message, header)] == "|")


def _inline_spans(window: Window) -> Iterator[markdown.Span]:
    """What is to stay whole inside paragraphs, items, headings and rows."""
    low: int | None = None
    before: markdown.Line | None = None
    for line in window.lines:
        if low is not None and before and not (line.kind is markdown.Kind.TEXT and before.kind in _PROSE):
            yield from markdown.spans(window.message, low, before.end)
            low = None
        if low is None and line.kind is not markdown.Kind.BLANK and line.kind not in markdown.FENCE:
            low = line.start
        before = line
    if low is not None and before:
        yield from markdown.spans(window.message, low, before.end)
