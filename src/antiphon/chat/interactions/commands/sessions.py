"""/new, /sessions, /resume and /resume-info: sessions that begin, and those that are there already, in Discord or in a
terminal."""

import time
from typing import Any

from discord import Client, app_commands

from antiphon.actions import sessions
from antiphon.actions.callers import Member
from antiphon.actions.context import ActionContext, InPlace, require
from antiphon.chat import wording
from antiphon.chat.delivery.components import view_of
from antiphon.chat.interactions.commands.autocomplete import in_time
from antiphon.chat.interactions.context import Interaction, acknowledge, key_of, origin, reply_privately, reply_spec
from antiphon.chat.render.custom_ids import Page
from antiphon.chat.render.message import MessageSpec
from antiphon.chat.render.session_list import CHOICES, OriginFilter, Since, page_spec, session_choices, wanted
from antiphon.core.values import Project


def add(tree: app_commands.CommandTree[Client], context: ActionContext) -> None:
    """Put them on the tree."""
    _add_new(tree, context)
    _add_list(tree, context)
    _add_resume(tree, context)


def _add_new(tree: app_commands.CommandTree[Client], context: ActionContext) -> None:
    @tree.command(name="new", description="Start a session in a new thread")
    @app_commands.describe(prompt="What Claude is to do first", project="Another project than this channel's")
    async def new(interaction: Interaction, prompt: str = "", project: str = "") -> None:  # pyright: ignore[reportUnusedFunction]
        await acknowledge(interaction, private=True)
        text = prompt.strip()
        session = await sessions.start(*_anywhere(context, interaction), project, text, key_of(interaction))
        await reply_privately(interaction, wording.opened(session.place, "" if text else wording.WRITE_PROMPT))

    new.autocomplete("project")(_project_names(context))


def _add_list(tree: app_commands.CommandTree[Client], context: ActionContext) -> None:
    @tree.command(name="sessions", description="List sessions, of Discord and of the terminal")
    @app_commands.describe(origin="Where they began", project="Another project than this channel's", since="Used since")
    async def list_sessions(  # pyright: ignore[reportUnusedFunction]
        interaction: Interaction, origin: OriginFilter = "all", project: str = "", since: Since = "all"
    ) -> None:
        await acknowledge(interaction, private=True)
        found = sessions.choose_project(*_anywhere(context, interaction), project)
        await reply_spec(interaction, await _page(context, interaction, found, Page(0, origin, since, found.name)))

    list_sessions.autocomplete("project")(_project_names(context))


def _add_resume(tree: app_commands.CommandTree[Client], context: ActionContext) -> None:
    @tree.command(name="resume", description="Go on with a session, also with one of the terminal")
    @app_commands.describe(session="Which one; type some of its words")
    @app_commands.guild_only()
    async def resume(interaction: Interaction, session: str) -> None:  # pyright: ignore[reportUnusedFunction]
        await acknowledge(interaction, private=True)
        result = await sessions.resume(*origin(context, interaction), session.strip(), key_of(interaction))
        await reply_privately(interaction, wording.resumed(result))

    @resume.autocomplete("session")
    async def choices(interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:  # pyright: ignore[reportUnusedFunction]
        async def find() -> list[tuple[str, str]]:
            by = origin(context, interaction)
            found = await sessions.list_sessions(by[0], by[1], require(*by, "prompt"))
            return session_choices(found, typed, time.time())

        return await in_time(find())

    @tree.command(name="resume-info", description="How to go on with this session in a terminal")
    @app_commands.guild_only()
    async def resume_info(interaction: Interaction) -> None:  # pyright: ignore[reportUnusedFunction]
        await acknowledge(interaction, private=True)
        result = await sessions.terminal_command(*origin(context, interaction))
        await reply_privately(interaction, wording.terminal_command(result))


async def turn_page(context: ActionContext, interaction: Interaction, control: Page) -> None:
    """Show another page of a list, in its message. A list may stand anywhere: whose it is, its project says."""
    project = sessions.choose_project(*_anywhere(context, interaction), control.project)
    spec = await _page(context, interaction, project, control)
    await interaction.edit_original_response(content=spec.content, view=view_of(spec))


def _anywhere(context: ActionContext, interaction: Interaction) -> tuple[ActionContext, Member, InPlace | None]:
    """The same as `origin`; a direct message is no place of a project's, and of roles it tells nothing."""
    bound, caller, at = origin(context, interaction)
    return bound, caller, None if interaction.guild_id is None else at


def _project_names(context: ActionContext) -> Any:
    async def names(interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        mine = sessions.project_names(*origin(context, interaction)[:2])
        found = [name for name in mine if typed.casefold() in name.casefold()]
        return [app_commands.Choice(name=name[:100], value=name) for name in found[:CHOICES]]

    return names


async def _page(context: ActionContext, interaction: Interaction, project: Project, at: Page) -> MessageSpec:
    found = await sessions.list_sessions(*origin(context, interaction)[:2], project)
    return page_spec(wanted(found, at.origin, at.since, time.time()), at)
