"""Making, changing and looking at schedules.

Who may prompt in a project may have it prompted by the clock, as often as there is room; a schedule is changed by who
has made it and by the project's admins. Claude makes them for its own session alone, and sees no others; nor does a
script that its session runs.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from antiphon.actions.callers import (
    Caller,
    ClaudeSession,
    Member,
    Program,
    Schedule,
    SessionScript,
    allowed,
    audit_entry,
)
from antiphon.actions.context import ActionContext, InPlace, project_named, require, require_choices
from antiphon.actions.reasons import Condition, NotATimeGiven, Refused, TooManySchedules
from antiphon.actions.schedules.recurrence import NotATime, checked, machine_zone, next_after, preview, understood
from antiphon.core.schedules.values import (
    Cron,
    Missed,
    Overlap,
    ScheduledPrompt,
    ScheduledRun,
    ScheduleId,
    ShownIn,
    TriggeredBy,
    When,
)
from antiphon.core.values import PermissionMode, PlaceId, Project, Session, SessionId, turn_for

MOST_OF_PROJECT = 10_000
MOST_OF_SESSION = 20  # that Claude makes for one
MOST_WAITING = 100  # runs of one that somebody has asked for
SHOWN = 5  # next runs, and last ones
_NAME, _PROMPT = 80, 8000  # characters


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody wants of a schedule. None: as it is, or as it usually is. `when`: as a value, or in words, see
    recurrence.understood; `zone`: of the times in these, None: the machine's. `rules`: what is allowed without asking,
    besides what the project allows; `budget`: dollars of a run."""

    name: str | None = None
    when: str | When | None = None
    prompt: str | None = None
    zone: str | None = None
    shown_in: ShownIn | None = None
    overlap: Overlap | None = None
    missed: Missed | None = None
    mode: PermissionMode | None = None
    model: str | None = None
    turn_limit: float | None = None
    rules: tuple[str, ...] | None = None
    budget: float | None = None


@dataclass(frozen=True, slots=True)
class Described:
    """A schedule, when it runs next, and its last runs, each with the session that shows it where there is one."""

    schedule: ScheduledPrompt
    next: Sequence[float]
    runs: Sequence[tuple[ScheduledRun, Session | None]]


def id_of(key: str) -> ScheduleId:
    """The id of the schedule that is made under a key."""
    return ScheduleId(turn_for(f"schedule:{key}"))


async def create(
    context: ActionContext,
    caller: Caller,
    at: InPlace | SessionId,
    wanted: Wanted,
    now: float,
    key: str,
    *,
    draft: bool = False,
) -> Described:
    """Make one, for the project of a place or of Claude's own session; once for each key. `draft`: it is paused until
    somebody lets it go."""
    project, home, channel = await _where(context, caller, at)
    id_ = id_of(key)
    if (known := await context.bus.schedule(id_)) is not None:
        return await _described(context, known, now)
    if not (wanted.prompt or "").strip():
        raise Refused(Condition.EMPTY_PROMPT)
    await _has_room(context, caller, project)
    when = _when(wanted, now)
    fresh = ScheduledPrompt(
        id=id_,
        name="",
        project=project.name,
        prompt="",
        when=when,
        owner=caller.person if isinstance(caller, Member) else None,
        maker=caller.session if isinstance(caller, ClaudeSession | SessionScript) else None,
        program=caller.id if isinstance(caller, Program) else "",
        shown_in="here" if isinstance(caller, ClaudeSession) else "new_thread",
        home=home,
        channel=channel,
    )
    made = _with(context, caller, project, fresh, wanted)
    made = replace(made, next=None, paused="by_hand") if draft else replace(made, next=next_after(when, now))
    await context.bus.put_schedule(made)
    await _note(context, caller, made, "made")
    return await _described(context, made, now)


async def change(context: ActionContext, caller: Caller, id_: ScheduleId, wanted: Wanted, now: float) -> Described:
    """Change what is given; another time counts from now, the same one is due when it was."""
    project, known = await _own(context, caller, id_)
    changed = _with(context, caller, project, known, wanted)
    if wanted.when is not None:
        changed = replace(changed, when=_when(wanted, now, known))
    elif wanted.zone and isinstance(known.when, Cron):
        changed = replace(changed, when=_when(replace(wanted, when=known.when.expression), now))
    if changed.when != known.when and not changed.paused:
        changed = replace(changed, next=next_after(changed.when, now))
    await context.bus.put_schedule(changed)
    await _note(context, caller, changed, "changed")
    return await _described(context, changed, now)


async def pause(context: ActionContext, caller: Caller, id_: ScheduleId, now: float) -> Described:
    """It is not run before somebody lets it go on, nor is what waits; what runs goes on."""
    _, known = await _own(context, caller, id_, configured=True)
    paused = replace(known, next=None, paused=known.paused or "by_hand")
    await context.bus.pause_schedule(id_, paused.paused)
    await _note(context, caller, paused, "paused")
    return await _described(context, paused, now)


async def resume(context: ActionContext, caller: Caller, id_: ScheduleId, now: float) -> Described:
    """It is run from now on, whatever was missed. Raises Refused where its time is over."""
    _, known = await _own(context, caller, id_, configured=True)
    try:
        again = next_after(known.when, now)
    except NotATime as error:
        raise Refused(NotATimeGiven(str(error))) from None
    if again is None and not known.is_triggered:
        raise Refused(Condition.SCHEDULE_OVER)
    resumed = replace(known, next=again, paused="", failures=0)
    await context.bus.put_schedule(resumed)
    await _note(context, caller, resumed, "resumed")
    return await _described(context, resumed, now)


async def remove(context: ActionContext, caller: Caller, id_: ScheduleId) -> ScheduledPrompt:
    """Forget it; what runs goes on."""
    _, known = await _own(context, caller, id_)
    await context.bus.drop_schedule(id_)
    await _note(context, caller, known, "removed")
    return known


async def run_now(
    context: ActionContext, caller: Caller, id_: ScheduleId, now: float, key: str | None = None
) -> ScheduledPrompt:
    """Run it once more, now: after the run that is at work, if one is. Once for each key; without one, once in a
    second."""
    _, known = await _own(context, caller, id_, configured=True)
    if key is None:
        await context.bus.add_run(ScheduledRun(id_, float(int(now))))
    else:
        run = ScheduledRun(id_, now, event=TriggeredBy(f"run:{key}", ""))
        if await context.bus.add_event(run, MOST_WAITING) == "full":
            raise Refused(TooManySchedules(MOST_WAITING))
    await _note(context, caller, known, "run")
    return known


async def one(context: ActionContext, caller: Caller, id_: ScheduleId, now: float) -> Described:
    """One that the caller may see."""
    found = await context.bus.schedule(id_)
    if found is None or not _sees(context, caller, found):
        raise Refused(Condition.NO_SUCH_SCHEDULE)
    return await _described(context, found, now)


async def listed(context: ActionContext, caller: Caller, project: str | None = None) -> Sequence[ScheduledPrompt]:
    """Those that the caller may see, of one project or of all: what is due next first, what is paused last."""
    found = [
        one for one in await context.bus.schedules() if project in (None, one.project) and _sees(context, caller, one)
    ]
    return sorted(found, key=lambda one: (one.next is None, one.next or 0.0, one.name))


def may_change(context: ActionContext, caller: Caller, known: ScheduledPrompt) -> bool:
    """Whether the caller may change it, or take it away."""
    project = context.projects.named(known.project)
    if project is None:
        return False
    match caller:
        case ClaudeSession(session) | SessionScript(session):
            return known.maker == session
        case Program(id=id_) if known.program == id_:
            return allowed(project, caller, "prompt")
        case Member(person) | Schedule(owner=person) if known.owner is not None and known.owner.id == person.id:
            return allowed(project, caller, "prompt")
        case _:
            return allowed(project, caller, "administer")


def _sees(context: ActionContext, caller: Caller, known: ScheduledPrompt) -> bool:
    if isinstance(caller, ClaudeSession | SessionScript):
        return known.maker == caller.session
    project = context.projects.named(known.project)
    return project is not None and allowed(project, caller, "prompt")


async def _own(
    context: ActionContext, caller: Caller, id_: ScheduleId, *, configured: bool = False
) -> tuple[Project, ScheduledPrompt]:
    """One that the caller may change, and its project. `configured`: also where the operator has made it. Raises
    Refused."""
    known = await context.bus.schedule(id_)
    project = None if known is None else context.projects.named(known.project)
    if known is None or project is None or not _sees(context, caller, known):
        raise Refused(Condition.NO_SUCH_SCHEDULE)
    if known.configured and not configured:
        raise Refused(Condition.SCHEDULE_CONFIGURED)
    if not may_change(context, caller, known):
        raise Refused(Condition.SCHEDULE_OF_OTHERS)
    return project, known


async def _where(
    context: ActionContext, caller: Caller, at: InPlace | SessionId
) -> tuple[Project, SessionId | None, PlaceId | None]:
    """The project, the session of the place if there is one, and the channel."""
    if isinstance(at, InPlace):
        project = require(context, caller, at, "prompt")
        session = await context.bus.session(at.place, at.person)
        return project, session and session.id, at.parent or at.place
    session = next((one for one in await context.bus.sessions() if one.id == at), None)
    if session is None:
        raise Refused(Condition.NO_SESSION)
    return project_named(context, caller, session.project, "prompt"), session.id, session.origin.channel


async def _has_room(context: ActionContext, caller: Caller, project: Project) -> None:
    """Raises Refused where there are as many as there may be."""
    known = await context.bus.schedules()
    if isinstance(caller, ClaudeSession | SessionScript):
        mine, most = [one for one in known if one.maker == caller.session], MOST_OF_SESSION
    else:
        mine, most = [one for one in known if one.project == project.name], MOST_OF_PROJECT
    if len(mine) >= most:
        raise Refused(TooManySchedules(most))


def _with(
    context: ActionContext, caller: Caller, project: Project, known: ScheduledPrompt, wanted: Wanted
) -> ScheduledPrompt:
    """The schedule with what is wanted of it, but for its time."""
    prompt = known.prompt if wanted.prompt is None else wanted.prompt.strip()[:_PROMPT]
    if not prompt:
        raise Refused(Condition.EMPTY_PROMPT)
    name = known.name if wanted.name is None else " ".join(wanted.name.split())
    shown_in = wanted.shown_in or known.shown_in
    if shown_in == "here" and known.home is None:
        raise Refused(Condition.NO_SESSION)
    if isinstance(caller, ClaudeSession) and (shown_in != "here" or wanted.mode is not None):
        raise Refused(Condition.CLAUDE_SCHEDULES_HERE)
    choices = known.choices
    choices = replace(
        choices,
        model=wanted.model or choices.model,
        mode=wanted.mode or choices.mode,
        rules=choices.rules if wanted.rules is None else wanted.rules,
        budget=wanted.budget or choices.budget,
    )
    require_choices(project, caller, choices)  # also where only the words are other ones: they run with these
    return replace(
        known,
        name=(name or _first_words(prompt))[:_NAME],
        prompt=prompt,
        shown_in=shown_in,
        overlap=wanted.overlap or known.overlap,
        missed=wanted.missed or known.missed,
        choices=choices,
        turn_limit=wanted.turn_limit or known.turn_limit,
    )


def _when(wanted: Wanted, now: float, known: ScheduledPrompt | None = None) -> When:
    """What was written, by the clocks that it had before where it says nothing of them."""
    before = known.when.zone if known is not None and isinstance(known.when, Cron) else ""
    try:
        if isinstance(wanted.when, str | None):
            return understood(wanted.when or "", wanted.zone or before or machine_zone(), now)
        return checked(wanted.when, now)
    except NotATime as error:
        raise Refused(NotATimeGiven(str(error))) from None


def _first_words(prompt: str) -> str:
    return " ".join(prompt.split()[:8])


async def _described(context: ActionContext, known: ScheduledPrompt, now: float) -> Described:
    runs = await context.bus.schedule_runs(known.id, SHOWN)
    shown = {one.id: one for one in await context.bus.sessions()} if runs else {}
    try:
        moments = preview(known.when, now, SHOWN)
    except NotATime:  # its zone is not known here: it is paused, or about to be
        moments = ()
    return Described(known, moments, [(one, shown.get(one.session or SessionId(""))) for one in runs])


async def _note(context: ActionContext, caller: Caller, known: ScheduledPrompt, what: str) -> None:
    await context.bus.note(audit_entry(caller, "schedule", None, {"what": what, "id": known.id, "name": known.name}))
