"""Permission rules: what Claude Code suggests, in words for whoever decides, and passed to a new process. Pure."""

import fnmatch
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from claude_agent_sdk.types import PermissionRuleValue, PermissionUpdate

from antiphon.agent import wording
from antiphon.agent.events.tool_view import relative
from antiphon.core.rules import EDITS, OfferedRule, Scope, StandingRule, directory, directory_in

SCOPES: Mapping[str, Scope] = {  # by the SDK's names
    "session": "session",
    "localSettings": "project",
    "projectSettings": "shared",
    "userSettings": "user",
}
_RULE = re.compile(r"(?P<tool>[^()]+)(?:\((?P<what>.*)\))?", re.DOTALL)
_ESCAPED = re.compile(r"\\([()\\])")
_TO_ESCAPE = re.compile(r"[()\\]")
_NEWER_NAMES = {
    "Task": "Agent",
    "KillShell": "TaskStop",
    "KillBash": "TaskStop",
}  # of tools, as Claude Code reads rules
_MCP = re.compile(r"mcp__(?P<server>.+?)(?:__(?P<tool>.+))?", re.DOTALL)
_BETWEEN = re.compile(r"\$\(|[;&|\n(){}`]")  # what may stand between two commands of one line
_BEFORE = re.compile(r"(?:(?:!|if|then|elif|else|while|until|do|time|\w+=\S*)\s+)*")  # what may stand before a command
_MOST = 2  # suggestions that are offered: more buttons than a phone shows in a row help nobody


def offered(suggestions: Iterable[PermissionUpdate]) -> tuple[PermissionUpdate, ...]:
    """Those that can be told: more is allowed by them, and nothing is taken away."""
    return tuple(one for one in suggestions if _texts(one) and one.destination in (None, *SCOPES))[:_MOST]


def offer(update: PermissionUpdate, root: Path) -> OfferedRule:
    """What one of them allows, and where it will stand. `root`: names below it are told relative to it."""
    texts = _texts(update)
    labels = dict.fromkeys(label(text, root) for text in texts)
    return OfferedRule(wording.listed(list(labels)), texts, SCOPES.get(update.destination or "session", "session"))


def told(texts: Iterable[str], scope: Scope, root: Path) -> tuple[StandingRule, ...]:
    """Rules that hold, in words."""
    return tuple(StandingRule(text, label(text, root), scope) for text in texts)


def session_rules(update: PermissionUpdate) -> tuple[str, ...]:
    """What an update allows that the process forgets at its end, as `permissions` takes it. A mode is no rule."""
    return _texts(update) if update.type != "setMode" and update.destination in (None, "session") else ()


def permissions(rules: Iterable[str], dangerous: Iterable[str] = ()) -> dict[str, Any]:
    """What is allowed from the start, as Claude Code's settings want it. What is `dangerous` is asked about whatever
    else allows it: a mode, a setting, a rule that one person alone has allowed."""
    found = [(rule, directory_in(rule)) for rule in rules]
    return {
        "allow": [rule for rule, path in found if path is None],
        "additionalDirectories": [path for _, path in found if path is not None],
        "ask": list(dangerous),
    }


def _texts(update: PermissionUpdate) -> tuple[str, ...]:
    """What an update allows; () for one that is not offered."""
    match update.type:
        case "addRules" if update.behavior == "allow" and update.rules:
            return tuple(map(_rule_text, update.rules))
        case "addDirectories":
            return tuple(map(directory, update.directories or ()))
        case "setMode" if update.mode == "acceptEdits" and update.destination in (None, "session"):
            return (EDITS,)
        case _:
            return ()


def _rule_text(rule: PermissionRuleValue) -> str:
    """As Claude Code writes it into settings."""
    return f"{rule.tool_name}({_TO_ESCAPE.sub(_backslash, rule.rule_content)})" if rule.rule_content else rule.tool_name


def _backslash(found: re.Match[str]) -> str:
    return f"\\{found[0]}"


def meaning(text: str) -> tuple[str, str]:
    """The tool that a rule is about, and which of its calls ("": all): equal for texts of the same rule."""
    if (path := directory_in(text)) is not None:
        return "Directory", path
    found = _RULE.fullmatch(text)
    if found is None:
        return text, ""
    what = _ESCAPED.sub(r"\1", found["what"] or "")
    return _NEWER_NAMES.get(found["tool"], found["tool"]), "" if what == "*" else what


def label(text: str, root: Path) -> str:
    """What a rule allows, in a few words: for the label of a button, so without any markup."""
    if text == EDITS:
        return wording.EDITS_OF_FILES
    if (path := directory_in(text)) is not None:
        return wording.access_to(wording.THIS_PROJECT if path == str(root) else relative(path, root))
    tool, what = meaning(text)
    if what in ("", "**", ":*"):
        return _whole_tool(tool)
    match tool:
        case "Bash":
            command, anything = _command(what)
            return wording.commands(command) if anything else wording.command(command)
        case "WebFetch" if what.startswith("domain:"):
            return what.removeprefix("domain:")
        case "Read":
            return _files(what, root, wording.reading, wording.reading_in)
        case "Edit" | "Write" | "MultiEdit" | "NotebookEdit":
            return _files(what, root, wording.edits_of, wording.edits_in)
        case "Skill":
            return wording.skill(what)
        case "Agent":
            return wording.sub_agents(what)
        case _:
            return text


def _whole_tool(tool: str) -> str:
    if (known := wording.WHOLE_TOOLS.get(tool)) is not None:
        return known
    mcp = _MCP.fullmatch(tool)
    if mcp is None:
        return wording.tool(tool) if tool.isidentifier() else tool
    server = mcp["server"]
    return wording.server_tools(server) if mcp["tool"] in (None, "*") else wording.server_tool(mcp["tool"], server)


def _command(what: str) -> tuple[str, bool]:
    """The command that a rule names, and whether anything may follow it."""
    for ending in (":*", " *", "*"):
        if what.endswith(ending) and len(what) > len(ending):
            return what.removesuffix(ending), True
    return what, False


def _files(pattern: str, root: Path, one: Callable[[str], str], below: Callable[[str], str]) -> str:
    """A pattern of files: "//" begins a path from the disk's root, "/" one from the project's."""
    absolute = pattern.startswith("//")
    pattern = pattern[1:] if absolute else pattern.removeprefix("./").lstrip("/")
    whole = pattern.removesuffix("**").removesuffix("*")
    path = whole.rstrip("/")
    if absolute:
        path = "" if path == str(root) else relative(path or "/", root)
    return one(path) if whole == pattern else below(path or wording.THIS_PROJECT)


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
