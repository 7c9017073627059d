"""Claude Code's tools by name: of which kind each is, and how its calls are shown. The one place that knows the names
for that; core and chat decide by kind. Pure.
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from antiphon.core.blocks import ToolTraits
from antiphon.tools.definitions import READ, SERVER, own_name

_TRAITS: Mapping[str, ToolTraits] = {
    **dict.fromkeys(("Read", "NotebookRead"), ToolTraits("read")),
    **dict.fromkeys(("Edit", "MultiEdit"), ToolTraits("edit", language="diff")),
    **dict.fromkeys(("Write", "NotebookEdit"), ToolTraits("edit")),
    **dict.fromkeys(("Glob", "Grep", "LS"), ToolTraits("search")),
    "Bash": ToolTraits("execute", language="bash"),
    **dict.fromkeys(("BashOutput", "KillShell", "Monitor"), ToolTraits("execute")),
    **dict.fromkeys(("WebFetch", "WebSearch"), ToolTraits("fetch")),
    **dict.fromkeys(("Agent", "Task"), ToolTraits("think", starts_agent=True)),
    **dict.fromkeys(("TaskCreate", "TaskUpdate", "TaskList", "TaskGet", "TodoWrite"), ToolTraits("think", quiet=True)),
    **dict.fromkeys(("ToolSearch", "EnterPlanMode"), ToolTraits(quiet=True)),
    **dict.fromkeys(("ExitPlanMode", "AskUserQuestion"), ToolTraits("think", quiet=True)),  # the request is shown
}


def call_traits(tool: str, given: Mapping[str, Any], root: Path | None) -> ToolTraits:
    """What is known of a call. Claude Code keeps a plan in a file of its own, outside of the project: people see the
    plan itself when they are asked about it."""
    traits = traits_of(tool)
    if traits.kind == "edit" and isinstance(path := given.get("file_path"), str):
        kept = Path(path)
        if kept.parent.name == "plans" and kept.suffix == ".md" and not (root and kept.is_relative_to(root)):
            return replace(traits, quiet=True)
    return traits


def traits_of(tool: str) -> ToolTraits:
    """What is known of a tool by its name; an MCP server's is labelled "server: tool". What our own tools do is seen
    in Discord itself, but for a look at it."""
    if own := own_name(tool):
        return ToolTraits("read" if own == READ else "other", f"{SERVER}: {own}", quiet=own != READ)
    if (known := _TRAITS.get(tool)) is not None:
        return known
    parts = tool.split("__", 2)
    return ToolTraits(label=f"{parts[1]}: {parts[2]}") if len(parts) == 3 and parts[0] == "mcp" else ToolTraits()
