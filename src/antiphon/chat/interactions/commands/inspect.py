"""/context and /diff: what fills Claude's context, and what differs in the project."""

import asyncio

from discord import Client, app_commands

from antiphon.actions import inspect
from antiphon.actions.context import ActionContext
from antiphon.chat.delivery.components import files_of
from antiphon.chat.interactions.context import Interaction, acknowledge, origin, reply_privately
from antiphon.chat.render import replies


def add(tree: app_commands.CommandTree[Client], context: ActionContext) -> None:
    """Put them on the tree."""

    @tree.command(name="context", description="What fills Claude's context in this session")
    @app_commands.guild_only()
    async def context_(interaction: Interaction) -> None:  # pyright: ignore[reportUnusedFunction]
        await acknowledge(interaction, private=True)
        usage = await inspect.context_usage(*origin(context, interaction))
        await reply_privately(interaction, replies.context(usage))

    @tree.command(name="diff", description="What differs from the last commit in the project's directory")
    @app_commands.guild_only()
    async def diff(interaction: Interaction) -> None:  # pyright: ignore[reportUnusedFunction]
        await acknowledge(interaction, private=True)
        changes = await inspect.diff(*origin(context, interaction))
        report = await asyncio.to_thread(replies.changes, changes)  # secrets are looked for in megabytes
        await reply_privately(interaction, report.content, *await files_of(report.uploads))
