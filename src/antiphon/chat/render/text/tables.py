"""Markdown tables, which Discord does not know: read, and set as code that a phone shows in columns.

Promises: pure; any lines are read, ragged ones too, and no cell is dropped: cells that are missing are empty, cells
that are too many become part of the last one. Knows nothing of messages.

A table of few rows that is too wide for that is told as a list, row by row, with all of its text.

A table is set as code where it is at most `PHONE` columns wide, or becomes so by wrapping its cells and stays
readable: each column is at least 8 wide or as wide as it wants to be, no word is broken but after punctuation, and a
row has at most 3 lines.
"""

import itertools
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from antiphon.chat.render.message import Table
from antiphon.chat.render.text.markdown import unquoted
from antiphon.chat.render.text.splitter import fitting, packed
from antiphon.chat.render.text.width import clipped, longest_piece, padded, width, wrapped

PHONE = 35
"""Columns of a code block at 390 pixels: measured on the local Discord's page (14 px, 296 px of room)."""

_NARROWEST = 8  # columns
_TALLEST = 3  # lines a row
_GAP = "  "
_LONG, _NEWEST = 4000, 40  # characters from which on only so many rows of a growing table are looked at
_LIVE_CELL = 40  # columns of a cell of a growing table
_FEW_ROWS, _FEW_CELLS = 5, 30  # of a table that is told as a list: more is easier to look up in a picture

_BREAK = re.compile(r"(?i)<br\s*/?>")
_PIPE = re.compile(r"(?<!\\)\|")
_CODE_OR_PIPE = re.compile(r"`[^`]*`|\\.|\|", re.DOTALL)
_SIGN = re.compile(r"[`\[<\\*~_]")
_INLINE = re.compile(
    r"(?<!`)`(?!`)(?P<code>[^`]++)`(?!`)"
    r"|(?<!`)``(?!`)(?P<codes>(?:[^`]|`(?!`))+)``(?!`)"
    r"|!?\[(?P<text>[^\[\]]*+)\]\(<?(?P<url>[^()\s<>]*+(?:\([^()\s<>]*+\)[^()\s<>]*+)*)>?\)"
    r"|<(?P<address>https?://[^\s<>]++)>"
    r"|\\(?P<escaped>[!-/:-@\[-`{-~])"
    r"|(?<![\w*])(?P<stars>\*{1,3})(?![\s*])(?P<starred>[^*]++)(?<!\s)(?P=stars)(?![\w*])"
    r"|(?<!~)~~(?![\s~])(?P<struck>[^~]++)(?<!\s)~~(?!~)"
    r"|(?<!\w)_(?![\s_])(?P<leaned>[^_]++)(?<!\s)_(?!\w)"
)


@dataclass(frozen=True, slots=True)
class Source:
    """A table as it was written. `text`: its lines; `cells`: of each row, Markdown; `aligns` as in `Table`. `growing`:
    more rows may come."""

    text: str
    cells: tuple[tuple[str, ...], ...]
    aligns: str
    growing: bool = False

    @property
    def blank(self) -> bool:
        """Whether there is nothing to read in it."""
        return not any(cell for row in self.cells for cell in row)

    @property
    def too_long(self) -> bool:
        """Whether it grows and only its newest rows are looked at."""
        return self.growing and len(self.text) > _LONG

    def table(self, *, urls: bool) -> Table:
        """Without Markdown's signs. `urls`: a link's address follows its text."""
        rows = tuple(tuple(without_markup(cell, urls=urls) for cell in row) for row in self.cells)
        return Table(rows, self.aligns)

    def links(self) -> list[str]:
        """The web links of all cells in Markdown, each address once; none of them shows a preview."""
        found: dict[str, str] = {}
        for cell in (cell for row in self.cells for cell in row if "http" in cell):
            for link in _INLINE.finditer(cell):
                url, text = link["url"] or link["address"] or "", link["text"] or ""
                if url.startswith(("http://", "https://")):
                    found.setdefault(url, f"[{text}](<{url}>)" if text.strip() else f"<{url}>")
        return list(found.values())


def columns(header: str, delimiter: str) -> str:
    """The alignments of the table that begins with these lines; "" if they begin none (GFM: as many cells in both)."""
    rules = _split(delimiter)
    if len(rules) != len(_split(header)) or not all(re.fullmatch(r":?-+:?", rule) for rule in rules):
        return ""
    return "".join("c" if rule[0] == rule[-1] == ":" else "r" if rule[-1] == ":" else "l" for rule in rules)


def read(text: str, aligns: str, *, growing: bool = False) -> Source:
    """The table of these lines, the first two of which are its top."""
    header, _, *rows = text.split("\n")
    rows = rows[-_NEWEST:] if growing and len(text) > _LONG else rows
    return Source(text, tuple(_cells(row, len(aligns)) for row in (header, *rows)), aligns, growing)


def without_markup(cell: str, *, urls: bool) -> str:
    """A cell without Markdown's signs; its lines (``<br>``) without needless space."""
    text = _BREAK.sub("\n", cell) if "<" in cell else cell
    text = _strip_markup(text, urls) if _SIGN.search(text) else text
    if "\n" not in text:
        return " ".join(text.split())
    return "\n".join(" ".join(line.split()) for line in text.split("\n")).strip("\n")


def code_blocks(table: Table, room: int) -> tuple[str, ...]:
    """The table as fenced code of at most `room` characters each, cut between rows, the header in each of them.

    None of them where a phone could not show it well (see above), or where it cannot be told inside a fence.
    """
    widths = _phone_widths(table)
    if not widths or any("```" in cell for row in table.rows for cell in row):
        return ()
    rows = [_row(row, widths, table.aligns) for row in table.rows]
    if any(len(row) > _TALLEST for row in rows):
        return ()
    gap = "\n\n" if any(len(row) > 1 for row in rows[1:]) else "\n"
    head = _head(table, rows[0], widths)
    top = f"{head}\n" if head else ""
    parts = packed(("\n".join(row) for row in rows[1:]), room - len(_fenced(top)), gap)
    blocks = tuple(_fenced(top + part) for part in parts) or (_fenced(head),)
    return blocks if all(len(block) <= room for block in blocks) else ()


def as_list(source: Source) -> str:
    """The table row by row, as Markdown: the first cell, and below it each other one with its column's name; "" where
    it has too many rows."""
    header, *rows = source.cells
    if not 1 <= len(rows) <= _FEW_ROWS or sum(map(len, rows)) > _FEW_CELLS or source.growing or "```" in source.text:
        return ""
    names = [f"{_in_list(name)}: " if name else "" for name in header]
    lines: list[str] = []
    for first, *rest in rows:
        lines.append(names[0] + _emphasized(_in_list(first)))
        lines += [f"- {name}{_in_list(cell)}" for name, cell in zip(names[1:], rest, strict=True) if name or cell]
    return "\n".join(lines)


def _in_list(cell: str) -> str:
    return " / ".join(part.strip() for part in _BREAK.split(cell))


def _emphasized(cell: str) -> str:
    """Bold, where nothing in it says how it is to look."""
    return f"**{cell}**" if cell and not _SIGN.search(cell) else cell or "…"


def live_code(source: Source, room: int) -> str | None:
    """A table that still grows, as one block of fenced code: its header and the newest rows; None if there is no room.

    Not cut to a phone's width: what it looks like at last is decided when it is complete.
    """
    newest = source.cells[1:][-_NEWEST:]
    cells = [[_live_cell(cell) for cell in row] for row in (source.cells[0], *newest)]
    widths = [max(map(width, column)) for column in zip(*cells, strict=True)]
    rows = ["\n".join(_row(row, widths, source.aligns)) for row in cells]
    head = _head(Table((tuple(cells[0]),), source.aligns), [rows[0]], widths)
    room -= len(_fenced(head)) + len("\n… 1000000 rows above")
    kept = fitting(reversed(rows[1:]), room)[::-1]
    if not kept and (rows[1:] or room < 0):
        return None
    total = source.text.count("\n") - 1
    above = [f"… {total - len(kept)} rows above"] if kept and len(kept) < total else []
    return _fenced("\n".join(part for part in (head, *above, *kept) if part))


def _split(line: str, pipes: re.Pattern[str] = _PIPE) -> list[str]:
    """The cells of a row; by GFM's rule it is cut at each pipe that has no backslash before it."""
    row = unquoted(line).strip().removeprefix("|")
    ends = [found.start() for found in pipes.finditer(row) if found[0] == "|"]
    cells = [row[start + 1 : end].strip() for start, end in itertools.pairwise((-1, *ends, len(row)))]
    if len(cells) > 1 and not cells[-1]:
        cells.pop()
    return [cell.replace("\\|", "|") for cell in cells]


def _cells(line: str, count: int) -> tuple[str, ...]:
    """The `count` cells of a row. Its author may have forgotten that a pipe in inline code needs a backslash too."""
    cells = _split(line)
    if len(cells) > count:
        outside_code = _split(line, _CODE_OR_PIPE) if "`" in line else cells
        merged = [*cells[: count - 1], " | ".join(cells[count - 1 :])]
        cells = outside_code if len(outside_code) == count else merged
    return (*cells, *[""] * (count - len(cells)))


def _strip_markup(text: str, urls: bool) -> str:
    def shown(found: re.Match[str]) -> str:
        if (url := found["url"]) is not None:
            label = _strip_markup(found["text"], urls)
            return f"{label} ({url})" if urls and label and url and label != url else label or url
        inner = found["starred"] or found["struck"] or found["leaned"]
        if inner is not None:
            return _strip_markup(inner, urls)
        return found["code"] or found["codes"] or found["address"] or found["escaped"] or found[0]

    return _INLINE.sub(shown, text)


def _phone_widths(table: Table) -> list[int]:
    """The columns' widths on a phone: what they want, or less with wrapped cells; empty if they cannot be shown."""
    by_column = list(zip(*table.rows, strict=True))
    natural = [max(map(_broad, column)) for column in by_column]
    room = PHONE - len(_GAP) * (len(natural) - 1)
    if sum(natural) <= room:
        return natural
    if len(natural) * _NARROWEST > room + _NARROWEST * sum(one < _NARROWEST for one in natural):
        return []
    widths = [
        max(min(want, _NARROWEST), *map(longest_piece, column)) for want, column in zip(natural, by_column, strict=True)
    ]
    if sum(widths) > room:
        return []
    for _ in range(
        room - sum(widths)
    ):  # to the narrowest that wants more: a short column is not wrapped for a long one
        wanting = [at for at, want in enumerate(natural) if widths[at] < want]
        widths[min(wanting, key=widths.__getitem__)] += 1
    return widths


def _broad(cell: str) -> int:
    """The columns that a cell wants."""
    return max(map(width, cell.split("\n"))) if "\n" in cell else width(cell)


def _row(row: Sequence[str], widths: Sequence[int], aligns: str) -> list[str]:
    """The lines of a row."""
    cells = [wrapped(cell, columns) for cell, columns in zip(row, widths, strict=True)]
    return [
        _GAP.join(map(padded, lines, widths, aligns)).rstrip() for lines in itertools.zip_longest(*cells, fillvalue="")
    ]


def _head(table: Table, lines: Iterable[str], widths: Iterable[int]) -> str:
    """The header and the line under it; nothing for a header without words."""
    if not any(table.rows[0]):
        return ""
    return "\n".join([*lines, _GAP.join("-" * room for room in widths).rstrip()])


def _fenced(code: str) -> str:
    return f"```\n{code}\n```"


def _live_cell(cell: str) -> str:
    """A cell on one line, as far as there is room; three backticks would end the fence."""
    start = without_markup(cell[: 4 * _LIVE_CELL], urls=False).replace("\n", " ").replace("```", "ˋˋˋ")
    return clipped(start, _LIVE_CELL)
