"""Messages become entries of the inbox: stored, edited and withdrawn, in each channel one after the other.

Promises: a message, and what is attached to it, is durable before it gets its 👀. While its prompt waits, is held, or
was handed to a turn that has not taken it in, an edit changes it and a deletion takes it back.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar
from weakref import WeakValueDictionary

import discord

from antiphon.chat.connection.endpoint import FAILURES
from antiphon.chat.connection.members import member_of
from antiphon.chat.connection.rate_limiter import RateLimiter
from antiphon.chat.delivery.reactions import ACCEPTED
from antiphon.chat.inbound import admission, intake
from antiphon.chat.inbound.attachments import Downloads
from antiphon.chat.inbound.converters import incoming_message, owners_of, person, project_of
from antiphon.chat.inbound.hints import Hints
from antiphon.chat.inbound.place_history import PlaceHistory
from antiphon.chat.permissions import NoThread
from antiphon.chat.render.message import Priority
from antiphon.core.access import may
from antiphon.core.bus import InboundStore
from antiphon.core.projects import Projects, with_guests
from antiphon.core.records import InboxEntry, QueuedPrompt, Withdrawal, prompt_in
from antiphon.core.retry import Backoff, retry
from antiphon.core.values import Change, MessageId, PersonId, PlaceId, Project, Session, session_at

log = logging.getLogger(__name__)

T = TypeVar("T")

PAUSES = 0.5, 30.0  # seconds after Discord or the database did not answer: the first and the longest
_DELETED = Withdrawal("deleted")
_REMEMBERED = 1000  # commands; the gateway tells twice of what is minutes old
_ARCHIVED = 50083  # Discord's code: what stands in an archived thread cannot be changed


Command = Callable[[], Awaitable[Sequence[str]]]
"""Does what somebody has sent as a command; the texts of its answer. Harmless to repeat."""


async def no_trigger(_project: Project, _message: intake.WebhookMessage) -> str | None:
    """Where there are none."""
    return None


@dataclass(frozen=True, slots=True)
class InboundContext:
    """What every part of inbound works with. `client`: logged in before anything is asked of it; `command`: what a
    message asks for with its words, where they are a command; `obstacle`: why no thread can be made in a channel;
    `trigger`: fires that which a webhook's message is for ("", or why not for people; None: it is for none)."""

    client: discord.Client
    projects: Projects
    bus: InboundStore
    rate_limiter: RateLimiter
    command: Callable[[intake.IncomingMessage, str], Command | None]
    obstacle: Callable[[PlaceId], NoThread | None]
    trigger: Callable[[Project, intake.WebhookMessage], Awaitable[str | None]] = no_trigger


class Acceptance:
    """Stores messages as prompts, and their edits and deletions. Its methods wait for the database, however long it is
    busy; StoreError: it cannot be used."""

    def __init__(self, context: InboundContext, downloads: Downloads) -> None:
        self._client, self._projects, self._bus = context.client, context.projects, context.bus
        self._rate_limiter, self._command = context.rate_limiter, context.command
        self._obstacle, self._trigger = context.obstacle, context.trigger
        self._downloads = downloads
        self._hints = Hints(context.client, context.rate_limiter)
        self._history = PlaceHistory(context.client, context.bus, context.rate_limiter)
        # In each channel one message after the other, in the order in which they came: its watermark rises with each.
        self._locks: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()
        self._talking: set[asyncio.Task[None]] = set()
        self._obeyed: deque[MessageId] = deque(maxlen=_REMEMBERED)  # messages that were commands
        # Direct messages of people who were asked what they are about: the message before the first of them.
        self._undecided: dict[PlaceId, MessageId] = {}
        # Channels in which something may be unread that cannot be read for now: their watermarks do not rise.
        self.unread: set[PlaceId] = set()

    async def receive(self, message: discord.Message) -> None:
        """A message that has just been written: accept a prompt; of every other one, ours for instance, only raise the
        watermark: after an outage only places are read in which something is newer."""
        async with self._lock(message.channel.id):
            project = project_of(self._projects, message.channel)
            if project is None and message.guild is None and not message.author.bot:
                project = await self._of_direct(message)
            if project is None:
                return
            incoming = await self._incoming(message, project)
            project = await self._as_here(project, incoming)
            accepted = False
            if message.webhook_id is not None:
                self._history.passed_over(incoming.channel)
                await self._fire(message, project, Priority.REQUEST)
            elif not await self._obey(message, incoming, project):
                accepted = await self._take(message, incoming, project, Priority.REQUEST)
            if not accepted and not self._is_unread(incoming):
                await self.stored(f"up to {message.id}", lambda: self._bus.seen(incoming.channel, incoming.id))

    async def receive_late(
        self, message: discord.Message, author: discord.Member | None, now: float, ask_after: float
    ) -> None:
        """A message that was missed, found at `now`: accept a prompt. The watermark is the caller's to raise. `author`:
        with roles; None: has left. `ask_after`: how many seconds old it may be to run unasked."""
        project = project_of(self._projects, message.channel)
        if project is None:
            return
        async with self._lock(message.channel.id):
            incoming = intake.missed(await self._incoming(message, project, author), now, ask_after)
            project = await self._as_here(project, incoming)
            if message.webhook_id is not None:
                self._history.passed_over(incoming.channel)
                await self._fire(message, project, Priority.ANSWER)
            elif not await self._obey(message, incoming, project):
                await self._take(message, incoming, project, Priority.ANSWER)

    async def edit(self, message: discord.Message, author: discord.Member | None = None) -> None:
        """A message was edited, or may have been since it was accepted: its prompt changes while it can, or the edit
        has made it one. `author`: with roles, where `message` has none."""
        project = project_of(self._projects, message.channel)
        if project is None:
            return
        incoming = await self._incoming(message, project, author)
        mentioning = replace(incoming, mentions=incoming.mentions | {self._me})  # a prompt's author did so at first
        project = await self._as_here(project, incoming)
        if not intake.is_prompt(mentioning, project, self._me):
            return
        key = str(message.id)
        async with self._lock(message.channel.id):
            accepted = await self.stored(f"the edit of message {key}", lambda: self._bus.changeable(key))
            for one in accepted:
                await self._change(incoming, project, one)
            if not accepted and intake.is_prompt_by_edit(incoming, project, self._me):
                await self._take(message, incoming, project, Priority.REQUEST)  # one that was accepted stays as it is

    async def delete(self, channel: int, messages: Iterable[int]) -> None:
        """Messages were deleted: those that wait as prompts are not run, and their files are removed."""
        place = self._client.get_channel(channel)  # None: perhaps an archived thread
        if place is not None and project_of(self._projects, place) is None:
            return
        for message in messages:
            key = str(message)
            async with self._lock(channel):
                accepted = await self.stored(f"message {key}", lambda key=key: self._bus.changeable(key))
                withdrawn = await self.stored(f"message {key}", lambda key=key: self._bus.withdraw(key, _DELETED))
                for one in () if withdrawn else accepted:
                    await self._change_running(one.session, f"deletion:{key}", Change(MessageId(message), None))
            await self.stored(f"message {key}", lambda message=message: self._bus.stranger_gone(MessageId(message)))
            if withdrawn:
                log.info("prompt %s was deleted while it waited", message)
                sessions = [session_at(PlaceId(channel)), session_at(PlaceId(message))]
                sessions += [one.session.id for one in accepted]
                await self._downloads.drop(sessions, MessageId(message))

    async def admit(self, message: discord.Message, author: discord.Member | None) -> bool:
        """A message that somebody has let in: accept it as it reads now, asked by its author. False: it has nothing for
        Claude. `author`: with roles; None: has left."""
        project = project_of(self._projects, message.channel)
        if project is None:
            return False
        incoming = await self._incoming(message, project, author)
        if not incoming.written:
            return False
        async with self._lock(message.channel.id):
            if intake.is_empty(incoming, self._me) or self._is_command(incoming):
                return False
            await self._accept(message, incoming, await self._as_here(project, incoming), Priority.REQUEST)
        return True

    async def stored(self, what: str, ask: Callable[[], Awaitable[T]]) -> T:
        """What the database answers, however long it is busy: later messages wait, for they raise the watermark."""

        def failed(error: Exception, pause: float) -> None:
            log.debug("%s waits %.1f s for the database: %s", what, pause, error)

        return await retry(ask, self._bus.transient, Backoff(*PAUSES), failed)

    @property
    def _me(self) -> PersonId:
        assert self._client.user is not None
        return PersonId(self._client.user.id)

    def _lock(self, channel: int) -> asyncio.Lock:
        """The channel's: as long as somebody holds it or waits, it is the same one."""
        return self._locks.setdefault(channel, asyncio.Lock())

    async def _of_direct(self, message: discord.Message) -> Project | None:
        """The project of direct messages that nobody has chosen yet: the only one that there is for their author, else
        they are asked which one."""
        owners = owners_of(self._client.application)
        found: list[Project] = []
        for project in self._projects.all:
            author = person(await member_of(self._client, project, message.author), owners)
            if may(project.access, author, "prompt"):
                found.append(project)
        place, before = PlaceId(message.channel.id), MessageId(message.id - 1)
        if len(found) > 1:
            self._undecided.setdefault(place, before)
            self._beside(self._hints.which_project(message, found), f"direct message {message.id}")
        if len(found) != 1:
            return None
        name = found[0].name
        await self.stored(f"the project of {place}", lambda: self._bus.choose_project(place, name, before))
        self._projects.direct[place] = name
        return found[0]

    def decided(self, place: PlaceId, project: str, after: MessageId) -> MessageId:
        """Direct messages in a place are about this project from now on, those after that message included, and what
        was said since somebody was asked for it; after which message that is."""
        self._projects.direct[place] = project
        return min(after, self._undecided.pop(place, after))

    async def _incoming(
        self, message: discord.Message, project: Project, author: discord.Member | None = None
    ) -> intake.IncomingMessage:
        """`author`: with roles, where `message` has none. In direct messages nobody has: Discord is asked."""
        who = author or message.author
        if message.guild is None:
            who = await member_of(self._client, project, who)
        return incoming_message(message, who, owners_of(self._client.application), self._me, project)

    async def _as_here(self, project: Project, incoming: intake.IncomingMessage) -> Project:
        """The project as the session in a message's thread has it: with its guests. The database is asked only where
        one could do more than the project itself allows."""
        if not intake.may_be_guest(incoming, project):
            return project
        place = incoming.channel
        return with_guests(project, await self.stored(f"the guests of {place}", lambda: self._bus.guests(place)))

    async def _obey(self, message: discord.Message, incoming: intake.IncomingMessage, project: Project) -> bool:
        """Do what a message says as a command, under its channel's lock; one that is told of twice is done once. False:
        it is none, or its author may use none here."""
        command = None if incoming.held else self._command(incoming, intake.typed(incoming, self._me))
        if command is None:
            return False
        if not (intake.may_stop(incoming, project) or await self._is_for_claude(incoming, project)):
            return False
        if incoming.id not in self._obeyed:
            answers = await self.stored(f"the command {message.id}", command)
            self._obeyed.append(incoming.id)
            self._beside(self._hints.answer(message, answers), f"answer {message.id}")
        return True

    async def _take(
        self, message: discord.Message, incoming: intake.IncomingMessage, project: Project, priority: Priority
    ) -> bool:
        """Accept a prompt, under its channel's lock. False: it is none; whoever may prompt and says nothing is told
        so."""
        if not await self._is_for_claude(incoming, project):
            if message.author.id != self._me:
                self._history.passed_over(incoming.channel)
            await self._keep_strangers(incoming, project)
            return False
        if intake.is_empty(incoming, self._me):
            self._beside(self._hints.nothing_said(message), f"hint {message.id}")
            return False
        if incoming.where == "channel" and (why := self._obstacle(incoming.channel)) is not None:
            log.warning("message %s is not accepted, no thread can be made for it: %s", message.id, why)
            self._beside(self._hints.no_thread(message, why), f"hint {message.id}")
            return False
        await self._accept(message, incoming, project, priority)
        return True

    async def _keep_strangers(self, incoming: intake.IncomingMessage, project: Project) -> None:
        """Keep a message of somebody who may not prompt, where it is for a session and says something to it."""
        if intake.is_strangers(incoming, project, self._me) and not self._is_command(incoming):
            await self.stored(f"message {incoming.id}", lambda: admission.keep(self._bus, incoming))

    def _is_command(self, incoming: intake.IncomingMessage) -> bool:
        return self._command(incoming, intake.typed(incoming, self._me)) is not None

    async def _fire(self, message: discord.Message, project: Project, priority: Priority) -> None:
        """Let a webhook's message in a channel fire the trigger that it is for, if it is for one; once, however often
        it is told of."""
        if message.webhook_id is None or message.channel.id not in project.channels:
            return
        told = intake.WebhookMessage(MessageId(message.id), message.webhook_id, message.content)
        answer = await self.stored(f"message {message.id}", lambda: self._trigger(project, told))
        if answer:
            self._beside(self._hints.answer(message, (answer,)), f"answer {message.id}")
        elif answer is not None:
            log.info("message %s has fired a trigger", message.id)
            self._beside(self._confirm(message, priority), f"accepted {message.id}")

    async def _is_for_claude(self, incoming: intake.IncomingMessage, project: Project) -> bool:
        """The message before this one may have begun the session that decides. The database is asked only where it
        does."""
        if intake.is_for_claude(incoming, project, self._me):
            return True
        if not intake.is_for_claude(replace(incoming, ours=True), project, self._me):
            return False
        place = incoming.channel
        return await self.stored(f"the session of {place}", lambda: self._bus.session(place)) is not None

    async def _accept(
        self, message: discord.Message, incoming: intake.IncomingMessage, project: Project, priority: Priority
    ) -> None:
        """Accept a prompt, under its channel's lock; one that was accepted before stays as it is. `priority`: of its
        👀, which somebody who has just written looks out for."""
        alone = incoming.where in ("channel", "direct")
        background = "" if alone else await self._history.before(message, incoming, project)

        async def store() -> bool:  # each time anew: a disk that is full has not taken its files either
            return await self._bus.accept(await self._entry(incoming, project, background))

        if not await self.stored(f"message {message.id}", store):
            return
        self._history.told(incoming.channel)
        log.info("accepted message %s", message.id, extra={"session": intake.session_of(incoming, project)})
        self._beside(self._confirm(message, priority), f"accepted {message.id}")

    def _beside(self, saying: Coroutine[Any, Any, None], name: str) -> None:
        """Say something in Discord: its limits hold no other message up."""
        task = asyncio.create_task(saying, name=name)
        self._talking.add(task)
        task.add_done_callback(self._talking.discard)

    async def _entry(self, incoming: intake.IncomingMessage, project: Project, background: str) -> InboxEntry:
        """What a message becomes in the inbox; what is attached to it is on the worker's disk afterwards."""
        paste = intake.is_paste(incoming, self._me)
        fetched = await self._downloads.fetch(
            intake.session_of(incoming, project), incoming.id, intake.files_of(incoming), paste
        )
        worker = self._projects.worker_of(project.name)
        entry = intake.inbox_entry(incoming, project, worker, self._me, fetched, background)
        return replace(entry, seen=None) if self._is_unread(incoming) else entry

    def _is_unread(self, incoming: intake.IncomingMessage) -> bool:
        return incoming.channel in self.unread or incoming.parent in self.unread

    async def _change(self, incoming: intake.IncomingMessage, project: Project, one: QueuedPrompt) -> None:
        """Let an accepted prompt say what its message says by now."""
        key = one.key
        edited = intake.changed(incoming, one.prompt)
        if edited is None:
            return
        prompt = prompt_in((await self._entry(edited, project, one.prompt.background)).content)
        if prompt is None:
            return
        prompt = replace(prompt, may_answer=one.prompt.may_answer)  # as it was decided before
        if await self.stored(f"message {key}", lambda: self._bus.revise(key, prompt)):
            log.info("prompt %s was edited while it waited", key, extra={"session": one.session.id})
        elif await self._bus.changeable(key):  # it was handed to a turn that runs
            change = Change(incoming.id, prompt)
            await self._change_running(one.session, f"edit:{key}:{edited.edited}", change)

    async def _change_running(self, session: Session, key: str, change: Change) -> None:
        """A message that was handed to a running turn was edited or deleted."""
        entry = InboxEntry(key, self._projects.worker_of(session.project), session, change)
        await self.stored(f"change {key}", lambda: self._bus.accept(entry))

    async def _confirm(self, message: discord.Message, priority: Priority) -> None:
        try:
            await self._react(message, priority)
        except (*FAILURES, RuntimeError) as error:  # the last one: the client has been closed meanwhile
            log.warning("message %s is accepted, but its %s could not be set: %s", message.id, ACCEPTED, error)

    async def _react(self, message: discord.Message, priority: Priority) -> None:
        """Say that the message is safe; its thread may have been archived meanwhile."""
        path = f"/channels/{message.channel.id}/messages/{message.id}/reactions/x/@me"
        try:
            async with self._rate_limiter.turn("PUT", path, priority):
                await message.add_reaction(ACCEPTED)
        except discord.HTTPException as error:
            if error.code != _ARCHIVED or not isinstance(message.channel, discord.Thread):
                raise
            await message.channel.edit(archived=False)
            async with self._rate_limiter.turn("PUT", path, priority):
                await message.add_reaction(ACCEPTED)
