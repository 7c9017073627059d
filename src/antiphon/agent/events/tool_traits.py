"""Claude Code's tools by name: of which kind each is, and how its calls are shown. The one place that knows the names
for that; core and chat decide by kind. Pure.
"""

from collections.abc import Mapping

from antiphon.agent.files import RULE
from antiphon.core.events import ToolTraits

_QUIET = ToolTraits("think", quiet=True)
_TRAITS: Mapping[str, ToolTraits] = {
    "Read": ToolTraits("read"),
    "NotebookRead": ToolTraits("read"),
    "Edit": ToolTraits("edit", language="diff"),
    "MultiEdit": ToolTraits("edit", language="diff"),
    "Write": ToolTraits("edit"),
    "NotebookEdit": ToolTraits("edit"),
    "Glob": ToolTraits("search"),
    "Grep": ToolTraits("search"),
    "LS": ToolTraits("search"),
    "Bash": ToolTraits("execute", language="bash"),
    "BashOutput": ToolTraits("execute"),
    "KillShell": ToolTraits("execute"),
    "Monitor": ToolTraits("execute"),
    "WebFetch": ToolTraits("fetch"),
    "WebSearch": ToolTraits("fetch"),
    "Agent": ToolTraits("think", starts_agent=True),
    "Task": ToolTraits("think", starts_agent=True),
    "TaskCreate": _QUIET,
    "TaskUpdate": _QUIET,
    "TaskList": _QUIET,
    "TaskGet": _QUIET,
    "TodoWrite": _QUIET,
    "ToolSearch": ToolTraits(quiet=True),
    RULE: ToolTraits(label="antiphon: send_file", quiet=True),
}


def traits_of(tool: str) -> ToolTraits:
    """What is known of a tool by its name; an MCP server's is labelled "server: tool"."""
    if (known := _TRAITS.get(tool)) is not None:
        return known
    parts = tool.split("__", 2)
    return ToolTraits(label=f"{parts[1]}: {parts[2]}") if len(parts) == 3 and parts[0] == "mcp" else ToolTraits()
