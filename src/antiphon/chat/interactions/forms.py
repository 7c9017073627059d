"""Forms and menus: how one is made, and what a person has put into it.

A form is stopped before it is sent: its answer is known by its id, as every click is.
"""

from collections.abc import Mapping
from typing import Any, cast

import discord
from discord import ui

from antiphon.chat.interactions.context import Interaction
from antiphon.chat.wording import FORMS

_FIELD = "words"  # the custom_id of the one field; forms of earlier versions come back with it too


def form(custom_id: str, kind: str, longest: int, prefilled: str = "") -> ui.Modal:
    """A form with one field for text of at most `longest` characters. `kind`: of wording.FORMS."""
    title, label = FORMS[kind]
    made = ui.Modal(title=title, custom_id=custom_id)
    field = ui.TextInput[ui.Modal](
        label=label,
        style=discord.TextStyle.paragraph,
        custom_id=_FIELD,
        max_length=longest,
        default=prefilled[:longest] or None,
    )
    made.add_item(field)
    made.stop()
    return made


def filled_in(interaction: Interaction) -> str:
    """What was written into the form."""
    rows: list[Any] = list(cast(Mapping[str, Any], interaction.data or {}).get("components", ()))
    while rows:
        part = rows.pop()
        if part.get("custom_id") == _FIELD:
            return str(part.get("value", "")).strip()
        rows += [*part.get("components", ()), *([part["component"]] if "component" in part else [])]
    return ""


def chosen(interaction: Interaction) -> list[str]:
    """What was chosen in the menu."""
    return [str(value) for value in cast(Mapping[str, Any], interaction.data or {}).get("values", ())]
