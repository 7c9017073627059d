"""Limits of components in messages and modals (D components/reference).

`read_components` takes what an app sent and returns what Discord stores: every component gets its numeric `id`,
defaults are filled in, and media point at real addresses later (attachments.py).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from antiphon.standin.discord.emoji import is_emoji
from antiphon.standin.discord.errors import Form, Json
from antiphon.standin.discord.forms.commands import CHANNEL_TYPES
from antiphon.standin.discord.wire import Fields, as_id, as_object

ROW, BUTTON, STRING_SELECT, TEXT_INPUT, USER_SELECT, ROLE_SELECT, MENTIONABLE_SELECT, CHANNEL_SELECT = range(1, 9)
SECTION, TEXT_DISPLAY, THUMBNAIL, GALLERY, FILE, SEPARATOR = 9, 10, 11, 12, 13, 14
CONTAINER, LABEL, FILE_UPLOAD, RADIO_GROUP, CHECKBOX_GROUP, CHECKBOX = 17, 18, 19, 21, 22, 23

SELECTS = (STRING_SELECT, USER_SELECT, ROLE_SELECT, MENTIONABLE_SELECT, CHANNEL_SELECT)
TOP_LEGACY = (ROW,)
TOP_V2 = (ROW, SECTION, TEXT_DISPLAY, GALLERY, FILE, SEPARATOR, CONTAINER)
TOP_MODAL = (ROW, TEXT_DISPLAY, LABEL)
IN_CONTAINER = (ROW, SECTION, TEXT_DISPLAY, GALLERY, FILE, SEPARATOR)
IN_LABEL = (TEXT_INPUT, *SELECTS, FILE_UPLOAD, RADIO_GROUP, CHECKBOX_GROUP, CHECKBOX)

MAX_V2 = 40  # D reference: "up to 40 total components", nested ones counted
MAX_TEXT = 4000  # U: all text displays of a message together
LINK_STYLE, PREMIUM_STYLE = 5, 6


@dataclass(slots=True)
class _Seen:
    """What must be unique or bounded over the whole tree."""

    form: Form
    modal: bool = False
    count: int = 0
    text: int = 0
    custom_ids: set[str] = field(default_factory=set[str])
    ids: set[int] = field(default_factory=set[int])


def read_components(raw: list[Any], form: Form, *, v2: bool) -> list[Json]:
    """Components of a message, checked; `v2` is whether the flag IS_COMPONENTS_V2 is set."""
    seen = _Seen(form)
    if not v2 and len(raw) > 5:
        form.add("components", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 5 in length.")
    found = _read_list(raw, "components", TOP_V2 if v2 else TOP_LEGACY, seen)
    if v2 and seen.count > MAX_V2:
        message = f"Total number of components exceeds the limit of {MAX_V2}."
        form.add("components", "COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED", message)
    if seen.text > MAX_TEXT:
        message = f"The total displayable text size exceeds maximum size of {MAX_TEXT}"
        form.add("components", "COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED", message)
    _number(found, seen)
    return found


def read_modal(raw: Json, form: Form) -> Json:
    """A modal: title, custom_id and its components."""
    fields = Fields(raw, form, "data")
    seen = _Seen(form, modal=True)
    modal: Json = {
        "title": fields.text("title", 45, shortest=1, required=True),
        "custom_id": fields.text("custom_id", 100, shortest=1, required=True),
    }
    modal["components"] = _read_list(fields.items("components", 5, shortest=1), "data.components", TOP_MODAL, seen)
    _number(modal["components"], seen)
    return modal


def _number(components: list[Json], seen: _Seen) -> None:
    """Gives an id to what has none: the next free one, in reading order."""
    following = 1
    for component in walk(components):
        if "id" not in component:
            while following in seen.ids:
                following += 1
            component["id"] = following
            seen.ids.add(following)


def walk(components: list[Json]) -> list[Json]:
    """Every component of a tree in reading order."""
    found: list[Json] = []
    for component in components:
        found.append(component)
        found += walk(component.get("components", []))
        for name in ("accessory", "component"):
            if name in component:
                found += walk([component[name]])
    return found


def _read_list(raw: list[Any], path: str, allowed: tuple[int, ...], seen: _Seen) -> list[Json]:
    return [_read(as_object(item, f"{path}.{n}"), f"{path}.{n}", allowed, seen) for n, item in enumerate(raw)]


def _read(raw: Json, path: str, allowed: tuple[int, ...], seen: _Seen) -> Json:
    kind = raw.get("type")
    if isinstance(kind, bool) or not isinstance(kind, int) or kind not in allowed:
        listed = ", ".join(str(item) for item in allowed)
        message = f'Value of field "type" must be one of ({listed},).'
        seen.form.add(f"{path}.type", "UNION_TYPE_CHOICES", message)
        return {}
    seen.count += 1
    fields = Fields(raw, seen.form, path)
    found: Json = {"type": kind}
    number = fields.number("id", 0, 0x7FFFFFFF)
    if number:
        if number in seen.ids:
            seen.form.add(f"{path}.id", "COMPONENT_ID_DUPLICATED", "Component id cannot be duplicated")
        seen.ids.add(number)
        found["id"] = number
    if kind == BUTTON:
        _button(fields, found, seen)
    elif kind in SELECTS:
        _select(fields, found, seen)
    elif kind in (TEXT_INPUT, FILE_UPLOAD, RADIO_GROUP, CHECKBOX_GROUP, CHECKBOX):
        _input(fields, found, seen)
    elif kind in (TEXT_DISPLAY, THUMBNAIL, GALLERY, FILE, SEPARATOR):
        _display(fields, found, seen)
    else:
        _layout(fields, found, seen)
    return found


def _custom_id(fields: Fields, found: Json, seen: _Seen) -> None:
    custom_id = fields.text("custom_id", 100, shortest=1, required=True)
    found["custom_id"] = custom_id
    if custom_id and custom_id in seen.custom_ids:
        message = "Component custom id cannot be duplicated"
        seen.form.add(fields.path("custom_id"), "COMPONENT_CUSTOM_ID_DUPLICATED", message)
    elif custom_id:
        seen.custom_ids.add(custom_id)


def _copy_emoji(fields: Fields, found: Json) -> None:
    if fields.body.get("emoji") is not None:
        emoji = as_object(fields.body["emoji"], fields.path("emoji"))
        if emoji.get("id") is None and not is_emoji(str(emoji.get("name"))):
            fields.form.add(fields.path("emoji.name"), "COMPONENT_INVALID_EMOJI", "Invalid emoji")
        kept: Json = {"name": str(emoji["name"])} if emoji.get("name") is not None else {}
        if emoji.get("id") is not None:
            kept |= {"id": as_id(emoji["id"], fields.path("emoji.id")), "animated": bool(emoji.get("animated"))}
        found["emoji"] = kept


def _button(fields: Fields, found: Json, seen: _Seen) -> None:
    style = fields.choice("style", (1, 2, 3, 4, 5, 6))
    if fields.body.get("style") is None:
        fields.form.add(fields.path("style"), "BASE_TYPE_REQUIRED", "This field is required")
    found["style"] = style
    if fields.boolean("disabled"):
        found["disabled"] = True
    label = fields.text("label", 80)
    if label:
        found["label"] = label
    _copy_emoji(fields, found)
    has_id, has_url = fields.body.get("custom_id") is not None, fields.body.get("url") is not None
    if style == LINK_STYLE:
        found["url"] = fields.text("url", 512, required=True)
        if has_id:
            message = "A custom id and url cannot both be specified"
            fields.form.add(fields.path("custom_id"), "BUTTON_COMPONENT_CUSTOM_ID_URL_MUTUALLY_EXCLUSIVE", message)
    elif style != PREMIUM_STYLE:
        _custom_id(fields, found, seen)
        if has_url:
            message = "A custom id and url cannot both be specified"
            fields.form.add(fields.path("url"), "BUTTON_COMPONENT_CUSTOM_ID_URL_MUTUALLY_EXCLUSIVE", message)
    if style != PREMIUM_STYLE and not label and "emoji" not in found:
        fields.form.add(
            fields.path("label"), "BUTTON_COMPONENT_LABEL_OR_EMOJI_REQUIRED", "A label or emoji is required"
        )


def _choices(fields: Fields, found: Json, most: int, least: int) -> list[Json]:
    """Options of a select, a radio or a checkbox group; values are unique."""
    options: list[Json] = []
    values: set[str] = set()
    for n, item in enumerate(fields.items("options", most, shortest=least)):
        option = Fields(as_object(item, fields.path(f"options.{n}")), fields.form, fields.path(f"options.{n}"))
        value = option.text("value", 100, shortest=1, required=True)
        entry: Json = {"label": option.text("label", 100, shortest=1, required=True), "value": value}
        if description := option.text("description", 100):
            entry["description"] = description
        _copy_emoji(option, entry)
        if option.boolean("default"):
            entry["default"] = True
        if value and value in values:
            message = "The specified option value is already used"
            fields.form.add(option.path("value"), "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED", message)
        values.add(value or "")
        options.append(entry)
    found["options"] = options
    return options


def _bounds(fields: Fields, found: Json, options: int | None, least: int = 0) -> None:
    low, high = fields.number("min_values", least, 25), fields.number("max_values", 1, 25)
    if options is not None and high is not None and high > options:
        message = f"Must be {options} or fewer: there are only so many options."
        fields.form.add(fields.path("max_values"), "NUMBER_TYPE_MAX", message)
    if low is not None and low > (high if high is not None else max(1, low if options is None else 1)):
        fields.form.add(fields.path("min_values"), "NUMBER_TYPE_MAX", "min_values must not be above max_values.")
    found["min_values"] = 1 if low is None else low
    found["max_values"] = 1 if high is None else high


def _select(fields: Fields, found: Json, seen: _Seen) -> None:
    _custom_id(fields, found, seen)
    if (placeholder := fields.text("placeholder", 150)) is not None:
        found["placeholder"] = placeholder
    options = None
    if found["type"] == STRING_SELECT:
        options = len(_choices(fields, found, 25, 1))
    _bounds(fields, found, options)
    if (required := fields.boolean("required")) is not None and seen.modal:
        found["required"] = required
    if fields.boolean("disabled"):
        found["disabled"] = True
        if seen.modal:
            fields.form.add(fields.path("disabled"), "COMPONENT_DISABLED_IN_MODAL", "Cannot be disabled in a modal")
    if kinds := fields.chosen("channel_types", CHANNEL_TYPES):
        found["channel_types"] = kinds
    if defaults := [_default(fields, n, item) for n, item in enumerate(fields.items("default_values", 25))]:
        found["default_values"] = defaults


def _default(fields: Fields, n: int, raw: object) -> Json:
    """Somebody or something that a menu shows as chosen."""
    path = fields.path(f"default_values.{n}")
    value = as_object(raw, path)
    if value.get("type") not in ("user", "role", "channel"):
        message = "Value must be one of ('user', 'role', 'channel')."
        fields.form.add(f"{path}.type", "BASE_TYPE_CHOICES", message)
    return {"id": as_id(value.get("id"), f"{path}.id"), "type": value.get("type")}


def _input(fields: Fields, found: Json, seen: _Seen) -> None:
    """What only a modal has."""
    _custom_id(fields, found, seen)
    kind = found["type"]
    required = fields.boolean("required")
    if kind != CHECKBOX:
        found["required"] = True if required is None else required
    if kind == TEXT_INPUT:
        found["style"] = fields.choice("style", (1, 2))
        if fields.body.get("style") is None:
            fields.form.add(fields.path("style"), "BASE_TYPE_REQUIRED", "This field is required")
        texts = {"label": 45, "placeholder": 100, "value": 4000}
        found |= {name: text for name, most in texts.items() if (text := fields.text(name, most)) is not None}
        numbers = {"min_length": (0, 4000), "max_length": (1, 4000)}
        found |= {name: n for name, (a, b) in numbers.items() if (n := fields.number(name, a, b)) is not None}
    elif kind == FILE_UPLOAD:
        low, high = fields.number("min_values", 0, 10), fields.number("max_values", 1, 10)
        found |= {"min_values": 1 if low is None else low, "max_values": high or 1}
    elif kind == RADIO_GROUP:
        _choices(fields, found, 10, 2)
    elif kind == CHECKBOX_GROUP:
        options = _choices(fields, found, 10, 1)
        low, high = fields.number("min_values", 0, 10), fields.number("max_values", 1, 10)
        found |= {"min_values": 1 if low is None else low, "max_values": len(options) if high is None else high}
    elif fields.boolean("default"):
        found["default"] = True


def _media(fields: Fields, name: str, *, attachment_only: bool = False) -> Json:
    media = as_object(fields.body.get(name) or {}, fields.path(name))
    url = Fields(media, fields.form, fields.path(name)).text("url", 2048, required=True) or ""
    allowed = ("attachment://",) if attachment_only else ("attachment://", "http://", "https://")
    if url and not url.startswith(allowed):
        message = "Scheme is not supported. Scheme must be one of ('http', 'https', 'attachment')."
        fields.form.add(f"{fields.path(name)}.url", "URL_TYPE_INVALID_SCHEME", message)
    return {"url": url}


def _display(fields: Fields, found: Json, seen: _Seen) -> None:
    kind = found["type"]
    if kind == TEXT_DISPLAY:
        text = fields.text("content", MAX_TEXT, shortest=1, required=True) or ""
        found["content"] = text
        seen.text += len(text)
    elif kind == SEPARATOR:
        divider = fields.boolean("divider")
        found |= {"divider": True if divider is None else divider, "spacing": fields.choice("spacing", (1, 2)) or 1}
    elif kind == GALLERY:
        items: list[Json] = []
        found["items"] = items
        for n, item in enumerate(fields.items("items", 10, shortest=1)):
            entry = Fields(as_object(item, fields.path(f"items.{n}")), fields.form, fields.path(f"items.{n}"))
            items.append(_described(entry, {"media": _media(entry, "media")}))
    elif kind == FILE:
        found |= {"file": _media(fields, "file", attachment_only=True), "spoiler": bool(fields.boolean("spoiler"))}
    else:
        _described(fields, found)
        found["media"] = _media(fields, "media")


def _described(fields: Fields, found: Json) -> Json:
    found["description"] = fields.text("description", 1024)
    found["spoiler"] = bool(fields.boolean("spoiler"))
    return found


def _layout(fields: Fields, found: Json, seen: _Seen) -> None:
    kind, path = found["type"], fields.path("components")
    if kind == ROW:
        allowed = (TEXT_INPUT,) if seen.modal else (BUTTON, *SELECTS)
        children = _read_list(fields.items("components", 5, shortest=1), path, allowed, seen)
        if any(child.get("type") != BUTTON for child in children) and len(children) > 1:
            message = "The specified component exceeds the maximum width"
            fields.form.add(f"{path}.1", "COMPONENT_LAYOUT_WIDTH_EXCEEDED", message)
        found["components"] = children
    elif kind == SECTION:
        found["components"] = _read_list(fields.items("components", 3, shortest=1), path, (TEXT_DISPLAY,), seen)
        if fields.body.get("accessory") is None:
            fields.form.add(fields.path("accessory"), "BASE_TYPE_REQUIRED", "This field is required")
        else:
            accessory = as_object(fields.body["accessory"], fields.path("accessory"))
            found["accessory"] = _read(accessory, fields.path("accessory"), (BUTTON, THUMBNAIL), seen)
    elif kind == CONTAINER:
        found["accent_color"] = fields.number("accent_color", 0, 0xFFFFFF)
        found["spoiler"] = bool(fields.boolean("spoiler"))
        found["components"] = _read_list(fields.items("components", MAX_V2, shortest=1), path, IN_CONTAINER, seen)
    else:
        found["label"] = fields.text("label", 45, shortest=1, required=True)
        if (description := fields.text("description", 100)) is not None:
            found["description"] = description
        if fields.body.get("component") is None:
            fields.form.add(fields.path("component"), "BASE_TYPE_REQUIRED", "This field is required")
        else:
            child = as_object(fields.body["component"], fields.path("component"))
            found["component"] = _read(child, fields.path("component"), IN_LABEL, seen)
