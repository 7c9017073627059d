"""Texts cut into messages: the laws that `antiphon.chat.render.text.splitter` states, and examples to read.

The checks below read Markdown with code of their own, not with the code under test.
"""

import itertools
import re
from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from antiphon.chat.render.text.splitter import LIMIT, SMALLEST_LIMIT, Chunk, cut, split

from growth import takes_linear_time

MANY = settings(max_examples=150, deadline=None)

FAMILY = "👩\u200d👩\u200d👧\u200d👦"
CLUSTERS = [FAMILY, "👍🏽", "🇩🇪", "❤️", "e\u0301", "1️⃣", "🏴\U000e0067\U000e0062\U000e007f", "ש\u05c1"]
PIECES = [
    "```\n", "```py\n", "\n```\n", "````md\n", "\n````\n", "~~~\n", "\n~~~\n", "```", "`", "``", "~~~~", "`````````",
    "    ```\n", "- ```js\n", "> ```\n> code\n> ```\n", "> ", ">", "``` `", "```" + "i" * 70 + "\n",
    "| a | b |\n", "|---|---|\n", "| 1 | 2 |\n", "a | b\n--|--\n1 | 2\n", "|", "|-",
    "[text](https://example.org/a_(b))", "https://example.org/" + "p" * 40, "[x", "](", ")", "**bold words**", "*", "_",
    "# Heading\n", "- item\n", "12. ", "\n", "\n\n", "\r\n", " ", "    ", "\t", "\u00a0", "\u2028", "\x1c", ". ", "! ",
    "שלום עולם", "مرحبا", "\u200b", "\u202e", "\ufeff", "\u0301", "\u200d", "\ud83d", "\ude00",
    "word", "some more words here. ", "x" * 45, "y" * 130, "-" * 20, "\\", "<@1234567890>", *CLUSTERS,
]  # fmt: skip

texts = st.one_of(
    st.lists(st.sampled_from(PIECES), max_size=60).map("".join),
    st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=12)), max_size=40).map("".join),
    st.text(alphabet="`~ \n>|-a*[](", max_size=400),
)
limits = st.integers(SMALLEST_LIMIT, 200)


def left_open(message: str) -> str:
    """The marker of the fence that a message leaves open, or ""."""
    marker = quoted = ""
    for line in message.split("\n"):
        mark = re.match(r" {0,3}((?:> ?){1,3})", line)
        if quoted and not re.match(r" {0,3}>", line):
            marker = quoted = ""
        if marker:
            run = re.sub(r"^ {0,3}(?:> ?){0,3}", "", line).strip() if quoted else line.strip()
            if set(run) == {marker[0]} and len(run) >= len(marker):
                marker = quoted = ""
            continue
        rest = (line[mark.end() :] if mark else line).lstrip(" \t")
        rest = re.sub(r"^(?:[-*+]|\d{1,9}[.)])[ \t]+", "", rest)
        run = rest[: len(rest) - len(rest.lstrip(rest[0]))] if rest[:1] in ("`", "~") else ""
        if 3 <= len(run) <= 8 and not (run[0] == "`" and "`" in rest[len(run) :]):
            marker, quoted = run, mark[1] if mark else ""
    return marker


def code_lines(message: str) -> list[str]:
    """The lines that stand in fences of three backticks."""
    found, inside = [], False
    for line in message.split("\n"):
        if line.startswith("```"):
            inside = not inside
        elif inside:
            found.append(line)
    return found


def own(chunk: Chunk) -> str:
    """What of a chunk is the text's own."""
    return chunk.text[len(chunk.opened) : len(chunk.text) - len(chunk.closed)]


def joined(chunks: Iterable[Chunk]) -> str:
    """The text that was cut, without the whitespace at its end."""
    return "".join(chunk.skipped + own(chunk) for chunk in chunks)


# --- the laws ---


@MANY
@given(texts, limits)
def test_every_chunk_fits_and_is_what_discord_would_keep_of_it(text: str, limit: int) -> None:
    for chunk in split(text, limit):
        assert 0 < len(chunk) <= limit
        assert chunk == chunk.strip()


@MANY
@given(texts, limits)
def test_every_chunk_closes_the_fences_that_it_opens(text: str, limit: int) -> None:
    for chunk in split(text, limit):
        assert left_open(chunk) == ""


@MANY
@given(texts, limits)
def test_joining_gives_back_the_text(text: str, limit: int) -> None:
    chunks = cut(text, limit)
    assert joined(chunks) == text.rstrip()
    for chunk in chunks:
        assert chunk.text == chunk.opened + own(chunk) + chunk.closed
        assert chunk.skipped.strip() == ""
        if re.match(r"(> ?)*(```|~~~)", chunk.opened):
            assert chunk.skipped in ("", "\n")


@settings(max_examples=300, deadline=None)
@given(texts, limits, st.data())
def test_while_a_text_grows_only_its_last_chunk_changes(text: str, limit: int, data: st.DataObject) -> None:
    whole = cut(text, limit)
    for end in data.draw(st.lists(st.integers(0, len(text)), min_size=1, max_size=8)):
        part = cut(text[:end], limit)
        assert len(part) <= len(whole)
        assert part[:-1] == whole[: max(len(part) - 1, 0)]


@MANY
@given(texts, limits)
def test_a_balanced_text_that_fits_comes_back_as_it_is(text: str, limit: int) -> None:
    text = text.strip()
    early = re.search(r"(?m)^.{0,9}>.*(```|~~~)|`{9}|~{9}|```[^\n]*`[^\n]*\Z", text)
    if text and not left_open(text) and len(text) <= (limit - 15 if early else limit):
        assert split(text, limit) == (text,)


@MANY
@given(st.lists(st.sampled_from([*CLUSTERS, "x", " 🇩🇪", "\n"]), min_size=30, max_size=80), limits, st.booleans())
def test_what_a_reader_counts_as_one_character_is_never_cut(parts: list[str], limit: int, fenced: bool) -> None:
    pieces = [
        "```\nx" if fenced else "x",
        *itertools.chain.from_iterable((piece[:-2], piece[-2:]) if piece[0] == " " else (piece,) for piece in parts),
    ]
    whole = set(itertools.accumulate(len(piece) for piece in pieces))
    at = 0
    for chunk in cut("".join(pieces) + "x", limit):
        assert at + len(chunk.skipped) in {0, *whole}
        at += len(chunk.skipped) + len(own(chunk))
        assert at in {len("".join(pieces)) + 1, *whole}


atoms = st.one_of(
    st.integers(1, 25).map(lambda n: f"[{'see here ' * (n // 9)}it](https://example.org/{'p' * n})"),
    st.integers(1, 70).map(lambda n: f"https://example.org/{'q' * n}"),
    st.integers(1, 6).map(lambda n: f"`{'code span ' * n}end`"),
    st.integers(1, 6).map(lambda n: f"**{'bold words ' * n}end**"),
    st.just("<@123456789012345678>"),
)


@MANY
@given(
    st.lists(st.tuples(st.sampled_from(["word ", "some words. ", "x\n"]), atoms, st.integers(0, 40)), max_size=20),
    limits,
)
def test_links_addresses_inline_code_and_marked_words_stay_whole(parts: list[tuple[str, str, int]], limit: int) -> None:
    text = " ".join(f"{word}{atom}{',' + 'w' * glued if glued > 20 else ''}" for word, atom, glued in parts)
    chunks = split(text, max(limit, 110))
    for _, atom, _ in parts:
        assert sum(chunk.count(atom) for chunk in chunks) == text.count(atom)


tables = st.builds(
    lambda name, rows: "\n".join([f"| {name} | b |", "|---|:-:|", *(f"| row {n} | {'v ' * n}|" for n in rows)]),
    st.sampled_from(["a", "column"]),
    st.lists(st.integers(0, 9), min_size=1, max_size=25),
)
paragraphs = st.integers(1, 30).map(lambda n: "Some words. " * n)


@MANY
@given(st.lists(st.one_of(tables, paragraphs), max_size=6), limits)
def test_a_table_stays_whole_if_it_fits_and_else_repeats_its_top(blocks: list[str], limit: int) -> None:
    text = "\n\n".join(blocks)
    chunks = cut(text, limit)
    for block in blocks:
        if block.startswith("|"):
            assert len(block) > limit or any(block in chunk.text for chunk in chunks)
            for row in block.split("\n"):
                assert any(row in chunk.text.split("\n") for chunk in chunks)
    for chunk in chunks:
        if chunk.text.startswith("|"):
            assert re.match(r"\| \w+ \| b \|\n\|---\|:-:\|\n\| row", chunk.text)


@MANY
@given(
    st.lists(
        st.lists(st.sampled_from(["", "x = 1", "    deep", "\tif a:", "y" * 30, "  "]), min_size=1, max_size=25),
        max_size=5,
    ),
    limits,
)
def test_not_a_character_of_code_is_lost(blocks: list[list[str]], limit: int) -> None:
    text = "\n".join("\n".join(["Text.", "```py", *lines, "```   "]) for lines in blocks)
    chunks = split(text, limit + 40)
    assert not any("```py\n```" in chunk for chunk in chunks)
    assert [line for chunk in chunks for line in code_lines(chunk)] == [line for lines in blocks for line in lines]
    fences = [line.rstrip() for chunk in chunks for line in chunk.split("\n") if line.startswith("```")]
    assert fences == ["```py", "```"] * (len(fences) // 2)


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_a_run_without_a_space_is_cut_between_characters(cluster: str) -> None:
    for limit in range(60, 70):
        assert all(len(chunk) % len(cluster) == 0 for chunk in split(cluster * 100, limit))


# --- examples ---


def test_a_blank_text_has_no_message() -> None:
    assert split("") == split(" \n\t\n") == ()


def test_a_short_text_is_one_message_without_the_space_around_it() -> None:
    assert cut("\n  Hello.\n") == (Chunk("Hello.", "\n  ", "", ""),)


def test_a_limit_without_room_is_refused() -> None:
    with pytest.raises(ValueError, match="the least is 60"):
        split("x", 59)


def test_paragraphs_are_kept() -> None:
    for second in range(15, 30):
        text = "a" * 35 + "\n\n" + "b" * second + "\n" + "c" * 20
        assert split(text, 60) == ("a" * 35, "b" * second + "\n" + "c" * 20)


def test_a_heading_goes_with_what_it_heads() -> None:
    text = "One two three four five six seven.\n\n## Next\n\nEight nine ten eleven."
    assert split(text, 60) == ("One two three four five six seven.", "## Next\n\nEight nine ten eleven.")


def test_a_sentence_is_kept_before_a_word() -> None:
    text = "The first sentence is about this long. The second one is longer than the rest."
    assert split(text, 60) == (
        "The first sentence is about this long.",
        "The second one is longer than the rest.",
    )


def test_a_cut_does_not_make_a_list_or_a_heading_of_a_sentence() -> None:
    for number in range(30, 50):
        chunks = split("x" * number + " - not an item # nor a heading 1. nor a number > nor a quotation", 60)
        assert not any(re.match(r"([->#]|1\.) ", chunk) for chunk in chunks)


def test_a_list_marker_is_not_left_behind() -> None:
    assert split("Sources:\n- https://example.org/" + "p" * 30, 60) == ("Sources:", "- https://example.org/" + "p" * 30)


def test_a_long_word_is_not_cut_if_there_is_a_space_to_cut_at() -> None:
    assert split("x" * 20 + " " + "y" * 50, 60) == ("x" * 20, "y" * 50)
    assert split("x" * 5 + " " + "y" * 80, 60) == ("x" * 5 + " " + "y" * 54, "y" * 26)


def test_code_goes_on_in_a_fence_of_the_same_language() -> None:
    text = "```python\n" + "\n".join(f"    line_{n} = {n}" for n in range(6)) + "\n```\nDone."
    assert split(text, 70) == (
        "```python\n    line_0 = 0\n    line_1 = 1\n    line_2 = 2\n```",
        "```python\n    line_3 = 3\n    line_4 = 4\n    line_5 = 5\n```\nDone.",
    )


def test_code_is_cut_at_a_blank_line() -> None:
    text = "```\n" + "x = 1\n" * 5 + "\n" + "y = 1\n" * 5 + "```"
    assert split(text, 60) == ("```\n" + "x = 1\n" * 5 + "\n```", "```\n" + "y = 1\n" * 5 + "```")


def test_blank_lines_and_deep_indentation_are_seen_wherever_the_cut_falls() -> None:
    for limit in range(60, 80):
        chunks = split("```\n" + "x\n\n\n" * 60 + "```", limit)
        assert [line for chunk in chunks for line in code_lines(chunk)] == ["x", "", ""] * 60
        chunks = split("```\nx\n" + " " * (limit - 10) + "\nx" * 10 + "\n```", 70)
        assert sum(map(len, itertools.chain(*map(code_lines, chunks)))) == limit + 1
        chunks = split("```\n" + " " * 150 + "x\n```", limit)
        assert "".join(line for chunk in chunks for line in code_lines(chunk)) == " " * 150 + "x"


def test_a_longer_fence_holds_a_shorter_one() -> None:
    text = "````md\n" + "word " * 6 + "\n```py\nx = 1\n```\n" + "word " * 6 + "\n````"
    first, second = split(text, 70)
    assert first.startswith("````md\n")
    assert first.endswith("\n````")
    assert second.startswith("````md\n")
    assert second.endswith("\n````")


def test_a_fence_in_a_quotation_goes_on_in_a_quotation() -> None:
    text = "> ```py\n" + "\n".join(f"> line_{n} = {n}" for n in range(8)) + "\n> ```"
    for chunk in split(text, 80):
        assert chunk.startswith("> ```py\n> line")
        assert chunk.endswith("\n> ```")


def test_a_quotation_that_ends_ends_its_fence() -> None:
    quotation, words = "> ```\n> x = some_longer_call(1)", ("word " * 10).strip()
    assert split(quotation + "\n\n" + words, 60) == (quotation + "\n> ```", words)
    assert split(quotation + "\n" + words, 60) == (quotation + "\n> ```", words)


def test_an_info_string_that_is_too_long_is_shortened_when_repeated() -> None:
    text = "```python title=a_rather_long_name.py\n" + "x = 1\n" * 20 + "```"
    assert all(chunk.startswith("```python\n") for chunk in split(text, 60)[1:])


def test_an_opener_is_not_left_without_code() -> None:
    text = "word " * 9 + "\n```py\n" + "x = 1\n" * 12 + "```"
    assert split(text, 60)[0] == ("word " * 9).strip()
    text = "word\n```python title=a_rather_long_name.py\n" + "x" * 30 + "\n```"
    assert all(code_lines(chunk) for chunk in split(text, 60))


def test_the_live_chunk_closes_what_is_still_being_written() -> None:
    assert split("Look:\n```py\nx = 1") == ("Look:\n```py\nx = 1\n```",)
    assert split("Look:\n```py\nx = 1\n``") == ("Look:\n```py\nx = 1\n```",)
    assert split("Look:\n```py") == ("Look:\n```py```",)


def test_inline_code_of_three_backticks_is_closed_when_no_message_can_hold_it() -> None:
    first, second = split("```" + "x " * 40 + "``` and more", 60)
    assert first.startswith("```x")
    assert first.endswith("```")
    assert second.startswith("``` x")
    assert second.endswith("``` and more")


def test_a_closer_takes_code_with_it_wherever_the_cut_falls() -> None:
    for length in range(40, 60):
        text = "```\n" + "x" * 20 + "\n" + "y" * (length - 20) + "\n```   \n" + "word " * 10
        assert all(any(code_lines(chunk)) for chunk in split(text, 60) if "```" in chunk)


def test_a_table_that_fits_is_whole_wherever_the_window_ends() -> None:
    table = "| a | b |\n|---|---|\n| 1 | 2 |\n| 3 | 4 |\n| 5 | 6 |"
    for length in range(60):
        assert any(table in chunk for chunk in split("x" * length + "\n" + table + "\nAnd more words.", 60))


def test_a_long_table_repeats_its_top() -> None:
    text = "| a | b |\n|---|---|\n" + "\n".join(f"| {n} | value |" for n in range(6))
    first, second, third = split(text, 60)
    assert first == "| a | b |\n|---|---|\n| 0 | value |\n| 1 | value |"
    assert second == "| a | b |\n|---|---|\n| 2 | value |\n| 3 | value |"
    assert third == "| a | b |\n|---|---|\n| 4 | value |\n| 5 | value |"


def test_the_top_of_a_table_that_would_fill_the_message_is_not_repeated() -> None:
    top = "| a rather long header | another |\n|---|---|\n"
    assert split(top + "| v | w |\n" * 8, 60)[1].startswith("| v | w |\n| v | w |\n")


def test_what_no_message_can_hold_keeps_what_is_in_it_whole() -> None:
    chunks = split("| " + "word `code span here` " * 20, 60)
    assert sum(chunk.count("`code span here`") for chunk in chunks) == 20


def test_a_header_is_not_parted_from_a_delimiter_row_that_is_not_written_yet() -> None:
    before = "Some words that come before.\n"
    header = "| the first column | the second |"
    assert split(before + header + "\n|-", 60)[0] == before.strip()
    assert split(before + header + "\n|---|---|\n| 1 | 2 |", 60)[0] == before.strip()


def test_a_link_that_no_message_can_hold_is_cut() -> None:
    text = "[see](https://example.org/" + "p" * 100 + ") there"
    assert [len(chunk) for chunk in split(text, 60)] == [60, 60, 13]


def test_a_lone_backtick_or_star_does_not_stop_the_text() -> None:
    for sign in ("`", "*", "[", "**[`"):
        assert len(split(sign + "word " * 2000)) <= 7


# What stands before the part that is repeated, that part, and what stands after it.
HOSTILE = {
    "one line of code": ("```\n", "x", ""),
    "one word": ("", "x", ""),
    "words": ("", "word ", ""),
    "prose": ("", "See [the docs](https://example.org/a). **Really** `nice`, and _more_ of it.\n\n", ""),
    "code": ("```py\n", "    value = call(1, 2)\n", "```"),
    "table": ("| a | b |\n|---|---|\n", "| some value | another value |\n", ""),
    "backticks": ("", "`", ""),
    "brackets": ("", "[", ""),
    "begun links": ("", "[a](", ""),
    "begun marks": ("", "**a _b ", ""),
    "marks": ("", "*a", ""),
    "quotation marks": ("", "> ", ""),
    "fences": ("", "```\na\n```\n", ""),
    "combining marks": ("", "\u0301", ""),
    "joined": ("", "👩\u200d", ""),
    "flags": ("", "🇩🇪", ""),
    "space": ("x", " ", "y"),
    "space in code": ("```\n", " ", "y"),
    "blank lines in code": ("```\n", "\n", "y"),
    "an endless info string": ("```", "x", ""),
    "pipes": ("", "|", ""),
}


def hostile(name: str, size: int) -> str:
    before, repeated, after = HOSTILE[name]
    return before + repeated * (size // len(repeated)) + after


@pytest.mark.slow
@pytest.mark.parametrize("name", HOSTILE)
def test_the_time_and_the_messages_grow_as_the_text_does(name: str) -> None:
    text = hostile(name, 200_000)
    chunks = cut(text)
    assert len(chunks) <= 2 * len(text) // (LIMIT // 2) + 2
    assert joined(chunks) == text.rstrip()
    assert takes_linear_time(lambda size: cut(hostile(name, size)), 400_000)
