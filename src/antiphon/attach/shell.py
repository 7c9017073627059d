"""What `antiphon inbox` and `antiphon say` ask of the bridge that runs: JSON to an action, and its result to JSON.

Who asks is told by the session in whose shell they are, if in one: whoever has the secret is the machine's user all the
same, so this keeps a session within what it is meant to do, and is no wall around it.
"""

import asyncio
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import UUID

from antiphon.actions import inspect
from antiphon.actions.callers import Caller, ClaudeSession, MachineUser
from antiphon.actions.context import ActionContext
from antiphon.actions.coordination import events
from antiphon.actions.reasons import NotAllowed, Refused, SessionUnclear
from antiphon.actions.terminals.say import say
from antiphon.attach import wording
from antiphon.core.coordination.events import CoordinationEvent
from antiphon.core.records import QueuedPrompt
from antiphon.core.values import NOWHERE, Session, SessionId
from antiphon.errors import AntiphonError

Json = Mapping[str, Any]
Reply = tuple[int, Json]
"""A status of HTTP's, and what is said with it."""

T = TypeVar("T")

LONGEST = 200_000  # characters of a prompt
_LINE = 200  # characters of a prompt's first line
_BAD, _NOT_ALLOWED, _UNCLEAR, _REFUSED, _FAILED = 400, 403, 404, 409, 503


@dataclass(frozen=True, slots=True)
class Shell:
    """Answers them. `user`: the name of the machine's user."""

    actions: ActionContext
    user: str
    _at_work: set["asyncio.Task[Any]"] = field(default_factory=set["asyncio.Task[Any]"])

    async def inbox(self, claude: str) -> Reply:
        """What waits. `claude`: the session of Claude's in whose shell somebody asks, "" for none."""
        try:
            found = await inspect.inbox(self.actions, await self._caller(claude))
        except AntiphonError as error:
            return _refused(error)
        return 200, {"sessions": [_inbox(one) for one in found]}

    async def say(self, claude: str, given: object) -> Reply:
        """Say what is given as `text` to the `session` that is named, once for each `key`. `claude` as above."""
        try:
            wanted, text, key = _said(given)
        except ValueError as error:
            return _BAD, {"error": str(error)}
        try:
            saying = say(self.actions, await self._caller(claude), wanted, text, key)
            done = await self._to_its_end(saying)
        except AntiphonError as error:
            return _refused(error)
        terminal = done.session.terminal
        waits = terminal is not None and not terminal.open
        return 200, {"session": _session(done.session), "again": done.again, "shown": done.shown, "waits": waits}

    async def events(self, claude: str, project: str, after: int, most: int) -> Reply:
        """What sessions and scripts have told the others. `claude` as above; `project`: "" as in the action."""
        try:
            found = await events.read(self.actions, await self._caller(claude), project, after, most)
        except AntiphonError as error:
            return _refused(error)
        return 200, {"events": [_event(one) for one in found]}

    async def post_event(self, claude: str, given: object) -> Reply:
        """Tell them what is given as `text`, once for each `key`."""
        match given:
            case {"text": str(text), "key": str(key), "project": str(project)}:
                pass
            case _:
                return _BAD, {"error": wording.NOT_UNDERSTOOD}
        try:
            key = str(UUID(key))
        except ValueError:
            return _BAD, {"error": wording.NO_KEY}
        said = text.encode("utf-8", "replace").decode()
        try:
            done = await events.post(self.actions, await self._caller(claude), project, said, key)
        except AntiphonError as error:
            return _refused(error)
        return 200, _event(done)

    async def _caller(self, claude: str) -> Caller:
        """A session that is not known may do nothing."""
        if not claude:
            return MachineUser(self.user)
        known = (one for one in await self.actions.bus.sessions() if one.claude == claude)
        session = next(known, None)
        return ClaudeSession(SessionId(""), "") if session is None else ClaudeSession(session.id, session.project)

    async def _to_its_end(self, work: Awaitable[T]) -> T:
        """Also where whoever asks goes away meanwhile: what is announced is said."""
        task = asyncio.ensure_future(work)
        self._at_work.add(task)
        task.add_done_callback(self._at_work.discard)
        return await asyncio.shield(task)


def _event(one: CoordinationEvent) -> Json:
    who = {"n": one.n, "at": one.at, "project": one.project, "session": one.session, "by": one.by}
    return {**who, "kind": one.kind, "text": one.text, "outcome": one.outcome, "told": events.told(one)}


def _said(given: object) -> tuple[str, str, str]:
    """What is asked for. Raises ValueError with a sentence where it is not that."""
    match given:
        case {"session": str(session), "text": str(text), "key": str(key)}:
            if len(text) > LONGEST:
                raise ValueError(wording.too_long(LONGEST))
            try:
                key = str(UUID(key))
            except ValueError:
                raise ValueError(wording.NO_KEY) from None
            return session, text.encode("utf-8", "replace").decode(), key  # half a character cannot be stored
        case _:
            raise ValueError(wording.NOT_UNDERSTOOD)


def _refused(error: AntiphonError) -> Reply:
    match error:
        case Refused(reason=SessionUnclear(candidates=candidates) as reason):
            return _UNCLEAR, {"error": wording.refusal(reason), "candidates": [_session(one) for one in candidates]}
        case Refused(reason=NotAllowed() as reason):
            return _NOT_ALLOWED, {"error": wording.refusal(reason)}
        case Refused(reason=reason):
            return _REFUSED, {"error": wording.refusal(reason)}
        case _:
            return _FAILED, {"error": f"{error} {error.hint}"}


def _session(session: Session) -> Json:
    terminal = session.terminal
    return {
        "id": session.id,
        "claude": session.claude,
        "title": session.title,
        "project": session.project,
        "thread": None if session.place == NOWHERE else str(session.place),
        "terminal": None
        if terminal is None
        else {"name": terminal.name, "open": terminal.open, "left_out": terminal.left_out},
    }


def _inbox(found: inspect.SessionInbox) -> Json:
    waiting = [*_waiting(found.handed, "handed"), *_waiting(found.waiting)]
    return {**_session(found.session), "waiting": waiting}


def _waiting(prompts: Sequence[QueuedPrompt], state: str = "") -> list[Json]:
    """`state`: theirs, "" where each has its own."""
    return [
        {
            "by": one.prompt.asker.name,
            "text": _first_line(one),
            "since": one.since,
            "state": state or ("held" if one.held else "queued"),
        }
        for one in prompts
    ]


def _first_line(one: QueuedPrompt) -> str:
    """Of a prompt, or what it brings where it has no words."""
    lines = (line.strip() for line in one.prompt.text.splitlines())
    names = ", ".join(file.name for file in one.prompt.attachments.files)
    return next((line for line in lines if line), names)[:_LINE]
