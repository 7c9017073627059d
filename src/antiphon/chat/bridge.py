"""The bridge as a part of a discord.py bot: one call, `attach`, adds everything.

Listens to messages, fetches what it missed, and accepts what is for it. A message, and what is attached to it, is
durable before it gets its 👀. While a prompt waits in line, an edit changes it and a deletion takes it back.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import replace
from typing import TypeVar
from weakref import WeakValueDictionary

import aiohttp
import discord
from discord.ext import commands

from antiphon.chat.commands import add_commands
from antiphon.chat.controls import Controls
from antiphon.chat.doors import Doors
from antiphon.chat.incoming import Downloads
from antiphon.chat.intake import Arrival, addressed, call_of, files_of, is_paste, project_at, session_of
from antiphon.chat.look.spec import Rank
from antiphon.chat.people import arrival, owners_of
from antiphon.chat.scheduler import Scheduler, route
from antiphon.chat.signs import ACCEPTED
from antiphon.core.ports import Bus
from antiphon.core.rows import Body, Call
from antiphon.core.values import MessageId, PersonId, PlaceId, Project, Session, session_at
from antiphon.errors import StoreError

log = logging.getLogger(__name__)

T = TypeVar("T")

_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 30.0  # seconds after Discord or the database did not answer; doubled each time
_FAILURES = (discord.DiscordException, aiohttp.ClientError, OSError)

Readable = discord.TextChannel | discord.Thread


class Bridge:
    """Discord's side of the bus."""

    def __init__(
        self,
        bot: commands.Bot,
        projects: Sequence[Project],
        bus: Bus,
        worker: str,
        downloads: Downloads,
        scheduler: Scheduler,
    ) -> None:
        """`worker`: the name of the worker that has the projects' directories."""
        self._bot = bot
        self._projects = projects
        self._bus = bus
        self._worker = worker
        self._downloads = downloads
        self._scheduler = scheduler
        self._caught_up = asyncio.Event()  # messages wait for those that were missed before them
        self._connections = 0  # how many gateway sessions there have been
        # In each channel one message after the other, in the order in which they came: its watermark rises with each.
        self._orders: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()
        self.ready = asyncio.Event()

    def attach(self) -> None:
        """Add listeners and commands to the bot. Call before it connects."""
        self._bot.add_listener(self._on_connect, "on_connect")
        self._bot.add_listener(self._on_ready, "on_ready")
        self._bot.add_listener(self._on_message, "on_message")
        self._bot.add_listener(self._on_edit, "on_raw_message_edit")
        self._bot.add_listener(self._on_delete, "on_raw_message_delete")
        self._bot.add_listener(self._on_bulk_delete, "on_raw_bulk_message_delete")
        doors = Doors(self._projects, self._bus, self._worker)
        add_commands(self._bot.tree, doors)
        Controls(self._bot, doors).attach()

    async def _on_connect(self) -> None:
        self._connections += 1
        self._caught_up.clear()

    async def _on_ready(self) -> None:
        connection = self._connections
        self.ready.set()
        try:
            await self._catch_up()
        except StoreError:
            log.exception("what was said meanwhile could not be accepted")
        finally:
            if connection == self._connections:  # else a later session has missed other messages, and looks for them
                self._caught_up.set()
        assert self._bot.user is not None
        log.info("connected as %s", self._bot.user)
        for project in self._projects:
            missing = [channel for channel in project.channels if self._bot.get_channel(channel) is None]
            if missing:
                log.error("project %s: the bot does not see channel %s", project.name, ", ".join(map(str, missing)))
            else:
                log.info("project %s: %s", project.name, project.directory)

    async def _on_message(self, message: discord.Message) -> None:
        await self._caught_up.wait()
        try:
            await self._accept(message)
        except StoreError:
            log.exception("message %s was not accepted: the database cannot be used", message.id)

    async def _on_edit(self, event: discord.RawMessageUpdateEvent) -> None:
        message = event.message
        if message.edited_at is None or message.author.bot:
            return  # Discord itself has added something: a preview of a link, a thread
        await self._caught_up.wait()
        arrived = self._arrival(message, message.author)
        named = replace(arrived, mentions=arrived.mentions | {self._me})  # if it is a prompt, it was named before
        project = addressed(named, self._projects, self._me)
        if project is None:
            return
        try:
            async with self._order(message.channel.id):
                call = await self._call(arrived, project)
                changed = await self._insist(f"message {call.key}", lambda: self._bus.revise(call.key, call.body))
                if not changed and await self._bus.handed_over(call.key):
                    edited = f"edit:{call.key}:{message.edited_at.timestamp()}"
                    await self._change(call.session, edited, {"message": message.id, "prompt": call.body})
        except StoreError:
            log.exception("the edit of message %s is lost: the database cannot be used", message.id)
        else:
            if changed:
                log.info("prompt %s was edited while it waited", message.id, extra={"session": call.session.id})

    async def _on_delete(self, event: discord.RawMessageDeleteEvent) -> None:
        await self._withdraw(event.channel_id, [event.message_id])

    async def _on_bulk_delete(self, event: discord.RawBulkMessageDeleteEvent) -> None:
        await self._withdraw(event.channel_id, sorted(event.message_ids))

    async def _withdraw(self, channel: int, messages: Iterable[int]) -> None:
        """Messages were deleted: those that wait as prompts are not run, and their files are removed."""
        place = self._bot.get_channel(channel)
        parent = PlaceId(place.parent_id) if isinstance(place, discord.Thread) else None
        if project_at(self._projects, PlaceId(channel), parent) is None:
            return
        await self._caught_up.wait()
        for message in messages:
            key = str(message)
            try:
                async with self._order(channel):
                    waited = await self._insist(f"message {key}", lambda key=key: self._bus.withdraw(key))
                    if not waited and await self._bus.handed_over(key):
                        session = await self._bus.session(PlaceId(channel))
                        if session is not None:
                            await self._change(session, f"deletion:{key}", {"message": message})
            except StoreError:
                log.exception("message %s was deleted, but may run: the database cannot be used", message)
                continue
            if waited:
                log.info("prompt %s was deleted while it waited", message)
                sessions = [session_at(PlaceId(channel)), session_at(PlaceId(message))]
                await self._downloads.drop(sessions, MessageId(message))

    async def _change(self, session: Session, key: str, body: Body) -> None:
        """A message that was handed to a running turn was edited or deleted: tell the turn."""
        call = Call(key, self._worker, session, "change", body)
        await self._insist(f"change {key}", lambda: self._bus.accept(call))

    async def _accept(self, message: discord.Message, author: discord.Member | None = None) -> None:
        """`author`: with roles, where the message came without them."""
        arrived = self._arrival(message, author or message.author)
        project = addressed(arrived, self._projects, self._me)
        if project is None:
            return
        async with self._order(message.channel.id):
            call = await self._call(arrived, project)
            if not await self._insist(f"message {call.key}", lambda: self._bus.accept(call)):
                return
        log.info("accepted message %s", message.id, extra={"session": call.session.id})
        try:
            path = f"/channels/{message.channel.id}/messages/{message.id}/reactions/x/@me"
            async with self._scheduler.turn(route("PUT", path), Rank.ANSWER):  # it says that the message is safe
                await message.add_reaction(ACCEPTED)
        except (*_FAILURES, RuntimeError) as error:  # the last one: the client has been closed meanwhile
            log.warning("message %s is accepted, but its %s could not be set: %s", message.id, ACCEPTED, error)

    @property
    def _me(self) -> PersonId:
        assert self._bot.user is not None
        return PersonId(self._bot.user.id)

    def _arrival(self, message: discord.Message, author: discord.User | discord.Member) -> Arrival:
        return arrival(message, author, owners_of(self._bot.application), self._me)

    def _order(self, channel: int) -> asyncio.Lock:
        """The channel's turnstile: as long as somebody is in it or waits, it is the same one."""
        return self._orders.setdefault(channel, asyncio.Lock())

    async def _call(self, arrived: Arrival, project: Project) -> Call:
        """The call that a message makes; what is attached to it is on our disk afterwards."""
        paste = is_paste(arrived, self._me)
        fetched = await self._downloads.fetch(session_of(arrived), arrived.id, files_of(arrived), paste)
        return call_of(arrived, project, self._worker, self._me, fetched)

    async def _catch_up(self) -> None:
        """Accept what was posted while nobody listened, in order, in each place that is known."""
        marks = dict(await self._insist("what was missed", self._bus.watermarks))
        for place in self._places():
            newest = place.last_message_id or 0
            mark = marks.get(PlaceId(place.id))
            if isinstance(place, discord.Thread) and mark is None:
                if place.id > marks.get(PlaceId(place.parent_id), newest):  # somebody opened it meanwhile
                    await self._fetch(place, MessageId(place.id - 1))
            elif mark is None:
                await self._seen(place, newest or self._now_id())
            elif newest > mark:
                await self._fetch(place, mark)

    async def _insist(self, what: str, ask: Callable[[], Awaitable[T]]) -> T:
        """Ask the database, however long it is busy: later messages wait, for they raise the watermark."""
        pause = _FIRST_PAUSE
        while True:
            try:
                return await ask()
            except self._bus.transient as error:
                log.warning("%s waits %.1f s for the database: %s", what, pause, error)
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)

    async def _fetch(self, place: Readable, mark: MessageId) -> None:
        """Accept what was said after `mark`. Goes on until Discord has answered, or says that it may not be read."""
        last: int = mark
        members: dict[int, discord.Member | None] = {}  # a message by REST does not tell its author's roles
        pause = _FIRST_PAUSE
        while True:
            try:
                async for message in place.history(after=discord.Object(last), oldest_first=True, limit=None):
                    if message.author.id not in members and not message.author.bot:
                        members[message.author.id] = await _member(place.guild, message.author.id)
                    await self._accept(message, members.get(message.author.id))
                    last = message.id
                break
            except (discord.Forbidden, discord.NotFound) as error:
                log.warning("what was said in %s meanwhile could not be read: %s", place.id, error)
                break
            except _FAILURES as error:
                log.warning("what was said in %s meanwhile is read again in %.1f s: %s", place.id, pause, error)
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)
        await self._seen(place, last)

    async def _seen(self, place: Readable, last: int) -> None:
        await self._insist(f"up to {last}", lambda: self._bus.seen(PlaceId(place.id), MessageId(last)))

    def _places(self) -> list[Readable]:
        channels = [self._bot.get_channel(channel) for project in self._projects for channel in project.channels]
        texts = [channel for channel in channels if isinstance(channel, discord.TextChannel)]
        return [*texts, *(thread for channel in texts for thread in channel.threads)]

    def _now_id(self) -> int:
        return discord.utils.time_snowflake(discord.utils.utcnow())


async def _member(guild: discord.Guild, person: int) -> discord.Member | None:
    """Somebody with their roles; None for who has left."""
    try:
        return await guild.fetch_member(person)
    except discord.NotFound:
        return None
