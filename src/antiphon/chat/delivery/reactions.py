"""Reactions on what people wrote, and the typing indicator: how a turn at work is seen without text.

They are made beside the writer, which never waits for them: reactions have the narrowest limit of all. One is made
after the other. A mark is changed when it has been wanted for a moment and the last change is a while ago; a final one
at once.
"""

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from antiphon.chat.delivery.context import DeliveryContext
from antiphon.chat.delivery.failures import ContentRefused, DiscordUnavailable, MessageGone, PlaceClosed
from antiphon.chat.delivery.page_writer import PageWriter
from antiphon.chat.delivery.reconcile import GONE, MARK, NEVER
from antiphon.chat.render.format import snowflake_time
from antiphon.chat.render.message import Priority
from antiphon.chat.render.phase import mark, mark_taken_in
from antiphon.core.blocks import SteerBlock
from antiphon.core.values import MessageId, PlaceId, Session
from antiphon.core.view import TurnView
from antiphon.errors import ChatError

log = logging.getLogger(__name__)

ACCEPTED = "👀"
_ACCEPTING = 1.0  # seconds after which a message has its 👀: a mark that came before would get company
_STEADY = 1.5  # seconds that a mark is wanted before it is made
_APART = 5.0  # seconds between two changes
_TYPING_EVERY = 8.0  # seconds; Discord shows the mark for 10


@dataclass(frozen=True, slots=True)
class WantedReaction:
    """The reaction that a message should carry. `slot`: under which it is in the ledger; `final`: it stays;
    `not_before` in epoch seconds."""

    slot: str
    where: PlaceId
    message: MessageId
    emoji: str
    final: bool
    not_before: float = 0.0


def marks(session: Session, view: TurnView, now: float) -> list[WantedReaction]:
    """What people said, and how it should be marked at `now` (epoch seconds); the prompt last, because its final mark
    says that all is done."""
    place, origin, fate = session.place, session.origin, mark_taken_in(view)
    taken = [block.message for block in view.blocks if isinstance(block, SteerBlock) and block.message is not None]
    wanted = [
        WantedReaction(
            f"{MARK}:{message}", place, message, fate, final=True, not_before=snowflake_time(message) + _ACCEPTING
        )
        for message in taken
    ]
    if view.prompt is not None:
        where = origin.channel if origin.channel is not None and view.prompt == origin.message else place
        wanted.append(WantedReaction(MARK, where, view.prompt, mark(view, now), final=view.end is not None))
    return wanted


class Reactions:
    """Of the turns of one place, as `page` has them posted. `news` is set when something that was begun is done.

    `away`: the last change failed because Discord did not answer.
    """

    def __init__(self, context: DeliveryContext, session: Session, page: PageWriter, news: asyncio.Event) -> None:
        self._context = context
        self._session = session
        self._page = page
        self._news = news
        self._wanted = ""
        self._since = 0.0
        self._not_before = 0.0  # the next change
        self.away = False
        self._typed = 0.0
        self._mark: WantedReaction | None = None  # that is being made
        self._marking: asyncio.Task[str | None] | None = None
        self._typing: asyncio.Task[None] | None = None

    async def update(self, view: TurnView) -> float | None:
        """Bring the marks about, waiting for no request. None: they are as they should be; else when to look again at
        the latest. Raises PlaceClosed."""
        await self._note_made()
        later: float | None = None
        for wanted in marks(self._session, view, self._context.clock()):
            there = self._page.state.posts.get(wanted.slot)
            shown = ACCEPTED if there is None else there.digest
            if shown in (GONE, wanted.emoji):
                continue
            if wanted.not_before > self._context.clock():
                later = min(later or NEVER, wanted.not_before)
                continue
            if self._may_begin(wanted):
                both = " ".join(dict.fromkeys((*shown.split(), wanted.emoji)))
                await self._page.record(wanted.slot, wanted.message, both)  # before: whoever comes after us takes
                self._begin(wanted, shown.split())  # all but one away
            later = min(later or NEVER, self._due)
        return later

    async def _note_made(self) -> None:
        """Note the change that has just been made, if there is one, and what it has led to."""
        if self._mark is None or self._marking is None or not self._marking.done():
            return
        mark, marking = self._mark, self._marking
        self._mark = self._marking = None
        self._not_before, self.away = self._context.clock() + _APART, True
        made = marking.result()
        self.away = made is None
        if made is not None:
            await self._page.record(mark.slot, mark.message, made)

    def _may_begin(self, mark: WantedReaction) -> bool:
        """A final one is made at once, unless one was just tried in vain."""
        if self._marking is not None:
            return False
        now = self._context.clock()
        if mark.final:
            return not self.away or now >= self._not_before
        if mark.emoji != self._wanted:
            self._wanted, self._since = mark.emoji, now
        return now >= self._due

    def _begin(self, mark: WantedReaction, old: Sequence[str]) -> None:
        """Change the marks that may be there to another one."""
        change = self._change(mark, [one for one in old if one != mark.emoji])
        self._mark = mark
        self._marking = asyncio.create_task(change, name=f"mark {mark.message}")
        self._marking.add_done_callback(lambda _: self._news.set())

    @property
    def _due(self) -> float:
        """When the mark that was asked for may be made; infinity while it is being made."""
        return NEVER if self._marking is not None else max(self._since + _STEADY, self._not_before)

    def typing(self) -> float:
        """Keep the typing indicator up; returns at once. When to ask again."""
        now, place = self._context.clock(), self._session.place
        if now >= self._typed + _TYPING_EVERY and (self._typing is None or self._typing.done()):
            self._typed = now
            self._typing = asyncio.create_task(self._type(place), name=f"typing {place}")
        return self._typed + _TYPING_EVERY

    async def stop(self) -> None:
        """End what was begun."""
        for task in (self._marking, self._typing):
            if task is not None:
                task.cancel()
                await asyncio.wait({task})
                if not task.cancelled():
                    task.exception()  # has been looked at: nobody needs the result any more
        self._mark = self._marking = self._typing = None
        self._wanted, self._not_before, self.away = "", 0.0, False

    async def _change(self, mark: WantedReaction, old: Sequence[str]) -> str | None:
        """The new one before the old ones are taken away: at each moment there is one. The emoji that is there then,
        `GONE` (Discord lets us mark this message no more), or None: it failed."""
        where, message, new = mark.where, mark.message, mark.emoji
        path = "PUT", f"/channels/{where}/messages/{message}/reactions/x/@me"
        poster, rate_limiter = self._context.poster, self._context.rate_limiter
        try:
            async with rate_limiter.turn(*path, Priority.MARK):
                await poster.react(where, message, new)
            for one in old:
                async with rate_limiter.turn(*path, Priority.MARK):
                    with suppress(MessageGone, ContentRefused):  # somebody else has taken it away
                        await poster.unreact(where, message, one)
        except DiscordUnavailable as error:
            log.info("message %s is marked later: %s", message, error)
            return None
        except PlaceClosed:
            raise
        except ChatError as error:  # deleted, full of others' reactions, or not allowed here
            if not isinstance(error, MessageGone):
                log.warning("message %s cannot be marked: %s", message, error)
            return GONE
        return new

    async def _type(self, place: PlaceId) -> None:
        async with self._context.rate_limiter.turn("POST", f"/channels/{place}/typing", Priority.MARK):
            try:
                await self._context.poster.typing(place)
            except ChatError as error:
                log.info("no typing indicator in place %s: %s", place, error)
