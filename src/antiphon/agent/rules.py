"""What Claude Code suggests to allow for good, in words for the person who decides. Pure."""

from collections.abc import Iterable

from claude_agent_sdk.types import PermissionRuleValue, PermissionUpdate

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
    """The rules of an update that the process forgets at its end."""
    if update.type != "addRules" or update.destination not in (None, "session"):
        return ()
    return tuple(map(_spelt, update.rules or ()))


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
