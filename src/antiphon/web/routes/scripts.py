"""The addresses that existing scripts call, with the fields that they send and read (those of claude-code-discord-
bridge): the same actions as below /api/v1. Below /api."""

import re
from datetime import datetime, timedelta
from pathlib import Path as FilePath
from typing import Annotated, Any

from fastapi import APIRouter, Path

from antiphon.actions.callers import Caller
from antiphon.actions.context import InPlace, open_projects
from antiphon.actions.programs import notices
from antiphon.actions.reasons import Condition, Refused
from antiphon.actions.schedules import manage
from antiphon.actions.schedules.recurrence import machine_zone, zone_named
from antiphon.core.programs.notices import NoticeId, StoredNotice
from antiphon.core.schedules.values import Every, ScheduledPrompt, ScheduleId
from antiphon.core.values import PlaceId
from antiphon.web import wording
from antiphon.web.dependencies import Notifying, OnceKey, Ports, Scheduling
from antiphon.web.ports import ApiPorts
from antiphon.web.problems import Problem
from antiphon.web.routes.schedules import place_for
from antiphon.web.shapes import scripts as shapes

_BLUE = 0x00BFFF
_DAY = 86_400
_ANCHOR = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
Id = Annotated[str, Path(max_length=200)]
routes = APIRouter(tags=["scripts"])


@routes.post("/notify")
async def notify(ports: Ports, caller: Notifying, key: OnceKey, asked: shapes.NotifyAsked) -> shapes.Done:
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
    posted = await notices.notify(ports.actions, caller, wanted, ports.clock(), key)
    return shapes.Done(status="sent", id=posted.notice.id)


@routes.post("/schedule")
async def schedule(ports: Ports, caller: Notifying, key: OnceKey, asked: shapes.ScheduleNoticeAsked) -> shapes.Done:
    """Post a message at a time."""
    wanted = notices.WantedNotice(
        asked.message,
        place=_place(asked.channel_id),
        title=asked.title or "",
        color=_BLUE if asked.color is None else asked.color,
        at=_moment(asked.scheduled_at),
    )
    posted = await notices.notify(ports.actions, caller, wanted, ports.clock(), key)
    return shapes.Done(status="scheduled", id=posted.notice.id)


@routes.get("/scheduled")
async def scheduled(ports: Ports, caller: Notifying) -> shapes.ScheduledNotices:
    """The messages that wait for their time."""
    found = await notices.scheduled(ports.actions, caller)
    return shapes.ScheduledNotices(notifications=[_scheduled(one) for one in found if one.notice.later])


@routes.delete("/scheduled/{notice}")
async def cancel(ports: Ports, caller: Notifying, notice: Id) -> shapes.Done:
    """Take one back."""
    await notices.cancel(ports.actions, caller, NoticeId(notice))
    return shapes.Done(status="cancelled")


@routes.post("/tasks", status_code=201)
async def create(ports: Ports, caller: Scheduling, key: OnceKey, asked: shapes.TaskAsked) -> shapes.Done:
    """Have Claude prompted at an interval, in a new thread each time."""
    now = ports.clock()
    at = await _task_place(ports, caller, asked)
    made = await manage.create(ports.actions, caller, at, _task(asked, now), now, key)
    if asked.run_immediately and not asked.one_shot and not made.runs:
        await manage.run_now(ports.actions, caller, made.schedule.id, now)
    return shapes.Done(status="created", id=made.schedule.id)


@routes.get("/tasks")
async def tasks(ports: Ports, caller: Scheduling) -> shapes.Tasks:
    """All of them."""
    found = await manage.listed(ports.actions, caller)
    return shapes.Tasks(tasks=[_told(one) for one in found if not one.is_triggered])


@routes.patch("/tasks/{task}")
async def change(ports: Ports, caller: Scheduling, task: Id, asked: shapes.TaskChange) -> shapes.Done:
    """Change what is given."""
    id_, now = ScheduleId(task), ports.clock()
    when, first = None, None
    if asked.interval_seconds is not None:
        when, first = _when(asked.interval_seconds, asked.anchor_time, now)
    await manage.change(ports.actions, caller, id_, manage.Wanted(when=when, prompt=asked.prompt, first=first), now)
    if asked.enabled is not None:
        await (manage.resume if asked.enabled else manage.pause)(ports.actions, caller, id_, now)
    return shapes.Done(status="updated")


@routes.delete("/tasks/{task}")
async def remove(ports: Ports, caller: Scheduling, task: Id) -> shapes.Done:
    """Forget it."""
    await manage.remove(ports.actions, caller, ScheduleId(task))
    return shapes.Done(status="deleted")


def _place(channel: str | None) -> PlaceId | None:
    return None if channel is None else PlaceId(int(channel))


def _moment(text: str) -> float:
    try:
        at = datetime.fromisoformat(text)
        return (at if at.tzinfo else at.replace(tzinfo=zone_named(machine_zone()))).timestamp()
    except (ValueError, OverflowError) as error:
        raise Problem(422, wording.NOT_A_TIME) from error


async def _task_place(ports: ApiPorts, caller: Caller, asked: shapes.TaskAsked) -> InPlace:
    if asked.thread_id is not None:
        return await place_for(ports, caller, "", asked.thread_id)
    if asked.working_dir is not None:
        given = FilePath(asked.working_dir)
        for one in open_projects(ports.actions, caller, "prompt"):
            if one.directory == given or str(one.directory) == str(given).rstrip("/"):
                return InPlace(min(one.channels))
        raise Problem(422, wording.NOT_A_DIRECTORY.format(field="working_dir"))
    if asked.channel_id is not None:
        channel = PlaceId(int(asked.channel_id))
        if ports.actions.projects.at(channel) is None:
            raise Refused(Condition.CHANNEL_OF_OTHERS)
        return InPlace(channel)
    return await place_for(ports, caller, "", None)


def _task(asked: shapes.TaskAsked, now: float) -> manage.Wanted:
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
        raise Problem(422, wording.NOT_AN_ANCHOR.format(field="anchor_time"))
    if interval == _DAY:
        return f"daily {anchor.strip()}", None
    here = datetime.fromtimestamp(now, zone_named(machine_zone()))
    at = here.replace(hour=int(found[1]), minute=int(found[2]), second=0, microsecond=0)
    at = at if at > here else at + timedelta(days=1)
    return _when(interval, None, now)[0], at.timestamp()


def _scheduled(found: StoredNotice) -> shapes.ScheduledNotice:
    one = found.notice
    return shapes.ScheduledNotice(
        id=one.id,
        message=one.text,
        title=one.title or None,
        color=one.color,
        scheduled_at=datetime.fromtimestamp(one.due).astimezone().isoformat(timespec="seconds"),
        channel_id=None if one.place is None else str(one.place),
        status="pending",
    )


def _told(one: ScheduledPrompt) -> shapes.Task:
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
    return shapes.Task(**told)
