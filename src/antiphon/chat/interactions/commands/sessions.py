"""/new, /sessions, /resume and /resume-info: sessions that begin, and those that are there already, in Discord or in a
terminal."""

import asyncio
import logging
import time
from collections.abc import Coroutine
from typing import Any
from uuid import UUID

from discord import AllowedMentions, Client, app_commands

from antiphon.chat.delivery.components import view_of
from antiphon.chat.interactions.context import Doors, Interaction, who
from antiphon.chat.interactions.open_thread import Opening, open_thread
from antiphon.chat.render.custom_ids import Page
from antiphon.chat.render.message import MessageSpec
from antiphon.chat.render.session_list import (
    CHOICES,
    ListedSession,
    OriginFilter,
    Since,
    history,
    listed,
    page_spec,
    session_choices,
    wanted,
)
from antiphon.chat.render.text.escape import plain
from antiphon.core.access import refusal
from antiphon.core.requests import DescribeSession, ForkSession, ListSessions, ReadTranscript
from antiphon.core.values import ClaudeSessionId, Project, Session
from antiphon.errors import AntiphonError, Refused

log = logging.getLogger(__name__)

AUTOCOMPLETE = 2.5  # seconds; Discord waits for 3
_MOST = 200  # sessions of a project that are looked through, the newest ones
_LAST = 12  # messages of an imported session that are looked at for its thread


def add(tree: app_commands.CommandTree[Client], doors: Doors) -> None:
    """Put them on the tree."""
    _add_new(tree, doors)
    _add_list(tree, doors)
    _add_resume(tree, doors)


def _add_new(tree: app_commands.CommandTree[Client], doors: Doors) -> None:
    @tree.command(name="new", description="Start a session in a new thread")
    @app_commands.describe(prompt="What Claude is to do first", project="Another project than this channel's")
    async def new(interaction: Interaction, prompt: str = "", project: str = "") -> None:  # pyright: ignore[reportUnusedFunction]
        await interaction.response.defer(ephemeral=True)
        wished = project_for(doors, interaction, project)
        words = prompt.strip()
        name = plain(interaction.user.display_name, 32)
        opening = Opening(f"🧵 **{name}** started a session", words or "New session", words)
        session = await open_thread(doors, interaction, wished, opening)
        more = "" if words else ". Write there what Claude is to do"
        await interaction.followup.send(f"Here it is: <#{session.place}>{more}", ephemeral=True)

    new.autocomplete("project")(_project_names(doors))


def _add_list(tree: app_commands.CommandTree[Client], doors: Doors) -> None:
    @tree.command(name="sessions", description="List sessions, of Discord and of the terminal")
    @app_commands.describe(origin="Where they began", project="Another project than this channel's", since="Used since")
    async def sessions(  # pyright: ignore[reportUnusedFunction]
        interaction: Interaction, origin: OriginFilter = "all", project: str = "", since: Since = "all"
    ) -> None:
        await interaction.response.defer(ephemeral=True)
        wished = project_for(doors, interaction, project)
        spec = await _page(doors, wished, Page(0, origin, since, wished.name))
        await show(interaction, spec)

    sessions.autocomplete("project")(_project_names(doors))


def _add_resume(tree: app_commands.CommandTree[Client], doors: Doors) -> None:
    order = asyncio.Lock()  # two people who resume the same session at once get one thread

    @tree.command(name="resume", description="Go on with a session, also with one of the terminal")
    @app_commands.describe(session="Which one; type some of its words")
    @app_commands.guild_only()
    async def resume(interaction: Interaction, session: str) -> None:  # pyright: ignore[reportUnusedFunction]
        await interaction.response.defer(ephemeral=True)
        project = doors.enter(interaction, "prompt")
        async with order:
            words = await _resumed(doors, interaction, project, _spelt(session.strip()))
        await interaction.followup.send(words, ephemeral=True)

    @resume.autocomplete("session")
    async def choices(interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:  # pyright: ignore[reportUnusedFunction]
        async def find() -> list[tuple[str, str]]:
            project = doors.enter(interaction, "prompt")
            return session_choices(await _all(doors, project), typed, time.time())

        return await offered(find())

    @tree.command(name="resume-info", description="How to go on with this session in a terminal")
    @app_commands.guild_only()
    async def resume_info(interaction: Interaction) -> None:  # pyright: ignore[reportUnusedFunction]
        await interaction.response.defer(ephemeral=True)
        project = doors.enter(interaction, "prompt")
        session = await doors.session_here(interaction)
        if not session.begun:
            raise Refused("Claude has not answered here yet: there is nothing to go on with.")
        info = await doors.ask(project, session, DescribeSession(session.claude))
        words = f"In a terminal on that machine:\n```sh\n{info.command}\n```"
        if await doors.bus.running(session.id):
            words += "\nClaude is at work here: wait until it is done, or both will write into the same session."
        await interaction.followup.send(words, ephemeral=True)


async def turn_page(doors: Doors, interaction: Interaction, control: Page) -> None:
    """Show another page of a list, in its message."""
    project = project_for(doors, interaction, control.project)
    spec = await _page(doors, project, control)
    await interaction.edit_original_response(content=spec.content, view=view_of(spec))


def project_for(doors: Doors, interaction: Interaction, name: str) -> Project:
    """The project of this name, "" for the one of this place; in a direct message, which is no project's, the only one
    of this person's. Raises Refused unless this person may prompt there. Of roles a direct message tells nothing."""
    if not name and interaction.guild_id is not None:
        return doors.enter(interaction, "prompt")
    if not name:
        me = who(interaction)
        mine = [one for one in doors.projects.all() if refusal(one.access, me, "prompt") is None]
        if len(mine) == 1:
            return mine[0]
        raise Refused("Say which project, or use this in its channel.")
    project = doors.projects.named(name)
    if project is None:
        raise Refused(f"There is no project {plain(name, 60)}.")
    reason = refusal(project.access, who(interaction), "prompt")
    if reason is not None:
        raise Refused(reason)
    return project


async def show(interaction: Interaction, spec: MessageSpec) -> None:
    """A message with its buttons, to this person alone."""
    buttons: dict[str, Any] = {"view": view_of(spec)} if spec.buttons else {}
    await interaction.followup.send(spec.content, ephemeral=True, **buttons)


async def offered(finding: Coroutine[Any, Any, list[tuple[str, str]]]) -> list[app_commands.Choice[str]]:
    """What autocomplete answers, in time whatever happens: nothing, where something does."""
    task = asyncio.create_task(finding, name="choices")
    await asyncio.wait({task}, timeout=AUTOCOMPLETE)
    if not task.done():
        task.cancel()  # not waited for: what it tidies up may take longer than Discord waits
        return []
    try:
        return [app_commands.Choice(name=name, value=value) for name, value in task.result()]
    except AntiphonError as error:
        log.info("no choices: %s", error)
        return []


def _project_names(doors: Doors) -> Any:
    async def names(interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        me = who(interaction)
        mine = (one.name for one in doors.projects.all() if refusal(one.access, me, "prompt") is None)
        found = [name for name in mine if typed.casefold() in name.casefold()]
        return [app_commands.Choice(name=name[:100], value=name) for name in found[:CHOICES]]

    return names


async def _all(doors: Doors, project: Project) -> list[ListedSession]:
    found = await doors.ask(project, None, ListSessions(_MOST))
    hosted = [session for session in await doors.bus.sessions() if session.project == project.name]
    return listed(found.sessions, hosted)


async def _page(doors: Doors, project: Project, at: Page) -> MessageSpec:
    return page_spec(wanted(await _all(doors, project), at.origin, at.since, time.time()), at)


def _spelt(typed: str) -> str:
    """The id of a session as Claude Code spells it: in another spelling it would be taken for another session."""
    try:
        return str(UUID(typed))
    except ValueError:
        return typed


async def _resumed(doors: Doors, interaction: Interaction, project: Project, claude: str) -> str:
    """Go on with a session of Claude Code's in a place of its own; what to tell whoever asked."""
    for session in await doors.bus.sessions():
        if session.claude == claude:
            return f"It is here already: <#{session.place}>"
    info = await doors.ask(project, None, DescribeSession(claude))
    said = "resumed a session"
    id_ = ClaudeSessionId(claude)
    if info.live:
        copy = await doors.ask(project, None, ForkSession(claude))
        id_, said = copy.claude, "took a copy of a session that is open in a terminal"
    name = info.title or info.first or "Session"
    person = plain(interaction.user.display_name, 32)
    session = await open_thread(
        doors, interaction, project, Opening(f"⏯️ **{person}** {said}: {plain(name, 100)}", name, claude=id_)
    )
    await _tell_history(doors, interaction, project, session)
    where = f"Here it is: <#{session.place}>"
    return f"{where}. It is open in a terminal, so this is a copy: both go on apart." if info.live else where


async def _tell_history(doors: Doors, interaction: Interaction, project: Project, session: Session) -> None:
    """The last messages of an imported session, in its thread. The session is there whatever becomes of them."""
    try:
        told = await doors.ask(project, None, ReadTranscript(session.claude, _LAST))
        words = history(told.messages, told.total)
    except Refused as error:
        words = f"-# What was said before could not be read: {plain(str(error), 300)}"
    if words:
        thread = interaction.client.get_partial_messageable(session.place)
        await thread.send(words, silent=True, suppress_embeds=True, allowed_mentions=AllowedMentions.none())
