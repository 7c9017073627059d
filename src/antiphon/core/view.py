"""What people see of a turn, as a value, and the pure function that takes it one event further.

`fold(view, event, now) -> view` never waits, never fails and never forgets text. `now` is in epoch seconds.
A block is settled when no later event can change it: settled blocks are durable, the rest is live.
"""

from dataclasses import dataclass, replace

from antiphon.core import events
from antiphon.core.blocks import (
    AskBlock,
    Block,
    BudgetBlock,
    End,
    FileBlock,
    Job,
    Need,
    NoteBlock,
    SteerBlock,
    Task,
    TextBlock,
    ThinkingBlock,
    ToolBlock,
    ToolState,
)
from antiphon.core.values import MessageId, PersonId, Prompt, ToolUseId, TurnId


@dataclass(frozen=True, slots=True)
class TurnView:
    """One turn. `prompt` is the Discord message that asked (None: Claude Code began by itself), `asker` who wrote it,
    or the last one before it. `known_as`: the uuid under which Claude Code has the prompt, where that is not the turn's
    own. `heard`: when Claude Code was last heard of (0: not yet). `waiting`: what was said
    meanwhile and is not yet taken in, in order. Tasks, jobs and what waits are live only: they are no rows."""

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

    @property
    def needs(self) -> tuple[Need, ...]:
        """What waits for a person."""
        return tuple(block for block in self.blocks if isinstance(block, AskBlock | BudgetBlock) and not block.settled)

    @property
    def requests(self) -> tuple[AskBlock, ...]:
        """What Claude itself waits for."""
        return tuple(block for block in self.needs if isinstance(block, AskBlock))


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
        case events.TextDelta(text, None):
            return _grow(view, TextBlock, text)
        case events.TextFinished(text, None):
            return _settle(view, TextBlock, text)
        case events.ThinkingDelta(text, None):
            return _grow(view, ThinkingBlock, text)
        case events.ThinkingFinished(text, None):
            return _settle(view, ThinkingBlock, text)
        case events.ToolStarted(id_, name, subject, parent, detail, traits):
            kept = detail[:_RESULT_KEPT]
            return _add(view, ToolBlock(id_, name, subject, now, parent=parent, detail=kept, traits=traits))
        case events.ToolFinished(id_, ok, text, change):
            return _finish_tool(view, id_, "ok" if ok else "failed", text, now, change)
        case events.PermissionDenied():
            return _deny(view, event, now)
        case events.PermissionAsked():
            return _add(view, _ask(event, now))
        case events.BudgetReached(id_, text, step):
            return _add(view, BudgetBlock(id_, text, step, now))
        case events.PermissionProgressed():
            return _hear_ask(view, event)
        case events.PermissionSettled():
            return _settle_ask(view, event, now)
        case events.SteerDelivered(prompt):
            return _take_in(view, prompt)
        case events.FilesSent(files, caption):
            return _add(view, FileBlock(files, caption))
        case events.NoteAdded(text, time):
            return _add(view, NoteBlock(text, time=time))
        case events.TurnEnded(reason, error, usage):
            return ended(view, End(reason, now, error, usage, view.context, event.time))
        case events.SessionLost(error, gone):
            return ended(view, End("lost" if gone else "failed", now, error))
        case _:
            return _around(view, event, now)


def _around(view: TurnView, event: events.AgentEvent, now: float) -> TurnView:
    """What stands beside the blocks: trouble, tasks, jobs."""
    match event:
        case events.Delayed(why):
            return replace(view, trouble=why)
        case events.Retrying(attempt, limit, delay, status):
            why = "the API is not reachable" if status is None else f"the API answered {status}"
            return replace(view, trouble=f"{why}; attempt {attempt} of {limit} in {delay:.0f} s")
        case events.TaskChanged(id_, subject, state):
            return replace(view, tasks=_tasks(view.tasks, id_, subject, state))
        case events.JobStarted(id_, kind, title, _):
            return replace(view, jobs=(*(job for job in view.jobs if job.id != id_), Job(id_, kind, title, now)))
        case events.JobProgressed(id_, activity):
            return _job(view, id_, activity=activity)
        case events.JobEnded(id_, state, summary):
            return _job(view, id_, state=state, activity=summary, ended=now)
        case _:  # sub-agents' words stay with them: their job's line shows that they work
            return view


def begins(event: events.AgentEvent) -> bool:
    """Whether the event is something to show: where no turn runs, one begins with it."""
    return works(event) or isinstance(
        event, events.PermissionAsked | events.PermissionDenied | events.FilesSent | events.NoteAdded
    )


def works(event: events.AgentEvent) -> bool:
    """Whether the event shows that Claude itself is at work, not only its sub-agents."""
    match event:
        case events.ReplyStarted():
            return True
        case (
            events.TextDelta()
            | events.TextFinished()
            | events.ThinkingDelta()
            | events.ThinkingFinished()
            | events.ToolStarted()
        ):
            return event.parent is None
        case _:
            return False


def ended(view: TurnView, end: End) -> TurnView:
    """The view in its final state: every block settled, what still ran shown as cut off."""
    blocks = tuple(_closed(block, end) for block in view.blocks)
    return replace(view, blocks=blocks, trouble=None, waiting=(), end=end)


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


def _open_index(view: TurnView, kind: type[TextBlock] | type[ThinkingBlock]) -> int | None:
    for index in range(len(view.blocks) - 1, -1, -1):
        block = view.blocks[index]
        if isinstance(block, kind) and not block.settled:
            return index
    return None


def _grow(view: TurnView, kind: type[TextBlock] | type[ThinkingBlock], text: str) -> TurnView:
    index = _open_index(view, kind)
    if index is None:
        return _add(view, kind(text))
    block = view.blocks[index]
    assert isinstance(block, kind)
    return _swap(view, index, kind(block.text + text))


def _settle(view: TurnView, kind: type[TextBlock] | type[ThinkingBlock], text: str) -> TurnView:
    index = _open_index(view, kind)
    if index is None:
        return _add(view, kind(text, settled=True)) if text else view
    return _swap(view, index, kind(text, settled=True))


def _swap(view: TurnView, index: int, block: Block) -> TurnView:
    return replace(view, blocks=(*view.blocks[:index], block, *view.blocks[index + 1 :]), trouble=None)


def _index(view: TurnView, kind: type[ToolBlock] | type[AskBlock], id_: ToolUseId | None) -> int | None:
    for index in range(len(view.blocks) - 1, -1, -1):
        block = view.blocks[index]
        if isinstance(block, kind) and block.id == id_:
            return index
    return None


def _finish_tool(
    view: TurnView, id_: ToolUseId, state: ToolState, text: str, now: float, change: events.FileChange | None = None
) -> TurnView:
    index = _index(view, ToolBlock, id_)
    if index is None:
        return view
    block = view.blocks[index]
    if not isinstance(block, ToolBlock) or block.settled:
        return view  # a denial is followed by the CLI's own error result: the denial says more
    change = change and replace(change, diff=change.diff[:_RESULT_KEPT])
    return _swap(view, index, replace(block, state=state, ended=now, text=text[:_RESULT_KEPT], change=change))


def _deny(view: TurnView, event: events.PermissionDenied, now: float) -> TurnView:
    if event.id is not None and _index(view, ToolBlock, event.id) is not None:
        return _finish_tool(view, event.id, "denied", event.reason, now)
    id_ = event.id or ToolUseId(f"denied-{len(view.blocks)}")
    block = ToolBlock(id_, event.name, event.subject, now, "denied", now, event.reason, traits=event.traits)
    return _add(view, block)


def _ask(event: events.PermissionAsked, now: float) -> AskBlock:
    return AskBlock(
        event.id,
        event.name,
        event.subject,
        now,
        _kept(event.detail),
        event.reason,
        event.by_agent,
        rules=event.rules,
        questions=event.questions,
        chosen=("",) * len(event.questions),
        given_by=("",) * len(event.questions),
        call=event.call,
        voices=event.voices,
        traits=event.traits,
        kind=event.kind,
    )


def _kept(detail: str) -> str:
    """What is decided upon, as much as is kept of it: what is missing is told."""
    missing = len(detail) - _DECIDED_KEPT
    return detail if missing <= 0 else f"{detail[:_DECIDED_KEPT]}\n… and {missing} more characters, which are not kept"


def _hear_ask(view: TurnView, event: events.PermissionProgressed) -> TurnView:
    index = _index(view, AskBlock, event.id)
    block = None if index is None else view.blocks[index]
    if index is None or not isinstance(block, AskBlock) or block.settled:
        return view
    if event.question is not None:
        chosen = tuple(event.words if n == event.question else words for n, words in enumerate(block.chosen))
        by = tuple(event.by if n == event.question else name for n, name in enumerate(block.given_by))
        return _swap(view, index, replace(block, chosen=chosen, given_by=by, by=event.by))
    if event.person is None:
        return view
    voices, by = (*block.allowed_by, event.person), (*block.given_by, event.by)
    return _swap(view, index, replace(block, allowed_by=voices, given_by=by, by=event.by))


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
    return replace(view, blocks=(*view.blocks, *taken), waiting=left)


def _settle_ask(view: TurnView, event: events.PermissionSettled, now: float) -> TurnView:
    for index, block in enumerate(view.blocks):
        if isinstance(block, AskBlock | BudgetBlock) and block.id == event.id and not block.settled:
            settled = replace(block, outcome=event.outcome, by=event.by, answered=now)
            settled = replace(settled, words=event.words) if isinstance(settled, AskBlock) else settled
            view = _swap(view, index, settled)
            return _finish_tool(view, event.id, "denied", event.words, now) if event.outcome == "denied" else view
    return view


def _tasks(tasks: tuple[Task, ...], id_: str, subject: str | None, state: events.TaskState | None) -> tuple[Task, ...]:
    if all(task.id != id_ for task in tasks):
        tasks = (*tasks, Task(id_, subject or f"task {id_}"))
    changed = (
        replace(task, subject=subject or task.subject, state=state or task.state) if task.id == id_ else task
        for task in tasks
    )
    return tuple(task for task in changed if task.state != "deleted")


def _job(
    view: TurnView, id_: str, *, activity: str, state: events.JobState = "running", ended: float | None = None
) -> TurnView:
    jobs = tuple(
        replace(job, activity=activity, state=state, ended=ended) if job.id == id_ and job.state == "running" else job
        for job in view.jobs
    )
    return replace(view, jobs=jobs)
