"""Short replies to messages that are not for Claude, so that nobody waits for an answer: one that says nothing, one
that was sent to the bot directly, and one that is a command.

Only whoever may prompt gets one: to everybody else the bot is silent. A reply that Discord does not take is lost.
"""

import logging
import time
from collections.abc import Sequence
from typing import Any

import discord
from discord import ui

from antiphon.chat.connection.endpoint import FAILURES
from antiphon.chat.connection.rate_limiter import RateLimiter
from antiphon.chat.delivery.components import view_of
from antiphon.chat.inbound import wording
from antiphon.chat.permissions import NoThread
from antiphon.chat.render.custom_ids import PickProject, control_id, label
from antiphon.chat.render.message import Entry, Menu, MessageSpec, Priority
from antiphon.chat.render.page import nonce
from antiphon.chat.render.undeliverable import not_asked
from antiphon.chat.render.wording import ENDS
from antiphon.core.values import PersonId, Project

log = logging.getLogger(__name__)

_FAILURES = (*FAILURES, RuntimeError)  # the last: the client is closed
_AGAIN = 3600.0  # seconds after which that is asked once more
_LABEL, _ENTRIES = 100, 25  # characters of an entry, and entries of a menu (Discord's API documentation, Components)


class Hints:
    """Posts them. Its methods wait for Discord as long as its rate limits do."""

    def __init__(self, client: discord.Client, rate_limiter: RateLimiter) -> None:
        self._client, self._rate_limiter = client, rate_limiter
        self._asked: dict[PersonId, float] = {}  # when (monotonic) they were asked which project they mean

    async def nothing_said(self, message: discord.Message) -> None:
        """Say that a message has nothing for Claude, below it."""
        assert self._client.user is not None
        text = wording.NOTHING_SAID.format(me=self._client.user.mention)
        await self._post(message, text)

    async def no_thread(self, message: discord.Message, why: NoThread) -> None:
        """Say why a message was not passed on to Claude, below it, or directly where that cannot be; and mark it."""
        text = not_asked(why)
        path = f"/channels/{message.channel.id}/messages/{message.id}/reactions/x/@me"
        try:
            async with self._rate_limiter.turn("PUT", path, Priority.MARK):
                await message.add_reaction(ENDS["withdrawn"].mark)
        except _FAILURES as error:
            log.info("message %s, which was not accepted, cannot be marked: %s", message.id, error)
        if await self._post(message, text):
            return
        try:
            await message.author.send(text, suppress_embeds=True, nonce=nonce("hint", f"{message.id}:direct"))
        except _FAILURES as error:
            log.warning("nobody could be told why message %s was not accepted: %s", message.id, error)

    async def answer(self, message: discord.Message, texts: Sequence[str]) -> None:
        """Answer a command, below it."""
        for number, text in enumerate(texts):
            await self._post(message, text, number)

    async def which_project(self, message: discord.Message, projects: Sequence[Project]) -> None:
        """Ask which project direct messages are about, once in an hour: what is said meanwhile waits for the answer."""
        now, author = time.monotonic(), PersonId(message.author.id)
        self._asked = {one: at for one, at in self._asked.items() if now - at < _AGAIN}
        if author in self._asked:
            return
        entries = tuple(Entry(one.name, label(one.name, _LABEL)) for one in projects[:_ENTRIES])
        menu = Menu(control_id(PickProject(message.id)) or "", entries, wording.PICK_PROJECT)
        if await self._post(message, wording.WHICH_PROJECT, view=view_of(MessageSpec("project", rows=(menu,)))):
            self._asked[author] = now

    async def _post(
        self, message: discord.Message, text: str, number: int = 0, view: ui.LayoutView | ui.View | None = None
    ) -> bool:
        """Reply; False: it could not be said."""
        channel = message.channel
        controls: dict[str, Any] = {} if view is None else {"view": view}
        try:
            async with self._rate_limiter.turn("POST", f"/channels/{channel.id}/messages", Priority.ANSWER):
                await message.reply(
                    text,
                    silent=True,
                    suppress_embeds=True,
                    allowed_mentions=discord.AllowedMentions.none(),
                    nonce=nonce("hint", f"{message.id}:{number}"),  # told of twice, it is answered once
                    **controls,
                )
        except _FAILURES as error:
            log.warning("what to do instead of message %s could not be said: %s", message.id, error)
            return False
        return True
