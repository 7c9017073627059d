"""Firing triggers: an event from outside becomes a run, once for each delivery.

Its runs are kept as a schedule's are (actions/schedules), and started by the clock that starts those: one at a time,
each in one step of the database. May not know: who has told of the event, or how it was proved.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from antiphon.actions.callers import Caller, Program, allowed, audit_entry
from antiphon.actions.context import ActionContext
from antiphon.actions.reasons import Condition, Refused, TooManySchedules
from antiphon.core.ports import Files
from antiphon.core.programs.triggers import FILE, MOST_WAITING, Event, Trigger, fields_of, is_wanted, prompt_of
from antiphon.core.records import InboxEntry, Withdrawal
from antiphon.core.schedules.store import ScheduleStore
from antiphon.core.schedules.values import Called, ScheduledPrompt, ScheduledRun, TriggeredBy
from antiphon.core.values import File, Interrupt, MessageId, SessionId, turn_for

Fired = Literal["started", "known", "left_out", "not_wanted", "paused"]
"""What has become of an event: it is run, or was before; another run is at work; the trigger is for others; nobody is
to run it now."""


@dataclass(frozen=True, slots=True)
class Triggers:
    """All that are configured, and what they work with. `lock`: held while an event is looked at, so that two of one
    trigger do not pass each other."""

    all: Sequence[Trigger]
    files: Files
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    def named(self, name: str) -> Trigger | None:
        """The one of this name."""
        return next((one for one in self.all if one.name == name), None)

    def of_message(self, project: str, webhook: int, text: str) -> Trigger | None:
        """The one that a webhook's message in a channel of the project fires; None: none."""
        return next(
            (
                one
                for one in self.all
                if one.project == project and one.prefix and webhook in one.webhooks and text.startswith(one.prefix)
            ),
            None,
        )


async def configure(store: ScheduleStore, triggers: Sequence[Trigger]) -> None:
    """Make what is stored of them what is configured; one that was paused stays so."""
    known = {one.id: one for one in await store.schedules() if one.is_triggered}
    for trigger in triggers:
        was = known.pop(trigger.id, None)
        made = ScheduledPrompt(
            trigger.id,
            trigger.name,
            trigger.project,
            trigger.prompt,
            Called(trigger.name, tuple(trigger.variables)),
            shown_in=trigger.shown_in,
            choices=trigger.choices,
            overlap="queue",
            turn_limit=trigger.turn_limit,
            directory=trigger.directory,
            configured=True,
        )
        if was is not None:
            made = replace(made, paused=was.paused, failures=was.failures, threads=was.threads)
        await store.put_schedule(made)
    for id_ in known:
        await store.drop_schedule(id_)


def may_fire(context: ActionContext, caller: Caller, trigger: Trigger) -> bool:
    """Whether a program may."""
    project = context.projects.named(trigger.project)
    if project is None or not allowed(project, caller, "prompt"):
        return False
    return not trigger.tokens or (isinstance(caller, Program) and caller.name in trigger.tokens)


async def fire(
    context: ActionContext, triggers: Triggers, caller: Caller, trigger: Trigger, event: Event, now: float
) -> Fired:
    """Have the trigger run for an event; whoever calls has seen to it that they may. Durable on return. Raises Refused
    where as many events wait as may."""
    if not is_wanted(trigger, event):
        return "not_wanted"
    known = await context.bus.schedule(trigger.id)
    if known is None:
        raise Refused(Condition.NO_SUCH_TRIGGER)
    if known.paused:
        return "paused"
    told = TriggeredBy(_id(event), prompt_of(trigger, fields_of(event)))
    run = ScheduledRun(trigger.id, now, event=told)
    async with triggers.lock:
        open_ = [one for one in await context.bus.open_runs() if one.schedule == trigger.id]
        mine = next((one for one in open_ if one.key == run.key), None)
        if mine is not None or await context.bus.knows_run(run.key):
            if mine is not None and trigger.concurrency == "replace":  # a kill may have left the older ones at work
                await _end(context, caller, trigger, [one for one in open_ if one.due < mine.due])
            return "known"
        if open_ and trigger.concurrency == "drop":
            await context.bus.add_event(replace(run, state="skipped"), 0)
            return "left_out"
        if sum(one.state == "due" for one in open_) >= MOST_WAITING:
            raise Refused(TooManySchedules(MOST_WAITING))
        files = await _kept(triggers, trigger, known, run, event)
        await context.bus.add_event(replace(run, event=replace(told, files=files)), MOST_WAITING)
        if trigger.concurrency == "replace":
            await _end(context, caller, trigger, open_)
    what = {"trigger": trigger.name, "event": event.kind, "delivery": _id(event)}
    await context.bus.note(audit_entry(caller, "trigger", None, what))
    return "started"


async def _kept(
    triggers: Triggers, trigger: Trigger, known: ScheduledPrompt, run: ScheduledRun, event: Event
) -> tuple[File, ...]:
    """What comes with the event, as a file where Claude reads it."""
    brought = event.content
    if not brought:
        return ()
    session = SessionId(run.key) if trigger.shown_in == "new_thread" else known.thread

    async def content() -> AsyncIterator[bytes]:
        yield brought

    try:
        return (await triggers.files.save(session, _number(event), FILE, content()),)
    except OSError as error:
        raise Refused(Condition.NOT_KEPT) from error


async def _end(context: ActionContext, caller: Caller, trigger: Trigger, runs: Iterable[ScheduledRun]) -> None:
    """Runs give way to a newer one: those that wait are not started, the one at work is stopped."""
    by = trigger.name
    for run in runs:
        if await context.bus.skip_run(run.key) or await context.bus.withdraw(run.key, Withdrawal("stopped", by)):
            continue
        session = next((one for one in await context.bus.sessions() if one.id == run.session), None)
        if session is not None:
            stop = Interrupt(by, turn=turn_for(run.key))
            worker = context.projects.worker_of(session.project)
            audit = audit_entry(caller, "stop", session, {"replaced": run.key})
            await context.bus.accept(InboxEntry(f"replace:{run.key}", worker, session, stop, audit=audit))


def _id(event: Event) -> str:
    """As it is kept: short, whatever somebody sends."""
    return hashlib.sha256(event.id.encode("utf-8", "replace")).hexdigest()[:32]


def _number(event: Event) -> MessageId:
    """In place of a message, where what comes with events is kept by that."""
    return MessageId(int(_id(event)[:15], 16))
