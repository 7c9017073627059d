"""Foreign text is shown as it is and changes nothing around it."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from render_samples import HOSTILE, TEXTS

from antiphon.chat.render.text.escape import block_quote, code_block, escaped, inline_code, one_line, visible

LIMITS = st.sampled_from([30, 80, 500])
HIDDEN = "\u202e\u2066\u200b\u200f\ufeff\x1b\0\ud800"


@given(TEXTS, LIMITS)
def test_a_plain_line_has_no_mark_that_means_something(text: str, limit: int) -> None:
    line = escaped(text, limit)
    assert len(line) <= limit
    assert not set(line) & set("\n\r" + HIDDEN)
    left = re.sub(r"\\[^0-9A-Za-z\s]", "", line)  # what a backslash made plain
    assert not set(left) & set("\\*~`|[<")
    assert "@everyone" not in left
    assert "__" not in left


@given(st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=126), max_size=100))
def test_a_plain_line_reads_as_the_text_did(text: str) -> None:
    shown = re.sub(r"\\([^0-9A-Za-z\s])", r"\1", escaped(text, 1000))
    assert shown == one_line(text, 1000)


@given(TEXTS, LIMITS, st.booleans())
def test_inline_code_is_ended_by_nothing_inside(text: str, limit: int, keep_end: bool) -> None:
    shown = inline_code(text, limit, keep_end=keep_end)
    assert shown == "" or (shown.count("`") == 2 and shown[0] == shown[-1] == "`")
    assert len(shown) <= limit + 2
    assert not set(shown) & set("\n" + HIDDEN)


@given(TEXTS, LIMITS)
def test_a_quotation_is_a_quotation_on_every_line(text: str, limit: int) -> None:
    shown = block_quote(text, limit)
    assert len(shown) <= limit
    assert all(line.startswith("> ") for line in shown.split("\n") if shown)
    assert shown.count("\n") < 8


@given(TEXTS)
def test_a_code_block_is_ended_by_nothing_inside(text: str) -> None:
    shown = code_block(visible(text), "bash")
    assert shown.startswith("```bash\n")
    assert shown.endswith("\n```")
    assert shown.count("```") == 2


def test_headings_lists_and_quotations_stay_as_they_were_written() -> None:
    assert block_quote("# a\n- b\n1. c\n> d\n-# e", 200) == "> \\# a\n> \\- b\n> 1\\. c\n> \\> d\n> \\-# e"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("snake_case and __init__", "snake_case and \\_\\_init\\_\\_"),
        ("a@b.org @everyone", "a@b.org \\@everyone"),
        ("\x1b[31mred\x1b[0m \x1b]0;t\x07x", "red x"),
        ("two\nlines\tand  more", "two lines and more"),
        ("e\u0301\u0301\u0301\u0301\u0301", "e\u0301\u0301"),
        ("👨\u200d👩 a\u200db", "👨\u200d👩 ab"),
        ("PASSWORD=hunter2", "PASSWORD=\\[redacted]"),
    ],
)
def test_odd_texts_are_shown_so(text: str, shown: str) -> None:
    assert escaped(text, 100) == shown


def test_a_path_keeps_its_end() -> None:
    assert inline_code("/a/very/long/path/to/file.py", 12, keep_end=True) == "`…/to/file.py`"
    assert inline_code("/a/very/long/path/to/file.py", 12) == "`/a/very/lon…`"


def test_hidden_characters_become_visible_where_people_decide() -> None:
    assert visible("a\u202eb\r\nc\x1b[1m") == "a⟨U+202E⟩b\nc"
    assert "\u202e" not in visible(HOSTILE)
