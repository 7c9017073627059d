"""A unified diff as a picture, for phones that show no text files.

Promises: any text becomes a PNG of sane size; what there is no room for is said under it. Its beginning is drawn, in
the letters of tables, with the indentation kept. Takes some tenths of a second: not for an event loop.
"""

import itertools
from dataclasses import dataclass
from functools import partial

from PIL import Image, ImageDraw

from antiphon.chat.render.format import counted
from antiphon.chat.render.images.fonts import LINE, Typeface, as_png, typeface
from antiphon.chat.render.text.diffs import DiffKind, diff_lines

_Color = tuple[int, int, int]

_LINES = 100  # drawn, wrapped ones counted
_WRAPPED, _CHARACTERS = 4, 400  # of one line of the diff
_WIDTH, _PAD, _SIGN, _INDENT = 600, 10, 16, 7  # pixels at single size; the last for each space at a line's beginning
_DEEPEST = 30  # spaces that are kept
_SCALE = 2  # for phones

_DIM: _Color = (148, 155, 164)
_COLORS: dict[DiffKind, tuple[_Color, _Color]] = {  # the background and the text
    "file": ((30, 31, 34), (242, 243, 245)),
    "hunk": ((43, 45, 49), _DIM),
    "added": ((32, 53, 41), (178, 227, 190)),
    "removed": ((64, 36, 39), (246, 185, 182)),
    "same": ((43, 45, 49), (219, 222, 225)),
}
_SIGNS: dict[DiffKind, str] = {"added": "+", "removed": "−"}


@dataclass(frozen=True, slots=True)
class _Line:
    """One drawn line. `first`: the one with the sign, where a line of the diff is wrapped."""

    kind: DiffKind
    indent: int
    text: str
    first: bool


def png(diff: str) -> bytes:
    """The picture of a diff, the first lines of a long one."""
    return as_png(partial(_drawn, diff), _LINES)


def _drawn(diff: str, most: int) -> Image.Image:
    face = typeface(_SCALE)
    every = list(diff_lines(diff))
    lines: list[_Line] = []
    shown = 0
    for kind, text in every:
        wrapped = _wrapped(face, kind, text)
        if lines and len(lines) + len(wrapped) > most:
            break
        lines += wrapped
        shown += 1
    rest = len(every) - shown
    height = (len(lines) + bool(rest)) * LINE + 2 * _PAD
    image = Image.new("RGB", (_WIDTH * _SCALE, height * _SCALE), _COLORS["same"][0])
    canvas = ImageDraw.Draw(image)
    top = _PAD
    for line in lines:
        background, color = _COLORS[line.kind]
        canvas.rectangle((0, top * _SCALE, _WIDTH * _SCALE, (top + LINE) * _SCALE - 1), background)
        if line.first and line.kind in _SIGNS:
            face.draw(image, (_PAD * _SCALE, top * _SCALE), _SIGNS[line.kind], color, True)
        left = _PAD + (0 if line.kind in ("file", "hunk") else _SIGN) + line.indent
        face.draw(image, (left * _SCALE, top * _SCALE), line.text, color, line.kind == "file")
        top += LINE
    if rest:
        note = f"… in the file: {counted(rest, 'more line')}"
        face.draw(image, (_PAD * _SCALE, top * _SCALE), note, _DIM, False)
    return image


def _wrapped(face: Typeface, kind: DiffKind, text: str) -> list[_Line]:
    cut = len(text) > _CHARACTERS
    text = text[:_CHARACTERS].expandtabs(4)
    bare = text.lstrip(" ")
    indent = min(len(text) - len(bare), _DEEPEST) * _INDENT
    room = (_WIDTH - 2 * _PAD - _SIGN - indent) * _SCALE
    parts = list(itertools.islice(face.wrapped(bare.rstrip(), room, kind == "file"), _WRAPPED + 1))
    if cut or len(parts) > _WRAPPED:
        parts = [*parts[: _WRAPPED - 1], "…"]
    return [_Line(kind, indent, part, at == 0) for at, part in enumerate(parts)]
