"""Posts that the bridge opens in forums. Discord has no nonce for them, so one that was opened and not answered for, or
not noted, is looked for among the newest posts before another one is opened."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress

import discord

from antiphon.chat.channels import state_tags
from antiphon.chat.delivery.components import files_of
from antiphon.chat.render.message import TextUpload
from antiphon.core.bus import SessionReader
from antiphon.core.values import PlaceId

_RECENT = 600.0  # seconds for which the same key finds the same post
_REMEMBERED = 1000  # keys


class ForumPosts:
    """Those of a client."""

    def __init__(self, client: discord.Client, bus: SessionReader) -> None:
        self._client = client
        self._bus = bus
        self._opened: dict[str, discord.Thread] = {}
        self._opening: defaultdict[int, asyncio.Lock] = defaultdict(asyncio.Lock)  # by forum

    async def open(
        self, forum: discord.ForumChannel, name: str, text: str, files: Sequence[TextUpload], key: str
    ) -> discord.Thread:
        """The post for a key: the same one again, soon after. Raises what discord.py does."""
        async with self._opening[forum.id]:
            if (known := self._opened.get(key)) is not None:
                return known
            post = await self._left_over(forum, name, text)
            if post is None:
                created = await forum.create_thread(
                    name=name, content=text, files=await files_of(files), silent=True, applied_tags=_tags(forum)
                )
                post = created.thread
                # discord.py asks again where Discord fails after it has opened one.
                if (twin := await self._left_over(forum, name, text, beside=post)) is not None:
                    await self.take_away(PlaceId(twin.id))
            if len(self._opened) >= _REMEMBERED:
                del self._opened[next(iter(self._opened))]
            self._opened[key] = post
            return post

    async def take_away(self, thread: PlaceId) -> None:
        """Delete a thread that we have opened, or close it where we may not delete threads; its key finds it no more.
        What Discord refuses stays."""
        self._opened = {key: one for key, one in self._opened.items() if one.id != thread}
        try:
            await self._client.http.delete_channel(thread)
        except discord.HTTPException:
            with suppress(discord.HTTPException):
                await self._client.http.edit_channel(thread, archived=True)

    async def _left_over(
        self, forum: discord.ForumChannel, name: str, text: str, beside: discord.Thread | None = None
    ) -> discord.Thread | None:
        """A post of ours, as it would be opened now, that belongs to no session."""
        given_out = {thread.id for thread in (*self._opened.values(), beside) if thread is not None}
        for thread in sorted(forum.threads, key=lambda one: -one.id):
            age = discord.utils.utcnow() - discord.utils.snowflake_time(thread.id)
            if age.total_seconds() > _RECENT:
                return None
            ours = thread.owner_id == forum.guild.me.id and thread.name == name
            if not ours or thread.id in given_out or thread.last_message_id not in (None, thread.id):
                continue
            if await self._bus.session(PlaceId(thread.id)) is not None:
                continue
            with suppress(discord.NotFound):
                if (await thread.fetch_message(thread.id)).content == text:
                    return thread
        return None


def _tags(forum: discord.ForumChannel) -> list[discord.ForumTag]:
    """What a new post needs: a tag where the forum requires one."""
    if not forum.flags.require_tag:
        return []
    running = state_tags(forum).get("running")
    free = [tag for tag in forum.available_tags if not tag.moderated]
    return [one for one in free if one == running] or free[:1]
