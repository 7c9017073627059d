"""What a configuration that was read again changes, and which of that a bridge takes up while it runs."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import cast

from antiphon.config.base import KeyPath, Section
from antiphon.config.settings import Settings

# Taken up at once. Everything else is what the bridge was built with.
LIVE = ("projects", "schedules", "display", "claude")
_AT_START = (("claude", "command"),)


@dataclass(frozen=True, slots=True)
class Changes:
    """Which settings have changed, by their names: `taken`: they hold from now on; `later`: with the next start."""

    taken: tuple[str, ...] = ()
    later: tuple[str, ...] = ()


def changes(before: Settings, now: Settings) -> Changes:
    """What differs. Of projects, schedules and triggers which ones do."""
    found = list(_differing(before, now))
    later = [path for path in found if path[0] not in LIVE or path[:2] in _AT_START]
    return Changes(_names(path for path in found if path not in later), _names(later))


def taken_up(before: Settings, now: Settings) -> Settings:
    """The configuration of a bridge that was built by `before` and has taken up what it can of `now`."""
    command = now.claude.model_copy(update={"command": before.claude.command})
    live = {name: getattr(now, name) for name in LIVE} | {"claude": command}
    return before.model_copy(update=live)


def _differing(before: Settings, now: Settings) -> Iterator[KeyPath]:
    for name in Settings.model_fields:
        one, other = getattr(before, name), getattr(now, name)
        if one == other:
            continue
        keyed = [_keyed(one), _keyed(other)]
        for key in dict.fromkeys((*keyed[0], *keyed[1])):
            if keyed[0].get(key) != keyed[1].get(key):
                yield (name, key)


def _keyed(section: object) -> Mapping[str, object]:
    if section is None:
        return {}
    return dict(section) if isinstance(section, Section) else cast(dict[str, object], section)


def _names(paths: "Iterator[KeyPath] | list[KeyPath]") -> tuple[str, ...]:
    return tuple(dict.fromkeys(".".join(map(str, path)) for path in paths))
