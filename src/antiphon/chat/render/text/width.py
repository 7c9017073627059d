"""Display width: how many columns of a terminal or a code block a text takes; texts clipped, wrapped, padded to it.

Promises: pure and linear, for every text. Graphemes (what a reader sees as one character) are never cut. wcwidth knows
the widths: East Asian wide characters and emoji take two columns, combining marks, joiners and controls none.
"""

import unicodedata
from collections.abc import Iterator
from functools import lru_cache

import wcwidth

_BREAKS = "/\\_-.,:;=&?|+@"
_ISOLATE, _END = "\u2068", "\u2069"


def width(text: str) -> int:
    """The columns that one line takes."""
    return len(text) if text.isascii() else wcwidth.width(text, control_codes="ignore")


def clipped(text: str, columns: int) -> str:
    """The text's beginning, at most so many columns, with … where something is left out."""
    if width(text) <= columns:
        return text
    end = taken = 0
    for grapheme in wcwidth.iter_graphemes(text):
        taken += width(grapheme)
        if taken >= columns:
            break
        end += len(grapheme)
    return text[:end] + "…"


def padded(text: str, columns: int, align: str) -> str:
    """The text in so many columns, aligned l, c or r. Right-to-left words are isolated, so that they keep to theirs."""
    free = max(columns - width(text), 0)
    left = free if align == "r" else free // 2 if align == "c" else 0
    if not text.isascii() and any(map(_is_rtl, text)):
        text = _ISOLATE + text + _END
    return " " * left + text + " " * (free - left)


@lru_cache(maxsize=8192)
def _is_rtl(character: str) -> bool:
    return unicodedata.bidirectional(character) in ("R", "AL", "AN")


def longest_piece(cell: str) -> int:
    """The columns that the cell needs at least, if no word is broken but after punctuation."""
    return max((width(piece) for word in cell.split() for piece in _pieces(word)), default=0)


def wrapped(cell: str, columns: int) -> list[str]:
    """The cell's lines, at least one, at most so many columns each if `longest_piece` is no more."""
    lines: list[str] = []
    for line in cell.split("\n"):
        lines += [line] if width(line) <= columns else _wrapped(line, columns)
    return lines


def _wrapped(line: str, columns: int) -> Iterator[str]:
    now, taken = "", 0
    for word in line.split():
        gap = " " if now else ""
        for piece in [word] if width(word) <= columns else _pieces(word):
            size = width(piece)
            if now and taken + len(gap) + size > columns:
                yield now
                now, taken, gap = "", 0, ""
            now, taken, gap = now + gap + piece, taken + len(gap) + size, ""
    yield now


def _pieces(word: str) -> list[str]:
    """The parts of a word between which a line may be broken: after punctuation, and beside a wide grapheme."""
    pieces: list[str] = []
    start = at = 0
    before = ""
    for grapheme in wcwidth.iter_graphemes(word):
        punctuated = before[-1:] in _BREAKS and grapheme[0] not in _BREAKS
        if before and (punctuated or width(before) > 1 or width(grapheme) > 1):
            pieces.append(word[start:at])
            start = at
        at += len(grapheme)
        before = grapheme
    return [*pieces, word[start:]]
