"""/stop and /status."""

from discord import Client, app_commands

from antiphon.chat.doors import Doors, Interaction


def add(tree: app_commands.CommandTree[Client], doors: Doors) -> None:
    """Put them on the tree."""

    @tree.command(name="stop", description="Stop what Claude is doing here; the session is kept")
    @app_commands.guild_only()
    async def stop(interaction: Interaction) -> None:  # pyright: ignore[reportUnusedFunction]
        await interaction.response.defer(ephemeral=True)
        doors.enter(interaction, "stop")
        session = await doors.session_here(interaction)
        running = await doors.bus.running(session.id)
        if running:
            await doors.call(interaction, session, "stop", {"by": interaction.user.display_name})
        await interaction.followup.send("Stopping." if running else "Nothing is running here.", ephemeral=True)

    @tree.command(name="status", description="What the bridge is doing: sessions, turns, cost")
    @app_commands.guild_only()
    async def status(interaction: Interaction) -> None:  # pyright: ignore[reportUnusedFunction]
        await interaction.response.defer(ephemeral=True)
        doors.enter(interaction, "prompt")
        now = await doors.bus.overview()
        lines = [
            f"**{now.running}** at work, **{now.queued}** waiting",
            f"{now.sessions} sessions, {now.ended} turns, ${now.cost:.2f} so far",
            f"gateway latency {interaction.client.latency * 1000:.0f} ms",
        ]
        await interaction.followup.send("\n".join(lines), ephemeral=True)
