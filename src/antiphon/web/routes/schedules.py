"""Prompts by the clock."""

from typing import Annotated

from fastapi import APIRouter, Path, Request

from antiphon.actions.callers import Caller
from antiphon.actions.context import InPlace, open_projects, project_named
from antiphon.actions.reasons import Condition, Refused
from antiphon.actions.schedules import manage
from antiphon.core.schedules.values import ScheduleId
from antiphon.core.values import PlaceId
from antiphon.web import shapes
from antiphon.web.caller import Scheduling
from antiphon.web.ports import ApiPorts

Id = Annotated[str, Path(max_length=200)]


def router(ports: ApiPorts) -> APIRouter:
    """Below /api/v1."""
    routes = APIRouter(tags=["schedules"])
    actions = ports.actions

    @routes.get("/schedules")
    async def listed(caller: Scheduling, project: str = "") -> shapes.SchedulesTold:
        """Those of the token's projects, what is due next first."""
        found = await manage.listed(actions, caller, project or None)
        return shapes.SchedulesTold(schedules=[shapes.schedule(one) for one in found])

    @routes.post("/schedules", status_code=201)
    async def create(caller: Scheduling, asked: shapes.ScheduleAsked, request: Request) -> shapes.ScheduleTold:
        """Make one. Its prompts run in the token's name, as long as there is that token."""
        at = await place(ports, caller, asked.project, asked.thread)
        made = await manage.create(actions, caller, at, _wanted(asked), ports.clock(), request.scope["key"])
        return shapes.described(made)

    @routes.get("/schedules/{schedule}")
    async def one(caller: Scheduling, schedule: Id) -> shapes.ScheduleTold:
        """One, when it runs next, and its last runs."""
        return shapes.described(await manage.one(actions, caller, ScheduleId(schedule), ports.clock()))

    @routes.patch("/schedules/{schedule}")
    async def change(caller: Scheduling, schedule: Id, asked: shapes.ScheduleChange) -> shapes.ScheduleTold:
        """Change what is given."""
        id_, now = ScheduleId(schedule), ports.clock()
        wanted = manage.Wanted(
            asked.name, asked.when, asked.prompt, asked.zone, None, asked.overlap, asked.missed, asked.mode,
            asked.model, asked.time_limit, budget=asked.budget,
        )  # fmt: skip
        found = await manage.change(actions, caller, id_, wanted, now)
        if asked.paused is not None:
            switch = manage.pause if asked.paused else manage.resume
            found = await switch(actions, caller, id_, now)
        return shapes.described(found)

    @routes.delete("/schedules/{schedule}")
    async def remove(caller: Scheduling, schedule: Id) -> shapes.ScheduleTold:
        """Forget it; what runs goes on."""
        return shapes.schedule(await manage.remove(actions, caller, ScheduleId(schedule)))

    @routes.post("/schedules/{schedule}/run", status_code=202)
    async def run(caller: Scheduling, schedule: Id) -> shapes.ScheduleTold:
        """Run it once more, now; once in a second."""
        return shapes.schedule(await manage.run_now(actions, caller, ScheduleId(schedule), ports.clock()))

    return routes


async def place(ports: ApiPorts, caller: Caller, project: str, thread: str | None) -> InPlace:
    """The place in whose project one is made: a thread, else the project's first channel."""
    if thread is not None:
        place = PlaceId(int(thread))
        channel = await ports.actions.places.channel_of(place)
        if channel is None:
            raise Refused(Condition.CHANNEL_OF_OTHERS)
        return InPlace(place, channel)
    if project:
        return InPlace(min(project_named(ports.actions, caller, project, "prompt").channels))
    mine = open_projects(ports.actions, caller, "prompt")
    if not mine:
        raise Refused(Condition.PROJECT_UNCLEAR)
    return InPlace(min(mine[0].channels))


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
