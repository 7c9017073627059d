"""Keeps the boards: one message in each channel, pinned, which shows how its sessions stand.

A channel gets its board when several sessions are live in it for the first time; it is one message from then on. Where
somebody has deleted it, another one takes its place; where somebody has unpinned it, it is pinned again.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import discord
from discord.ext import commands

from antiphon.actions.coordination.board import Board
from antiphon.chat.delivery.context import DeliveryContext
from antiphon.chat.delivery.failures import MessageGone, PlaceClosed, PlaceGone
from antiphon.chat.delivery.poster import OwnMessage, first_message
from antiphon.chat.delivery.reconcile import UNPOSTED
from antiphon.chat.delivery.standing.message import StandingMessage
from antiphon.chat.render.coordination import wording
from antiphon.chat.render.coordination.board import board_spec
from antiphon.chat.render.message import MessageSpec, Priority
from antiphon.core.coordination.board import StandingPost, StandingStore
from antiphon.core.projects import Projects
from antiphon.core.retry import Backoff
from antiphon.core.values import MessageId, PlaceId, Project, Session
from antiphon.errors import ChatError, StoreError

log = logging.getLogger(__name__)

_LOOKS = 1.0  # seconds between two looks, unless one is to be edited before
_EVERY = 5.0  # seconds at least between two edits
_LIVE = 2  # sessions, from which on a channel gets a board
_PINS = 60.0, 3600.0  # seconds after which it is tried to pin one again: the first and the longest
_CHECKS = 5.0, 300.0  # the same for whether it is there
_KEY = "board:"  # begins the keys of boards in the ledger
_EARLIER = 60.0  # seconds before it was written down that one is posted: the two clocks may differ


@dataclass(slots=True)
class _Ledger:
    """The standing posts of a channel's board. `since`: when the message with this `nonce` may have been posted first
    (epoch seconds), from when on it is looked for."""

    context: DeliveryContext
    bus: StandingStore
    place: PlaceId
    nonce: str = ""
    since: float = 0.0

    @property
    def key(self) -> str:
        return f"{_KEY}{self.place}"

    async def note(self, message: MessageId, digest: str) -> None:
        """See Ledger."""
        if message == UNPOSTED:
            if digest != self.nonce:
                self.nonce, self.since = digest, self.context.clock()
            digest = f"{digest}@{self.since:.0f}"
        await self.bus.stand(self.context.hub, StandingPost(self.key, self.place, message, digest))

    async def forget(self, message: MessageId) -> None:
        """A board is for ever."""


@dataclass(slots=True)
class _Shown:
    """What is known of a channel's board. `checked`: whether it was asked, since Discord was away last, if it is there
    and pinned; `next`, `next_pin`: not before; `may_pin`: so far as we know; `rights`: that we had when we looked
    last."""

    message: StandingMessage
    ledger: _Ledger
    is_known: bool = False  # the ledger has one
    checked: bool = False
    pinned: bool = False
    may_pin: bool = True
    next: float = 0.0
    next_pin: float = 0.0
    pins: Backoff = field(default_factory=lambda: Backoff(*_PINS))
    checks: Backoff = field(default_factory=lambda: Backoff(*_CHECKS))
    rights: int = 0
    task: asyncio.Task[None] | None = None


class Boards(commands.Cog):
    """Those of all channels."""

    def __init__(
        self,
        client: commands.Bot,
        context: DeliveryContext,
        bus: StandingStore,
        look: Callable[[], Awaitable[Sequence[Board]]],
        projects: Projects,
        *,
        apart: bool,
    ) -> None:
        """`look`: brings the boards of all projects; `apart`: each project's channels have boards of their own, else
        there is one for all (`together`)."""
        self._client = client
        self._context = context
        self._bus = bus
        self._look_at_all = look
        self._projects = projects
        self._apart = apart
        self._shown: dict[PlaceId, _Shown] = {}
        self._together: PlaceId | None = None
        self._channels = projects.channels

    def together(self, place: PlaceId) -> None:
        """The channel of the one board for all."""
        self._together = place

    async def retire(self) -> None:
        """Take away the boards of channels that are to have none any more. What cannot be taken away now stays."""
        kept = {self._together}
        if self._apart:
            kept |= self._projects.channels
        for post in await self._bus.all_standing(_KEY):
            if post.place in kept or post.message == UNPOSTED:
                continue
            path = f"/channels/{post.place}/messages/{post.message}"
            try:
                async with self._context.rate_limiter.turn("DELETE", path, Priority.NOTICE):
                    await self._context.poster.delete(post.place, post.message, None)
            except (MessageGone, PlaceGone):
                pass
            except ChatError as error:
                log.info("the board in place %s stays, although none is wanted there: %s", post.place, error)
                continue
            await self._bus.fall(self._context.hub, post.key)
            self._shown.pop(post.place, None)

    async def run(self) -> None:
        """Keep them until cancelled."""
        try:
            while True:
                due = None
                try:
                    due = await self._look()
                except StoreError as error:
                    log.log(self._context.level(error), "boards are looked at later: %s", error)
                left = _LOOKS if due is None else due - self._context.clock()
                await asyncio.sleep(min(_LOOKS, max(0.0, left)))
        finally:
            tasks = [one.task for one in self._shown.values() if one.task is not None]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _look(self) -> float | None:
        """Begin what is to be done; when the next board may be edited that is not right (None: all are)."""
        if self._channels != self._projects.channels:
            self._channels = self._projects.channels
            await self.retire()
        waits: list[float] = []
        for place, boards in self._wanted(await self._look_at_all()).items():
            shown = await self._of(place)
            if not shown.is_known and sum(len(one.lines) for one in boards) < _LIVE:
                continue
            shown.is_known = True
            if shown.task is not None and not shown.task.done():
                continue
            if shown.task is not None and (error := shown.task.exception()) is not None:
                log.error("the board in place %s is tried again", place, exc_info=error)
            shown.task = None
            if (rights := self._context.poster.rights_in(place)) != shown.rights:
                shown.rights, shown.next_pin = rights, 0.0
                shown.message.retry()
            spec = board_spec(boards, "" if shown.may_pin else wording.UNPINNED)
            if self._is_due(shown, spec):
                shown.task = asyncio.create_task(self._update(shown, spec), name=f"board {place}")
            elif not shown.message.shows(spec):
                waits.append(max(shown.next, shown.message.not_before))
        return min(waits, default=None)

    def _wanted(self, found: Sequence[Board]) -> Mapping[PlaceId, Sequence[Board]]:
        """What each channel shows: the sessions of its own threads; where there is one board for all, all of them."""
        if not self._apart:
            return {} if self._together is None else {self._together: [self._public(one) for one in found]}
        places = ((one, place) for one in found for place in one.project.channels)
        holds = self._context.poster.holds_messages
        return {place: [self._public(one, place)] for one, place in places if holds(place)}

    def _public(self, board: Board, place: PlaceId | None = None) -> Board:
        """Without what not everybody in the channel may see, and without other channels' sessions."""

        def sees(session: Session) -> bool:
            here = place is None or self._channel(board.project, session) == place
            return here and bool(self._context.poster.is_shown_to_all(session))

        seen = board.seen(sees)
        elsewhere = (None, place) if place == min(board.project.channels) else (place,)
        due = (one for one in seen.next if place is None or one.home is not None or one.schedule.channel in elsewhere)
        return replace(seen, next=tuple(due))

    def _channel(self, project: Project, session: Session) -> PlaceId:
        above = self._context.poster.above(session)
        if above is None and session.place in project.channels:
            above = session.place
        return min(project.channels) if above is None else above

    async def _of(self, place: PlaceId) -> _Shown:
        """What is known of a channel's board, at first from an earlier bridge."""
        if place not in self._shown:
            ledger = _Ledger(self._context, self._bus, place)
            post = await self._bus.standing(ledger.key)
            message = StandingMessage(self._context, place, "board", ledger, _is_board, for_ever=True)
            if post is not None:
                digest, _, since = post.digest.partition("@")
                message.known(post.message, digest)
                ledger.nonce, ledger.since = digest, float(since or 0.0)
            self._shown[place] = _Shown(message, ledger, is_known=post is not None)
        return self._shown[place]

    def _is_due(self, shown: _Shown, spec: MessageSpec) -> bool:
        now, message = self._context.clock(), shown.message
        if now < message.not_before:
            return False
        if message.message is not None and not shown.checked:
            return True
        if not message.shows(spec):
            return now >= shown.next
        return not shown.pinned and message.message is not None and now >= shown.next_pin

    async def _update(self, shown: _Shown, spec: MessageSpec) -> None:
        """What is to be done first."""
        clock, message = self._context.clock, shown.message
        if message.message is not None and not shown.checked:
            await self._check(shown, message.message)
        if not message.shows(spec) and clock() >= shown.next:
            before = message.message
            shown.next = clock() + _EVERY
            if await message.show(spec, first_message(shown.ledger.since - _EARLIER)):
                shown.pinned = shown.pinned and message.message == before
                shown.checked = True
        if not shown.pinned and message.message is not None and clock() >= shown.next_pin:
            await self._pin(shown, message.message)

    async def _check(self, shown: _Shown, message: MessageId) -> None:
        """Whether it is still there, and pinned."""
        place = shown.message.place
        try:
            async with self._context.rate_limiter.turn(
                "GET", f"/channels/{place}/messages/{message}", Priority.PROGRESS
            ):
                shown.pinned = await self._context.poster.is_pinned(place, message)
        except MessageGone:
            shown.message.lost()
        except ChatError as error:
            log.info("the board in place %s is looked for later: %s", place, error)
            shown.message.not_before = self._context.clock() + shown.checks.pause
            shown.checks.grow()
            return
        shown.checked = True
        shown.checks.reset()

    async def _pin(self, shown: _Shown, message: MessageId) -> None:
        place = shown.message.place
        try:
            path = f"/channels/{place}/messages/pins/{message}"
            async with self._context.rate_limiter.turn("PUT", path, Priority.PROGRESS):
                await self._context.poster.pin(place, message)
        except MessageGone:
            shown.message.lost()
        except ChatError as error:
            log.warning("the board in place %s is not pinned: %s", place, error)
            shown.may_pin = not isinstance(error, PlaceClosed)
            shown.next_pin = self._context.clock() + shown.pins.pause
            shown.pins.grow()
        else:
            shown.pinned = shown.may_pin = True
            shown.pins.reset()

    def _board_with(self, message: int) -> _Shown | None:
        return next((one for one in self._shown.values() if one.message.message == message), None)

    @commands.Cog.listener("on_ready")
    @commands.Cog.listener("on_guild_join")
    @commands.Cog.listener("on_guild_available")
    async def on_gap(self, *_: object) -> None:
        """What happened meanwhile was not told."""
        for one in self._shown.values():
            one.checked = False

    @commands.Cog.listener()
    async def on_guild_role_update(self, before: discord.Role, after: discord.Role) -> None:
        if before.permissions != after.permissions:
            await self.on_gap()

    @commands.Cog.listener()
    async def on_guild_channel_update(self, before: discord.abc.GuildChannel, after: discord.abc.GuildChannel) -> None:
        if before.overwrites != after.overwrites:
            await self.on_gap()

    @commands.Cog.listener()
    async def on_raw_message_delete(self, event: discord.RawMessageDeleteEvent) -> None:
        if (shown := self._board_with(event.message_id)) is not None:
            shown.message.lost()
            shown.pinned, shown.next = False, 0.0

    @commands.Cog.listener()
    async def on_raw_bulk_message_delete(self, event: discord.RawBulkMessageDeleteEvent) -> None:
        for message in event.message_ids:
            if (shown := self._board_with(message)) is not None:
                shown.message.lost()
                shown.pinned, shown.next = False, 0.0

    @commands.Cog.listener()
    async def on_raw_message_edit(self, event: discord.RawMessageUpdateEvent) -> None:
        shown = self._board_with(event.message_id)
        if shown is not None and shown.pinned and event.data.get("pinned") is False:
            shown.pinned, shown.next_pin = False, 0.0

    @commands.Cog.listener()
    async def on_message(self, message: discord.Message) -> None:
        """That we have pinned it is no news."""
        mine = self._client.user is not None and message.author.id == self._client.user.id
        if message.type is not discord.MessageType.pins_add or not mine or message.reference is None:
            return
        if self._board_with(message.reference.message_id or 0) is None:
            return
        place = PlaceId(message.channel.id)
        try:
            async with self._context.rate_limiter.turn(
                "DELETE", f"/channels/{place}/messages/{message.id}", Priority.MARK
            ):
                await self._context.poster.delete(place, MessageId(message.id), None)
        except ChatError as error:
            log.info("the notice of the pinned board in place %s stays: %s", place, error)


def _is_board(one: OwnMessage) -> bool:
    """Whether a message of ours is a board."""
    start = wording.BOARD_TITLE.partition("{")[0]
    return one.is_card and bool(one.texts) and one.texts[0].startswith(start)
