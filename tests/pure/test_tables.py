"""Markdown tables and text in columns."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_splitter import CLUSTERS

from antiphon.chat.render.message import Table
from antiphon.chat.render.text.tables import PHONE, code_blocks, columns, live_code, read, without_markup
from antiphon.chat.render.text.width import clipped, longest_piece, padded, width, wrapped

words = st.one_of(
    st.lists(st.sampled_from(["a", "word", "日本", "src/main.py", "an_identifier", "שלום", *CLUSTERS, " "])).map(
        "".join
    ),
    st.text(max_size=30).map(lambda text: " ".join(text.split())),
)


@pytest.mark.parametrize(
    ("text", "size"),
    [("", 0), ("abc", 3), ("日本", 4), ("é", 1), ("e\u0301", 1), ("👍🏽", 2), ("👩\u200d👩\u200d👧", 2), ("🇩🇪", 2),
     ("❤️", 2), ("\u200b", 0), ("ﾊ", 1), ("שלום", 4)],
)  # fmt: skip
def test_a_text_is_as_wide_as_a_terminal_shows_it(text: str, size: int) -> None:
    assert width(text) == size


@given(words, st.integers(2, 40))
def test_wrapped_text_fits_and_keeps_each_character(text: str, room: int) -> None:
    lines = wrapped(text, room)
    assert "".join("".join(lines).split()) == "".join(text.split())
    if longest_piece(text) <= room:
        assert all(width(line) <= room for line in lines)


@given(words, st.integers(2, 40))
def test_clipped_text_fits(text: str, room: int) -> None:
    shown = clipped(text, room)
    assert width(shown) <= room
    assert shown == text or (shown.endswith("…") and text.startswith(shown[:-1]))


@given(words, st.integers(0, 60), st.sampled_from("lcr"))
def test_padded_text_takes_its_columns(text: str, room: int, align: str) -> None:
    shown = padded(text, room, align)
    assert width(shown) == max(room, width(text))
    assert shown.strip(" \u2068\u2069") == text.strip(" \u2068\u2069")


def test_words_are_wrapped_at_spaces_and_after_punctuation() -> None:
    assert wrapped("see src/antiphon/core.py there", 12) == ["see src/", "antiphon/", "core.py", "there"]
    assert wrapped("日本語の文章", 5) == ["日本", "語の", "文章"]
    assert wrapped("two\nlines", 20) == ["two", "lines"]
    assert longest_piece("src/antiphon/core.py") == 9


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        ("**bold** and *it* and ~~gone~~ and _so_", "bold and it and gone and so"),
        ("***both***, **`code`**", "both, code"),
        ("`a*b*` ``x`y``", "a*b* x`y"),
        ("2*3*4 a_b_c __init__ 2 ** 3", "2*3*4 a_b_c __init__ 2 ** 3"),
        (r"\*no\* C:\dir", r"*no* C:\dir"),
        (
            "[docs](https://example.org/a_(b)) <https://example.org>",
            "docs (https://example.org/a_(b)) https://example.org",
        ),
        ("[a.py](a.py) ![pic](p.png)", "a.py pic (p.png)"),
        ("one<br>two<BR/> three", "one\ntwo\nthree"),
        ("[not](a link with words)", "[not](a link with words)"),
        ("`unclosed **and [open", "`unclosed **and [open"),
    ],
)
def test_a_cell_is_read_as_discord_would_show_it(cell: str, shown: str) -> None:
    assert without_markup(cell, urls=True) == shown


def test_a_table_begins_with_as_many_rules_as_cells() -> None:
    assert columns("| a | b | c | d |", "|:--|--:|:-:|---|") == "lrcl"
    assert columns("a | b", "- | -") == "ll"
    assert columns("> | a |", "> |---|") == "l"
    assert columns("| a | b |", "|---|") == ""
    assert columns("| a | b |", "|---| - -|") == ""
    assert columns(r"| a \| b |", "|---|") == "l"


def test_ragged_rows_keep_all_their_cells() -> None:
    source = read("|a|b|\n|-|-|\n|1|\n|1|2|3|\n\n|`x|y`|2|\n| p \\| q | |", "ll")
    assert source.cells == (("a", "b"), ("1", ""), ("1", "2 | 3"), ("", ""), ("`x|y`", "2"), ("p | q", ""))


def test_the_links_of_a_table_are_found_once() -> None:
    source = read(
        "|a|\n|-|\n|[x](https://example.org/1) <https://example.org/2>|\n|[y](https://example.org/1) [z](z.py)|", "l"
    )
    assert source.links() == ["[x](<https://example.org/1>)", "<https://example.org/2>"]


@given(st.integers(1, 5).flatmap(lambda n: st.lists(st.tuples(*[words] * n), min_size=1, max_size=8)), st.data())
def test_code_has_a_phones_width_and_every_character_of_its_cells(
    rows: list[tuple[str, ...]], data: st.DataObject
) -> None:
    aligns = "".join(data.draw(st.sampled_from("lcr")) for _ in rows[0])
    blocks = code_blocks(Table(tuple(rows), aligns), 1980)
    for block in blocks:
        lines = block.split("\n")
        assert (lines[0], lines[-1]) == ("```", "```")
        assert all(width(line) <= PHONE for line in lines)
    if len(blocks) == 1:
        shown = re.sub(r"[\s\u2068\u2069-]", "", blocks[0].removeprefix("```").removesuffix("```"))
        assert sorted(shown) == sorted(re.sub(r"[\s\u2068\u2069-]", "", "".join("".join(row) for row in rows)))


def test_a_row_that_is_taller_than_three_lines_is_not_for_a_phone() -> None:
    assert code_blocks(Table((("a", "b"), ("x", "some words " * 12)), "ll"), 1980) == ()
    assert code_blocks(Table((("a", "b"), ("x", "some words " * 9)), "ll"), 1980)


def test_a_word_that_would_have_to_be_broken_is_not_for_a_phone() -> None:
    assert code_blocks(Table((("a", "b"), ("x" * 20, "y" * 20)), "ll"), 1980) == ()


def test_a_growing_table_without_room_for_its_header_has_no_code() -> None:
    assert live_code(read("|" + "a" * 50 + "|\n|-|", "l"), 100) is None
