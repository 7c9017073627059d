"""Where keys stand in a TOML file, against Python's own parser, which says what keys there are."""

import tomllib
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from antiphon.config.base import KeyPath
from antiphon.config.key_lines import DEEPEST, KeyLines, TooDeep

from growth import takes_linear_time

FIRST = 1_000_000  # each value of a made document is a number of its own, by which it is found again

names = st.sampled_from(["a", "b", "web", "a-b", "1", "ü", "my app", "x.y", "[z]", "#no", '"', "'", "\\", "\t", ""])
spaces = st.sampled_from(["", " ", "\t "])
comments = st.sampled_from(["", " # one", ' # "two', " # [three]", " #'''"])
breaks = st.sampled_from(["", "\n", "\n\n  ", " # x = 1\n"])


def paths_of(data: Any, path: KeyPath = ()) -> Iterator[KeyPath]:
    """Everything that stands in a parsed document."""
    if path:
        yield path
    pieces = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for piece, below in pieces:
        yield from paths_of(below, (*path, piece))


def values_of(data: Any) -> Iterator[tuple[KeyPath, Any]]:
    for path in paths_of(data):
        value = data
        for piece in path:
            value = value[piece]
        yield path, value


@st.composite
def keys(draw: st.DrawFn) -> str:
    """A key, plain, quoted or dotted."""

    def part() -> str:
        name = draw(names)
        if name.replace("-", "").isascii() and name.replace("-", "").isalnum() and draw(st.booleans()):
            return name
        if "'" not in name and draw(st.booleans()):
            return f"'{name}'"
        return '"' + "".join(f"\\u{ord(one):04x}" if one in '"\\\t' else one for one in name) + '"'

    around = draw(spaces)
    return f"{around}.{around}".join(part() for _ in range(draw(st.integers(1, 3))))


class Numbers:
    """Values that are found again."""

    def __init__(self) -> None:
        self._last = FIRST

    def next(self) -> str:
        self._last += 1
        return str(self._last)


@st.composite
def scalars(draw: st.DrawFn, numbers: Numbers) -> str:
    number = numbers.next()
    forms = ["{}", "{}.5", '"{} # ]"', "'{} }} = \"'", '"""{}\n"x" = 1 \\"""\n"""""', "'''{}\n[t]\n'''''", '"\\"{}"']
    return draw(st.sampled_from(forms)).format(number)


@st.composite
def values(draw: st.DrawFn, numbers: Numbers, depth: int = 2) -> str:
    kind = draw(st.sampled_from(["scalar", "scalar", "array", "table"])) if depth else "scalar"
    if kind == "array":
        entries = [draw(breaks) + draw(values(numbers, depth - 1)) for _ in range(draw(st.integers(0, 3)))]
        return "[" + ",".join(one + draw(breaks) for one in entries) + draw(breaks) + "]"
    if kind == "table":
        pairs = [f"{draw(keys())} = {draw(values(numbers, depth - 1))}" for _ in range(draw(st.integers(0, 2)))]
        return "{ " + " , ".join(pairs) + " }"
    return draw(scalars(numbers))


@st.composite
def documents(draw: st.DrawFn) -> str:
    """A text that is nearly always TOML."""
    numbers, lines = Numbers(), []
    for _ in range(draw(st.integers(1, 8))):
        kind = draw(st.sampled_from(["pair", "pair", "pair", "table", "tables", "nothing"]))
        around = draw(spaces)
        if kind == "pair":
            lines.append(f"{around}{draw(keys())}{around}={around}{draw(values(numbers))}{draw(comments)}")
        elif kind == "table":
            lines.append(f"{around}[{around}{draw(keys())}{around}]{draw(comments)}")
        elif kind == "tables":
            lines.append(f"{around}[[{around}{draw(keys())}{around}]]{draw(comments)}")
        else:
            lines.append(draw(comments))
    return "\n".join(lines)


def is_valid(text: str) -> Any:
    """What Python's parser makes of it; None: nothing."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return None


@settings(max_examples=200)
@given(documents())
def test_every_key_that_the_parser_finds_has_a_line(text: str) -> None:
    data = is_valid(text)
    if data is None:
        KeyLines(text)
        return
    lines = KeyLines(text)
    assert set(lines) == set(paths_of(data))
    assert lines.repeated == ()


@settings(max_examples=200)
@given(documents())
def test_the_line_is_the_one_on_which_the_value_stands(text: str) -> None:
    data = is_valid(text)
    for path, value in values_of(data or {}):
        if not isinstance(value, dict | list):
            number = "".join(one for one in str(value).split(".")[0] if one.isdigit())[:7]
            assert KeyLines(text).of(path) == text[: text.index(number)].count("\n") + 1


SIGNS = [
    *"ab.\"'=[]{}#,\n\\1",
    '"""',
    "'''",
    "a = 1\n",
    "[a]\n",
    "[[b]]\n",
    "a.b = [1,\n2]\n",
    "c = {a = 1}\n",
    "d = ''",
]


@settings(max_examples=500)
@given(st.lists(st.sampled_from(SIGNS), max_size=8).map("".join))
def test_no_text_is_too_odd(text: str) -> None:
    lines, data = KeyLines(text), is_valid(text)
    if data is not None:
        assert set(lines) == set(paths_of(data))


DOCUMENT = """\
# a comment
limits.turn = 5

[projects.web.worktrees]  # before its project
base = "head"
[projects.web]
"append\\u005fprompt" = \"\"\"
channels = [9]
\"\"\"
channels = [
  1,  # one

  2,
]
budgets = { turn = 2, "day" = 3 }
[projects."my app".budgets]
[[x]]
[[x]]
y.z = 1
"""


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("limits",), 2),
        (("limits", "turn"), 2),
        (("projects",), 4),
        (("projects", "web"), 6),
        (("projects", "web", "worktrees", "base"), 5),
        (("projects", "web", "append_prompt"), 7),
        (("projects", "web", "channels"), 10),
        (("projects", "web", "channels", 0), 11),
        (("projects", "web", "channels", 1), 13),
        (("projects", "web", "budgets", "day"), 15),
        (("projects", "my app"), 16),
        (("x", 0), 17),
        (("x", 1, "y", "z"), 19),
        (("projects", "web", "directory"), 6),
        (("projects", "my app", "budgets", "turn"), 16),
    ],
)
def test_a_key_stands_on_its_line_and_one_that_is_missing_on_its_tables(path: KeyPath, line: int) -> None:
    assert KeyLines(DOCUMENT).of(path) == line


def test_what_the_file_does_not_mention_has_no_line() -> None:
    assert KeyLines(DOCUMENT).of(("discord", "token")) is None
    assert not KeyLines(DOCUMENT).has(("projects", "web", "directory"))


def test_what_stands_twice_is_found_with_both_lines() -> None:
    assert KeyLines("[a]\nb = 1\nc = 2\nb = 3\n").repeated == ((("a", "b"), 2, 4),)
    assert KeyLines("[a]\n[b]\n[a]\n").repeated == ((("a",), 1, 3),)


@pytest.mark.parametrize(
    "text",
    [
        "x = " + "[" * 100_000,
        "x = " + "{a=" * 100_000,
        ".".join("a" * 100_000) + " = 1",
        "[" + ".".join("a" * (DEEPEST + 1)) + "]",
        "\n[a.b]\n" + ".".join("c" * DEEPEST) + " = 1",
    ],
    ids=["arrays", "tables", "a key", "a header", "a key in a table"],
)
def test_what_is_nested_too_deeply_is_refused(text: str) -> None:
    with pytest.raises(TooDeep):
        KeyLines(text)


@pytest.mark.parametrize(
    "line",
    ["a = 1\n", "#\n", " \n", '""=""', '"\\"', 'a = """', "'", "[a]\n", "[[a]]\n", "a.b = [1, 2]\n", "x = [[1],\n"],
)
def test_it_takes_linear_time(line: str) -> None:
    def read(size: int) -> None:
        KeyLines(line * (size // len(line)))

    assert takes_linear_time(read, 200_000)


def test_one_text_of_many_lines_takes_linear_time() -> None:
    assert takes_linear_time(lambda size: KeyLines('x = """' + 'a\\"\n' * (size // 4) + '"""'), 200_000)
