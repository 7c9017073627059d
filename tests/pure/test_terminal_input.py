"""What is typed into a terminal's input, and what stands there: no terminal."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.agent.terminal.input_line import digest, is_harmless, squeezed, typed_in

EDGE = "─" * 40
SIGN = "❯\N{NO-BREAK SPACE}"
BELOW = "  ⏸ manual mode on"


@pytest.mark.parametrize(
    "text",
    [
        "yes",
        "fix #123 in `src/a.py`, please!",
        "100 % of {x} & <b>",
        "déjà vu 🙂",
        "看看 a/b",
        "ultrathink about it",
        "exits",
    ],
)
def test_words_are_typed(text: str) -> None:
    assert is_harmless(text)


@pytest.mark.parametrize(
    "text",
    [
        "!ls", "/config x", "#note", "@a.py", "look at @a.py", "look at ＠a.py", "an end \\", "exit", "QUIT", ":wq",
        " led", "trailing ", "two\nlines", "a\ttab", "esc \x1b[2J", "bell \x07", "ha\u202elf", "zero\u200bwidth",
        "use ultracode", "", "antiphon off", "/antiphon off", "x" * 401, "&bg", "?", "<command-name>/x</command-name>",
    ],
)  # fmt: skip
def test_signs_go_another_way(text: str) -> None:
    assert not is_harmless(text)


@given(st.text())
def test_nothing_that_a_terminal_acts_upon_is_typed(text: str) -> None:
    if is_harmless(text):
        assert text.isprintable()
        assert not set(text) & set("@\\")
        assert text[0].isalnum()


@pytest.mark.parametrize(
    ("lines", "cursor", "found"),
    [
        (["", EDGE, SIGN, EDGE, BELOW], 2, ""),
        (["", EDGE, f"{SIGN}half a", EDGE, BELOW], 2, "halfa"),
        (["", EDGE, f"{SIGN}a line that is", "  broken ", EDGE, BELOW], 3, "alinethatisbroken"),
        (["", EDGE, "!\N{NO-BREAK SPACE}", EDGE, BELOW], 2, None),  # another mode
        (["", f"{SIGN}earlier", "", EDGE, SIGN, EDGE], 1, None),  # what was typed before
        (["Do you want to proceed?", f"{SIGN}1. Yes", "  2. No"], 1, None),  # a dialog
        ([EDGE, SIGN, EDGE, "  menu"], 3, None),
        ([f"{SIGN}ls"], 0, None),  # a shell
        (["$ ls"], 0, None),
        ([], 0, None),
        ([EDGE, SIGN], 1, None),
    ],
)
def test_the_input_is_read_off_the_screen(lines: list[str], cursor: int, found: str | None) -> None:
    assert typed_in(lines, cursor) == found


def test_a_text_is_known_again_wherever_its_lines_were_broken() -> None:
    assert digest("one two\n  three") == digest("one  two three")
    assert digest("one two") != digest("two one")
    assert squeezed(" a\n b ") == "ab"
