"""/cost and /budget: what was spent, what may be, and who allows more."""

import discord
from discord import Client, app_commands

from antiphon.actions import budgets
from antiphon.actions.context import ActionContext, require
from antiphon.chat import wording
from antiphon.chat.interactions.context import (
    Interaction,
    Unusable,
    acknowledge,
    key_of,
    origin,
    reply,
    reply_privately,
)
from antiphon.chat.render import replies
from antiphon.core.budgets import Scope
from antiphon.core.values import PersonId

_MOST = 10_000.0  # dollars that one command may add


def add(tree: app_commands.CommandTree[Client], context: ActionContext) -> None:
    """Put them on the tree."""

    @tree.command(name="cost", description="What was spent: in this thread, by you today, by everybody today")
    @app_commands.guild_only()
    async def cost(interaction: Interaction) -> None:  # pyright: ignore[reportUnusedFunction]
        await acknowledge(interaction, private=True)
        result = await budgets.spending(*origin(context, interaction), PersonId(interaction.user.id))
        await reply_privately(interaction, replies.spending(result.spent, result.budgets, here=result.here))

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
        by, whose = origin(context, interaction), PersonId((person or interaction.user).id)
        if scope is None and dollars is None:
            await acknowledge(interaction, private=True)
            result = await budgets.spending(*by, whose)
            await reply_privately(interaction, replies.budget(result.spent, result.budgets))
            return
        require(*by, "administer")
        if scope is None or dollars is None:
            raise Unusable(wording.HALF_A_BUDGET)
        await acknowledge(interaction, private=False)
        result = await budgets.raise_budget(*by, whose, (scope, dollars), key_of(interaction))
        await reply(interaction, wording.raised(result, scope, dollars))
