"""Sessions: looking at them, starting, speaking to, stopping and answering them, and what they do as it happens. Below
/api/v1."""

from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Header, Path, Query
from sse_starlette import EventSourceResponse, ServerSentEvent

from antiphon.actions import answers
from antiphon.actions.programs import begin
from antiphon.actions.stop import stop_session
from antiphon.actions.terminals.say import said_key, tell
from antiphon.core.values import Choices, SessionId, ToolUseId, TurnId, turn_for
from antiphon.web import wording
from antiphon.web.dependencies import Answering, Holder, OnceKey, Ports, Reading, Steering
from antiphon.web.problems import Problem
from antiphon.web.shapes import sessions as shapes
from antiphon.web.shapes.events import encoded

Id = Annotated[str, Path(max_length=200)]
_LAST = 2**53  # the number of an event
_PING = 15  # seconds between signs of life in a stream
_STREAM: dict[int | str, dict[str, Any]] = {
    200: {"description": "Server-sent events", "content": {"text/event-stream": {"schema": {"type": "string"}}}}
}
routes = APIRouter(tags=["sessions"])


@routes.get("/sessions")
async def listed(
    ports: Ports,
    caller: Reading,
    project: Annotated[str, Query(max_length=100)] = "",
    state: Annotated[str, Query(pattern="^(working|waiting|idle|)$")] = "",
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> shapes.SessionsTold:
    """The sessions, the one last used first."""
    found = [_told(one) for one in await begin.standing(ports.actions, caller, project)]
    return shapes.SessionsTold(sessions=[one for one in found if state in ("", one.state)][:limit])


@routes.post("/sessions", status_code=201)
async def start(ports: Ports, caller: Steering, key: OnceKey, asked: shapes.SessionAsked) -> shapes.SessionTold:
    """Start a session with a prompt. It is durable when this has answered; its thread is opened soon."""
    choices = Choices(asked.model, asked.mode, budget=asked.budget)
    wanted = begin.Beginning(asked.prompt, asked.project, asked.title, choices=choices)
    made = await begin.begin(ports.actions, caller, wanted, key)
    return shapes.session(made, working=False, waiting=True)


@routes.get("/sessions/{session}")
async def one(ports: Ports, caller: Reading, session: Id) -> shapes.SessionDetails:
    """One session, what waits for it, and what it asks."""
    found = await begin.details(ports.actions, caller, SessionId(session))
    return shapes.SessionDetails(
        session=_told(found.standing),
        queue=[shapes.queued(one) for one in found.queue],
        requests=[] if found.turn is None else shapes.requests(found.turn),
    )


@routes.post("/sessions/{session}/messages", status_code=202)
async def say(
    ports: Ports, caller: Steering, key: OnceKey, session: Id, asked: shapes.MessageAsked
) -> shapes.MessageTold:
    """Say something to Claude; its thread is told."""
    later = asked.when == "after"
    done = await tell(ports.actions, caller, SessionId(session), asked.text, key, later=later)
    return shapes.MessageTold(session=done.session.id, prompt=turn_for(said_key(key)))


@routes.post("/sessions/{session}/stop")
async def stop(ports: Ports, caller: Steering, key: OnceKey, session: Id) -> shapes.StopTold:
    """Stop the turn at work; where there is none, take out what waits. The session is kept."""
    done = await stop_session(ports.actions, caller, SessionId(session), f"stop:{key}")
    return shapes.StopTold(stopping=done.stopping, taken_out=done.taken_out, waiting=done.waiting)


@routes.post("/sessions/{session}/answers", status_code=202)
async def answer(ports: Ports, caller: Answering, session: Id, asked: shapes.AnswerAsked) -> shapes.AnswerTold:
    """Answer what Claude asks. The first answer counts."""
    wanted = answers.Request(TurnId(asked.turn), ToolUseId(asked.request))
    await answers.answer(ports.actions, caller, SessionId(session), wanted, _reply(asked))
    return shapes.AnswerTold(session=session, turn=asked.turn, request=asked.request)


@routes.get("/queue")
async def queue(ports: Ports, caller: Reading) -> shapes.QueueTold:
    """What waits, in the order in which it will run."""
    return shapes.QueueTold(queue=[shapes.queued(one) for one in await begin.queue(ports.actions, caller)])


@routes.get("/sessions/{session}/events", response_class=EventSourceResponse, responses=_STREAM)
async def events(
    ports: Ports,
    caller: Reading,
    holder: Holder,
    session: Id,
    after: Annotated[int, Query(ge=-1, le=_LAST)] = -1,
    last_event_id: Annotated[str | None, Header(max_length=20)] = None,
) -> EventSourceResponse:
    """What happens in a session, from its beginning or from after an event on, until the caller leaves."""
    await begin.details(ports.actions, caller, SessionId(session))
    if not ports.streams.has_room(holder.id):
        raise Problem(429, wording.TOO_MANY_STREAMS, retry=10)
    start = int(last_event_id) if last_event_id is not None and last_event_id.isdecimal() else after
    if start > _LAST:
        raise Problem(422, wording.NO_SUCH_EVENT)

    async def stream() -> AsyncIterator[ServerSentEvent]:
        async with ports.streams.counted(holder.id):
            async for event in ports.streams.follow(SessionId(session), start, holder.is_good):
                id_ = None if event.id is None else str(event.id)
                yield ServerSentEvent(encoded(event.data), event=event.name, id=id_)

    return EventSourceResponse(stream(), ping=_PING)


def _told(one: begin.Standing) -> shapes.SessionTold:
    return shapes.session(one.session, working=one.working, waiting=one.waiting)


def _reply(asked: shapes.AnswerAsked) -> answers.Reply:
    """What the answer means, by what it says. Raises Problem."""
    if asked.question is not None:
        if asked.words:
            return answers.Write(asked.question, asked.words)
        return answers.Choose(asked.question, tuple(asked.options))
    if asked.allow is None:
        raise Problem(422, wording.NO_ANSWER_GIVEN)
    if not asked.allow:
        return answers.Deny(asked.words)
    if asked.mode is not None:
        return answers.ApprovePlan(asked.mode)
    return answers.Allow() if asked.rule is None else answers.AllowAlways(asked.rule)
