"""The activity card: one message that shows at a glance what a turn does, and at its end what it did. Pure.

Elapsed times are Discord's own timestamps: they tick in every reader's client and cost no edits.
"""

from collections.abc import Mapping

from antiphon.chat.render.custom_ids import OnTurn, control_id
from antiphon.chat.render.format import asks, counted, files_changed, job_line, moment, tool_line, tools
from antiphon.chat.render.message import Button, ButtonStyle, Card, MessageSpec, Priority
from antiphon.chat.render.phase import HARD_MARK, SOFT_MARK, is_live, last_heard, phase, silence
from antiphon.chat.render.summary import denials, error_text, final_line
from antiphon.chat.render.text.escape import escaped
from antiphon.core.blocks import AskBlock, Job, Task, ToolBlock
from antiphon.core.events import EndReason
from antiphon.core.values import ToolUseId
from antiphon.core.view import TurnView

LIMIT = 4000  # characters of a card's texts together (Discord's API documentation, Components)

_AT_WORK, _FINISHED = 3, 4  # calls with a line of their own while the turn runs
_TASKS, _TASKS_BEFORE = 8, 2  # tasks shown; of these, before the first that is not done
_JOBS = 4
_TASK_MARKS = {"pending": "☐", "in_progress": "▶", "completed": "☑", "deleted": "☒"}

_TOO_EARLY: frozenset[EndReason] = frozenset({"interrupted", "timed_out", "limited", "stopped"})
_STYLES: Mapping[str, ButtonStyle] = {"stop": "danger", "continue": "primary", "again": "primary"}
_RUNNING, _WAITING, _WRONG = 0x5865F2, 0xF0B232, 0xDA373C  # the box's edge
_HEADS = {"waiting": "✋ **Waiting for you**", "thinking": "🧠 **Thinking**", "writing": "✍️ **Writing**"}


def card_spec(view: TurnView, now: float) -> MessageSpec:
    """The card's message."""
    card = _finished(view) if view.end is not None else _running(view, now)
    return MessageSpec("card", card=card, live=is_live(view), priority=Priority.PROGRESS)


def head(view: TurnView) -> str:
    """What a running turn does, and since when it runs."""
    doing = phase(view)
    shown = _HEADS.get(doing) if doing != "thinking" or _thinks(view) else None
    return f"{shown or '⏳ **Working**'} · {moment(view.started)}"


def trouble_lines(view: TurnView, now: float) -> list[str]:
    """What holds a running turn up."""
    lines = [f"⚠️ {escaped(view.trouble, 300)}"] if view.trouble else []
    silent = silence(view, now)
    if silent != "none":
        lines.append(f"{SOFT_MARK if silent == 'soft' else HARD_MARK} nothing heard since {moment(last_heard(view))}")
    return lines


def waiting_lines(view: TurnView) -> list[str]:
    """What was said meanwhile and is not taken in."""
    if not view.waiting:
        return []
    verb = "waits" if len(view.waiting) == 1 else "wait"
    return [f"📨 {counted(len(view.waiting), 'message')} {verb} for the next step"]


def stop_buttons(view: TurnView) -> tuple[Button, ...]:
    """Stop, while the turn runs; Now, while somebody's words wait for its next step."""
    if view.end is not None:
        return ()
    waiting = _button(OnTurn("now", view.waiting[0].prompt), "Now") if view.waiting else ()
    return (*_button(OnTurn("stop", view.turn), "Stop"), *waiting)


def details_buttons(view: TurnView) -> tuple[Button, ...]:
    """Details, where there are any; and the way on, where the turn ended too early."""
    details = _button(OnTurn("details", view.turn), "Details") if tools(view) else ()
    if view.end is None:
        return details
    if view.end.reason == "lost":
        return (*_button(OnTurn("again", view.turn), "Start again"), *details)
    if view.end.reason not in _TOO_EARLY:
        return details
    again = _button(OnTurn("rerun", view.turn), "Run again") if view.end.reason == "interrupted" and view.prompt else ()
    return (*_button(OnTurn("continue", view.turn), "Continue"), *again, *details)


def task_line(tasks: tuple[Task, ...]) -> list[str]:
    """The task list on one line: its count, and what is worked on."""
    if not tasks:
        return []
    now = [escaped(task.subject, 80) for task in tasks if task.state == "in_progress"][:1]
    done = sum(task.state == "completed" for task in tasks)
    return [" · ".join([f"☑ {done}/{len(tasks)}", *(f"▶ {subject}" for subject in now)])]


def task_lines(tasks: tuple[Task, ...]) -> list[str]:
    """The task list: its count, and the tasks around the first that is not done."""
    if not tasks:
        return []
    done = sum(task.state == "completed" for task in tasks)
    lines = [f"**Tasks** {done}/{len(tasks)}"]
    if done == len(tasks):
        return lines
    first = next(index for index, task in enumerate(tasks) if task.state != "completed")
    start = max(0, min(first - _TASKS_BEFORE, len(tasks) - _TASKS))
    shown = tasks[start : start + _TASKS]
    lines += [f"{_TASK_MARKS[task.state]} {escaped(task.subject, 80) or 'a task'}" for task in shown]
    if len(tasks) > len(shown):
        lines.append(f"-# and {len(tasks) - len(shown)} more")
    return lines


def job_lines(jobs: tuple[Job, ...]) -> list[str]:
    """Sub-agents and background commands: those at work first, then the latest that ended."""
    at_work = [job for job in jobs if job.state == "running"]
    over = [job for job in jobs if job.state != "running"]
    chosen = [*at_work[-_JOBS:], *over[::-1]][:_JOBS]
    lines = [job_line(job) for job in chosen]
    if len(jobs) > len(chosen):
        lines.append(f"-# and {len(jobs) - len(chosen)} more")
    return lines


def _finished(view: TurnView) -> Card:
    assert view.end is not None
    wrong, buttons = error_text(view.end), details_buttons(view)
    texts = (final_line(view, view.end), wrong, denials(view))
    return Card(tuple(text for text in texts if text), buttons, _WRONG if wrong else None, inline=len(buttons) == 1)


def _running(view: TurnView, now: float) -> Card:
    paragraphs = [
        [head(view), *trouble_lines(view, now), *waiting_lines(view)],
        _tool_lines(view),
        task_lines(view.tasks),
        job_lines(view.jobs),
    ]
    texts = tuple("\n".join(lines) for lines in paragraphs if lines)
    return Card(texts, (*stop_buttons(view), *details_buttons(view)), _WAITING if view.needs else _RUNNING)


def _tool_lines(view: TurnView) -> list[str]:
    """The latest finished calls, then those at work. Sub-agents' calls, and the call that began a sub-agent, are left
    to the sub-agent's own line where it has one."""
    requests, called = asks(view), tools(view)
    if any(job.kind == "agent" for job in view.jobs):
        called = tuple(tool for tool in called if not _is_told_by_job(tool, requests))
    finished = [tool for tool in called if tool.settled]
    at_work = [tool for tool in called if not tool.settled]
    lines: list[str] = []
    if len(finished) > _FINISHED:
        lines.append(f"-# +{len(finished) - _FINISHED} earlier")
    lines += [f"-# {tool_line(tool, requests)}" for tool in finished[-_FINISHED:]]
    if len(at_work) > _AT_WORK:
        lines.append(f"-# +{len(at_work) - _AT_WORK} more at work")
    lines += [tool_line(tool, requests) for tool in at_work[-_AT_WORK:]]
    if changed := files_changed(view):
        lines.append(f"-# 📝 {changed}")
    return lines


def _is_told_by_job(tool: ToolBlock, requests: Mapping[ToolUseId, AskBlock]) -> bool:
    if tool.id in requests or tool.state in ("failed", "denied"):
        return False
    return tool.parent is not None or tool.traits.starts_agent


def _thinks(view: TurnView) -> bool:
    """Whether Claude writes down what it thinks right now; between two calls it only seems to."""
    return bool(view.blocks) and not view.blocks[-1].settled


def _button(control: OnTurn, label: str) -> tuple[Button, ...]:
    id_ = control_id(control)
    return () if id_ is None else (Button(id_, label, _STYLES.get(control.what, "secondary")),)
