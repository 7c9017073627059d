"""One line for one thing: a tool call, a figure, a moment. Pure.

Every line is at most 320 characters, and nothing inside it can break what stands around it (text/escape.py).
May not know: which style shows it, and where.
"""

import re
from collections.abc import Iterable, Mapping

from antiphon.chat.render import wording
from antiphon.chat.render.text.escape import escaped, inline_code
from antiphon.core import blocks
from antiphon.core.blocks import TIME, ToolKind
from antiphon.core.values import MessageId, ToolUseId
from antiphon.core.view import TurnView

_NAME, _SUBJECT, _ERROR = 48, 80, 100  # characters shown of a tool's name, of its subject, of what it said

_DISCORD_EPOCH = 1_420_070_400.0  # seconds; from it a Discord id counts (developer docs, reference, snowflakes)

MARKS = {"running": "▸", "ok": "✓", "failed": "✗", "denied": "🚫", "cut": "⏹", "stopped": "⏹"}
_JOB_KINDS = {"agent": "🤖", "command": "💻", "schedule": "⏰"}

_ON_FILES = frozenset[ToolKind]({"read", "edit", "delete", "move"})
_EXIT = re.compile(r"\s*Exit code (\d{1,10})\s*(?:\n|$)")
_TAG = re.compile(r"</?tool_use_error>")


def tools(view: TurnView) -> tuple[blocks.ToolBlock, ...]:
    """The tool calls that get lines, in their order."""
    return tuple(block for block in view.blocks if isinstance(block, blocks.ToolBlock) and not block.traits.quiet)


def requests_by_id(view: TurnView) -> Mapping[ToolUseId, blocks.AskBlock]:
    """The permission requests by the tool call that they are about."""
    return {block.id: block for block in view.blocks if isinstance(block, blocks.AskBlock)}


def tool_name(call: blocks.ToolBlock | blocks.AskBlock) -> str:
    """The name of a call's tool for people."""
    return escaped(call.traits.label or call.name, _NAME) or "tool"


def about(call: blocks.ToolBlock | blocks.AskBlock) -> str:
    """A tool and what its call is about, as "Bash `ls`"."""
    subject = inline_code(call.subject, _SUBJECT, keep_end=call.traits.kind in _ON_FILES)
    return f"{tool_name(call)} {subject}".rstrip()


def tool_line(tool: blocks.ToolBlock, requests: Mapping[ToolUseId, blocks.AskBlock]) -> str:
    """A call, what it is about, and its time, or its outcome. `requests` as from `requests_by_id`."""
    request = requests.get(tool.id)
    facts = [f"{MARKS[tool.state]} {about(tool)}"]
    if tool.change is not None and (tool.change.added or tool.change.removed):
        facts.append(lines_changed(tool.change.added, tool.change.removed))
    match tool.state:
        case "running":
            facts.append(moment(tool.started))
        case "denied":
            facts.append(_denied(tool, request))
        case "ok" | "failed" | "cut":
            facts.append(took(tool, request))
            facts += failure(tool.text) if tool.state == "failed" else []
    return ("↳ " if tool.parent else "") + " · ".join(facts)


def took(tool: blocks.ToolBlock, request: blocks.AskBlock | None) -> str:
    """How long a call that is over ran. While somebody was asked whether it may, it did not."""
    began = max(tool.started, (request and request.answered) or 0.0)
    return seconds((tool.ended or began) - began)


def outcome(tool: blocks.ToolBlock, request: blocks.AskBlock) -> list[str]:
    """What has become of a call that somebody has allowed."""
    match tool.state:
        case "running":
            return [f"{MARKS['running']} {moment(request.answered or tool.started)}"]
        case "failed":
            first, *more = [*failure(tool.text), took(tool, request)]
            return [f"{MARKS['failed']} {first}", *more]
        case "cut":
            return [wording.CUT_OFF]
        case state:
            return [f"{MARKS[state]} {took(tool, request)}"]


def failure(text: str) -> list[str]:
    """Why a tool failed: its exit code and the first line of its error, as far as it tells them."""
    text = _TAG.sub("", text[:4000])
    facts: list[str] = []
    if exited := _EXIT.match(text):
        facts.append(f"exit code {exited[1]}")
        text = text[exited.end() :]
    first = _first_line(text)
    return [*facts, first] if first else facts


def job_line(job: blocks.Job) -> str:
    """A sub-agent, a background command or a schedule: what it is, and what it does or how it ended."""
    facts = [f"{MARKS[job.state]} {_JOB_KINDS[job.kind]} {escaped(job.title, 60) or job.kind}"]
    if activity := escaped(job.activity, 60):
        facts.append(activity)
    facts.append(moment(job.started) if job.ended is None else seconds(job.ended - job.started))
    return " · ".join(facts)


def lines_changed(added: int, removed: int) -> str:
    """Lines of a file, as "+12 −3"."""
    return f"+{added} −{removed}"


def files_changed(view: TurnView) -> str:
    """What the turn's tools did to files, as "2 files +12 −3"; "" for nothing."""
    changes = [tool.change for tool in tools(view) if tool.change is not None]
    if not changes:
        return ""
    files = len({change.path for change in changes})
    summed = lines_changed(sum(change.added for change in changes), sum(change.removed for change in changes))
    return f"{counted(files, 'file')} {summed}"


def context(end: blocks.End) -> str:
    """How full the model's context is, or how much it holds where its size is not known; "" where nothing is known."""
    if not end.context:
        return ""
    if not end.usage.window:
        return wording.CONTEXT_HOLDS.format(tokens=tokens(end.context))
    return wording.CONTEXT.format(percent=percent(end.context, end.usage.window))


def percent(part: int, whole: int) -> str:
    """A share as "42 %", at most 100."""
    return f"{min(100, 100 * part // max(1, whole))} %"


def counted(count: int, thing: str) -> str:
    """A number and its noun, as "1 tool", "2 tools"."""
    return f"{count} {thing}" if count == 1 else f"{count} {thing}s"


def snowflake_time(message: MessageId) -> float:
    """When a message was posted, in epoch seconds: its id tells."""
    return (message >> 22) / 1000 + _DISCORD_EPOCH


def moment(at: float) -> str:
    """A moment (epoch seconds) that Discord's clients keep telling as "2 minutes ago", without an edit."""
    return f"<t:{int(at)}:R>"


def time_on_clock(at: float) -> str:
    """A moment (epoch seconds) as a time of day, in each reader's own zone."""
    return f"<t:{at:.0f}:t>"


def with_time(text: str, at: float | None) -> str:
    """`text`, escaped by now, with the moment that it tells (epoch seconds; None: it tells none)."""
    return text if at is None else text.replace(TIME, moment(at), 1)


def seconds(duration: float) -> str:
    """A duration for people: "0.5 s", "12 s", "1 min 15 s", "2 h 5 min"."""
    if duration < 9.95:
        return f"{max(0.0, duration):.1f} s"
    minutes, rest = divmod(round(duration), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    if minutes:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    return f"{rest} s"


def tokens(count: int) -> str:
    """A number of tokens: "950", "12.3k", "1.2M"."""
    if count < 1000:
        return str(count)
    if count < 999_950:
        return f"{count / 1000:.1f}k"
    return f"{count / 1_000_000:.1f}M"


def cost(dollars: float) -> str:
    """Dollars: "$0.04"."""
    return f"${dollars:.2f}" if dollars >= 0.005 else "under $0.01"


def ago(duration: float) -> str:
    """How many seconds ago, where a moment cannot be shown: "just now", "5 min ago", "3 h ago", "2 days ago"."""
    minutes = int(max(0.0, duration) // 60)
    if minutes < 1:
        return "just now"
    if minutes < 60:
        return f"{minutes} min ago"
    if minutes < 48 * 60:
        return f"{minutes // 60} h ago"
    return f"{minutes // 1440} days ago"


def ordinal(number: int) -> str:
    """1st, 2nd, 3rd, 4th …"""
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def names(people: Iterable[str]) -> str:
    """People in the order in which they acted, each once: "Ada", "Ada and Ben"."""
    found = list(dict.fromkeys(name for name in people if name))
    return " and ".join([", ".join(found[:-1]), found[-1]] if len(found) > 1 else found)


def _denied(tool: blocks.ToolBlock, request: blocks.AskBlock | None) -> str:
    by = escaped(request.by, 32) if request is not None else ""
    who = f"denied by {by}" if by else "denied"
    reason = _first_line(tool.text[:4000])
    return f"{who}: {reason}" if reason else who


def _first_line(text: str) -> str:
    """The first line of what a tool said that shows something."""
    return next((shown for line in text.splitlines() if (shown := escaped(line, _ERROR))), "")
