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
from antiphon.chat.delivery.failures import ContentRefused, DiscordUnavailable, MessageGone, PlaceGone
from antiphon.chat.delivery.page_writer import PageWriter
from antiphon.chat.delivery.reconcile import GONE, MARK, NEVER
from antiphon.chat.render.format import snowflake_time
from antiphon.chat.render.message import Priority
from antiphon.chat.render.phase import UNDELIVERED_MARK, mark, mark_taken_in
from antiphon.core.blocks import SteerBlock
from antiphon.core.records import UNDELIVERED
from antiphon.core.values import MessageId, PlaceId, Session
from antiphon.core.view import TurnView
from antiphon.errors import ChatError

log = logging.getLogger(__name__)

ACCEPTED = "👀"
_ACCEPTING = 1.0  # seconds after which a message has its 👀: a mark that came before would get company
_STEADY = 1.5  # seconds that a mark is wanted before it is made
_APART = 5.0  # seconds between two changes
_REFUSED_PAUSE = 60.0  # seconds after which a turn at work asks again for a mark that was refused
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


def marks(session: Session, view: TurnView, now: float, *, undelivered: bool = False) -> list[WantedReaction]:
    """What people said, and how it should be marked at `now` (epoch seconds); the prompt last, because its final mark
    says that all is done. `undelivered`: the turn is over, but not all of it could be shown."""
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
        emoji = UNDELIVERED_MARK if undelivered and view.end is not None else mark(view, now)
        wanted.append(WantedReaction(MARK, where, view.prompt, emoji, final=view.end is not None))
    return wanted


class Reactions:
    """Of the turns of one place, as `page` has them posted. `news` is set when something that was begun is done.

    `away`: the last change failed because Discord did not answer. `refused`: a final mark is missing, because Discord
    does not let us make it.
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
        self.refused = False
        self._refused: dict[str, float] = {}  # slot → until when it makes no sense to ask again
        self._typed = 0.0
        self._mark: WantedReaction | None = None  # that is being made
        self._old: Sequence[str] = ()  # those that it replaces
        self._marking: asyncio.Task[str | None] | None = None
        self._typing: asyncio.Task[None] | None = None

    async def update(self, view: TurnView, *, undelivered: bool = False) -> float | None:
        """Bring the marks about, waiting for no request. None: they are as they should be; else when to look again at
        the latest. `undelivered`: see `marks`."""
        await self._note_made()
        self.refused = False
        now, later, missing = self._context.clock(), NEVER, False
        for wanted in marks(self._session, view, now, undelivered=undelivered):
            there = self._page.state.posts.get(wanted.slot)
            shown = [ACCEPTED] if there is None else [one for one in there.digest.split() if one != UNDELIVERED]
            if shown in ([GONE], [wanted.emoji]):
                continue
            if wanted.slot not in self._refused and not self._context.poster.may_react(wanted.where):
                await self._note_refused(wanted, shown)
            if (until := self._refused.get(wanted.slot, 0.0)) > now:
                self.refused = self.refused or wanted.final
                if not wanted.final:
                    missing, later = True, min(later, until)
                continue
            missing = True
            if wanted.not_before > now:
                later = min(later, wanted.not_before)
                continue
            if self._may_begin(wanted):
                both = " ".join(dict.fromkeys((*shown, wanted.emoji)))
                await self._page.record(wanted.slot, wanted.message, both)  # before: whoever comes after us takes
                self._begin(wanted, shown)  # all but one away
            later = min(later, self._due)
        return later if missing else None

    async def _note_made(self) -> None:
        """Note the change that has just been made, if there is one, and what it has led to."""
        if self._mark is None or self._marking is None or not self._marking.done():
            return
        mark, marking = self._mark, self._marking
        self._mark = self._marking = None
        self._not_before, self.away = self._context.clock() + _APART, True
        made = marking.result()
        self.away = made is None
        if made == UNDELIVERED:
            await self._note_refused(mark, self._old)
        elif made is not None:
            await self._page.record(mark.slot, mark.message, made)

    async def _note_refused(self, mark: WantedReaction, shown: Sequence[str]) -> None:
        """Discord does not let us make this mark, perhaps only for now; those that were there still are."""
        self._refused[mark.slot] = self._context.clock() + _REFUSED_PAUSE
        await self._page.record(mark.slot, mark.message, " ".join((UNDELIVERED, *shown)))

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
        self._mark, self._old = mark, old
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
        self._refused.clear()

    async def _change(self, mark: WantedReaction, old: Sequence[str]) -> str | None:
        """The new one before the old ones are taken away: at each moment there is one. The emoji that is there then,
        `GONE` (the message is not there any more), UNDELIVERED (refused, perhaps only for now), or None: it failed."""
        where, message, new = mark.where, mark.message, mark.emoji
        path = "PUT", f"/channels/{where}/messages/{message}/reactions/x/@me"
        poster, rate_limiter = self._context.poster, self._context.rate_limiter
        key = f"mark:{message}"
        try:
            async with rate_limiter.turn(*path, Priority.MARK):
                await poster.react(where, message, new)
            for one in old:
                async with rate_limiter.turn(*path, Priority.MARK):
                    with suppress(MessageGone, ContentRefused):  # somebody else has taken it away
                        await poster.unreact(where, message, one)
        except MessageGone:
            return GONE
        except (ContentRefused, PlaceGone) as error:  # full of others' reactions, or not allowed here
            log.warning("message %s cannot be marked: %s", message, error)
            return UNDELIVERED
        except DiscordUnavailable as error:
            log.info("message %s is marked later: %s", message, error)
            self._context.tries[key] += 1
            return UNDELIVERED if await self._is_hopeless(key, where) else None
        del self._context.tries[key]
        return new

    async def _is_hopeless(self, key: str, where: PlaceId) -> bool:
        try:
            return await self._context.is_hopeless(key, where)
        except DiscordUnavailable:
            return False

    async def _type(self, place: PlaceId) -> None:
        async with self._context.rate_limiter.turn("POST", f"/channels/{place}/typing", Priority.MARK):
            try:
                await self._context.poster.typing(place)
            except ChatError as error:
                log.info("no typing indicator in place %s: %s", place, error)
