"""The few things that the outbox asks of Discord, and what can go wrong with them.

Discord's answers are translated here, at the edge: the outbox decides by the kind of ChatError, never by a status.
"""

from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

import aiohttp
import discord

from antiphon.chat.delivery.components import files_of, mentions_of, view_of
from antiphon.chat.render.message import MessageSpec
from antiphon.core.ports import Files
from antiphon.core.values import MessageId, PersonId, PlaceId, Session, SessionId
from antiphon.errors import ChatError

# Error codes of Discord's (developer docs, opcodes and status codes).
_UNKNOWN_CHANNEL = 10003
_UNKNOWN_MESSAGE = 10008
_MISSING_ACCESS = 50001
_MISSING_PERMISSIONS = 50013
_THREAD_ARCHIVED = 50083
_THREAD_ALREADY_THERE = 160004
_THREAD_LOCKED = 160005
_CLOSED = (_MISSING_ACCESS, _MISSING_PERMISSIONS, _THREAD_ARCHIVED, _THREAD_LOCKED)

_DEFAULT, _COMPONENTS_V2 = 0, 1 << 15  # a message's type, and its flag
_A_LOOK = 100  # messages that one request brings (Discord's API documentation, Get Channel Messages)
_PLAIN_NAME = "Session"  # of a thread whose own name Discord refuses
# What discord.py raises; the last three when an answer is not Discord's (a proxy's page, half a body).
_FAILURES = (discord.DiscordException, aiohttp.ClientError, OSError, ValueError, KeyError, TypeError)


class PlaceGone(ChatError):
    """The channel or thread is not there any more."""


class PlaceClosed(PlaceGone):
    """The channel or thread is closed to the bot, perhaps only for now: not seen, not written in, locked."""


class MessageGone(ChatError):
    """Somebody deleted the message."""


class ContentRefused(ChatError):
    """Discord does not take this content."""


class DiscordUnavailable(ChatError):
    """Discord did not answer, or asked to wait: the same request is right again later."""


@dataclass(frozen=True, slots=True)
class OwnMessage:
    """A message of ours as Discord has it. `controls`: the custom_ids in it."""

    message: MessageId
    is_card: bool
    text: str
    controls: frozenset[str]


class Poster:
    """Asks Discord, over a client that is logged in. Every method raises one of the ChatErrors above and nothing else;
    each is one request (the first direct message to a person two), and waits for its turn at the rate limiter before
    it is called."""

    def __init__(self, client: discord.Client, files: Files) -> None:
        self._client = client
        self._files = files

    def is_open(self, session: Session) -> bool:
        """Whether the session's thread is known to exist: then there is nothing to open, and nothing to ask for."""
        return session.origin.message is None or self._client.get_channel(session.place) is not None

    def above(self, session: Session) -> PlaceId | None:
        """The channel that the session's thread is in, as far as is known; asks for nothing."""
        place = self._client.get_channel(session.place)
        return PlaceId(place.parent_id) if isinstance(place, discord.Thread) else session.origin.channel

    def standing(self, session: Session) -> object:
        """What is known of our rights in the session's place; asks for nothing. When it changes, what was refused may
        be allowed."""
        place = self._client.get_channel(session.place) or self._client.get_channel(session.origin.channel or 0)
        if not isinstance(place, discord.TextChannel | discord.Thread) or place.guild.unavailable:
            return None
        if isinstance(place, discord.Thread) and place.parent is None:
            return None
        closed = (place.locked, place.archived) if isinstance(place, discord.Thread) else ()
        return (place.permissions_for(place.guild.me).value, *closed)

    async def open(self, session: Session) -> None:
        """Make the session's thread if its place is one that does not exist yet; harmless to repeat."""
        origin = session.origin
        if origin.message is None or origin.channel is None or self.is_open(session):
            return
        with _asked():  # whether it is gone or only closed, Discord alone says
            channel = self._client.get_channel(origin.channel) or await self._client.fetch_channel(origin.channel)
        if not isinstance(channel, discord.TextChannel):
            raise PlaceClosed(f"channel {origin.channel} has no threads")
        message = channel.get_partial_message(origin.message)
        try:
            await self._create_thread(message, session.title)
        except ContentRefused:
            await self._create_thread(message, _PLAIN_NAME)

    async def _create_thread(self, message: discord.PartialMessage, name: str) -> None:
        try:
            await create_thread(message, name)
        except _FAILURES as error:
            translated = _translated(error)
            if isinstance(translated, MessageGone):  # without it there is no thread below it
                raise PlaceGone(f"message {message.id} was deleted before it had a thread") from error
            raise translated from error

    async def visit(self, place: PlaceId) -> None:
        """Make sure that a place is there."""
        with _asked():
            await self._client.http.get_channel(place)

    async def find_posts(self, place: PlaceId, after: MessageId) -> tuple[Sequence[OwnMessage], MessageId | None]:
        """What we have posted in a place after a message, oldest first; answers to clicks and commands are left out.
        The second: after which message to go on (None: that was all)."""
        with _asked():  # as Discord has it: what discord.py cannot read of others' messages is none of our business
            history = await self._client.http.logs_from(place, _A_LOOK, after=after)
            found = sorted(cast(list[dict[str, Any]], history), key=lambda message: int(message["id"]))
            me = self._client.user
            ours = [_seen(one) for one in found if me is not None and _is_post(one, me.id)]
        return ours, MessageId(int(found[-1]["id"])) if len(found) == _A_LOOK else None

    async def send(self, place: PlaceId, spec: MessageSpec, nonce: str, session: SessionId) -> MessageId:
        """Post, in the place or to the person whom the message is for. The nonce makes a repetition within Discord's
        window return the first message. `session`: whose files it carries."""
        with _asked():
            if spec.direct is None:
                return await self._send(self._client.get_partial_messageable(place), spec, nonce, session)
            with _answered_for_good():
                channel = await self._client.create_dm(discord.Object(spec.direct))
                return await self._send(channel, spec, nonce, session)

    async def _send(
        self, channel: discord.abc.Messageable, spec: MessageSpec, nonce: str, session: SessionId
    ) -> MessageId:
        content: dict[str, Any] = {} if spec.card is not None else {"content": spec.content, "suppress_embeds": True}
        view = view_of(spec)
        if view is not None:
            content["view"] = view
        if spec.uploads:
            content["files"] = await self._uploads(spec, session)
        message = await channel.send(
            **content, nonce=nonce, silent=spec.ping is None and spec.direct is None, allowed_mentions=mentions_of(spec)
        )
        return MessageId(message.id)

    async def edit(self, place: PlaceId, message: MessageId, spec: MessageSpec, session: SessionId) -> None:
        """Make a message show `spec`. `session`: see `send`."""
        with _asked():
            try:
                await self._edit(self._message(place, message), spec, session)
            except discord.HTTPException as error:
                if error.code != _THREAD_ARCHIVED:
                    raise
                await self._unarchive(place)  # a message would do that by itself, an edit does not
                await self._edit(self._message(place, message), spec, session)

    async def _edit(self, message: discord.PartialMessage, spec: MessageSpec, session: SessionId) -> None:
        content: dict[str, Any] = {}
        if spec.card is None:
            content = {"content": spec.content, "attachments": await self._uploads(spec, session)}
        await message.edit(**content, view=view_of(spec), allowed_mentions=mentions_of(spec))

    async def _uploads(self, spec: MessageSpec, session: SessionId) -> list[discord.File]:
        try:
            return await files_of(spec.uploads, partial(self._files.read, session))
        except (ArithmeticError, LookupError, TypeError, ValueError) as error:
            raise ContentRefused(f"a table cannot be drawn: {error!r}") from error

    async def _unarchive(self, place: PlaceId) -> None:
        thread = await self._client.fetch_channel(place)
        if isinstance(thread, discord.Thread):
            await thread.edit(archived=False)

    async def delete(self, place: PlaceId, message: MessageId, person: PersonId | None) -> None:
        """Take a message away that is in the place, or was sent to a person directly."""
        with _asked():
            if person is None:
                await self._message(place, message).delete()
                return
            with _answered_for_good():
                channel = await self._client.create_dm(discord.Object(person))
                await channel.get_partial_message(message).delete()

    async def react(self, place: PlaceId, message: MessageId, emoji: str) -> None:
        """Add a reaction of ours."""
        with _asked(), _answered_for_good(_MISSING_ACCESS):
            await self._message(place, message).add_reaction(emoji)

    async def unreact(self, place: PlaceId, message: MessageId, emoji: str) -> None:
        """Take a reaction of ours away; harmless if there is none."""
        with _asked(), _answered_for_good(_MISSING_ACCESS):
            me = self._client.user
            if me is not None:
                await self._message(place, message).remove_reaction(emoji, me)

    async def typing(self, place: PlaceId) -> None:
        """Show the typing mark for about 10 s."""
        with _asked():
            await self._client.get_partial_messageable(place).typing()

    def _message(self, place: PlaceId, message: MessageId) -> discord.PartialMessage:
        return self._client.get_partial_messageable(place).get_partial_message(message)


async def create_thread(message: discord.PartialMessage | discord.Message, name: str) -> None:
    """Open the thread on a message, which has the message's id (developer docs, topics/threads); harmless to repeat.
    Raises what discord.py does."""
    try:
        await message.create_thread(name=name)
    except discord.HTTPException as error:
        if error.code != _THREAD_ALREADY_THERE:
            raise


@contextmanager
def _asked() -> Generator[None]:
    """Discord's failures become ours."""
    try:
        yield
    except _FAILURES as error:
        raise _translated(error) from error


@contextmanager
def _answered_for_good(unless: int | None = None) -> Generator[None]:
    """Where a refusal is about one person or one message: it will be the same later, whatever its code. `unless`: the
    code that is about the place."""
    try:
        yield
    except (discord.Forbidden, discord.NotFound) as error:
        if error.code == unless:
            raise
        raise (MessageGone if error.code == _UNKNOWN_MESSAGE else ContentRefused)(str(error)) from error


def _is_post(message: Mapping[str, Any], me: int) -> bool:
    """Whether the bot has posted it by itself: no answer to a click or command, no notice of Discord's."""
    answers = message.get("interaction_metadata") is not None or message.get("webhook_id") is not None
    return int(message["author"]["id"]) == me and message["type"] == _DEFAULT and not answers


def _seen(message: Mapping[str, Any]) -> OwnMessage:
    is_card = bool(message.get("flags", 0) & _COMPONENTS_V2)
    controls = frozenset(_controls(message.get("components", ())))
    return OwnMessage(MessageId(int(message["id"])), is_card, message["content"], controls)


def _controls(parts: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    for part in parts:
        if custom_id := part.get("custom_id"):
            yield custom_id
        yield from _controls(part.get("components", ()))
        yield from _controls(filter(None, (part.get("accessory"),)))


def _translated(error: Exception) -> ChatError:
    text = str(error)
    if isinstance(error, FileNotFoundError | IsADirectoryError | PermissionError):
        return ContentRefused(f"a file of ours cannot be read: {error}")
    if isinstance(error, discord.HTTPException) and not isinstance(error, discord.DiscordServerError):
        if error.code == _UNKNOWN_CHANNEL:
            return PlaceGone(text)
        if error.code in _CLOSED:
            return PlaceClosed(text)
        if error.code == _UNKNOWN_MESSAGE:
            return MessageGone(text)
        if error.status in (400, 413):
            return ContentRefused(text)
    return DiscordUnavailable(text or type(error).__name__)
