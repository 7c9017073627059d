"""/context and /diff: what fills Claude's context, and what differs in the project."""

import asyncio

from discord import Client, app_commands

from antiphon.chat.delivery.components import files_of
from antiphon.chat.interactions.context import Doors, Interaction, tell
from antiphon.chat.render import replies
from antiphon.core.requests import ReadContext, ReadDiff


def add(tree: app_commands.CommandTree[Client], doors: Doors) -> None:
    """Put them on the tree."""

    @tree.command(name="context", description="What fills Claude's context in this session")
    @app_commands.guild_only()
    async def context(interaction: Interaction) -> None:  # pyright: ignore[reportUnusedFunction]
        await interaction.response.defer(ephemeral=True)
        project = doors.enter(interaction, "prompt")
        session = await doors.session_here(interaction)
        await tell(interaction, replies.context(await doors.ask(project, session, ReadContext())))

    @tree.command(name="diff", description="What differs from the last commit in the project's directory")
    @app_commands.guild_only()
    async def diff(interaction: Interaction) -> None:  # pyright: ignore[reportUnusedFunction]
        await interaction.response.defer(ephemeral=True)
        project = doors.enter(interaction, "prompt")
        reply = await doors.ask(project, None, ReadDiff())
        report = await asyncio.to_thread(replies.changes, reply)  # secrets are looked for in megabytes
        await tell(interaction, report.content, *await files_of(report.uploads))
