"""Discord's own markup as words: mentions, emoji and times as its clients show them, for Claude and for thread names.

Pure, and linear for every text of a message. What stands in code, or behind a backslash, is shown as it is written;
what nobody knows the name of is called as Discord's clients call it.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

from antiphon.chat.render.text.escape import one_line

Kind = Literal["person", "role", "channel"]

_NAME = 80  # characters
_MARKUP = re.compile(
    r"(?P<asis>\\.|(?<!`)(?P<ticks>`+)(?!`).+?(?<!`)(?P=ticks)(?!`))"
    r"|<@!?(?P<person>[0-9]{1,20})>"
    r"|<@&(?P<role>[0-9]{1,20})>"
    r"|<#(?P<channel>[0-9]{1,20})>"
    r"|<a?(?P<emoji>:\w{1,32}:)[0-9]{1,20}>"
    r"|<t:(?P<time>-?[0-9]{1,17})(?::(?P<style>[A-Za-z]))?>"
    r"|<(?P<command>/[^:<>\n]{1,100}):[0-9]{1,20}>"
    r"|<id:(?P<page>[a-z-]{1,20})(?::[0-9]{1,20})?>",
    re.DOTALL,
)
_UNKNOWN: Mapping[Kind, str] = {"person": "@unknown-user", "role": "@deleted-role", "channel": "#unknown"}
_PAGES = {
    "customize": "Channels & Roles",
    "browse": "Browse Channels",
    "guide": "Server Guide",
    "linked-roles": "Linked Roles",
}
_FIRST, _LAST = -62_135_596_800, 253_402_300_800  # seconds: the years that a calendar has, 1 to 9999


@dataclass(frozen=True, slots=True)
class Names:
    """What mentions stand for, by id."""

    people: Mapping[int, str] = field(default_factory=dict[int, str])
    roles: Mapping[int, str] = field(default_factory=dict[int, str])
    channels: Mapping[int, str] = field(default_factory=dict[int, str])


def plain(text: str, names: Names) -> str:
    """The text with words in place of Discord's markup."""
    return _MARKUP.sub(lambda found: _words(found, names), text)


def mentioned(texts: Iterable[str], kind: Kind) -> frozenset[int]:
    """The ids of one kind that are mentioned in these texts."""
    return frozenset(int(found[kind]) for text in texts for found in _MARKUP.finditer(text) if found[kind])


def _words(found: re.Match[str], names: Names) -> str:
    match found.lastgroup:
        case "person":
            return _name("person", "@", names.people.get(int(found["person"])))
        case "role":
            return _name("role", "@", names.roles.get(int(found["role"])))
        case "channel":
            return _name("channel", "#", names.channels.get(int(found["channel"])))
        case "emoji":
            return found["emoji"]
        case "time" | "style":
            return _moment(int(found["time"]), found["style"] or "f") or found[0]
        case "command":
            return found["command"]
        case "page":
            return _PAGES.get(found["page"], found[0])
        case _:
            return found[0]


def _name(kind: Kind, sign: str, name: str | None) -> str:
    shown = one_line(name or "", _NAME)
    return f"{sign}{shown}" if shown else _UNKNOWN[kind]


def _moment(seconds: int, style: str) -> str | None:
    """A moment with its day, for Claude's clock is another one than the reader's; None: no calendar has it."""
    if not _FIRST <= seconds < _LAST:
        return None
    moment = datetime.fromtimestamp(seconds, UTC)
    return f"{moment:%Y-%m-%d}" if style in "dD" else f"{moment:%Y-%m-%d %H:%M} UTC"
