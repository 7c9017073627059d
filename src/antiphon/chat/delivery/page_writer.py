"""Brings one turn's messages to what its page wants, one request at a time, and stores what is posted.

A failed call leaves "posted" unchanged, so the next round repairs it. Every request waits for its turn at the rate
limiter first and is made from the view that is the newest then. What is about to be shown is saved before,
so that a restarted bridge never shows less than the dead one did.
"""

import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress

from antiphon.chat.delivery import reconcile
from antiphon.chat.delivery.backlog import Backlog
from antiphon.chat.delivery.context import DeliveryContext
from antiphon.chat.delivery.failures import ContentRefused, MessageGone, PlaceClosed
from antiphon.chat.render.message import MessageSpec, Priority
from antiphon.chat.render.page import render
from antiphon.core.records import Post
from antiphon.core.stored_turn import tail_of
from antiphon.core.values import Display, MessageId, Session, TurnId
from antiphon.core.view import TurnView, settled_prefix

log = logging.getLogger(__name__)


class PageWriter:
    """Posts, edits and deletes the messages of the turn that its place shows now."""

    def __init__(self, session: Session, display: Display, context: DeliveryContext, backlog: Backlog) -> None:
        self._session = session
        self._display = display
        self._context = context
        self._backlog = backlog
        self.state = reconcile.PageState()
        self._unstored: dict[str, Post] = {}  # slot → what is posted, but not yet in a row
        self._saved: TurnView | None = None

    def suspect(self, *, long_ago: bool = False) -> None:
        """An earlier bridge may have posted what is sent next; `long_ago`: whatever is known of an own try."""
        self.state.unconfirmed = reconcile.LONG_AGO if long_ago else self.state.unconfirmed or reconcile.LONG_AGO

    async def begin(self, turn: TurnId) -> None:
        """Write the page of another turn from now on."""
        posts = await self._context.bus.posts(self._session.id, turn)
        self.state = reconcile.PageState(turn, {post.slot: post for post in posts}, unconfirmed=self.state.unconfirmed)
        self._saved = None

    async def write(self, turn: TurnId, taken: Callable[[], object]) -> tuple[TurnView, float]:
        """Take every step that is due, from the newest view each time. Returns the view that is shown then, and when
        the next step is due. `taken` is called after each step."""
        while True:
            view = self._backlog[turn]
            match reconcile.decide(self.state, self._page(view), self._pace, self._context.clock()):
                case reconcile.Wait(until):
                    return view, until
                case reconcile.SearchFirst(nonce):
                    await self._search(turn, nonce)
                case step:
                    if await self._take(turn, view, step):
                        taken()

    async def record(self, slot: str, message: MessageId, digest: str) -> None:
        """Note what is posted in a slot."""
        assert self.state.turn is not None
        self.state.posts[slot] = self._unstored[slot] = Post(self.state.turn, slot, message, digest)
        await self.store()

    async def store(self) -> None:
        """Bring the rows up to what is posted, also what the database could not take before."""
        for slot, post in list(self._unstored.items()):
            await self._context.bus.record(self._context.hub, self._session.id, post)
            del self._unstored[slot]

    @property
    def _pace(self) -> float:
        return self._context.rate_limiter.pace("PATCH", f"/channels/{self._session.place}/messages/0")

    def _page(self, view: TurnView) -> list[MessageSpec]:
        return list(render(view, self._display, self._context.owners(), self._context.clock()))

    def _ready(self, turn: TurnId) -> list[reconcile.Step]:
        return reconcile.due_steps(self.state, self._page(self._backlog[turn]), self._pace, self._context.clock())[0]

    async def _search(self, turn: TurnId, nonce: str) -> None:
        """Find out whether what is to be sent is there already. After the last one that is stored there is at most one
        of the pages' messages."""
        context, session, view = self._context, self._session, self._backlog[turn]
        known = await context.bus.last_post(session.id)
        after = MessageId(max(known or 0, view.prompt or 0, session.place))
        async for seen in context.posts_after(session.place, after, Priority.ANSWER):
            if (there := reconcile.adopted(seen, self._ready(turn), turn)) is not None:
                log.info("message %s was posted, but not noted, in place %s", there.message, session.place)
                self.state.unconfirmed = None
                await self.record(there.slot, there.message, there.digest)
                return
        self.state.unconfirmed = reconcile.Unconfirmed(context.clock(), nonce)  # its nonce decides

    async def _take(self, turn: TurnId, view: TurnView, step: reconcile.Step) -> bool:
        """Wait for the right to make the request, and make it. False: by then the page wants the step no more."""
        async with self._context.rate_limiter.turn(*reconcile.request(step, self._session.place)):
            newest = self._backlog[turn]
            wanted = step if newest is view else reconcile.still_due(step, self._ready(turn))
            if wanted is None:
                return False
            await self._save(newest)
            match wanted:
                case reconcile.Send():
                    await self._send(wanted)
                case reconcile.Edit(post, spec):
                    await self._edit(post, spec)
                case reconcile.Delete(post):
                    await self._delete(post)
        return True

    async def _save(self, view: TurnView) -> None:
        """Store what will be visible in a moment. The rows have every settled block before it is shown to us."""
        if view.end is None and view is not self._saved:
            context = self._context
            await context.bus.preview(context.hub, self._session.id, view.turn, tail_of(view, settled_prefix(view)))
            self._saved = view

    async def _send(self, step: reconcile.Send) -> None:
        spec, nonce = step.spec, self.state.nonce_of(step)
        if step.old is not None:
            old = reconcile.replaced(step.old)
            await self.record(old.slot, old.message, old.digest)

        async def send(form: MessageSpec) -> MessageId:
            return await self._context.poster.send(self._session.place, form, nonce, self._session.id)

        repeated = self.state.unconfirmed is not None
        if not repeated:
            self.state.unconfirmed = reconcile.Unconfirmed(self._context.clock(), nonce)  # until Discord has answered
        message = await self._in_best_form(spec, send)
        self.state.unconfirmed = None
        digest = reconcile.DOUBTFUL if repeated and spec.direct is None else spec.digest
        if spec.live:
            self.state.edited[spec.slot] = self._context.clock()
        await self.record(spec.slot, message or reconcile.UNPOSTED, digest if message else reconcile.GONE)

    async def _edit(self, post: Post, spec: MessageSpec) -> None:
        async def edit(form: MessageSpec) -> MessageId:
            await self._context.poster.edit(self._session.place, post.message, form, self._session.id)
            return post.message

        digest = spec.digest
        try:
            await self._in_best_form(spec, edit)
        except MessageGone:
            digest = reconcile.GONE
        self.state.edited[spec.slot] = self._context.clock()
        await self.record(spec.slot, post.message, digest)

    async def _delete(self, post: Post) -> None:
        with suppress(MessageGone, ContentRefused):
            await self._context.poster.delete(self._session.place, post.message, reconcile.reader(post))
        self.state.deleted(post)
        await self._context.bus.forget(self._context.hub, self._session.id, post)

    async def _in_best_form(
        self, spec: MessageSpec, ask: Callable[[MessageSpec], Awaitable[MessageId]]
    ) -> MessageId | None:
        """Make a message show `spec` in the best form that Discord takes; None: it takes none."""
        place = self._session.place
        for form in reconcile.forms(spec):
            try:
                return await ask(form)
            except ContentRefused as error:
                log.warning("Discord refuses a message in place %s: %s", place, error)
            except PlaceClosed as error:
                if not form.uploads and form.direct is None:
                    raise
                log.warning("a message with files, or to a person, is refused in place %s: %s", place, error)
        return None
