"""The whole tool log of a turn, as Markdown for a file. Pure; what the view keeps is all it can tell.

Nothing inside ends a code block: its fence is longer than any run of backticks in it. Secrets are taken out.
"""

import re

from antiphon.chat.render import wording
from antiphon.chat.render.format import (
    MARKS,
    context,
    counted,
    lines_changed,
    percent,
    requests_by_id,
    tokens,
    took,
    tool_name,
    tools,
)
from antiphon.chat.render.message import FILE_LIMIT, MessageSpec, TextUpload
from antiphon.chat.render.text.escape import inline_code, one_line, visible
from antiphon.chat.render.text.splitter import LIMIT
from antiphon.core.blocks import AskBlock, End, ToolBlock
from antiphon.core.view import TurnView

_TICKS = re.compile("`{3,}")


def details(view: TurnView) -> str:
    """Each tool call of the turn with its input, its output and what it changed, as far as one file has room."""
    requests = requests_by_id(view)
    found = tools(view)
    parts = [figures(view.end)] if view.end is not None else []
    if not found:
        return "\n\n".join(part for part in (*parts, wording.NO_TOOLS) if part)
    room = FILE_LIMIT
    for number, tool in enumerate(found, 1):
        part = _tool(number, tool, requests.get(tool.id))
        room -= len(part.encode(errors="replace"))
        if room < 0:
            parts.append(wording.NO_ROOM.format(calls=counted(len(found) - number + 1, "more call")))
            break
        parts.append(part)
    return "\n\n".join(part for part in parts if part)


def figures(end: End) -> str:
    """What the turn's own line leaves out; "" for nothing."""
    usage = end.usage
    facts: list[str] = []
    if usage.tokens_in or usage.tokens_out:
        share = percent(usage.tokens_cached, usage.tokens_in)
        cached = wording.CACHED.format(percent=share) if usage.tokens_cached else ""
        read, written = tokens(usage.tokens_in), tokens(usage.tokens_out)
        facts.append(wording.TOKENS.format(read=read, cached=cached, written=written))
    return " · ".join([*facts, *([context(end)] if end.context else [])])


def details_spec(view: TurnView) -> MessageSpec:
    """`details` as a message: in the message itself where it fits and reads well, else as a file."""
    text = details(view)
    if len(text) <= LIMIT and "````" not in text:  # Discord knows no longer fences
        return MessageSpec("details", text)
    return MessageSpec("details", wording.TOOLS_IN_FILE, uploads=(TextUpload("details.md", text),))


def _tool(number: int, tool: ToolBlock, request: AskBlock | None) -> str:
    facts = [f"{MARKS[tool.state]} {tool_name(tool)}"]
    if tool.ended is not None and tool.state != "denied":
        facts.append(took(tool, request))
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
