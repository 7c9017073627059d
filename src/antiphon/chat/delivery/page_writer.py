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
from antiphon.chat.delivery.failures import ContentRefused, DiscordUnavailable, MessageGone, NothingTaken, PlaceClosed
from antiphon.chat.render.message import MessageSpec, Priority
from antiphon.chat.render.page import changed_later, render
from antiphon.core.records import UNDELIVERED, Post
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

    async def begin(self, turn: TurnId, *, again: bool = False) -> None:
        """Write the page of another turn from now on; `again`: only what Discord has not taken of it so far, and what
        may have changed since it was over."""
        posts = {post.slot: post for post in await self._context.bus.posts(self._session.id, turn)}
        changed = changed_later(await self._backlog.whole(turn)) if again else frozenset[str]()
        self.state = reconcile.PageState(turn, posts, unconfirmed=self.state.unconfirmed)
        if again:
            lost = frozenset(slot for slot, post in posts.items() if reconcile.is_undelivered(post))
            self.state.only = lost | (changed & posts.keys())
        self._saved = None

    def widen(self, turn: TurnId) -> None:
        """Write all of the turn's page, if only what was not taken of it was written so far."""
        if self.state.turn == turn:
            self.state.only = None

    async def write(self, turn: TurnId, taken: Callable[[], object]) -> tuple[TurnView, float]:
        """Take every step that is due, from the newest view each time. Returns the view that is shown then, and when
        the next step is due. `taken` is called after each step."""
        while True:
            view = await self._backlog.whole(turn)  # it may have been put away meanwhile
            match reconcile.decide(self.state, self._page(view), self._pace, self._context.clock()):
                case reconcile.Wait(until):
                    return view, until
                case reconcile.SearchFirst(nonce):
                    await self._search(turn, nonce)
                case step:
                    if await self._take(turn, view, step):
                        taken()

    def undelivered(self, view: TurnView) -> list[MessageSpec]:
        """What belongs to the page, and Discord has taken in no form."""
        posts = self.state.posts
        return [spec for spec in self._page(view) if reconcile.is_undelivered(posts.get(spec.slot))]

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

    def _ready(self, view: TurnView) -> list[reconcile.Step]:
        return reconcile.due_steps(self.state, self._page(view), self._pace, self._context.clock())[0]

    async def _search(self, turn: TurnId, nonce: str) -> None:
        """Find out whether what is to be sent is there already. After the last one that is stored there is at most one
        of the pages' messages."""
        context, session, view = self._context, self._session, await self._backlog.whole(turn)
        known = await context.bus.last_post(session.id)
        after = MessageId(max(known or 0, view.prompt or 0, session.place))
        try:
            async for seen in context.posts_after(session.place, after, Priority.ANSWER):
                if (there := reconcile.adopted(seen, self._ready(view), turn)) is not None:
                    log.info("message %s was posted, but not noted, in place %s", there.message, session.place)
                    self.state.unconfirmed = None
                    await self.record(there.slot, there.message, there.digest)
                    return
        except (ContentRefused, DiscordUnavailable) as error:
            key = f"search:{session.place}"
            context.tries[key] += 1
            if isinstance(error, DiscordUnavailable) and not await context.is_hopeless(key, session.place):
                raise
            log.warning("what was posted in place %s cannot be read: a message may be there twice", session.place)
        self.state.unconfirmed = reconcile.Unconfirmed(context.clock(), nonce)  # its nonce decides

    async def _take(self, turn: TurnId, view: TurnView, step: reconcile.Step) -> bool:
        """Wait for the right to make the request, and make it. False: by then the page wants the step no more."""
        async with self._context.rate_limiter.turn(*reconcile.request(step, self._session.place)):
            newest = await self._backlog.whole(turn)
            wanted = step if newest is view else reconcile.still_due(step, self._ready(newest))
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
        message = await self._in_best_form(spec, nonce, send)
        if message is None:
            await self._give_up(spec, send)
            return
        self.state.unconfirmed = None
        if spec.live:
            self.state.edited[spec.slot] = self._context.clock()
        self.state.uneditable.discard(spec.slot)
        doubtful = repeated and spec.direct is None
        await self.record(spec.slot, message, reconcile.DOUBTFUL if doubtful else spec.digest)

    async def _give_up(self, spec: MessageSpec, send: Callable[[MessageSpec], Awaitable[MessageId]]) -> None:
        """Discord takes it in no form: say so where it belongs, and go on."""
        message, digest = reconcile.UNPOSTED, reconcile.REFUSED
        if spec.direct is None:
            digest = UNDELIVERED
            with suppress(ContentRefused):
                message = await self._send_notice(spec, send)
        self.state.unconfirmed = None
        self.state.given_up[spec.slot] = spec
        self.state.uneditable.discard(spec.slot)
        await self.record(spec.slot, message, digest)

    async def _send_notice(self, spec: MessageSpec, send: Callable[[MessageSpec], Awaitable[MessageId]]) -> MessageId:
        try:
            return await send(reconcile.notice(spec))
        except DiscordUnavailable as error:  # then it is not this content
            raise NothingTaken(str(error)) from error

    async def _edit(self, post: Post, spec: MessageSpec) -> None:
        async def edit(form: MessageSpec) -> MessageId:
            await self._context.poster.edit(self._session.place, post.message, form, self._session.id)
            return post.message

        message, digest = post.message, spec.digest
        try:
            taken = await self._in_best_form(spec, f"{post.message}", edit)
        except MessageGone:
            if reconcile.is_undelivered(post):  # the message that said so: nobody has seen what belongs there
                self.state.names[spec.slot] = reconcile.replaced(post).slot
                message, digest = reconcile.UNPOSTED, UNDELIVERED
            else:
                digest = reconcile.GONE
        else:
            if taken is None:
                self._cannot_edit(post, spec)
                return
        self.state.edited[spec.slot] = self._context.clock()
        await self.record(spec.slot, message, digest)

    def _cannot_edit(self, post: Post, spec: MessageSpec) -> None:
        """What is still being written is shown when it is whole, in a new message if need be."""
        if spec.live or reconcile.is_undelivered(post):
            self.state.given_up[spec.slot] = spec
        else:
            self.state.uneditable.add(spec.slot)

    async def _delete(self, post: Post) -> None:
        key = f"{post.message}"
        try:
            await self._context.poster.delete(self._session.place, post.message, reconcile.reader(post))
        except (MessageGone, ContentRefused):
            pass
        except DiscordUnavailable:
            if not await self._context.is_hopeless(key, self._session.place):
                self._context.tries[key] += 1
                raise
        del self._context.tries[key]
        self.state.deleted(post)
        await self._context.bus.forget(self._context.hub, self._session.id, post)

    async def _in_best_form(
        self, spec: MessageSpec, key: str, ask: Callable[[MessageSpec], Awaitable[MessageId]]
    ) -> MessageId | None:
        """Make a message show `spec` in the best form that Discord takes; None: it takes none. `key`: of the request.
        What fails for ever while Discord answers otherwise counts as refused."""
        place = self._session.place
        hopeless = await self._context.is_hopeless(key, place)
        for form in reconcile.forms(spec):
            try:
                message = await ask(form)
            except ContentRefused as error:
                log.warning("Discord refuses a message in place %s: %s", place, error)
            except PlaceClosed as error:
                if not form.uploads and form.direct is None:
                    raise
                log.warning("a message with files, or to a person, is refused in place %s: %s", place, error)
            except DiscordUnavailable as error:
                if not hopeless:
                    self._context.tries[key] += 1
                    raise
                log.warning("a message in place %s fails again and again: %s", place, error)
            else:
                del self._context.tries[key]
                return message
        return None
