"""The addresses that existing scripts call, with the fields that they send and read (those of claude-code-discord-
bridge): the same actions as below /api/v1. Below /api."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path as FilePath
from typing import Annotated, Any

from fastapi import APIRouter, Path

from antiphon.actions.callers import Caller
from antiphon.actions.context import InPlace, open_projects, place_for
from antiphon.actions.programs import notices
from antiphon.actions.reasons import Condition, Refused
from antiphon.actions.schedules import manage
from antiphon.actions.schedules.recurrence import machine_zone, zone_named
from antiphon.core.programs.notices import NoticeId, StoredNotice
from antiphon.core.schedules.values import Cron, Every, Once, ScheduledPrompt, ScheduleId, When
from antiphon.core.values import PlaceId
from antiphon.web import wording
from antiphon.web.dependencies import Notifying, OnceKey, Ports, Scheduling
from antiphon.web.ports import ApiPorts
from antiphon.web.problems import Problem
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
    """Have Claude prompted at an interval, in a new thread each time. A name may be taken once."""
    now = ports.clock()
    at = await _task_place(ports, caller, asked)
    known = await manage.listed(ports.actions, caller)
    wanted_id = manage.id_of(key)
    if asked.name and any(one.name == asked.name and one.id != wanted_id for one in known):
        raise Problem(409, wording.NAME_TAKEN)
    shown = "here" if asked.thread_id is not None else "new_thread"
    wanted = manage.Wanted(asked.name, _when(asked, now), asked.prompt, shown_in=shown)
    made = await manage.create(ports.actions, caller, at, wanted, now, key)
    if asked.run_immediately and not asked.one_shot:
        await manage.run_now(ports.actions, caller, made.schedule.id, now, key)
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
    known = (await manage.one(ports.actions, caller, id_, now)).schedule
    when = None
    if asked.interval_seconds is not None or asked.anchor_time is not None:
        seconds = asked.interval_seconds or (known.when.seconds if isinstance(known.when, Every) else _DAY)
        when = _repeated(seconds, asked.anchor_time, now)
    await manage.change(ports.actions, caller, id_, manage.Wanted(when=when, prompt=asked.prompt), now)
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
        return await place_for(ports.actions, caller, "", PlaceId(int(asked.thread_id)))
    if asked.working_dir is not None:
        wanted = FilePath(asked.working_dir)
        found = [one for one in open_projects(ports.actions, caller, "prompt") if one.directory == wanted]
        if not found:
            raise Problem(422, wording.NOT_A_DIRECTORY.format(field="working_dir"))
        return InPlace(min(found[0].channels))
    if asked.channel_id is not None:
        channel = PlaceId(int(asked.channel_id))
        if ports.actions.projects.at(channel) is None:
            raise Refused(Condition.CHANNEL_OF_OTHERS)
        return InPlace(channel)
    return await place_for(ports.actions, caller, "", None)


def _when(asked: shapes.TaskAsked, now: float) -> When:
    if not asked.one_shot:
        return _repeated(asked.interval_seconds, asked.anchor_time, now)
    if asked.anchor_time is not None:
        return Once(_next_at(asked.anchor_time, now))
    return Once(now + (1.0 if asked.run_immediately else asked.interval_seconds))


def _repeated(seconds: float, anchor: str | None, now: float) -> When:
    """At an interval from now, or from a time of the day on. A day's interval with such a time keeps to the clock."""
    if anchor is None:
        return Every(seconds, now)
    first = _next_at(anchor, now)
    if seconds == _DAY:
        hour, minute = (int(part) for part in anchor.strip().split(":"))
        return Cron(f"{minute} {hour} * * *", machine_zone())
    return Every(seconds, first - seconds)


def _next_at(anchor: str, now: float) -> float:
    """The next moment at which the machine's clock shows that. Raises Problem."""
    found = _ANCHOR.fullmatch(anchor.strip())
    if found is None:
        raise Problem(422, wording.NOT_AN_ANCHOR.format(field="anchor_time"))
    here = datetime.fromtimestamp(now, zone_named(machine_zone()))
    at = here.replace(hour=int(found[1]), minute=int(found[2]), second=0, microsecond=0)
    return (at if at > here else at + timedelta(days=1)).timestamp()


def _scheduled(found: StoredNotice) -> shapes.ScheduledNotice:
    one = found.notice
    return shapes.ScheduledNotice(
        id=one.id,
        message=one.text,
        title=one.title or None,
        color=one.color,
        scheduled_at=datetime.fromtimestamp(one.due, UTC).isoformat(timespec="seconds"),
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
        "one_shot": isinstance(one.when, Once),
    }
    return shapes.Task(**told)
