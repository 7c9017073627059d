"""Text in columns of equal characters: how wide it is, wrapped, filled.

Promises: pure, linear, for every text. Widths are what terminals and code blocks show: East Asian wide characters and
emoji take two columns, marks and joiners none.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

from antiphon.chat.render.text.markdown import is_boundary

_ZERO = frozenset({"Mn", "Me", "Cf", "Cc"})
_WIDE = frozenset({"W", "F"})
_BREAKS = frozenset("/\\_-.,:;=&?|+@")
_ASCII_PIECE = re.compile(r"[^/\\_\-.,:;=&?|+@]*+[/\\_\-.,:;=&?|+@]++|[^/\\_\-.,:;=&?|+@]++")
_SHORT = 100  # characters of a text whose width is remembered
_ISOLATE, _END = "\u2068", "\u2069"


def width(text: str) -> int:
    """The columns that one line takes."""
    if text.isascii():
        return len(text)
    return _known_width(text) if len(text) <= _SHORT else _counted_width(text)


def _counted_width(text: str) -> int:
    total = last = 0
    before = ""
    for letter in text:
        if letter == "\ufe0f":  # shown as an emoji
            last, total = 2, total + (last == 1)
        elif before == "\u200d" or "\U0001f3fb" <= letter <= "\U0001f3ff":  # joined; a skin's tone
            last = 2 if last or before else 0
            total += 0 if before else 2
        else:
            last = _width(letter)
            total += last
        before = letter
    return total


_known_width = lru_cache(maxsize=4096)(_counted_width)  # a cell is measured three times over


@lru_cache(maxsize=8192)
def _width(letter: str) -> int:
    if letter < "\u0300":
        return 1 if letter >= " " else 0
    if unicodedata.category(letter) in _ZERO:
        return 0
    return 2 if unicodedata.east_asian_width(letter) in _WIDE else 1


@lru_cache(maxsize=8192)
def _is_rtl(letter: str) -> bool:
    return unicodedata.bidirectional(letter) in ("R", "AL", "AN")


def clipped(text: str, room: int) -> str:
    """The text's beginning, at most `room` columns, with … where something is left out."""
    if len(text) <= room and width(text) <= room:
        return text
    if text.isascii():
        return text[: room - 1] + "…"
    kept = 0
    for at in range(1, min(len(text), 2 * room)):
        if is_boundary(text, at):
            if width(text[:at]) >= room:
                break
            kept = at
    return text[:kept] + "…"


def filled(text: str, room: int, align: str) -> str:
    """The text in `room` columns, aligned l, c or r. Words from right to left keep to their column."""
    free = max(room - width(text), 0)
    if align == "l" and text.isascii():
        return text + " " * free
    left = free if align == "r" else free // 2 if align == "c" else 0
    if not text.isascii() and any(map(_is_rtl, text)):
        text = _ISOLATE + text + _END
    return " " * left + text + " " * (free - left)


def longest_piece(cell: str) -> int:
    """The columns that the cell needs at least, if no word is broken but after punctuation."""
    return max((width(piece) for word in cell.split() for piece in _pieces(word)), default=0)


def wrapped(cell: str, room: int) -> list[str]:
    """The cell's lines, at least one, at most `room` columns each if `longest_piece` is no more."""
    lines: list[str] = []
    for line in cell.split("\n"):
        lines += [line] if width(line) <= room else _wrapped(line, room)
    return lines


def _wrapped(line: str, room: int) -> Iterator[str]:
    now, taken = "", 0
    for word in line.split():
        gap = " " if now else ""
        for piece in [word] if width(word) <= room else _pieces(word):
            size = width(piece)
            if now and taken + len(gap) + size > room:
                yield now
                now, taken, gap = "", 0, ""
            now, taken, gap = now + gap + piece, taken + len(gap) + size, ""
    yield now


def _pieces(word: str) -> list[str]:
    """A word, after each of which a line may end: at punctuation, and on both sides of a wide character."""
    if word.isascii():
        return _ASCII_PIECE.findall(word)
    pieces: list[str] = []
    start = 0
    for at in range(1, len(word)):
        before, after = word[at - 1], word[at]
        punctuated = before in _BREAKS and after not in _BREAKS
        if (punctuated or _width(before) == 2 or _width(after) == 2) and is_boundary(word, at):
            pieces.append(word[start:at])
            start = at
    return [*pieces, word[start:]]
