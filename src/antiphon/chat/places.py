"""Threads and announcements in Discord, as actions ask for them (actions.places)."""

import asyncio
import logging
from contextlib import suppress
from typing import Any

import discord

from antiphon.actions.places import Announcement, GuestInvited, History, Opening, SchedulePaused, Thread
from antiphon.actions.reasons import ChatRefused, NoChannel, Refused, ThreadRefused
from antiphon.chat.announcements import announcement as text_of
from antiphon.chat.channels import ThreadedChannel, threads_of
from antiphon.chat.connection.endpoint import FAILURES
from antiphon.chat.delivery.components import files_of
from antiphon.chat.delivery.poster import create_thread
from antiphon.chat.forum_posts import ForumPosts
from antiphon.chat.render.format import snowflake_time
from antiphon.chat.render.message import TextUpload
from antiphon.chat.render.page import nonce
from antiphon.chat.render.text.thread_name import title
from antiphon.chat.wording import NO_ANSWER
from antiphon.core.values import MessageId, PlaceId, Project

log = logging.getLogger(__name__)

_ANNOUNCED_WITHIN = 5.0  # seconds, where somebody acts outside Discord
_CONTENT = 2000  # characters of a message (Discord's API documentation, Create Message)


class DiscordPlaces:
    """Whatever Discord refuses goes up as discord.py raises it, but for a thread that may not be opened."""

    def __init__(
        self,
        client: discord.Client,
        posts: ForumPosts,
        interaction: discord.Interaction[discord.Client] | None = None,
    ) -> None:
        """`interaction`: announcements in its place are answers to it."""
        self._client = client
        self._posts = posts
        self._interaction = interaction

    def answering(self, interaction: discord.Interaction[discord.Client]) -> "DiscordPlaces":
        """The same, for somebody who acts by this interaction."""
        return DiscordPlaces(self._client, self._posts, interaction)

    async def open_thread(
        self, project: Project, near: PlaceId | None, opening: Opening, name: str, key: str
    ) -> Thread:
        """See actions.places. The same thread is found for as long as Discord remembers the message's nonce, the same
        post for ten minutes."""
        channel = self._channel(project, near)
        try:
            if isinstance(channel, discord.ForumChannel):
                text, files = _message(opening)
                post = await self._posts.open(channel, title(name), text, files, key)
                return Thread(PlaceId(post.id), None, MessageId(post.id), post.name)
            return await _open_below(channel, opening, title(name), key)
        except discord.HTTPException as error:
            if error.status == 429 or error.status >= 500:
                raise
            raise Refused(ThreadRefused(PlaceId(channel.id), error.text)) from error

    async def remove_thread(self, thread: Thread) -> None:
        """See ForumPosts.take_away."""
        await self._posts.take_away(thread.place)
        above = thread.channel or thread.place
        with suppress(discord.HTTPException):
            await self._client.get_partial_messageable(above).get_partial_message(thread.message).delete()

    async def announce(self, place: PlaceId, announcement: Announcement) -> MessageId | None:
        """Post it, silently; it calls nobody but a guest who is invited."""
        text = text_of(announcement)
        if not text:
            return None
        quiet = discord.AllowedMentions.none()
        if isinstance(announcement, GuestInvited):  # a message of its own: the edit of an answer calls nobody
            guest = discord.Object(announcement.guest.person)
            quiet = discord.AllowedMentions(everyone=False, roles=False, users=[guest])
        elif self._interaction is not None and self._interaction.channel_id == place:
            with suppress(discord.HTTPException):  # it does not take the answer: it was acknowledged too late
                sent = await self._interaction.followup.send(text, wait=True, silent=True, allowed_mentions=quiet)
                return MessageId(sent.id)
        channel = self._client.get_partial_messageable(place)
        once: dict[str, Any] = {}
        if isinstance(announcement, History | SchedulePaused):  # it may be tried again
            once = {"nonce": nonce(type(announcement).__name__, str(place))}
        message = await channel.send(text, silent=True, suppress_embeds=True, allowed_mentions=quiet, **once)
        return MessageId(message.id)

    async def reword(self, place: PlaceId, message: MessageId, announcement: Announcement) -> None:
        """Edit it. Discord's refusal is logged: what it announced has changed all the same."""
        one = self._client.get_partial_messageable(place).get_partial_message(message)
        try:
            await one.edit(content=text_of(announcement), allowed_mentions=discord.AllowedMentions.none())
        except FAILURES as error:
            log.warning("message %s in place %s goes on saying what it said: %s", message, place, error)

    async def retract(self, place: PlaceId, message: MessageId) -> None:
        if self._interaction is not None and self._interaction.channel_id == place:
            with suppress(discord.HTTPException):  # it was no answer to this one, or its time is over
                await self._interaction.followup.delete_message(message)
                return
        await self._client.get_partial_messageable(place).get_partial_message(message).delete()

    async def channel_of(self, place: PlaceId) -> PlaceId | None:
        """Asks Discord only for what the gateway has not told of."""
        found = self._client.get_channel(place)
        if found is None:
            try:
                async with asyncio.timeout(_ANNOUNCED_WITHIN):
                    found = await self._client.fetch_channel(place)
            except (discord.NotFound, discord.Forbidden):
                return None
            except FAILURES as error:
                raise Refused(ChatRefused(NO_ANSWER)) from error
        if isinstance(found, discord.Thread):
            return PlaceId(found.parent_id)
        return PlaceId(found.id)

    def threads_of(self, channel: PlaceId) -> frozenset[PlaceId]:
        """Those that the gateway has told of."""
        found = self._client.get_channel(channel)
        return frozenset(PlaceId(thread.id) for thread in threads_of(found))

    def opened_at(self, place: PlaceId) -> float:
        """As its id says."""
        return snowflake_time(MessageId(place))

    def _channel(self, project: Project, near: PlaceId | None) -> discord.TextChannel | discord.ForumChannel:
        """The project's channel nearest to where somebody is, else its first in which threads can be."""
        for id_ in sorted(project.channels, key=lambda id_: (id_ != near, id_)):
            channel = self._client.get_channel(id_)
            if isinstance(channel, ThreadedChannel):
                return channel
        raise Refused(NoChannel(project.name))


class PlacesFromOutside(DiscordPlaces):
    """The same for whoever acts outside Discord: what it does not take soon is not announced there, and happens all the
    same."""

    async def announce(self, place: PlaceId, announcement: Announcement) -> MessageId | None:
        """None: Discord has not taken it in time, or refuses it."""
        try:
            async with asyncio.timeout(_ANNOUNCED_WITHIN):
                return await super().announce(place, announcement)
        except FAILURES as error:  # TimeoutError is an OSError
            log.warning("place %s is not told of something that was done outside Discord: %r", place, error)
            return None

    async def retract(self, place: PlaceId, message: MessageId) -> None:
        try:
            await super().retract(place, message)
        except FAILURES as error:
            log.warning("message %s in place %s stays, although it announces nothing: %r", message, place, error)


async def _open_below(channel: discord.TextChannel, opening: Opening, name: str, key: str) -> Thread:
    """Post a message and open a thread on it; what cannot have a thread is taken away again."""
    text, files = _message(opening)
    message = await channel.send(text, files=await files_of(files), silent=True, nonce=nonce("open", key))
    try:
        await create_thread(message, name)
    except discord.HTTPException as error:
        if error.status != 429 and error.status < 500:
            with suppress(discord.HTTPException):
                await message.delete()  # it announces nothing
        raise
    return Thread(PlaceId(message.id), PlaceId(channel.id), MessageId(message.id), name)


def _message(opening: Opening) -> tuple[str, tuple[TextUpload, ...]]:
    """The channel's message: the prompt below the announcement, in a file where it is too long for it."""
    text, prompt = text_of(opening), opening.prompt
    if not prompt:
        return text, ()
    whole = "\n".join([text, *(f"> {line}" for line in prompt.splitlines())])
    return (whole, ()) if len(whole) <= _CONTENT else (text, (TextUpload("prompt.md", prompt),))
