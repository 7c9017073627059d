"""Messages that Claude itself sends, reads, edits and marks in Discord (actions.message_port)."""

import asyncio
from collections.abc import AsyncGenerator, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial

import discord

from antiphon.actions.message_port import PlaceMessage, Post
from antiphon.actions.reasons import ChatRefused, Condition, Refused
from antiphon.chat import wording
from antiphon.chat.channels import Channel
from antiphon.chat.connection.endpoint import FAILURES
from antiphon.chat.delivery.components import files_of
from antiphon.chat.render.format import snowflake_time
from antiphon.chat.render.message import DiskUpload
from antiphon.chat.render.page import nonce
from antiphon.chat.render.phase import ALL_MARKS
from antiphon.chat.render.text.redact import redact
from antiphon.core.ports import Files
from antiphon.core.values import MessageId, PlaceId, Project, Session

_LIMIT = 30.0  # seconds for a request; files take their time
_QUICK = 10.0  # the same without files


class DiscordMessages:
    """Implements actions.message_port.Messages. What Discord refuses, or does not take soon, is refused."""

    def __init__(self, client: discord.Client, files: Files) -> None:
        self._client = client
        self._files = files

    async def send(self, session: Session, place: PlaceId, post: Post, key: str) -> MessageId:
        """See Messages. The same message is found for as long as Discord remembers its nonce."""
        uploads = [DiskUpload(file.name, file.path) for file in post.files]
        async with _asked(_LIMIT if uploads else _QUICK):
            files = await files_of(uploads, partial(self._files.read, session.id))
            message = await self._client.get_partial_messageable(place).send(
                redact(post.text),
                files=files,
                nonce=nonce("sent", key),
                silent=not _calls(post),
                suppress_embeds=True,
                allowed_mentions=_mentions(post),
            )
        return MessageId(message.id)

    async def edit(self, place: PlaceId, message: MessageId, post: Post) -> None:
        async with _asked(_QUICK):
            one = self._client.get_partial_messageable(place).get_partial_message(message)
            await one.edit(content=redact(post.text), allowed_mentions=_mentions(post))

    async def react(self, place: PlaceId, message: MessageId, emoji: str) -> None:
        if emoji.strip("\N{VARIATION SELECTOR-16}") in ALL_MARKS:
            raise Refused(Condition.MARK_OF_OURS)
        async with _asked(_QUICK):
            await self._client.get_partial_messageable(place).get_partial_message(message).add_reaction(emoji)

    async def read(self, place: PlaceId, most: int, before: MessageId | None) -> Sequence[PlaceMessage]:
        async with _asked(_QUICK):
            channel = self._client.get_partial_messageable(place)
            older = None if before is None else discord.Object(before)
            found = [self._told(one) async for one in channel.history(limit=most, before=older)]
        return [one for one in reversed(found) if one.text or one.files]

    def channels(self, project: Project) -> Mapping[str, PlaceId]:
        found = (self._client.get_channel(id_) for id_ in project.channels)
        seen = (one for one in found if isinstance(one, Channel))
        return {one.name: PlaceId(one.id) for one in seen}

    def _told(self, message: discord.Message) -> PlaceMessage:
        own = self._client.user is not None and message.author.id == self._client.user.id
        return PlaceMessage(
            MessageId(message.id),
            message.author.display_name,
            snowflake_time(MessageId(message.id)),
            message.clean_content or "\n".join(_texts(message.components)),
            own,
            tuple(one.filename for one in message.attachments),
        )


def _texts(components: Iterable[object]) -> Iterator[str]:
    """What a message says that is made of components."""
    for one in components:
        if isinstance(one, discord.TextDisplay):
            yield one.content
        yield from _texts(getattr(one, "children", ()))


@asynccontextmanager
async def _asked(limit: float) -> AsyncGenerator[None]:
    """Refused, with Discord's own words, where it does not do what is asked inside."""
    try:
        async with asyncio.timeout(limit):
            yield
    except FileNotFoundError as error:
        raise Refused(ChatRefused(wording.FILE_GONE)) from error
    except TimeoutError as error:
        raise Refused(ChatRefused(wording.NO_ANSWER)) from error
    except discord.HTTPException as error:
        raise Refused(ChatRefused(error.text or wording.NO_ANSWER)) from error
    except FAILURES as error:
        raise Refused(ChatRefused(wording.NO_ANSWER)) from error


def _calls(post: Post) -> bool:
    return any(f"<@{one}>" in post.text for one in post.people) or any(f"<@&{one}>" in post.text for one in post.roles)


def _mentions(post: Post) -> discord.AllowedMentions:
    users, roles = (list(map(discord.Object, some)) for some in (post.people, post.roles))
    return discord.AllowedMentions(everyone=False, users=users, roles=roles, replied_user=False)
