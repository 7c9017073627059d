"""A thread is named by the first words of its prompt, as a list of channels can show them."""

import pytest
import wcwidth

from antiphon.chat.render.text.thread_name import title

FAMILY = "👨‍👩‍👧‍👦"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("hello", "hello"),
        ("  a\n b\t c ", "a b c"),
        ("", "Session"),
        ("***", "Session"),
        ("\u200b", "Session"),
        ("\u3164", "Session"),
        ("\u2800\u2800", "Session"),
        ("```\n```", "Session"),
        ("# Title", "Title"),
        ("> quoted", "quoted"),
        ("- first\n- second", "first - second"),
        ("#12 is broken", "#12 is broken"),
        ("fix **this** and `that`", "fix this and that"),
        ("**fix this", "fix this"),
        ("see [the log](https://127.0.0.1/x) ||now||", "see the log now"),
        ("why does __init__.py call snake_case_name?", "why does __init__.py call snake_case_name?"),
        ("2 * 3 * 4 and a*b", "2 * 3 * 4 and a*b"),
        ("```py\nprint(1)\n```", "print(1)"),
        ("safe\u202egpj.exe", "safegpj.exe"),
        ("half \ud83d of one", "half of one"),
        ("~/.bashrc is odd", "~/.bashrc is odd"),
    ],
)
def test_a_thread_is_named_by_the_first_words(text: str, name: str) -> None:
    assert title(text) == name


@pytest.mark.parametrize("text", ["x" * 102, "word " * 40, "x" * 5000, FAMILY * 20, "e" + "\u0301" * 300, "🇩🇪" * 80])
def test_a_threads_name_has_at_most_100_characters(text: str) -> None:
    assert 1 <= len(title(text)) <= 100


@pytest.mark.parametrize("before", range(8))
def test_no_emoji_is_cut_in_half(before: int) -> None:
    name = title("x" * before + FAMILY * 20).removesuffix("…")
    assert list(wcwidth.iter_graphemes(name.lstrip("x"))) == [FAMILY] * (len(name.lstrip("x")) // len(FAMILY))


def test_a_long_name_ends_with_a_whole_word() -> None:
    assert title("word " * 40) == "word " * 19 + "word…"
