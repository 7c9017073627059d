"""Tables as pictures: whatever the table, a PNG that Discord takes and shows."""

import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from antiphon.chat.render.images.fonts import LINE, Typeface
from antiphon.chat.render.images.table import png
from antiphon.chat.render.message import FILE_LIMIT, Table

HARD = [
    "",
    " ",
    "\n",
    "\ud83d",
    "👩\u200d👧",
    "🇩🇪",
    "\u0301" * 50,
    "\u202e",
    "שלום",
    "日本語",
    "\x00",
    "\U0010ffff",
    "x" * 3000,
]
cells = st.one_of(st.sampled_from(HARD), st.text(max_size=20), st.just("some words " * 60))
tables = st.integers(1, 6).flatmap(
    lambda columns: st.builds(
        lambda rows, aligns: Table(tuple(rows), "".join(aligns)),
        st.lists(st.tuples(*[cells] * columns), min_size=1, max_size=8),
        st.lists(st.sampled_from("lcr"), min_size=columns, max_size=columns),
    )
)


def drawn(table: Table) -> Image.Image:
    data = png(table)
    assert len(data) <= FILE_LIMIT
    image = Image.open(io.BytesIO(data))
    image.load()
    assert image.format == "PNG"
    assert image.width * image.height <= 12_000_000
    return image


def grid(rows: int, columns: int, cell: str = "cell") -> Table:
    return Table(tuple((cell,) * columns for _ in range(rows)), "l" * columns)


def ink(image: Image.Image, top: int, bottom: int) -> tuple[int, int]:
    """From where to where something is written, as shares of the width in hundredths."""
    bright = [0] * 120 + [255] * 136
    strip = image.convert("L").crop((0, top, image.width, bottom)).point(bright)
    box = strip.getbbox()
    assert box
    return round(100 * box[0] / image.width), round(100 * box[2] / image.width)


@settings(max_examples=30, deadline=None)
@given(tables)
def test_any_table_is_drawn(table: Table) -> None:
    assert drawn(table).height >= 2 * LINE


@pytest.mark.parametrize(("rows", "columns"), [(1, 1), (5000, 2), (3, 300), (200, 40)])
def test_a_table_of_any_size_is_drawn(rows: int, columns: int) -> None:
    assert drawn(grid(rows, columns)).width <= 8000


def test_what_there_is_no_room_for_is_said_under_it() -> None:
    sixty, more, many = (drawn(grid(rows, 3)) for rows in (61, 62, 2000))
    assert more.height == many.height > sixty.height
    assert ink(more, more.height - 60, more.height)[1] > 30


def test_long_cells_are_wrapped_and_the_widest_columns_narrowed() -> None:
    assert drawn(grid(2, 1, "words " * 30)).width <= 2 * (320 + 24)
    assert drawn(grid(2, 1, "w" * 500)).width <= 2 * (320 + 24)
    five = drawn(Table((("n", "one", "two", "three", "four"), ("1", *["words " * 30] * 4)), "lllll"))
    assert five.width <= 2 * 640


def test_columns_are_aligned() -> None:
    left, middle, right = (
        ink(image, image.height // 2 + 8, image.height - 8)
        for image in (drawn(Table((("a long header",), ("x",)), align)) for align in "lcr")
    )
    assert left[1] < middle[0] < middle[1] < right[0]


def test_a_picture_is_the_same_each_time() -> None:
    assert png(grid(3, 3)) == png(grid(3, 3))


@pytest.fixture
def no_fonts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A system that has no fonts where Pillow looks for them."""
    for variable in ("XDG_DATA_HOME", "XDG_DATA_DIRS"):
        monkeypatch.setenv(variable, str(tmp_path))


@pytest.mark.usefixtures("no_fonts")
def test_without_installed_fonts_the_bundled_one_is_used() -> None:
    face = Typeface(2)
    assert face.width("Words", False) > 20
    assert not face.lacks("Words")
    assert face.lacks("日本語")
    image = Image.new("RGB", (200, 60))
    face.draw(image, (0, 0), "Words 日本語 👩\u200d👧 שלום \ud83d", (255, 255, 255), True)
    assert image.getbbox()


TEXTS = ["some words of a line", "x" * 200, "", "日本語" * 30, "🇩🇪" * 40, "a  b" * 30]


@pytest.mark.parametrize("text", TEXTS)
def test_wrapped_lines_fit_and_lose_nothing(text: str) -> None:
    face = Typeface(1)
    lines = list(face.wrapped(text, 100, False))
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert all(face.width(line, False) <= 100 for line in lines)


@pytest.mark.usefixtures("no_fonts")
@pytest.mark.parametrize("text", TEXTS)
def test_they_do_without_installed_fonts_too(text: str) -> None:
    test_wrapped_lines_fit_and_lose_nothing(text)
