"""A table as a picture, for tables that are wider than a phone.

Promises: any table becomes a PNG of at most 8 MB and of sane size, whatever is in its cells; what there is no room for
is said under it ("… in the file: 12 more rows"). Dark as Discord is, with colours that can be read on its light theme
too, and twice as fine as its size, for phones. Drawing takes up to half a second, at worst some: not for an event loop.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw

from antiphon.chat.render.format import counted
from antiphon.chat.render.images.fonts import LINE, Typeface, as_png, typeface
from antiphon.chat.render.message import Table

_ROWS = 60
_COLUMNS = 40
_CELL_LINES = 12
_CELL_CHARACTERS = 800
_WIDEST_CELL = 320  # pixels at single size, as all that follow
_TELLING = 160  # characters that are surely as wide, if they are letters
_NARROWEST_CELL = 80  # to which columns are narrowed to keep the table `_WIDTH` wide
_WIDTH = 640  # Discord shows pictures at most 550 wide
_WORD = 220  # to which a column is not narrowed if it would break a word
_PAD_X, _PAD_Y = 12, 8
_LEAST = 480  # wide is a picture under which something is said
_HEIGHT = 4_000
_PIXELS = 12_000_000  # of the picture: some 36 MB while it is drawn

_BACKGROUND, _ODD, _HEAD = (43, 45, 49), (49, 51, 56), (30, 31, 34)
_RULE, _TEXT, _BRIGHT, _DIM = (63, 65, 71), (219, 222, 225), (242, 243, 245), (148, 155, 164)


_Row = tuple[tuple[str, ...], ...]  # of each cell, its lines


@dataclass(frozen=True, slots=True)
class _Layout:
    """The part of a table that is drawn. `rest`: what is said under it of what is not."""

    rows: tuple[_Row, ...]
    widths: tuple[int, ...]
    aligns: str
    rest: str


def png(table: Table) -> bytes:
    """The picture of a table."""
    return as_png(lambda rows: _drawn(_layout(table, rows)), _ROWS)


def _layout(table: Table, most: int) -> _Layout:
    face = typeface(1)
    texts = [[_shortened(cell) for cell in row[:_COLUMNS]] for row in table.rows[: most + 1]]
    natural = [
        max(face.width(line[:_TELLING], at == 0) for at, cell in enumerate(column) for line in cell.split("\n"))
        for column in zip(*texts, strict=True)
    ]
    longest = [
        max(
            (face.width(word[:_TELLING], at == 0) for at, cell in enumerate(column) for word in set(cell.split())),
            default=0,
        )
        for column in zip(*texts, strict=True)
    ]
    widths = _narrowed(
        [min(max(want, 8), _WIDEST_CELL) for want in natural],
        [min(one, _WORD, _HEIGHT // len(longest)) for one in longest],
    )
    highest = min(_HEIGHT, _PIXELS // _full_width(widths))
    rows: list[_Row] = []
    height = LINE + 2 * _PAD_Y  # of what is said under them
    for at, row in enumerate(texts):
        added = tuple(_lines(face, cell, room, at == 0) for cell, room in zip(row, widths, strict=True))
        height += _height(added)
        if rows and height > highest:
            break
        rows.append(added)
    boxes = any(face.lacks(cell) for row in texts[: len(rows)] for cell in row)
    rest = _rest(len(table.rows) - len(rows), len(table.aligns) - len(widths), boxes)
    return _Layout(tuple(rows), tuple(widths), table.aligns[:_COLUMNS], rest)


def _height(row: _Row) -> int:
    return max(map(len, row)) * LINE + 2 * _PAD_Y


def _full_width(widths: Sequence[int]) -> int:
    return sum(widths) + 2 * _PAD_X * len(widths)


def _rest(rows: int, columns: int, boxes: bool) -> str:
    left = [counted(count, word) for count, word in ((rows, "more row"), (columns, "more column")) if count]
    left += ["characters for which there is no font"] if boxes else []
    return f"… in the file: {', '.join(left)}" if left else ""


def _narrowed(widths: list[int], least: list[int]) -> list[int]:
    """The widest columns narrowed alike, until the table is as wide as it should be at most; none under its least."""

    def capped(cap: int) -> list[int]:
        return [min(width, max(cap, word)) for width, word in zip(widths, least, strict=True)]

    low, high = _NARROWEST_CELL, _WIDEST_CELL
    while low < high:
        cap = (low + high + 1) // 2
        if _full_width(capped(cap)) <= _WIDTH:
            low = cap
        else:
            high = cap - 1
    return capped(low)


def _shortened(cell: str) -> str:
    return cell if len(cell) <= _CELL_CHARACTERS else cell[:_CELL_CHARACTERS] + "…"


def _lines(face: Typeface, cell: str, room: int, bold: bool) -> tuple[str, ...]:
    every = (part for line in cell.split("\n") for part in face.wrapped(line, room, bold))
    lines = tuple(itertools.islice(every, _CELL_LINES + 1))
    return lines if len(lines) <= _CELL_LINES else (*lines[: _CELL_LINES - 1], "…")


def _drawn(layout: _Layout) -> Image.Image:
    width, height = _full_width(layout.widths), sum(map(_height, layout.rows))
    if layout.rest:
        width, height = max(width, _LEAST), height + LINE + 2 * _PAD_Y
    scale = 2 if 4 * width * height <= _PIXELS and width <= _HEIGHT else 1
    face = typeface(scale)
    image = Image.new("RGB", (width * scale, height * scale), _BACKGROUND)
    draw = ImageDraw.Draw(image)
    top = 0
    for at, row in enumerate(layout.rows):
        fill = _HEAD if at == 0 else _BACKGROUND if at % 2 else _ODD
        draw.rectangle((0, top * scale, width * scale, (top + _height(row)) * scale), fill)
        draw.rectangle((0, top * scale, width * scale, top * scale + scale - 1), _RULE)
        left = 0
        for cell, room, align in zip(row, layout.widths, layout.aligns, strict=True):
            for number, line in enumerate(cell):
                free = room * scale - face.width(line, at == 0) if align != "l" else 0
                x = (left + _PAD_X) * scale + max(free // 2 if align == "c" else free, 0)
                y = (top + _PAD_Y + number * LINE) * scale
                face.draw(image, (x, y), line, _BRIGHT if at == 0 else _TEXT, at == 0)
            left += room + 2 * _PAD_X
        top += _height(row)
    if layout.rest:
        draw.rectangle((0, top * scale, width * scale, top * scale + scale - 1), _RULE)
        face.draw(image, (_PAD_X * scale, (top + _PAD_Y) * scale), layout.rest, _DIM, False)
    return image
