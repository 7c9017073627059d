"""/stop and /status."""

from discord import Client, app_commands

from antiphon.chat.interactions.context import Doors, Interaction, tell
from antiphon.chat.render import replies
from antiphon.chat.render.format import counted
from antiphon.core.values import Interrupt, PlaceId, Session

_IDLE = "Nothing is running here."


def add(tree: app_commands.CommandTree[Client], doors: Doors) -> None:
    """Put them on the tree."""

    @tree.command(name="stop", description="Stop what Claude is doing here; the session is kept")
    @app_commands.guild_only()
    async def stop(interaction: Interaction) -> None:  # pyright: ignore[reportUnusedFunction]
        await interaction.response.defer(ephemeral=True)
        doors.enter(interaction, "stop")
        session = await doors.session_here(interaction)
        await tell(interaction, await _stop(doors, interaction, session))

    @tree.command(
        name="status", description="What the bridge is doing, and the session here: model, mode, cost, place in line"
    )
    @app_commands.guild_only()
    async def status(interaction: Interaction) -> None:  # pyright: ignore[reportUnusedFunction]
        await interaction.response.defer(ephemeral=True)
        project = doors.enter(interaction, "prompt")
        lines = replies.wrong(doors.problems())
        lines += replies.overview(await doors.bus.overview(), interaction.client.latency)
        session = await doors.bus.session(PlaceId(interaction.channel_id or 0))
        if session is not None:
            running = await doors.bus.running(session.id)
            lines += replies.session_here(session, project, running, await doors.bus.line(session.place))
        await tell(interaction, "\n".join(lines))


async def _stop(doors: Doors, interaction: Interaction, session: Session) -> str:
    """End the turn that runs here; where none does, take out what waits in line. What was done, in words."""
    line = await doors.bus.line(session.place)
    if not await doors.bus.running(session.id):
        taken = [one.key for one in line if await doors.bus.withdraw(one.key)]
        if taken:
            await doors.note(interaction, "stop", session, "command", {"taken out of the line": taken})
        if len(taken) == len(line):  # else one has just begun
            return (
                f"Nothing was running here. {counted(len(taken), 'prompt')} taken out of the line." if taken else _IDLE
            )
    audit = doors.audit(interaction, "stop", session, "command", {})
    await doors.call(interaction, session, Interrupt(interaction.user.display_name), audit=audit)
    return f"Stopping. {counted(len(line), 'prompt')} in line here will run next." if line else "Stopping."
