"""Sessions: looking at them, starting, speaking to, stopping and answering them, and what they do as it happens."""

from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Header, Path, Query, Request
from sse_starlette import EventSourceResponse, ServerSentEvent

from antiphon.actions import answers, begin
from antiphon.actions.stop import stop_session
from antiphon.actions.terminals.say import said_key, tell
from antiphon.core.values import Choices, SessionId, ToolUseId, TurnId, turn_for
from antiphon.web import shapes, wording
from antiphon.web.caller import Answering, Reading, Steering
from antiphon.web.events import Streams
from antiphon.web.ports import ApiPorts
from antiphon.web.problems import Problem

Id = Annotated[str, Path(max_length=200)]


def router(ports: ApiPorts, streams: Streams) -> APIRouter:
    """Below /api/v1."""
    routes = APIRouter(tags=["sessions"])
    actions = ports.actions

    @routes.get("/sessions")
    async def listed(
        caller: Reading,
        project: Annotated[str, Query(max_length=100)] = "",
        state: Annotated[str, Query(pattern="^(working|waiting|idle|)$")] = "",
        limit: Annotated[int, Query(ge=1, le=500)] = 100,
    ) -> shapes.SessionsTold:
        """The sessions, the one last used first."""
        found = [_told(one) for one in await begin.standing(actions, caller, project)]
        return shapes.SessionsTold(sessions=[one for one in found if state in ("", one.state)][:limit])

    @routes.post("/sessions", status_code=201)
    async def start(caller: Steering, asked: shapes.SessionAsked, request: Request) -> shapes.SessionTold:
        """Start a session with a prompt. It is durable when this has answered; its thread is opened soon."""
        choices = Choices(asked.model, asked.mode, budget=asked.budget)
        wanted = begin.Beginning(asked.prompt, asked.project, asked.title, choices=choices)
        made = await begin.begin(actions, caller, wanted, request.scope["key"])
        return shapes.session(made, working=False, waiting=True)

    @routes.get("/sessions/{session}")
    async def one(caller: Reading, session: Id) -> shapes.SessionDetails:
        """One session, what waits for it, and what it asks."""
        found = await begin.details(actions, caller, SessionId(session))
        return shapes.SessionDetails(
            session=_told(found.standing),
            queue=[shapes.queued(one) for one in found.queue],
            requests=[] if found.turn is None else shapes.requests(found.turn),
        )

    @routes.post("/sessions/{session}/messages", status_code=202)
    async def say(caller: Steering, session: Id, asked: shapes.MessageAsked, request: Request) -> shapes.MessageTold:
        """Say something to Claude; its thread is told."""
        key: str = request.scope["key"]
        done = await tell(actions, caller, SessionId(session), asked.text, key, later=asked.when == "after")
        return shapes.MessageTold(session=done.session.id, turn=turn_for(said_key(key)))

    @routes.post("/sessions/{session}/stop")
    async def stop(caller: Steering, session: Id, request: Request) -> shapes.StopTold:
        """Stop the turn at work; where there is none, take out what waits. The session is kept."""
        done = await stop_session(actions, caller, SessionId(session), f"stop:{request.scope['key']}")
        return shapes.StopTold(stopping=done.stopping, taken_out=done.taken_out, waiting=done.waiting)

    @routes.post("/sessions/{session}/answers", status_code=202)
    async def answer(caller: Answering, session: Id, asked: shapes.AnswerAsked) -> shapes.MessageTold:
        """Answer what Claude asks. The first answer counts."""
        wanted = answers.Request(TurnId(asked.turn), ToolUseId(asked.request))
        await answers.answer(actions, caller, SessionId(session), wanted, _reply(asked))
        return shapes.MessageTold(session=session, turn=asked.turn)

    @routes.get("/queue")
    async def queue(caller: Reading) -> shapes.QueueTold:
        """What waits, in the order in which it will run."""
        mine = {one.session.id for one in await begin.standing(actions, caller)}
        line = await actions.bus.line()
        return shapes.QueueTold(queue=[shapes.queued(one) for one in line if one.session.id in mine])

    @routes.get("/sessions/{session}/events", response_class=EventSourceResponse, responses=_STREAM)
    async def events(
        caller: Reading,
        session: Id,
        after: Annotated[int, Query(ge=-1, le=2**53)] = -1,
        last_event_id: Annotated[str | None, Header(max_length=20)] = None,
    ) -> EventSourceResponse:
        """What happens in a session, from its beginning or from after an event on; it goes on until the caller
        leaves."""
        await begin.details(actions, caller, SessionId(session))
        start = int(last_event_id) if last_event_id is not None and last_event_id.isdecimal() else after

        async def stream() -> AsyncIterator[ServerSentEvent]:
            async for event in streams.follow(SessionId(session), start):
                yield ServerSentEvent(shapes.encoded(event.data), event=event.name, id=str(event.id))

        if not streams.has_room:
            raise Problem(429, wording.TOO_MANY_STREAMS, retry=10)
        return EventSourceResponse(stream(), ping=15)

    return routes


_STREAM: dict[int | str, dict[str, Any]] = {
    200: {"description": "Server-sent events", "content": {"text/event-stream": {"schema": {"type": "string"}}}}
}


def _told(one: begin.Standing) -> shapes.SessionTold:
    return shapes.session(one.session, working=one.working, waiting=one.waiting)


def _reply(asked: shapes.AnswerAsked) -> answers.Reply:
    """What the answer means, by what it says."""
    if asked.question is not None:
        if asked.words:
            return answers.Write(asked.question, asked.words)
        return answers.Choose(asked.question, tuple(asked.options))
    if asked.allow is None:
        raise Problem(422, "Say “allow”: true or false, or the number of a question.")
    if not asked.allow:
        return answers.Deny(asked.words)
    if asked.mode is not None:
        return answers.ApprovePlan(asked.mode)
    return answers.Allow() if asked.rule is None else answers.AllowAlways(asked.rule)
