"""Message specs to what discord.py sends. The views are stopped before they are used: discord.py would keep every one
of them in memory for its clicks, which `controls` takes by their ids instead."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from io import BytesIO
from itertools import zip_longest
from typing import Any

import discord
from discord import ui

from antiphon.chat.render import message
from antiphon.core.file_names import safe_name

_STYLES = {
    "primary": discord.ButtonStyle.primary,
    "secondary": discord.ButtonStyle.secondary,
    "success": discord.ButtonStyle.success,
    "danger": discord.ButtonStyle.danger,
}


def view_of(spec: message.MessageSpec) -> ui.LayoutView | ui.View | None:
    """The components of a message, None where it has none."""
    if spec.card is not None:
        return _stopped(_layout(spec.card, [safe_name(upload.name) for upload in spec.uploads]))
    if not spec.buttons and not spec.rows:
        return None
    view = ui.View(timeout=None)
    for number, row in enumerate(spec.rows):
        for item in _items(row):
            item.row = number
            view.add_item(item)
    for button in spec.buttons:  # in the first rows that have room, or below the others
        item = _button(button)
        item.row = len(spec.rows) or None
        view.add_item(item)
    return _stopped(view)


async def no_file(path: str) -> bytes:
    """Reads files of workers where there are none: in answers to commands and clicks."""
    raise FileNotFoundError(path)


async def files_of(
    uploads: Sequence[message.Upload], read: Callable[[str], Awaitable[bytes]] = no_file
) -> list[discord.File]:
    """The files of a message, under names that a header takes (rows of earlier versions may have others); pictures
    are drawn in a thread. `read`: brings a worker's file; its OSError goes up."""
    return [
        discord.File(BytesIO(await read(upload.path)), filename=safe_name(upload.name))
        if isinstance(upload, message.DiskUpload)
        else await asyncio.to_thread(_file, upload)
        for upload in uploads
    ]


def mentions_of(spec: message.MessageSpec) -> discord.AllowedMentions:
    """Nobody but whom the message is for: what Claude writes can mention no one."""
    users = [discord.Object(person) for person in (spec.ping,) if person is not None]
    return discord.AllowedMentions(everyone=False, roles=False, replied_user=False, users=users)


def _layout(card: message.Card, files: Sequence[str] = ()) -> ui.LayoutView:
    view = ui.LayoutView(timeout=None)
    rows: list[ui.Item[Any]] = []
    for text, beside in zip_longest(card.texts, card.beside):
        rows.append(ui.TextDisplay(text) if beside is None else ui.Section(text, accessory=_button(beside)))
    if card.buttons:
        rows.append(ui.ActionRow(*(_button(button) for button in card.buttons)))
    if card.color is None:
        for row in rows:
            view.add_item(row)
    else:
        view.add_item(ui.Container(*rows, accent_color=card.color))
    for name in files:
        view.add_item(ui.File(f"attachment://{name}"))
    return view


def _items(row: message.Row) -> list[ui.Item[Any]]:
    return [_menu(row)] if isinstance(row, message.Menu) else [_button(button) for button in row]


def _button(button: message.Button) -> ui.Button[Any]:
    return ui.Button(
        style=_STYLES[button.style], label=button.label, custom_id=button.custom_id, emoji=button.emoji or None
    )


def _menu(menu: message.Menu) -> ui.Select[Any]:
    options = [
        discord.SelectOption(label=entry.label, value=entry.value, description=entry.description or None)
        for entry in menu.entries
    ]
    return ui.Select(
        custom_id=menu.custom_id, placeholder=menu.placeholder, min_values=1, max_values=menu.most, options=options
    )


def _stopped(view: Any) -> Any:
    view.stop()
    return view


def _file(upload: message.GeneratedUpload) -> discord.File:
    match upload:
        case message.TextUpload(name, text):
            return discord.File(BytesIO(text.encode(errors="replace")), filename=safe_name(name))
        case message.BytesUpload(name, content):
            return discord.File(BytesIO(content), filename=safe_name(name))
        case message.PictureUpload(name, table):
            # Imported here, because most bridges never need Pillow in their memory.
            from antiphon.chat.render.images import table as table_image

            return discord.File(BytesIO(table_image.png(table)), filename=safe_name(name))
        case message.DiffUpload(name, text):
            from antiphon.chat.render.images import diff as diff_image

            return discord.File(BytesIO(diff_image.png(text)), filename=safe_name(name))
