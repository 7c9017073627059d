"""The outbox: what is to be shown goes to the writer of its session; sessions do not wait for each other."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

from antiphon.actions.places import Places
from antiphon.chat.delivery.context import DeliveryContext
from antiphon.chat.delivery.new_places import NewPlaces
from antiphon.chat.delivery.place_writer import PlaceWriter
from antiphon.chat.delivery.retries import Retries
from antiphon.core.projects import Projects
from antiphon.core.stored_turn import assemble
from antiphon.core.values import NOWHERE, Display, Session, SessionId, TurnId
from antiphon.core.view import TurnView

log = logging.getLogger(__name__)

_LOOK = 0.02  # seconds between two looks whether everything is posted


class Outbox:
    """Implements the core's Screen: a writer for each session that has something to say."""

    def __init__(
        self,
        context: DeliveryContext,
        projects: Projects,
        places: Places,
        noted: Callable[[Session, TurnView], None] | None = None,
    ) -> None:
        """`noted`: is told of each view that is shown in a place (None: nobody is)."""
        self._context = context
        self._noted = noted
        self._new_places = NewPlaces(context, places, projects, self.show)
        self._projects = projects
        self._writers: dict[SessionId, tuple[PlaceWriter, asyncio.Task[None]]] = {}
        self._given_up: set[TurnId] = set()  # turns at work whose place is gone
        self._since = context.clock()
        self._retries = Retries(lambda session, turn: self._writer(session).go_on(turn, again=True))

    def show(self, session: Session, view: TurnView) -> None:
        if session.place == NOWHERE:
            home = self._new_places.home(session)
            if home is None:
                if session.begins_unseen and view.blocks:
                    self._new_places.want(session, view)
                return
            session = home
        if view.turn in self._given_up and view.end is None:
            return  # asking anew at each event would flood Discord with requests that it must refuse
        self._tell(session, view)
        self._writer(session).show(view)

    def _tell(self, session: Session, view: TurnView) -> None:
        if self._noted is not None:
            self._noted(session, view)

    def open_place(self, session: Session) -> None:
        """It gets its place before it has something to show. Returns at once."""
        if self._new_places.home(session) is None:
            self._new_places.want(session)

    def refresh(self, session: Session, turn: TurnId) -> None:
        home = session if session.place != NOWHERE else self._new_places.home(session)
        if home is not None:
            self._writer(home).refresh(turn)

    def finish(self, session: Session, view: TurnView) -> None:
        """Show the end of what an earlier bridge may have begun to show, however long ago."""
        if session.place != NOWHERE:
            self._tell(session, view)
            self._writer(session).finish(view)

    async def recover(self) -> int:
        """Show every turn that an earlier bridge left half posted; returns how many."""
        found = await self._context.bus.pending(self._context.hub)
        for session, turn in found:
            if session.place != NOWHERE:
                self._writer(session).go_on(turn)
            elif (story := await self._context.bus.story(session.id, turn)) is not None:
                self.show(session, assemble(story))
        for session, turn in await self._context.bus.undelivered():
            self._retries.later(session, turn)
        return len(found)

    def retry_closed(self) -> None:
        """Whatever is closed may be open again: Discord knows us anew."""
        for writer, _ in self._writers.values():
            writer.retry_closed()

    def retry_refused(self) -> None:
        """What Discord did not take of turns that are over may be taken by now."""
        self._retries.soon()

    async def settle(self, limit: float) -> None:
        """Wait until everything that has ended is posted, at most `limit` seconds; then stop writing. A turn that waits
        for a person has no end to be posted."""
        with suppress(TimeoutError):
            async with asyncio.timeout(limit):
                while any(writer.has_work for writer, _ in self._writers.values()):  # noqa: ASYNC110
                    await asyncio.sleep(_LOOK)
        self._retries.stop()
        await self._new_places.stop()
        if tasks := [task for _, task in self._writers.values()]:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)

    def _left(self, writer: PlaceWriter, task: asyncio.Task[None]) -> None:
        id_ = writer.session.id
        if self._writers[id_][1] is task:
            del self._writers[id_]
        if task.cancelled() or (error := task.exception()) is None:
            return
        place = writer.session.place
        log.error("a turn in place %s cannot be shown; its rows stay for the next start", place, exc_info=error)
        failed, *others = writer.backlog.turns
        if writer.backlog[failed].end is None:
            self._given_up.add(failed)  # until its end: that may be shown
        for turn in others:
            after = self._writer(writer.session)
            after.show(writer.backlog[turn]) if writer.backlog.has_whole(turn) else after.go_on(turn)

    def _writer(self, session: Session) -> PlaceWriter:
        """The one of the session."""
        id_ = session.id
        if id_ not in self._writers or self._writers[id_][1].done():  # one that has left writes no more
            project = self._projects.named(session.project)
            display = project.display if project is not None else Display()
            display = replace(display, names_asker=session.sharing in ("channel", "person"))
            writer = PlaceWriter(session, display, self._context, self._retries, self._given_up, self._since)
            task = asyncio.create_task(writer.run(), name=f"outbox {session.place}")
            task.add_done_callback(lambda done: self._left(writer, done))
            self._writers[id_] = (writer, task)
        return self._writers[id_][0]
