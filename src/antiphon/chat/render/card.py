"""The message that shows at a glance what a turn does, and at its end what it did: a card, or text (compact). Pure.

Elapsed times are Discord's own timestamps: they tick in every reader's client and cost no edits.
"""

from collections.abc import Mapping

from antiphon.chat.render import format, wording
from antiphon.chat.render.custom_ids import OnTurn, button
from antiphon.chat.render.message import Button, ButtonStyle, Card, MessageSpec, Priority
from antiphon.chat.render.phase import is_live, last_heard, phase, silence
from antiphon.chat.render.text.escape import block_quote, escaped
from antiphon.chat.render.text.splitter import LIMIT, fitting
from antiphon.core.blocks import AskBlock, Block, End, EndReason, Job, Task, ThinkingBlock, ToolBlock
from antiphon.core.schedules.continuations import known_reset
from antiphon.core.values import ToolUseId
from antiphon.core.view import TurnView

_AT_WORK, _FINISHED = 3, 4  # calls with a line of their own while the turn runs
_TASKS, _TASKS_BEFORE = 8, 2  # tasks shown; of these, before the first that is not done
_JOBS = 4
_EVENTS = 12  # lines of events in the compact style; more hide the answer on a phone
_DENIALS = 3  # denied calls that are told once more at the end, with their reasons
_ERROR, _MOMENT = 500, 20  # characters of an error that are shown; of a moment in it, at most
_TASK_MARKS = {"pending": "☐", "in_progress": "▶", "completed": "☑", "deleted": "☒"}
_TOO_EARLY: frozenset[EndReason] = frozenset({"interrupted", "timed_out", "limited", "stopped"})
_RUN_AGAIN: frozenset[EndReason] = frozenset({"interrupted", "timed_out", "failed"})
_SAME_DAY = 20 * 3600  # seconds within which the time of day says when
_BY = 32  # characters of a person's name
_CONTEXT = 60  # percent of the model's context from which on it is told
_RUNNING, _WAITING, _WRONG = 0x5865F2, 0xF0B232, 0xDA373C  # the box's edge


def card_spec(view: TurnView, now: float) -> MessageSpec:
    """The turn's state as a card."""
    card = _running(view, now) if view.end is None else _finished(view, view.end)
    return MessageSpec("card", card=card, live=is_live(view), priority=Priority.PROGRESS)


def compact_spec(view: TurnView, now: float) -> MessageSpec:
    """The turn's state as text, and below it a line for each event, the oldest folded into one."""
    bottom: list[str] = []
    if view.end is not None:
        end, buttons = view.end, end_buttons(view)
        top = [line for line in (final_line(view, end), error_text(end), goes_on_text(view, end)) if line]
    else:
        top, buttons = [_head(view)], _stop_buttons(view)
        lines = [*_waiting_line(view), *_task_line(view.tasks), *_job_lines(view.jobs), *_problem_lines(view, now)]
        if view.needs:
            return MessageSpec("card", top[0], buttons=buttons[:1], priority=Priority.PROGRESS)
        bottom = fitting((f"-# {line.removeprefix('-# ')}" for line in lines), LIMIT // 2 - len(top[0]))
    room = LIMIT - sum(len(line) + 1 for line in (*top, *bottom))
    content = "\n".join((*top, *_events(view, room), *bottom))
    return MessageSpec("card", content, buttons=buttons, live=is_live(view), priority=Priority.PROGRESS)


def final_line(view: TurnView, end: End) -> str:
    """The turn on one line: its state, what it did and what it took. All else is in its details."""
    called, usage, told = format.tools(view), end.usage, wording.ENDS[end.reason]
    failed = sum(tool.state == "failed" for tool in called)
    running = [job.kind for job in view.jobs if job.state == "running"]
    planned = running.count("schedule")
    jobs = len(running) - planned
    facts = (
        f"{told.mark} {told.line.format(took=format.seconds(end.at - view.started))}",
        format.counted(len(called), "tool") + (f" ({failed} failed)" if failed else "") if called else "",
        format.files_changed(view),
        format.cost(usage.cost) if usage.cost and usage.billed else "",
        format.context(end) if 100 * end.context >= _CONTEXT * usage.window > 0 else "",
        wording.JOBS_RUN_ON.format(jobs=format.counted(jobs, "job")) if jobs else "",
        f"{format.counted(planned, 'schedule')} set" if planned else "",
    )
    return f"-# {' · '.join(fact for fact in facts if fact)}"


def error_text(end: End) -> str:
    """Why it went wrong; "" for nothing. At most 500 characters."""
    return format.with_time(block_quote(end.error or "", _ERROR if end.time is None else _ERROR - _MOMENT), end.time)


def end_buttons(view: TurnView) -> tuple[Button, ...]:
    """Details, where there are any; and the way on, where the turn ended too early."""
    reason, turn = None if view.end is None else view.end.reason, view.turn
    if known_reset(view) is not None:
        return (*_buttons_at_limit(view), *_details_button(view))
    goes_on = reason in _TOO_EARLY or (reason == "failed" and view.prompt is None)  # there is nothing to send again
    return (
        *(button(OnTurn("again", turn), wording.START_AGAIN, "primary") if reason == "lost" else ()),
        *(button(OnTurn("here", turn), wording.CONTINUE_HERE, "primary") if reason == "closed" else ()),
        *(button(OnTurn("continue", turn), wording.CONTINUE, "primary") if goes_on else ()),
        *(button(OnTurn("rerun", turn), *_again(reason)) if reason in _RUN_AGAIN and view.prompt else ()),
        *_details_button(view),
    )


def _details_button(view: TurnView) -> tuple[Button, ...]:
    return button(OnTurn("details", view.turn), wording.DETAILS) if format.tools(view) else ()


def _buttons_at_limit(view: TurnView) -> tuple[Button, ...]:
    """Of a turn that a usage limit has ended, whose reset is known: the way on, now or then."""
    turn, state = view.turn, None if view.continuation is None else view.continuation.state
    if state == "begun":
        return ()
    if state == "planned":
        stay = button(OnTurn("stay", turn), wording.STOP_IT, "danger")
        return (*stay, *button(OnTurn("continue", turn), wording.NOW))
    then = () if state == "dropped" else button(OnTurn("later", turn), wording.CONTINUE_THEN)
    return (*button(OnTurn("continue", turn), wording.CONTINUE, "primary"), *then)


def goes_on_text(view: TurnView, end: End) -> str:
    """Whether a turn that a usage limit has ended goes on by itself; "" where that is not to be told."""
    plan = view.continuation
    if plan is None:
        return "" if known_reset(view) is None else wording.MAY_GO_ON_THEN
    by = wording.SOMEBODY if plan.by is None else escaped(plan.by.name, _BY)
    match plan.state:
        case "planned":
            style = "t" if plan.due - end.at < _SAME_DAY else "f"
            return wording.GOES_ON_AT.format(time=f"<t:{int(plan.due)}:{style}>")
        case "stopped":
            return wording.GOING_ON_STOPPED.format(by=by)
        case "off":
            return wording.GOING_ON_OFF.format(by=by)
        case "begun":
            return wording.HAS_GONE_ON
        case "dropped":
            return ""


def _again(reason: EndReason | None) -> tuple[str, ButtonStyle]:
    """Where the turn can be continued, that comes first."""
    return (wording.RUN_AGAIN, "secondary") if reason in _TOO_EARLY else (wording.TRY_AGAIN, "primary")


def _stop_buttons(view: TurnView) -> tuple[Button, ...]:
    """Stop; and, while somebody's message waits for the turn's next step, to stop that step for it."""
    now = button(OnTurn("now", view.waiting[0].prompt), wording.READ_NOW) if view.waiting else ()
    return (*button(OnTurn("stop", view.turn), wording.STOP, "danger"), *now)


def _finished(view: TurnView, end: End) -> Card:
    wrong, buttons = error_text(end), end_buttons(view)
    edge = _WRONG if wrong and end.reason != "withdrawn" else None
    texts = (final_line(view, end), wrong, goes_on_text(view, end), _denials(view))
    beside, below = (buttons, ()) if len(buttons) == 1 else ((), buttons)
    return Card(tuple(text for text in texts if text), below, edge, beside)


def _running(view: TurnView, now: float) -> Card:
    """While somebody is needed, one line: the request's own message says what for."""
    if view.needs:
        return Card((_head(view),), color=_WAITING, beside=_stop_buttons(view)[:1])
    paragraphs = [
        [_head(view), *_problem_lines(view, now), *_waiting_line(view)],
        _tool_lines(view),
        task_lines(view.tasks),
        _job_lines(view.jobs),
    ]
    texts = tuple("\n".join(lines) for lines in paragraphs if lines)
    return Card(texts, (*_stop_buttons(view), *end_buttons(view)), _RUNNING)


def _head(view: TurnView) -> str:
    """What a running turn does, and when it started."""
    doing = phase(view)
    if doing == "thinking" and not (view.blocks and not view.blocks[-1].settled):
        doing = "accepted"  # between two calls Claude only seems to think; it writes nothing down
    told = wording.PHASES.get(doing, wording.WORKING)
    return wording.STARTED.format(phase=told, moment=format.moment(view.started))


def _problem_lines(view: TurnView, now: float) -> list[str]:
    """What holds a running turn up."""
    lines = [f"⚠️ {escaped(view.trouble, 300)}"] if view.trouble else []
    if mark := silence(view, now):
        lines.append(wording.SILENT.format(mark=mark, moment=format.moment(last_heard(view))))
    return lines


def _waiting_line(view: TurnView) -> list[str]:
    """What was said meanwhile and is not taken in."""
    count = len(view.waiting)
    return [wording.MESSAGE_WAITS if count == 1 else wording.MESSAGES_WAIT.format(count=count)] if count else []


def _task_line(tasks: tuple[Task, ...]) -> list[str]:
    """The task list on one line: its count, and what is worked on."""
    now = [f" · ▶ {escaped(task.subject, 80)}" for task in tasks if task.state == "in_progress"][:1]
    return ["".join([f"☑ {_done(tasks)}/{len(tasks)}", *now])] if tasks else []


def task_lines(tasks: tuple[Task, ...]) -> list[str]:
    """The task list: its count, and the tasks around the first that is not done."""
    if not tasks:
        return []
    lines = [f"**Tasks** {_done(tasks)}/{len(tasks)}"]
    first = next((index for index, task in enumerate(tasks) if task.state != "completed"), None)
    if first is None:
        return lines
    start = max(0, min(first - _TASKS_BEFORE, len(tasks) - _TASKS))
    shown = tasks[start : start + _TASKS]
    lines += [f"{_TASK_MARKS[task.state]} {escaped(task.subject, 80) or 'a task'}" for task in shown]
    return [*lines, *_more(len(tasks) - len(shown))]


def _done(tasks: tuple[Task, ...]) -> int:
    return sum(task.state == "completed" for task in tasks)


def _job_lines(jobs: tuple[Job, ...]) -> list[str]:
    """Sub-agents and background commands: those at work first, then the latest that ended."""
    at_work = [job for job in jobs if job.state == "running"]
    over = [job for job in jobs if job.state != "running"]
    chosen = [*at_work[-_JOBS:], *over[::-1]][:_JOBS]
    return [*map(format.job_line, chosen), *_more(len(jobs) - len(chosen))]


def _more(count: int) -> list[str]:
    return [wording.AND_MORE.format(count=count)] if count > 0 else []


def _tool_lines(view: TurnView) -> list[str]:
    """The latest finished calls, then those at work. A call that somebody was asked about has its line in that
    request's message; sub-agents' calls, and the call that began a sub-agent, are left to the sub-agent's own line
    where it has one."""
    requests = format.requests_by_id(view)
    called = tuple(tool for tool in format.tools(view) if tool.id not in requests)
    if any(job.kind == "agent" for job in view.jobs):
        called = tuple(tool for tool in called if not _is_told_by_job(tool))
    finished = [tool for tool in called if tool.settled]
    at_work = [tool for tool in called if not tool.settled]
    lines: list[str] = []
    if len(finished) > _FINISHED:
        lines.append(_earlier(len(finished) - _FINISHED))
    lines += [f"-# {format.tool_line(tool, requests)}" for tool in finished[-_FINISHED:]]
    if len(at_work) > _AT_WORK:
        lines.append(wording.MORE_RUNNING.format(count=len(at_work) - _AT_WORK))
    lines += [format.tool_line(tool, requests) for tool in at_work[-_AT_WORK:]]
    if changed := format.files_changed(view):
        lines.append(f"-# 📝 {changed}")
    return lines


def _is_told_by_job(tool: ToolBlock) -> bool:
    if tool.state in ("failed", "denied"):
        return False
    return tool.parent is not None or tool.traits.starts_agent


def _earlier(count: int) -> str:
    return wording.EARLIER_STEP if count == 1 else wording.EARLIER_STEPS.format(count=count)


def _denials(view: TurnView) -> str:
    """What was denied without anybody having been asked, and why; "" for nothing. At most four lines."""
    requests = format.requests_by_id(view)
    denied = [tool for tool in format.tools(view) if tool.state == "denied" and tool.id not in requests]
    lines = [f"-# {format.tool_line(tool, requests)}" for tool in denied[:_DENIALS]]
    if len(denied) > _DENIALS:
        lines.append(wording.MORE_DENIED.format(count=len(denied) - _DENIALS))
    return "\n".join(lines)


def _events(view: TurnView, room: int) -> list[str]:
    """The newest events' lines in at most `room` characters, and how many came before."""
    requests = format.requests_by_id(view)
    found = [block for block in view.blocks if _is_event(block, requests)]
    lines = (f"-# {_event_line(block, requests)}" for block in found[: -_EVENTS - 1 : -1])
    shown = fitting(lines, room - len("-# 99999 earlier steps\n"))
    if len(shown) < len(found):
        shown.append(_earlier(len(found) - len(shown)))
    return shown[::-1]


def _is_event(block: Block, requests: Mapping[ToolUseId, AskBlock]) -> bool:
    """Whether a block has a line in a log of events: not what has a message of its own."""
    if isinstance(block, ThinkingBlock):
        return not block.settled or bool(block.text.strip())
    return isinstance(block, ToolBlock) and not block.traits.quiet and block.id not in requests


def _event_line(block: Block, requests: Mapping[ToolUseId, AskBlock]) -> str:
    if isinstance(block, ToolBlock):
        return format.tool_line(block, requests)
    return "💭 thought" if block.settled else "💭 thinking"
