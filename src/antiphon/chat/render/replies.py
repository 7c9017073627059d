"""What commands tell: replies of the worker and rows of the store as text for people. Pure.

Every text is at most `MOST` characters; foreign text in it is shown as it is and changes nothing around it.
May not know: who asked, and how it is sent.
"""

from collections.abc import Iterator, Mapping, Sequence

from antiphon.actions.inspect import Status
from antiphon.actions.schedules.going_on import GoingOnStatus
from antiphon.chat.render import wording
from antiphon.chat.render.custom_ids import AfterLimit, button
from antiphon.chat.render.format import cost, counted, lines_changed, moment, tokens
from antiphon.chat.render.message import DiffUpload, MessageSpec, TextUpload
from antiphon.chat.render.text.diffs import diff_lines
from antiphon.chat.render.text.escape import code_block, escaped, inline_code, visible
from antiphon.chat.render.text.splitter import fitting, packed
from antiphon.chat.render.text.width import clipped, padded, width
from antiphon.core.budgets import accounts
from antiphon.core.health import Finding
from antiphon.core.records import Overview, QueuedPrompt, Spent
from antiphon.core.requests import ContextUsage, DiffText
from antiphon.core.schedules.values import Continuation
from antiphon.core.values import Budgets, ClaudeSettings, Project, Session

MOST = 1900  # characters of one message (Discord takes 2,000)
_BAR = 20  # characters of a bar
_NAME = 28  # columns of a name in a table
_FILES = 15  # files of a diff that are named
_MEMORY = 6  # memory files that are named
_PROBLEMS = 5  # that are told
_BY = 32  # characters of a person's name


def context(usage: ContextUsage) -> str:
    """What fills Claude's context, the largest part first."""
    parts = sorted(usage.categories, key=lambda part: -part.tokens)
    whole = max(1, usage.total)
    rows = [(part.name, tokens(part.tokens), f"{round(100 * part.tokens / whole)} %") for part in parts]
    percent = int(usage.percent)
    of = f"{tokens(usage.total)} of {tokens(usage.max)} tokens"
    head = f"**Context**: {of} · {percent} % · {inline_code(usage.model, 60)}"
    memory = [inline_code(path, 120, keep_end=True) for path in usage.memory]
    left = f" and {len(memory) - _MEMORY} more" if len(memory) > _MEMORY else ""
    lines = [head, code_block("\n".join([_bar(percent), *_columns(rows)]))]
    if memory:
        lines.append(f"-# Memory: {', '.join(memory[:_MEMORY])}{left}")
    return _limited(lines)


def changes(found: DiffText) -> MessageSpec:
    """What differs from the last commit: in the message itself when it is short, else file by
    file, with the diff as a picture and the whole of it as a file."""
    diff, untracked = visible(found.diff), found.untracked
    if not diff.strip() and not untracked:
        return MessageSpec("changes", wording.NO_CHANGES)
    head = f"**{counted(found.files, 'file')}** {lines_changed(found.added, found.removed)}"
    if untracked:
        head += f" · {len(untracked)} not yet in git"
    shown = code_block(diff, "diff") if diff.strip() else ""
    if len(head) + len(shown) < MOST and not found.cut:
        return MessageSpec("changes", f"{head}\n{shown}".rstrip())
    files = [
        f"{inline_code(path, 100, keep_end=True)} {lines_changed(*figures)}" for path, figures in _files(diff).items()
    ]
    left = [f"and {len(files) - _FILES} more"] if len(files) > _FILES else []
    cut = [wording.DIFF_CUT] if found.cut else []
    content = _limited([head, *files[:_FILES], *left, *cut])
    uploads = (DiffUpload("changes.png", diff), TextUpload("changes.diff", diff))
    return MessageSpec("changes", content, uploads=uploads)


def spending(spent: Spent, budgets: Budgets, *, here: bool) -> str:
    """What was spent, and what may be. `here`: the place has a session."""
    rows = [("This thread", spent.thread)] if here else []
    rows += [("You today", spent.member), ("Everybody today", spent.day)]
    return _limited([*(f"{name}: **{_dollars(dollars)}**" for name, dollars in rows), *_accounts(budgets, spent)])


def budget(spent: Spent, budgets: Budgets) -> str:
    """The budgets of a project, and what is left of them."""
    lines = [*_accounts(budgets, spent)]
    if budgets.turn is not None:
        lines.append(wording.TURN_BUDGET.format(amount=_dollars(budgets.turn)))
    return _limited(lines or [wording.NO_BUDGETS])


def _accounts(budgets: Budgets, spent: Spent) -> Iterator[str]:
    for one in accounts(budgets, spent):
        percent = min(100, round(100 * one.spent / one.limit))
        more = spent.raised.get(one.scope, 0.0)
        raised = wording.ADDED_BY_ADMIN.format(amount=_dollars(more)) if more else ""
        yield f"`{_bar(percent)}` {one.words}{raised}"


def held(name: str, session: Session, claude: ClaudeSettings) -> str:
    """What a session's "model", "mode" or "effort" is, and who says so."""
    chosen = getattr(session.choices, name)
    if chosen is not None:
        return inline_code(str(chosen), 80)
    ours = {"model": claude.model, "mode": claude.permission_mode, "effort": None}[name]
    if ours:
        return wording.AS_PROJECT_SAYS.format(value=inline_code(ours, 80))
    if name == "model" and session.model:
        return wording.MODEL_BY_CLAUDE.format(value=inline_code(session.model, 80))
    return wording.AS_CLAUDE_CHOOSES


def status(now: Status) -> str:
    """How the bridge is, and the session here."""
    problems = sorted(now.problems, key=lambda problem: problem.minor)[:_PROBLEMS]
    lines = [
        f"{'ℹ️' if problem.minor else '⚠️'} {escaped(problem.words, 300)}, since {moment(problem.since)}"
        for problem in problems
    ]
    lines += overview(now.overview)
    lines.append(_going_on(now.going_on))
    if now.here is not None:
        lines += session_here(now.here.session, now.here.project, now.here.running, now.here.waiting)
    return "\n".join(lines)


def doctor(found: Sequence[Finding]) -> list[str]:
    """What the doctor has found wrong, with the way out, and how much it has found well."""
    signs = {"failure": "❌", "warning": "⚠️", "note": "ℹ️"}
    wrong = sorted((one for one in found if one.grade != "well"), key=lambda one: list(signs).index(one.grade))
    lines = [f"{signs[one.grade]} {escaped(one.text, 300)}\n-# {escaped(one.way_out, 300)}" for one in wrong]
    well = f"✅ {counted(len(found) - len(wrong), 'check')} found nothing wrong"
    return packed([*lines, well], MOST)


def status_spec(now: Status) -> MessageSpec:
    """The same as a message, with what may be switched there."""
    on = now.going_on.switch.on
    control, text = AfterLimit("off" if on else "on"), wording.SWITCH_OFF if on else wording.SWITCH_ON
    return MessageSpec("status", status(now), buttons=button(control, text) if now.going_on.may_switch else ())


def _going_on(now: GoingOnStatus) -> str:
    if not now.switch.on:
        return f"-# {wording.NOT_GOING_ON.format(by=escaped(now.switch.by, _BY) or wording.SOMEBODY)}"
    waiting = f": {threads_go_on(now.planned)}" if now.planned else ""
    return f"-# {wording.GOING_ON}{waiting}"


def threads_go_on(planned: Sequence[Continuation]) -> str:
    """How many threads wait for a usage limit's reset, and until when; at least one does."""
    return wording.THREADS_GO_ON.format(threads=counted(len(planned), "thread"), moment=moment(planned[0].due))


def overview(now: Overview) -> list[str]:
    """What the bridge does."""
    sessions, turns = counted(now.sessions, "session"), counted(now.ended, "turn")
    lines = [
        wording.THREADS_WORKING.format(running=now.running, queued=now.queued),
        wording.SO_FAR.format(sessions=sessions, turns=turns, dollars=_dollars(now.cost)),
    ]
    for place, _, count in now.undelivered[:_PROBLEMS]:
        lines.append(wording.NOT_DELIVERED.format(messages=counted(count, "message"), place=place))
    if (more := len(now.undelivered) - _PROBLEMS) > 0:
        lines.append(wording.AND_MORE.format(count=more))
    return lines


def session_here(session: Session, project: Project, running: bool, line: Sequence[QueuedPrompt]) -> list[str]:
    """The session of a place. `line`: what waits there."""
    state = wording.WORKING_HERE if running else wording.IDLE_HERE
    lines = [
        wording.HERE.format(title=escaped(session.title, 80), state=state, dollars=_dollars(session.cost)),
        " · ".join(f"{name} {held(name, session, project.claude)}" for name in ("model", "mode", "effort")),
        f"-# project {inline_code(project.name, 60)}",
    ]
    if line:
        first = line[0]
        prompts, others = counted(len(line), "prompt"), counted(first.others, "turn")
        before = wording.OTHERS_BEFORE.format(turns=others) if first.others else ""
        lines.append(wording.LINE_HERE.format(prompts=prompts) + before)
    return lines


def _files(diff: str) -> Mapping[str, tuple[int, int]]:
    """Lines added and removed, by file."""
    found: dict[str, tuple[int, int]] = {}
    path = ""
    for kind, text in diff_lines(diff):
        if kind == "file":
            path = text
            found[path] = (0, 0)
        elif path:
            added, removed = found[path]
            found[path] = (added + (kind == "added"), removed + (kind == "removed"))
    return found


def _columns(rows: Sequence[tuple[str, ...]]) -> list[str]:
    """Rows as aligned text: names to the left, figures to the right."""
    cells: list[list[str]] = [[clipped(visible(row[0]), _NAME), *row[1:]] for row in rows]
    if not cells:
        return []
    widths = [max(width(row[column]) for row in cells) for column in range(len(cells[0]))]
    aligns = "l" + "r" * (len(widths) - 1)
    return ["  ".join(map(padded, row, widths, aligns)) for row in cells]


def _bar(percent: int) -> str:
    full = max(0, min(_BAR, round(_BAR * percent / 100)))
    return "█" * full + "░" * (_BAR - full)


def _dollars(amount: float) -> str:
    return cost(amount) if amount else "$0.00"


def _limited(lines: Sequence[str]) -> str:
    """The lines, as many as fit."""
    kept = fitting(lines, MOST)
    return "\n".join(kept if len(kept) == len(lines) else [*kept, "…"])
