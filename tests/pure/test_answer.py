"""What Claude said, as messages: the laws that `antiphon.chat.render.answer` states, and examples to read."""

import itertools
import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_splitter import PIECES, left_open

from antiphon.chat.render.answer import answer_specs, whole_answer
from antiphon.chat.render.message import MessageSpec, PictureUpload, TextUpload
from antiphon.core.blocks import NoteBlock, TextBlock
from antiphon.core.values import TurnId
from antiphon.core.view import TurnView

from growth import takes_linear_time

MANY = settings(max_examples=200, deadline=None)

ROWS = [
    "| a | b |\n|---|---|\n", "|x|\n|:-:|\n", "| one | two | three |\n|--|:--|--:|\n", "a | b\n-|-\n", "| 1 | 2 |\n",
    "| a \\| b | `c|d` | ``` |\n", "| " + "w" * 60 + " | y |\n", "| long words here and there " * 3 + "|\n", "|||\n",
    "| [see](https://example.org/p) | **b** |\n", "| שלום | 日本語 |\n", "> | q |\n> |---|\n", "|--", "| z", "||" * 300,
    "|" + "c|" * 300 + "\n|" + "-|" * 300 + "\n", "| " + "\u0301" * 2100 + " |\n", "| " + "long " * 500 + "|\n",
]  # fmt: skip
texts = st.one_of(
    st.lists(st.sampled_from([*ROWS, *ROWS, *PIECES, "\n", "\n\n"]), max_size=50).map("".join),
    st.lists(st.one_of(st.sampled_from([*ROWS, *PIECES]), st.text(max_size=12)), max_size=40).map("".join),
    st.text(alphabet="`| \n>-:a*[]()\\", max_size=400),
)


def specs_of(text: str, *, settled: bool = True) -> list[MessageSpec]:
    return answer_specs(3, TextBlock(text, settled))


def contents(text: str, *, settled: bool = True) -> list[str]:
    return [spec.content for spec in specs_of(text, settled=settled)]


def still(specs: Iterable[MessageSpec]) -> list[MessageSpec]:
    return [replace(spec, live=False) for spec in specs]


def read(specs: Iterable[MessageSpec]) -> str:
    """All that a reader gets, files included."""
    files = (upload.text for spec in specs for upload in spec.uploads if isinstance(upload, TextUpload))
    return "\n".join(itertools.chain((spec.content for spec in specs), files))


# --- the laws ---


@MANY
@given(texts, st.booleans())
def test_every_message_is_one_that_discord_takes_and_shows_as_it_is(text: str, settled: bool) -> None:
    specs = specs_of(text, settled=settled)
    for spec in specs:
        assert len(spec.content) <= 2000
        assert spec.content == spec.content.strip()
        assert spec.content or spec.uploads
        assert left_open(spec.content) == ""
    assert len({spec.slot for spec in specs}) == len(specs)
    assert [spec.live for spec in specs[:-1]] == [False] * (len(specs) - 1 if specs else 0)
    assert not settled or not any(spec.live for spec in specs)


@MANY
@given(texts)
def test_not_a_letter_or_digit_is_lost(text: str) -> None:
    missing = Counter(filter(str.isalnum, text))
    missing.subtract(Counter(filter(str.isalnum, read(specs_of(text)))))
    assert {letter: count for letter, count in missing.items() if count > 0} == {}


@settings(max_examples=400, deadline=None)
@given(texts, st.data())
def test_while_a_text_grows_only_its_last_message_changes(text: str, data: st.DataObject) -> None:
    """At each point where what was written last is no table: a table that grows may change what shows it."""
    ends = data.draw(st.lists(st.integers(0, len(text)), min_size=2, max_size=8).map(sorted))
    for at, later in itertools.pairwise(ends):
        part = text[:at]
        if "|" in re.split(r"\n[ \t]*(?=\n)", part)[-1]:
            continue
        before = still(specs_of(part, settled=False))
        for settled in (False, True):
            after = still(specs_of(text[:later], settled=settled))
            assert after[: max(len(before) - 1, 0)] == before[:-1]
            assert len(after) >= len(before)


class Words:
    """Words that are told apart: `w7x2` is the third word of the document's seventh place (a word, a table's row)."""

    def __init__(self) -> None:
        self._place = 0
        self._number = 0

    def move(self) -> None:
        self._place, self._number = self._place + 1, 0

    def one(self) -> str:
        self._number += 1
        return f"w{self._place}x{self._number - 1}"


MARKS = [
    "{}",
    "**{}**",
    "`{}`",
    "[{}](https://example.org/a)",
    "日{}本",
    "👩\u200d👧{}",
    "*{}*",
    "{}<br>",
    "\\|{}",
    "ש{}",
]
SHAPES = ["{}", "# {}", "- {}", "> {}", "```py\n{}\n```", "````\n```\n{}\n```\n````"]


def prose(words: Words, data: st.DataObject) -> str:
    said: list[str] = []
    for _ in range(data.draw(st.sampled_from([1, 5, 40, 400]))):
        words.move()
        said.append(words.one())
    return data.draw(st.sampled_from(SHAPES)).format(" ".join(said))


def table(words: Words, data: st.DataObject) -> str:
    marks = itertools.cycle(data.draw(st.lists(st.sampled_from(MARKS), min_size=1, max_size=3)))
    sizes = data.draw(st.lists(st.integers(0, 4), min_size=1, max_size=5))
    rows: list[str] = []
    for number in range(1 + data.draw(st.sampled_from([0, 1, 3, 8, 90]))):
        if number != 1:  # in a list, the columns' names stand among the cells of the first row
            words.move()
        cells = [" ".join(next(marks).format(words.one()) for _ in range(size)) for size in sizes]
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join([rows[0], "|" + "---|" * len(sizes), *rows[1:]])


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from([prose, table]), min_size=1, max_size=7), st.data())
def test_all_words_come_in_the_order_in_which_they_were_written(
    parts: list[Callable[[Words, st.DataObject], str]], data: st.DataObject
) -> None:
    """But inside a table's row, where the lines of wrapped cells stand beside each other."""
    words = Words()
    text = "\n\n".join(part(words, data) for part in parts)
    specs = specs_of(text)
    met = list(dict.fromkeys(word for spec in specs for word in re.findall(r"w\d+x\d+", read([spec]))))
    assert set(met) == set(re.findall(r"w\d+x\d+", text))
    if not any(spec.uploads for spec in specs):
        places = [int(word[1 : word.index("x")]) for word in met]
        assert places == sorted(places)
    for spec in specs:
        for upload in spec.uploads:
            if isinstance(upload, PictureUpload):
                drawn = " ".join(itertools.chain(*upload.table.rows))
                assert set(re.findall(r"w\d+x\d+", drawn)) == set(re.findall(r"w\d+x\d+", read([spec])))
                assert {len(row) for row in upload.table.rows} == {len(upload.table.aligns)}


# --- examples ---

NARROW = """\
| Fruit | **Count** | Price |
|:------|:---------:|------:|
| apple | `12`      | 1.20  |
| 日本  | 3         | 10.00 |
| a\\|b | 👩\u200d👧        |"""
NARROW_CODE = """\
```
Fruit  Count  Price
-----  -----  -----
apple   12     1.20
日本     3    10.00
a|b     👩\u200d👧
```"""
WIDE = """\
| Name | Where it is | What it does | Since |
|------|-------------|--------------|-------|
| core | [its folder](https://example.org/core) | what a bridge is: values, events, ports | 0.1 |"""
LONGER = "\n".join(
    [WIDE, *(f"| row {n} | here | a description that a phone has no room for | 0.{n} |" for n in range(2, 8))]
)


def test_a_narrow_table_is_aligned_code_in_the_message_that_it_was_written_in() -> None:
    assert contents(f"Here:\n\n{NARROW}\n\nThat is all.") == [f"Here:\n{NARROW_CODE}\nThat is all."]


def test_a_table_that_a_phone_has_no_room_for_is_wrapped_if_it_stays_readable() -> None:
    text = "| Command | What it does |\n|--|--|\n| `make test` | runs the whole suite of tests |\n| `make` | help |"
    assert contents(text) == [
        """\
```
Command    What it does
---------  ------------------------
make test  runs the whole suite of
           tests

make       help
```"""
    ]


def test_a_wider_table_of_few_rows_is_a_list_with_all_that_it_says() -> None:
    assert contents(f"Before.\n\n{WIDE}\n\nAfter.") == [
        """\
Before.

Name: **core**
- Where it is: [its folder](https://example.org/core)
- What it does: what a bridge is: values, events, ports
- Since: 0.1

After."""
    ]


def test_a_list_keeps_names_without_cells_cells_without_names_and_the_lines_of_a_cell() -> None:
    (told,) = contents(f"| {'wide ' * 9}| |\n|---|---|\n| | first<br>second |\n| **x** | {'y' * 40} |")
    assert told == f"{('wide ' * 9).strip()}: …\n- first / second\n{('wide ' * 9).strip()}: **x**\n- {'y' * 40}"


def test_a_wider_table_is_a_picture_with_its_links_and_its_source() -> None:
    before, picture, after = specs_of(f"Before.\n\n{LONGER}\n\nAfter.")
    assert (before.content, after.content) == ("Before.", "After.")
    assert picture.content == "[its folder](<https://example.org/core>)"
    drawn, source = picture.uploads
    assert source == TextUpload("table.md", LONGER + "\n")
    assert isinstance(drawn, PictureUpload)
    assert drawn.table.aligns == "llll"
    assert drawn.table.rows[1] == ("core", "its folder", "what a bridge is: values, events, ports", "0.1")


def test_a_long_table_repeats_its_header_in_each_message() -> None:
    text = "| n | square |\n|--:|--:|\n" + "\n".join(f"| {n} | {n * n} |" for n in range(400))
    messages = contents(text + "\n\nDone.")
    assert len(messages) == 3
    assert all(message.startswith("```\n  n  square\n---  ------\n") for message in messages)
    assert messages[-1].endswith("399  159201\n```\nDone.")


def test_a_table_of_more_than_five_messages_is_a_picture_with_its_source() -> None:
    text = "| n | square |\n|--:|--:|\n" + "\n".join(f"| {n} | {n * n} |" for n in range(2000))
    (spec,) = specs_of(text)
    assert spec.uploads[1] == TextUpload("table.md", text + "\n")


def test_a_table_goes_to_the_next_message_where_this_one_has_no_room() -> None:
    assert contents("w" * 1900 + f"\n\n{NARROW}\n\nAfter.") == ["w" * 1900, NARROW_CODE + "\nAfter."]


def test_a_table_grows_in_the_message_that_it_began_in() -> None:
    text = f"Here:\n\n{NARROW}\n\nThat is all."
    for end in range(text.index("12"), len(text)):
        (spec,) = specs_of(text[:end], settled=False)
        assert spec.live
        assert spec.slot == specs_of(text)[0].slot
        assert spec.content.startswith("Here:\n```\nFruit  Count  Price\n-----  -----  -----\napple")


def test_what_may_become_a_table_is_held_back_until_it_is_known() -> None:
    text = f"Here:\n\n{NARROW}"
    for end in range(text.index("|"), text.index(":|\n") + 2):
        assert contents(text[:end], settled=False) == ["Here:"]
    assert contents("Here:\n\n| Fru", settled=True) == ["Here:\n\n| Fru"]
    assert contents("Here:\n\n| Fru\nNo table.", settled=False) == ["Here:\n\n| Fru\nNo table."]


def test_of_a_wide_table_that_grows_the_newest_rows_are_shown() -> None:
    rows = "".join(f"| row {n} | {'words ' * 6} | and {'more words ' * 3} |\n" for n in range(200))
    before, growing = specs_of(f"Before.\n\n| a | b | c |\n|--|--|--|\n{rows}", settled=False)
    assert not before.live
    assert growing.live
    assert re.match(r"```\na +b +c\n-+  -+  -+\n… 1\d\d rows above\nrow 1\d\d ", growing.content)
    assert "row 199" in growing.content
    assert growing.slot == specs_of(f"Before.\n\n| a | b | c |\n|--|--|--|\n{rows}")[1].slot


def test_a_row_with_too_many_cells_keeps_them_in_the_last() -> None:
    assert contents("|a|b|\n|-|-|\n|1|2|3|\n|`x|y`|z|\n|4|") == ["```\na    b\n---  -----\n1    2 | 3\nx|y  z\n4\n```"]


def test_a_table_without_a_header_has_no_line_for_it() -> None:
    assert contents("| | |\n|-|-|\n| one | 1 |\n| two | 2 |") == ["```\none  1\ntwo  2\n```"]


@pytest.mark.parametrize(
    "text",
    [
        "```\n| a | b |\n|---|---|\n| 1 | 2 |\n```",  # in a fence
        "| a | b |\n|---|\n| 1 | 2 |",  # as many rules as cells make a table
        "| a | b |",
        "|  |  |\n|---|---|\n|  |  |",  # nothing to read
        "cat x | grep y\nthen more",
        "$$a | b$$\n\n```mermaid\ngraph LR\n  A -->|x| B\n```",
    ],
)
def test_what_is_no_table_is_shown_as_it_was_written(text: str) -> None:
    assert contents(text) == [text]


def test_a_table_of_three_hundred_columns_is_shown_as_it_was_written() -> None:
    text = "\n".join(["|" + "a|" * 300, "|" + "-|" * 300, "|" + "b|" * 300])
    assert contents(text) == [text]


def test_three_backticks_in_a_cell_do_not_end_the_code() -> None:
    (spec,) = specs_of("| a | b |\n|---|---|\n| ``` | x |")
    assert [type(upload) for upload in spec.uploads] == [PictureUpload, TextUpload]
    (growing,) = specs_of("| a | b |\n|---|---|\n| ``` | x |", settled=False)
    assert growing.content.count("```") == 2


def view(*texts: str) -> TurnView:
    return TurnView(TurnId("t"), None, 0, (NoteBlock("a note"), *(TextBlock(text, True) for text in texts)))


def test_an_answer_of_more_than_five_messages_is_also_one_text() -> None:
    long = "word " * 1500 + "\n\n" + NARROW
    assert len(contents(long)) == 4
    assert whole_answer(view(long, "x")) is None
    assert whole_answer(view(long, "  \n", "x", "    y\n\n")) == f"{long}\n\nx\n\n    y\n"


# --- time ---

TOP = "| Name | **Count** | Price |\n|---|:-:|---:|\n"
# What stands before the part that is repeated, that part, and what stands after it.
LARGE = {
    "prose and tables": ("", "Some prose here. " * 30 + "\n\n" + TOP + "| apple pie | `3` | 1.20 |\n" * 12 + "\n", ""),
    "small tables": ("", "x\n\n" + TOP + "| y | z | 1 |\n\n", ""),
    "one table": (TOP, "| apple **pie** | `3` | 1.20 |\n", ""),
    "a wide table": (TOP, "| apple **pie** | `3` | the quick brown fox jumps over the lazy dog |\n", ""),
    "a table to wrap": (TOP.replace("Count", "C"), "| apple | 3 | the quick brown fox jumps over |\n", ""),
    "wide characters": (TOP, "| 日本語の文章 | 数量 | 1.20 |\n", ""),
    "one cell": (TOP + "| ", "x", " | y | z |"),
    "one cell of words": (TOP + "| ", "word ", " | y | z |"),
    "backticks": (TOP + "| ", "`", " | y |"),
    "lone backticks": (TOP + "| ", "`` ` ``` ", " | y |"),
    "stars": (TOP + "| ", "*a **b ", " | y |"),
    "brackets": (TOP + "| ", "[", " | y |"),
    "targets": (TOP + "| ", "](", " | y |"),
    "pipes": (TOP, "|", ""),
    "tops": ("", "| a |\n|---|\n", ""),
    "joined": (TOP + "| ", "👩\u200d", " | y |"),
    "begun": ("", "| a | b |\n|--\n", "| a | b |"),
}


def large(name: str, size: int) -> str:
    if name == "columns":
        return "|" + "a|" * (size // 4) + "\n|" + "-|" * (size // 4)
    if name == "brackets and targets":
        return TOP + "| " + "[" * (size // 2) + "](" * (size // 4) + " | y |"
    before, repeated, after = LARGE[name]
    return before + repeated * (size // len(repeated)) + after


@pytest.mark.slow
@pytest.mark.parametrize("name", [*LARGE, "columns", "brackets and targets"])
@pytest.mark.parametrize("settled", [False, True])
def test_the_time_grows_as_the_text_does(name: str, settled: bool) -> None:
    assert specs_of(large(name, 30_000))
    assert takes_linear_time(lambda size: specs_of(large(name, size), settled=settled), 160_000)
