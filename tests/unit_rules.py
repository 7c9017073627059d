"""A unit's text, read by the rules of systemd.syntax(7): for whoever looks at it, or follows it."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Unit:
    """Its assignments, in order."""

    lines: tuple[tuple[str, str], ...]

    def one(self, name: str) -> str:
        (value,) = self.every(name)
        return value

    def every(self, name: str) -> Sequence[str]:
        return [value for key, value in self.lines if key == name]


def parsed(text: str) -> Unit:
    lines = (line for line in text.splitlines() if line and line[0] not in "#;[")
    return Unit(tuple((key, value) for key, _, value in (line.partition("=") for line in lines)))


def words_of_line(line: str, *, dollars: bool = False) -> list[str]:
    """The words of a quoted value. `dollars`: $ stands for variables there, and $$ for itself."""
    words: list[str] = []
    word, quoted, rest = "", False, list(line)
    while rest:
        one = rest.pop(0)
        if one == '"':
            quoted = not quoted
        elif one == "\\":
            word += rest.pop(0)
        elif one == "%" or (one == "$" and dollars):
            assert rest.pop(0) == one, line  # nothing else is meant
            word += one
        elif one == " " and not quoted:
            words.append(word)
            word = ""
        else:
            word += one
    return [*words, word]
