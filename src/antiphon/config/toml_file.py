"""A TOML file as data: read within limits, with the line of each key; what is no TOML is said in words of ours.

Values may be secrets: of a line that cannot be read no more is shown than is known to be none.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from antiphon.config import wording
from antiphon.config.key_lines import KeyLines, TooDeep
from antiphon.config.schema import harmless_keys
from antiphon.errors import ConfigError

MOST_BYTES = 1_000_000

_WHERE = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")
_PAIR = re.compile(r"\s*([A-Za-z0-9_.-]+)[ \t]*=")
_HEADER = re.compile(r"\s*\[\[?[A-Za-z_][A-Za-z0-9_.-]*\]?\]?\s*$")
_LONGEST_SHOWN = 60
_LONG_NAME, _LONG_WORD = re.compile(r"[\w-]{20,}"), re.compile(r"[\w.+/=-]{20,}")  # what may be a token or a key
# How tomllib's messages begin → what we say.
_SYNTAX: Mapping[str, str] = MappingProxyType(
    {
        "Invalid statement": wording.NO_STATEMENT,
        "Invalid initial character for a key part": wording.NO_KEY,
        "Expected '=' after a key": wording.NO_EQUALS,
        "Expected ']": wording.HEADER_OPEN,
        "Expected newline or end of document": wording.MORE_ON_LINE,
        "Found invalid character '\\n'": wording.TEXT_OPEN,
        "Found invalid character": wording.CONTROL_CHARACTER,
        "Illegal character '\\n'": wording.TEXT_OPEN,
        "Illegal character": wording.CONTROL_CHARACTER,
        "Unterminated string": wording.TEXT_OPEN,
        'Expected "': wording.TEXT_OPEN,
        "Expected \"'": wording.TEXT_OPEN,
        "Unclosed array": wording.ARRAY_OPEN,
        "Unclosed inline table": wording.INLINE_TABLE_OPEN,
        "Unescaped": wording.BACKSLASH,
        "Invalid hex value": wording.BACKSLASH,
        "Escaped character is not": wording.BACKSLASH,
        "Invalid date or datetime": wording.NO_DATE,
        "Invalid value": wording.NO_VALUE,
        "Cannot declare": wording.TWICE,
        "Cannot overwrite": wording.TWICE,
        "Cannot mutate": wording.TWICE,
        "Cannot redefine": wording.TWICE,
        "Duplicate inline table key": wording.TWICE,
    }
)


@dataclass(frozen=True, slots=True)
class Document:
    """A file's content. `data` as tomllib gives it; `lines`: where in the file its keys stand."""

    file: Path
    data: dict[str, Any]
    lines: KeyLines


def read(file: Path) -> Document:
    """What a file holds. ConfigError: it cannot be read, or is no TOML."""
    text = _text(file)
    try:
        lines = KeyLines(text)
    except TooDeep as error:
        raise ConfigError((wording.at(file, error.line) + wording.TOO_DEEP,)) from None
    try:
        return Document(file, tomllib.loads(text), lines)
    except (ValueError, RecursionError) as error:  # a number of thousands of digits is a ValueError too
        raise ConfigError((_no_toml(file, text, str(error), lines),)) from None


def _text(file: Path) -> str:
    try:
        with file.open("rb") as opened:
            content = opened.read(MOST_BYTES + 1)
    except OSError as error:
        raise ConfigError((wording.unreadable(file, error.strerror or str(error)),)) from None
    if len(content) > MOST_BYTES:
        raise ConfigError((wording.too_large(file, MOST_BYTES),))
    try:
        return content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ConfigError((wording.at(file, line) + wording.NO_UTF_8,)) from None


def _no_toml(file: Path, text: str, message: str, lines: KeyLines) -> str:
    """tomllib's message in our words, with the line that it is about."""
    found = _WHERE.search(message)
    number = text.count("\n") + 1 if found is None or found[1] is None else int(found[1])
    what = next((words for begins, words in _SYNTAX.items() if message.startswith(begins)), wording.NO_TOML)
    if what is wording.TWICE and lines.repeated and lines.repeated[0][2] <= number:
        path, first, number = lines.repeated[0]
        what = wording.twice(path, first)
    if what in (wording.TEXT_OPEN, wording.ARRAY_OPEN, wording.INLINE_TABLE_OPEN):
        number = lines.open or number
    return wording.at(file, number) + what + wording.quoted_line(_harmless(text.split("\n")[number - 1]))


def _harmless(line: str) -> str:
    """As much of a line as tells no secret; "": nothing."""
    if _HEADER.match(line) and not _LONG_NAME.search(line):
        return wording.cut(line.strip(), _LONGEST_SHOWN)
    pair = _PAIR.match(line)
    if pair is None or _LONG_NAME.search(pair[1]):
        return ""
    if pair[1].split(".")[-1] in harmless_keys() and "{" not in line and not _LONG_WORD.search(line):
        return wording.cut(line.strip(), _LONGEST_SHOWN)
    return f"{pair[1]} = …"
