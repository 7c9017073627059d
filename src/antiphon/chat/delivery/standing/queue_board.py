"""Shows the queue: one message in each place where prompts wait, or are held, as long as they do.

A schedule's run that waits has no place yet: it gets one here. The message is in the ledger of posts under a turn of
its own. The queue is polled: each bell of the bus wakes one who waits for it.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from antiphon.chat.delivery.context import DeliveryContext
from antiphon.chat.delivery.reconcile import UNPOSTED, is_queue_message
from antiphon.chat.delivery.standing.message import StandingMessage
from antiphon.chat.render.notifications import called
from antiphon.chat.render.queue import SLOT, queue_spec
from antiphon.core.projects import Projects
from antiphon.core.records import LINE, Post, QueuedPrompt
from antiphon.core.values import NOWHERE, MessageId, PersonId, PlaceId, Session
from antiphon.errors import StoreError

log = logging.getLogger(__name__)

_EVERY = 1.0  # seconds between two looks
_WAITS = 2.0  # seconds after which somebody sees that a schedule's run waits: it has no place before it begins


@dataclass(frozen=True, slots=True)
class _Ledger:
    """The ledger of posts, for one session."""

    context: DeliveryContext
    session: Session

    async def note(self, message: MessageId, digest: str) -> None:
        """See Ledger."""
        await self.context.bus.record(self.context.hub, self.session.id, Post(LINE, SLOT, message, digest))

    async def forget(self, message: MessageId) -> None:
        """See Ledger."""
        await self.context.bus.forget(self.context.hub, self.session.id, Post(LINE, SLOT, message, ""))


@dataclass(slots=True)
class _Board:
    """What is posted in a place. `after`: what waits was said, or what waited first, before it was."""

    shown: StandingMessage
    after: MessageId = UNPOSTED
    task: asyncio.Task[bool] | None = None


class QueueBoard:
    """The messages of all places."""

    def __init__(
        self, context: DeliveryContext, projects: Projects, most_turns: int, open_place: Callable[[Session], None]
    ) -> None:
        """`most_turns`: how many turns may be at work on the machine; `open_place`: has a session get its place, at
        once."""
        self._context = context
        self._projects = projects
        self._most_turns = most_turns
        self._open_place = open_place
        self._boards: dict[PlaceId, _Board] = {}

    async def run(self) -> None:
        """Show the queue until cancelled. What is posted then stays: the prompts wait on."""
        loaded = False
        try:
            while True:
                try:
                    if not loaded:
                        await self._load()
                        loaded = True
                    self._update_all(await self._context.bus.line(held=True))
                except StoreError as error:
                    log.log(self._context.level(error), "the line is looked at later: %s", error)
                await asyncio.sleep(_EVERY)
        finally:
            tasks = [board.task for board in self._boards.values() if board.task is not None]
            for task in tasks:
                task.cancel()
            if tasks:
                await asyncio.wait(tasks)

    async def _load(self) -> None:
        """What an earlier bridge has posted."""
        for session in await self._context.bus.sessions():
            for post in await self._context.bus.posts(session.id, LINE):
                board = self._board(session)
                board.shown.known(post.message, post.digest)
                self._boards[session.place] = board

    def _board(self, session: Session) -> _Board:
        context = self._context

        async def opened() -> None:
            await context.open(session)

        ledger, home = _Ledger(context, session), session.id
        shown = StandingMessage(context, session.place, LINE, ledger, is_queue_message, home=home, before=opened)
        return _Board(shown)

    def _update_all(self, waiting: Sequence[QueuedPrompt]) -> None:
        """Bring about what is not as it should be, each place by itself."""
        now = self._context.clock()
        queues: dict[PlaceId, list[QueuedPrompt]] = {}
        for one in waiting:
            if one.session.place == NOWHERE:
                if one.session.begins_unseen and one.session.terminal is None and now - one.since >= _WAITS:
                    self._open_place(one.session)
                continue
            queues.setdefault(one.session.place, []).append(one)
            if one.session.place not in self._boards:
                self._boards[one.session.place] = self._board(one.session)
        for place, board in list(self._boards.items()):
            if board.task is not None and not board.task.done():
                continue
            board.task = None
            here = queues.get(place, ())
            board.after = MessageId(min((one.prompt.message or place for one in here), default=board.after or place))
            spec = queue_spec(here, self._most_turns, now, self._person(here))
            if spec is None and board.shown.is_nowhere:
                if place not in queues:
                    del self._boards[place]
            elif now >= board.shown.not_before and not board.shown.shows(spec):
                board.task = asyncio.create_task(board.shown.show(spec, board.after), name=f"queue {place}")

    def _person(self, waiting: Sequence[QueuedPrompt]) -> PersonId | None:
        """Who is called about what is held in a place: whoever wrote the first of it."""
        held = next((one for one in waiting if one.held), None)
        project = self._projects.named(held.session.project) if held is not None else None
        if held is None or project is None:
            return None
        return called(held.prompt.asker.id, project.display, self._context.owners())
