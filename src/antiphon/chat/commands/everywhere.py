"""/stop and /status."""

from discord import Client, app_commands

from antiphon.chat.doors import Doors, Interaction, tell
from antiphon.chat.look import reports
from antiphon.core.values import PlaceId


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

    @tree.command(
        name="status", description="What the bridge is doing, and the session here: model, mode, cost, place in line"
    )
    @app_commands.guild_only()
    async def status(interaction: Interaction) -> None:  # pyright: ignore[reportUnusedFunction]
        await interaction.response.defer(ephemeral=True)
        project = doors.enter(interaction, "prompt")
        lines = reports.overview(await doors.bus.overview(), interaction.client.latency)
        session = await doors.bus.session(PlaceId(interaction.channel_id or 0))
        if session is not None:
            running = await doors.bus.running(session.id)
            lines += reports.session_here(session, project, running, await doors.bus.line(session.place))
        await tell(interaction, "\n".join(lines))
