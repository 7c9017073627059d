"""The whole tool log of a turn, as Markdown for a file. Pure; what the view keeps is all it can tell.

Nothing inside ends a code block: its fence is longer than any run of backticks in it. Secrets are taken out.
"""

import re

from antiphon.chat.render import wording
from antiphon.chat.render.format import MARKS, counted, lines_changed, requests_by_id, seconds, tool_name
from antiphon.chat.render.message import FILE_LIMIT, MessageSpec, TextUpload
from antiphon.chat.render.text.escape import inline_code, one_line, visible
from antiphon.chat.render.text.splitter import LIMIT
from antiphon.core.blocks import AskBlock, ToolBlock
from antiphon.core.view import TurnView

_TICKS = re.compile("`{3,}")


def details(view: TurnView) -> str:
    """Each tool call of the turn with its input, its output and what it changed, as far as one file has room."""
    requests = requests_by_id(view)
    found = [block for block in view.blocks if isinstance(block, ToolBlock)]
    if not found:
        return wording.NO_TOOLS
    parts: list[str] = []
    room = FILE_LIMIT
    for number, tool in enumerate(found, 1):
        part = _tool(number, tool, requests.get(tool.id))
        room -= len(part.encode(errors="replace"))
        if room < 0:
            parts.append(wording.NO_ROOM.format(calls=counted(len(found) - number + 1, "more call")))
            break
        parts.append(part)
    return "\n\n".join(parts)


def details_spec(view: TurnView) -> MessageSpec:
    """`details` as a message: in the message itself where it fits and reads well, else as a file."""
    text = details(view)
    if len(text) <= LIMIT and "````" not in text:  # Discord knows no longer fences
        return MessageSpec("details", text)
    return MessageSpec("details", wording.TOOLS_IN_FILE, uploads=(TextUpload("details.md", text),))


def _tool(number: int, tool: ToolBlock, request: AskBlock | None) -> str:
    facts = [f"{MARKS[tool.state]} {tool_name(tool)}"]
    if tool.ended is not None:
        facts.append(seconds(tool.ended - tool.started))
    if request is not None and request.outcome is not None:
        by = one_line(request.by, 32)
        facts.append(f"{request.outcome} by {by}" if by else request.outcome)
    if tool.parent is not None:
        facts.append("by a sub-agent")
    language = "bash" if tool.traits.language == "bash" else ""
    parts = [f"### {number}. {' · '.join(facts)}", _block(tool.detail or tool.subject, language)]
    if tool.text.strip():
        parts += ["reason" if tool.state == "denied" else "output", _block(tool.text)]
    if tool.change is not None:
        changed = lines_changed(tool.change.added, tool.change.removed)
        parts += [f"{inline_code(tool.change.path, 200)} {changed}", _block(tool.change.diff, "diff")]
    return "\n".join(part for part in parts if part)


def _block(text: str, language: str = "") -> str:
    text = visible(text).strip("\n")
    if not text.strip():
        return ""
    fence = "`" * max((3, *(len(run) + 1 for run in _TICKS.findall(text))))
    return f"{fence}{language}\n{text}\n{fence}"
