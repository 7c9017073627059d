"""What people see of a turn, as a value, and the pure function that takes it one event further.

`fold(view, event, now) -> view` never waits, never fails and never forgets text. `now` is in epoch seconds.
A block is settled when no later event can change it: settled blocks are durable, the rest is live.
"""

from dataclasses import dataclass, replace

from antiphon.core import events, wording
from antiphon.core.blocks import (
    AskBlock,
    Block,
    BudgetBlock,
    End,
    FileBlock,
    FileChange,
    HeldBlock,
    Job,
    Need,
    NoteBlock,
    SteerBlock,
    TakenBack,
    Task,
    TextBlock,
    ThinkingBlock,
    ToolBlock,
    ToolState,
    TypedBlock,
)
from antiphon.core.schedules.values import Continuation
from antiphon.core.values import MessageId, PersonId, Prompt, ToolUseId, TurnId


@dataclass(frozen=True, slots=True)
class TurnView:
    """One turn. `prompt` is the Discord message that asked (None: Claude Code began by itself), `asker` who wrote it,
    or the last one before it. `known_as`: the uuid under which Claude Code has the prompt, where that is not the turn's
    own. `heard`: when Claude Code was last heard of (0: not yet). `waiting`: what was said
    meanwhile and is not yet taken in, in order. Tasks, jobs and what waits are live only: they are no rows.
    `taken_back`: what answers had allowed for good, and do no longer; each has a row of its own, which may come at any
    time. `continuation`: whether it goes on by itself, which has a row of its own as well; None: nobody has said so."""

    turn: TurnId
    prompt: MessageId | None
    started: float
    blocks: tuple[Block, ...] = ()
    asker: PersonId | None = None
    trouble: str | None = None  # what holds the turn up right now
    heard: float = 0.0
    context: int = 0  # tokens of the last request
    tasks: tuple[Task, ...] = ()
    jobs: tuple[Job, ...] = ()
    waiting: tuple[SteerBlock, ...] = ()
    end: End | None = None
    known_as: TurnId | None = None
    taken_back: tuple[TakenBack, ...] = ()
    continuation: Continuation | None = None

    @property
    def needs(self) -> tuple[Need, ...]:
        """What waits for a person."""
        return tuple(block for block in self.blocks if isinstance(block, AskBlock | BudgetBlock) and not block.settled)

    @property
    def asked(self) -> tuple[AskBlock, ...]:
        """What Claude itself waits for, or has waited for."""
        return tuple(block for block in self.blocks if isinstance(block, AskBlock))

    @property
    def requests(self) -> tuple[AskBlock, ...]:
        """What Claude itself waits for."""
        return tuple(block for block in self.needs if isinstance(block, AskBlock))

    def request(self, id_: ToolUseId) -> AskBlock | None:
        """The one of these that has this id."""
        return next((ask for ask in self.requests if ask.id == id_), None)

    def undone(self, request: ToolUseId) -> TakenBack | None:
        """That what a request's answer had allowed for good was taken back; None: it was not."""
        return next((one for one in self.taken_back if one.request == request), None)

    @property
    def budget(self) -> BudgetBlock | None:
        """The budget that keeps the turn from beginning: Claude has not heard its prompt."""
        return next((need for need in self.needs if isinstance(need, BudgetBlock)), None)


_RESULT_KEPT = 30_000  # characters of a tool's input and of its result that are kept (the transcript has all of it)
_DECIDED_KEPT = 1_000_000  # of what a person decides upon: more than a model says in one answer (128,000 tokens)


def fold(view: TurnView, event: events.AgentEvent, now: float) -> TurnView:
    """The view after `event`. A view that has ended does not change any more."""
    if view.end is not None:
        return view
    return _folded(replace(view, heard=now), event, now)


def _folded(view: TurnView, event: events.AgentEvent, now: float) -> TurnView:
    match event:
        case events.ReplyStarted(context):
            kept = tuple(
                block for block in view.blocks if block.settled or not isinstance(block, TextBlock | ThinkingBlock)
            )
            return replace(view, blocks=kept, context=context or view.context)
        case events.TextDelta(parent=None) | events.TextFinished(parent=None):
            return _write(view, event)
        case ToolBlock(state="denied"):
            return _deny(view, event, now)
        case ToolBlock(detail=detail):
            return _add(view, replace(event, started=now, detail=detail[:_RESULT_KEPT]))
        case events.ToolFinished(id_, ok, text, change, cut):
            state: ToolState = "ok" if ok else "cut" if cut else "failed"
            return _finish_tool(view, id_, state, text, now, change)
        case AskBlock(detail=detail, questions=questions):
            none = ("",) * len(questions)
            return _add(view, replace(event, asked=now, detail=_kept(detail), chosen=none, given_by=none))
        case BudgetBlock():
            return _add(view, replace(event, asked=now))
        case FileBlock() | NoteBlock() | HeldBlock():
            return _add(view, event)
        case events.PermissionProgressed():
            return _hear_ask(view, event)
        case events.PermissionSettled():
            return _settle_ask(view, event, now)
        case events.SteerDelivered(prompt):
            return _take_in(view, prompt)
        case events.PromptTyped(text, source):
            return _add(view, TypedBlock(text, source))
        case events.TurnEnded(reason, error, usage, source=source):
            told = End(reason, now, error, usage, view.context, event.time, (), source, event.usage_limit)
            return ended(view, told)
        case events.SessionLost(error, gone):
            return ended(view, End("lost" if gone else "failed", now, error))
        case _:
            return _around(view, event, now)


def _around(view: TurnView, event: events.AgentEvent, now: float) -> TurnView:
    """What stands beside the blocks: trouble, tasks, jobs."""
    match event:
        case events.Delayed(why):
            return replace(view, trouble=why)
        case events.TaskChanged():
            return replace(view, tasks=_tasks(view.tasks, event))
        case Job(id_):
            return replace(view, jobs=(*(job for job in view.jobs if job.id != id_), replace(event, started=now)))
        case events.JobChanged(id_, activity, state):
            over = None if state == "running" else now
            changed = (
                replace(job, activity=activity, state=state, ended=over)
                if job.id == id_ and job.state == "running"
                else job
                for job in view.jobs
            )
            return replace(view, jobs=tuple(changed))
        case _:  # sub-agents' words stay with them: their job's line shows that they work
            return view


def begins(event: events.AgentEvent) -> bool:
    """Whether the event is something to show: where no turn runs, one begins with it."""
    return works(event) or isinstance(event, AskBlock | FileBlock | NoteBlock | HeldBlock) or _is_denial(event)


def works(event: events.AgentEvent) -> bool:
    """Whether the event shows that Claude itself is at work, not only its sub-agents."""
    match event:
        case events.ReplyStarted():
            return True
        case events.TextDelta() | events.TextFinished() | ToolBlock():
            return event.parent is None and not _is_denial(event)
        case _:
            return False


def _is_denial(event: events.AgentEvent) -> bool:
    return isinstance(event, ToolBlock) and event.state == "denied"


def ended(view: TurnView, end: End) -> TurnView:
    """The view in its final state: every block settled, what still ran shown as cut off."""
    blocks = tuple(_closed(block, end) for block in view.blocks)
    left = tuple(job.title for job in view.jobs if job.state == "running")
    return replace(view, blocks=blocks, trouble=None, waiting=(), end=replace(end, left=left))


def settled_prefix(view: TurnView) -> int:
    """How many blocks, counted from the first, can not change any more."""
    for index, block in enumerate(view.blocks):
        if not block.settled:
            return index
    return len(view.blocks)


def carried(view: TurnView) -> tuple[tuple[Task, ...], tuple[Job, ...]]:
    """What the session's next turn goes on with: a task list that is not done, and jobs that still run."""
    tasks = view.tasks if any(task.state != "completed" for task in view.tasks) else ()
    return tasks, tuple(job for job in view.jobs if job.state == "running")


def _closed(block: Block, end: End) -> Block:
    match block:
        case ToolBlock(state="running"):
            return replace(block, state="cut", ended=end.at)
        case AskBlock(outcome=None) | BudgetBlock(outcome=None):
            outcome = "expired" if end.reason == "timed_out" else "withdrawn"
            return replace(block, outcome=outcome, answered=end.at)
        case TextBlock(settled=False) | ThinkingBlock(settled=False):
            return replace(block, settled=True)
        case _:
            return block


def _add(view: TurnView, block: Block) -> TurnView:
    return replace(view, blocks=(*view.blocks, block), trouble=None)


def _swap(view: TurnView, old: Block, new: Block) -> TurnView:
    return replace(view, blocks=tuple(new if block is old else block for block in view.blocks), trouble=None)


def _write(view: TurnView, event: events.TextDelta | events.TextFinished) -> TurnView:
    kind = ThinkingBlock if event.thinking else TextBlock
    block = next((one for one in reversed(view.blocks) if isinstance(one, kind) and not one.settled), None)
    if isinstance(event, events.TextFinished):
        written = kind(event.text, settled=True, source=event.source)
    else:
        written = kind((block.text if block is not None else "") + event.text)
    if block is not None:
        return _swap(view, block, written)
    return _add(view, written) if written.text or not written.settled else view


def _tool(view: TurnView, id_: ToolUseId) -> ToolBlock | None:
    return next((one for one in reversed(view.blocks) if isinstance(one, ToolBlock) and one.id == id_), None)


def _finish_tool(
    view: TurnView, id_: ToolUseId, state: ToolState, text: str, now: float, change: FileChange | None = None
) -> TurnView:
    tool = _tool(view, id_)
    if tool is None or tool.settled:
        return view  # a denial is followed by the CLI's own error result: the denial says more
    change = change and replace(change, diff=change.diff[:_RESULT_KEPT])
    return _swap(view, tool, replace(tool, state=state, ended=now, text=text[:_RESULT_KEPT], change=change))


def _deny(view: TurnView, denied: ToolBlock, now: float) -> TurnView:
    if _tool(view, denied.id) is not None:
        return _finish_tool(view, denied.id, "denied", denied.text, now)
    id_ = denied.id or ToolUseId(f"denied-{len(view.blocks)}")
    return _add(view, replace(denied, id=id_, started=now, ended=now))


def _kept(detail: str) -> str:
    """What is decided upon, as much as is kept of it: what is missing is told."""
    missing = len(detail) - _DECIDED_KEPT
    return detail if missing <= 0 else f"{detail[:_DECIDED_KEPT]}\n{wording.left_out(missing)}"


def _hear_ask(view: TurnView, event: events.PermissionProgressed) -> TurnView:
    ask = view.request(event.id)
    if ask is None:
        return view
    if event.question is not None:
        chosen = tuple(event.words if n == event.question else words for n, words in enumerate(ask.chosen))
        by = tuple(event.by if n == event.question else name for n, name in enumerate(ask.given_by))
        return _swap(view, ask, replace(ask, chosen=chosen, given_by=by, by=event.by))
    if event.person is None:
        return view
    voices, by = (*ask.allowed_by, event.person), (*ask.given_by, event.by)
    return _swap(view, ask, replace(ask, allowed_by=voices, given_by=by, by=event.by))


def said(view: TurnView, prompt: Prompt) -> TurnView:
    """The view once a prompt was handed to the turn that runs: it waits until Claude takes it in."""
    one = SteerBlock(prompt.turn, prompt.message, prompt.text, prompt.asker.name)
    return replace(view, waiting=(*(other for other in view.waiting if other.prompt != prompt.turn), one))


def unsaid(view: TurnView, prompt: TurnId) -> TurnView:
    """The view once such a prompt was taken back."""
    return replace(view, waiting=tuple(one for one in view.waiting if one.prompt != prompt))


def _take_in(view: TurnView, prompt: TurnId) -> TurnView:
    taken = tuple(one for one in view.waiting if one.prompt == prompt)
    if not taken:
        return view
    left = tuple(one for one in view.waiting if one.prompt != prompt)
    if any(isinstance(one, SteerBlock) and one.prompt == prompt for one in view.blocks):  # told before a restart
        taken = ()
    return replace(view, blocks=(*view.blocks, *taken), waiting=left)


def _settle_ask(view: TurnView, event: events.PermissionSettled, now: float) -> TurnView:
    need = next((one for one in view.needs if one.id == event.id), None)
    if need is None:
        return view
    settled = replace(need, outcome=event.outcome, by=event.by, answered=now)
    if isinstance(settled, AskBlock):
        settled = replace(settled, words=event.words, rule=event.rule)
    view = _swap(view, need, settled)
    return _finish_tool(view, event.id, "denied", event.words, now) if event.outcome == "denied" else view


def _tasks(tasks: tuple[Task, ...], event: events.TaskChanged) -> tuple[Task, ...]:
    if all(task.id != event.id for task in tasks):
        tasks = (*tasks, Task(event.id, event.subject or f"task {event.id}"))
    changed = (
        replace(task, subject=event.subject or task.subject, state=event.state or task.state)
        if task.id == event.id
        else task
        for task in tasks
    )
    return tuple(task for task in changed if task.state != "deleted")
