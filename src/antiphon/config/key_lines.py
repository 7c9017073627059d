"""On which line of a TOML file each of its keys stands: Python's own parser does not tell.

The text need not be valid: what is read here ends where it is no TOML any more, and the parser says what is wrong.
Everything takes time in proportion to the text, and nothing is nested deeper than `DEEPEST`.
"""

import re
import tomllib
from bisect import bisect_left
from collections.abc import Iterator, Mapping

from antiphon.config.base import KeyPath

DEEPEST = 32  # names and positions from a document's root to a value; ours has five

_BLANKS = re.compile(r"[ \t]*")
_SPACE = re.compile(r"[ \t\r\n]+")
_COMMENT = re.compile(r"#[^\n]*")
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_SCALAR = re.compile(r"[^,\]}\n#]+")
# What ends a text, by how it begins, and what in it does not, whatever it looks like.
_ENDS = {
    '"""': re.compile(r'\\.|"{3,5}', re.DOTALL),  # up to two quotes may stand before the three that end it
    "'''": re.compile(r"'{3,5}"),
    '"': re.compile(r'\\.|["\n]'),
    "'": re.compile(r"['\n]"),
}


class TooDeep(ValueError):
    """Something is nested deeper than anything that we read. `line`: where."""

    def __init__(self, line: int) -> None:
        super().__init__(f"line {line}")
        self.line = line


class _NoToml(Exception):
    """The text is none from here on."""


class KeyLines:
    """The line of each key, table and entry of an array."""

    def __init__(self, text: str) -> None:
        """TooDeep: no TOML of ours. `repeated`: keys and tables that stand there twice, each with both lines. `open`:
        where what does not end begins, in a text that is no TOML."""
        scanner = _Scanner(text)
        scanner.document()
        self._lines: Mapping[KeyPath, int] = scanner.lines
        self.repeated = tuple(scanner.repeated)
        self.open = scanner.open[-1] if scanner.open else None

    def __iter__(self) -> Iterator[KeyPath]:
        return iter(self._lines)

    def of(self, path: KeyPath) -> int | None:
        """Where it stands, or what is nearest around it; None: nothing of it is in the file."""
        while path and path not in self._lines:
            path = path[:-1]
        return self._lines.get(path)

    def has(self, path: KeyPath) -> bool:
        """Whether it stands there itself."""
        return path in self._lines


class _Scanner:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._ends = [found.start() for found in re.finditer("\n", text)]
        self._tables: dict[KeyPath, int] = {}  # how many an array of tables has
        self._implied: set[KeyPath] = set()  # what is there because something below it is
        self.lines: dict[KeyPath, int] = {}
        self.repeated: list[tuple[KeyPath, int, int]] = []
        self.open: list[int] = []  # lines on which arrays, inline tables and texts begin

    def document(self) -> None:
        header: KeyPath = ()
        try:
            while not self._is_over():
                if self._takes("[["):
                    header = self._header(is_array=True)
                elif self._takes("["):
                    header = self._header(is_array=False)
                else:
                    self._pair(header)
                self._end_line()
        except _NoToml:
            pass

    def _header(self, *, is_array: bool) -> KeyPath:
        *outer, last = self._key()
        path: KeyPath = ()
        for name in outer:
            path = self._last_of(self._imply((*path, name)))
        path = (*path, last)
        if is_array:
            self._imply(path)
            count = self._tables.get(path, 0)
            self._tables[path] = count + 1
            path = (*path, count)
        self._note(path)
        self._expect("]]" if is_array else "]")
        return path

    def _pair(self, table: KeyPath) -> None:
        *outer, last = self._key()
        for name in outer:
            table = self._imply((*table, name))
        path = self._note((*table, last))
        self._expect("=")
        self._match(_BLANKS)
        self._value(path)

    def _key(self) -> list[str]:
        parts: list[str] = []
        while not parts or self._takes("."):
            self._match(_BLANKS)
            if len(parts) == DEEPEST:
                raise TooDeep(self._line())
            parts.append(self._match(_BARE) or _unquoted(self._text_in('"', "'") or self._none()))
            self._match(_BLANKS)
        return parts

    def _value(self, path: KeyPath) -> None:
        if self._takes("["):
            self._array(path)
        elif self._takes("{"):
            self._inline_table(path)
        elif not (self._text_in(*_ENDS) or self._match(_SCALAR)):
            self._none()

    def _array(self, path: KeyPath) -> None:
        self.open.append(self._line())
        count = 0
        while not self._is_over() and not self._takes("]"):
            self._value(self._note((*path, count)))
            count += 1
            if self._is_over() or not (self._takes(",") or self._is_next("]")):
                self._none()
        self.open.pop()

    def _inline_table(self, path: KeyPath) -> None:
        self.open.append(self._line())
        while not self._is_over() and not self._takes("}"):
            self._pair(path)
            if self._is_over() or not (self._takes(",") or self._is_next("}")):
                self._none()
        self.open.pop()

    def _note(self, path: KeyPath) -> KeyPath:
        """Something stands here."""
        if len(path) > DEEPEST:
            raise TooDeep(self._line())
        line = self._line()
        if path in self.lines and path not in self._implied:
            self.repeated.append((path, self.lines[path], line))
            return path
        self._implied.discard(path)
        self.lines[path] = line
        return path

    def _imply(self, path: KeyPath) -> KeyPath:
        """Something below it stands here."""
        if path not in self.lines:
            self._implied.add(path)
            self.lines[path] = self._line()
        return path

    def _last_of(self, path: KeyPath) -> KeyPath:
        """The last table of an array of them."""
        count = self._tables.get(path)
        return path if count is None else (*path, count - 1)

    def _line(self) -> int:
        return bisect_left(self._ends, self._at) + 1

    def _is_over(self) -> bool:
        """Whether nothing comes any more but space and comments, which are passed."""
        while self._match(_SPACE) or self._match(_COMMENT):
            pass
        return self._at == len(self._text)

    def _end_line(self) -> None:
        self._match(_BLANKS)
        self._match(_COMMENT)
        if self._at < len(self._text) and not self._is_next("\n"):
            self._none()

    def _text_in(self, *quotes: str) -> str | None:
        """A text in one of these kinds of quotes, with them; None: there is none here."""
        quote = next((one for one in quotes if self._is_next(one)), None)
        if quote is None:
            return None
        start, end = self._at, self._at + len(quote)
        while (found := _ENDS[quote].search(self._text, end)) is not None:
            end = found.end()
            if found[0][0] == quote[0]:
                self._at = end
                return self._text[start:end]
            if found[0] == "\n":
                break
        self.open.append(self._line())
        return self._none()

    def _match(self, what: re.Pattern[str]) -> str | None:
        found = what.match(self._text, self._at)
        if found is None:
            return None
        self._at = found.end()
        return found[0]

    def _is_next(self, what: str) -> bool:
        return self._text.startswith(what, self._at)

    def _takes(self, what: str) -> bool:
        if not self._is_next(what):
            return False
        self._at += len(what)
        return True

    def _expect(self, what: str) -> None:
        if not self._takes(what):
            self._none()

    def _none(self) -> str:
        raise _NoToml


def _unquoted(key: str) -> str:
    if key.startswith("'") or "\\" not in key:
        return key[1:-1]
    try:
        return str(tomllib.loads(f"key = {key}")["key"])
    except tomllib.TOMLDecodeError:
        raise _NoToml from None
