"""Permission rules that Claude Code suggests: described for whoever decides, and passed to a new process. Pure."""

import fnmatch
import re
from collections.abc import Iterable, Mapping
from typing import Any

from claude_agent_sdk.types import PermissionRuleValue, PermissionUpdate

from antiphon.agent import wording

_DIRECTORY = re.compile(r"Directory\((?P<path>.+)\)", re.DOTALL)  # ours: no rule of Claude Code's says this
_RULE = re.compile(r"(?P<tool>[^()]+)(?:\((?P<what>.*)\))?", re.DOTALL)
_BETWEEN = re.compile(r"\$\(|[;&|\n(){}`]")  # what may stand between two commands of one line
_BEFORE = re.compile(r"(?:(?:!|if|then|elif|else|while|until|do|time|\w+=\S*)\s+)*")  # what may stand before a command
_MOST = 2  # suggestions that are offered: more buttons than a phone shows in a row help nobody


def offered(suggestions: Iterable[PermissionUpdate]) -> tuple[PermissionUpdate, ...]:
    """Those that can be described: more is allowed by them, and nothing is taken away."""
    return tuple(one for one in suggestions if description(one))[:_MOST]


def session_rules(update: PermissionUpdate) -> tuple[str, ...]:
    """What an update allows that the process forgets at its end, as `permissions` takes it. A mode is no rule."""
    if update.destination not in (None, "session"):
        return ()
    if update.type == "addDirectories":
        return tuple(f"Directory({path})" for path in update.directories or ())
    return tuple(map(_rule_text, update.rules or ())) if update.type == "addRules" else ()


def permissions(rules: Iterable[str], dangerous: Iterable[str] = ()) -> dict[str, Any]:
    """What is allowed from the start, as Claude Code's settings want it. What is `dangerous` is asked about whatever
    else allows it: a mode, a setting, a rule that one person alone has allowed."""
    found = [(rule, _DIRECTORY.fullmatch(rule)) for rule in rules]
    return {
        "allow": [rule for rule, directory in found if directory is None],
        "additionalDirectories": [directory["path"] for _, directory in found if directory is not None],
        "ask": list(dangerous),
    }


def _rule_text(rule: PermissionRuleValue) -> str:
    return f"{rule.tool_name}({rule.rule_content})" if rule.rule_content else rule.tool_name


def description(update: PermissionUpdate) -> str:
    """What it allows and where; "" for one that is not offered."""
    where = wording.RULE_SCOPES.get(update.destination or "session", "")
    match update.type:
        case "addRules" if update.behavior == "allow" and update.rules:
            what = ", ".join(map(_rule_text, update.rules))
        case "addDirectories" if update.directories:
            what = wording.files_in(", ".join(update.directories))
        case "setMode" if update.mode == "acceptEdits":
            what = wording.EDITS_OF_FILES
        case _:
            return ""
    return f"{what}, {where}" if where else ""


def is_dangerous(tool: str, given: Mapping[str, Any], about: str, rules: Iterable[str]) -> bool:
    """Whether a call is one of those that the operator has marked: "Tool", or "Tool(pattern)" with * for anything. Of a
    command line each command counts; one that is only quoted does too, which asks for one voice too many."""
    calls = [about]
    if tool == "Bash":
        parts = _BETWEEN.split(str(given.get("command", "")))
        calls += [" ".join(_BEFORE.sub("", part.strip(), count=1).split()) for part in parts]
    for rule in rules:
        found = _RULE.fullmatch(rule)
        if found is None or not fnmatch.fnmatchcase(tool, found["tool"]):
            continue
        if found["what"] is None or any(_matches(call, found["what"]) for call in calls):
            return True
    return False


def _matches(call: str, pattern: str) -> bool:
    """ "git push *" is the bare command, too: the CLI's own rules read so."""
    pattern = pattern.replace(":*", "*")
    return fnmatch.fnmatchcase(call, pattern) or fnmatch.fnmatchcase(call, pattern.removesuffix(" *"))
