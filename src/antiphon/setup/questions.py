"""What set-up asks and says, apart from how: a terminal, or flags and JSON lines."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from antiphon.core.health import Finding
from antiphon.errors import AntiphonError


@dataclass(frozen=True, slots=True)
class Choice:
    """`value`: what is answered; `text`: what people read."""

    value: str
    text: str


@dataclass(frozen=True, slots=True)
class Question:
    """`name`: for flags ("channel": --channel); `choices`: none where anything may be answered; `default`: what an
    empty answer means, "" for no answer; `secret`: it is not shown while it is typed."""

    name: str
    text: str
    choices: tuple[Choice, ...] = ()
    default: str = ""
    secret: bool = False


class Asker(Protocol):
    """Whoever answers."""

    def ask(self, question: Question) -> str:
        """The answer: one of the choices' values where there are some. Waits for a person. Raises Unanswered where
        nobody can be asked."""
        ...

    def say(self, finding: Finding) -> None:
        """Tell what was found or done."""
        ...

    def show(self, name: str, text: str) -> None:
        """Show something to read or to scan (a link, a QR code), for programs under its name."""
        ...

    def wrong(self, finding: Finding) -> None:
        """Tell what is wrong with an answer, which is asked for anew at once. Raises Failed where nobody can be."""
        ...

    def again(self, finding: Finding) -> None:
        """Tell what is wrong; return when it may be mended. Raises Failed where nobody mends it."""
        ...


class Unanswered(AntiphonError):
    """An answer is missing."""

    hint = "Give it, and run it again: it goes on there."
    exit_code = 2

    def __init__(self, question: Question) -> None:
        super().__init__(question.text)
        self.question = question


class Failed(AntiphonError):
    """Something is wrong that only a person can mend."""

    hint = "Mend it, and run it again: it goes on there."
    exit_code = 1

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.text)
        self.finding = finding


def named(choices: Sequence[Choice], typed: str) -> list[Choice]:
    """The choices that somebody means: by number, value or the beginning of the text, "#" left out."""
    words = typed.strip().lstrip("#").casefold()
    if typed.strip().isdigit() and 0 < int(typed) <= len(choices):
        return [choices[int(typed) - 1]]
    exact = [one for one in choices if words in (one.value.casefold(), one.text.lstrip("#").casefold())]
    return exact or [one for one in choices if words and one.text.lstrip("#").casefold().startswith(words)]
