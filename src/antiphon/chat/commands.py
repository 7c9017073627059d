"""The slash commands. Each says what it will do within Discord's 3 s, and everything durable goes over the bus."""

import logging
from collections.abc import Sequence

import discord
from discord import app_commands

from antiphon.chat.intake import project_at
from antiphon.chat.people import owners_of, person
from antiphon.core.access import refusal
from antiphon.core.ports import Bus, Call
from antiphon.core.trouble import with_id
from antiphon.core.values import PlaceId, Project, Session
from antiphon.errors import AntiphonError, Refused

log = logging.getLogger(__name__)

Interaction = discord.Interaction[discord.Client]


def add_commands(
    tree: app_commands.CommandTree[discord.Client], projects: Sequence[Project], bus: Bus, worker: str
) -> None:
    """Put our commands, and the one place where their errors become words, on the tree."""

    @app_commands.command(name="stop", description="Stop what Claude is doing here; the session is kept")
    @app_commands.guild_only()
    async def stop(interaction: Interaction) -> None:
        await interaction.response.defer(ephemeral=True)
        _check(interaction, projects)
        session = await _session_here(interaction, bus)
        running = await bus.running(session.id)
        if running:
            body = {"by": interaction.user.display_name}
            await bus.accept(Call(str(interaction.id), worker, session, "stop", body))
        await interaction.followup.send("Stopping." if running else "Nothing is running here.", ephemeral=True)

    @app_commands.command(name="status", description="What the bridge is doing: sessions, turns, cost")
    @app_commands.guild_only()
    async def status(interaction: Interaction) -> None:
        await interaction.response.defer(ephemeral=True)
        _check(interaction, projects)
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


def _check(interaction: Interaction, projects: Sequence[Project]) -> None:
    """Raises Refused unless this person may act in this place."""
    channel = interaction.channel
    parent = PlaceId(channel.parent_id) if isinstance(channel, discord.Thread) else None
    project = project_at(projects, PlaceId(interaction.channel_id or 0), parent)
    if project is None:
        raise Refused("No project belongs to this channel.")
    reason = refusal(project.access, person(interaction.user, owners_of(interaction.client.application)))
    if reason is not None:
        raise Refused(reason)


async def _session_here(interaction: Interaction, bus: Bus) -> Session:
    session = await bus.session(PlaceId(interaction.channel_id or 0))
    if session is None:
        raise Refused("There is no session here. Use this in a session's thread.")
    return session


async def _say(interaction: Interaction, error: app_commands.AppCommandError) -> None:
    """An error to the person who asked: their own words for what is theirs, an id found in the log for the rest."""
    cause = error.original if isinstance(error, app_commands.CommandInvokeError) else error
    if isinstance(cause, Refused):
        words = str(cause)
    else:
        hint = cause.hint if isinstance(cause, AntiphonError) else "Whoever runs the bridge finds it in the log."
        name = interaction.command.qualified_name if interaction.command else "that"
        words = with_id(f"/{name} did not work. {hint}", cause)
    try:
        if interaction.response.is_done():
            await interaction.followup.send(words, ephemeral=True)
        else:
            await interaction.response.send_message(words, ephemeral=True)
    except discord.HTTPException as lost:
        log.warning("the answer to a command could not be delivered: %s", lost)
