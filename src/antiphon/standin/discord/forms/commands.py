"""Limits of application commands (D interactions/application-commands)."""

from __future__ import annotations

import unicodedata
from typing import Any

from antiphon.standin.discord.errors import Form, Json
from antiphon.standin.discord.wire import Fields, as_object, as_whole

CHAT_INPUT, USER, MESSAGE = 1, 2, 3
SUB_COMMAND, SUB_COMMAND_GROUP, STRING, INTEGER, NUMBER = 1, 2, 3, 4, 10
MAX_CHARACTERS = 8000
CHANNEL_TYPES = (0, 1, 2, 3, 4, 5, 10, 11, 12, 13, 14, 15, 16)
_LETTER_MARKS = ("L", "N")
_SCRIPTS = ("DEVANAGARI", "THAI")


def read_command(raw: Json, form: Form, path: str = "") -> Json:
    """A command as Discord stores it, without ids. What is wrong is noted in `form`."""
    fields = Fields(raw, form, path)
    kind = fields.choice("type", (CHAT_INPUT, USER, MESSAGE)) or CHAT_INPUT
    name = fields.text("name", 32, shortest=1, required=True)
    if kind == CHAT_INPUT:
        _check_name(fields, name)
    description = fields.text("description", 100, shortest=1 if kind == CHAT_INPUT else 0, required=kind == CHAT_INPUT)
    if kind != CHAT_INPUT and description:
        message = "Context menu commands cannot have description"
        form.add(fields.path("description"), "APPLICATION_COMMAND_CONTEXT_MENU_DESCRIPTION_CANNOT_BE_SET", message)
    options = _read_options(fields, (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11))
    if kind != CHAT_INPUT and options:
        message = "Context menu commands cannot have options"
        form.add(fields.path("options"), "APPLICATION_COMMAND_CONTEXT_MENU_OPTIONS_CANNOT_BE_SET", message)
    if len(name or "") + len(description or "") + sum(_characters(o) for o in options) > MAX_CHARACTERS:
        message = f"Command exceeds maximum size of {MAX_CHARACTERS}"
        form.add(path, "APPLICATION_COMMAND_TOO_LARGE", message)
    permission = raw.get("default_member_permissions")
    bits = 0 if permission is None else as_whole(permission)
    if bits is None or bits < 0:
        form.add(fields.path("default_member_permissions"), "NUMBER_TYPE_COERCE", f'Value "{permission}" is not int.')
    dm_permission = fields.boolean("dm_permission")
    command: Json = {
        "type": kind,
        "name": name,
        "description": description or "",
        "default_member_permissions": None if permission is None else str(permission),
        "nsfw": bool(fields.boolean("nsfw")),
        "name_localizations": _localizations(fields, "name_localizations", 32),
        "description_localizations": _localizations(fields, "description_localizations", 100),
        "dm_permission": True if dm_permission is None else dm_permission,
        "contexts": fields.chosen("contexts", (0, 1, 2)),
        "integration_types": fields.chosen("integration_types", (0, 1)) or [0],
    }
    if options:
        command["options"] = options
    return command


def _localizations(fields: Fields, name: str, longest: int) -> Json | None:
    """Texts by their locale."""
    if fields.body.get(name) is None:
        return None
    path = fields.path(name)
    texts = Fields(as_object(fields.body[name], path), fields.form, path)
    return {locale: texts.text(locale, longest, shortest=1, required=True) for locale in texts.body}


def _characters(option: Json) -> int:
    """Names, descriptions and values count together."""
    own = len(option.get("name") or "") + len(option.get("description") or "")
    choices = sum(len(str(c["name"])) + len(str(c["value"])) for c in option.get("choices", []))
    return own + choices + sum(_characters(child) for child in option.get("options", []))


def _check_name(fields: Fields, name: str | None) -> None:
    if not name or len(name) > 32:
        return
    fits = all(c in "-_'" or unicodedata.category(c)[0] in _LETTER_MARKS or _in_script(c) for c in name)
    if not fits or name != name.lower():
        message = "Command name is invalid"
        fields.form.add(fields.path("name"), "APPLICATION_COMMAND_INVALID_NAME", message)


def _in_script(character: str) -> bool:
    return unicodedata.name(character, "").startswith(_SCRIPTS)


def _read_options(fields: Fields, allowed: tuple[int, ...]) -> list[Json]:
    found: list[Json] = []
    names: set[str] = set()
    optional_seen = False
    for n, item in enumerate(fields.items("options", 25)):
        path = fields.path(f"options.{n}")
        option = _read_option(as_object(item, path), fields.form, path, allowed)
        if option["name"] in names:
            message = "Option names must be unique"
            fields.form.add(path, "APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS", message)
        names.add(option["name"])
        required = option.get("required", False)
        if required and optional_seen:
            message = "Required options must be placed before non-required options"
            fields.form.add(path, "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID", message)
        optional_seen = optional_seen or not required
        found.append(option)
    nested = [o["type"] in (SUB_COMMAND, SUB_COMMAND_GROUP) for o in found]
    if any(nested) and not all(nested):
        message = "Sub-command and sub-command group option types are mutually exclusive to all other types"
        fields.form.add(fields.path("options"), "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", message)
    return found


def _read_option(raw: Json, form: Form, path: str, allowed: tuple[int, ...]) -> Json:
    fields = Fields(raw, form, path)
    kind = fields.choice("type", allowed)
    if raw.get("type") is None:
        form.add(f"{path}.type", "BASE_TYPE_REQUIRED", "This field is required")
    name = fields.text("name", 32, shortest=1, required=True)
    _check_name(fields, name)
    option: Json = {
        "type": kind or STRING,
        "name": name or "",
        "description": fields.text("description", 100, shortest=1, required=True),
    }
    for key, longest in (("name_localizations", 32), ("description_localizations", 100)):
        if found := _localizations(fields, key, longest):
            option[key] = found
    if kind == SUB_COMMAND_GROUP:
        option["options"] = _read_options(fields, (SUB_COMMAND,))
        return option
    if kind == SUB_COMMAND:
        option["options"] = _read_options(fields, (3, 4, 5, 6, 7, 8, 9, 10, 11))
        return option
    if fields.boolean("required"):
        option["required"] = True
    if raw.get("choices"):
        option["choices"] = read_choices(fields, "choices", option["type"])
    if fields.boolean("autocomplete"):
        option["autocomplete"] = True
        if option.get("choices"):
            message = "Autocomplete cannot be set to true if choices are present"
            form.add(path, "APPLICATION_COMMAND_OPTIONS_CHOICES_AUTOCOMPLETE_INVALID", message)
    for key in ("min_value", "max_value"):
        if (value := raw.get(key)) is not None:
            option[key] = value
            if isinstance(value, bool) or not isinstance(value, (int, float)):
                form.add(fields.path(key), "NUMBER_TYPE_COERCE", f'Value "{value}" is not a number.')
    lengths = {"min_length": fields.number("min_length", 0, 6000), "max_length": fields.number("max_length", 1, 6000)}
    option |= {key: length for key, length in lengths.items() if length is not None}
    if kinds := fields.chosen("channel_types", CHANNEL_TYPES):
        option["channel_types"] = kinds
    return option


def read_choices(fields: Fields, name: str, kind: int) -> list[Json]:
    """25 choices of 100 characters, of an option or of an autocomplete answer."""
    found: list[Json] = []
    for n, item in enumerate(fields.items(name, 25)):
        path = fields.path(f"{name}.{n}")
        choice = Fields(as_object(item, path), fields.form, path)
        label = choice.text("name", 100, shortest=1, required=True)
        value: Any = choice.body.get("value")
        if kind in (INTEGER, NUMBER):
            if isinstance(value, bool) or not isinstance(value, (int, float)):
                choice.form.add(choice.path("value"), "NUMBER_TYPE_COERCE", f'Value "{value}" is not a number.')
        else:
            value = choice.text("value", 100, shortest=1, required=True)
        entry: Json = {"name": label, "value": value}
        if (localized := _localizations(choice, "name_localizations", 100)) is not None:
            entry["name_localizations"] = localized
        found.append(entry)
    return found
