"""Prompts by the clock. Below /api/v1."""

from typing import Annotated

from fastapi import APIRouter, Path, Query

from antiphon.actions.context import place_for
from antiphon.actions.schedules import manage
from antiphon.core.schedules.values import ScheduleId
from antiphon.core.values import PlaceId
from antiphon.web.dependencies import OnceKey, Ports, Scheduling
from antiphon.web.shapes import schedules as shapes

Id = Annotated[str, Path(max_length=200)]
routes = APIRouter(tags=["schedules"])


@routes.get("/schedules")
async def listed(
    ports: Ports, caller: Scheduling, project: Annotated[str, Query(max_length=100)] = ""
) -> shapes.SchedulesTold:
    """Those of the token's projects, what is due next first."""
    found = await manage.listed(ports.actions, caller, project or None)
    return shapes.SchedulesTold(schedules=[shapes.schedule(one) for one in found])


@routes.post("/schedules", status_code=201)
async def create(ports: Ports, caller: Scheduling, key: OnceKey, asked: shapes.ScheduleAsked) -> shapes.ScheduleTold:
    """Make one. Its prompts run in the token's name, as long as there is that token."""
    thread = None if asked.thread is None else PlaceId(int(asked.thread))
    at = await place_for(ports.actions, caller, asked.project, thread)
    return shapes.described(await manage.create(ports.actions, caller, at, _wanted(asked), ports.clock(), key))


@routes.get("/schedules/{schedule}")
async def one(ports: Ports, caller: Scheduling, schedule: Id) -> shapes.ScheduleTold:
    """One, when it runs next, and its last runs."""
    return shapes.described(await manage.one(ports.actions, caller, ScheduleId(schedule), ports.clock()))


@routes.patch("/schedules/{schedule}")
async def change(ports: Ports, caller: Scheduling, schedule: Id, asked: shapes.ScheduleChange) -> shapes.ScheduleTold:
    """Change what is given."""
    id_, now = ScheduleId(schedule), ports.clock()
    wanted = manage.Wanted(
        asked.name,
        asked.when,
        asked.prompt,
        asked.zone,
        None,
        asked.overlap,
        asked.missed,
        asked.mode,
        asked.model,
        asked.time_limit,
        None if asked.tools is None else tuple(asked.tools),
        asked.budget,
    )
    found = await manage.change(ports.actions, caller, id_, wanted, now)
    if asked.paused is not None:
        switch = manage.pause if asked.paused else manage.resume
        found = await switch(ports.actions, caller, id_, now)
    return shapes.described(found)


@routes.delete("/schedules/{schedule}")
async def remove(ports: Ports, caller: Scheduling, schedule: Id) -> shapes.ScheduleTold:
    """Forget it; what runs goes on."""
    return shapes.schedule(await manage.remove(ports.actions, caller, ScheduleId(schedule)))


@routes.post("/schedules/{schedule}/run", status_code=202)
async def run(ports: Ports, caller: Scheduling, key: OnceKey, schedule: Id) -> shapes.ScheduleTold:
    """Run it once more, now."""
    return shapes.schedule(await manage.run_now(ports.actions, caller, ScheduleId(schedule), ports.clock(), key))


def _wanted(asked: shapes.ScheduleAsked) -> manage.Wanted:
    return manage.Wanted(
        asked.name,
        asked.when,
        asked.prompt,
        asked.zone,
        asked.show if asked.thread is None else "here",
        asked.overlap,
        asked.missed,
        asked.mode,
        asked.model,
        asked.time_limit,
        tuple(asked.tools) or None,
        asked.budget,
    )
