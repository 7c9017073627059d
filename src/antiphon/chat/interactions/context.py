"""The doors at which people act besides messages: who may enter, what they are told, and how their wish gets to the
worker.

Every command and every control goes through `enter` before it does anything.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import aiohttp
import discord

from antiphon.chat.inbound.converters import owners_of, person
from antiphon.core.access import Action, refusal
from antiphon.core.codec import assemble
from antiphon.core.error_ids import with_id
from antiphon.core.health import Problem
from antiphon.core.ports import Bus
from antiphon.core.projects import Projects
from antiphon.core.records import Audit, AuditKind, InboxContent, InboxEntry
from antiphon.core.requests import ReplyT, Request, RequestFailed
from antiphon.core.values import Person, PersonId, PlaceId, Project, Session, TurnId
from antiphon.core.view import TurnView
from antiphon.errors import AntiphonError, Refused

log = logging.getLogger(__name__)

Interaction = discord.Interaction[discord.Client]
Door = Literal["command", "button", "form", "menu", "message"]

_HEARD = 40060  # Discord's code: the interaction has its answer already
_SOON = 1.5  # seconds, of Discord's 3, after which a click is answered although it is not on disk yet
_PATIENCE = 20.0  # seconds for a worker's reply (ms are usual; a process that has to start takes a second)


@dataclass(frozen=True, slots=True)
class Doors:
    """What commands and controls work with. `problems`: what is wrong with the bridge now."""

    projects: Projects
    bus: Bus
    problems: Callable[[], Sequence[Problem]] = tuple

    def enter(self, interaction: Interaction, action: Action) -> Project:
        """The project that this place belongs to. Raises Refused unless this person may do that here."""
        channel = interaction.channel
        parent = PlaceId(channel.parent_id) if isinstance(channel, discord.Thread) else None
        project = self.projects.at(PlaceId(interaction.channel_id or 0), parent)
        if project is None:
            raise Refused("No project belongs to this channel.")
        reason = refusal(project.access, who(interaction), action)
        if reason is not None:
            raise Refused(reason)
        return project

    async def session_here(self, interaction: Interaction) -> Session:
        """The session of this place. Raises Refused when there is none."""
        session = await self.bus.session(PlaceId(interaction.channel_id or 0))
        if session is None:
            raise Refused("There is no session here. Use this in a session's thread.")
        return session

    async def ask(self, project: Project, session: Session | None, request: Request[ReplyT]) -> ReplyT:
        """What the worker replies to a request. Raises Refused with the worker's reason, or when there is no reply
        within 20 s."""
        worker = self.projects.worker_of(project.name)
        reply = await self.bus.ask(worker, project.name, session, request, _PATIENCE)
        if reply is None:
            raise Refused("The machine that holds the code does not answer. Try again in a moment.")
        if isinstance(reply, RequestFailed):
            raise Refused(reply.reason)
        return reply

    async def view(self, session: Session, turn: TurnId) -> TurnView:
        """A turn of the session as far as it is known. Raises Refused when there is no such turn."""
        story = await self.bus.story(session.id, turn)
        if story is None:
            raise Refused("This thread has no such turn.")
        return assemble(story)

    async def call(
        self,
        interaction: Interaction,
        session: Session,
        content: InboxContent,
        key: str | None = None,
        audit: Audit | None = None,
    ) -> bool:
        """Put something into the session's inbox, under the interaction's id or a key of its own, and into the audit
        with it. False: that key was there already."""
        worker = self.projects.worker_of(session.project)
        return await self.bus.accept(InboxEntry(key or str(interaction.id), worker, session, content, audit=audit))

    async def note(
        self, interaction: Interaction, deed: AuditKind, session: Session | None, door: Door, what: Mapping[str, Any]
    ) -> None:
        """Keep what somebody decided."""
        await self.bus.note(self.audit(interaction, deed, session, door, what))

    def audit(
        self, interaction: Interaction, deed: AuditKind, session: Session | None, door: Door, what: Mapping[str, Any]
    ) -> Audit:
        """The audit's entry of a decision; a call can carry it."""
        user = interaction.user
        return Audit(deed, session.id if session else None, PersonId(user.id), user.display_name, door, what)


def who(interaction: Interaction) -> Person:
    """Who acts."""
    return person(interaction.user, owners_of(interaction.client.application))


async def take(interaction: Interaction, *, private: bool) -> None:
    """Say in time that a click was heard. `private`: its answer will be a message for this person alone. Discord may
    have heard us although it answered with an error: to the next try it says so, and the click counts."""
    try:
        await interaction.response.defer(ephemeral=private, thinking=private)
    except discord.HTTPException as error:
        if error.code != _HEARD:
            raise


async def take_once_kept(interaction: Interaction, deed: Coroutine[Any, Any, None]) -> None:
    """Do what a click asks for, and say that it was heard once that is on disk: whoever sees no failure can rely on it.
    Earlier only where the disk is slower than Discord's limit."""
    doing = asyncio.create_task(deed, name=f"click {interaction.id}")
    try:
        await asyncio.wait({doing}, timeout=_SOON)
        if not doing.done():
            await take(interaction, private=False)
        await doing
    finally:
        doing.cancel()
    if not interaction.response.is_done():
        try:
            await take(interaction, private=False)
        except (discord.DiscordException, aiohttp.ClientError, OSError) as error:  # it counts all the same
            log.warning("a click counts, but Discord has not heard so: %s", error)


async def tell(interaction: Interaction, words: str, *files: discord.File) -> None:
    """Say something to this person alone, whatever was answered before."""
    if not interaction.response.is_done():
        try:
            await interaction.response.send_message(words, ephemeral=True, files=files)
        except discord.HTTPException as error:
            if error.code != _HEARD:
                raise
        else:
            return
    await interaction.followup.send(words, ephemeral=True, files=files)


async def tell_error(interaction: Interaction, cause: BaseException, what: str) -> None:
    """An error to the person who asked: their own words for what is theirs, an id found in the log for the rest."""
    if isinstance(cause, Refused):
        words = str(cause)
    else:
        hint = cause.hint if isinstance(cause, AntiphonError) else "Whoever runs the bridge finds it in the log."
        words = with_id(f"{what} did not work. {hint}", cause)
    try:
        await tell(interaction, words)
    except (discord.DiscordException, aiohttp.ClientError, OSError) as lost:
        log.warning("the answer to %s could not be delivered: %s", what, lost)
