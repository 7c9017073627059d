"""Messages that programs post. Below /api/v1."""

from typing import Annotated

from fastapi import APIRouter, Path, Query

from antiphon.actions.programs import notices
from antiphon.core.programs.notices import NoticeId
from antiphon.core.values import PersonId, PlaceId
from antiphon.web.dependencies import Notifying, OnceKey, Ports
from antiphon.web.problems import Problem
from antiphon.web.shapes.notices import NoticeAsked, NoticesTold, NoticeTold, notice

Id = Annotated[str, Path(max_length=64)]
routes = APIRouter(tags=["notices"])


@routes.post("/notices", status_code=202)
async def post(ports: Ports, caller: Notifying, key: OnceKey, asked: NoticeAsked) -> NoticeTold:
    """Have a message posted, now or at a time. It is durable when this has answered."""
    return notice(await notices.notify(ports.actions, caller, _wanted(asked), ports.clock(), key))


@routes.get("/notices")
async def listed(
    ports: Ports, caller: Notifying, state: Annotated[str, Query(pattern="^(waiting|over)$")] = "waiting"
) -> NoticesTold:
    """Those that wait, or the latest that do not."""
    ask = notices.scheduled if state == "waiting" else notices.latest
    return NoticesTold(notices=[notice(one) for one in await ask(ports.actions, caller)])


@routes.get("/notices/{notice_id}")
async def one(ports: Ports, caller: Notifying, notice_id: Id) -> NoticeTold:
    """One, and what has become of it."""
    return notice(await notices.one(ports.actions, caller, NoticeId(notice_id)))


@routes.delete("/notices/{notice_id}")
async def cancel(ports: Ports, caller: Notifying, notice_id: Id) -> NoticeTold:
    """Take back one that waits."""
    return notice(await notices.cancel(ports.actions, caller, NoticeId(notice_id)))


def _wanted(asked: NoticeAsked) -> notices.WantedNotice:
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
