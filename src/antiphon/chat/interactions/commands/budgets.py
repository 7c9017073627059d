"""/cost and /budget: what was spent, what may be, and who allows more."""

from typing import Literal

import discord
from discord import Client, app_commands

from antiphon.chat.interactions.context import Doors, Interaction, tell
from antiphon.chat.render import replies
from antiphon.core.budgets import accounts
from antiphon.core.records import Spent
from antiphon.core.values import PersonId, PlaceId, Project, session_at
from antiphon.errors import Refused

Scope = Literal["thread", "member", "day"]

_MOST = 10_000.0  # dollars that one command may add


def add(tree: app_commands.CommandTree[Client], doors: Doors) -> None:
    """Put them on the tree."""

    @tree.command(name="cost", description="What was spent: in this thread, by you today, by everybody today")
    @app_commands.guild_only()
    async def cost(interaction: Interaction) -> None:  # pyright: ignore[reportUnusedFunction]
        await interaction.response.defer(ephemeral=True)
        project = doors.enter(interaction, "prompt")
        here = await doors.bus.session(_place(interaction)) is not None
        spent = await _spent(doors, interaction, interaction.user)
        await tell(interaction, replies.spending(spent, project.budgets, here=here))

    @tree.command(name="budget", description="Show the budgets here; an admin can allow more dollars")
    @app_commands.describe(
        scope="Whose budget is raised", dollars="How many dollars more", person="Whose, if not yours (scope member)"
    )
    @app_commands.guild_only()
    async def budget(  # pyright: ignore[reportUnusedFunction]
        interaction: Interaction,
        scope: Scope | None = None,
        dollars: app_commands.Range[float, 0.01, _MOST] | None = None,
        person: discord.User | None = None,
    ) -> None:
        whose = person or interaction.user
        if scope is None and dollars is None:
            await interaction.response.defer(ephemeral=True)
            project = doors.enter(interaction, "prompt")
            spent = await _spent(doors, interaction, whose)
            await tell(interaction, replies.budget(spent, project.budgets))
            return
        project = doors.enter(interaction, "administer")
        if scope is None or dollars is None:
            raise Refused("Say both which budget is raised and by how many dollars.")
        await interaction.response.defer()
        await _raise(doors, interaction, project, scope, dollars, whose)


async def _raise(
    doors: Doors,
    interaction: Interaction,
    project: Project,
    scope: Scope,
    dollars: float,
    whose: discord.User | discord.Member,
) -> None:
    session = await doors.bus.session(_place(interaction))
    if scope == "thread" and session is None:
        raise Refused("There is no session here. Use this in a session's thread.")
    if getattr(project.budgets, scope) is None:
        raise Refused(f"This project has no budget for each {scope}: there is nothing to raise.")
    home = session_at(_place(interaction)) if session is None else session.id
    what = {"scope": scope, "dollars": dollars, "person": whose.id}
    audit = doors.audit(interaction, "raise", session, "command", what)
    await doors.bus.allow(scope, home, PersonId(whose.id), dollars, audit)
    spent = await _spent(doors, interaction, whose)
    words = next(one.words for one in accounts(project.budgets, spent) if one.scope == scope)
    await interaction.followup.send(f"Allowed ${dollars:.2f} more. {words}.")


async def _spent(doors: Doors, interaction: Interaction, whose: discord.User | discord.Member) -> Spent:
    session = await doors.bus.session(_place(interaction))
    home = session_at(_place(interaction)) if session is None else session.id
    return await doors.bus.spent(home, PersonId(whose.id))


def _place(interaction: Interaction) -> PlaceId:
    return PlaceId(interaction.channel_id or 0)
