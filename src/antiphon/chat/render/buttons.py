"""Rows of controls with their labels. Pure."""

from collections.abc import Iterable

from antiphon.chat.render.custom_ids import Control, control_id
from antiphon.chat.render.message import Button, ButtonStyle
from antiphon.chat.render.text.escape import one_line

_LABEL = 80  # characters of a button (Discord's API documentation, Components)


Wanted = tuple[Control, str, ButtonStyle]


def button_row(*wanted: Wanted) -> tuple[Button, ...]:
    """Buttons in a row, each with its label and style, without those that no custom_id can name. A label that is too
    long is cut: its text has to stand in the message."""
    return tuple(
        Button(id_, label(words), style) for control, words, style in wanted if (id_ := control_id(control)) is not None
    )


def label(words: str, limit: int = _LABEL) -> str:
    """Words as the label of a control, which shows no Markdown and may not be blank."""
    return one_line(words, limit) or "…"


def names(people: Iterable[str]) -> str:
    """People in the order in which they acted, each once: "Ada", "Ada and Ben"."""
    found = list(dict.fromkeys(name for name in people if name))
    return " and ".join([", ".join(found[:-1]), found[-1]] if len(found) > 1 else found)
