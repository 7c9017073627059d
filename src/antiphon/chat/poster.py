"""The few things that the outbox asks of Discord, and what can go wrong with them.

Discord's answers are translated here, at the edge: the outbox decides by the kind of ChatError, never by a status.
"""

from io import BytesIO
from typing import Protocol

import aiohttp
import discord

from antiphon.core.values import MessageId, PlaceId, Session
from antiphon.errors import ChatError

# Error codes of Discord's (developer docs, opcodes and status codes).
_UNKNOWN_CHANNEL = 10003
_UNKNOWN_MESSAGE = 10008
_MISSING_ACCESS = 50001
_MISSING_PERMISSIONS = 50013
_THREAD_ARCHIVED = 50083
_THREAD_ALREADY_THERE = 160004

_PLAIN_NAME = "Session"  # of a thread whose own name Discord refuses
# What discord.py raises; the last three when an answer is not Discord's (a proxy's page, half a body).
_FAILURES = (discord.DiscordException, aiohttp.ClientError, OSError, ValueError, KeyError, TypeError)


class PlaceGone(ChatError):
    """The channel or thread is not there any more, or closed to the bot."""


class MessageGone(ChatError):
    """Somebody deleted the message."""


class Unpostable(ChatError):
    """Discord does not take this content."""


class Away(ChatError):
    """Discord did not answer, or asked to wait: the same request is right again later."""


class Poster(Protocol):
    """Every method raises one of the ChatErrors above and nothing else; each is one request to Discord."""

    async def open(self, session: Session) -> None:
        """Make the session's thread if its place is one that does not exist yet; harmless to repeat."""
        ...

    async def send(self, place: PlaceId, content: str, nonce: str) -> MessageId:
        """Post. The nonce makes a repetition within Discord's window return the first message."""
        ...

    async def attach(self, place: PlaceId, content: str, nonce: str) -> MessageId:
        """Post the content as a Markdown file instead."""
        ...

    async def edit(self, place: PlaceId, message: MessageId, content: str) -> None:
        """Replace a message's content."""
        ...

    async def delete(self, place: PlaceId, message: MessageId) -> None:
        """Take a message away."""
        ...

    async def typing(self, place: PlaceId) -> None:
        """Show the typing mark for about 10 s."""
        ...


_NOBODY = discord.AllowedMentions.none()


class DiscordPoster:
    """The real one, over a discord.py client that is logged in."""

    def __init__(self, client: discord.Client) -> None:
        self._client = client

    async def open(self, session: Session) -> None:
        """See Poster."""
        origin = session.origin
        if origin.message is None or origin.channel is None or self._client.get_channel(session.place) is not None:
            return
        channel = self._client.get_channel(origin.channel)
        if not isinstance(channel, discord.TextChannel):
            raise PlaceGone(f"channel {origin.channel} is not there")
        message = channel.get_partial_message(origin.message)
        try:
            await self._create_thread(message, session.title)
        except Unpostable:
            await self._create_thread(message, _PLAIN_NAME)

    async def _create_thread(self, message: discord.PartialMessage, name: str) -> None:
        try:
            await message.create_thread(name=name)
        except _FAILURES as error:
            if getattr(error, "code", None) == _THREAD_ALREADY_THERE:
                return
            translated = _translated(error)
            if isinstance(translated, MessageGone):  # without it there is no thread below it
                raise PlaceGone(f"message {message.id} was deleted before it had a thread") from error
            raise translated from error

    async def send(self, place: PlaceId, content: str, nonce: str) -> MessageId:
        """See Poster."""
        try:
            channel = self._client.get_partial_messageable(place)
            message = await channel.send(content, nonce=nonce, allowed_mentions=_NOBODY, suppress_embeds=True)
        except _FAILURES as error:
            raise _translated(error) from error
        return MessageId(message.id)

    async def attach(self, place: PlaceId, content: str, nonce: str) -> MessageId:
        """See Poster."""
        try:
            channel = self._client.get_partial_messageable(place)
            file = discord.File(BytesIO(content.encode()), filename="answer.md")
            message = await channel.send(file=file, nonce=nonce, allowed_mentions=_NOBODY)
        except _FAILURES as error:
            raise _translated(error) from error
        return MessageId(message.id)

    async def edit(self, place: PlaceId, message: MessageId, content: str) -> None:
        """See Poster."""
        try:
            partial = self._client.get_partial_messageable(place).get_partial_message(message)
            try:
                await partial.edit(content=content, allowed_mentions=_NOBODY)
            except discord.HTTPException as error:
                if error.code != _THREAD_ARCHIVED:
                    raise
                await self._unarchive(place)  # a message would do that by itself, an edit does not
                await partial.edit(content=content, allowed_mentions=_NOBODY)
        except _FAILURES as error:
            raise _translated(error) from error

    async def _unarchive(self, place: PlaceId) -> None:
        thread = await self._client.fetch_channel(place)
        if isinstance(thread, discord.Thread):
            await thread.edit(archived=False)

    async def delete(self, place: PlaceId, message: MessageId) -> None:
        """See Poster."""
        try:
            await self._client.get_partial_messageable(place).get_partial_message(message).delete()
        except _FAILURES as error:
            raise _translated(error) from error

    async def typing(self, place: PlaceId) -> None:
        """See Poster."""
        try:
            await self._client.get_partial_messageable(place).typing()
        except _FAILURES as error:
            raise _translated(error) from error


def _translated(error: Exception) -> ChatError:
    words = str(error)
    if isinstance(error, discord.HTTPException) and not isinstance(error, discord.DiscordServerError):
        if error.code in (_UNKNOWN_CHANNEL, _MISSING_ACCESS, _MISSING_PERMISSIONS, _THREAD_ARCHIVED):
            return PlaceGone(words)
        if error.code == _UNKNOWN_MESSAGE:
            return MessageGone(words)
        if error.status == 400:
            return Unpostable(words)
    return Away(words or type(error).__name__)
