"""The few things that the outbox asks of Discord."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any, cast

import discord

from antiphon.chat.channels import Channel, MessageChannel
from antiphon.chat.connection.sight import shown_to_all
from antiphon.chat.delivery.components import files_of, mentions_of, view_of
from antiphon.chat.delivery.failures import (
    THREAD_ARCHIVED,
    ContentRefused,
    MessageGone,
    PlaceClosed,
    PlaceGone,
    ThreadRefused,
    asked,
    only,
)
from antiphon.chat.permissions import SEND_MESSAGES, VIEW_CHANNELS
from antiphon.chat.render.message import MessageSpec
from antiphon.chat.thread_creation import ThreadCreation
from antiphon.core.ports import Files
from antiphon.core.values import MessageId, PersonId, PlaceId, Session, SessionId

_THREAD_ALREADY_THERE = 160004
_DEFAULT, _REPLY, _COMPONENTS_V2 = 0, 19, 1 << 15  # types of messages, and a flag
_A_LOOK = 100  # messages that one request brings (Discord's API documentation, Get Channel Messages)
_DISCORDS_FIRST = 1_420_070_400.0  # the moment that ids count from (developer docs, reference)
_PLAIN_NAME = "Session"  # of a thread whose own name Discord refuses


@dataclass(frozen=True, slots=True)
class OwnMessage:
    """A message of ours as Discord has it. `texts`: those of its card; `files`: the names of its attachments;
    `controls`: the custom_ids in it."""

    message: MessageId
    is_card: bool
    text: str
    texts: tuple[str, ...]
    files: tuple[str, ...]
    controls: frozenset[str]


class Poster:
    """Asks Discord, over a client that is logged in. Every method raises the errors of failures.py and nothing else;
    each is one request (the first direct message to a person two), and waits for its turn at the rate limiter before
    it is called."""

    def __init__(self, client: discord.Client, files: Files) -> None:
        self._client = client
        self._files = files
        self._shown_to_all: dict[PlaceId, bool] = {}  # of threads that were seen, which may be archived by now
        self.threads = ThreadCreation(client)

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
        if not isinstance(place, Channel | discord.Thread) or place.guild.unavailable:
            return None
        if isinstance(place, discord.Thread) and place.parent is None:
            return None
        closed = (place.locked, place.archived) if isinstance(place, discord.Thread) else ()
        return (place.permissions_for(place.guild.me).value, *closed)

    def is_shown_to_all(self, session: Session) -> bool | None:
        """Whether whoever sees the channel above it may see a session's thread; None: nobody knows at the moment. Asks
        for nothing."""
        found = shown_to_all(self._client, session)
        if found is not None:
            self._shown_to_all[session.place] = found
        return self._shown_to_all.get(session.place)

    def holds_messages(self, place: PlaceId) -> bool:
        """Whether messages can stand in a channel, as far as is known: in a forum only its posts have some."""
        return not isinstance(self._client.get_channel(place), discord.ForumChannel)

    def rights_in(self, place: PlaceId) -> int:
        """What we may do in a channel, as far as is known (0: nothing is); asks for nothing."""
        channel = self._client.get_channel(place)
        if not isinstance(channel, Channel) or channel.guild.unavailable:
            return 0
        return channel.permissions_for(channel.guild.me).value

    def may_write(self, place: PlaceId) -> bool:
        """Whether we see a channel and may write in it, as far as is known; asks for nothing."""
        both = VIEW_CHANNELS.bit | SEND_MESSAGES.bit
        return self.rights_in(place) & both == both

    def may_react(self, place: PlaceId) -> bool:
        """Whether reactions in a place are allowed, as far as is known; asks for nothing."""
        channel = self._client.get_channel(place)
        if not isinstance(channel, Channel | discord.Thread) or channel.guild.unavailable:
            return True
        if isinstance(channel, discord.Thread) and channel.parent is None:
            return True
        rights = channel.permissions_for(channel.guild.me)
        return rights.add_reactions and rights.read_message_history

    async def open(self, session: Session) -> None:
        """Make the session's thread if its place is one that does not exist yet; harmless to repeat. ThreadRefused: it
        cannot be made, perhaps only for now."""
        origin = session.origin
        if origin.message is None or origin.channel is None or self.is_open(session):
            return
        try:
            await self._open(origin.channel, origin.message, session.title)
        except (PlaceClosed, ContentRefused) as error:
            cause = error.__cause__
            code = cause.code if isinstance(cause, discord.HTTPException) else 0
            raise ThreadRefused(str(error), self.threads.refused(origin.channel, code)) from error
        except MessageGone as error:  # without it there is no thread below it
            raise PlaceGone(f"message {origin.message} was deleted before it had a thread") from error
        self.threads.made(origin.channel)

    async def _open(self, place: PlaceId, message: MessageId, name: str) -> None:
        with asked():  # whether it is gone or only closed, Discord alone says
            channel = self._client.get_channel(place) or await self._client.fetch_channel(place)
        if not isinstance(channel, discord.TextChannel):
            raise PlaceClosed(f"channel {place} has no threads")
        try:
            with asked():
                await create_thread(channel.get_partial_message(message), name)
        except ContentRefused:
            with asked():
                await create_thread(channel.get_partial_message(message), _PLAIN_NAME)

    async def visit(self, place: PlaceId) -> None:
        """Make sure that a place is there."""
        with asked():
            await self._client.http.get_channel(place)

    async def find_posts(self, place: PlaceId, after: MessageId) -> tuple[Sequence[OwnMessage], MessageId | None]:
        """What we have posted in a place after a message, oldest first; answers to clicks and commands are left out.
        The second: after which message to go on (None: that was all)."""
        with asked():  # as Discord has it: what discord.py cannot read of others' messages is none of our business
            history = await self._client.http.logs_from(place, _A_LOOK, after=after)
            found = sorted(cast(list[dict[str, Any]], history), key=lambda message: int(message["id"]))
            me = self._client.user
            ours = [_seen(one) for one in found if me is not None and _is_post(one, me.id)]
        return ours, MessageId(int(found[-1]["id"])) if len(found) == _A_LOOK else None

    async def send(self, place: PlaceId, spec: MessageSpec, nonce: str, session: SessionId) -> MessageId:
        """Post, in the place or to the person whom the message is for. The nonce makes a repetition within Discord's
        window return the first message. `session`: whose files it carries."""
        if spec.direct is None:
            with asked():
                channel = self._client.get_partial_messageable(place)
                return await self._send(channel, spec, nonce, session, self._reference(place, spec))
        channel = await self._direct_channel(spec.direct)
        with asked(), only(person=True):
            return await self._send(channel, spec, nonce, session)

    async def direct_place(self, person: PersonId) -> PlaceId:
        """The place of direct messages to a person."""
        return PlaceId((await self._direct_channel(person)).id)

    async def open_below(self, place: PlaceId, message: MessageId, name: str) -> None:
        """Open a thread on a message of a channel; harmless to repeat."""
        await self._open(place, message, name)

    async def _direct_channel(self, person: PersonId) -> discord.DMChannel:
        with asked(), only(person=True):
            return await self._client.create_dm(discord.Object(person))

    def _reference(self, place: PlaceId, spec: MessageSpec) -> discord.MessageReference | None:
        """To reply to a message of the place; None where the reply stands right below it, or none can be made, or it
        could not be told from an answer to a command that was sent as a message (`_is_post`)."""
        channel, message = self._client.get_channel(place), spec.answers
        if message is None or not isinstance(channel, MessageChannel):
            return None
        above = channel.parent if isinstance(channel, discord.Thread) else None
        if message == place and not isinstance(above, discord.ForumChannel):
            return None  # the message that a thread hangs on is not in it
        if spec.card is None and not spec.buttons and not spec.rows:
            return None
        if isinstance(channel, discord.Thread) and (channel.last_message_id == message or channel.parent is None):
            return None  # in a channel of many, others may write before it is there
        if not channel.permissions_for(channel.guild.me).read_message_history:
            return None
        return discord.MessageReference(message_id=message, channel_id=place, fail_if_not_exists=False)

    async def _send(
        self,
        channel: discord.abc.Messageable,
        spec: MessageSpec,
        nonce: str,
        session: SessionId,
        reference: discord.MessageReference | None = None,
    ) -> MessageId:
        content: dict[str, Any] = {} if spec.card is not None else {"content": spec.content, "suppress_embeds": True}
        view = view_of(spec)
        if view is not None:
            content["view"] = view
        if spec.uploads:
            content["files"] = await self._uploads(spec, session)
        if reference is not None:
            content |= {"reference": reference, "mention_author": False}
        message = await channel.send(
            **content, nonce=nonce, silent=spec.ping is None and spec.direct is None, allowed_mentions=mentions_of(spec)
        )
        return MessageId(message.id)

    async def edit(self, place: PlaceId, message: MessageId, spec: MessageSpec, session: SessionId) -> None:
        """Make a message show `spec`. `session`: see `send`."""
        with asked():
            try:
                await self._edit(self._message(place, message), spec, session)
            except discord.HTTPException as error:
                if error.code != THREAD_ARCHIVED:
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
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError, PermissionError) as error:
            raise ContentRefused(f"a file of ours cannot be read: {error}") from error

    async def _unarchive(self, place: PlaceId) -> None:
        thread = await self._client.fetch_channel(place)
        if isinstance(thread, discord.Thread):
            await thread.edit(archived=False)

    async def pin(self, place: PlaceId, message: MessageId) -> None:
        """Pin a message; harmless if it is."""
        with asked():
            await self._message(place, message).pin()

    async def is_pinned(self, place: PlaceId, message: MessageId) -> bool:
        """Whether a message of ours, which is there, is pinned."""
        with asked():
            return bool((await self._client.http.get_message(place, message))["pinned"])

    async def delete(self, place: PlaceId, message: MessageId, person: PersonId | None) -> None:
        """Take a message away that is in the place, or was sent to a person directly."""
        if person is None:
            with asked():
                await self._message(place, message).delete()
            return
        channel = await self._direct_channel(person)
        with asked(), only(person=True):
            await channel.get_partial_message(message).delete()

    async def react(self, place: PlaceId, message: MessageId, emoji: str) -> None:
        """Add a reaction of ours."""
        with asked(), only():
            await self._message(place, message).add_reaction(emoji)

    async def unreact(self, place: PlaceId, message: MessageId, emoji: str) -> None:
        """Take a reaction of ours away; harmless if there is none."""
        with asked(), only():
            me = self._client.user
            if me is not None:
                await self._message(place, message).remove_reaction(emoji, me)

    async def typing(self, place: PlaceId) -> None:
        """Show the typing mark for about 10 s."""
        with asked():
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


def first_message(at: float) -> MessageId:
    """An id before those of all messages from that moment on (epoch seconds)."""
    return MessageId(discord.utils.time_snowflake(datetime.fromtimestamp(max(at, _DISCORDS_FIRST), UTC)))


def _is_post(message: Mapping[str, Any], me: int) -> bool:
    """Whether the bot has posted it by itself: no answer to a click or command, also where that was a message (a reply
    without controls), no notice of Discord's."""
    answers = message.get("interaction_metadata") is not None or message.get("webhook_id") is not None
    of_turn = message["type"] == _DEFAULT or (message["type"] == _REPLY and bool(message.get("components")))
    return int(message["author"]["id"]) == me and of_turn and not answers


def _seen(message: Mapping[str, Any]) -> OwnMessage:
    is_card = bool(message.get("flags", 0) & _COMPONENTS_V2)
    parts = message.get("components", ())
    id_, words = MessageId(int(message["id"])), message["content"]
    files = tuple(one["filename"] for one in message.get("attachments", ()))
    return OwnMessage(id_, is_card, words, tuple(_texts(parts)), files, frozenset(_controls(parts)))


def _texts(parts: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    for part in parts:
        if part["type"] == discord.ComponentType.text_display.value:
            yield part["content"]
        yield from _texts(part.get("components", ()))


def _controls(parts: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    for part in parts:
        if custom_id := part.get("custom_id"):
            yield custom_id
        yield from _controls(part.get("components", ()))
        yield from _controls(filter(None, (part.get("accessory"),)))
