"""What pictures of text share: which font has a character, how wide a line is, where it wraps.

Promises: draws any text, with the machine's fonts if it has one of `_SANS`, else with the one that Pillow brings along;
a character that no font has is drawn as a box. Emoji are in colour where a font for them is installed.
"""

import io
import itertools
import re
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import lru_cache

from PIL import Image, ImageDraw, ImageFont
from PIL.ImageFont import FreeTypeFont
from wcwidth import iter_graphemes

from antiphon.chat.render.message import FILE_LIMIT

SIZE, LINE = 15, 20
"""Of the letters and of a line of text, in pixels at single size."""

# Regular and bold.
_SANS = (
    ("NotoSans-Regular.ttf", "NotoSans-Bold.ttf"), ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf"),
    ("LiberationSans-Regular.ttf", "LiberationSans-Bold.ttf"), ("Arial.ttf", "Arial Bold.ttf"),
    ("segoeui.ttf", "segoeuib.ttf"),
)  # fmt: skip
# For what the first font lacks.
_OTHERS = (
    "DejaVuSans.ttf", "NotoSansCJK-Regular.ttc", "NotoSansCJK-VF.ttc", "wqy-zenhei.ttc", "PingFang.ttc", "msyh.ttc",
    "Arial Unicode.ttf", "NotoSansSymbols2-Regular.ttf",
)  # fmt: skip
_EMOJI = "NotoColorEmoji.ttf"
_EMOJI_SIZE, _EMOJI_HEIGHT = 109, 128  # the only size that this font's pictures have
_UNDRAWN = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_ABSENT = "\U0010ffff"  # for which a font has a box, or nothing


def has_sans() -> bool:
    """Whether this machine has a font for text; else there is the one that Pillow brings along."""
    return any(_font(regular, SIZE) is not None for regular, _ in _SANS)


class Typeface:
    """Measures, wraps and draws text, regular or bold, at `scale` times the size."""

    def __init__(self, scale: int) -> None:
        """Looks for the fonts: some tenths of a second."""
        size = SIZE * scale
        self._line = LINE * scale
        pairs = ([_font(name, size) for name in names] for names in _SANS)
        regular, bold = next((pair for pair in pairs if pair[0]), (None, None))
        regular = regular or _bundled(size)
        others = [font for name in _OTHERS if (font := _font(name, size))]
        self._regular, self._bold = (regular, *others), (bold or regular, regular, *others)
        self._emoji = _font(_EMOJI, _EMOJI_SIZE)
        self._chosen = lru_cache(maxsize=8192)(self._choose)
        self._missing = lru_cache(maxsize=8192)(self._misses)
        self._cluster_width = lru_cache(maxsize=8192)(self.width)

    def width(self, text: str, bold: bool) -> int:
        """The pixels that a line takes."""
        return sum(self._run_width(font, run) for font, run in self._runs(text, bold))

    def wrapped(self, text: str, room: int, bold: bool) -> Iterator[str]:
        """The lines of a text, at least one, each at most `room` pixels wide: cut at spaces, or where there are none
        between two characters."""
        now = ""
        for word in text.split(" "):
            longer = f"{now} {word}" if now else word
            if self.width(longer, bold) <= room:
                now = longer
                continue
            if now:
                yield now
            now = ""
            for piece in self._broken(word, room, bold):
                if now:
                    yield now
                now = piece
        yield now

    def lacks(self, text: str) -> bool:
        """Whether there is a character in it that no font has."""
        return not text.isascii() and any(self._missing(cluster) for cluster in iter_graphemes(_drawable(text)))

    def draw(self, image: Image.Image, at: tuple[int, int], text: str, color: tuple[int, int, int], bold: bool) -> None:
        """Draws a line; `at`: its upper left corner, in the image's own pixels."""
        canvas = ImageDraw.Draw(image)
        x, y = at
        for font, run in self._runs(text, bold):
            if font is self._emoji:
                self._draw_emoji(image, (x, y), font, run)
            else:
                canvas.text((x, y + round(self._line * 0.76)), run, color, font, anchor="ls")
            x += self._run_width(font, run)

    def _broken(self, word: str, room: int, bold: bool) -> Iterator[str]:
        """A word in pieces that fit."""
        piece, taken = "", 0
        for cluster in iter_graphemes(word):
            wide = self._cluster_width(cluster, bold)
            if piece and taken + wide > room:
                yield piece
                piece, taken = "", 0
            piece, taken = piece + cluster, taken + wide
        yield piece

    def _runs(self, text: str, bold: bool) -> Iterator[tuple[FreeTypeFont, str]]:
        """Neighbouring characters that one font has."""
        text = _drawable(text)
        if text.isascii():
            if text:
                yield (self._bold if bold else self._regular)[0], text
            return
        for font, run in itertools.groupby(iter_graphemes(text), key=lambda cluster: self._chosen(cluster, bold)):
            yield font, "".join(run)

    def _choose(self, cluster: str, bold: bool) -> FreeTypeFont:
        """The font for what a reader sees as one character."""
        fonts = self._bold if bold else self._regular
        if self._emoji and _is_emoji(cluster) and _has(self._emoji, cluster[0]):
            return self._emoji
        if cluster[0].isascii():
            return fonts[0]
        return next((font for font in fonts if _has(font, cluster[0])), fonts[0])

    def _misses(self, cluster: str) -> bool:
        letter = cluster[0]
        return letter.isprintable() and not letter.isspace() and not _has(self._chosen(cluster, False), letter)

    def _run_width(self, font: FreeTypeFont, run: str) -> int:
        wide = font.getlength(run)
        return round(wide * self._line / _EMOJI_HEIGHT) if font is self._emoji else round(wide)

    def _draw_emoji(self, image: Image.Image, at: tuple[int, int], font: FreeTypeFont, run: str) -> None:
        """Emoji as they are in the font, made as high as a line."""
        width = self._run_width(font, run)
        if width > 0:
            tile = Image.new("RGBA", (max(round(font.getlength(run)), 1), _EMOJI_HEIGHT))
            ImageDraw.Draw(tile).text((0, 0), run, font=font, anchor="lt", embedded_color=True)
            tile.thumbnail((width, self._line), Image.Resampling.LANCZOS)
            image.paste(tile, at, tile)


@lru_cache(maxsize=2)
def typeface(scale: int) -> Typeface:
    """The installed fonts, read once: it takes longer than a picture."""
    return Typeface(scale)


def as_png(draw: Callable[[int], Image.Image], parts: int) -> bytes:
    """The picture of at most so many parts; of half as many, and so on, until Discord takes the file."""
    while True:
        file = io.BytesIO()
        draw(parts).save(file, "PNG")
        if file.tell() <= FILE_LIMIT or parts <= 1:
            return file.getvalue()
        parts //= 2


def _font(name: str, size: int) -> FreeTypeFont | None:
    """An installed font, where Pillow looks for them; None if there is none of that name, or it cannot be read."""
    with suppress(OSError):
        return ImageFont.truetype(name, size)
    return None


def _bundled(size: int) -> FreeTypeFont:
    font = ImageFont.load_default(size)
    assert isinstance(font, FreeTypeFont)  # every wheel of Pillow has FreeType
    return font


def _has(font: FreeTypeFont, letter: str) -> bool:
    """Whether the font can draw it: what it cannot is drawn as what is no character is."""
    return _shape(font, letter) != _shape(font, _ABSENT)


def _shape(font: FreeTypeFont, letter: str) -> bytes:
    left, top, right, bottom = font.getbbox(letter)
    image = Image.new("L", (max(round(right - left), 1), max(round(bottom - top), 1)))
    ImageDraw.Draw(image).text((-left, -top), letter, 255, font)
    return image.tobytes()


def _drawable(text: str) -> str:
    """The text without what layout refuses: controls, separators, halves of surrogate pairs."""
    return _UNDRAWN.sub("\ufffd", text)


def _is_emoji(cluster: str) -> bool:
    first = cluster[0]
    return (
        "\ufe0f" in cluster
        or "\U0001f1e6" <= first <= "\U0001f1ff"
        or (first >= "\u2300" and unicodedata.east_asian_width(first) == "W" and unicodedata.category(first) == "So")
    )
