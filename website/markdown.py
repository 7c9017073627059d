"""Pieces of Markdown."""

from collections.abc import Iterable, Sequence


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *([_cell(one) for one in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def code(text: str) -> str:
    """As code in a line, whatever it holds."""
    fence = "``" if "`" in text else "`"
    return f"{fence}{text}{fence}"


def plain(text: str) -> str:
    """As text, where Markdown or HTML would see markup."""
    for sign in "\\*_<>[]":
        text = text.replace(sign, f"\\{sign}")
    return text


def below(text: str, *more: str) -> str:
    """A cell with smaller lines below its text."""
    return "<br>".join([text, *(f"<small>{one}</small>" for one in more)]) if text else "<br>".join(more)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
