"""Stopping what Claude does. The session is kept."""

from dataclasses import dataclass

from antiphon.actions.callers import Caller, audit_entry, name_of
from antiphon.actions.context import ActionContext, Found, Target, ask_worker, find, put, record, view_of
from antiphon.actions.reasons import Condition, Refused
from antiphon.actions.schedules.going_on import stop_going_on
from antiphon.core.records import Withdrawal
from antiphon.core.requests import StopJobs
from antiphon.core.values import Interrupt, TurnId


@dataclass(frozen=True, slots=True)
class Stopped:
    """What was done: the running turn is being stopped, or prompts were taken out of the queue (or nothing ran and
    nothing waited). `waiting`: the prompts that run next; `jobs`: what ran in the background, and is ended; `stays`:
    what a usage limit has ended does not go on by itself any more."""

    stopping: bool
    taken_out: int = 0
    waiting: int = 0
    jobs: tuple[str, ...] = ()
    stays: bool = False


async def stop_session(context: ActionContext, caller: Caller, at: Target, key: str) -> Stopped:
    """End the turn that runs in a session; where none does, take out the prompts that wait, end what runs in the
    background, and let nothing go on by itself."""
    found = await find(context, caller, at, "stop", guests=True)
    session = found.session
    line = await context.bus.line(session.id)
    if not await context.bus.running(session.id):
        why = Withdrawal("stopped", name_of(caller))
        taken = [one.key for one in line if await context.bus.withdraw(one.key, why)]
        if taken:
            await record(context, caller, "stop", session, {"taken out of the line": taken})
        if len(taken) == len(line):  # else one has just begun
            stays = await stop_going_on(context, caller, session, None)
            return Stopped(False, taken_out=len(taken), jobs=await _stop_jobs(context, found), stays=stays)
    audit = audit_entry(caller, "stop", session, {})
    await put(context, found, key, Interrupt(name_of(caller)), audit)
    return Stopped(True, waiting=len(line))


async def stop_turn(context: ActionContext, caller: Caller, at: Target, turn: TurnId, key: str) -> None:
    """End this turn of a session. Raises Refused when it is over."""
    found = await find(context, caller, at, "stop", guests=True)
    if (await view_of(context, found.session, turn)).end is not None:
        raise Refused(Condition.TURN_OVER)
    audit = audit_entry(caller, "stop", found.session, {"turn": turn})
    await put(context, found, key, Interrupt(name_of(caller), turn=turn), audit)


async def _stop_jobs(context: ActionContext, found: Found) -> tuple[str, ...]:
    if not found.session.begun:  # it has done nothing yet
        return ()
    try:
        return (await ask_worker(context, found.project, found.session, StopJobs())).titles
    except Refused as refused:
        if refused.reason is not Condition.WORKER_SILENT:
            raise
        return ()  # it is being stopped, and its processes with it
