"""Shows the queue: one message in each place where prompts wait, or are held, as long as they do.

A schedule's run that waits has no place yet: it gets one here. The message is beside the outbox, because it belongs to
no turn. It is in the ledger under a turn of its own, so that a restarted bridge finds it. The queue is polled: each
bell of the bus wakes one who waits for it.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from antiphon.chat.delivery.context import DeliveryContext
from antiphon.chat.delivery.failures import ContentRefused, MessageGone, PlaceGone
from antiphon.chat.delivery.reconcile import GONE, UNPOSTED, forms, is_queue_message
from antiphon.chat.render.message import MessageSpec, Priority
from antiphon.chat.render.notifications import called
from antiphon.chat.render.page import nonce
from antiphon.chat.render.queue import SLOT, queue_spec
from antiphon.core.projects import Projects
from antiphon.core.records import LINE, Post, QueuedPrompt
from antiphon.core.retry import Backoff
from antiphon.core.values import NOWHERE, MessageId, PersonId, PlaceId, Session
from antiphon.errors import ChatError, StoreError

log = logging.getLogger(__name__)

_EVERY = 1.0  # seconds between two looks
_WAITS = 2.0  # seconds after which somebody sees that a schedule's run waits: it has no place before it begins
_PAUSES = 5.0, 300.0  # seconds after a request that failed: the first and the longest


@dataclass(slots=True)
class _Board:
    """What is posted in a place. `key`: of a message that is being posted, or may have been; `refused`: the digest of
    what Discord takes in no form: it waits until there is something else to show."""

    session: Session
    post: Post | None = None
    key: str = ""
    refused: str = ""
    backoff: Backoff = field(default_factory=lambda: Backoff(*_PAUSES))
    after: MessageId = UNPOSTED  # what waits was said, or what waited first, before the message was posted
    not_before: float = 0.0
    task: "asyncio.Task[None] | None" = None


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
                doubtful = post.message == UNPOSTED  # it was killed between post and ledger
                self._boards[session.place] = _Board(session, key=post.digest) if doubtful else _Board(session, post)

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
            self._boards.setdefault(one.session.place, _Board(one.session))
        for place, board in list(self._boards.items()):
            if board.task is not None and not board.task.done():
                continue
            board.task = None
            here = queues.get(place, ())
            board.after = MessageId(min((one.prompt.message or place for one in here), default=board.after or place))
            spec = queue_spec(here, self._most_turns, now, self._person(here))
            if spec is None and board.post is None and not board.key:
                if place not in queues:
                    del self._boards[place]
            elif now >= board.not_before and not _is_shown(board, spec):
                board.task = asyncio.create_task(self._update(board, spec), name=f"queue {place}")

    def _person(self, waiting: Sequence[QueuedPrompt]) -> PersonId | None:
        """Who is called about what is held in a place: whoever wrote the first of it."""
        held = next((one for one in waiting if one.held), None)
        project = self._projects.named(held.session.project) if held is not None else None
        if held is None or project is None:
            return None
        return called(held.prompt.asker.id, project.display, self._context.owners())

    async def _update(self, board: _Board, spec: MessageSpec | None) -> None:
        """One request, and its note in the ledger. What fails is tried again later."""
        try:
            if board.post is None:
                await self._send(board, spec)
            elif spec is None:
                await self._remove(board, board.post)
            else:
                await self._edit(board, board.post, spec)
            board.backoff.reset()
        except (ChatError, StoreError) as error:
            log.log(self._context.level(error), "the line in place %s is behind: %s", board.session.place, error)
            board.not_before = self._context.clock() + board.backoff.pause
            board.backoff.grow()

    async def _send(self, board: _Board, spec: MessageSpec | None) -> None:
        """Post, under a key that is in the ledger before. One that was there already may have been used, longer ago
        than Discord remembers: then the message is looked for first."""
        context, session = self._context, board.session
        doubtful = bool(board.key)
        if doubtful and (there := await self._search(board)) is not None:
            await self._record(board, Post(LINE, SLOT, there, ""))
            board.key = ""
            return
        if spec is None:
            await context.bus.forget(context.hub, session.id, Post(LINE, SLOT, UNPOSTED, board.key))
            board.key = ""
            return
        board.key = board.key or nonce(LINE, f"{session.id}:{context.clock()}")
        await context.bus.record(context.hub, session.id, Post(LINE, SLOT, UNPOSTED, board.key))
        await context.open(session)

        async def send(form: MessageSpec) -> MessageId:
            async with context.rate_limiter.turn("POST", f"/channels/{session.place}/messages", form.priority):
                return await context.poster.send(session.place, form, board.key, session.id)

        message = await self._in_best_form(board, spec, send)
        if message is not None:
            await self._record(board, Post(LINE, SLOT, message, "" if doubtful else spec.digest))
        board.key = ""

    async def _in_best_form(
        self, board: _Board, spec: MessageSpec, ask: Callable[[MessageSpec], Awaitable[MessageId]]
    ) -> MessageId | None:
        """None: Discord takes it in no form."""
        for form in forms(spec):
            try:
                return await ask(form)
            except ContentRefused as error:
                log.warning("the line cannot be shown in place %s: %s", board.session.place, error)
        board.refused = spec.digest
        return None

    async def _search(self, board: _Board) -> MessageId | None:
        """The queue's message, where it is posted and no row tells of it."""
        with suppress(PlaceGone, ContentRefused):
            async for seen in self._context.posts_after(board.session.place, board.after, Priority.PROGRESS):
                if found := [one.message for one in seen if is_queue_message(one)]:
                    return found[-1]
        return None

    async def _edit(self, board: _Board, post: Post, spec: MessageSpec) -> None:
        context, place = self._context, board.session.place

        async def edit(form: MessageSpec) -> MessageId:
            async with context.rate_limiter.turn("PATCH", f"/channels/{place}/messages/{post.message}", form.priority):
                await context.poster.edit(place, post.message, form, board.session.id)
                return post.message

        digest = spec.digest
        try:
            if await self._in_best_form(board, spec, edit) is None:
                return
        except MessageGone:
            digest = GONE
        await self._record(board, Post(LINE, SLOT, post.message, digest))

    async def _record(self, board: _Board, post: Post) -> None:
        board.post = post
        await self._context.bus.record(self._context.hub, board.session.id, post)

    async def _remove(self, board: _Board, post: Post) -> None:
        """Nothing waits here any more."""
        context, place = self._context, board.session.place
        if post.message != UNPOSTED:
            async with context.rate_limiter.turn("DELETE", f"/channels/{place}/messages/{post.message}", Priority.MARK):
                with suppress(MessageGone, PlaceGone, ContentRefused):
                    await context.poster.delete(place, post.message, None)
        await context.bus.forget(context.hub, board.session.id, post)
        board.post = None


def _is_shown(board: _Board, spec: MessageSpec | None) -> bool:
    """Whether a place is as it should be, or as far as Discord lets us; a message that somebody has deleted stays
    deleted while the queue lasts."""
    if spec is not None and board.refused == spec.digest:
        return True
    if board.post is None or spec is None:
        return board.post is None and spec is None and not board.key
    return board.post.digest in (spec.digest, GONE)
