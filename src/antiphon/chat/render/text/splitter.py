"""Cuts Claude's Markdown into Discord messages: each reads well on its own, and none that is posted has to change.

For every text and every limit:

* **Room.** A chunk is at most `limit` characters (code points, as Discord counts), has no whitespace at its ends
  (Discord trims it), is never blank (Discord refuses it), and closes the fences that it opens.
* **Nothing is lost.** What is each chunk's own, below what it skipped, is ``text.rstrip()``, to the character. Only
  whitespace around a cut is not shown, and `Chunk.skipped` has it. In a fence that is the one line feed at the cut: a
  chunk that goes on in a fence begins with the fence's opener, so that trimming never touches code.
* **What is posted stays.** For a prefix p of t, ``cut(p)[:-1] == cut(t)[:len(cut(p)) - 1]``, and t has no fewer chunks
  than p: while a text grows, only its last chunk changes. It holds because a cut depends on the shortest beginning of
  what is left that does not fit (`_overflow`), and on nothing after it.
* **Nothing needless.** A text that fits and closes its fences comes back as it is, stripped. (Not so, by 15 characters
  at most, when it has a fence in a quotation, a run of more than eight backticks or tildes, or a last line that begins
  as an opener does and is none: what was shown of it before was longer.)
* **Time is linear**, also for one line of a million characters: a cut looks at one message's length.

Cuts, best first, in the last half of the message: before a heading; at a blank line, or the edge of a fence or table;
at a blank line of code; at a line's end; a sentence's; a space. Else at the last of these in its last three quarters;
else between two characters as readers count them.
What is to stay whole (a table, the rows of one that is too long, a link, an address, inline code, marked words) moves
the cut before it, also out of the last half; what no message can hold is cut. What only may turn out to be such a
thing (a lone ``*`` or backtick, a ``[``) moves it by three quarters of a message at most, and so do marked words.
Since nothing is looked at ahead, what stands before a table becomes a message of its own, however short, also where
the table then turns out to be too long for one.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from operator import attrgetter

from antiphon.chat.render.text import markdown
from antiphon.chat.render.text.breakpoints import Window, split_point

LIMIT = 2000
"""Characters of a message's content (Discord's API documentation, Create Message)."""

SMALLEST_LIMIT = 60
"""With less, a fence's opener and closer might leave no room for code."""

_WHITESPACE = re.compile(r"\s*")


@dataclass(frozen=True, slots=True)
class Chunk:
    """One message. Of its `text`, `opened` at the start and `closed` at the end were added by the cuts around it.

    `skipped` is whitespace that stands before it in the source and is not shown.
    """

    text: str
    skipped: str
    opened: str
    closed: str


def split(text: str, limit: int = LIMIT) -> tuple[str, ...]:
    """The messages that show `text`; none for a blank one.

    `limit` is in characters; ValueError if it is under `SMALLEST_LIMIT`.
    """
    return tuple(chunk.text for chunk in cut(text, limit))


def fitting(lines: Iterable[str], room: int) -> list[str]:
    """The first of `lines` that find room, each with its line feed, in `room` characters."""
    kept: list[str] = []
    for line in lines:
        room -= len(line) + 1
        if room < 0:
            break
        kept.append(line)
    return kept


def packed(lines: Iterable[str], limit: int, gap: str = "\n") -> list[str]:
    """`lines` in as few messages of at most `limit` characters as they need; none of them is cut."""
    messages: list[str] = []
    for line in lines:
        if messages and len(messages[-1]) + len(gap) + len(line) <= limit:
            messages[-1] += gap + line
        else:
            messages.append(line)
    return messages


def cut(text: str, limit: int = LIMIT) -> tuple[Chunk, ...]:
    """As `split`, with what was added to each chunk and skipped before it."""
    if limit < SMALLEST_LIMIT:
        raise ValueError(f"a message of {limit} characters is too small, the least is {SMALLEST_LIMIT}")
    text = text.rstrip()
    skipped, opened = _whitespace(text, 0), ""
    at = len(skipped)
    chunks: list[Chunk] = []
    while at < len(text):
        message = opened + text[at : at + limit + 1 - len(opened)]
        lines = markdown.scan(message)
        edge = _overflow(message, lines, limit)
        if edge is None:
            closed = markdown.closer_after(lines[-1].fence, message[lines[-1].start :])
            chunks.append(Chunk(message + closed, skipped, opened, closed))
            break
        if edge < len(message):
            message = message[:edge]
            lines = markdown.scan(message)
        window = Window(message, lines, len(opened), limit)
        point = _before_blank(window, split_point(window))
        closed = _closer_at(window, point)
        body = message[len(opened) : point]
        shown = body if closed else body.rstrip()
        chunks.append(Chunk(opened + shown + closed, skipped, opened, closed))
        at += len(body)
        opened, gap = _resume(window, point, text, at)
        skipped = body[len(shown) :] + gap
        at += len(gap)
    return tuple(chunks)


def _overflow(message: str, lines: list[markdown.Line], limit: int) -> int | None:
    """The least n such that the first n characters, with what closes them, are over `limit`; None if there is none."""
    for line in lines[_index_at(lines, limit - markdown.LONGEST_CLOSER) :]:
        for n in range(max(line.start, limit + 1 - markdown.LONGEST_CLOSER), line.end + 1):
            if n + len(markdown.closer_after(line.fence, message[line.start : n])) > limit:
                return n
    return None


def _before_blank(window: Window, point: int) -> int:
    """The point, before the blank lines and indentation that end there: what is shown ends where it is closed."""
    index = _index_at(window.lines, point)
    while not window.lines[index].fence and not window.message[window.lines[index].start : point].strip():
        index -= 1
        point = window.lines[index].end
    return point


def _closer_at(window: Window, point: int) -> str:
    """What closes the message at `point`: on a line of its own, so that a blank line of code is seen, if there is room.

    `split_point` leaves that room at the end of a line.
    """
    line = window.lines[_index_at(window.lines, point)]
    closer = markdown.closer_after(line.fence, window.message[line.start : point])
    if closer and line.fence and point + 1 + len(line.fence.closer) <= window.limit:
        return "\n" + line.fence.closer
    return closer


def _resume(window: Window, point: int, text: str, at: int) -> tuple[str, str]:
    """What opens the message after a cut at `point` (`at` in the text), and the whitespace to skip before it."""
    line = window.lines[_index_at(window.lines, point)]
    fence = markdown.fence_after(line.fence, window.message[line.start : point])
    if fence and point < line.end:
        # In the middle of an opener the rest may still make it inline code: repeat no more than its marker.
        return (fence.opener(window.limit // 4) + "\n" + fence.quote if fence is line.fence else fence.closer), ""
    if fence and not markdown.leaves(fence, text[at + 1 : at + 5]):
        return fence.opener(window.limit // 4) + "\n", "\n"
    gap = _whitespace(text, at)
    if line.kind in (markdown.Kind.DELIMITER, markdown.Kind.ROW):
        top = _table_top(window, line)
        # A row is told by its first characters, so that it is the same row when more of it is written.
        within = point < line.end or (gap.count("\n") == 1 and markdown.is_row(top, text[at + len(gap) :][:10]))
        if within and len(top) <= window.limit // 2:
            return top, gap
    return "", gap


def _table_top(window: Window, row: markdown.Line) -> str:
    """The header and delimiter rows of the table that `row` stands in."""
    index = _index_at(window.lines, row.start)
    while window.lines[index].kind is not markdown.Kind.HEADER:
        index -= 1
    return "".join(window.message[line.start : line.end].strip() + "\n" for line in window.lines[index : index + 2])


def _whitespace(text: str, at: int) -> str:
    found = _WHITESPACE.match(text, at)
    return found[0] if found else ""


def _index_at(lines: list[markdown.Line], at: int) -> int:
    return max(bisect_right(lines, at, key=attrgetter("start")) - 1, 0)
