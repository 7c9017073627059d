"""Messages that programs post."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request

from antiphon.actions import notices
from antiphon.actions.callers import Caller
from antiphon.core.notices import NoticeId
from antiphon.core.values import PersonId, PlaceId
from antiphon.web import shapes
from antiphon.web.caller import Notifying
from antiphon.web.ports import ApiPorts
from antiphon.web.problems import Problem


def router(ports: ApiPorts) -> APIRouter:
    """Below /api/v1."""
    routes = APIRouter(tags=["notices"])

    @routes.post("/notices", status_code=202)
    async def notify(caller: Notifying, asked: shapes.NoticeAsked, request: Request) -> shapes.NoticeTold:
        """Have a message posted, now or at a time. It is durable when this has answered."""
        return shapes.notice(await posted(ports, caller, wanted(asked), request))

    @routes.get("/notices")
    async def listed(
        caller: Notifying, state: Annotated[str, Query(pattern="^(waiting|over)$")] = "waiting"
    ) -> shapes.NoticesTold:
        """Those that wait, or the latest that do not."""
        ask = notices.scheduled if state == "waiting" else notices.latest
        return shapes.NoticesTold(notices=[shapes.notice(one) for one in await ask(ports.actions, caller)])

    @routes.get("/notices/{notice}")
    async def one(caller: Notifying, notice: Annotated[str, Path(max_length=64)]) -> shapes.NoticeTold:
        """One, and what has become of it."""
        return shapes.notice(await notices.one(ports.actions, caller, NoticeId(notice)))

    @routes.delete("/notices/{notice}")
    async def cancel(caller: Notifying, notice: Annotated[str, Path(max_length=64)]) -> shapes.NoticeTold:
        """Take back one that waits."""
        return shapes.notice(await notices.cancel(ports.actions, caller, NoticeId(notice)))

    return routes


def wanted(asked: shapes.NoticeAsked) -> notices.WantedNotice:
    """Raises Problem where the file cannot be."""
    try:
        file = None if asked.file is None else asked.file.decoded()
    except ValueError as error:
        raise Problem(422, str(error)) from error
    return notices.WantedNotice(
        asked.text,
        asked.project,
        None if asked.place is None else PlaceId(int(asked.place)),
        None if asked.person is None else PersonId(int(asked.person)),
        asked.title,
        asked.color,
        asked.link,
        asked.plain,
        asked.thread,
        file,
        asked.at,
    )


async def posted(
    ports: ApiPorts, caller: Caller, wanted: notices.WantedNotice, request: Request
) -> notices.StoredNotice:
    """Have it posted, once for each key of the request."""
    return await notices.notify(ports.actions, caller, wanted, ports.clock(), request.scope["key"])
