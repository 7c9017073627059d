"""The addresses that existing scripts call, with the fields that they send and read (those of claude-code-discord-
bridge): the same actions as below /api/v1."""

import re
from datetime import datetime, timedelta
from pathlib import Path as FilePath
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Request
from pydantic import ConfigDict, Field

from antiphon.actions import notices
from antiphon.actions.callers import Caller
from antiphon.actions.context import InPlace, open_projects
from antiphon.actions.reasons import Condition, Refused
from antiphon.actions.schedules import manage
from antiphon.actions.schedules.recurrence import machine_zone, zone_named
from antiphon.core.notices import NoticeId, StoredNotice
from antiphon.core.schedules.values import Every, ScheduledPrompt, ScheduleId
from antiphon.core.values import PlaceId
from antiphon.web import shapes, wording
from antiphon.web.caller import Notifying, Scheduling
from antiphon.web.ports import ApiPorts
from antiphon.web.problems import Problem
from antiphon.web.routes.schedules import place

_BLUE = 0x00BFFF
_DAY = 86_400
_ANCHOR = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
Id = Annotated[str, Path(max_length=200)]


class _Asked(shapes.Asked):
    """Scripts may send fields that nobody knows here."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class NotifyAsked(_Asked):
    """A message, now. `format`: "embed" with title and colour, or "text"."""

    message: shapes.Words
    title: Annotated[shapes.Text, Field(max_length=256)] | None = None
    color: shapes.Color | None = None
    channel_id: shapes.DiscordId | None = None
    thread_name: Annotated[shapes.Text, Field(max_length=1000)] | None = None
    format: Literal["embed", "text"] | None = None


class ScheduleNoticeAsked(_Asked):
    """A message at a time: ISO 8601, by the machine's clock where it names no zone."""

    message: shapes.Words
    scheduled_at: Annotated[shapes.Text, Field(max_length=60)]
    title: Annotated[shapes.Text, Field(max_length=256)] | None = None
    color: shapes.Color | None = None
    channel_id: shapes.DiscordId | None = None


class TaskAsked(_Asked):
    """A prompt at an interval. `anchor_time`: "HH:MM" by the machine's clock; `working_dir`: a project's directory."""

    prompt: shapes.PromptText
    interval_seconds: Annotated[float, Field(ge=60, le=315_360_000)]
    name: Annotated[shapes.Text, Field(max_length=80)] | None = None
    channel_id: shapes.DiscordId | None = None
    working_dir: Annotated[shapes.Text, Field(max_length=4096)] | None = None
    anchor_time: Annotated[shapes.Text, Field(max_length=10)] | None = None
    thread_id: shapes.DiscordId | None = None
    one_shot: bool = False
    run_immediately: bool = True


class TaskChange(_Asked):
    """What is to be otherwise."""

    enabled: bool | None = None
    prompt: shapes.PromptText | None = None
    interval_seconds: Annotated[float, Field(ge=60, le=315_360_000)] | None = None
    anchor_time: Annotated[shapes.Text, Field(max_length=10)] | None = None


class Done(shapes.Told):
    """What was done."""

    status: str
    id: str | None = None


class ScheduledNotice(shapes.Told):
    """A message that waits for its time."""

    id: str
    message: str
    title: str | None
    color: int | None
    scheduled_at: str
    channel_id: str | None
    status: str


class ScheduledNotices(shapes.Told):
    """The next one first."""

    notifications: list[ScheduledNotice]


class Task(shapes.Told):
    """A prompt at an interval."""

    id: str
    name: str
    prompt: str
    interval_seconds: float | None
    channel_id: str | None
    enabled: bool
    next_run_at: float | None
    one_shot: bool


class Tasks(shapes.Told):
    """All that the token sees."""

    tasks: list[Task]


def router(ports: ApiPorts) -> APIRouter:
    """Below /api."""
    routes = APIRouter(tags=["scripts"])
    actions = ports.actions

    @routes.post("/notify")
    async def notify(caller: Notifying, asked: NotifyAsked, request: Request) -> Done:
        """Post a message."""
        thread = " ".join((asked.thread_name or "").split())[:100]
        plain = (asked.format or ("text" if thread else "embed")) == "text"
        wanted = notices.WantedNotice(
            asked.message,
            place=_place(asked.channel_id),
            title=asked.title or "",
            color=_BLUE if asked.color is None else asked.color,
            plain=plain,
            thread=thread,
        )
        posted = await notices.notify(actions, caller, wanted, ports.clock(), request.scope["key"])
        return Done(status="sent", id=posted.notice.id)

    @routes.post("/schedule")
    async def schedule(caller: Notifying, asked: ScheduleNoticeAsked, request: Request) -> Done:
        """Post a message at a time."""
        wanted = notices.WantedNotice(
            asked.message,
            place=_place(asked.channel_id),
            title=asked.title or "",
            color=_BLUE if asked.color is None else asked.color,
            at=_moment(asked.scheduled_at),
        )
        posted = await notices.notify(actions, caller, wanted, ports.clock(), request.scope["key"])
        return Done(status="scheduled", id=posted.notice.id)

    @routes.get("/scheduled")
    async def scheduled(caller: Notifying) -> ScheduledNotices:
        """The messages that wait for their time."""
        found = await notices.scheduled(actions, caller)
        return ScheduledNotices(notifications=[_scheduled(one) for one in found if one.notice.later])

    @routes.delete("/scheduled/{notice}")
    async def cancel(caller: Notifying, notice: Id) -> Done:
        """Take one back."""
        await notices.cancel(actions, caller, NoticeId(notice))
        return Done(status="cancelled")

    @routes.post("/tasks", status_code=201)
    async def create(caller: Scheduling, asked: TaskAsked, request: Request) -> Done:
        """Have Claude prompted at an interval, in a new thread each time."""
        now, key = ports.clock(), request.scope["key"]
        at = await _task_place(ports, caller, asked)
        made = await manage.create(actions, caller, at, _task(asked, now), now, key)
        if asked.run_immediately and not asked.one_shot and not made.runs:
            await manage.run_now(actions, caller, made.schedule.id, now)
        return Done(status="created", id=made.schedule.id)

    @routes.get("/tasks")
    async def tasks(caller: Scheduling) -> Tasks:
        """All of them."""
        return Tasks(tasks=[_told(one) for one in await manage.listed(actions, caller)])

    @routes.patch("/tasks/{task}")
    async def change(caller: Scheduling, task: Id, asked: TaskChange) -> Done:
        """Change what is given."""
        id_, now = ScheduleId(task), ports.clock()
        when, first = None, None
        if asked.interval_seconds is not None:
            when, first = _when(asked.interval_seconds, asked.anchor_time, now)
        await manage.change(actions, caller, id_, manage.Wanted(when=when, prompt=asked.prompt, first=first), now)
        if asked.enabled is not None:
            await (manage.resume if asked.enabled else manage.pause)(actions, caller, id_, now)
        return Done(status="updated")

    @routes.delete("/tasks/{task}")
    async def remove(caller: Scheduling, task: Id) -> Done:
        """Forget it."""
        await manage.remove(actions, caller, ScheduleId(task))
        return Done(status="deleted")

    return routes


def _place(channel: str | None) -> PlaceId | None:
    return None if channel is None else PlaceId(int(channel))


def _moment(text: str) -> float:
    try:
        at = datetime.fromisoformat(text)
        return (at if at.tzinfo else at.replace(tzinfo=zone_named(machine_zone()))).timestamp()
    except (ValueError, OverflowError) as error:
        raise Problem(422, wording.NOT_A_TIME) from error


async def _task_place(ports: ApiPorts, caller: Caller, asked: TaskAsked) -> InPlace:
    if asked.thread_id is not None:
        return await place(ports, caller, "", asked.thread_id)
    if asked.working_dir is not None:
        given = FilePath(asked.working_dir)
        for one in open_projects(ports.actions, caller, "prompt"):
            if one.directory == given or str(one.directory) == str(given).rstrip("/"):
                return InPlace(min(one.channels))
        raise Problem(422, wording.NOT_A_DIRECTORY)
    if asked.channel_id is not None:
        channel = PlaceId(int(asked.channel_id))
        if ports.actions.projects.at(channel) is None:
            raise Refused(Condition.CHANNEL_OF_OTHERS)
        return InPlace(channel)
    return await place(ports, caller, "", None)


def _task(asked: TaskAsked, now: float) -> manage.Wanted:
    when, first = _when(asked.interval_seconds, asked.anchor_time, now)
    if asked.one_shot:
        at = first or (now + 1 if asked.run_immediately else now + asked.interval_seconds)
        when, first = datetime.fromtimestamp(at + 1).astimezone().isoformat(timespec="seconds"), None
    shown = "here" if asked.thread_id is not None else "new_thread"
    return manage.Wanted(asked.name, when, asked.prompt, shown_in=shown, first=first)


def _when(interval: float, anchor: str | None, now: float) -> tuple[str, float | None]:
    """When a task runs, in the words of schedules, and its first run where that is not an interval from now. A day's
    interval with a time of the day keeps to the clock."""
    if anchor is None:
        return f"every {interval:g} s" if interval < 1e6 else f"every {interval / _DAY:.3f} days", None
    found = _ANCHOR.fullmatch(anchor.strip())
    if found is None:
        raise Problem(422, wording.NOT_AN_ANCHOR)
    if interval == _DAY:
        return f"daily {anchor.strip()}", None
    here = datetime.fromtimestamp(now, zone_named(machine_zone()))
    at = here.replace(hour=int(found[1]), minute=int(found[2]), second=0, microsecond=0)
    at = at if at > here else at + timedelta(days=1)
    return _when(interval, None, now)[0], at.timestamp()


def _scheduled(found: StoredNotice) -> ScheduledNotice:
    one = found.notice
    return ScheduledNotice(
        id=one.id,
        message=one.text,
        title=one.title or None,
        color=one.color,
        scheduled_at=datetime.fromtimestamp(one.due).astimezone().isoformat(timespec="seconds"),
        channel_id=None if one.place is None else str(one.place),
        status="pending",
    )


def _told(one: ScheduledPrompt) -> Task:
    told: dict[str, Any] = {
        "id": one.id,
        "name": one.name,
        "prompt": one.prompt,
        "interval_seconds": one.when.seconds if isinstance(one.when, Every) else None,
        "channel_id": None if one.channel is None else str(one.channel),
        "enabled": not one.paused,
        "next_run_at": one.next,
        "one_shot": False,
    }
    return Task(**told)
