"""Configuration files: what is no TOML, in our words; limits; and which file is used where none is named."""

import os
from pathlib import Path

import pytest

from antiphon.config.load import chosen_file, default_file, is_nothing_set, load
from antiphon.config.toml_file import MOST_BYTES, read
from antiphon.errors import ConfigError

TOMLLIBS = ("Expected", "Invalid", "Unclosed", "Unterminated", "Illegal", "Cannot", "(at ", "Unescaped", "column")


def said_of(directory: Path, content: str | bytes) -> str:
    """What is said of a file that cannot be read, without its name."""
    file = directory / "antiphon.toml"
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(ConfigError) as caught:
        read(file)
    (line,) = caught.value.problems
    assert line.startswith(f"{file}, line ")
    assert not [one for one in TOMLLIBS if one in line]
    return line.removeprefix(f"{file}, line ")


NO_VALUE = "here a value is expected: texts stand in quotes, true and false in small letters"
NO_TEXT_END = "a text does not end: its second quote is missing"
NO_LIST_END = "a list does not end: “]”, or a comma between two entries, is missing"
NO_TABLE_END = "a table does not end: “}”, or a comma between two settings, is missing"
BACKSLASH = "“\\” has a meaning of its own in \"…\"; write '…' around texts with backslashes"
INVISIBLE = "there is an invisible character that a file may not have; write the line anew"
NO_HEADER_END = "the table's name does not end with “]”"
MORE = "something stands after the value; begin a new line, and write texts in quotes"
NO_NAME = "here the name of a setting or of a table is expected; write names with other characters in quotes"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("= nonsense", "1: here a setting (name = value) or a table ([name]) is expected"),
        ("a.= 1", f"1: {NO_NAME}: a. = …"),
        ("[claude]\nmodel\n", "2: “=” is missing after the name"),
        ("\n[claude\nmodel = 1", f"2: {NO_HEADER_END}: [claude"),
        ("[[claude]\nmodel = 1", f"1: {NO_HEADER_END}: [[claude]"),
        ("[claude]\nmodel = opus", f"2: {NO_VALUE}: model = opus"),
        ("type_into_tmux = True", f"1: {NO_VALUE}: type_into_tmux = True"),
        ("[claude]\nmodel = \n", f"2: {NO_VALUE}: model ="),
        ('model = "a" "b"', f'1: {MORE}: model = "a" "b"'),
        ('model = "opus\n', f'1: {NO_TEXT_END}: model = "opus'),
        ("a = 1\nmodel = 'opus\n", f"2: {NO_TEXT_END}: model = 'opus"),
        ("a = 1\nmodel = 'opus\nb = 'c'\n", f"2: {NO_TEXT_END}: model = 'opus"),
        ('\nmodel = """opus\n\n', f'2: {NO_TEXT_END}: model = """opus'),
        ("model = '''opus\n", f"1: {NO_TEXT_END}: model = '''opus"),
        ("channels = [1, 2\npeople = [3]", f"1: {NO_LIST_END}: channels = [1, 2"),
        ("channels = [\n[1],\n[1 2]]", f"3: {NO_LIST_END}"),
        ("budgets = { turn = 1\n", f"1: {NO_TABLE_END}: budgets = …"),
        ('directory = "C:\\data"', f'1: {BACKSLASH}: directory = "C:\\data"'),
        ("when = 2026-02-30", "1: there is no such date or time: when = 2026-02-30"),
        ("model = '\x07'", f"1: {INVISIBLE}: model = ' '"),
        ("a = 1\rb", f"1: {MORE}: a = …"),
        ("[a]\nb = 1\n\nb = 2", "4: a.b stands twice, first on line 2; take one out: b = …"),
        ("[a]\n[b]\n[a]\nx = 1", "3: a stands twice, first on line 1; take one out: [a]"),
        ("a.b = 1\n[a]", "2: this stands twice in the file; take one out: [a]"),
        ("a = { b = 1, b = 2 }", "1: a.b stands twice, first on line 1; take one out: a = …"),
        ("a = " + "9" * 5000, "1: this is no TOML: a = …"),
        ("a = " + "[" * 5000, "1: this is nested too deeply"),
        ("\n" + "a." * 5000 + "a = 1", "2: this is nested too deeply"),
        (b"a = 1\nb = '\xff'", "2: the file is not UTF-8; save it as UTF-8"),
        ("a = 1".encode("utf-16"), "1: the file is not UTF-8; save it as UTF-8"),
    ],
    ids=range(30),
)
def test_what_is_no_toml_is_said_in_our_words_with_its_line(
    tmp_path: Path, content: str | bytes, sentence: str
) -> None:
    assert said_of(tmp_path, content) == sentence


def test_windows_line_ends_and_a_byte_order_mark_are_none_of_our_business(tmp_path: Path) -> None:
    file = tmp_path / "antiphon.toml"
    file.write_bytes("\ufeff[claude]\r\nmodel = 'opus'\r\n".encode())
    found = read(file)
    assert found.data == {"claude": {"model": "opus"}}
    assert found.lines.of(("claude", "model")) == 2


@pytest.mark.parametrize("size", [MOST_BYTES + 1, 100_000_000])
def test_what_is_too_large_is_not_read(tmp_path: Path, size: int) -> None:
    file = tmp_path / "antiphon.toml"
    file.touch()
    os.truncate(file, size)
    with pytest.raises(ConfigError) as caught:
        load({}, file)
    assert caught.value.problems == (f"{file} has more than 1 MB: that is no configuration",)


def test_what_never_ends_is_not_read() -> None:
    with pytest.raises(ConfigError, match="/dev/zero has more than 1 MB"):
        load({}, Path("/dev/zero"))


def test_what_cannot_be_read_is_said(tmp_path: Path) -> None:
    for file in (tmp_path, tmp_path / "nowhere", tmp_path / ("x" * 1000)):
        with pytest.raises(ConfigError, match="cannot be read"):
            load({}, file)


def test_the_file_here_comes_before_the_users(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here, config = tmp_path / "here", tmp_path / "config"
    (config / "antiphon").mkdir(parents=True)
    here.mkdir()
    monkeypatch.chdir(here)
    env = {"XDG_CONFIG_HOME": str(config)}
    assert default_file(env) is None
    assert is_nothing_set(env, None)
    users = config / "antiphon" / "antiphon.toml"
    users.touch()
    assert default_file(env) == users
    assert chosen_file(env, None) == users
    Path("antiphon.toml").touch()
    assert default_file(env) == Path("antiphon.toml")
    assert not is_nothing_set(env, Path("antiphon.toml"))


def test_variables_that_describe_a_project_need_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("antiphon.toml").touch()
    assert chosen_file({"DISCORD_CHANNEL_ID": "1"}, None) is None
    assert chosen_file({"DISCORD_BOT_TOKEN": "t"}, None) == Path("antiphon.toml")
    assert chosen_file({"DISCORD_CHANNEL_ID": "1"}, Path("other.toml")) == Path("other.toml")
    assert not is_nothing_set({"DISCORD_BOT_TOKEN": "t"}, None)


def test_a_file_that_anybody_could_have_written_is_not_used_unnamed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("antiphon.toml").touch()
    Path("antiphon.toml").chmod(0o666)
    with pytest.raises(ConfigError, match="unless you name it with -c"):
        default_file({"XDG_CONFIG_HOME": str(tmp_path)})


def test_a_directory_is_no_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("antiphon.toml").mkdir()
    assert default_file({"XDG_CONFIG_HOME": str(tmp_path)}) is None
