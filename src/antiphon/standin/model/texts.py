"""Deterministic texts, so that a test can compare what arrived with what was written, to the character."""

from __future__ import annotations

from collections.abc import Iterator

_PARAGRAPH = (
    "Part {n} of a scripted answer. It is long on purpose: it has to be split, streamed and put together again "
    "without losing *one* character, `inline code {n}` and [a link](https://example.org/{n}) included."
)
_LIST = (
    "1. first of part {n}\n2. second of part {n}\n"
    "   - nested under the second\n   - with **bold** and _italic_\n3. third"
)
_PYTHON = (
    "```python\ndef part_{n}(values: list[int]) -> int:\n"
    '    """Indentation and blank lines must survive."""\n    total = {n}\n\n'
    "    for value in values:\n        total += value * {n}\n    return total\n```"
)
_BASH = "```bash\nset -eu\nfor name in *.txt; do\n  echo \"part {n}: $name\"\ndone\ngit commit -m 'part {n}'\n```"
_TABLE = (
    "| part | item | state |\n|---:|:---|:---:|\n"
    "| {n} | alpha | done |\n| {n} | beta, with `code` | open |\n| {n} | gamma | **late** |"
)
_NESTED = "````markdown\nA fence of part {n} inside a fence:\n\n```js\nconst part = {n};\n```\n\nstill inside\n````"
_PIECES = ("## Part {n}\n\n" + _PARAGRAPH, _LIST, _PYTHON, _TABLE, _NESTED, _BASH)


def _pieces() -> Iterator[str]:
    number = 0
    while True:
        number += 1
        for piece in _PIECES:
            yield piece.replace("{n}", str(number))


def stream_text(length: int) -> str:
    """Numbered words ("w1 w2 w3 …") cut to exactly `length` characters: what is missing or doubled can be seen."""
    words: list[str] = []
    size = 0
    while size <= length:
        words.append(f"w{len(words) + 1}")
        size += len(words[-1]) + 1
    text = " ".join(words)[:length]
    # A space at the end would be trimmed by somebody on the way, and the length would no longer be exact.
    return text[:-1] + "." if text.endswith(" ") else text


def long_text(length: int) -> str:
    """Markdown of exactly `length` characters, every fence closed.

    Headings, paragraphs, nested lists, fenced python and bash, a ``` fence inside a ```` fence, and a table, in
    numbered rounds of about 1,100 characters; the rest is filled with numbered words.
    """
    text = ""
    for piece in _pieces():
        joint = "\n\n" if text else ""
        # What remains must hold a blank line and at least one word, or nothing at all.
        if len(text) + len(joint) + len(piece) + 4 > length:
            break
        text += joint + piece
    joint = "\n\n" if text else ""
    return text + joint + stream_text(length - len(text) - len(joint))


def count_text(last: int) -> str:
    """The numbers from 1 to `last`, one space between them."""
    return " ".join(str(number) for number in range(1, last + 1))
