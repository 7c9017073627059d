"""How a turn ended, in few lines: the same in every style. Pure; may not know where they are shown."""

from antiphon.chat.render import format
from antiphon.chat.render.phase import END_MARKS
from antiphon.chat.render.text.escape import block_quote
from antiphon.core.blocks import End
from antiphon.core.view import TurnView

ERROR = 500  # characters of an error that are shown
_MOMENT = 20  # characters of a moment in it, at most
_DENIALS = 3  # denied calls that are told once more at the end, with their reasons

_ENDS = {
    "done": "**done**",
    "failed": "**failed**",
    "stopped": "**stopped**",
    "timed_out": "**timed out**",
    "limited": "**stopped** at a limit",
    "interrupted": "**interrupted**: the bridge went away during this turn",
    "lost": "**lost**: Claude Code has nothing of this session any more",
}


def final_line(view: TurnView, end: End) -> str:
    """The turn on one line: its state, what it did and what it took."""
    facts = [f"{END_MARKS[end.reason]} {_ENDS[end.reason]}", *_did(view), format.seconds(end.at - view.started)]
    if end.usage.cost:
        facts.append(format.cost(end.usage.cost))
    facts += [*_read(end), *_still_at_work(view)]
    return "-# " + " · ".join(facts)


def error_text(end: End) -> str:
    """Why it went wrong, in Claude Code's own words; "" for nothing. At most `ERROR` characters."""
    return format.with_time(block_quote(end.error or "", ERROR if end.time is None else ERROR - _MOMENT), end.time)


def denials(view: TurnView) -> str:
    """What was denied, and why; "" for nothing. At most four lines."""
    denied = [tool for tool in format.tools(view) if tool.state == "denied"]
    lines = [f"-# {format.tool_line(tool, format.asks(view))}" for tool in denied[:_DENIALS]]
    if len(denied) > _DENIALS:
        lines.append(f"-# and {len(denied) - _DENIALS} more denied")
    return "\n".join(lines)


def _did(view: TurnView) -> list[str]:
    called = format.tools(view)
    facts: list[str] = []
    if called:
        failed = sum(tool.state == "failed" for tool in called)
        facts.append(format.counted(len(called), "tool") + (f" ({failed} failed)" if failed else ""))
    if changed := format.files_changed(view):
        facts.append(changed)
    return facts


def _read(end: End) -> list[str]:
    usage = end.usage
    facts: list[str] = []
    if usage.tokens_in or usage.tokens_out:
        hits = f" ({_percent(usage.tokens_cached, usage.tokens_in)} cached)" if usage.tokens_cached else ""
        facts.append(f"↑{format.tokens(usage.tokens_in)}{hits} ↓{format.tokens(usage.tokens_out)}")
    if end.context and usage.window:
        facts.append(f"context {_percent(end.context, usage.window)}")
    elif end.context:
        facts.append(f"context {format.tokens(end.context)}")
    return facts


def _still_at_work(view: TurnView) -> list[str]:
    running = sum(job.state == "running" for job in view.jobs)
    return [f"{format.counted(running, 'job')} still at work"] if running else []


def _percent(part: int, whole: int) -> str:
    return f"{min(100, 100 * part // max(1, whole))} %"
