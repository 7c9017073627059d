"""The two other styles of a turn: compact (one message of words) and legacy (a message per event). Pure."""

from collections.abc import Mapping

from antiphon.chat.render import card
from antiphon.chat.render.format import asks, event_line, is_event, is_noise, tool_line
from antiphon.chat.render.message import MessageSpec, Priority
from antiphon.chat.render.phase import is_live
from antiphon.chat.render.summary import error_text, final_line
from antiphon.chat.render.text.splitter import LIMIT, fitting
from antiphon.core.blocks import AskBlock, ToolBlock
from antiphon.core.values import ToolUseId
from antiphon.core.view import TurnView

_EVENTS = 12  # lines of events; more hide the answer on a phone


def compact_spec(view: TurnView, now: float) -> MessageSpec:
    """One message: the turn's state, and below it a line for each event, the oldest folded into one."""
    if view.end is not None:
        wrong = error_text(view.end)
        top, bottom = [final_line(view, view.end), *([wrong] if wrong else [])], list[str]()
        buttons = card.details_buttons(view)
    else:
        top, buttons = [card.head(view)], card.stop_buttons(view)
        lines = [
            *card.waiting_lines(view),
            *card.task_line(view.tasks),
            *card.job_lines(view.jobs),
            *card.trouble_lines(view, now),
        ]
        bottom = fitting([f"-# {line.removeprefix('-# ')}" for line in lines], LIMIT // 2 - len(top[0]))
    room = LIMIT - sum(len(line) + 1 for line in (*top, *bottom))
    content = "\n".join((*top, *_events(view, room), *bottom))
    return MessageSpec("card", content, buttons=buttons, live=is_live(view), priority=Priority.PROGRESS)


def legacy_specs(index: int, tool: ToolBlock, requests: Mapping[ToolUseId, AskBlock]) -> list[MessageSpec]:
    """The message of one tool call. `requests` as from `format.asks`."""
    if is_noise(tool):
        return []
    return [MessageSpec(f"{index}", f"-# {tool_line(tool, requests)}", priority=Priority.PROGRESS)]


def _events(view: TurnView, room: int) -> list[str]:
    """The newest events' lines in at most `room` characters, and how many came before."""
    requests, found = asks(view), [block for block in view.blocks if is_event(block)]
    lines = [f"-# {event_line(block, requests)}" for block in found[: -_EVENTS - 1 : -1]]
    shown = fitting(lines, room - len("-# … 99999 earlier\n"))
    if len(shown) < len(found):
        shown.append(f"-# … {len(found) - len(shown)} earlier")
    return shown[::-1]
