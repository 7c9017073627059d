"""The line, made visible: one message in each place where prompts wait, or are held, as long as they do.

It is beside the outbox, because it belongs to no turn. Its message is in the ledger under a turn of its own, so that a
restarted bridge finds it. The line is polled: every bell is somebody's who must hear it.
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from antiphon.chat.connection.rate_limiter import route
from antiphon.chat.delivery.outbox import Means
from antiphon.chat.delivery.poster import MessageGone, PlaceGone, Unpostable
from antiphon.chat.delivery.reconcile import GONE, is_line
from antiphon.chat.render.message import Rank, Spec
from antiphon.chat.render.notifications import called
from antiphon.chat.render.page import nonce
from antiphon.chat.render.queue import SLOT, line_spec
from antiphon.core.records import Post, Waiting
from antiphon.core.values import MessageId, PersonId, PlaceId, Project, Session, TurnId
from antiphon.errors import ChatError, StoreError

log = logging.getLogger(__name__)

_TURN = TurnId("line")  # no turn's: the ledger's name for it
_EVERY = 1.0  # seconds between two looks
_PAUSE = 5.0  # seconds after Discord or the database did not answer
_NOWHERE = MessageId(0)  # in place of a message that is not there, or not yet
_LOOKS = 10  # requests for what may have been posted before


@dataclass(slots=True)
class _Board:
    """What is posted in a place. `key`: of a message that is being posted, or may have been."""

    session: Session
    post: Post | None = None
    key: str = ""
    after: MessageId = _NOWHERE  # what waits was said, or what waited first, before the message was posted
    not_before: float = 0.0
    task: "asyncio.Task[None] | None" = None


class Lineup:
    """The messages of all places."""

    def __init__(self, means: Means, projects: Mapping[str, Project], seats: int) -> None:
        """`seats`: how many turns may be at work on the machine."""
        self._means = means
        self._projects = projects
        self._seats = seats
        self._boards: dict[PlaceId, _Board] = {}

    async def run(self) -> None:
        """Show the line until cancelled. What is posted then stays: the prompts wait on."""
        found = False
        try:
            while True:
                try:
                    if not found:
                        await self._find()
                        found = True
                    self._look(await self._means.bus.line(held=True))
                except StoreError as error:
                    log.log(self._level(error), "the line is looked at later: %s", error)
                await asyncio.sleep(_EVERY)
        finally:
            tasks = [board.task for board in self._boards.values() if board.task is not None]
            for task in tasks:
                task.cancel()
            if tasks:
                await asyncio.wait(tasks)

    async def _find(self) -> None:
        """What an earlier bridge has posted."""
        for session in await self._means.bus.sessions():
            for post in await self._means.bus.posts(session.id, _TURN):
                doubtful = post.message == _NOWHERE  # it was killed between post and ledger
                self._boards[session.place] = _Board(session, key=post.digest) if doubtful else _Board(session, post)

    def _look(self, waiting: Sequence[Waiting]) -> None:
        """Bring about what is not as it should be, each place by itself."""
        now = self._means.clock()
        lines: dict[PlaceId, list[Waiting]] = {}
        for one in waiting:
            lines.setdefault(one.session.place, []).append(one)
            self._boards.setdefault(one.session.place, _Board(one.session))
        for place, board in list(self._boards.items()):
            if board.task is not None and not board.task.done():
                continue
            board.task = None
            here = lines.get(place, ())
            board.after = MessageId(min((one.body["message"] or place for one in here), default=board.after or place))
            spec = line_spec(here, self._seats, now, self._person(here))
            if spec is None and board.post is None and not board.key:
                if place not in lines:
                    del self._boards[place]
            elif now >= board.not_before and not _is_shown(board, spec):
                board.task = asyncio.create_task(self._bring(board, spec), name=f"line {place}")

    def _person(self, waiting: Sequence[Waiting]) -> PersonId | None:
        """Who is called about what is held in a place: whoever wrote the first of it."""
        held = next((one for one in waiting if one.held), None)
        project = self._projects.get(held.session.project) if held is not None else None
        if held is None or project is None:
            return None
        return called(held.body.get("asker"), project.display, self._means.owners())

    async def _bring(self, board: _Board, spec: Spec | None) -> None:
        """One request, and its note in the ledger. What fails is tried again later."""
        try:
            if board.post is None:
                await self._send(board, spec)
            elif spec is None:
                await self._strike(board, board.post)
            else:
                await self._edit(board, board.post, spec)
        except (ChatError, StoreError) as error:
            log.log(self._level(error), "the line in place %s is behind: %s", board.session.place, error)
            board.not_before = self._means.clock() + _PAUSE

    def _level(self, error: ChatError | StoreError) -> int:
        """What the database makes everybody wait for is said by the store, once."""
        return logging.DEBUG if isinstance(error, self._means.bus.transient) else logging.WARNING

    async def _send(self, board: _Board, spec: Spec | None) -> None:
        """Post, under a key that is in the ledger before. One that was there already may have been used, longer ago
        than Discord remembers: then the message is looked for first."""
        means, session = self._means, board.session
        doubtful = bool(board.key)
        if doubtful and (there := await self._posted(board)) is not None:
            await self._record(board, Post(_TURN, SLOT, there, ""))
            board.key = ""
            return
        if spec is None:
            await means.bus.forget(means.hub, session.id, Post(_TURN, SLOT, _NOWHERE, board.key))
            board.key = ""
            return
        board.key = board.key or nonce(_TURN, f"{session.id}:{means.clock()}")
        await means.bus.record(means.hub, session.id, Post(_TURN, SLOT, _NOWHERE, board.key))
        try:
            if not means.poster.is_open(session):
                channel = session.origin.channel or session.place
                async with means.scheduler.turn(route("POST", f"/channels/{channel}/messages/0/threads"), Rank.ANSWER):
                    await means.poster.open(session)
            async with means.scheduler.turn(route("POST", f"/channels/{session.place}/messages"), spec.rank):
                message = await means.poster.send(session.place, spec, board.key)
        except (PlaceGone, Unpostable) as error:
            log.warning("the line cannot be shown in place %s: %s", session.place, error)
            board.post, board.key = Post(_TURN, SLOT, _NOWHERE, GONE), ""
            return
        await self._record(board, Post(_TURN, SLOT, message, "" if doubtful else spec.digest))
        board.key = ""

    async def _posted(self, board: _Board) -> MessageId | None:
        """The message of the line, where it is posted and not in the ledger."""
        means, place = self._means, board.session.place
        after: MessageId | None = board.after
        for _ in range(_LOOKS):
            try:
                async with means.scheduler.turn(route("GET", f"/channels/{place}/messages"), Rank.PROGRESS):
                    seen, after = await means.poster.look(place, after)
            except (PlaceGone, Unpostable):
                return None
            if found := [one.message for one in seen if is_line(one)]:
                return found[-1]
            if after is None:
                return None
        return None

    async def _edit(self, board: _Board, post: Post, spec: Spec) -> None:
        means, place = self._means, board.session.place
        digest = spec.digest
        async with means.scheduler.turn(route("PATCH", f"/channels/{place}/messages/{post.message}"), spec.rank):
            try:
                await means.poster.edit(place, post.message, spec)
            except (MessageGone, PlaceGone, Unpostable):
                digest = GONE
        await self._record(board, Post(_TURN, SLOT, post.message, digest))

    async def _record(self, board: _Board, post: Post) -> None:
        board.post = post
        await self._means.bus.record(self._means.hub, board.session.id, post)

    async def _strike(self, board: _Board, post: Post) -> None:
        """Nothing waits here any more."""
        means, place = self._means, board.session.place
        if post.message != _NOWHERE:
            async with means.scheduler.turn(route("DELETE", f"/channels/{place}/messages/{post.message}"), Rank.MARK):
                with suppress(MessageGone, PlaceGone, Unpostable):
                    await means.poster.delete(place, post.message)
        await means.bus.forget(means.hub, board.session.id, post)
        board.post = None


def _is_shown(board: _Board, spec: Spec | None) -> bool:
    """Whether a place is as it should be; a message that somebody has deleted stays deleted while the line lasts."""
    if board.post is None or spec is None:
        return board.post is None and spec is None and not board.key
    return board.post.digest in (spec.digest, GONE)
