"""Prompts by the clock."""

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import Field

from antiphon.actions.schedules.manage import Described
from antiphon.actions.schedules.recurrence import described as in_words
from antiphon.core.schedules.values import ScheduledPrompt, ScheduledRun
from antiphon.core.values import PermissionMode
from antiphon.web.shapes.base import Asked, DiscordId, Name, PromptText, Text, Told


class ScheduleAsked(Asked):
    """A prompt by the clock. `when`: "in 2h", "every 30m", "daily 9:00", "2026-12-24 18:30", or five fields of cron;
    `zone`: of the times in it. `thread`: in whose session its runs are shown ("here"); else they have their own."""

    when: Annotated[Text, Field(min_length=1, max_length=100)]
    prompt: PromptText
    name: Annotated[Text, Field(max_length=80)] | None = None
    project: Name = ""
    thread: DiscordId | None = None
    zone: Annotated[Text, Field(max_length=60)] | None = None
    show: Literal["new_thread", "one_thread"] = "new_thread"
    overlap: Literal["skip", "queue"] = "skip"
    missed: Literal["skip", "once", "each"] = "once"
    mode: PermissionMode | None = None
    model: Annotated[Text, Field(max_length=100)] | None = None
    tools: Annotated[
        list[Annotated[Text, Field(min_length=1, max_length=200)]], Field(max_length=50, default_factory=list[str])
    ]
    budget: Annotated[float, Field(gt=0, le=1_000_000)] | None = None
    time_limit: Annotated[float, Field(gt=0, le=604_800)] | None = None


class ScheduleChange(Asked):
    """What is to be otherwise; what is not given stays."""

    when: Annotated[Text, Field(min_length=1, max_length=100)] | None = None
    prompt: PromptText | None = None
    name: Annotated[Text, Field(min_length=1, max_length=80)] | None = None
    zone: Annotated[Text, Field(max_length=60)] | None = None
    overlap: Literal["skip", "queue"] | None = None
    missed: Literal["skip", "once", "each"] | None = None
    mode: PermissionMode | None = None
    model: Annotated[Text, Field(max_length=100)] | None = None
    budget: Annotated[float, Field(gt=0, le=1_000_000)] | None = None
    time_limit: Annotated[float, Field(gt=0, le=604_800)] | None = None
    tools: Annotated[list[Annotated[Text, Field(min_length=1, max_length=200)]], Field(max_length=50)] | None = None
    paused: bool | None = None


class RunTold(Told):
    """One time that it was due. `session`: that shows it."""

    due: float
    state: Literal["due", "started", "over", "skipped", "missed"]
    ended: str
    session: str | None


class ScheduleTold(Told):
    """A schedule. `next`: when it is due, null where it is paused or over; `runs`: the latest first."""

    id: str
    name: str
    project: str
    prompt: str
    when: str
    next: float | None
    paused: str
    upcoming: list[float] = Field(default_factory=list[float])
    runs: list[RunTold] = Field(default_factory=list[RunTold])


def schedule(one: ScheduledPrompt, upcoming: Sequence[float] = (), runs: Sequence[ScheduledRun] = ()) -> ScheduleTold:
    told = [RunTold(due=run.due, state=run.state, ended=run.ended, session=run.session) for run in runs]
    return ScheduleTold(
        id=one.id,
        name=one.name,
        project=one.project,
        prompt=one.prompt,
        when=in_words(one.when),
        next=one.next,
        paused=one.paused,
        upcoming=list(upcoming),
        runs=told,
    )


def described(found: Described) -> ScheduleTold:
    return schedule(found.schedule, found.next, [run for run, _ in found.runs])


class SchedulesTold(Told):
    """What is due next first."""

    schedules: list[ScheduleTold]
