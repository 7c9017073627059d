"""Our entries in the JSON files of Claude Code's: put in, and taken out again. Pure."""

import json
from collections.abc import Mapping
from typing import Any, cast

from antiphon.attach import plugin

ID = f"{plugin.NAME}@{plugin.NAME}"  # the plugin, in its marketplace
INSTALLED, KNOWN = "installed_plugins.json", "known_marketplaces.json"
Json = dict[str, Any]


def as_object(value: object) -> Json:
    """{} for what is none."""
    return cast("Json", value) if isinstance(value, dict) else {}


def same(one: Json, other: Json) -> bool:
    """Whether two files say the same, in whatever order; true is not 1."""
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


def with_hooks(settings: Json, hooks: Mapping[str, Any]) -> Json | None:
    """Settings with our hooks after those that are there. None: what is there are no hooks."""
    there = settings.get("hooks", {})
    if not isinstance(there, dict) or not all(isinstance(one, list) for one in cast("Json", there).values()):
        return None
    both = {**cast("Json", there)}
    for name, ours in hooks.items():
        both[name] = [*both.get(name, ()), *ours]
    return {**settings, "hooks": both}


def without_ours(name: str, found: Json, was: Json, mark: str) -> Json:
    """What a file of this name says without our entries, and without what they leave behind empty. `was`: what it said
    before; `mark`: what stands in each of our hooks that calls the endpoint."""
    left = {**found}
    names = {"plugins": ID} if name == INSTALLED else {"enabledPlugins": ID, "extraKnownMarketplaces": plugin.NAME}
    for key, ours in names.items():
        if isinstance(left.get(key), dict):
            left[key] = _as_before(left[key], as_object(was.get(key)), ours)
            if not left[key] and key not in was:
                del left[key]
    if name == KNOWN:
        left = _as_before(left, was, plugin.NAME)
    if name == INSTALLED and not was and set(left) == {"version"}:
        left = {}
    if isinstance(left.get("hooks"), dict):
        had = as_object(was.get("hooks"))
        hooks = {event: _of_others(entries, mark) for event, entries in cast("Json", left["hooks"]).items()}
        left["hooks"] = {event: entries for event, entries in hooks.items() if entries or event in had}
        if not left["hooks"] and "hooks" not in was:
            del left["hooks"]
    return left


def _as_before(now: Json, was: Json, key: str) -> Json:
    return {**{name: value for name, value in now.items() if name != key}, **({key: was[key]} if key in was else {})}


def _of_others(entries: Any, mark: str) -> Any:
    """An event's entries, each of which has a list of hooks, without those hooks that are ours."""
    if not isinstance(entries, list):
        return entries
    left: list[Any] = []
    for entry in cast("list[Any]", entries):
        hooks = as_object(entry).get("hooks")
        there = cast("list[Any]", hooks) if isinstance(hooks, list) else []
        others = [one for one in there if not _is_ours(one, mark)]
        if len(others) == len(there):
            left.append(entry)
        elif others:
            left.append({**entry, "hooks": others})
    return left


def _is_ours(hook: object, mark: str) -> bool:
    """Whether it calls the endpoint, or one of our scripts."""
    text = json.dumps(hook)
    return mark in text or f"/{plugin.DIRECTORY}/{plugin.NAME}/scripts/" in text
