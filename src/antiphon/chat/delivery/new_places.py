"""Threads for sessions that began in a terminal or by the clock: each gets one when it first has something to show."""

import asyncio
import logging
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial

from antiphon.actions.places import Opening, Places, ProgramStarted, ScheduleStarted, TerminalAttached
from antiphon.actions.reasons import Refused
from antiphon.chat.connection.endpoint import FAILURES
from antiphon.chat.delivery.context import DeliveryContext
from antiphon.chat.render.message import Priority
from antiphon.chat.wording import why
from antiphon.core.blocks import SteerBlock, TypedBlock
from antiphon.core.projects import Projects
from antiphon.core.retry import Backoff, retry
from antiphon.core.schedules.values import PREFIX_OF_TRIGGERS
from antiphon.core.values import NOWHERE, Project, Session, SessionId, TurnId
from antiphon.core.view import TurnView
from antiphon.errors import StoreError

log = logging.getLogger(__name__)

_PAUSES = 1.0, 300.0  # seconds after a try that failed: the first and the longest


class NewPlaces:
    """Opens them, one try at a time for each session, until it is done."""

    def __init__(
        self,
        context: DeliveryContext,
        places: Places,
        projects: Projects,
        settled: Callable[[Session, TurnView], None],
    ) -> None:
        """`settled`: is told of a session that has its place, with each turn that was to be shown there."""
        self._context = context
        self._places = places
        self._projects = projects
        self._settled = settled
        self._waiting: dict[SessionId, dict[TurnId, TurnView]] = {}
        self._opening: dict[SessionId, asyncio.Task[None]] = {}
        self._found: dict[SessionId, Session] = {}

    def home(self, session: Session) -> Session | None:
        """The session with its place; None: it has none yet."""
        return self._found.get(session.id)

    def want(self, session: Session, view: TurnView | None = None) -> None:
        """The session has something to show; None: it gets its place all the same. Returns at once."""
        waiting = self._waiting.setdefault(session.id, {})
        if view is not None:
            waiting[view.turn] = view
        if session.id not in self._opening:
            self._opening[session.id] = asyncio.create_task(self._open(session), name=f"open {session.id}")

    async def stop(self) -> None:
        """Open no more; what is not shown is in rows."""
        for task in self._opening.values():
            task.cancel()
        await asyncio.gather(*self._opening.values(), return_exceptions=True)

    async def _open(self, session: Session) -> None:
        def failed(error: Exception, pause: float) -> None:
            log.warning("no thread for session %s yet, next try in %.0f s: %s", session.id, pause, why(error))

        project = self._projects.named(session.project)
        if project is None:
            log.warning("no thread for session %s: project %s is not configured", session.id, session.project)
        else:
            errors = (Refused, *FAILURES, StoreError)
            found = await retry(partial(self._opened, session, project), errors, Backoff(*_PAUSES), failed)
            self._found[session.id] = found
            for view in self._waiting[session.id].values():
                self._settled(found, view)
        del self._opening[session.id], self._waiting[session.id]

    async def _opened(self, session: Session, project: Project) -> Session:
        known = next((one for one in await self._context.bus.sessions() if one.id == session.id), session)
        if known.place != NOWHERE:  # somebody has brought it meanwhile
            return known
        opening, name = self._opening_of(session, project)
        channel = session.origin.channel or min(project.channels)
        async with self._context.rate_limiter.turn("POST", f"/channels/{channel}/messages", Priority.ANSWER):
            thread = await self._places.open_thread(project, session.origin.channel, opening, name, session.id)
        shown = replace(session, place=thread.place, title=thread.name, origin=thread.origin)
        return await self._context.bus.settle(self._context.hub, session.id, shown)

    def _opening_of(self, session: Session, project: Project) -> tuple[Opening, str]:
        """What its place is opened with, and how it is called."""
        terminal = session.terminal
        if terminal is None and session.program is not None:
            return ProgramStarted(session.program), session.title
        if terminal is None:
            triggered = (session.schedule or "").startswith(PREFIX_OF_TRIGGERS)
            return ScheduleStarted(session.title, triggered), session.title
        directory = session.directory or project.directory
        opening = TerminalAttached(str(directory), terminal.branch, terminal.name)
        return opening, _name(self._waiting[session.id].values()) or directory.name


def _name(views: Iterable[TurnView]) -> str:
    """What was asked first; "" where nothing was."""
    texts = (block.text for view in views for block in view.blocks if isinstance(block, TypedBlock | SteerBlock))
    return next(texts, "")
