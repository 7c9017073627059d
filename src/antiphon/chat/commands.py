"""The slash commands. Each says what it will do within Discord's 3 s, and everything durable goes over the bus."""

from collections.abc import Sequence

import discord
from discord import app_commands

from antiphon.chat.doors import Interaction, enter, session_here, tell_error
from antiphon.core.ports import Bus, Call
from antiphon.core.values import Project


def add_commands(
    tree: app_commands.CommandTree[discord.Client], projects: Sequence[Project], bus: Bus, worker: str
) -> None:
    """Put our commands, and the one place where their errors become words, on the tree."""

    @app_commands.command(name="stop", description="Stop what Claude is doing here; the session is kept")
    @app_commands.guild_only()
    async def stop(interaction: Interaction) -> None:
        await interaction.response.defer(ephemeral=True)
        enter(interaction, projects, "stop")
        session = await session_here(interaction, bus)
        running = await bus.running(session.id)
        if running:
            body = {"by": interaction.user.display_name}
            await bus.accept(Call(str(interaction.id), worker, session, "stop", body))
        await interaction.followup.send("Stopping." if running else "Nothing is running here.", ephemeral=True)

    @app_commands.command(name="status", description="What the bridge is doing: sessions, turns, cost")
    @app_commands.guild_only()
    async def status(interaction: Interaction) -> None:
        await interaction.response.defer(ephemeral=True)
        enter(interaction, projects, "prompt")
        now = await bus.overview()
        lines = [
            f"**{now.running}** at work, **{now.queued}** waiting",
            f"{now.sessions} sessions, {now.ended} turns, ${now.cost:.2f} so far",
            f"gateway latency {interaction.client.latency * 1000:.0f} ms",
        ]
        await interaction.followup.send("\n".join(lines), ephemeral=True)

    # discord.py leaves a parameter of a command's type open.
    tree.add_command(stop)  # pyright: ignore[reportUnknownArgumentType]
    tree.add_command(status)  # pyright: ignore[reportUnknownArgumentType]
    tree.error(_say)


async def _say(interaction: Interaction, error: app_commands.AppCommandError) -> None:
    cause = error.original if isinstance(error, app_commands.CommandInvokeError) else error
    name = interaction.command.qualified_name if interaction.command else "that"
    await tell_error(interaction, cause, f"/{name}")
