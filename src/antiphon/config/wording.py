"""The sentences about the configuration. For the operator, in the terminal.

A sentence about a setting continues its name: "limits.turn" + " must be …", or + ": there is no such setting".
"""

import json
import re
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, time
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from antiphon.config.base import END_OF_IDS, KeyPath
from antiphon.config.patterns import IN_WORDS

_LONGEST = 40  # characters of what somebody wrote, in a sentence of ours; every token of Discord's is longer
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_BYPASS = "allow_bypass"
_SURE, _LIKELY = 0.8, 0.6  # how much two names are alike

NO_STATEMENT = "here a setting (name = value) or a table ([name]) is expected"
NO_KEY = "here the name of a setting or of a table is expected; write names with other characters in quotes"
NO_EQUALS = "“=” is missing after the name"
HEADER_OPEN = "the table's name does not end with “]”"
MORE_ON_LINE = "something stands after the value; begin a new line, and write texts in quotes"
CONTROL_CHARACTER = "there is an invisible character that a file may not have; write the line anew"
TEXT_OPEN = "a text does not end: its second quote is missing"
ARRAY_OPEN = "a list does not end: “]”, or a comma between two entries, is missing"
INLINE_TABLE_OPEN = "a table does not end: “}”, or a comma between two settings, is missing"
BACKSLASH = "“\\” has a meaning of its own in \"…\"; write '…' around texts with backslashes"
NO_DATE = "there is no such date or time"
NO_VALUE = "here a value is expected: texts stand in quotes, true and false in small letters"
TWICE = "this stands twice in the file; take one out"
TOO_DEEP = "this is nested too deeply"
NO_UTF_8 = "the file is not UTF-8; save it as UTF-8"
NO_TOML = "this is no TOML"
NOT_SET = "not set"
AND_MORE = "… and more; correct these first"
DEFAULT = "default"
WEBHOOK_ALONE = "a webhook, no bot"
NO_PROJECT_AT_ALL = ": there is no project; add [projects.NAME] with a directory and channels"
BOTS = ": needs a bot; set DISCORD_BOT_TOKEN, or take it out, and terminals are told of by webhook alone"
IN_CLEAR = (
    "api.host is {host}: tokens go over the network in clear. Put a proxy with TLS before it, which talks to 127.0.0.1"
)
NOT_NEEDED = "[webhook] is not used: there is a bot token, and the bot does all that the webhook would"


NAMED_IN_FILE = "the configuration file has a project of this name, which counts"


NONE_RUNS = "No bridge runs: what you change is read when it starts."


def reloaded(taken: Sequence[str], later: Sequence[str], left_out: Mapping[str, str]) -> list[str]:
    """What came of reading the file again: which settings hold now, which with the next start, and which projects that
    were added in Discord are not in use, and why."""
    lines = [f"In force now: {', '.join(taken)}."] if taken else []
    lines += [f"After a restart: {', '.join(later)}."] if later else []
    lines += [f"Not in use: the project {name}, which was added in Discord: {why}" for name, why in left_out.items()]
    return lines or ["The configuration was read again: nothing has changed."]


def no_outcome(state: Path) -> str:
    return f"The bridge has not said what came of it. Look at its log: {state}/antiphon.log"


def at(file: Path, line: int | None) -> str:
    """How a sentence about a line begins."""
    return f"{file}: " if line is None else f"{file}, line {line}: "


def name_of(path: KeyPath) -> str:
    """A setting's name as the file has it."""
    name, entries = "", ""
    for piece in path:
        if isinstance(piece, int):
            entries += f", entry {piece + 1}"
        else:
            name += f"{'.' if name else ''}{_key(piece)}"
    return name + entries


def quoted_line(line: str) -> str:
    """What stands there, at a sentence's end; "": it may not be shown."""
    return f": {line}" if line else ""


def printable(text: str) -> str:
    """A text on one line, without what a terminal might obey."""
    return "".join(one if one.isprintable() else " " for one in text)


def cut(text: str, length: int) -> str:
    """The same, of so many characters at most."""
    text = printable(text)
    return text if len(text) <= length else f"{text[: length - 1]}…"


def unreadable(file: Path, why: str) -> str:
    return f"{file} cannot be read ({why})"


def no_token_file(file: Path, why: str | None) -> str:
    """Of a setting that names one. `why`: None where it is no text."""
    return f": {file} cannot be read ({why or 'not a text'}); name the file that holds the token"


def too_large(file: Path, limit: int) -> str:
    return f"{file} has more than {limit // 1_000_000} MB: that is no configuration"


def twice(path: KeyPath, first: int) -> str:
    """Of a name that stands on another line too."""
    return f"{name_of(path)} stands twice, first on line {first}; take one out"


def must_be(node: Mapping[str, Any], value: object, *, hidden: bool) -> str:
    """What a setting has to be, and what it is. `node`: of the schema; `hidden`: nobody may see the value."""
    given = "" if hidden else _shown(value)
    words = f" must be {expected(node)}{f', not {given}' if given else ''}"
    if node.get("type") == "array" and isinstance(value, str | int | float):
        words += "; put it in [ ]"
    guess = _guess(value, node.get("enum", ())) if isinstance(value, str) else ""
    return words + (f"; did you mean “{guess}”?" if guess else "")


def bad_name(pattern: str) -> str:
    """Of a key that people choose."""
    return f": a name here must be {IN_WORDS.get(pattern, 'another one')}"


def lacks(name: str, description: str) -> str:
    """Of a table without a setting that has to be there."""
    return f" needs “{name}”{_explained(description)}"


def not_set(description: str, file: Path | None, path: KeyPath) -> str:
    """Of a variable. `file`: where the setting could stand as well."""
    elsewhere = "" if file is None else f", and {name_of(path)} does not stand in {file}"
    return f" is not set{elsewhere}{_explained(description)}"


def unknown(name: str, known: Collection[str], elsewhere: Sequence[str]) -> str:
    """Of a setting that there is not. `known`: in its table; `elsewhere`: tables that have one of that name."""
    if guess := _guess(name, known, _SURE):
        return f": there is no such setting; did you mean “{guess}”?"
    if elsewhere:
        return f": there is no such setting here; it belongs in {_listed(elsewhere, 'or')}"
    if guess := _guess(name, known):
        return f": there is no such setting; did you mean “{guess}”?"
    return f": there is no such setting{f'; there are {_listed(known)}' if len(known) <= 12 else ''}"


def unknown_section(name: str, known: Collection[str]) -> str:
    """Of a table at the top of the file."""
    guess = _guess(name, known)
    return f": there is no such section{f'; did you mean [{guess}]?' if guess else f'; there are {_listed(known)}'}"


def no_project(name: str | None, names: Collection[str]) -> str:
    """Of a setting that names one."""
    guess = _guess(name or "", names)
    return f"there is no project {name_of((name or '',))}{f'; did you mean “{guess}”?' if guess else ''}"


def no_bypass(project: str) -> str:
    return f"{name_of((project,))} does not let people switch to it; set its {_BYPASS} = true, or take another mode"


def two_projects(channel: int, first: str, second: str) -> str:
    return f"channel {channel} belongs to two projects: {name_of((first,))} and {name_of((second,))}"


def unused(variables: Sequence[str], file: Path) -> str:
    """Of variables that describe the project of the simple case."""
    return f"{', '.join(variables)} set, but projects come from {file}"


def unused_beside_webhook(variables: Sequence[str], file: Path) -> str:
    """Of variables that a bridge without a bot does not use."""
    return f"{', '.join(variables)} set, but not used: {file} has a webhook and no bot"


def misspelt(variable: str, meant: str) -> str:
    """Of a variable that nobody reads."""
    return f"{variable} is set, but nothing reads it; did you mean {meant}?"


def readable_by_others(file: Path, mode: str) -> str:
    """Of a secret in a file."""
    return f": others can read {file}; run: chmod {mode} {file}"


def within_reach(where: str, advice: str) -> str:
    """Of the bot's token."""
    return f"Claude Code could read the bot token {where}: {advice}"


def of_somebody_else(file: Path) -> str:
    """Of a file that was found, not named."""
    return f"{file} is somebody else's, or others can change it: it is not used unless you name it with -c"


def first_steps(directory: Path) -> str:
    """Where to begin. `directory`: of the user's configuration, where a file is looked for."""
    return f"""\
Antiphon is not configured yet. Begin with one of these:
  antiphon setup   asks for what it needs, step by step, and writes the configuration
  antiphon demo    shows it at work: no bot, no token, no login
Or by hand: set DISCORD_BOT_TOKEN, DISCORD_CHANNEL_ID and CLAUDE_WORKING_DIR, then antiphon run.
A file is looked for too: antiphon.toml here, or in {directory}."""


def fine(file: Path | None, parts: Sequence[str]) -> str:
    """Of a configuration in which nothing is wrong. `parts`: what there is in it."""
    return f"{'The environment' if file is None else file} is fine: {', '.join(parts)}"


def counted(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def note(remark: str) -> str:
    """A remark, in the terminal."""
    return f"note: {remark}"


def in_use(file: Path) -> str:
    """Which configuration the bridge starts with."""
    return f"configuration: {file}"


def head(file: Path | None, state: Path, claude: Path) -> str:
    """What stands above the settings in force. The directories of our state, and of Claude Code's."""
    told = "variables alone" if file is None else str(file)
    return f"# configuration: {told}\n# state: {state}\n# Claude Code: {claude}\n"


def origin(variable: str | None, line: int | None, taken_from: str) -> str:
    """Where a setting comes from. `taken_from`: the section that fills it in, "" for its own."""
    section = f"[{taken_from}], " if taken_from else ""
    return section + (variable or (DEFAULT if line is None else f"line {line}"))


def expected(node: Mapping[str, Any]) -> str:
    """What a setting has to be, from its schema."""
    if words := IN_WORDS.get(node.get("pattern", "")):
        return words
    if choices := node.get("enum"):
        return f"one of {', '.join(f'“{one}”' for one in choices)}"
    if kinds := node.get("anyOf"):
        return " or ".join(expected(one) for one in kinds)
    match node.get("type"):
        case "integer" | "number" if node.get("exclusiveMaximum") == END_OF_IDS:
            return "an id that Discord gives (digits)"
        case "integer":
            return f"a whole number{_range(node)}"
        case "number":
            return f"a number{_range(node)}"
        case "boolean":
            return "true or false"
        case "array":
            return f"a list, each entry {expected(node.get('items', {}))}"
        case "object":
            return "a table"
        case _:
            return f"{'a path' if node.get('format') == 'path' else 'a text'} in quotes{_length(node)}"


def _range(node: Mapping[str, Any]) -> str:
    if "exclusiveMinimum" in node:
        return f" above {node['exclusiveMinimum']} and at most {node['maximum']}"
    return f" from {node['minimum']} to {node['maximum']}" if "minimum" in node else ""


def _length(node: Mapping[str, Any]) -> str:
    shortest, longest = node.get("minLength", 0), node.get("maxLength")
    if longest is None:
        return ""
    return f", {shortest} to {longest} characters" if shortest else f", at most {longest} characters"


def _shown(value: object) -> str:
    """What somebody has written, short; "": it is not shown."""
    match value:
        case bool():
            return "true" if value else "false"
        case int() | float():
            return cut(str(value), _LONGEST)
        case str() if len(value) <= _LONGEST:
            return f"“{cut(value, _LONGEST)}”"
        case str():
            return f"one of {len(value)} characters"
        case dict():
            return "a table"
        case list():
            return "a list"
        case datetime() | date() | time():
            return f"the date {value}"
        case _:
            return ""


def _explained(description: str) -> str:
    first = description.split(". ")[0].rstrip(".")
    return f": {first[:1].lower()}{first[1:]}" if first else ""


def _guess(name: str, known: Collection[str], alike: float = _LIKELY) -> str:
    written = {one.lower().replace("-", "_"): one for one in known}
    found = get_close_matches(name.lower().replace("-", "_")[:_LONGEST], list(written), n=1, cutoff=alike)
    return written[found[0]] if found else ""


def _listed(names: Collection[str], joint: str = "and") -> str:
    *others, last = names
    return f"{', '.join(others)} {joint} {last}" if others else last


def _key(piece: str) -> str:
    if len(piece) > _LONGEST:
        return f"“{cut(piece, 12)}”"
    return piece if _BARE.fullmatch(piece) else printable(json.dumps(piece, ensure_ascii=False))
