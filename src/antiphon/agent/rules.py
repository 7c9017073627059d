"""What Claude Code suggests to allow for good: in words for the person who decides, and told to a new process. Pure."""

import re
from collections.abc import Iterable
from typing import Any

from claude_agent_sdk.types import PermissionRuleValue, PermissionUpdate

_DIRECTORY = re.compile(r"Directory\((?P<path>.+)\)", re.DOTALL)  # ours: no rule of Claude Code's says this
_MOST = 2  # suggestions that are offered: more buttons than a phone shows in a row help nobody
_WHERE = {
    "session": "in this session",
    "localSettings": "in this project",
    "projectSettings": "in this project, for everybody who has it",
    "userSettings": "in all projects",
}


def offered(suggestions: Iterable[PermissionUpdate]) -> tuple[PermissionUpdate, ...]:
    """Those that can be told in words: more is allowed by them, and nothing is taken away."""
    return tuple(one for one in suggestions if in_words(one))[:_MOST]


def forgotten(update: PermissionUpdate) -> tuple[str, ...]:
    """What an update allows that the process forgets at its end, as `permissions` takes it. A mode is no rule."""
    if update.destination not in (None, "session"):
        return ()
    if update.type == "addDirectories":
        return tuple(f"Directory({path})" for path in update.directories or ())
    return tuple(map(_spelt, update.rules or ())) if update.type == "addRules" else ()


def permissions(rules: Iterable[str]) -> dict[str, Any]:
    """What is allowed from the start, as Claude Code's settings want it."""
    found = [(rule, _DIRECTORY.fullmatch(rule)) for rule in rules]
    return {
        "allow": [rule for rule, directory in found if directory is None],
        "additionalDirectories": [directory["path"] for _, directory in found if directory is not None],
    }


def _spelt(rule: PermissionRuleValue) -> str:
    return f"{rule.tool_name}({rule.rule_content})" if rule.rule_content else rule.tool_name


def in_words(update: PermissionUpdate) -> str:
    """What it allows and where; "" for one that is not offered."""
    where = _WHERE.get(update.destination or "session", "")
    match update.type:
        case "addRules" if update.behavior == "allow" and update.rules:
            what = ", ".join(map(_spelt, update.rules))
        case "addDirectories" if update.directories:
            what = f"files in {', '.join(update.directories)}"
        case "setMode" if update.mode == "acceptEdits":
            what = "all edits of files"
        case _:
            return ""
    return f"{what}, {where}" if where else ""
