"""What happened while nobody listened: messages, edits and deletions, found by asking Discord after every outage.

Asked is only about places in which something new was said, and about prompts that still wait.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

import discord

from antiphon.chat.channels import Channel, MessageChannel, ThreadedChannel, threads_of
from antiphon.chat.connection.endpoint import FAILURES
from antiphon.chat.connection.sight import can_read
from antiphon.chat.inbound.acceptance import PAUSES, Acceptance, InboundContext
from antiphon.chat.inbound.backfill_gate import BackfillGate, Gap
from antiphon.chat.render.format import snowflake_time
from antiphon.chat.render.message import Priority
from antiphon.core.records import QueuedPrompt
from antiphon.core.retry import Backoff, retry
from antiphon.core.values import MessageId, PlaceId

log = logging.getLogger(__name__)

T = TypeVar("T")

# By server and person: a message by REST does not tell its author's roles.
Members = dict[tuple[int, int], discord.Member | None]

# Not a place: up to its watermark everything was looked at, everywhere. Earlier versions raised it; now each channel
# has one of its own (`all_of`), for one channel may be out of sight while others are read.
EVERYWHERE = PlaceId(0)
Readable = MessageChannel | discord.DMChannel
_AT_ONCE = 5  # places that are read side by side: well below the 50 requests a second that Discord takes
_PAGE = 100  # messages or threads: what one request brings at most
_NO_MESSAGE = 10008  # Discord's code: the channel is there, the message is not


@dataclass(frozen=True, slots=True)
class Found:
    """A place, as Discord tells it. `newest`: its last message, 0 for none."""

    place: PlaceId
    parent: PlaceId | None
    newest: MessageId


def unseen(one: Found, marks: Mapping[PlaceId, MessageId]) -> MessageId | None:
    """The message after which a place was not looked at; None: it was never listened to. `marks`: the last message
    seen in each place. A thread without one has been looked at with all of its channel."""
    if one.place in marks:
        return marks[one.place]
    if one.parent is None or one.parent not in marks:
        return None
    looked = looked_at(one.parent, marks)
    return None if looked is None else max(looked, MessageId(one.place - 1))


def all_of(channel: PlaceId) -> PlaceId:
    """Not a place: up to its watermark everything was looked at in a channel and in all threads of it. It rises when
    they were read, so that whoever comes after a kill in the middle of that begins where it had begun."""
    return PlaceId(-channel)


def looked_at(channel: PlaceId, marks: Mapping[PlaceId, MessageId]) -> MessageId | None:
    """Up to where everything was looked at in a channel and its threads; None: it was never listened to."""
    own = marks.get(all_of(channel))
    return marks.get(EVERYWHERE, marks.get(channel)) if own is None else own


def is_new(one: Found, marks: Mapping[PlaceId, MessageId]) -> bool:
    """Whether something has to be done about a place: something was said since, or it is a channel that nobody has
    listened to."""
    mark = unseen(one, marks)
    return one.parent is None if mark is None else one.newest > mark


def channel_of(one: QueuedPrompt) -> PlaceId | None:
    """Where the message of a prompt stands: in the session's place, or in the channel above it, which it opened. None:
    the prompt is no message."""
    message, origin = one.prompt.message, one.session.origin
    if message is None or one.key != str(message):
        return None
    return origin.channel if origin.message == message else one.session.place


@dataclass(slots=True)
class _Search:
    """One search for what was missed in a gap."""

    gap: Gap
    marks: Mapping[PlaceId, MessageId]
    members: Members = field(default_factory=Members)


class Backfill:
    """Asks Discord for what was missed. `ask_after`: how many seconds old a message may be to run unasked."""

    def __init__(self, context: InboundContext, acceptance: Acceptance, gate: BackfillGate, ask_after: float) -> None:
        self._client, self._projects, self._bus = context.client, context.projects, context.bus
        self._rate_limiter = context.rate_limiter
        self._acceptance = acceptance
        self._gate = gate
        self._ask_after = ask_after

    async def messages(self, outage: Gap) -> None:
        """Accept what was said meanwhile, in order, in each place that is known; goes on until Discord has answered.
        `outage` learns which places were read."""
        marks = dict(await self._acceptance.stored("what was missed", self._bus.watermarks))
        channels = self._channels()
        threads = [thread for channel in channels for thread in threads_of(channel)]
        active = [_found(place) for place in (*channels, *threads)]
        newest = _newest(active)
        outage.read.update(one.place for one in active if not is_new(one, marks))
        self._gate.changed()
        search = _Search(outage, marks)
        for channel in channels:  # before threads: what opens one comes before what is said in it
            await self._read(channel, search)
        await self._read_threads(channels, threads, newest, search)
        for place in list(self._projects.direct):
            await self._read_direct(place, search)

    async def direct(self, place: PlaceId, after: MessageId) -> None:
        """The same for direct messages, whose project is known only now: those after that message."""
        await self._read_direct(place, _Search(Gap(frozenset({place})), {place: after}))

    async def _read_direct(self, place: PlaceId, search: _Search) -> None:
        """Discord tells of no direct messages by itself: where some were, it is asked."""
        if (mark := search.marks.get(place)) is None:
            return
        channel = await self._ask(f"direct messages {place}", lambda: self._place(place))
        if channel is not None:
            await self._fetch(channel, mark, search.members)
        search.gap.read.add(place)
        self._gate.changed()

    async def channels(self, gap: Gap) -> None:
        """The same for what was said in the channels of a gap of sight. What discord.py knows of them is of before:
        Discord is asked."""
        marks = dict(await self._acceptance.stored("what was out of sight", self._bus.watermarks))
        channels = [channel for channel in self._channels() if channel.id in (gap.channels or ())]
        search = _Search(gap, marks)
        newest = _newest([_found(channel) for channel in channels])
        for channel in channels:
            await self._read(channel, search, always=True)
        below = {channel.id for channel in channels}
        threads: list[discord.Thread] = []
        for guild in {channel.guild for channel in channels}:
            found = await self._ask(f"the threads of {guild.id}", partial(self._active_threads, guild))
            threads += [thread for thread in found or () if thread.parent_id in below]
        await self._read_threads(channels, threads, newest, search)

    async def _active_threads(self, guild: discord.Guild) -> Sequence[discord.Thread]:
        async with self._turn(f"/guilds/{guild.id}/threads/active"):
            return await guild.active_threads()

    async def _read_threads(
        self,
        channels: Sequence[Channel],
        threads: Sequence[discord.Thread],
        newest: MessageId,
        search: _Search,
    ) -> None:
        """Those that are active, and those that were archived since; afterwards all of these channels was looked at,
        where the bot may, up to `newest`: what was the newest message when the threads were listed, for one that is
        opened meanwhile is in no list."""
        await _concurrently(partial(self._read, thread, search) for thread in threads)
        archived = await self._archived(channels, search.marks)
        await _concurrently(partial(self._read, thread, search) for thread in archived)
        for channel in channels:
            if can_read(self._client, channel.id):
                await self._seen(all_of(PlaceId(channel.id)), newest)
                self._acceptance.unread.discard(PlaceId(channel.id))

    async def changes(self) -> None:
        """Bring the prompts that still wait up to date with their messages; goes on until Discord has answered."""
        channels: dict[PlaceId, list[QueuedPrompt]] = {}
        for one in await self._acceptance.stored("what has changed", self._bus.changeable):
            if (channel := channel_of(one)) is not None:
                channels.setdefault(channel, []).append(one)
        await _concurrently(partial(self._compare, channel, prompts) for channel, prompts in channels.items())

    async def _compare(self, channel: PlaceId, prompts: Sequence[QueuedPrompt]) -> None:
        """Those whose messages stand in one channel, in their order."""
        place = await self._ask(f"channel {channel}", lambda: self._place(channel))
        if place is not None:
            for one in prompts:
                await self._ask(f"message {one.key}", lambda one=one: self._look_again(place, int(one.key)))

    async def _place(self, channel: PlaceId) -> Readable | None:
        place = self._client.get_channel(channel) or await self._client.fetch_channel(channel)
        return place if isinstance(place, Readable) else None

    async def _look_again(self, place: Readable, number: int) -> None:
        try:
            async with self._turn(f"/channels/{place.id}/messages/{number}", Priority.PROGRESS):
                message = await place.fetch_message(number)
        except discord.NotFound as error:
            if error.code != _NO_MESSAGE:
                raise
            await self._acceptance.delete(place.id, [number])
            return
        if message.edited_at is not None and not message.author.bot:
            await self._acceptance.edit(message, await self._member(place.guild, message.author.id))

    async def _read(
        self, place: MessageChannel | discord.ForumChannel, search: _Search, *, always: bool = False
    ) -> None:
        """Look for something new in a place. One that nobody has listened to before is listened to from now on.
        `always`: also where nothing is known to be new."""
        one = _found(place)
        mark = unseen(one, search.marks)
        if mark is None and is_new(one, search.marks):
            await self._seen(one.place, one.newest or MessageId(one.place))
        elif isinstance(place, MessageChannel) and mark is not None and (always or is_new(one, search.marks)):
            await self._fetch(place, mark, search.members)
        search.gap.read.add(one.place)
        self._gate.changed()

    async def _fetch(self, place: Readable, mark: MessageId, members: Members) -> None:
        """Accept what was said after `mark`."""
        last: int = mark

        async def read() -> None:
            nonlocal last
            more = True
            while more:
                page = place.history(after=discord.Object(last), oldest_first=True, limit=_PAGE)
                async with self._turn(f"/channels/{place.id}/messages"):
                    messages = [message async for message in page]
                for message in messages:
                    await self._accept(message, place.guild, members)
                    last = message.id
                more = len(messages) == _PAGE

        await self._ask(f"what was said in {place.id} meanwhile", read)
        await self._seen(PlaceId(place.id), MessageId(last))

    async def _accept(self, message: discord.Message, guild: discord.Guild | None, members: Members) -> None:
        who = (guild.id if guild is not None else 0, message.author.id)
        if who not in members and not message.author.bot:
            members[who] = await self._member(guild, message.author.id)
        now = discord.utils.utcnow().timestamp()
        await self._acceptance.receive_late(message, members.get(who), now, self._ask_after)

    async def _member(self, guild: discord.Guild | None, person: int) -> discord.Member | None:
        """Somebody with their roles; None for who has left, and in direct messages."""
        if guild is None:
            return None
        try:
            async with self._turn(f"/guilds/{guild.id}/members/{person}"):
                return await guild.fetch_member(person)
        except discord.NotFound:
            return None

    def _turn(self, path: str, priority: Priority = Priority.ANSWER) -> AbstractAsyncContextManager[None]:
        """The right to ask Discord for something, among all else that is asked."""
        return self._rate_limiter.turn("GET", path, priority)

    async def _ask(self, what: str, ask: Callable[[], Awaitable[T]]) -> T | None:
        """What Discord answers, however long that takes; None: it says that this is not for us."""

        async def asked() -> T | None:
            try:
                return await ask()
            except (discord.Forbidden, discord.NotFound) as error:
                log.warning("%s could not be read: %s", what, error)
                return None

        def failed(error: Exception, pause: float) -> None:
            log.warning("%s is read again in %.1f s: %s", what, pause, error)

        return await retry(asked, FAILURES, Backoff(*PAUSES), failed)

    async def _seen(self, place: PlaceId, last: MessageId) -> None:
        await self._acceptance.stored(f"up to {last}", lambda: self._bus.seen(place, last))

    def _channels(self) -> list[Channel]:
        channels = (self._client.get_channel(channel) for project in self._projects.all for channel in project.channels)
        return [one for one in channels if isinstance(one, Channel)]

    async def _archived(self, channels: Iterable[Channel], marks: Mapping[PlaceId, MessageId]) -> list[discord.Thread]:
        """The threads that were archived since everything was looked at: discord.py does not know them."""
        found: dict[int, discord.Thread] = {}
        for channel in channels:
            since = looked_at(PlaceId(channel.id), marks)
            if since is None or not isinstance(channel, ThreadedChannel):  # nobody has listened, or has none
                continue

            async def read(channel: ThreadedChannel = channel, since: float = snowflake_time(since)) -> None:
                async with self._turn(f"/channels/{channel.id}/threads/archived/public"):
                    async for thread in channel.archived_threads(limit=None):  # the last one that was archived first
                        if thread.archive_timestamp.timestamp() < since:
                            break
                        found[thread.id] = thread
                if not isinstance(channel, discord.TextChannel) or channel.is_news():
                    return  # there are no private ones
                async with self._turn(f"/channels/{channel.id}/users/@me/threads/archived/private"):
                    async for thread in channel.archived_threads(private=True, joined=True, limit=_PAGE):
                        found[thread.id] = thread

            await self._ask(f"the archive of {channel.id}", read)
        return [thread for id_, thread in found.items() if self._client.get_channel(id_) is None]


def _found(place: MessageChannel | discord.ForumChannel) -> Found:
    parent = PlaceId(place.parent_id) if isinstance(place, discord.Thread) else None
    return Found(PlaceId(place.id), parent, MessageId(place.last_message_id or 0))


def _newest(places: Iterable[Found]) -> MessageId:
    return max((one.newest or MessageId(one.place) for one in places), default=MessageId(0))


async def _concurrently(calls: Iterable[Callable[[], Awaitable[None]]]) -> None:
    """Do them all, begun in their order."""
    gate = asyncio.Semaphore(_AT_ONCE)

    async def do(call: Callable[[], Awaitable[None]]) -> None:
        async with gate:
            await call()

    async with asyncio.TaskGroup() as group:
        for call in calls:
            group.create_task(do(call), name="look for what was missed")
